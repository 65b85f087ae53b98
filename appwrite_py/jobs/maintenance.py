"""What is done from time to time: chores that others hand in, and the clean-up of rows whose time has passed.

Any server process may do it, one at a time does.

Nothing waits for it: what has expired counts for nothing whether its row is still there or not.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import structlog

from appwrite_py.data.pg import Pool, Work, trouble
from appwrite_py.kit.tasks import beside
from appwrite_py.settings import Settings

log = structlog.get_logger("appwrite_py.jobs")
Chore = Callable[[Pool, Settings], Awaitable[object]]
_LOCK = 0x636C6561
_BATCH_ROWS = 2000
_chance = random.SystemRandom()
_FIRST_AFTER_SECONDS = (20, 60)  # not while the server starts, nor in all processes at once

# One batch of one table, found where possible by the index on the time; rows that somebody else works on can wait
_DELETE = """
DELETE FROM {table} WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM {table} WHERE {ended} LIMIT {rows} FOR UPDATE SKIP LOCKED)) RETURNING 1"""
_ENDED = {
    "sessions": "expire < now()",
    "tokens": "expire < now()",
    "challenges": "expire < now()",
    "passkey_ceremonies": "expire < now()",
    "oauth_flows": "expire < now()",
    # What is held may be looked at much later
    "pgqueuer_log": "created < now() - interval '7 days' AND NOT EXISTS (SELECT FROM pgqueuer q WHERE q.id = job_id)",
    "rate_limits": "ends_at < now()",
    # For an hour those who come too late are still told so, and how the transaction has ended
    "transactions": "expires_at < now() - interval '1 hour'",
    "webhook_deliveries": "created_at < now() - make_interval(secs => $1::float8)",
    # One that waits for its time may wait longer, and counts from then on
    "executions": "created_at < now() - make_interval(secs => $1::float8) AND status <> 'scheduled'"
    " AND coalesce(scheduled_at, created_at) < now() - make_interval(secs => $1::float8)",
    "hourly_writes": "hour < now() - make_interval(secs => $1::float8)",
}
_KEPT_FOR = {
    "webhook_deliveries": "event_retention_seconds",
    "executions": "execution_retention_seconds",
    "hourly_writes": "usage_retention_seconds",
}


async def clean_up(pool: Pool, settings: Settings) -> dict[str, int]:
    """Delete what has expired, ended rate limit windows and old sums; how many rows of each table.

    Every batch is its own transaction. While another process is at it, nothing is deleted here.
    """
    deleted = dict.fromkeys(_ENDED, 0)
    for table, ended in _ENDED.items():
        statement = _DELETE.format(table=table, ended=ended, rows=_BATCH_ROWS)
        arguments = (getattr(settings, _KEPT_FOR[table]),) if table in _KEPT_FOR else ()
        while count := await _batch(pool, statement, arguments):
            deleted[table] += count
            if count < _BATCH_ROWS:
                break
    return deleted


async def _batch(pool: Pool, statement: str, arguments: tuple[int, ...]) -> int:
    work = Work(pool)
    try:
        await work.begin()
        if not await work.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return 0
        count = len(await work.write(statement, *arguments))
        await work.commit()
        return count
    finally:
        await work.rollback()


@contextlib.asynccontextmanager
async def maintained(pool: Pool, settings: Settings, chores: Sequence[Chore] = ()) -> AsyncIterator[None]:
    """Do the chores, then clean up, from time to time for as long as the block runs."""
    async with beside(_for_ever(pool, settings, chores), "maintenance"):
        yield


async def _for_ever(pool: Pool, settings: Settings, chores: Sequence[Chore]) -> None:
    every = settings.maintenance_interval_seconds
    await asyncio.sleep(min(every, _chance.uniform(*_FIRST_AFTER_SECONDS)))
    while True:
        for chore in chores:
            try:
                await chore(pool, settings)
            except Exception as problem:
                log.warning("a chore failed", chore=getattr(chore, "__name__", ""), **trouble(problem))
        try:
            deleted = await clean_up(pool, settings)
        except Exception as problem:
            log.warning("clean-up failed", **trouble(problem))
        else:
            if any(deleted.values()):
                log.info("cleaned up", **deleted)
        await asyncio.sleep(every)
