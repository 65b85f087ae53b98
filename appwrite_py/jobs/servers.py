"""Which server processes live. Each says so every few seconds, and how many sockets it has open.

What belongs to a process that is dead is swept away by the others, one of them at a time. Who does not know whether
the others could have said that they live does not sweep: a process that has just started, or whose database was away.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import structlog

from appwrite_py.data.pg import Pool, Work, trouble
from appwrite_py.kit.tasks import ended

log = structlog.get_logger("appwrite_py.jobs")

SEEN_EVERY_SECONDS = 5.0
COUNTED_FOR_SECONDS = 15.0
SWEPT_EVERY_SECONDS = 15.0
DEAD_AFTER_SECONDS = 30.0
ALIVE = "SELECT s.id FROM servers s WHERE s.seen_at > now() - make_interval(secs => $1::float8)"
"""The ids of the processes that were seen in the last $1 seconds."""

Sockets = Callable[[], Mapping[str, int]]
"""How many sockets are open just now, by project."""
Sweep = Callable[[Work, float], Awaitable[int]]
"""Takes away some of what belongs to processes not seen for so many seconds; how much it was."""

_LOCK = 0x73776570
_SEEN = """
INSERT INTO servers (id, sockets) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET seen_at = now(), sockets = excluded.sockets"""
_GONE = "DELETE FROM servers WHERE id = $1"
_DEAD = "DELETE FROM servers WHERE seen_at <= now() - make_interval(secs => $1::float8)"
_CONNECTIONS = f"""
SELECT o.key AS project_id, sum(o.value::bigint)::bigint AS count
FROM servers, jsonb_each_text(sockets) AS o WHERE id IN ({ALIVE}) AND id <> $2 GROUP BY o.key"""


@contextlib.asynccontextmanager
async def living(
    pool: Pool, server_id: str, sockets: Sockets, *, every: float = SEEN_EVERY_SECONDS
) -> AsyncIterator[None]:
    """Be a process that lives for as long as the block runs. The id must be one that no process has had before."""
    await pool.fetch(_SEEN, server_id, dict(sockets()))
    task = asyncio.create_task(_seen_for_ever(pool, server_id, sockets, every), name="server")
    try:
        yield
    finally:
        await ended(task)
        try:
            await pool.fetch(_GONE, server_id)
        except Exception as problem:  # then it is found to be dead after a while
            log.warning("the end of the server was not noted", **trouble(problem))


async def connections(pool: Pool, *, beside: str = "", within: float = COUNTED_FOR_SECONDS) -> dict[str, int]:
    """The open sockets by project, of all processes that were seen in these last seconds `beside` this one."""
    return {row["project_id"]: row["count"] for row in await pool.fetch(_CONNECTIONS, within, beside)}


@contextlib.asynccontextmanager
async def swept(
    pool: Pool,
    sweeps: Sequence[Sweep],
    *,
    every: float = SWEPT_EVERY_SECONDS,
    dead_after: float = DEAD_AFTER_SECONDS,
) -> AsyncIterator[None]:
    """Sweep from time to time for as long as the block runs."""
    task = asyncio.create_task(_sweep_for_ever(pool, sweeps, every, dead_after), name="sweeping")
    try:
        yield
    finally:
        await ended(task)


async def sweep(pool: Pool, sweeps: Sequence[Sweep], dead_after: float = DEAD_AFTER_SECONDS) -> int:
    """Sweep once, in transactions of limited size; how much was taken away. Nothing while another process is at it."""
    total = 0
    while count := await _some(pool, sweeps, dead_after):
        total += count
    return total


async def _some(pool: Pool, sweeps: Sequence[Sweep], dead_after: float) -> int:
    work, count = Work(pool), 0
    try:
        await work.begin()
        if not await work.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return 0
        for one in sweeps:
            count += await one(work, dead_after)
        if not count:
            await work.write(_DEAD, dead_after)
        await work.commit()
        return count
    finally:
        await work.rollback()


async def _seen_for_ever(pool: Pool, server_id: str, sockets: Sockets, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            await pool.fetch(_SEEN, server_id, dict(sockets()))
        except Exception as problem:
            log.warning("the server could not say that it lives", **trouble(problem))


async def _sweep_for_ever(pool: Pool, sweeps: Sequence[Sweep], every: float, dead_after: float) -> None:
    calm_since = before = time.time()
    while True:
        await asyncio.sleep(every)
        now = time.time()
        if now - before > every + dead_after / 2 or now < before:  # the machine slept, or its clock was set
            calm_since = now
        before = now
        if now - calm_since < dead_after:
            continue
        try:
            if count := await sweep(pool, sweeps, dead_after):
                log.info("swept up", count=count)
        except Exception as problem:
            log.warning("sweeping failed", **trouble(problem))
            calm_since = time.time()
