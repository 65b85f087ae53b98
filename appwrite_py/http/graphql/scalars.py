"""The scalars beside GraphQL's own: whole numbers of any size, JSON, and files.

`Int` is declared anew, since the one of the specification ends at 32 bits and ids, sizes and bounds do not.
"""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

from graphql import GraphQLError, GraphQLScalarType, Undefined, ValueNode, value_from_ast_untyped
from graphql.language import print_ast
from graphql.pyutils import inspect

from appwrite_py import errors
from appwrite_py.http.multipart import FormFile
from appwrite_py.http.request import read_any_json

_LEAST, _MOST, _MOST_UNSIGNED = -(2**63), 2**63 - 1, 2**64 - 1
_DEEPEST = 32
"""As for bodies in JSON (`http/request.py`)."""


def _whole(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not _LEAST <= value <= _MOST:
        raise GraphQLError(f"Int cannot represent non-integer value: {inspect(value)}")
    return value


def _whole_literal(node: ValueNode, _: Any = None) -> int:
    if node.kind != "int_value":
        raise GraphQLError(f"Int cannot represent non-integer value: {print_ast(node)}", node)
    return _whole(int(node.value))  # type: ignore[attr-defined]


def _json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    try:
        return _as_json(value_from_ast_untyped(node, variables), 0)
    except ValueError as cause:
        raise GraphQLError(str(cause), node) from cause


def _as_json(value: Any, depth: int) -> Any:
    """A literal as if it had come as JSON. Raises ValueError for what JSON cannot hold, or bodies must not."""
    if depth > _DEEPEST:
        raise ValueError(f"A value is nested deeper than {_DEEPEST} levels.")
    if isinstance(value, dict):  # without what stands for variables that were not sent
        return {key: _as_json(inner, depth + 1) for key, inner in value.items() if inner is not Undefined}
    if isinstance(value, list):
        return [None if inner is Undefined else _as_json(inner, depth + 1) for inner in value]
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("A value holds a NUL character.")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    return value


def _number(value: float) -> float:
    """Whole numbers beyond 64 bits are no longer whole, as in bodies."""
    try:
        number = value if isinstance(value, int) and _LEAST <= value <= _MOST_UNSIGNED else float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise ValueError("A number is too large.")
    return number


def _json(value: Any) -> Any:
    if isinstance(value, FormFile):  # the only thing in a request that is none
        raise GraphQLError("Json cannot represent a file.")
    return value


def _assoc(value: Any, node: ValueNode | None = None) -> Any:
    """An object, which may come as JSON text. What is neither is left to the route, which refuses it."""
    if not isinstance(value, str):
        return _json(value)
    try:
        return read_any_json(value.encode())
    except errors.GENERAL_BAD_REQUEST as cause:
        said = f"text that is no JSON, is nested deeper than {_DEEPEST} levels, or holds a NUL character"
        raise GraphQLError(f"Assoc cannot represent {said}.", node) from cause


def _assoc_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    return _assoc(_json_literal(node, variables), node)


def _as_it_is(value: Any) -> Any:
    return value


def _no_file(node: ValueNode, _: Any = None) -> Any:
    raise GraphQLError("A file cannot be part of a query: send it as a variable, in a multipart form.", node)


class _OwnInt(GraphQLScalarType):
    """May have a name that the library keeps for its own types."""

    reserved_types = {}


Int = _OwnInt(
    "Int", serialize=_whole, parse_value=_whole, parse_literal=_whole_literal,
    description="A whole number of up to 64 bits.",
)  # fmt: skip
Json = GraphQLScalarType("Json", parse_value=_json, parse_literal=_json_literal, description="Any JSON value.")
Assoc = GraphQLScalarType(
    "Assoc", parse_value=_assoc, parse_literal=_assoc_literal, description="A JSON object, or its text.",
)  # fmt: skip
InputFile = GraphQLScalarType(
    "InputFile", parse_value=_as_it_is, parse_literal=_no_file,
    description="A file, sent as github.com/jaydenseric/graphql-multipart-request-spec says.",
)  # fmt: skip
