"""Relationships: attributes that link the documents of two collections."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py.data import define
from appwrite_py.data.relations import define as relations
from appwrite_py.data.relations.relation import Relation
from appwrite_py.data.schema import Collection
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, Key, Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.services.databases import models
from appwrite_py.services.databases.lookup import find_collection
from appwrite_py.services.databases.models import ATTRIBUTE_MODELS, COLUMN_MODELS
from appwrite_py.services.databases.words import Words, both

RelationType = Annotated[Any, rules.OneOf("oneToOne", "manyToOne", "manyToMany", "oneToMany")]
OnDelete = Annotated[Any, rules.OneOf("cascade", "restrict", "setNull")]
_PATH = "/:databaseId/collections/:collectionId/attributes"
_EVENT = "databases.[databaseId].collections.[collectionId].attributes.[attributeId]"
_RESOURCE = "database/{request.databaseId}/collection/{request.collectionId}"
_MODELS = (ATTRIBUTE_MODELS["relationship"], COLUMN_MODELS["relationship"])


@both("POST", f"{_PATH}/relationship", scope="attributes.write", status=202, callers=SERVER, returns=_MODELS,
      sdk=("createRelationshipAttribute", "createRelationshipColumn"), names={"relatedCollectionId": "relatedTableId"},
      event=f"{_EVENT}.create", audit=f"attribute.create {_RESOURCE}")  # fmt: skip
async def create(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    relatedCollectionId: Uid,
    type: RelationType,
    twoWay: Flag = False,
    key: Key | None = None,
    twoWayKey: Key | None = None,
    onDelete: OnDelete = "restrict",
) -> Any:
    """Link the documents of this collection with those of another one of the database.

    With `twoWay` the other collection shows the link, too, as `twoWayKey`. `onDelete` says what becomes of linked
    documents when a document is deleted: they keep it from being deleted, go with it, or lose their link.
    """
    collection = await find_collection(ctx, databaseId, collectionId, to_change=True)
    related = await find_collection(ctx, databaseId, relatedCollectionId)
    made = Relation(
        collectionId, key or relatedCollectionId, relatedCollectionId, type, "parent", twoWay,
        twoWayKey or collectionId, onDelete,
    )  # fmt: skip
    _check(ctx.route.words, collection, related, made)
    await _doing(ctx, relations.create(ctx.db, collection.database, made))
    return await _shown(ctx, databaseId, collectionId, made.key)


@both("PATCH", f"{_PATH}/relationship/:key", tables_path=f"{_PATH}/:key/relationship", scope="attributes.write",
      callers=SERVER, returns=_MODELS, sdk=("updateRelationshipAttribute", "updateRelationshipColumn"),
      aliases=(
          ("/v1/databases/:databaseId/collections/:collectionId/attributes/:key/relationship",),
          ("/v1/tablesdb/:databaseId/tables/:tableId/columns/relationship/:key",),
      ),
      event=f"{_EVENT}.update", audit=f"attribute.update {_RESOURCE}")  # fmt: skip
async def update(
    ctx: Ctx,
    databaseId: Uid,
    collectionId: Uid,
    key: Key,
    onDelete: OnDelete | None = None,
    newKey: Key | None = None,
) -> Any:
    """Change a relationship's key, or what becomes of linked documents when a document is deleted."""
    words: Words = ctx.route.words
    collection = await find_collection(ctx, databaseId, collectionId, to_change=True)
    old = collection.relations.get(key)
    if old is None:
        raise words.error("attribute_not_found" if key not in collection.by_key else "attribute_type_invalid")
    new = relations.changed(old, newKey, onDelete)
    if new.key != key and (new.key in collection.by_key or new.key in collection.relations):
        raise words.error("attribute_already_exists")
    await _doing(ctx, relations.update(ctx.db, collection.database, _of_parent(old), _of_parent(new)))
    return await _shown(ctx, databaseId, collectionId, new.key)


async def remove(ctx: Ctx, collection: Collection, relation: Relation) -> None:
    """Delete a relationship with both its sides; the route is that of any attribute."""
    await relations.delete(ctx.db, collection.database, _of_parent(relation))


async def add(ctx: Ctx, collection: Collection, related: Collection, made: Relation) -> None:
    """Make a relationship. Raises the errors of limits and keys that are taken."""
    _check(ctx.route.words, collection, related, made)
    await _doing(ctx, relations.create(ctx.db, collection.database, made))


# --- steps --------------------------------------------------------------------------------------------------------
def _of_parent(relation: Relation) -> Relation:
    return relation if relation.side == "parent" else relation.reversed()


def _check(words: Words, collection: Collection, related: Collection, made: Relation) -> None:
    taken = words.error("attribute_already_exists")
    known = {key.lower() for key in (*collection.by_key, *collection.relations)}
    there = {key.lower() for key in (*related.by_key, *related.relations)}
    if made.key.lower() in known or (made.two_way and made.twin.lower() in there):
        raise taken
    if made.related == made.owner and made.key.lower() == made.twin.lower():
        raise taken("Within one collection, key and twoWayKey have to differ.")
    for one in collection.relations.values():
        if one.related == made.related and one.twin.lower() == made.twin.lower() and one.side == "parent":
            raise taken(f'The relationship {one.key} uses the twoWayKey "{made.twin}" already.')
        if one.related == made.related and one.type == made.type == "manyToMany" and one.side == "parent":
            raise taken("Two collections can have one relationship of the type manyToMany.")
    if max(len(collection.attributes), len(related.attributes)) >= define.MAX_ATTRIBUTES:
        raise words.error("attribute_limit_exceeded")


async def _doing(ctx: Ctx, doing: Any) -> None:
    words: Words = ctx.route.words
    try:
        await doing
    except define.Exists as cause:
        raise words.error("attribute_already_exists") from cause
    except define.NoRoom as cause:
        raise words.error("attribute_limit_exceeded") from cause


async def _shown(ctx: Ctx, database_id: str, collection_id: str, key: str) -> dict[str, Any]:
    words: Words = ctx.route.words
    ctx.event_params[words.text("attributeId")] = key
    found = await find_collection(ctx, database_id, collection_id)
    return models.attribute(next(one for one in found.attributes if one.key == key), words)
