"""Operations as clients send them: JSON, plain text of a query, or a form with files.

Official SDKs put the operation, or the list of them, into a key `query`, and say so with `X-SDK-GraphQL: true`.
Forms are those of github.com/jaydenseric/graphql-multipart-request-spec.
"""

from __future__ import annotations

import re
from typing import Any

from appwrite_py import errors
from appwrite_py.http.graphql import Operation
from appwrite_py.http.multipart import FormFile
from appwrite_py.http.request import Request, read_any_json

_OPERATION = {
    "type": "object",
    "properties": {
        "query": {"type": "string"},
        "variables": {"type": ["object", "null"]},
        "operationName": {"type": ["string", "null"]},
    },
    "required": ["query"],
}
SCHEMA = {"anyOf": [_OPERATION, {"type": "array", "items": _OPERATION}]}
"""JSON Schema of a body."""
_VARIABLE = re.compile(r"(?:[0-9]{1,6}\.)?variables\.[_A-Za-z][_0-9A-Za-z]{0,99}")
_SHOWN = 100
"""Characters of what clients have written that errors show."""


async def read(request: Request) -> list[Operation]:
    """The operations of a request. Raises GRAPHQL_NO_QUERY, GENERAL_BAD_REQUEST, GENERAL_ARGUMENT_INVALID."""
    kind = request.header(b"content-type").lower()
    if kind.startswith("multipart/form-data"):
        return _operations(_with_files(await request.body()))
    if kind.startswith("application/graphql"):
        return _operations({"query": _text(await request.raw_body())})
    if kind.partition(";")[0].strip() != "application/json":
        return _operations(await request.body())
    raw = await request.raw_body()
    body = read_any_json(raw) if raw else {}
    return _operations(_unwrapped(body) if request.header(b"x-sdk-graphql") == "true" else body)


def variables_of(value: Any) -> dict[str, Any]:
    """The variables of an operation, which may come as JSON text. Raises GENERAL_ARGUMENT_INVALID."""
    if isinstance(value, str):
        try:
            value = read_any_json(value.encode()) if value else {}
        except errors.GENERAL_BAD_REQUEST:
            return {}
    if value is None or value == []:
        return {}
    if not isinstance(value, dict):
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `variables` param: it must be a JSON object.")
    return value


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as cause:
        raise errors.GENERAL_BAD_REQUEST("The request holds text that is not UTF-8.") from cause


def _unwrapped(body: Any) -> Any:
    """What an SDK has wrapped. One that was given the parts of an operation for the whole has wrapped nothing."""
    if not isinstance(body, dict):
        return body
    inner = body.get("query")
    return body if isinstance(inner, str) else inner


def _operations(body: Any) -> list[Operation]:
    items = body if isinstance(body, list) else [body]
    if not items:
        raise errors.GRAPHQL_NO_QUERY
    return [_operation(item) for item in items]


def _operation(item: Any) -> Operation:
    text = item.get("query") if isinstance(item, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise errors.GRAPHQL_NO_QUERY
    name = item.get("operationName")
    return Operation(text, variables_of(item.get("variables")), name if isinstance(name, str) else "")


# --- forms --------------------------------------------------------------------------------------------------
def _with_files(form: dict[str, Any]) -> Any:
    """The operations of a form, with its files in their places."""
    operations, places = _json_in(form, "operations"), _json_in(form, "map")
    if operations is None:
        raise errors.GRAPHQL_NO_QUERY
    if isinstance(operations, dict) and not operations.get("operationName"):
        operations["operationName"] = form.get("operationName")
    if not isinstance(places, dict | None):
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `map` param: it must be a JSON object.")
    for name, paths in (places or {}).items():
        file = form.get(name)
        if not isinstance(file, FormFile) or not isinstance(paths, list):
            raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `map` param: the form has no file {name[:_SHOWN]!r}.")
        for path in paths:
            _place(operations, str(path), file)
    return operations


def _json_in(form: dict[str, Any], name: str) -> Any:
    """The JSON in a field of a form; None where there is none."""
    text = form.get(name)
    if not isinstance(text, str) or not text:
        return None
    try:
        return read_any_json(text.encode())
    except errors.GENERAL_BAD_REQUEST as cause:
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{name}` param: it must be JSON.") from cause


def _place(operations: Any, path: str, file: FormFile) -> None:
    """Put a file in the place of a variable that is null, such as `variables.file` or `0.variables.file`.

    No field takes files in any other way, and inside of other values they would be taken for JSON.
    """
    if not _VARIABLE.fullmatch(path):
        raise _no_variable(path)
    holder: Any = None
    found = operations
    for step in path.split("."):
        holder, found = found, _step(found, step, path)
    if found is not None:
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `map` param: at {path} there is something else than null.")
    holder[path.rpartition(".")[2]] = file


def _step(at: Any, step: str, path: str) -> Any:
    if isinstance(at, dict) and step in at:
        return at[step]
    if isinstance(at, list) and step.isdigit() and int(step) < len(at):
        return at[int(step)]
    raise _no_variable(path)


def _no_variable(path: str) -> errors.ApiError:
    return errors.GENERAL_ARGUMENT_INVALID(f"Invalid `map` param: the path {path[:_SHOWN]} leads to no variable.")
