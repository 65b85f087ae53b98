"""The outbox by day: tables that are made ahead while others write, and dropped when they are old."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from appwrite_py.data import define
from appwrite_py.data.pg import Pool
from appwrite_py.events import partitions
from appwrite_py.events.partitions import DAYS_AHEAD, Day, drop_old, prepare
from tests.conftest import settings_for_tests

WEEK = settings_for_tests(event_retention_seconds=7 * 86400)
NOON = datetime(2011, 5, 10, 12, tzinfo=UTC)
"""Long ago, so that what is dropped as old is only what these tests have made."""
TODAY = Day.of(NOON)
_PUT = "INSERT INTO outbox (project_id, event, created_at) VALUES ('days', $1, $2) RETURNING tableoid::regclass::text"
_ALL = "SELECT event, tableoid::regclass::text AS place FROM outbox WHERE project_id = 'days' ORDER BY number"
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'outbox_days'::regnamespace AND relkind = 'r' AND relname ~ '^d20[01]'"""
Scene = Callable[[Pool], Awaitable[None]]


def days(dsn: str, scene: Scene) -> None:
    """Play a scene, and drop what it has made."""

    async def run() -> None:
        pool = Pool(dsn, 6)
        try:
            await scene(pool)
        finally:
            await pool.fetch("DELETE FROM outbox WHERE project_id = 'days'")
            for row in await pool.fetch(_TABLES):
                await pool.fetch(f"DROP TABLE outbox_days.{row['relname']}")
            await pool.close()

    asyncio.run(run())


def after(n: int, moment: datetime = NOON) -> Day:
    """The day so many days after a moment's."""
    return Day.of(moment + timedelta(days=n))


@asynccontextmanager
async def held(dsn: str, *statements: str) -> AsyncIterator[Any]:
    """A transaction that has run these statements."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("; ".join(("BEGIN", *statements)))
    try:
        yield connection
    finally:
        await connection.close()


def test_today_and_a_week_ahead(dsn: str) -> None:
    async def scene(pool: Pool) -> None:
        assert await prepare(pool, NOON) == [after(n) for n in range(DAYS_AHEAD + 1)]
        assert await prepare(pool, NOON) == []
        assert await prepare(pool, NOON + timedelta(days=1)) == [after(DAYS_AHEAD + 1)]
        for moment, place in (
            (TODAY.begins, TODAY), (TODAY.ends - timedelta(milliseconds=1), TODAY), (TODAY.ends, after(1)),
            (after(8).ends - timedelta(milliseconds=1), after(8)),
        ):  # fmt: skip
            assert await pool.fetchval(_PUT, "e", moment) == place.table
        assert await pool.fetchval(_PUT, "e", after(9).begins) == "outbox_days.other"
        assert await pool.fetchval(_PUT, "e", TODAY.begins - timedelta(milliseconds=1)) == "outbox_days.other"

    days(dsn, scene)


def test_a_day_is_a_table_like_the_others(dsn: str) -> None:
    """The same indexes, which are parts of the outbox's own, and the same numbers."""

    async def scene(pool: Pool) -> None:
        await prepare(pool, NOON)
        parts = await pool.fetch(
            "SELECT p.relname FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid "
            "JOIN pg_class p ON p.oid = i.inhparent WHERE x.indrelid = $1::text::regclass ORDER BY 1", TODAY.table,
        )  # fmt: skip
        assert [row["relname"] for row in parts] == ["outbox_audits", "outbox_created", "outbox_number"]
        await pool.fetch(_PUT, "first", NOON)
        await pool.fetch(_PUT, "second", NOON - timedelta(days=1))
        await pool.fetch(_PUT, "third", NOON)
        assert [row["event"] for row in await pool.fetch(_ALL)] == ["first", "second", "third"]

    days(dsn, scene)


