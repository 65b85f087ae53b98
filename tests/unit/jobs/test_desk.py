"""The queue as operators see it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from appwrite_py.data.pg import Pool, Work
from appwrite_py.jobs import desk, maintenance, queue, worker
from tests.conftest import settings_for_tests
from tests.unit.jobs.queues import leave, run, until, until_rows

_LEFT = "SELECT convert_from(payload, 'UTF8'), status::text FROM pgqueuer WHERE entrypoint = 'test' ORDER BY 1"


def test_what_waits_runs_and_is_held(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_PAUSES", [timedelta(hours=1)] * 7)

    async def test(pool: Pool) -> None:
        go = asyncio.Event()

        async def handle(payload: bytes) -> None:
            if payload == b"held":
                raise worker.GivenUp("no such address")
            if payload == b"again":
                raise OSError("not now")
            await go.wait()

        async with worker.working(dsn, {"test": handle}):
            await leave(pool, b"held", b"again", b"runs")
            await until_rows(pool, _LEFT, [("again", "queued"), ("held", "failed"), ("runs", "picked")])
            found = await desk.find(pool, status=None, name="test", limit=10)
            assert [(job.status, job.attempts, job.problem) for job in found] == [
                ("held", 1, "GivenUp: no such address"), ("running", 1, ""), ("waiting", 1, "OSError: not now"),
            ]  # fmt: skip
            due = found[2].due
            assert due is not None
            assert timedelta(minutes=59) < due - found[2].updated <= timedelta(hours=1)
            assert found[0].due is None
            assert await desk.count(pool, "test") == {"waiting": 1, "running": 1, "held": 1}
            assert await desk.count(pool, "test none") == {"waiting": 0, "running": 0, "held": 0}
            assert found[0].id in [job.id for job in await desk.find(pool, status="held", name=None, limit=100)]
            assert len(await desk.find(pool, status=None, name="test", limit=2)) == 2
            assert await desk.held(pool, ["test", "other"]) == 1
            await _aged_log_keeps_the_reason(pool, found[0].id)
            go.set()

    run(dsn, test)


async def _aged_log_keeps_the_reason(pool: Pool, job: int) -> None:
    await pool.fetch("UPDATE pgqueuer_log SET created = now() - interval '8 days' WHERE entrypoint = 'test'")
    await maintenance.clean_up(pool, settings_for_tests())
    assert [one.problem for one in await desk.find(pool, status="held", name="test", limit=1)] == [
        "GivenUp: no such address"
    ]
    assert {row["job_id"] for row in await pool.fetch("SELECT job_id FROM pgqueuer_log WHERE entrypoint = 'test'")} >= {
        job
    }


def test_held_jobs_are_retried_at_once(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        seen: list[bytes] = []

        async def handle(payload: bytes) -> None:
            seen.append(payload)
            if seen.count(payload) == 1:
                raise worker.GivenUp("not yet")

        async with worker.working(dsn, {"test": handle}):
            await leave(pool, b"a", b"b", b"c")
            await until_rows(pool, _LEFT, [("a", "failed"), ("b", "failed"), ("c", "failed")])
            first = (await desk.find(pool, status="held", name="test", limit=1))[0].id
            work = Work(pool)
            assert await desk.retry(work, [first, 10**12]) == [first]
            await work.commit()
            await until(lambda: len(seen) == 4)
            work = Work(pool)
            assert len(await desk.retry(work, None, "test")) == 2
            assert await desk.retry(work, None, "test") == []
            await work.commit()
            await until(lambda: len(seen) == 6)
            await until_rows(pool, _LEFT, [])

    run(dsn, test)


def test_only_what_does_not_run_is_discarded(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        begun, go = [], asyncio.Event()

        async def handle(payload: bytes) -> None:
            begun.append(payload)
            await go.wait()

        async with worker.working(dsn, {"test": handle}):
            await leave(pool, b"runs")
            await until(lambda: begun == [b"runs"])
            work = Work(pool)
            await queue.enqueue(work, "test", b"waits", after=timedelta(hours=1))
            await work.commit()
            ids = [job.id for job in await desk.find(pool, status=None, name="test", limit=10)]
            assert await desk.discard(work, ids) == [max(ids)]
            await work.commit()
            assert [tuple(row) for row in await pool.fetch(_LEFT)] == [("runs", "picked")]
            go.set()

    run(dsn, test)
