"""Attributes that hold numbers and booleans."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, Key, Uid
from appwrite_py.services.databases.attributes.steps import added, changed, creates, updates

Int64 = Annotated[int, rules.Integer(64)]
Number = Annotated[float, rules.Float()]


@creates("integer", "Integer")
async def create_integer(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, min: Int64 | None = None,
    max: Int64 | None = None, default: Int64 | None = None, array: Flag = False,
) -> Any:  # fmt: skip
    """Add a whole number of 64 bits, within bounds where they are given."""
    bounds = {"min": min, "max": max}
    return await added(ctx, databaseId, collectionId, "integer", key, required, default, array, bounds)


@updates("integer", "Integer")
async def update_integer(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Int64 | None,
    min: Int64 | None = None, max: Int64 | None = None, newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a whole number's bounds, default or key. Stored numbers outside of new bounds are an error."""
    bounds = {"min": min, "max": max}
    return await changed(ctx, databaseId, collectionId, "integer", key, required, default, newKey, bounds)


@creates("bigint", "BigInt")
async def create_bigint(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, min: Int64 | None = None,
    max: Int64 | None = None, default: Int64 | None = None, array: Flag = False,
) -> Any:  # fmt: skip
    """Add a whole number of 64 bits whose type says so, within bounds where they are given."""
    bounds = {"min": min, "max": max}
    return await added(ctx, databaseId, collectionId, "bigint", key, required, default, array, bounds)


@updates("bigint", "BigInt")
async def update_bigint(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Int64 | None,
    min: Int64 | None = None, max: Int64 | None = None, newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change the bounds, the default or the key of a number of 64 bits. Stored numbers outside of new bounds are an
    error."""
    bounds = {"min": min, "max": max}
    return await changed(ctx, databaseId, collectionId, "bigint", key, required, default, newKey, bounds)


@creates("float", "Float")
async def create_float(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, min: Number | None = None,
    max: Number | None = None, default: Number | None = None, array: Flag = False,
) -> Any:  # fmt: skip
    """Add a number of double precision, within bounds where they are given."""
    bounds = {"min": min, "max": max}
    return await added(ctx, databaseId, collectionId, "float", key, required, default, array, bounds)


@updates("float", "Float")
async def update_float(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Number | None,
    min: Number | None = None, max: Number | None = None, newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a number's bounds, default or key. Stored numbers outside of new bounds are an error."""
    bounds = {"min": min, "max": max}
    return await changed(ctx, databaseId, collectionId, "float", key, required, default, newKey, bounds)


@creates("boolean", "Boolean")
async def create_boolean(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Flag | None = None,
    array: Flag = False,
) -> Any:  # fmt: skip
    """Add a boolean."""
    return await added(ctx, databaseId, collectionId, "boolean", key, required, default, array)


@updates("boolean", "Boolean")
async def update_boolean(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Flag | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a boolean's default or key."""
    return await changed(ctx, databaseId, collectionId, "boolean", key, required, default, newKey)
