"""JSON Schemas of answers: their TypedDicts become `components.schemas`, named like the contract's models.

pydantic reads all of them in one go, so that models of the same name from two services get names of their own. It is
done when the document is asked for, and forgotten: at run time nothing is validated with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from appwrite_py.http.answers import Answer, Media
from appwrite_py.http.registry import Route

Schema = dict[str, Any]
REF = "#/components/schemas/"
BINARY: Schema = {"type": "string", "format": "binary"}
"""Bytes. To OpenAPI 3.1 the empty schema says so, too, but generators know this one."""


class _Untitled(GenerateJsonSchema):
    """Titles would only repeat the fields' names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def media_of(returns: Any) -> str | None:
    """The content type of an answer that is no JSON; None for JSON and for answers without a body."""
    if found := _media(returns):
        return found.type
    if get_origin(returns) is Annotated:
        return media_of(get_args(returns)[0])
    return "*/*" if returns is Answer else None


def has_parts(returns: Any) -> bool:
    """Whether clients may ask for a range of the answer."""
    found = _media(returns)
    return found is not None and found.parts


def _media(returns: Any) -> Media | None:
    extras = returns.__metadata__ if get_origin(returns) is Annotated else ()
    return next((extra for extra in extras if isinstance(extra, Media)), None)


def is_json(returns: Any) -> bool:
    """Whether the answer has a body that is JSON."""
    return returns not in (None, NoneType) and media_of(returns) is None


def answer_of(route: Route) -> Any:
    """What a route answers with: its model, or one of two where requests may name several things."""
    return Union[route.returns, route.several.returns] if route.several else route.returns  # noqa: UP007


def read_models(
    answers: Sequence[Any], other_names: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[Schema], dict[str, Schema]]:
    """The schema of each answer, in order, and the models that they refer to: by their names, or by others."""
    types = [_without_files(answer) for answer in answers]
    if not types:
        return [], {}
    together: Any = tuple.__class_getitem__(tuple(types))
    whole = TypeAdapter(together).json_schema(ref_template=REF + "{model}", schema_generator=_Untitled)
    models, names = _named(whole.get("$defs", {}), other_names)
    return [_renamed(schema, names) for schema in whole["prefixItems"]], models


def _without_files(returns: Any) -> Any:
    """A union may hold an Answer beside its models, for the case that is no JSON."""
    if get_origin(returns) not in (Union, UnionType):
        return returns
    left = tuple(option for option in get_args(returns) if option not in (Answer, NoneType))
    return Union[left]  # noqa: UP007 - the options are only known here


def _named(found: dict[str, Schema], other_names: Mapping[str, str]) -> tuple[dict[str, Schema], dict[str, str]]:
    """Models under their contract names. Two services may declare the same model; one that differs gets a number."""
    names: dict[str, str] = {}
    models: dict[str, Schema] = {}
    for name in sorted(found):
        plain = name.rpartition("__")[2]
        wanted = plain[0].lower() + plain[1:]
        wanted = own = other_names.get(wanted, wanted)
        count = 1
        while own in models and not _same(found[name], models[own]):
            count += 1
            own = f"{wanted}{count}"
        names[name] = own
        models.setdefault(own, found[name])
    return {own: _renamed(schema, names) for own, schema in sorted(models.items())}, names


def _same(one: Schema, other: Schema) -> bool:
    return bool(_plain(one) == _plain(other))


def _plain(node: Any) -> Any:
    """The schema with references cut down to the model's own name, without the module that it is declared in."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: value.removeprefix(REF).rpartition("__")[2] if key == "$ref" else _plain(value)
        for key, value in node.items()
    }


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {
            key: REF + names[value.removeprefix(REF)] if key == "$ref" else _renamed(value, names)
            for key, value in node.items()
            if key != "title" or not isinstance(value, str)
        }
    return [_renamed(item, names) for item in node] if isinstance(node, list) else node
