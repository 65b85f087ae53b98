"""Jobs that the clock leaves: by cron expressions in UTC, each time once, however many processes look at the clock.

The clock is PostgreSQL's. What nobody was there to leave is left once when somebody comes; and nothing is left while
the job of the time before still waits or runs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog

from appwrite_py.data.pg import Pool, Work, trouble
from appwrite_py.jobs import queue
from appwrite_py.kit.cron import next_after
from appwrite_py.kit.tasks import beside

log = structlog.get_logger("appwrite_py.jobs")
_LOOK_SECONDS = 60.0  # PostgreSQL's clock may be set, and another process may bring another schedule
_AGAIN_SECONDS = 5.0

_NOW = "SELECT clock_timestamp()"
# An expression that was changed counts from now on
_ADD = """
WITH old AS (DELETE FROM pgqueuer_schedules WHERE entrypoint = $1 AND expression <> $2)
INSERT INTO pgqueuer_schedules (entrypoint, expression, next_run) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"""
_DUE = """
SELECT entrypoint FROM pgqueuer_schedules
WHERE (entrypoint, expression) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND next_run <= clock_timestamp()
FOR UPDATE SKIP LOCKED"""
_LEFT = (
    "UPDATE pgqueuer_schedules SET next_run = $3, last_run = $4, updated = $4 WHERE entrypoint = $1 AND expression = $2"
)
_PAUSE = """
SELECT extract(epoch FROM min(next_run) - clock_timestamp())::float8 FROM pgqueuer_schedules
WHERE (entrypoint, expression) IN (SELECT * FROM unnest($1::text[], $2::text[]))"""


class Schedule(NamedTuple):
    """When the job of a name is left, by a cron expression of five fields."""

    name: str
    expression: str
    payload: bytes = b""


@contextlib.asynccontextmanager
async def scheduled(pool: Pool, schedules: Sequence[Schedule]) -> AsyncIterator[None]:
    """Leave the jobs when they are due for as long as the block runs."""
    async with beside(_for_ever(pool, schedules), "schedules"):
        yield


async def _for_ever(pool: Pool, schedules: Sequence[Schedule]) -> None:
    added = False
    while True:
        try:
            if not added:
                await add(pool, schedules)
                added = True
            await leave_due(pool, schedules)
            pause = min(await _until_next(pool, schedules), _LOOK_SECONDS)
        except Exception as problem:
            log.warning("schedules cannot be looked at", **trouble(problem))
            pause = _AGAIN_SECONDS
        await asyncio.sleep(pause)


async def add(pool: Pool, schedules: Sequence[Schedule]) -> None:
    """Note what is scheduled; what has been noted before goes on."""
    now = await pool.fetchval(_NOW)
    for one in schedules:
        await pool.fetch(_ADD, one.name, one.expression, next_after(one.expression, now))


async def leave_due(pool: Pool, schedules: Sequence[Schedule]) -> list[str]:
    """Leave the jobs that are due, and note when they are due next; their names. Others at it are not waited for."""
    names = {one.name: one for one in schedules}
    work = Work(pool)
    try:
        rows = await work.write(_DUE, *_columns(schedules))
        left = [row["entrypoint"] for row in rows if await _leave(work, names[row["entrypoint"]])]
        await work.commit()
        return left
    finally:
        await work.rollback()


async def _leave(work: Work, one: Schedule) -> bool:
    now: datetime = await work.fetchval(_NOW)
    await work.write(_LEFT, one.name, one.expression, next_after(one.expression, now), now)
    return await queue.enqueue_unless_busy(work, one.name, one.payload)


async def _until_next(pool: Pool, schedules: Sequence[Schedule]) -> float:
    seconds = await pool.fetchval(_PAUSE, *_columns(schedules))
    return _LOOK_SECONDS if seconds is None else max(seconds, 0.05)


def _columns(schedules: Sequence[Schedule]) -> tuple[list[str], list[str]]:
    return [one.name for one in schedules], [one.expression for one in schedules]
