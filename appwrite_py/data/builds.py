"""Indexes of large tables are built beside those who write: which tables are large, and who may touch one meanwhile.

Each table has an advisory lock. A builder (`data/builder.py`) holds it while it builds; whoever changes the table takes
it first, which ends a build under way. The build begins anew when the change is done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from appwrite_py import errors
from appwrite_py.data.pg import Work
from appwrite_py.data.schema import Collection

PROCESSING = "processing"
AVAILABLE = "available"
FAILED = "failed"
CHANNEL = "index_builds"
"""What wakes builders. It only wakes: which indexes wait is in the catalogue."""
LOCK = 0x696E6478
"""First half of a table's advisory lock; the other one is the collection's number in the catalogue."""

# An index on 50,000 rows takes 0.1 s, or half a second over long text: writers can wait for that, and clients get
# their index at once. Tables that are larger than this many bytes are not even counted.
LARGE_ROWS = 50_000
LARGE_BYTES = 64 * 1024 * 1024
_PATIENCE_SECONDS = 10
_PAUSE_SECONDS = 0.02

HOLDERS = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted
  AND classid = $1::bigint::oid AND objid = $2::bigint::oid
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
"""Who holds the lock of a table: $1 is LOCK, $2 the table's number."""
_NUMBER = "SELECT seq FROM collections WHERE project_id = $1 AND database_id = $2 AND id = $3"
_NUMBERS = """
SELECT DISTINCT c.seq FROM indexes i
JOIN collections c ON (c.project_id, c.database_id, c.id) = (i.project_id, i.database_id, i.collection_id)
JOIN databases d ON (d.project_id, d.id) = (c.project_id, c.database_id)
WHERE d.schema_name = ANY($1::text[]) AND i.status = 'processing' ORDER BY 1"""


async def is_large(work: Work, collection: Collection) -> bool:
    """Whether building an index of the table would keep writers waiting for longer than they should."""
    if await work.fetchval("SELECT pg_table_size($1::text::regclass)", collection.table) >= LARGE_BYTES:
        return True
    few = f"SELECT 1 FROM {collection.table} LIMIT {LARGE_ROWS}"
    count: int = await work.fetchval(f"SELECT count(*) FROM ({few}) few")
    return count >= LARGE_ROWS


async def ask(work: Work) -> None:
    """Wake the builders once the unit of work is committed."""
    await work.write("SELECT pg_notify($1, '')", CHANNEL)


async def stop(work: Work, collection: Collection) -> None:
    """Keep builders away from the table until the unit of work has ended; a build under way is cancelled.

    To be called before anything that locks the table. Raises GENERAL_RESOURCE_LOCKED if the builder does not let go.
    """
    if any(index.status == PROCESSING for index in collection.indexes):
        database = collection.database
        await _take(work, await work.fetch(_NUMBER, database.project_id, database.id, collection.id))


async def stop_all(work: Work, schemas: Sequence[str]) -> None:
    """The same for all tables of these schemas."""
    await _take(work, await work.fetch(_NUMBERS, list(schemas)))


async def _take(work: Work, numbers: Sequence[Sequence[int]]) -> None:
    given_up_at = time.monotonic() + _PATIENCE_SECONDS
    for (number,) in numbers:
        # Asked for again and again, not waited for: a waiting statement is one that a concurrent build waits for
        while not (await work.write("SELECT pg_try_advisory_xact_lock($1, $2)", LOCK, number))[0][0]:
            if time.monotonic() > given_up_at:
                raise errors.GENERAL_RESOURCE_LOCKED("An index of this is being built. Please try again later.")
            await work.write(f"SELECT pg_cancel_backend(pid) FROM ({HOLDERS}) builder", LOCK, number)
            await asyncio.sleep(_PAUSE_SECONDS)
    if numbers:
        await ask(work)
