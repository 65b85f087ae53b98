"""Collections and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.data import define, listing, tables
from appwrite_py.data import permissions as perms
from appwrite_py.data.relations import define as relations
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Flag, LooseFlag, Queries, Search, Text128, Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.services.databases import inline, models
from appwrite_py.services.databases.lookup import find_collection, find_database
from appwrite_py.services.databases.models import (
    CollectionList,
    CollectionModel,
    TableList,
    TableModel,
    VectorsCollection,
    VectorsCollectionList,
)
from appwrite_py.services.databases.words import DOCUMENTS, Words, among, both, everywhere

Permissions = Annotated[Sequence[str], rules.Permissions("create", "read", "update", "delete", "write")]
Objects = Annotated[Sequence[dict[str, Any]], rules.ListOf(rules.Object(), 100)]
PATH = "/:databaseId/collections"
ONE = PATH + "/:collectionId"
_MODEL = (CollectionModel, TableModel)


@both("POST", PATH, scope="collections.write", sdk=("createCollection", "createTable"), status=201, callers=SERVER,
      returns=_MODEL, event="databases.[databaseId].collections.[collectionId].create",
      audit="collection.create database/{request.databaseId}/collection/{response.$id}")  # fmt: skip
async def create(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: CustomId,
    name: Text128,
    permissions: Permissions | None = None,
    documentSecurity: LooseFlag = False,
    enabled: Flag = True,
    attributes: Objects = (),
    indexes: Objects = (),
) -> Any:
    """Create a collection, with its attributes and indexes if they are given. It can be used at once."""
    words: Words = ctx.route.words
    wanted = inline.read_attributes(words.text("attributes"), attributes)
    database = await find_database(ctx, databaseId, to_change=True)
    new_id = ctx.new_id(collectionId)
    try:
        await define.create_collection(
            ctx.db, database, new_id, name, permissions=perms.expand(permissions or ()),
            row_security=documentSecurity, enabled=enabled,
        )  # fmt: skip
    except define.Exists as cause:
        raise words.error("collection_already_exists") from cause
    await inline.apply(ctx, databaseId, new_id, wanted, indexes)
    return models.collection(await find_collection(ctx, databaseId, new_id), words)


@among((DOCUMENTS,), "POST", PATH, scope="collections.write", sdk="createCollection", status=201, callers=SERVER,
       returns=CollectionModel, event="databases.[databaseId].collections.[collectionId].create",
       audit="collections.create database/{request.databaseId}/collection/{response.$id}")  # fmt: skip
async def create_schemaless(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: CustomId,
    name: Text128,
    permissions: Permissions | None = None,
    documentSecurity: LooseFlag = False,
    enabled: Flag = True,
    attributes: Objects = (),
    indexes: Objects = (),
) -> Any:
    """Create a collection whose documents hold whatever is put into them, with its indexes if they are given."""
    if attributes:
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `attributes` param: documents of this service have no schema.")
    return await create(ctx, databaseId, collectionId, name, permissions, documentSecurity, enabled, indexes=indexes)


@everywhere("GET", PATH, scope="collections.read", sdk=("listCollections", "listTables"), callers=SERVER,
            returns=(CollectionList, TableList), vectors=VectorsCollectionList)  # fmt: skip
async def list_all(
    ctx: Ctx, databaseId: Uid, queries: Queries = (), search: Search = "", total: LooseFlag = True
) -> Any:
    """List the collections of a database."""
    words: Words = ctx.route.words
    database = await find_database(ctx, databaseId)
    table = tables.collections
    names = {"name": "name", "enabled": "enabled"} | ({} if words.tables else {"documentSecurity": "row_security"})
    where = (table.c.project_id == ctx.project.id) & (table.c.database_id == databaseId)
    rows, count = await listing.find(ctx.db, table, where, queries, names, search=search, total=total)
    found = await ctx.store.catalogue.load_all(ctx.db, database, rows)
    return {"total": count, words.text("collections"): [models.collection(one, words) for one in found]}


@everywhere("GET", ONE, scope="collections.read", sdk=("getCollection", "getTable"), callers=SERVER, returns=_MODEL,
            vectors=VectorsCollection)  # fmt: skip
async def get(ctx: Ctx, databaseId: Uid, collectionId: Uid) -> Any:
    """Get a collection with its attributes and indexes."""
    return models.collection(await find_collection(ctx, databaseId, collectionId), ctx.route.words)


@both("PUT", ONE, scope="collections.write", sdk=("updateCollection", "updateTable"), callers=SERVER, returns=_MODEL,
      event="databases.[databaseId].collections.[collectionId].update",
      audit="collection.update database/{request.databaseId}/collection/{request.collectionId}")  # fmt: skip
async def update(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    name: Text128 | None = None,
    permissions: Permissions | None = None,
    documentSecurity: LooseFlag = False,
    enabled: Flag = True,
    purge: LooseFlag = False,
) -> Any:
    """Change a collection's name, permissions and switches. Permissions that are not given stay as they are."""
    found = await find_collection(ctx, databaseId, collectionId, to_change=True)
    await define.update_collection(
        ctx.db, found, found.name if name is None else name,
        permissions=found.permissions if permissions is None else perms.expand(permissions),
        row_security=documentSecurity, enabled=enabled,
    )  # fmt: skip
    return models.collection(await find_collection(ctx, databaseId, collectionId), ctx.route.words)


@among((DOCUMENTS,), "PUT", ONE, scope="collections.write", sdk="updateCollection", callers=SERVER,
       returns=CollectionModel, event="databases.[databaseId].collections.[collectionId].update",
       audit="collection.update database/{request.databaseId}/collection/{request.collectionId}")  # fmt: skip
async def update_schemaless(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    name: Text128,
    permissions: Permissions | None = None,
    documentSecurity: LooseFlag = False,
    enabled: Flag = True,
    purge: LooseFlag = False,
) -> Any:
    """Change a collection's name, permissions and switches. Permissions that are not given stay as they are."""
    return await update(ctx, databaseId, collectionId, name, permissions, documentSecurity, enabled, purge)


@everywhere("DELETE", ONE, scope="collections.write", sdk=("deleteCollection", "deleteTable"), callers=SERVER,
            status=204, event="databases.[databaseId].collections.[collectionId].delete",
            audit="collection.delete database/{request.databaseId}/collection/{request.collectionId}")  # fmt: skip
async def delete(ctx: Ctx, databaseId: Uid, collectionId: Uid) -> None:
    """Delete a collection with all its documents."""
    found = await find_collection(ctx, databaseId, collectionId, to_change=True)
    ctx.event_payload = models.collection(found, ctx.route.words)
    await relations.delete_all_of(ctx.db, found.database, collectionId)
    await define.delete_collection(ctx.db, found)
