"""What is answered of the keys and the platforms of a project; older clients are shown them within the project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from appwrite_py.data.pg import Record
from appwrite_py.http.models import MaybeMoment, Moment, TypedDict
from appwrite_py.kit.clock import iso, iso_or_empty
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform.keys import secret_of

Key = TypedDict(
    "Key",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "name": str,
        "expire": MaybeMoment,
        "scopes": list[str],
        "secret": str,
        "accessedAt": MaybeMoment,
        "sdks": list[str],
    },
)


class EphemeralKey(Key):
    """A key that is not kept, but signed: it ends by itself."""


class KeyList(TypedDict):
    total: int
    keys: list[Key]


_Platform = TypedDict(
    "_Platform",
    {"$id": str, "$createdAt": Moment, "$updatedAt": Moment, "name": str, "type": Any},
)

PlatformWeb = TypedDict(
    "PlatformWeb",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "name": str,
        "type": Literal["web"],
        "hostname": str,
        "key": str,
    },
)

PlatformApple = TypedDict(
    "PlatformApple",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "name": str,
        "type": Literal["apple"],
        "bundleIdentifier": str,
    },
)

PlatformAndroid = TypedDict(
    "PlatformAndroid",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "name": str,
        "type": Literal["android"],
        "applicationId": str,
    },
)

PlatformWindows = TypedDict(
    "PlatformWindows",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "name": str,
        "type": Literal["windows"],
        "packageIdentifierName": str,
    },
)

PlatformLinux = TypedDict(
    "PlatformLinux",
    {"$id": str, "$createdAt": Moment, "$updatedAt": Moment, "name": str, "type": Literal["linux"], "packageName": str},
)

Platform = PlatformWeb | PlatformApple | PlatformAndroid | PlatformWindows | PlatformLinux


class PlatformList(TypedDict):
    total: int
    platforms: list[Platform]


def key(row: Record, vault: Vault) -> Key:
    """A key with its secret."""
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "$updatedAt": iso(row["updated_at"]),
        "name": row["name"],
        "expire": iso_or_empty(row["expire"]),
        "scopes": row["scopes"],
        "secret": secret_of(row, vault),
        "accessedAt": iso_or_empty(row["accessed_at"]),
        "sdks": row["sdks"],
    }


def _platform(row: Record) -> _Platform:
    """What platforms of all kinds have."""
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "$updatedAt": iso(row["updated_at"]),
        "name": row["name"],
        "type": row["type"],
    }


def web_platform(row: Record) -> PlatformWeb:
    """A platform with its host name, as a web site has one."""
    return {**_platform(row), "hostname": row["hostname"], "key": row["key"]}


def apple_platform(row: Record) -> PlatformApple:
    """An app for Apple's systems."""
    return {**_platform(row), "bundleIdentifier": row["key"]}


def android_platform(row: Record) -> PlatformAndroid:
    """An app for Android."""
    return {**_platform(row), "applicationId": row["key"]}


def windows_platform(row: Record) -> PlatformWindows:
    """An app for Windows."""
    return {**_platform(row), "packageIdentifierName": row["key"]}


def linux_platform(row: Record) -> PlatformLinux:
    """An app for Linux."""
    return {**_platform(row), "packageName": row["key"]}


_PLATFORMS: dict[str, Callable[[Record], Platform]] = {
    "apple": apple_platform,
    "android": android_platform,
    "windows": windows_platform,
    "linux": linux_platform,
}


def platform(row: Record) -> Platform:
    """A platform in the form of its kind."""
    return _PLATFORMS.get(row["type"], web_platform)(row)
