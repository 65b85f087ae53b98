"""Rows of collections as the outbox has them, JSON that PostgreSQL has made of a record, read as documents.

A row was written when its event happened, and is read a moment or days later: attributes that are gone by then are
left out, as well as values that do not fit what the attribute has become; there is nothing of attributes added since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from appwrite_py.data.schemaless import DATA
from appwrite_py.kit.clock import iso_from_json

if TYPE_CHECKING:
    from appwrite_py.data.kinds import Attribute
    from appwrite_py.data.schema import Collection

Row = Mapping[str, Any]
Reader = Callable[[Row], dict[str, Any]]
_Convert = Callable[[Any], Any]


def reader(collection: Collection) -> Reader:
    """The function that makes a document of a row, in the words of Databases and without relationships."""
    steps = [(key, one.array, _converter(collection, one)) for key, one in collection.by_key.items()]
    fixed = {"$databaseId": collection.database.id, "$collectionId": collection.id}
    if collection.schemaless:
        return lambda row: {**system(row), **fixed, **(row.get(DATA) or {})}

    def read(row: Row) -> dict[str, Any]:
        document = system(row)
        for key, array, convert in steps:
            value = row.get(key, _ABSENT)
            if value is _ABSENT:
                continue
            if value is None:
                document[key] = [] if array else None
            elif convert is None:
                document[key] = value
            else:
                try:
                    document[key] = convert(value)
                except (ValueError, TypeError, AttributeError, IndexError):
                    continue
        document.update(fixed)
        return document

    return read


def system(row: Row) -> dict[str, Any]:
    """What any document shows beside its attributes."""
    return {
        "$id": row["_id"],
        "$sequence": str(row["_seq"]),
        "$createdAt": iso_from_json(row["_created_at"]),
        "$updatedAt": iso_from_json(row["_updated_at"]),
        "$permissions": row["_permissions"] or [],
    }


_ABSENT = object()


def _converter(collection: Collection, attribute: Attribute) -> _Convert | None:
    """What makes a value, not null, look as the wire shows it; None if it does already."""
    if attribute.encrypt:
        return collection.unsealed
    kind = attribute.kind
    if kind.as_in_rows:
        return None
    convert = kind.from_row
    if not attribute.array:
        return convert
    return lambda values: [None if value is None else convert(value) for value in values]
