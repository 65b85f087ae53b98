"""The arguments of fields, from the parameters of routes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLArgument, GraphQLBoolean, GraphQLFloat, GraphQLInputType, GraphQLList, GraphQLNonNull
from graphql import GraphQLString as String

from appwrite_py.http.binder import Param
from appwrite_py.http.graphql.scalars import Assoc, InputFile, Int, Json
from appwrite_py.http.rules import Rule

_BY_KIND: dict[str, GraphQLInputType] = {"Assoc": Assoc, "File": InputFile, "Spatial": Json}
_BY_TYPE: dict[str, GraphQLInputType] = {
    "string": String, "boolean": GraphQLBoolean, "integer": Int, "number": GraphQLFloat,
}  # fmt: skip


def arguments_of(params: Iterable[Param]) -> dict[str, GraphQLArgument]:
    """All parameters, wherever REST has them. What is left out or null is so for the route as well."""
    return {param.name: _argument(param) for param in params}


def _argument(param: Param) -> GraphQLArgument:
    type_ = _type_of(param.rule)
    if param.required and not param.nullable:
        type_ = GraphQLNonNull(type_)
    return GraphQLArgument(type_, description=f"{param.rule.says[:1].upper()}{param.rule.says[1:]}.")


def _type_of(rule: Rule) -> GraphQLInputType:
    return _BY_KIND.get(rule.kind) or _type_in(rule.schema())


def _type_in(schema: dict[str, Any]) -> GraphQLInputType:
    if schema.get("type") == "array":
        return GraphQLList(_type_in(schema["items"]))
    return _BY_TYPE.get(schema.get("type", ""), Json)