def test_rows_of_the_default_partition_move(dsn: str) -> None:
    async def scene(pool: Pool) -> None:
        await pool.fetch(_PUT, "yesterday", NOON - timedelta(days=1))
        await pool.fetch(_PUT, "today", NOON)
        await pool.fetch(_PUT, "in five days", NOON + timedelta(days=5))
        await prepare(pool, NOON)
        assert [tuple(row) for row in await pool.fetch(_ALL)] == [
            ("yesterday", "outbox_days.other"), ("today", TODAY.table), ("in five days", after(5).table),
        ]  # fmt: skip

    days(dsn, scene)


def test_a_day_with_too_many_rows_stays_there(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "MOVED_AT_MOST", 2)

    async def scene(pool: Pool) -> None:
        for n in range(3):
            await pool.fetch(_PUT, str(n), NOON)
        assert await prepare(pool, NOON) == [after(n) for n in range(1, DAYS_AHEAD + 1)]
        assert {row["place"] for row in await pool.fetch(_ALL)} == {"outbox_days.other"}

    days(dsn, scene)


def test_while_others_write(dsn: str) -> None:
    """Nobody is refused, and nothing is lost or doubled, however the inserts and the new table meet."""

    async def scene(pool: Pool) -> None:
        written: list[str] = []
        stop = asyncio.Event()

        async def write(name: str) -> None:
            connection = await asyncpg.connect(dsn)
            put = await connection.prepare(_PUT)
            try:
                while not stop.is_set():
                    event = f"{name}.{len(written)}"
                    async with connection.transaction():
                        await put.fetchval(event, NOON)
                        await asyncio.sleep(0)
                    written.append(event)
            finally:
                await connection.close()

        for round_ in range(5):
            stop.clear()
            writers = [asyncio.create_task(write(f"{round_}.{n}")) for n in range(4)]
            await asyncio.sleep(0.05)
            assert TODAY in await prepare(pool, NOON)
            await asyncio.sleep(0.02)
            stop.set()
            await asyncio.gather(*writers)
            rows = await pool.fetch(_ALL)
            assert sorted(row["event"] for row in rows) == sorted(written)
            assert {row["place"] for row in rows} == {TODAY.table}
            await pool.fetch(f"DROP TABLE {TODAY.table}")
            written.clear()

    days(dsn, scene)


def test_days_ahead_wait_for_no_writer(dsn: str) -> None:
    """Only a day that is being written to needs them to stop for a moment."""

    async def scene(pool: Pool) -> None:
        await prepare(pool, NOON)
        async with held(dsn) as writer:
            await writer.fetchval(_PUT, "open", NOON)
            assert await prepare(pool, NOON + timedelta(days=1)) == [after(DAYS_AHEAD + 1)]

    async def near(pool: Pool) -> None:
        async with held(dsn) as writer:
            await writer.fetchval(_PUT, "open", NOON)
            assert await asyncio.wait_for(prepare(pool, NOON), 3) == []
            await asyncio.wait_for(pool.fetch(_PUT, "goes on", NOON), 3)
        assert TODAY in await prepare(pool, NOON)
        assert {row["place"] for row in await pool.fetch(_ALL)} == {TODAY.table}

    days(dsn, scene)
    days(dsn, near)


def test_several_processes_at_once(dsn: str) -> None:
    async def scene(pool: Pool) -> None:
        others = [Pool(dsn, 1) for _ in range(3)]
        made = await asyncio.gather(*(prepare(one, NOON) for one in (pool, *others)))
        for one in others:
            await one.close()
        assert len({day for each in made for day in each}) == sum(map(len, made))
        await prepare(pool, NOON)
        assert len(await pool.fetch(_TABLES)) == DAYS_AHEAD + 1

    days(dsn, scene)


def test_one_process_at_a_time(dsn: str) -> None:
    async def scene(pool: Pool) -> None:
        async with held(dsn, f"SELECT pg_advisory_xact_lock({partitions._LOCK})"):
            assert await prepare(pool, NOON) == []
        assert len(await prepare(pool, NOON)) == DAYS_AHEAD + 1
        async with held(dsn, f"SELECT pg_advisory_xact_lock({partitions._LOCK})"):
            assert await drop_old(pool, WEEK, NOON + timedelta(days=30)) == []

    days(dsn, scene)


