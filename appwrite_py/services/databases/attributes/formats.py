"""Attributes that hold text of a certain form: times, mail addresses, enums, IP addresses, URLs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Email, Flag, Key, Time, Uid
from appwrite_py.services.databases.attributes.steps import added, changed, creates, updates

Word = Annotated[str, rules.Text(0)]
Elements = Annotated[Sequence[str], rules.ListOf(rules.Text(255), 100)]
Url = Annotated[str, rules.Url()]
Ip = Annotated[str, rules.Ip()]


@creates("datetime", "Datetime")
async def create_datetime(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Time | None = None,
    array: Flag = False,
) -> Any:  # fmt: skip
    """Add a point in time, kept in UTC to the millisecond."""
    return await added(ctx, databaseId, collectionId, "datetime", key, required, default, array)


@updates("datetime", "Datetime")
async def update_datetime(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Time | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a time's default or key."""
    return await changed(ctx, databaseId, collectionId, "datetime", key, required, default, newKey)


@creates("email", "Email")
async def create_email(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Email | None = None,
    array: Flag = False,
) -> Any:  # fmt: skip
    """Add an e-mail address."""
    return await added(ctx, databaseId, collectionId, "email", key, required, default, array)


@updates("email", "Email")
async def update_email(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Email | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change an e-mail attribute's default or key."""
    return await changed(ctx, databaseId, collectionId, "email", key, required, default, newKey)


@creates("enum", "Enum")
async def create_enum(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, elements: Elements, required: Flag,
    default: Word | None = None, array: Flag = False,
) -> Any:  # fmt: skip
    """Add one of a list of words."""
    options = {"elements": list(elements)}
    return await added(ctx, databaseId, collectionId, "enum", key, required, default, array, options)


@updates("enum", "Enum")
async def update_enum(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, elements: Elements, required: Flag,
    default: Word | None, newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change an enum's words, default or key. Stored words that would be missing are an error, and nothing changes."""
    options = {"elements": list(elements)}
    return await changed(ctx, databaseId, collectionId, "enum", key, required, default, newKey, options)


@creates("ip", "Ip")
async def create_ip(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Ip | None = None,
    array: Flag = False,
) -> Any:  # fmt: skip
    """Add an IPv4 or IPv6 address."""
    return await added(ctx, databaseId, collectionId, "ip", key, required, default, array)


@updates("ip", "Ip")
async def update_ip(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Ip | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change an IP attribute's default or key."""
    return await changed(ctx, databaseId, collectionId, "ip", key, required, default, newKey)


@creates("url", "Url")
async def create_url(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Url | None = None,
    array: Flag = False,
) -> Any:  # fmt: skip
    """Add a URL."""
    return await added(ctx, databaseId, collectionId, "url", key, required, default, array)


@updates("url", "Url")
async def update_url(
    ctx: Ctx, databaseId: Uid, collectionId: Uid, key: Key, required: Flag, default: Url | None,
    newKey: Key | None = None,
) -> Any:  # fmt: skip
    """Change a URL attribute's default or key."""
    return await changed(ctx, databaseId, collectionId, "url", key, required, default, newKey)
