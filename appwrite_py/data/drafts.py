"""What clients write, made into rows: values checked, permissions spelled out, times set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from appwrite_py.data import values
from appwrite_py.data.author import Author, Origin, lists_of
from appwrite_py.data.kinds import Unfit
from appwrite_py.data.schema import Collection, Document
from appwrite_py.data.schemaless import DATA
from appwrite_py.kit import clock


@dataclass(slots=True)
class NewDocument:
    """A document to be created: its row as JSON takes it, its attributes as the wire shows them, and who creates it."""

    row: dict[str, Any]
    values: dict[str, Any]
    origin: Origin

    def shown(self, collection: Collection, number: int) -> Document:
        """The document with its sequence number, without reading it back."""
        row = self.row
        return {
            "$id": row["_id"],
            "$sequence": str(number),
            "$createdAt": row["_created_at"],
            "$updatedAt": row["_updated_at"],
            "$permissions": row["_permissions"] or [],
            "$databaseId": collection.database.id,
            "$collectionId": collection.id,
            **self.values,
            **{key: [] for key in collection.lists if self.values[key] is None},
            **{key: row.get(key) for key in collection.links},
        }


def new(
    author: Author,
    collection: Collection,
    document_id: str,
    data: dict[str, Any],
    granted: list[str],
    verb: str = "create",
) -> NewDocument:
    """A new document with the permissions that its author grants. Raises Unfit."""
    made, lists = values.for_creation(collection, data), lists_of(granted)
    now = clock.iso(author.now)
    row = {
        "_id": document_id,
        "_created_at": stamp(author, data, "$createdAt") or now,
        "_updated_at": stamp(author, data, "$updatedAt") or now,
        "_permissions": lists[0], "_read": lists[1], "_update": lists[2], "_delete": lists[3],
        **made,
    }  # fmt: skip
    for key, convert in collection.rowed.items():
        row[key] = convert(row[key])
    shown = made[DATA] if collection.schemaless else made
    return NewDocument(row, shown, author.origin(collection, verb))


def stamp(author: Author, data: dict[str, Any], name: str) -> str | None:
    """A time that a server sets itself, as when it moves data here. Raises Unfit."""
    given = data.get(name)
    if not isinstance(given, str) or not author.reader.trusted:
        return None
    try:
        return clock.iso(clock.parse(given))
    except ValueError as cause:
        raise Unfit(f"{name} must be a time in ISO 8601") from cause