def test_old_days_go_whole(dsn: str) -> None:
    async def scene(pool: Pool) -> None:
        await prepare(pool, NOON)
        end = TODAY.ends + timedelta(days=7)
        await pool.fetch(_PUT, "old", NOON)
        await pool.fetch(_PUT, "new", NOON + timedelta(days=1))
        assert TODAY not in await drop_old(pool, WEEK, end - timedelta(milliseconds=1))
        assert [row["event"] for row in await pool.fetch(_ALL)] == ["old", "new"]
        assert await drop_old(pool, WEEK, end) == [TODAY]
        assert [row["event"] for row in await pool.fetch(_ALL)] == ["new"]
        assert len(await pool.fetch(_TABLES)) == DAYS_AHEAD

    days(dsn, scene)


def test_old_rows_of_the_default_partition_go(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "_BATCH_ROWS", 2)

    async def scene(pool: Pool) -> None:
        long_ago = datetime(2001, 1, 1, tzinfo=UTC)
        for n in range(-3, 3):
            await pool.fetch(_PUT, str(n), long_ago + timedelta(seconds=n))
        assert await drop_old(pool, WEEK, long_ago + timedelta(days=7)) == []
        assert [row["event"] for row in await pool.fetch(_ALL)] == ["0", "1", "2"]

    days(dsn, scene)


def test_a_retention_shorter_than_a_day(dsn: str) -> None:
    async def scene(pool: Pool) -> None:
        await prepare(pool, NOON)
        hour = settings_for_tests(event_retention_seconds=3600)
        assert TODAY not in await drop_old(pool, hour, TODAY.ends + timedelta(minutes=59))
        assert await drop_old(pool, hour, TODAY.ends + timedelta(minutes=60)) == [TODAY]

    days(dsn, scene)


def test_who_reads_for_long_is_not_waited_for(dsn: str) -> None:
    async def scene(pool: Pool) -> None:
        await prepare(pool, NOON)
        later = TODAY.ends + timedelta(days=7)
        async with held(dsn, "SELECT count(*) FROM outbox"):
            assert await drop_old(pool, WEEK, later) == []
            await asyncio.wait_for(pool.fetch(_PUT, "goes on", NOON), 5)
        assert await drop_old(pool, WEEK, later) == [TODAY]

    days(dsn, scene)


@pytest.mark.parametrize(
    ("moment", "begins"),
    [
        (datetime(2011, 5, 9, 23, 59, 59, 999000, tzinfo=UTC), datetime(2011, 5, 9, tzinfo=UTC)),
        (datetime(2011, 5, 10, tzinfo=UTC), datetime(2011, 5, 10, tzinfo=UTC)),
        (datetime(2011, 5, 10, 1, tzinfo=UTC).astimezone(), datetime(2011, 5, 10, tzinfo=UTC)),
        (datetime.fromisoformat("2011-05-10T01:00:00+02:00"), datetime(2011, 5, 9, tzinfo=UTC)),
    ],
)
def test_days_are_those_of_utc(moment: datetime, begins: datetime) -> None:
    day = Day.of(moment)
    assert (day.begins, day.ends) == (begins, begins + timedelta(days=1))
    assert Day.named(day.table.removeprefix("outbox_days.")) == day


def test_over_midnight(dsn: str) -> None:
    """Who began before midnight writes into the day that has ended, also when the next one is made meanwhile."""

    async def scene(pool: Pool) -> None:
        before = TODAY.ends - timedelta(milliseconds=1)
        await prepare(pool, before)
        async with held(dsn) as connection:
            assert await connection.fetchval(_PUT, "before", before) == TODAY.table
            assert after(8) in await prepare(pool, before + timedelta(milliseconds=1))
            assert await connection.fetchval(_PUT, "still before", before) == TODAY.table
            assert await connection.fetchval(_PUT, "after", TODAY.ends) == after(1).table
            await connection.execute("COMMIT")
        assert [row["event"] for row in await pool.fetch(_ALL)] == ["before", "still before", "after"]

    days(dsn, scene)


def test_no_database_has_its_schema() -> None:
    assert define._schema_name("outbox", "days") == ":outbox_days"
