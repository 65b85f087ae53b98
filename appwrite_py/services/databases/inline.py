"""Attributes and indexes that are given together with their collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from appwrite_py import errors
from appwrite_py.data.kinds import KINDS, Attribute
from appwrite_py.data.kinds.string import SIZE_MAX
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.services.databases import attributes, indexes
from appwrite_py.services.databases.lookup import find_collection
from appwrite_py.services.databases.words import Words

_SEGMENTS = {"double": "float", "linestring": "line"} | {
    name: name
    for name in (
        "string", "varchar", "text", "mediumtext", "longtext", "integer", "bigint", "float", "boolean", "datetime",
        "email", "enum", "ip", "url", "point", "polygon",
    )
}  # fmt: skip
_KEY, _SIZE, _FLAG = rules.Key(), rules.Range(1, SIZE_MAX), rules.Boolean()
_ELEMENTS = rules.ListOf(rules.Text(255), 100)
_FILTERS = rules.ListOf(rules.Text(64), 10)
_INDEX_TYPE = rules.OneOf("key", "fulltext", "unique", "spatial", ci=True)
_INDEX_KEYS = rules.ListOf(rules.Key(internal=True), 100)
_ORDERS = rules.ListOf(rules.OneOf("asc", "desc", ci=True), 100, nullable=True)
_LENGTHS = rules.ListOf(rules.Integer(32), 100, nullable=True)


def read_attributes(name: str, given: Sequence[dict[str, Any]]) -> list[Attribute]:
    """Attributes of the definitions {key, type, size, required, default, array, format, elements, min, max, …}.

    `name` is the parameter's. Raises GENERAL_ARGUMENT_INVALID, which names the definition and what is wrong with it.
    """
    return [_attribute(f"{name}[{n}]", one) for n, one in enumerate(given)]


async def apply(
    ctx: Ctx, database_id: str, collection_id: str, wanted: list[Attribute], wanted_indexes: Sequence[dict[str, Any]]
) -> None:
    """Add attributes and indexes to a collection that was just created, in the same transaction."""
    words: Words = ctx.route.words
    for n, attribute in enumerate(wanted):
        with _naming(f"{words.text('attributes')}[{n}]"):
            await attributes.add(ctx, await find_collection(ctx, database_id, collection_id), attribute)
    for n, one in enumerate(wanted_indexes):
        where = f"indexes[{n}]"
        with _naming(where, words.error("index_invalid")):
            await indexes.add(
                ctx, await find_collection(ctx, database_id, collection_id), part(where, one, "key", _KEY),
                part(where, one, "type", _INDEX_TYPE).lower(), part(where, one, "attributes", _INDEX_KEYS),
                part(where, one, "orders", _ORDERS, []), part(where, one, "lengths", _LENGTHS, []),
            )  # fmt: skip


@contextmanager
def _naming(where: str, kept: type[errors.ApiError] = errors.GENERAL_ARGUMENT_INVALID) -> Iterator[None]:
    """Errors of the routes for single attributes and indexes as an error of this parameter; one type stays as it is."""
    try:
        yield
    except (kept, errors.GENERAL_ARGUMENT_INVALID):
        raise
    except errors.ApiError as cause:
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{where}` param: {cause.message}") from cause


def _attribute(where: str, given: dict[str, Any]) -> Attribute:
    type_, format_ = given.get("type"), given.get("format")
    segment = _SEGMENTS.get(str(format_ if type_ == "string" and format_ else type_))
    if segment is None:
        known = ", ".join(_SEGMENTS)
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{where}` param: its type must be one of: {known}.")
    kind = KINDS[segment]
    size = part(where, given, "size", _SIZE) if kind.sized else kind.size({})
    options: dict[str, Any] = {}
    if segment == "enum":
        options["elements"] = part(where, given, "elements", _ELEMENTS)
    if segment in ("integer", "bigint", "float"):
        rule: rules.Rule = rules.Float() if segment == "float" else rules.Integer(64)
        options = {name: part(where, given, name, rule, None) for name in ("min", "max")}
    return Attribute(
        part(where, given, "key", _KEY), kind.type, kind.format, size,
        part(where, given, "required", _FLAG, False), part(where, given, "array", _FLAG, False),
        given.get("default"), kind.encryptable and _encrypts(where, given), options,
    )  # fmt: skip


def _encrypts(where: str, given: dict[str, Any]) -> bool:
    filters: list[str] = part(where, given, "filters", _FILTERS, [])
    return "encrypt" in filters or bool(part(where, given, "encrypt", _FLAG, False))


def part(where: str, given: dict[str, Any], name: str, rule: rules.Rule, *default: Any) -> Any:
    """One value of a definition, checked; its default where it is absent or null."""
    value = given.get(name)
    if value is None:
        if default:
            return default[0]
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{where}` param: {name} is required and {rule.says}.")
    try:
        return rule.check(value)
    except rules.Invalid as cause:
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{where}` param: {name} {cause}.") from cause
