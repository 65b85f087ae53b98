"""Building an index of a large table: concurrently, so that nobody who reads or writes waits for it.

One connection, which holds the table's advisory lock as long as it is open, so of all processes one builds. What a
crash leaves behind is built anew, or taken as it is where PostgreSQL has finished on its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import NamedTuple

import asyncpg
import orjson

from appwrite_py.data import builds, define, indexing
from appwrite_py.data.catalogue import Catalogue, load_database
from appwrite_py.data.pg import UNREACHABLE, Pool, Record, Work
from appwrite_py.data.schema import Collection, Index, qualified

# $1 is the first half of the tables' advisory locks; those that somebody builds already come last
_WAITING = """
SELECT c.project_id, c.database_id, c.id, c.seq, EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory'
    AND objsubid = 2 AND granted AND classid = $1::bigint::oid AND objid = c.seq::oid
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS taken
FROM (SELECT project_id, database_id, collection_id, min(seq) AS first FROM indexes WHERE status = 'processing'
  GROUP BY 1, 2, 3) i
JOIN collections c ON (c.project_id, c.database_id, c.id) = (i.project_id, i.database_id, i.collection_id)
ORDER BY taken, i.first"""
_FINISHED = "SELECT indisvalid AND indisready FROM pg_index WHERE indexrelid = to_regclass($1)"
# What building once more would not change
_FINAL = (
    asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError, asyncpg.DataError,
    asyncpg.FeatureNotSupportedError, asyncpg.SyntaxOrAccessError, asyncpg.InsufficientResourcesError,
)  # fmt: skip
# What passes: a change of the table has cancelled the build, the server is restarting, somebody was quicker
PASSING = UNREACHABLE


# A build takes as long as it takes, and waits for whoever writes
_SETTINGS = {
    "application_name": "appwrite_py index builder",
    "timezone": "UTC",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}


class Outcome(NamedTuple):
    """What has become of an index: its status, and why it could not be built."""

    status: str
    error: str = ""


class Waiting(NamedTuple):
    """A table with indexes to be built: its number, and whether somebody is at it."""

    project_id: str
    database_id: str
    collection_id: str
    number: int
    taken: bool


async def waiting(pool: Pool) -> list[Waiting]:
    """The tables that indexes wait to be built of."""
    return [Waiting(*row) for row in await pool.fetch(_WAITING, builds.LOCK)]


@contextlib.asynccontextmanager
async def claimed(dsn: str, table: Waiting) -> AsyncIterator[asyncpg.Connection | None]:
    """A connection that has the table for itself; None if somebody else has it."""
    connection = await asyncpg.connect(dsn, timeout=10, statement_cache_size=0, server_settings=_SETTINGS)
    try:
        for kind in ("json", "jsonb"):
            await connection.set_type_codec(
                kind, schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
            )
        mine = await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", builds.LOCK, table.number)
        yield connection if mine else None
    finally:
        await connection.close(timeout=10)


async def next_of(pool: Pool, catalogue: Catalogue, table: Waiting) -> tuple[Collection, Index] | None:
    """The next index of a claimed table that is to be built, with its collection as it is now."""
    work = Work(pool)
    database = await load_database(work, table.project_id, table.database_id)
    collection = None if database is None else await catalogue.load(work, database, table.collection_id)
    if collection is None:
        return None
    return next(((collection, index) for index in collection.indexes if index.status == builds.PROCESSING), None)


async def build(connection: asyncpg.Connection, collection: Collection, index: Index) -> Outcome:
    """Build an index, and drop what is left of it if that fails. Raises what passes, after which it may be repeated."""
    name = qualified(collection.database, index.name)
    finished = await connection.fetchval(_FINISHED, name)
    if finished:
        return Outcome(builds.AVAILABLE)
    if finished is not None:
        await connection.execute(f"DROP INDEX CONCURRENTLY {name}")
    try:
        await connection.execute(indexing.statement(collection, index, concurrently=True))
    except _FINAL as problem:
        await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        return Outcome(builds.FAILED, _words_for(problem))
    return Outcome(builds.AVAILABLE)


async def settle(
    connection: asyncpg.Connection, collection: Collection, index: Index, outcome: Outcome
) -> Index | None:
    """Enter the outcome into the catalogue, in the open transaction. None if there is no such index any more."""
    database = collection.database
    await connection.execute("UPDATE projects SET version = version + 1 WHERE id = $1", database.project_id)
    row: Record | None = await connection.fetchrow(
        "UPDATE indexes SET status = $5, error = $6, updated_at = now() WHERE project_id = $1 AND database_id = $2 "
        "AND collection_id = $3 AND key = $4 AND status = 'processing' RETURNING *",
        database.project_id, database.id, collection.id, index.key, outcome.status, outcome.error,
    )  # fmt: skip
    return None if row is None else Index.from_row(row)


def _words_for(problem: asyncpg.PostgresError) -> str:
    if isinstance(problem, asyncpg.UniqueViolationError):
        return define.NOT_UNIQUE
    if isinstance(problem, asyncpg.ProgramLimitExceededError):
        return define.NOT_INDEXABLE
    return f"PostgreSQL could not build it: {problem}"
