"""Finding buckets and files to be read: concurrent requests share one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from appwrite_py import errors
from appwrite_py.data.batch import Batch
from appwrite_py.data.pg import Pool, Record

# find_files: buckets with or without one of their files; whether either may be read by one of the roles (a line each)
_FILES = """
SELECT q.n, f.*, b.seq AS bucket_seq, b.enabled, b.file_security, b.transformations,
  b.read_roles AS bucket_readers, b.read_roles && string_to_array(q.roles, E'\\n') AS bucket_grants,
  f.read_roles && string_to_array(q.roles, E'\\n') AS file_grants
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS q(project, bucket, file, roles, n)
JOIN buckets b ON b.project_id = q.project AND b.id = q.bucket
LEFT JOIN files f ON f.project_id = q.project AND f.bucket_id = q.bucket AND f.id = q.file"""
_BUCKETS = """
SELECT q.n, b.* FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS q(project, bucket, n)
JOIN buckets b ON b.project_id = q.project AND b.id = q.bucket"""


class Lookups:
    """Reads rows outside of any transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._files: Batch[tuple[str, str, str, str], Record | None] = Batch(self._find_files)
        self._buckets: Batch[tuple[str, str], Record | None] = Batch(self._find_buckets)

    async def file(self, project_id: str, bucket_id: str, file_id: str, roles: Iterable[str]) -> Record:
        """What `entries.find` finds for the action `read`. Raises STORAGE_BUCKET_NOT_FOUND."""
        return _found(await self._files.join((project_id, bucket_id, file_id, "\n".join(roles))))

    async def bucket(self, project_id: str, bucket_id: str) -> Record:
        """The row of a bucket. Raises STORAGE_BUCKET_NOT_FOUND."""
        return _found(await self._buckets.join((project_id, bucket_id)))

    async def _find_files(self, items: Sequence[tuple[str, str, str, str]]) -> list[Record | None]:
        return await self._in_order(_FILES, items)

    async def _find_buckets(self, items: Sequence[tuple[str, str]]) -> list[Record | None]:
        return await self._in_order(_BUCKETS, items)

    async def _in_order(self, statement: str, items: Sequence[tuple[str, ...]]) -> list[Record | None]:
        rows = await self._pool.fetch(statement, *(list(column) for column in zip(*items, strict=True)))
        found = {row["n"]: row for row in rows}
        return [found.get(number) for number in range(1, len(items) + 1)]


def _found(row: Record | None) -> Record:
    if row is None:
        raise errors.STORAGE_BUCKET_NOT_FOUND
    return row
