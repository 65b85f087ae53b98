"""Listing, reading and deleting attributes, whatever their kind."""

from __future__ import annotations

from typing import Any

from appwrite_py.data import define, listing, tables
from appwrite_py.data.kinds import Attribute
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Key, LooseFlag, Queries, Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.services.databases import models, relationships
from appwrite_py.services.databases.attributes.steps import EVENT, PATH, RESOURCE, find
from appwrite_py.services.databases.lookup import find_collection
from appwrite_py.services.databases.models import AttributeList, ColumnList
from appwrite_py.services.databases.words import both


@both("GET", PATH, scope="attributes.read", sdk=("listAttributes", "listColumns"), callers=SERVER,
      returns=(AttributeList, ColumnList))  # fmt: skip
async def list_all(ctx: Ctx, databaseId: Uid, collectionId: Uid, queries: Queries = (), total: LooseFlag = True) -> Any:
    """List the attributes of a collection."""
    await find_collection(ctx, databaseId, collectionId)
    table = tables.attributes
    where = (
        (table.c.project_id == ctx.project.id)
        & (table.c.database_id == databaseId)
        & (table.c.collection_id == collectionId)
    )
    names = {name: name for name in ("key", "type", "status", "error", "size", "required", "array")} | {"$id": "key"}
    rows, count = await listing.find(ctx.db, table, where, queries, names, total=total, id_column="key")
    found = [models.attribute(Attribute.from_row(row), ctx.route.words) for row in rows]
    return {"total": count, ctx.route.words.text("attributes"): found}


@both("GET", PATH + "/:key", scope="attributes.read", sdk=("getAttribute", "getColumn"), callers=SERVER,
      returns=(models.AnyAttribute, models.AnyColumn))  # fmt: skip
async def get(ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key) -> Any:
    """Get an attribute by its key."""
    return models.attribute(find(ctx, await find_collection(ctx, databaseId, collectionId), key), ctx.route.words)


@both("DELETE", PATH + "/:key", scope="attributes.write", sdk=("deleteAttribute", "deleteColumn"), callers=SERVER,
      status=204, event=f"{EVENT}.update", audit=f"attribute.delete {RESOURCE}")  # fmt: skip
async def delete(ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key) -> None:
    """Delete an attribute with all its values; indexes lose it."""
    collection = await find_collection(ctx, databaseId, collectionId, to_change=True)
    attribute = find(ctx, collection, key)
    ctx.event_payload = models.attribute(attribute, ctx.route.words)
    ctx.event_params[ctx.route.words.text("attributeId")] = key
    if key in collection.relations:
        await relationships.remove(ctx, collection, collection.relations[key])
    else:
        await define.delete_attribute(ctx.db, collection, attribute)
