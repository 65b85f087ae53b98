"""Indexes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from appwrite_py.data import define, indexing, listing, tables, vectors
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.kinds.spatial import Spatial
from appwrite_py.data.schema import Collection, Index
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Key, LooseFlag, Queries, Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.services.databases import models
from appwrite_py.services.databases.indexing import check_schemaless, check_vectors
from appwrite_py.services.databases.lookup import find_collection
from appwrite_py.services.databases.models import ColumnIndex, ColumnIndexList, IndexList, IndexModel
from appwrite_py.services.databases.words import DOCUMENTS, VECTORS, Words, among, both, everywhere

Type = Annotated[str, rules.OneOf("key", "fulltext", "unique", "spatial", ci=True)]
Keys = Annotated[Sequence[str], rules.ListOf(rules.Key(internal=True), 100)]
Orders = Annotated[Sequence[str], rules.ListOf(rules.OneOf("asc", "desc", ci=True), 100)]
Lengths = Annotated[Sequence[int | None], rules.ListOf(rules.Integer(32), 100, nullable=True)]
_PATH = "/:databaseId/collections/:collectionId/indexes"
_EVENT = "databases.[databaseId].collections.[collectionId].indexes.[indexId]"
_RESOURCE = "database/{request.databaseId}/collection/{request.collectionId}"
_MODEL = (IndexModel, ColumnIndex)
_UNSIZED = ("object", *vectors.INDEXES)
_UNORDERED = ("spatial", *_UNSIZED)
_SYSTEM = ("$id", "$sequence", "$createdAt", "$updatedAt")
_OF_DOCUMENTS = rules.OneOf("key", "fulltext", "unique", ci=True)
_OF_VECTORS = rules.OneOf(*vectors.INDEXES, "object", "key", "unique", ci=True)
_CREATED: dict[str, Any] = {
    "scope": "indexes.write", "status": 202, "callers": SERVER, "event": f"{_EVENT}.create",
    "audit": f"index.create {_RESOURCE}",
}  # fmt: skip


@among((VECTORS,), "POST", _PATH, sdk="createIndex", returns=IndexModel, rules={"type": _OF_VECTORS}, **_CREATED)
@among((DOCUMENTS,), "POST", _PATH, sdk="createIndex", returns=IndexModel, rules={"type": _OF_DOCUMENTS}, **_CREATED)
@both("POST", _PATH, sdk=("createIndex", "createIndex"), returns=_MODEL, **_CREATED)
async def create(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    key: Key,
    type: Type,
    attributes: Keys,
    orders: Orders = (),
    lengths: Lengths = (),
) -> Any:
    """Create an index over one or several attributes."""
    collection = await find_collection(ctx, databaseId, collectionId, to_change=True)
    await add(ctx, collection, key, type.lower(), attributes, orders, lengths)
    ctx.event_params["indexId"] = key
    return models.index(_find(ctx, await find_collection(ctx, databaseId, collectionId), key), ctx.route.words)


@everywhere("GET", _PATH, scope="indexes.read", sdk=("listIndexes", "listIndexes"), callers=SERVER,
            returns=(IndexList, ColumnIndexList))  # fmt: skip
async def list_all(ctx: Ctx, databaseId: Uid, collectionId: Uid, queries: Queries = (), total: LooseFlag = True) -> Any:
    """List the indexes of a collection."""
    await find_collection(ctx, databaseId, collectionId)
    table = tables.indexes
    where = (
        (table.c.project_id == ctx.project.id)
        & (table.c.database_id == databaseId)
        & (table.c.collection_id == collectionId)
    )
    names = {name: name for name in ("key", "type", "status", "error", "attributes")} | {"$id": "key"}
    rows, count = await listing.find(ctx.db, table, where, queries, names, total=total, id_column="key")
    return {"total": count, "indexes": [models.index(Index.from_row(row), ctx.route.words) for row in rows]}


@everywhere("GET", _PATH + "/:key", scope="indexes.read", sdk=("getIndex", "getIndex"), callers=SERVER, returns=_MODEL)
async def get(ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key) -> Any:
    """Get an index by its key."""
    return models.index(_find(ctx, await find_collection(ctx, databaseId, collectionId), key), ctx.route.words)


@everywhere("DELETE", _PATH + "/:key", scope="indexes.write", sdk=("deleteIndex", "deleteIndex"), callers=SERVER,
            status=204, event=f"{_EVENT}.update", audit=f"index.delete {_RESOURCE}")  # fmt: skip
async def delete(ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key) -> None:
    """Delete an index."""
    collection = await find_collection(ctx, databaseId, collectionId, to_change=True)
    index = _find(ctx, collection, key)
    ctx.event_payload = models.index(index, ctx.route.words)
    ctx.event_params["indexId"] = key
    await define.delete_index(ctx.db, collection, index)


async def add(
    ctx: Ctx, collection: Collection, key: str, type_: str, attributes: Sequence[str],
    orders: Sequence[str | None], lengths: Sequence[int | None],
) -> None:  # fmt: skip
    """Add an index to a collection. Raises the errors of limits, types and keys that are taken."""
    words: Words = ctx.route.words
    if len(collection.indexes) >= define.MAX_INDEXES:
        raise words.error("index_limit_exceeded")
    if collection.schemaless:
        check_schemaless(collection, type_, attributes, orders)
    elif collection.database.type == "vectorsdb":
        check_vectors(collection, type_, attributes, orders, lengths)
    else:
        _check(words, collection, type_, attributes, orders)
    count = len(attributes)
    # Only key and unique indexes are ordered; lengths mean nothing in PostgreSQL and are kept for the answer.
    directions = [(order or "ASC").upper() for order in (*orders, *[None] * (count - len(orders)))]
    directions = [] if type_ in _UNORDERED else directions
    made = Index(
        key=key, type=type_, attributes=tuple(attributes),
        lengths=() if type_ in _UNSIZED else (*lengths, *[0] * (count - len(lengths)))[:count],
        orders=tuple(directions), name=indexing.name_of(collection, key),
    )  # fmt: skip
    try:
        await define.create_index(ctx.db, collection, made)
    except define.Exists as cause:
        raise words.error("index_already_exists") from cause
    except define.DoesNotFit as cause:
        raise words.error("index_invalid")(str(cause)) from cause


def _check(
    words: Words, collection: Collection, type_: str, attributes: Sequence[str], orders: Sequence[str | None]
) -> None:
    invalid = words.error("index_invalid")
    if not attributes or len(attributes) > define.MAX_INDEX_COLUMNS:
        raise invalid(f"An index takes 1 to {define.MAX_INDEX_COLUMNS} {words.text('attributes')}.")
    if len(set(attributes)) < len(attributes) or len(orders) > len(attributes):
        raise invalid(f"Each {words.text('attribute')} may be named once, and orders must not outnumber them.")
    found = []
    for name in attributes:
        if name in _SYSTEM:
            continue
        if name not in collection.by_key:
            raise words.error("attribute_unknown")(f'Unknown {words.text("attribute")}: "{name}".')
        found.append(collection.by_key[name])
    if any(attribute.encrypt for attribute in found):
        raise invalid("Encrypted values cannot be indexed.")
    if type_ == "spatial":
        _check_spatial(words, attributes, found, orders)
    elif any(not attribute.kind.ordered for attribute in found):
        raise invalid("Spatial values can only be indexed with an index of the type spatial.")
    if type_ == "fulltext" and (len(found) < len(attributes) or not all(a.kind.textual and not a.array for a in found)):
        raise invalid("A fulltext index needs text.")
    if any(attribute.array for attribute in found) and (type_ != "key" or len(attributes) > 1):
        raise invalid("An array can only be indexed alone, with an index of the type key.")


def _check_spatial(
    words: Words, attributes: Sequence[str], found: Sequence[Attribute], orders: Sequence[str | None]
) -> None:
    invalid = words.error("index_invalid")
    if len(attributes) != 1 or not found or not isinstance(found[0].kind, Spatial):
        raise invalid(f"A spatial index takes one {words.text('attribute')}: a point, a line or a polygon.")
    if orders:
        raise invalid("A spatial index has no order. Leave the orders out.")


def _find(ctx: Ctx, collection: Collection, key: str) -> Index:
    found = next((index for index in collection.indexes if index.key == key), None)
    if found is None:
        raise ctx.route.words.error("index_not_found")
    return found
