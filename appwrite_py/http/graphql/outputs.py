"""The types of answers, from the JSON Schemas of the models: names that begin with `$` begin with `_` here.

Every field may be null, as in Appwrite. Objects whose keys are the client's own (documents, rows, preferences) have a
field `data` with these as JSON text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLFloat,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLString,
    GraphQLUnionType,
)

from appwrite_py.http.graphql.scalars import Int, Json
from appwrite_py.http.spec.schemas import REF, Schema

_BY_TYPE: dict[str, GraphQLOutputType] = {
    "string": GraphQLString, "boolean": GraphQLBoolean, "integer": Int, "number": GraphQLFloat,
}  # fmt: skip
_NO_NAME = re.compile(r"[^_0-9A-Za-z]")
_DATA = "The client's own keys, as JSON text."
NOTHING = GraphQLObjectType(
    "None", {"status": GraphQLField(GraphQLString, resolve=lambda *_: "OK")}, description="It worked."
)
"""What is answered where there is nothing to say."""


class Outputs:
    """The GraphQL types of all models, each made once."""

    def __init__(self, models: Mapping[str, Schema]) -> None:
        self._models = models
        self._objects: dict[str, GraphQLObjectType] = {}
        self._unions = _unions_in(models.values())
        self._made: dict[str, GraphQLUnionType] = {}

    def type_of(self, schema: Schema, field: str = "") -> GraphQLOutputType:
        """The type of a schema. `field` names the field that has it: what may be one of several is named after it."""
        if ref := schema.get("$ref"):
            return self._object(ref.removeprefix(REF))
        options = _options(schema)
        if len(options) > 1 and all("$ref" in option for option in options):
            return self._union(type_name(field))
        if len(options) == 1:
            return self.type_of(options[0], field)
        if schema.get("type") == "array":
            return GraphQLList(self.type_of(schema.get("items", {}), field))
        if options:
            return GraphQLFloat if all(option.get("type") in ("integer", "number") for option in options) else Json
        return _BY_TYPE.get(_plain(schema.get("type")), Json)

    def answer_of(self, schema: Schema, name: str) -> GraphQLOutputType:
        """The type of an answer. One of several models is an object with the fields of all of them: `name`."""
        options = _options(schema)
        if len(options) < 2 or not all("$ref" in option for option in options):
            return self.type_of(schema)
        members = [self._models[option["$ref"].removeprefix(REF)] for option in options]
        return GraphQLObjectType(type_name(name), lambda: self._common_fields(members))

    def _object(self, model: str) -> GraphQLObjectType:
        made = self._objects.get(model)
        if made is None:
            schema = self._models[model]
            made = GraphQLObjectType(type_name(model), lambda: self._fields(schema))
            self._objects[model] = made
        return made

    def _fields(self, schema: Schema) -> dict[str, GraphQLField]:
        properties = schema.get("properties", {})
        found = {
            field_name(name): GraphQLField(self.type_of(inner, name), resolve=_getter(name))
            for name, inner in properties.items()
        }
        if schema.get("additionalProperties") is not True:
            return found
        resolve = _data_beside if properties else _data
        return {"data": GraphQLField(GraphQLString, resolve=resolve, description=_DATA)} | found

    def _common_fields(self, members: Iterable[Schema]) -> dict[str, GraphQLField]:
        found: dict[str, GraphQLField] = {}
        for member in members:
            for name, field in self._fields(member).items():
                same = name not in found or str(found[name].type) == str(field.type)
                found[name] = field if same else GraphQLField(Json, resolve=field.resolve)
        return found

    def _union(self, name: str) -> GraphQLUnionType:
        made = self._made.get(name)
        if made is None:
            members = self._unions[name]
            keys = {type_name(member): frozenset(self._models[member].get("properties", ())) for member in members}
            made = GraphQLUnionType(
                name, lambda: [self._object(member) for member in members], resolve_type=_chooser(keys)
            )
            self._made[name] = made
        return made


# --- values ---------------------------------------------------------------------------------------------------
def _getter(name: str) -> Callable[[Any, GraphQLResolveInfo], Any]:
    def get(source: Any, _: GraphQLResolveInfo) -> Any:
        return source.get(name)

    return get


def _data(source: Any, _: GraphQLResolveInfo) -> str:
    return orjson.dumps(source).decode()


def _data_beside(source: Any, _: GraphQLResolveInfo) -> str:
    """Without our own keys, which are fields beside."""
    return orjson.dumps({key: _renamed(value) for key, value in source.items() if key[:1] != "$"}).decode()


def _renamed(value: Any) -> Any:
    """Related documents inside of others, with their own keys renamed; what else clients have stored stays as it is."""
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if isinstance(value, dict) and "$id" in value and "$databaseId" in value:
        return {field_name(key): _renamed(item) for key, item in value.items()}
    return value


def _chooser(keys: Mapping[str, frozenset[str]]) -> Callable[..., str | None]:
    """What tells which member of a union an object is: the one with its very keys, and by the name of its kind."""

    def choose(value: Any, *_: Any) -> str | None:
        found = frozenset(value)
        fitting = [name for name, names in keys.items() if names == found]
        if len(fitting) == 1:
            return fitting[0]
        kinds = [_plain(value.get(key)).replace("-", "").lower() for key in ("format", "type", "$id")]
        named = (name for kind in kinds if kind for name in fitting or keys if name.lower().endswith(kind))
        return next(named, next(iter(fitting), None))

    return choose


# --- names and schemas ----------------------------------------------------------------------------------------
def type_name(name: str) -> str:
    """`documentList` as `DocumentList`."""
    return _NO_NAME.sub("_", name[:1].upper() + name[1:])


def field_name(name: str) -> str:
    """`$id` as `_id`."""
    return _NO_NAME.sub("_", name)


def _plain(text: Any) -> str:
    return text if isinstance(text, str) else ""


def _options(schema: Schema) -> list[Schema]:
    found = schema.get("anyOf") or schema.get("oneOf") or []
    return [option for option in found if option.get("type") != "null"]


def _unions_in(models: Iterable[Schema]) -> dict[str, list[str]]:
    """The models that fields of one name may hold, of all objects that have such a field."""
    unions: dict[str, dict[str, None]] = {}
    for model in models:
        for name, schema in model.get("properties", {}).items():
            options = _options(schema.get("items", schema))
            if len(options) > 1 and all("$ref" in option for option in options):
                members = (option["$ref"].removeprefix(REF) for option in options)
                unions.setdefault(type_name(name), {}).update(dict.fromkeys(members))
    return {name: list(members) for name, members in unions.items()}
