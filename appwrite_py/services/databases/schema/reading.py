"""Reading wanted tables out of a request. Each error names the place where something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appwrite_py import errors
from appwrite_py.data import define
from appwrite_py.data import permissions as perms
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.schema import Index
from appwrite_py.data.schema_plan import RELATIONSHIP, Draft, Wanted, index_shape, shape
from appwrite_py.http import rules
from appwrite_py.services.databases import attributes, inline
from appwrite_py.services.databases.inline import part
from appwrite_py.services.databases.words import Words

_ID, _KEY, _NAME, _FLAG = rules.Uid(), rules.Key(), rules.Text(128), rules.Boolean()
_PERMISSIONS = rules.Permissions("create", "read", "update", "delete", "write")
_COLUMNS = rules.ListOf(rules.Object(), define.MAX_ATTRIBUTES)
_INDEXES = rules.ListOf(rules.Object(), define.MAX_INDEXES)
_INDEX_TYPE = rules.OneOf("key", "fulltext", "unique", "spatial", ci=True)
_INDEX_KEYS = rules.ListOf(rules.Key(internal=True), 100)
_ORDERS = rules.ListOf(rules.OneOf("asc", "desc", ci=True), 100, nullable=True)
_LENGTHS = rules.ListOf(rules.Integer(32), 100, nullable=True)
_NO_COLUMN = {"key": "x", "type": "boolean"}  # takes the place of a relationship where columns are read by position
_RELATION_TYPE = rules.OneOf("oneToOne", "manyToOne", "manyToMany", "oneToMany")
_ON_DELETE = rules.OneOf("cascade", "restrict", "setNull")


def wanted_tables(words: Words, given: Sequence[dict[str, Any]]) -> list[Wanted]:
    """Tables of the definitions {id, name, permissions, rowSecurity, enabled, columns, indexes}.

    Raises GENERAL_ARGUMENT_INVALID.
    """
    return [_table(words, f"tables[{n}]", one) for n, one in enumerate(given)]


def _table(words: Words, where: str, given: dict[str, Any]) -> Wanted:
    table_id = part(where, given, "id", _ID)
    columns = part(where, given, "columns", _COLUMNS, [])
    read = _columns(words, f"{where}.columns", table_id, columns)
    indexes = [
        _index(f"{where}.indexes[{n}]", one) for n, one in enumerate(part(where, given, "indexes", _INDEXES, []))
    ]
    draft = Draft(
        table_id, part(where, given, "name", _NAME, table_id),
        tuple(perms.expand(part(where, given, "permissions", _PERMISSIONS, []))),
        part(where, given, "rowSecurity", _FLAG, False), part(where, given, "enabled", _FLAG, True),
        _by_key(f"{where}.columns", read), _by_key(f"{where}.indexes", indexes),
    )  # fmt: skip
    renames = {}
    for n, one in enumerate(columns):
        if (old := part(f"{where}.columns[{n}]", one, "renamedFrom", _KEY, None)) not in (None, read[n].key):
            renames[read[n].key] = old
    return Wanted(draft, renames)


def _by_key(where: str, found: Sequence[Any]) -> dict[str, Any]:
    made = {one.key: one for one in found}
    if len(made) < len(found):
        twice = next(one.key for n, one in enumerate(found) if one.key in {other.key for other in found[:n]})
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{where}` param: the key {twice} is there twice.")
    return made


def _columns(words: Words, where: str, table_id: str, given: Sequence[dict[str, Any]]) -> list[Attribute]:
    links = {n for n, one in enumerate(given) if one.get("type") == RELATIONSHIP}
    plain = inline.read_attributes(where, [_NO_COLUMN if n in links else one for n, one in enumerate(given)])
    return [
        _relationship(f"{where}[{n}]", table_id, given[n]) if n in links else _checked(words, f"{where}[{n}]", one)
        for n, one in enumerate(plain)
    ]


def _checked(words: Words, where: str, column: Attribute) -> Attribute:
    try:
        return shape(attributes.checked(words, column))
    except errors.ApiError as cause:
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{where}` param: {cause.message}") from cause


def _relationship(where: str, table_id: str, given: dict[str, Any]) -> Attribute:
    related = part(where, given, "relatedTable", _ID)
    two_way = part(where, given, "twoWay", _FLAG, False)
    options = {
        "related": related, "type": part(where, given, "relationType", _RELATION_TYPE), "side": "parent",
        "twoWay": two_way, "twin": part(where, given, "twoWayKey", _KEY, table_id),
        "onDelete": part(where, given, "onDelete", _ON_DELETE, "restrict"),
    }  # fmt: skip
    return shape(Attribute(part(where, given, "key", _KEY, related), RELATIONSHIP, "", options=options))


def _index(where: str, given: dict[str, Any]) -> Index:
    keys = part(where, given, "attributes", _INDEX_KEYS)
    orders, lengths = part(where, given, "orders", _ORDERS, []), part(where, given, "lengths", _LENGTHS, [])
    if len(orders) > len(keys) or len(lengths) > len(keys):
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{where}` param: orders and lengths outnumber the attributes.")
    return index_shape(
        Index(part(where, given, "key", _KEY), part(where, given, "type", _INDEX_TYPE).lower(), tuple(keys),
              tuple(lengths), tuple(orders), "")
    )  # fmt: skip
