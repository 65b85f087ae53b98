"""The outbox by day (UTC): a table for each in the schema `outbox_days`, made days ahead, dropped whole when it is old.

What no day takes lies in the default partition `outbox_days.other`: nothing fails when days could not be made. The
reasons for how it is done: docs/decisions/0031-outbox-partitions.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple, Self

import asyncpg
import structlog

from appwrite_py.data.pg import Pool, Work
from appwrite_py.settings import Settings

log = structlog.get_logger("appwrite_py.events")
DAYS_AHEAD = 7
DELETED = "(deleted)"
"""Among the readers of the outbox: up to its position rows may have been deleted, behind it none has."""
MOVED_AT_MOST = 50_000
"""Rows that a day takes over from the default partition, while writers wait. A day with more of them stays there."""
_BATCH_ROWS = 2000
_LOCK = 0x64617973
_NEAR = timedelta(hours=1)
_DAY = timedelta(days=1)
# Who waits for a lock holds up all who come later, so it is rather tried again by the next chore
_PATIENCE = "SET LOCAL lock_timeout = '1s'"

# look: this moment, and the tables of days
_LOOK = """
SELECT now() AS now, coalesce(array_agg(c.relname) FILTER (WHERE c.relname ~ '^d[0-9]{8}$'), '{}') AS names
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'outbox'::regclass"""
# stray: how many rows of a day lie in the default partition, counted up to $3
_STRAY = """
SELECT count(*) FROM (
  SELECT 1 FROM outbox_days.other WHERE created_at >= $1 AND created_at < $2 LIMIT $3) few"""
# Nobody writes to the outbox meanwhile. Otherwise one who had found the default partition, and waits for it to be free,
# would be refused, as the day has become another's.
_STOP_WRITERS = "LOCK TABLE ONLY outbox IN SHARE ROW EXCLUSIVE MODE"
# The check tells PostgreSQL what the rows are, so that it need not read them when the table becomes a partition
_CREATE = """
CREATE TABLE {table} (LIKE outbox INCLUDING ALL,
  CONSTRAINT day CHECK (created_at >= '{begins}' AND created_at < '{ends}'))"""
_MOVE = """
WITH moved AS (DELETE FROM outbox_days.other WHERE created_at >= $1 AND created_at < $2 RETURNING *)
INSERT INTO {table} SELECT * FROM moved"""
_ATTACH = "ALTER TABLE outbox ATTACH PARTITION {table} FOR VALUES FROM ('{begins}') TO ('{ends}')"
_UNCHECKED = "ALTER TABLE {table} DROP CONSTRAINT day"  # the bounds say the same now, and are not checked twice
_DELETE = """
DELETE FROM outbox_days.other WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM outbox_days.other WHERE created_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING number"""
_LAST_OF = "SELECT max(number) FROM {table}"
_NOTE_DELETED = """
INSERT INTO event_readers AS r (name, position) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET position = greatest(r.position, excluded.position), updated_at = now()"""


class Day(NamedTuple):
    """One day of the outbox."""

    begins: datetime

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The day that a moment is in."""
        return cls(datetime.combine(moment.astimezone(UTC), time(), UTC))

    @classmethod
    def named(cls, name: str) -> Self:
        """The day that a table is for."""
        return cls(datetime.strptime(name, "d%Y%m%d").replace(tzinfo=UTC))

    @property
    def ends(self) -> datetime:
        """When the next one begins."""
        return self.begins + _DAY

    @property
    def table(self) -> str:
        """Where its rows lie."""
        return f"outbox_days.d{self.begins:%Y%m%d}"


_Change = Callable[[Work, Day, datetime], Awaitable[bool]]


async def kept(pool: Pool, settings: Settings) -> None:
    """Make the days that come, and drop those that are over for long: a chore."""
    await prepare(pool)
    await drop_old(pool, settings)


