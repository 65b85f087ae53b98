"""Functions that the clock runs: by their cron expressions in UTC, and executions that were made for a later time.

The clock is PostgreSQL's, and each time comes once, however many processes look at it. Of the times of a cron
expression that nobody was there for none is made up; an execution that was made for one of these is run late.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import structlog

from appwrite_py.compute import executions as kept
from appwrite_py.data.pg import Pool, Record, Work, trouble
from appwrite_py.kit import ids
from appwrite_py.kit.crypto import Vault
from appwrite_py.kit.tasks import beside
from appwrite_py.platform import schedules
from appwrite_py.services.functions import cron, delaying
from appwrite_py.services.functions.calls import Asked

log = structlog.get_logger("appwrite_py.functions")
_KINDS = (cron.KIND, delaying.KIND)
_AT_ONCE = 100
_LOOK_SECONDS = 1.0
"""Schedules are changed at any time, by any process."""
_LEAST_SECONDS = 0.02
_AGAIN_SECONDS = 5.0
_MISSED_AFTER = timedelta(seconds=60)
"""After so long the time of a cron expression counts as missed: one comes every minute at most."""
_NOW = "SELECT clock_timestamp()"
_FUNCTION = """
SELECT id FROM functions WHERE project_id = $1 AND id = $2 AND enabled AND deployment_id <> '' FOR KEY SHARE"""


@contextlib.asynccontextmanager
async def timed(pool: Pool, vault: Vault) -> AsyncIterator[None]:
    """Run what is due for as long as the block runs."""
    async with beside(_for_ever(pool, vault), "function schedules"):
        yield


async def _for_ever(pool: Pool, vault: Vault) -> None:
    while True:
        try:
            until_next = await schedules.pause(pool, _KINDS)
            if until_next is not None and until_next <= 0:
                await run_due(pool, vault)
                until_next = _LEAST_SECONDS
            pause = _LOOK_SECONDS if until_next is None else min(max(until_next, _LEAST_SECONDS), _LOOK_SECONDS)
        except Exception as problem:
            log.warning("schedules of functions cannot be looked at", **trouble(problem))
            pause = _AGAIN_SECONDS
        await asyncio.sleep(pause)


async def run_due(pool: Pool, vault: Vault) -> int:
    """Have some of what is due run; how many schedules that were. What others are just at is left to them."""
    work = Work(pool)
    try:
        rows = await schedules.due(work, _KINDS, _AT_ONCE)
        if rows:
            now: datetime = await work.fetchval(_NOW)
            for row in rows:
                await _come(work, vault, row, now)
        await work.commit()
        return len(rows)
    finally:
        await work.rollback()


async def _come(work: Work, vault: Vault, row: Record, now: datetime) -> None:
    """Do what a schedule is for, whose time has come."""
    project_id = row["project_id"]
    if row["resource_type"] == delaying.KIND:
        await delaying.leave(work, await kept.now_due(work, project_id, row["id"], now))
        await schedules.drop(work, project_id, row["id"])
        return
    await schedules.put_off(work, row, now)
    if now - row["next_at"] > _MISSED_AFTER:
        log.info("a function's time was missed", project=project_id, function=row["resource_id"])
    elif await work.write(_FUNCTION, project_id, row["resource_id"]):
        await _call(work, vault, (project_id, row["resource_id"], ids.unique()), now)


async def _call(work: Work, vault: Vault, key: kept.Key, now: datetime) -> None:
    asked = Asked()
    columns = {"trigger": kept.SCHEDULE, "call_sealed": asked.sealed(vault, key)}
    await kept.add(work, key, columns, now)
    await delaying.leave(work, [key])
