"""Attributes and columns: one create and one update route for each kind, and the common ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.data import define, listing, tables
from appwrite_py.data.kinds import KINDS, Attribute, Unfit
from appwrite_py.data.schema import Collection
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, Key, LooseFlag, Queries, Uid
from appwrite_py.http.registry import SERVER, Deprecated
from appwrite_py.services.databases import models, relationships
from appwrite_py.services.databases.lookup import find_collection
from appwrite_py.services.databases.models import ATTRIBUTE_MODELS, COLUMN_MODELS, AttributeList, ColumnList
from appwrite_py.services.databases.words import Declare, Words, both

Size = Annotated[int, rules.Range(1, 1_073_741_824)]
AnyText = Annotated[str, rules.Text(0, min=0)]
EnumText = Annotated[str, rules.Text(0)]
Elements = Annotated[Sequence[str], rules.ListOf(rules.Text(255), 100)]
Int64 = Annotated[int, rules.Integer(64)]
Number = Annotated[float, rules.Float()]
EmailText = Annotated[str, rules.Email()]
UrlText = Annotated[str, rules.Url()]
IpText = Annotated[str, rules.Ip()]
TimeText = Annotated[str, rules.Datetime()]

_PATH = "/:databaseId/collections/:collectionId/attributes"
_EVENT = "databases.[databaseId].collections.[collectionId].attributes.[attributeId]"
_RESOURCE = "database/{request.databaseId}/collection/{request.collectionId}"
_ENCRYPT_SIZE_MIN = 150


def _create(segment: str, sdk: str, replaced: Deprecated | None = None) -> Declare:
    return both(
        "POST", f"{_PATH}/{segment}", scope="attributes.write", sdk=(f"create{sdk}Attribute", f"create{sdk}Column"),
        status=202, callers=SERVER, returns=(ATTRIBUTE_MODELS[segment], COLUMN_MODELS[segment]),
        event=f"{_EVENT}.create", audit=f"attribute.create {_RESOURCE}", replaced=replaced,
    )  # fmt: skip


def _update(segment: str, sdk: str, replaced: Deprecated | None = None) -> Declare:
    return both(
        "PATCH", f"{_PATH}/{segment}/:key", scope="attributes.write",
        sdk=(f"update{sdk}Attribute", f"update{sdk}Column"), callers=SERVER,
        returns=(ATTRIBUTE_MODELS[segment], COLUMN_MODELS[segment]),
        event=f"{_EVENT}.update", audit=f"attribute.update {_RESOURCE}", replaced=replaced,
    )  # fmt: skip


# --- one pair for each kind -----------------------------------------------------------------------------------
@_create("string", "String", Deprecated("1.9.0", "tablesDB.createTextColumn"))
async def create_string(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, size: Size, required: Flag,
    default: AnyText | None = None, array: Flag = False, encrypt: Flag = False,
) -> Any:  # fmt: skip
    """Add text of at most `size` characters; with `encrypt` it is encrypted at rest and cannot be queried."""
    return await _add(ctx, databaseId, collectionId, "string", key, required, default, array, {}, size, encrypt)


@_update("string", "String", Deprecated("1.8.0", "tablesDB.updateTextColumn"))
async def update_string(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: AnyText | None,
    size: Size | None = None, newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a text attribute. Stored text that is longer than a new size is an error, and nothing changes."""
    return await _change(ctx, databaseId, collectionId, "string", key, required, default, None, newKey, size)


@_create("integer", "Integer")
async def create_integer(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, min: Int64 | None = None,
    max: Int64 | None = None, default: Int64 | None = None, array: Flag = False,
) -> Any:  # fmt: skip
    """Add a whole number of 64 bits, within bounds where they are given."""
    return await _add(ctx, databaseId, collectionId, "integer", key, required, default, array, {"min": min, "max": max})