async def prepare(pool: Pool, at: datetime | None = None) -> list[Day]:
    """Make the tables of the day at a moment (now) and of the next seven, where they are missing; those that were made.

    One process does it at a time; others go on without. Rows that the default partition has of a day are moved.
    """
    now, days = await _look(pool)
    begins = Day.of(at or now).begins
    wanted = [Day(begins + n * _DAY) for n in range(DAYS_AHEAD + 1)]
    return await _change(_make, pool, [day for day in wanted if day not in days], at or now)


async def drop_old(pool: Pool, settings: Settings, at: datetime | None = None) -> list[Day]:
    """Drop the days that ended before the retention, and such rows of the default partition; the days dropped."""
    now, days = await _look(pool)
    since = (at or now) - timedelta(seconds=settings.event_retention_seconds)
    dropped = await _change(_drop, pool, sorted(day for day in days if day.ends <= since), since)
    deleted = 0
    while count := await _delete(pool, since):
        deleted += count
        if count < _BATCH_ROWS:
            break
    if dropped or deleted:
        log.info("old events dropped", days=[str(day.begins.date()) for day in dropped], others=deleted)
    return dropped


async def _look(pool: Pool) -> tuple[datetime, set[Day]]:
    [row] = await pool.fetch(_LOOK)
    return row["now"], {Day.named(name) for name in row["names"]}


async def _change(do: _Change, pool: Pool, days: Sequence[Day], moment: datetime) -> list[Day]:
    """Change some days, each in a transaction of its own, until one has to wait for long; those that were changed."""
    changed = []
    try:
        for day in days:
            if await _change_one(do, pool, day, moment):
                changed.append(day)  # noqa: PERF401 - they count also when a later one fails
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.QueryCanceledError) as problem:
        log.info("days of the outbox are left for later", days=len(days) - len(changed), problem=str(problem))
    return changed


async def _change_one(do: _Change, pool: Pool, day: Day, moment: datetime) -> bool:
    """Change one day; False if there is nothing to do, or another process is at it."""
    work = Work(pool)
    try:
        await work.define(_PATIENCE)
        if not await work.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return False
        done = await do(work, day, moment)
        await work.commit()
        return done
    finally:
        await work.rollback()


async def _make(work: Work, day: Day, now: datetime) -> bool:
    if await work.fetchval("SELECT to_regclass($1)", day.table):  # by another process, since it was looked
        return False
    if day.begins - now < _NEAR or await _stray(work, day):
        await work.define(_STOP_WRITERS)
        stray = await _stray(work, day)
        if stray > MOVED_AT_MOST:
            return False
    else:
        stray = 0
    bounds = {"table": day.table, "begins": day.begins, "ends": day.ends}
    await work.define(_CREATE.format(**bounds))
    if stray:
        await work.write(_MOVE.format(**bounds), day.begins, day.ends)
    await work.define(_ATTACH.format(**bounds), _UNCHECKED.format(**bounds))
    return True


async def _stray(work: Work, day: Day) -> int:
    return int(await work.fetchval(_STRAY, day.begins, day.ends, MOVED_AT_MOST + 1))


async def _drop(work: Work, day: Day, _: datetime) -> bool:
    if not await work.fetchval("SELECT to_regclass($1)", day.table):  # another process has dropped it
        return False
    await _note_deleted(work, await work.fetchval(_LAST_OF.format(table=day.table)))
    await work.define(f"DROP TABLE {day.table}")
    return True


async def _delete(pool: Pool, since: datetime) -> int:
    """Delete one batch of rows that lie in the default partition and are old."""
    work = Work(pool)
    try:
        await work.begin()
        if not await work.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return 0
        gone = [row["number"] for row in await work.write(_DELETE, since, _BATCH_ROWS)]
        await _note_deleted(work, max(gone, default=None))
        await work.commit()
        return len(gone)
    finally:
        await work.rollback()


async def _note_deleted(work: Work, number: int | None) -> None:
    """Note that rows up to a number may be gone, for those who want to read on from an earlier one."""
    if number is not None:
        await work.write(_NOTE_DELETED, DELETED, number)
