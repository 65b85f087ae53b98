"""Entering files that are whole: uploads that end at the same time share one statement, and one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from appwrite_py import errors
from appwrite_py.data.batch import Batch
from appwrite_py.data.pg import Pool

_FILE = {
    "project_id": "text", "bucket_id": "text", "id": "text", "created_at": "timestamptz", "updated_at": "timestamptz",
    "name": "text", "folder": "text", "permissions": "text[]", "read_roles": "text[]", "update_roles": "text[]",
    "delete_roles": "text[]", "begun_by": "text", "blob": "text", "signature": "text", "mime_type": "text",
    "size_original": "bigint", "size_packed": "bigint", "size_actual": "bigint", "chunks_total": "bigint",
    "chunks_uploaded": "bigint", "compression": "text", "encryption": "boolean",
}  # fmt: skip
_TOLD = {
    "event": "text", "roles": "text[]", "payload": "json", "actor_type": "text", "actor_id": "text", "audit": "text",
    "resource": "text", "ip": "text", "user_agent": "text",
}  # fmt: skip
_COLUMNS = ", ".join(f"{name} {kind}" for name, kind in (_FILE | _TOLD | {"bucket_seq": "bigint", "n": "int"}).items())
_OF_FILE, _OF_EVENT = ", ".join(_FILE), ", ".join(_TOLD)
# create_files: each with the row of the outbox that tells of it. Buckets stay as they were found: one that was deleted
# and made again meanwhile is another one.
_CREATE = f"""
WITH given AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset($1::jsonb) AS r({_COLUMNS})
  JOIN buckets b ON b.project_id = r.project_id AND b.id = r.bucket_id AND b.seq = r.bucket_seq
  ORDER BY r.project_id, r.bucket_id, r.id FOR KEY SHARE OF b),
made AS (INSERT INTO files ({_OF_FILE}) SELECT {_OF_FILE} FROM given),
told AS (INSERT INTO outbox (project_id, {_OF_EVENT}) SELECT project_id, {_OF_EVENT} FROM given)
SELECT n FROM given"""

_ENTERED = "SELECT 1 FROM files WHERE project_id = $1 AND bucket_id = $2 AND id = $3 AND blob = $4"


class Intake:
    """Enters files with what is told of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._batch: Batch[dict[str, Any], bool] = Batch(self._create)

    async def enter(self, file: Mapping[str, Any], bucket_seq: int, told: Sequence[Any]) -> None:
        """Enter the row of a file (`entries.row_of`), and the one of the outbox; done when this returns.

        Raises STORAGE_FILE_ALREADY_EXISTS, STORAGE_BUCKET_NOT_FOUND.
        """
        event = dict(zip(_TOLD, told, strict=True))
        if not await self._batch.join({**file, **event, "bucket_seq": bucket_seq}):
            raise errors.STORAGE_BUCKET_NOT_FOUND

    async def _create(self, items: Sequence[dict[str, Any]]) -> list[bool]:
        try:
            rows = await self._pool.fetch(_CREATE, [item | {"n": number} for number, item in enumerate(items)])
        except asyncpg.UniqueViolationError as cause:
            if len(items) == 1 and await self._is_entered(items[0]):
                return [True]
            raise errors.STORAGE_FILE_ALREADY_EXISTS from cause
        except asyncpg.ForeignKeyViolationError as cause:
            raise errors.STORAGE_BUCKET_NOT_FOUND from cause
        entered = {row["n"] for row in rows}
        return [number in entered for number in range(len(items))]

    async def _is_entered(self, item: dict[str, Any]) -> bool:
        """Whether it is this very file: entered with a batch whose answer was lost, and now once more."""
        key = (item[name] for name in ("project_id", "bucket_id", "id", "blob"))
        return bool(await self._pool.fetch(_ENTERED, *key))
