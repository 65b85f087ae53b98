"""What becomes of linked documents when documents are deleted: kept and unlinked, deleted, too, or in the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from appwrite_py.data.failures import Restricted
from appwrite_py.data.names import quoted
from appwrite_py.data.relations.relation import Relation
from appwrite_py.data.schema import Collection, qualified

if TYPE_CHECKING:
    from appwrite_py.data.relations.writer import LinkedWriter

Going = dict[Collection, set[str]]
"""The documents that are about to go, by collection."""


async def follow(writer: LinkedWriter, collection: Collection, ids: Iterable[str]) -> None:
    """Do what the relationships of these documents say, before they are deleted; they have to be locked.

    All documents that go are known before any is touched, so a document that goes, too, restricts nothing.
    Raises Restricted, and Denied or Changed for a document that the author may not delete.
    """
    first = set(ids)
    going = await _going(writer, collection, first)
    for one, gone in going.items():
        for relation in one.relations.values():
            if relation.on_delete == "restrict" and relation.owns:
                if await linked(writer, one, relation, gone) - going.get(one.other(relation), set()):
                    raise Restricted(relation.key)
            elif relation.place == "there" and not relation.cascades:
                await _unlink(writer, one.other(relation), relation.column, gone)
    for one, gone in going.items():
        await _delete(writer, one, gone - first if one is collection else gone)


async def linked(writer: LinkedWriter, collection: Collection, relation: Relation, ids: Iterable[str]) -> set[str]:
    """The documents that these are linked with."""
    if relation.place == "here":
        sql = f"SELECT {quoted(relation.column)} FROM {collection.table} WHERE _id = ANY($1::text[])"
    elif relation.place == "there":
        table = collection.other(relation).table
        sql = f"SELECT _id FROM {table} WHERE {quoted(relation.column)} = ANY($1::text[])"
    else:
        between = qualified(collection.database, relation.between)
        sql = f"SELECT {relation.column_of_related} FROM {between} WHERE {relation.column} = ANY($1::text[])"
    return {row[0] for row in await writer.work.write(sql, list(ids)) if row[0] is not None}


async def _going(writer: LinkedWriter, collection: Collection, ids: set[str]) -> Going:
    """These documents and all that go with them, which are locked, so that nobody links anything to them meanwhile."""
    going, left = Going(), [(collection, ids)]
    while left:
        one, found = left.pop()
        going.setdefault(one, set()).update(found)
        for relation in one.relations.values() if found else ():
            if relation.cascades:
                other = one.other(relation)
                more = await linked(writer, one, relation, found) - going.get(other, set())
                if more:
                    left.append((other, await _locked(writer, other, more)))
    return going


async def _locked(writer: LinkedWriter, collection: Collection, ids: set[str]) -> set[str]:
    sql = f"SELECT _id FROM {collection.table} WHERE _id = ANY($1::text[]) ORDER BY _id FOR UPDATE"
    return {row[0] for row in await writer.work.write(sql, list(ids))}


async def _unlink(writer: LinkedWriter, other: Collection, column: str, gone: set[str]) -> None:
    await writer.work.write(
        f"UPDATE {other.table} SET {quoted(column)} = NULL, _updated_at = $2 WHERE {quoted(column)} = ANY($1::text[])",
        list(gone), writer.author.now,
    )  # fmt: skip


async def _delete(writer: LinkedWriter, collection: Collection, ids: set[str]) -> None:
    """Delete documents that go with others; the author must be allowed to delete each."""
    if not ids:
        return
    deleted = {document["$id"] for document in await writer.delete_these(collection, sorted(ids))}
    for left in ids - deleted:
        await writer.refuse(collection, left, "delete")
