"""What the routes of all kinds of attributes share: how they are declared, how one is added, how one is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appwrite_py import errors
from appwrite_py.data import define
from appwrite_py.data.kinds import KINDS, Attribute, Unfit
from appwrite_py.data.schema import Collection
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import SERVER, Deprecated
from appwrite_py.services.databases import models
from appwrite_py.services.databases.lookup import find_collection
from appwrite_py.services.databases.models import ATTRIBUTE_MODELS, COLUMN_MODELS
from appwrite_py.services.databases.words import Declare, Words, both

PATH = "/:databaseId/collections/:collectionId/attributes"
EVENT = "databases.[databaseId].collections.[collectionId].attributes.[attributeId]"
RESOURCE = "database/{request.databaseId}/collection/{request.collectionId}"
_ENCRYPT_SIZE_MIN = 150


# --- declarations -------------------------------------------------------------------------------------------------
def creates(segment: str, sdk: str, replaced: Deprecated | None = None) -> Declare:
    """Declare the routes that create attributes of a kind; `sdk` is the kind in the methods' names."""
    return both(
        "POST", f"{PATH}/{segment}", scope="attributes.write", sdk=(f"create{sdk}Attribute", f"create{sdk}Column"),
        status=202, callers=SERVER, returns=(ATTRIBUTE_MODELS[segment], COLUMN_MODELS[segment]),
        event=f"{EVENT}.create", audit=f"attribute.create {RESOURCE}", replaced=replaced,
    )  # fmt: skip


def updates(segment: str, sdk: str, replaced: Deprecated | None = None) -> Declare:
    """Declare the routes that change attributes of a kind."""
    return both(
        "PATCH", f"{PATH}/{segment}/:key", scope="attributes.write",
        sdk=(f"update{sdk}Attribute", f"update{sdk}Column"), callers=SERVER,
        returns=(ATTRIBUTE_MODELS[segment], COLUMN_MODELS[segment]),
        event=f"{EVENT}.update", audit=f"attribute.update {RESOURCE}", replaced=replaced,
    )  # fmt: skip


# --- adding -------------------------------------------------------------------------------------------------------
async def added(
    ctx: Ctx, database_id: str, collection_id: str, segment: str, key: str, required: bool, default: Any,
    array: bool = False, options: dict[str, Any] | None = None, *, size: int | None = None, encrypt: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Add an attribute of a kind to a collection, and answer with it."""
    collection = await find_collection(ctx, database_id, collection_id, to_change=True)
    kind, options = KINDS[segment], options or {}
    shown = kind.size(options) if size is None else size
    made = Attribute(key, kind.type, kind.format, shown, required, array, default, encrypt, options)
    await add(ctx, collection, made)
    return await _shown(ctx, database_id, collection_id, key)


async def add(ctx: Ctx, collection: Collection, made: Attribute) -> None:
    """Add an attribute to a collection. Raises the errors of limits, defaults and keys that are taken."""
    words: Words = ctx.route.words
    if len(collection.attributes) >= define.MAX_ATTRIBUTES:
        raise words.error("attribute_limit_exceeded")
    try:
        await define.create_attribute(ctx.db, collection, checked(words, made))
    except define.Exists as cause:
        raise words.error("attribute_already_exists") from cause
    except define.NoRoom as cause:
        raise words.error("attribute_limit_exceeded") from cause


# --- changing -----------------------------------------------------------------------------------------------------
async def changed(
    ctx: Ctx, database_id: str, collection_id: str, segment: str, key: str, required: bool, default: Any,
    new_key: str | None, options: dict[str, Any] | None = None, *, size: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Change an attribute of a kind, and answer with it; a size or an option that is not given stays as it is.

    Stored values that would not fit any more are an error. Documents without a value do not keep an attribute from
    becoming required: they can be read and need a value when they are changed next, as with Appwrite.
    """
    words: Words = ctx.route.words
    collection = await find_collection(ctx, database_id, collection_id, to_change=True)
    old = find(ctx, collection, key)
    if old.kind.segment != segment:
        raise words.error("attribute_type_invalid")
    options = old.options | {name: value for name, value in (options or {}).items() if value is not None}
    new = checked(words, replace(
        old, key=new_key or key, required=required, default=default, size=old.size if size is None else size,
        options=options,
    ))  # fmt: skip
    if new.key != key and any(one.key == new.key for one in collection.attributes):  # it may have no column here
        raise words.error("attribute_already_exists")
    try:
        await define.update_attribute(ctx.db, collection, old, new)
    except define.Exists as cause:
        raise words.error("attribute_already_exists") from cause
    except define.DoesNotFit as cause:
        problem = "attribute_invalid_resize" if new.size < old.size else "attribute_value_invalid"
        raise words.error(problem)(str(cause)) from cause
    return await _shown(ctx, database_id, collection_id, new.key)


# --- both ---------------------------------------------------------------------------------------------------------
def checked(words: Words, wanted: Attribute) -> Attribute:
    """The attribute with its default as documents will show it. Raises the errors of what contradicts itself.

    A default goes neither with required nor with arrays, and fits the attribute.
    """
    _check_options(words, wanted)
    if wanted.default is None:
        return wanted
    if wanted.required or wanted.array:
        raise words.error("attribute_default_unsupported")
    try:
        return replace(wanted, default=wanted.kind.fits(wanted, wanted.default))
    except Unfit as cause:
        raise words.error("attribute_value_invalid")(f"The default {cause}.") from cause


def _check_options(words: Words, wanted: Attribute) -> None:
    if wanted.array and not wanted.kind.listable:
        raise words.error("attribute_format_unsupported")(f"There are no arrays of the type {wanted.type}.")
    low, high = wanted.options.get("min"), wanted.options.get("max")
    if low is not None and high is not None and low > high:
        raise words.error("attribute_value_invalid")("The minimum must not be greater than the maximum.")
    if wanted.options.get("elements") == []:
        raise words.error("attribute_value_invalid")("An enum needs at least one element.")
    if wanted.encrypt and wanted.size < _ENCRYPT_SIZE_MIN:
        raise errors.GENERAL_BAD_REQUEST(f"Encrypted text needs a size of at least {_ENCRYPT_SIZE_MIN}.")


def find(ctx: Ctx, collection: Collection, key: str) -> Attribute:
    """An attribute, relationships included. Raises ATTRIBUTE_NOT_FOUND or COLUMN_NOT_FOUND."""
    found = next((one for one in collection.attributes if one.key == key), None)
    if found is None:
        raise ctx.route.words.error("attribute_not_found")
    return found


async def _shown(ctx: Ctx, database_id: str, collection_id: str, key: str) -> dict[str, Any]:
    words: Words = ctx.route.words
    ctx.event_params[words.text("attributeId")] = key
    return models.attribute(find(ctx, await find_collection(ctx, database_id, collection_id), key), words)