@_update("integer", "Integer")
async def update_integer(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Int64 | None,
    min: Int64 | None = None, max: Int64 | None = None, newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a whole number's bounds, default or key."""
    options = {"min": min, "max": max}
    return await _change(ctx, databaseId, collectionId, "integer", key, required, default, options, newKey)


@_create("float", "Float")
async def create_float(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, min: Number | None = None,
    max: Number | None = None, default: Number | None = None, array: Flag = False,
) -> Any:  # fmt: skip
    """Add a number of double precision, within bounds where they are given."""
    return await _add(ctx, databaseId, collectionId, "float", key, required, default, array, {"min": min, "max": max})


@_update("float", "Float")
async def update_float(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Number | None,
    min: Number | None = None, max: Number | None = None, newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a number's bounds, default or key."""
    options = {"min": min, "max": max}
    return await _change(ctx, databaseId, collectionId, "float", key, required, default, options, newKey)


@_create("boolean", "Boolean")
async def create_boolean(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Flag | None = None,
    array: Flag = False,
) -> Any:  # fmt: skip
    """Add a boolean."""
    return await _add(ctx, databaseId, collectionId, "boolean", key, required, default, array, {})


@_update("boolean", "Boolean")
async def update_boolean(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Flag | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a boolean's default or key."""
    return await _change(ctx, databaseId, collectionId, "boolean", key, required, default, None, newKey)


@_create("datetime", "Datetime")
async def create_datetime(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: TimeText | None = None,
    array: Flag = False,
) -> Any:  # fmt: skip
    """Add a point in time, kept in UTC to the millisecond."""
    return await _add(ctx, databaseId, collectionId, "datetime", key, required, default, array, {})


@_update("datetime", "Datetime")
async def update_datetime(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: TimeText | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a time's default or key."""
    return await _change(ctx, databaseId, collectionId, "datetime", key, required, default, None, newKey)


@_create("email", "Email")
async def create_email(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: EmailText | None = None,
    array: Flag = False,
) -> Any:  # fmt: skip
    """Add an e-mail address."""
    return await _add(ctx, databaseId, collectionId, "email", key, required, default, array, {})


@_update("email", "Email")
async def update_email(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: EmailText | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change an e-mail attribute's default or key."""
    return await _change(ctx, databaseId, collectionId, "email", key, required, default, None, newKey)


@_create("enum", "Enum")
async def create_enum(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, elements: Elements, required: Flag,
    default: EnumText | None = None, array: Flag = False,
) -> Any:  # fmt: skip
    """Add one of a list of words."""
    options = {"elements": list(elements)}
    return await _add(ctx, databaseId, collectionId, "enum", key, required, default, array, options)


@_update("enum", "Enum")
async def update_enum(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, elements: Elements, required: Flag,
    default: EnumText | None, newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change an enum's words, default or key."""
    options = {"elements": list(elements)}
    return await _change(ctx, databaseId, collectionId, "enum", key, required, default, options, newKey)


@_create("ip", "Ip")
async def create_ip(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: IpText | None = None,
    array: Flag = False,
) -> Any:  # fmt: skip
    """Add an IPv4 or IPv6 address."""
    return await _add(ctx, databaseId, collectionId, "ip", key, required, default, array, {})


@_update("ip", "Ip")
async def update_ip(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: IpText | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change an IP attribute's default or key."""
    return await _change(ctx, databaseId, collectionId, "ip", key, required, default, None, newKey)


@_create("url", "Url")
async def create_url(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: UrlText | None = None,
    array: Flag = False,
) -> Any:  # fmt: skip
    """Add a URL."""
    return await _add(ctx, databaseId, collectionId, "url", key, required, default, array, {})


@_update("url", "Url")
async def update_url(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: UrlText | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a URL attribute's default or key."""
    return await _change(ctx, databaseId, collectionId, "url", key, required, default, None, newKey)


# --- common -----------------------------------------------------------------------------------------------------
@both("GET", _PATH, scope="attributes.read", sdk=("listAttributes", "listColumns"), callers=SERVER,
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


@both("GET", _PATH + "/:key", scope="attributes.read", sdk=("getAttribute", "getColumn"), callers=SERVER,
      returns=(models.AnyAttribute, models.AnyColumn))  # fmt: skip
async def get(ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key) -> Any:
    """Get an attribute by its key."""
    return models.attribute(_find(ctx, await find_collection(ctx, databaseId, collectionId), key), ctx.route.words)


@both("DELETE", _PATH + "/:key", scope="attributes.write", sdk=("deleteAttribute", "deleteColumn"), callers=SERVER,
      status=204, event=f"{_EVENT}.update", audit=f"attribute.delete {_RESOURCE}")  # fmt: skip
async def delete(ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key) -> None:
    """Delete an attribute with all its values; indexes lose it."""
    collection = await find_collection(ctx, databaseId, collectionId, to_change=True)
    attribute = _find(ctx, collection, key)
    ctx.event_payload = models.attribute(attribute, ctx.route.words)
    ctx.event_params[ctx.route.words.text("attributeId")] = key
    if key in collection.relations:
        await relationships.remove(ctx, collection, collection.relations[key])
    else:
        await define.delete_attribute(ctx.db, collection, attribute)


async def _add(
    ctx: Ctx, database_id: str, collection_id: str, segment: str, key: str, required: bool, default: Any,
    array: bool, options: dict[str, Any], size: int = 0, encrypt: bool = False,
) -> dict[str, Any]:  # fmt: skip
    collection = await find_collection(ctx, database_id, collection_id, to_change=True)
    kind = KINDS[segment]
    made = Attribute(key, kind.type, kind.format, size or kind.size({}), required, array, default, encrypt, options)
    await add(ctx, collection, made)
    found = await find_collection(ctx, database_id, collection_id)
    ctx.event_params[ctx.route.words.text("attributeId")] = key
    return models.attribute(found.by_key[key], ctx.route.words)


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


async def _change(
    ctx: Ctx, database_id: str, collection_id: str, segment: str, key: str, required: bool, default: Any,
    options: dict[str, Any] | None, new_key: str | None, size: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    words: Words = ctx.route.words
    collection = await find_collection(ctx, database_id, collection_id, to_change=True)
    old = _find(ctx, collection, key)
    if old.kind.segment != segment:
        raise words.error("attribute_type_invalid")
    options = old.options | {name: value for name, value in (options or {}).items() if value is not None}
    new = checked(words, replace(
        old, key=new_key or key, required=required, default=default, size=old.size if size is None else size,
        options=options,
    ))  # fmt: skip
    try:
        await define.update_attribute(ctx.db, collection, old, new)
    except define.Exists as cause:
        raise words.error("attribute_already_exists") from cause
    except define.DoesNotFit as cause:
        raise words.error("attribute_invalid_resize")(str(cause)) from cause
    ctx.event_params[words.text("attributeId")] = new.key
    return models.attribute((await find_collection(ctx, database_id, collection_id)).by_key[new.key], words)


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
    low, high = wanted.options.get("min"), wanted.options.get("max")
    if low is not None and high is not None and low > high:
        raise words.error("attribute_value_invalid")("The minimum must not be greater than the maximum.")
    if wanted.options.get("elements") == []:
        raise words.error("attribute_value_invalid")("An enum needs at least one element.")
    if wanted.encrypt and wanted.size < _ENCRYPT_SIZE_MIN:
        raise errors.GENERAL_BAD_REQUEST(f"Encrypted text needs a size of at least {_ENCRYPT_SIZE_MIN}.")


def _find(ctx: Ctx, collection: Collection, key: str) -> Attribute:
    found = next((one for one in collection.attributes if one.key == key), None)
    if found is None:
        raise ctx.route.words.error("attribute_not_found")
    return found
