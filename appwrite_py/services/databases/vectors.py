"""Collections of VectorsDB: each document has a vector of the collection's dimension, and metadata."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.data import define, indexing, vectors
from appwrite_py.data import permissions as perms
from appwrite_py.data.schema import Collection, Index
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Flag, LooseFlag, Text128, Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.services.databases import models
from appwrite_py.services.databases.collections import ONE, PATH, Permissions
from appwrite_py.services.databases.lookup import find_collection, find_database
from appwrite_py.services.databases.models import VectorsCollection
from appwrite_py.services.databases.words import VECTORS, among

Dimension = Annotated[int, rules.Range(1, vectors.MAX_DIMENSION)]
_METADATA_INDEX = "_key_metadata"


@among((VECTORS,), "POST", PATH, scope="collections.write", sdk="createCollection", status=201, callers=SERVER,
       returns=VectorsCollection, event="databases.[databaseId].collections.[collectionId].create",
       audit="collection.create database/{request.databaseId}/collection/{response.$id}")  # fmt: skip
async def create(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: CustomId,
    name: Text128,
    dimension: Dimension,
    permissions: Permissions | None = None,
    documentSecurity: LooseFlag = False,
    enabled: Flag = True,
) -> Any:
    """Create a collection of vectors with this many dimensions. It can be used at once."""
    database = await find_database(ctx, databaseId, to_change=True)
    new_id = ctx.new_id(collectionId)
    try:
        schema = await vectors.enable(ctx.db)
        await define.create_collection(
            ctx.db, database, new_id, name, permissions=perms.expand(permissions or ()),
            row_security=documentSecurity, enabled=enabled,
        )  # fmt: skip
    except define.Exists as cause:
        raise errors.COLLECTION_ALREADY_EXISTS from cause
    except vectors.Unavailable as cause:
        raise errors.GENERAL_FEATURE_UNSUPPORTED(str(cause)) from cause
    made = await find_collection(ctx, databaseId, new_id)
    for attribute in vectors.attributes(dimension, schema):
        await define.create_attribute(ctx.db, made, attribute)
    made = await find_collection(ctx, databaseId, new_id)
    name_there = indexing.name_of(made, _METADATA_INDEX)
    await define.create_index(ctx.db, made, Index(_METADATA_INDEX, "object", (vectors.METADATA,), (), (), name_there))
    return models.collection(await find_collection(ctx, databaseId, new_id), ctx.route.words)


@among((VECTORS,), "PUT", ONE, scope="collections.write", sdk="updateCollection", callers=SERVER,
       returns=VectorsCollection, event="databases.[databaseId].collections.[collectionId].update",
       audit="collection.update database/{request.databaseId}/collection/{request.collectionId}")  # fmt: skip
async def update(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    name: Text128,
    dimension: Dimension | None = None,
    permissions: Permissions | None = None,
    documentSecurity: LooseFlag = False,
    enabled: Flag = True,
) -> Any:
    """Change a collection's name, permissions and switches; its dimension as long as it holds no documents."""
    found = await find_collection(ctx, databaseId, collectionId, to_change=True)
    await define.update_collection(
        ctx.db, found, name,
        permissions=found.permissions if permissions is None else perms.expand(permissions),
        row_security=documentSecurity, enabled=enabled,
    )  # fmt: skip
    if dimension is not None:
        await _resize(ctx, found, dimension)
    return models.collection(await find_collection(ctx, databaseId, collectionId), ctx.route.words)


async def _resize(ctx: Ctx, collection: Collection, dimension: int) -> None:
    """Give vectors another dimension; indexes on them are made anew, as their form depends on it."""
    old = collection.by_key[vectors.EMBEDDINGS]
    if old.size == dimension:
        return
    if any(index.type in vectors.INDEXES for index in collection.indexes) and dimension > vectors.HALF_INDEX_MAX:
        raise errors.INDEX_INVALID(f"Vectors can be indexed up to {vectors.HALF_INDEX_MAX} dimensions.")
    affected = [index for index in collection.indexes if vectors.EMBEDDINGS in index.attributes]
    for index in affected:
        await define.delete_index(ctx.db, collection, index)
    try:
        await vectors.resize(ctx.db, collection, dimension)
    except vectors.NotEmpty as cause:
        said = f"The collection holds vectors of {old.size} dimensions. Delete its documents first."
        raise errors.ATTRIBUTE_INVALID_RESIZE(said) from cause
    resized = await find_collection(ctx, collection.database.id, collection.id)
    for index in affected:
        await define.create_index(ctx.db, resized, index)
