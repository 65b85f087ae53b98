"""Platforms: the web sites and apps that a project may be used from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.kit import ids
from appwrite_py.platform.projects import touch

WEB = "web"

KEY_NAMES = {
    "apple": "bundleIdentifier",
    "android": "applicationId",
    "windows": "packageIdentifierName",
    "linux": "packageName",
}
"""The kinds of apps, and what the identifier of each is called."""

OLDER_TYPES = {
    "web": "web",
    "flutter-web": "web",
    "unity": "web",
    "flutter-macos": "apple",
    "flutter-ios": "apple",
    "react-native-ios": "apple",
    "apple-ios": "apple",
    "apple-macos": "apple",
    "apple-watchos": "apple",
    "apple-tvos": "apple",
    "flutter-android": "android",
    "android": "android",
    "react-native-android": "android",
    "flutter-linux": "linux",
    "flutter-windows": "windows",
}
"""The types that older clients name, and the kind that each is today."""

_CREATE = """
INSERT INTO platforms (project_id, id, type, name, hostname, key, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING *"""
# change_platform: empty values leave what is stored
_UPDATE = """
UPDATE platforms SET name = $3, hostname = coalesce(nullif($4, ''), hostname), key = coalesce(nullif($5, ''), key),
  updated_at = $6 WHERE project_id = $1 AND id = $2 RETURNING *"""


async def create(
    work: Work,
    project_id: str,
    platform_id: str,
    kind: str,
    name: str,
    now: datetime,
    *,
    hostname: str = "",
    key: str = "",
) -> Record:
    """Register a platform. Raises PLATFORM_ALREADY_EXISTS."""
    platform_id = ids.unique() if platform_id == "unique()" else platform_id
    try:
        rows = await work.write(_CREATE, project_id, platform_id, kind, name, hostname, key, now)
    except asyncpg.UniqueViolationError as cause:
        raise errors.PLATFORM_ALREADY_EXISTS from cause
    await touch(work, project_id)
    return rows[0]


async def find(work: Work, project_id: str, platform_id: str, kind: str = "") -> Record:
    """A platform, of this kind if one is named. Raises PLATFORM_NOT_FOUND and PLATFORM_METHOD_UNSUPPORTED."""
    row = _one(await work.fetch("SELECT * FROM platforms WHERE project_id = $1 AND id = $2", project_id, platform_id))
    if kind and row["type"] != kind:
        raise errors.PLATFORM_METHOD_UNSUPPORTED
    return row


async def update(
    work: Work, project_id: str, platform_id: str, name: str, now: datetime, *, hostname: str = "", key: str = ""
) -> Record:
    """Change a platform; an empty host name or key leaves what is stored. Raises PLATFORM_NOT_FOUND."""
    row = _one(await work.write(_UPDATE, project_id, platform_id, name, hostname, key, now))
    await touch(work, project_id)
    return row


async def delete(work: Work, project_id: str, platform_id: str) -> Record:
    """Remove a platform. Raises PLATFORM_NOT_FOUND."""
    row = _one(
        await work.write("DELETE FROM platforms WHERE project_id = $1 AND id = $2 RETURNING *", project_id, platform_id)
    )
    await touch(work, project_id)
    return row


def _one(rows: Sequence[Record]) -> Record:
    if not rows:
        raise errors.PLATFORM_NOT_FOUND
    return rows[0]
