"""What becomes of linked documents when documents are deleted: kept and unlinked, deleted, too, or in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appwrite_py.data.failures import Denied, Restricted
from appwrite_py.data.names import quoted
from appwrite_py.data.relations.relation import Relation
from appwrite_py.data.schema import Collection, qualified

if TYPE_CHECKING:
    from appwrite_py.data.relations.writer import LinkedWriter

Seen = set[tuple[str, str]]


async def follow(writer: LinkedWriter, collection: Collection, ids: list[str], seen: Seen | None = None) -> None:
    """Do what the relationships of these documents say, before they are deleted. Raises Restricted, Denied."""
    seen = set() if seen is None else seen
    seen |= {(collection.id, id_) for id_ in ids}
    if not ids:
        return
    for relation in collection.relations.values():
        other = collection.other(relation)
        if relation.on_delete == "restrict" and relation.owns:
            if await linked(writer, collection, relation, ids, seen):
                raise Restricted(relation.key)
        elif relation.cascades:
            found = await linked(writer, collection, relation, ids, seen)
            await follow(writer, other, found, seen)
            await _delete(writer, other, found)
        elif relation.place == "there":
            column = quoted(relation.column)
            await writer.work.write(
                f"UPDATE {other.table} SET {column} = NULL, _updated_at = $2 WHERE {column} = ANY($1::text[])",
                ids, writer.author.now,
            )  # fmt: skip


async def linked(
    writer: LinkedWriter, collection: Collection, relation: Relation, ids: list[str], seen: Seen
) -> list[str]:
    """The documents that these are linked with, but for those that have been seen."""
    other = collection.other(relation)
    if relation.place == "here":
        sql = f"SELECT {quoted(relation.column)} FROM {collection.table} WHERE _id = ANY($1::text[])"
    elif relation.place == "there":
        sql = f"SELECT _id FROM {other.table} WHERE {quoted(relation.column)} = ANY($1::text[])"
    else:
        between = qualified(collection.database, relation.between)
        sql = f"SELECT {relation.column_of_related} FROM {between} WHERE {relation.column} = ANY($1::text[])"
    rows = await writer.work.write(sql, ids)
    return sorted({row[0] for row in rows if row[0] is not None and (other.id, row[0]) not in seen})


async def _delete(writer: LinkedWriter, collection: Collection, ids: list[str]) -> None:
    """Delete documents that go with another one; the author must be allowed to delete each. Raises Denied."""
    if ids and len(await writer.delete_these(collection, ids)) < len(ids):
        raise Denied
