"""Schedules: what is due is left once by all processes together, what was missed once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from appwrite_py.data.pg import Pool, Work
from appwrite_py.jobs import queue, worker
from appwrite_py.jobs.schedule import Schedule, add, leave_due, scheduled
from appwrite_py.kit.cron import next_after
from tests.unit.jobs.queues import Test, run, until

YEARLY = [Schedule("test yearly", "0 0 1 1 *", b"new year")]
_JOBS = "SELECT entrypoint, payload FROM pgqueuer WHERE entrypoint LIKE 'test%' ORDER BY entrypoint"
_FORGET = "DELETE FROM pgqueuer_schedules WHERE entrypoint LIKE 'test%'"
_PUT_OFF = "UPDATE pgqueuer_schedules SET next_run = now() - interval '3 days' WHERE entrypoint LIKE 'test%'"


def run_schedules(dsn: str, test: Test) -> None:
    async def clean(pool: Pool) -> None:
        await pool.fetch(_FORGET)
        try:
            await test(pool)
        finally:
            await pool.fetch(_FORGET)

    run(dsn, clean)


def test_what_is_due_is_left_once(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        await add(pool, YEARLY)
        assert await leave_due(pool, YEARLY) == []
        await pool.fetch(_PUT_OFF)  # as if nobody had been there
        left = await asyncio.gather(*(leave_due(pool, YEARLY) for _ in range(4)))
        assert sorted(left) == [[], [], [], ["test yearly"]]
        assert [tuple(row) for row in await pool.fetch(_JOBS)] == [("test yearly", b"new year")]
        row = await pool.fetchrow("SELECT next_run, last_run FROM pgqueuer_schedules WHERE entrypoint = 'test yearly'")
        assert row is not None
        assert row["next_run"] == datetime(row["last_run"].year + 1, 1, 1, tzinfo=UTC)

    run_schedules(dsn, test)


def test_nothing_is_left_while_the_one_before_waits_or_runs(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        await add(pool, YEARLY)
        begun: list[bytes] = []
        go = asyncio.Event()

        async def handle(payload: bytes) -> None:
            begun.append(payload)
            await go.wait()

        await pool.fetch(_PUT_OFF)
        assert await leave_due(pool, YEARLY) == ["test yearly"]
        await pool.fetch(_PUT_OFF)
        assert await leave_due(pool, YEARLY) == []
        async with worker.working(dsn, {"test yearly": handle}):
            await until(lambda: len(begun) == 1)
            await pool.fetch(_PUT_OFF)
            assert await leave_due(pool, YEARLY) == []
            go.set()
            while await pool.fetch(_JOBS):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            await pool.fetch(_PUT_OFF)
            assert await leave_due(pool, YEARLY) == ["test yearly"]
            await until(lambda: len(begun) == 2)

    run_schedules(dsn, test)


def test_a_start_keeps_the_state_and_a_new_expression_does_not(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        await add(pool, YEARLY)
        await pool.fetch(_PUT_OFF)
        await add(pool, YEARLY)
        changed = [Schedule("test yearly", "0 0 2 1 *")]
        await add(pool, [*YEARLY, Schedule("test daily", "@daily")])
        assert await leave_due(pool, YEARLY) == ["test yearly"]
        await pool.fetch(_PUT_OFF)
        await add(pool, changed)
        assert await leave_due(pool, changed) == []
        rows = await pool.fetch("SELECT expression FROM pgqueuer_schedules WHERE entrypoint = 'test yearly'")
        assert [row["expression"] for row in rows] == ["0 0 2 1 *"]

    run_schedules(dsn, test)


def test_what_was_missed_is_done_at_the_start(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        await add(pool, YEARLY)
        await pool.fetch(_PUT_OFF)
        begun: list[bytes] = []

        async def handle(payload: bytes) -> None:
            begun.append(payload)

        async with (
            worker.working(dsn, {"test yearly": handle}), scheduled(pool, YEARLY), scheduled(pool, YEARLY),
        ):  # fmt: skip
            await until(lambda: begun == [b"new year"])
            await asyncio.sleep(0.3)
        assert begun == [b"new year"]

    run_schedules(dsn, test)


def test_what_is_left_by_hand_is_no_matter(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        work = Work(pool)
        await queue.enqueue(work, "test yearly", b"by hand")
        assert await queue.enqueue_unless_busy(work, "test yearly", b"by the clock")
        assert not await queue.enqueue_unless_busy(work, "test yearly", b"by the clock")
        await work.rollback()
        assert await pool.fetch(_JOBS) == []

    run_schedules(dsn, test)


def test_expressions() -> None:
    after = datetime(2026, 2, 27, 23, 59, 30, tzinfo=UTC)
    assert next_after("23 3 * * *", after) == datetime(2026, 2, 28, 3, 23, tzinfo=UTC)
    assert next_after("@monthly", after) == datetime(2026, 3, 1, tzinfo=UTC)
    assert next_after("*/15 * * * *", after) == datetime(2026, 2, 28, tzinfo=UTC)
    assert next_after("0 0 29 2 ?", after) == datetime(2028, 2, 29, tzinfo=UTC)
    for wrong in ("", "* * * *", "61 * * * *", "0 0 31 2 *"):
        with pytest.raises(ValueError, match=r"fields|never|minute|day"):
            next_after(wrong, after)
