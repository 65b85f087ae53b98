"""JSON Schemas of answers: their TypedDicts become `components.schemas`, named like the contract's models.

pydantic reads all of them in one go, so that models of the same name from two services get names of their own. It is
done when the document is asked for, and forgotten: at run time nothing is validated with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from appwrite_py.http.answers import Answer, Media

Schema = dict[str, Any]
_REF = "#/components/schemas/"


class _Untitled(GenerateJsonSchema):
    """Titles would only repeat the fields' names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def media_of(returns: Any) -> str | None:
    """The content type of an answer that is no JSON; None for JSON and for answers without a body."""
    if get_origin(returns) is Annotated:
        found = next((extra.type for extra in returns.__metadata__ if isinstance(extra, Media)), None)
        return found or media_of(get_args(returns)[0])
    return "*/*" if returns is Answer else None


def is_json(returns: Any) -> bool:
    """Whether the answer has a body that is JSON."""
    return returns not in (None, NoneType) and media_of(returns) is None


def read_models(answers: Sequence[Any]) -> tuple[list[Schema], dict[str, Schema]]:
    """The schema of each answer, in order, and the named models that they refer to."""
    types = [_without_files(answer) for answer in answers]
    if not types:
        return [], {}
    together: Any = tuple.__class_getitem__(tuple(types))
    whole = TypeAdapter(together).json_schema(ref_template=_REF + "{model}", schema_generator=_Untitled)
    models, names = _named(whole.get("$defs", {}))
    return [_renamed(schema, names) for schema in whole["prefixItems"]], models


def _without_files(returns: Any) -> Any:
    """A union may hold an Answer beside its models, for the case that is no JSON."""
    if get_origin(returns) not in (Union, UnionType):
        return returns
    left = tuple(option for option in get_args(returns) if option not in (Answer, NoneType))
    return Union[left]  # noqa: UP007 - the options are only known here


def _named(found: dict[str, Schema]) -> tuple[dict[str, Schema], dict[str, str]]:
    """Models under their contract names. Two services may declare the same model; one that differs gets a number."""
    names: dict[str, str] = {}
    models: dict[str, Schema] = {}
    for name in sorted(found):
        plain = name.rpartition("__")[2]
        wanted = own = plain[0].lower() + plain[1:]
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
        key: value.removeprefix(_REF).rpartition("__")[2] if key == "$ref" else _plain(value)
        for key, value in node.items()
    }


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {
            key: _REF + names[value.removeprefix(_REF)] if key == "$ref" else _renamed(value, names)
            for key, value in node.items()
            if key != "title" or not isinstance(value, str)
        }
    return [_renamed(item, names) for item in node] if isinstance(node, list) else node
