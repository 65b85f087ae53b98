"""Attributes that hold text: of a size of one's own, or of one of three fixed sizes."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py.data.kinds.string import SIZE_MAX, VARCHAR_SIZE_MAX
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, Key, Uid
from appwrite_py.http.registry import Deprecated
from appwrite_py.services.databases.attributes.steps import added, changed, creates, updates

Size = Annotated[int, rules.Range(1, SIZE_MAX)]
VarcharSize = Annotated[int, rules.Range(1, VARCHAR_SIZE_MAX)]
AnyText = Annotated[str, rules.Text(0, min=0)]


@creates("string", "String", Deprecated("1.9.0", "tablesDB.createTextColumn"))
async def create_string(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, size: Size, required: Flag,
    default: AnyText | None = None, array: Flag = False, encrypt: Flag = False,
) -> Any:  # fmt: skip
    """Add text of at most `size` characters; with `encrypt` it is encrypted at rest and cannot be queried."""
    return await added(
        ctx, databaseId, collectionId, "string", key, required, default, array, size=size, encrypt=encrypt
    )


@updates("string", "String", Deprecated("1.8.0", "tablesDB.updateTextColumn"))
async def update_string(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: AnyText | None,
    size: Size | None = None, newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a text attribute. Stored text that is longer than a new size is an error, and nothing changes."""
    return await changed(ctx, databaseId, collectionId, "string", key, required, default, newKey, size=size)


@creates("varchar", "Varchar")
async def create_varchar(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, size: VarcharSize, required: Flag,
    default: AnyText | None = None, array: Flag = False, encrypt: Flag = False,
) -> Any:  # fmt: skip
    """Add text of at most `size` characters, 16381 or less; with `encrypt` it is encrypted at rest."""
    return await added(
        ctx, databaseId, collectionId, "varchar", key, required, default, array, size=size, encrypt=encrypt
    )


@updates("varchar", "Varchar")
async def update_varchar(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: AnyText | None,
    size: VarcharSize | None = None, newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change text of a size of its own. Stored text that is longer than a new size is an error, and nothing changes."""
    return await changed(ctx, databaseId, collectionId, "varchar", key, required, default, newKey, size=size)


@creates("text", "Text")
async def create_text(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: AnyText | None = None,
    array: Flag = False, encrypt: Flag = False,
) -> Any:  # fmt: skip
    """Add text of at most 65,535 characters; with `encrypt` it is encrypted at rest and cannot be queried."""
    return await added(ctx, databaseId, collectionId, "text", key, required, default, array, encrypt=encrypt)


@updates("text", "Text")
async def update_text(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: AnyText | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change the default or the key of text of at most 65,535 characters."""
    return await changed(ctx, databaseId, collectionId, "text", key, required, default, newKey)


@creates("mediumtext", "Mediumtext")
async def create_mediumtext(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: AnyText | None = None,
    array: Flag = False, encrypt: Flag = False,
) -> Any:  # fmt: skip
    """Add text of at most 16,777,215 characters; with `encrypt` it is encrypted at rest and cannot be queried."""
    return await added(ctx, databaseId, collectionId, "mediumtext", key, required, default, array, encrypt=encrypt)


@updates("mediumtext", "Mediumtext")
async def update_mediumtext(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: AnyText | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change the default or the key of text of at most 16,777,215 characters."""
    return await changed(ctx, databaseId, collectionId, "mediumtext", key, required, default, newKey)


@creates("longtext", "Longtext")
async def create_longtext(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: AnyText | None = None,
    array: Flag = False, encrypt: Flag = False,
) -> Any:  # fmt: skip
    """Add text of at most 2,147,483,647 characters; with `encrypt` it is encrypted at rest and cannot be queried."""
    return await added(ctx, databaseId, collectionId, "longtext", key, required, default, array, encrypt=encrypt)


@updates("longtext", "Longtext")
async def update_longtext(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: AnyText | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change the default or the key of text of at most 2,147,483,647 characters."""
    return await changed(ctx, databaseId, collectionId, "longtext", key, required, default, newKey)
