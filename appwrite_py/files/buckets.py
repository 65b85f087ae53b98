"""Buckets of a project, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy import BigInteger, ColumnElement, cast, func, select
from sqlalchemy.sql import Subquery

from appwrite_py import errors
from appwrite_py.data import permissions
from appwrite_py.data.pg import Record, Work
from appwrite_py.files.tables import buckets, files

QUERYABLE = {
    "enabled": "enabled",
    "name": "name",
    "fileSecurity": "file_security",
    "maximumFileSize": "maximum_file_size",
    "encryption": "encryption",
    "antivirus": "antivirus",
    "transformations": "transformations",
}
"""What lists of buckets can be filtered and ordered by."""

_TOTAL = """(SELECT coalesce(sum(f.size_actual), 0)::bigint FROM files f
  WHERE f.project_id = b.project_id AND f.bucket_id = b.id) AS total_size"""
_GET = f"SELECT b.*, {_TOTAL} FROM buckets b WHERE b.project_id = $1 AND b.id = $2"
_DELETE = f"DELETE FROM buckets b WHERE b.project_id = $1 AND b.id = $2 RETURNING b.*, {_TOTAL}"


def permission_columns(texts: Sequence[str]) -> dict[str, Any]:
    """The columns that permissions are kept in: as they are shown, and as queries compare them."""
    expanded = permissions.expand(texts)
    return {"permissions": expanded} | {
        f"{action}_roles": permissions.roles_for(expanded, action) for action in permissions.ACTIONS
    }


async def create(work: Work, project_id: str, bucket_id: str, **columns: Any) -> Record:
    """Create a bucket. Raises STORAGE_BUCKET_ALREADY_EXISTS."""
    names = ", ".join(columns)
    places = ", ".join(f"${number}" for number in range(3, len(columns) + 3))
    sql = (
        f"INSERT INTO buckets (project_id, id, {names}) VALUES ($1, $2, {places}) RETURNING *, 0::bigint AS total_size"
    )
    try:
        return (await work.write(sql, project_id, bucket_id, *columns.values()))[0]
    except asyncpg.UniqueViolationError as cause:
        raise errors.STORAGE_BUCKET_ALREADY_EXISTS from cause


async def get(work: Work, project_id: str, bucket_id: str) -> Record:
    """A bucket with its `total_size` in bytes. Raises STORAGE_BUCKET_NOT_FOUND."""
    return _found(await work.fetch(_GET, project_id, bucket_id))


async def update(work: Work, project_id: str, bucket_id: str, **columns: Any) -> Record:
    """Change columns of a bucket. Raises STORAGE_BUCKET_NOT_FOUND."""
    sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, 3))
    sql = f"UPDATE buckets b SET {sets}, updated_at = now() WHERE project_id = $1 AND id = $2 RETURNING b.*, {_TOTAL}"
    return _found(await work.write(sql, project_id, bucket_id, *columns.values()))


async def delete(work: Work, project_id: str, bucket_id: str) -> Record:
    """Delete a bucket with the rows of its files; the bucket as it was. Raises STORAGE_BUCKET_NOT_FOUND."""
    await work.define("SET LOCAL statement_timeout = '5min'")  # a million files take longer than a request may
    return _found(await work.write(_DELETE, project_id, bucket_id))


def listed(project_id: str) -> tuple[Subquery, ColumnElement[bool]]:
    """What `data/listing.find` lists buckets from."""
    size = (
        select(func.coalesce(func.sum(files.c.size_actual), 0))
        .where(files.c.project_id == buckets.c.project_id, files.c.bucket_id == buckets.c.id)
        .scalar_subquery()
    )
    table = select(buckets, cast(size, BigInteger).label("total_size")).subquery("b")
    return table, table.c.project_id == project_id


def _found(rows: list[Record]) -> Record:
    if not rows:
        raise errors.STORAGE_BUCKET_NOT_FOUND
    return rows[0]
