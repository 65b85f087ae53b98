"""Jobs: written with their change, done once, tried again when they fail, finished by others when a worker dies."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from appwrite_py.data.pg import Pool, Work
from appwrite_py.jobs import queue, worker
from appwrite_py.jobs.worker import Limits
from tests.unit.jobs.queues import leave, run, until, until_rows

_LEFT = "SELECT status::text, attempts FROM pgqueuer WHERE entrypoint = 'test' ORDER BY id"


def test_a_job_follows_its_change(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        seen: list[bytes] = []

        async def handle(payload: bytes) -> None:
            seen.append(payload)

        async with worker.working(dsn, {"test": handle}):
            await leave(pool, b"never", commit=False)
            await leave(pool, b"one", b"two")
            await until(lambda: len(seen) == 2)
            await asyncio.sleep(0.2)
        assert sorted(seen) == [b"one", b"two"]
        assert await pool.fetch(_LEFT) == []

    run(dsn, test)


def test_several_workers_do_each_job_once(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        seen: list[bytes] = []

        async def handle(payload: bytes) -> None:
            await asyncio.sleep(0.001)
            seen.append(payload)

        wanted = [b"%d" % n for n in range(60)]
        async with worker.working(dsn, {"test": handle}), worker.working(dsn, {"test": handle}):
            await leave(pool, *wanted)
            await until(lambda: len(seen) >= 60)
            await asyncio.sleep(0.2)
        assert sorted(seen) == sorted(wanted)

    run(dsn, test)


def test_what_fails_is_tried_again_and_held_in_the_end(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_PAUSES", [timedelta(milliseconds=10)] * 7)

    async def test(pool: Pool) -> None:
        tries = {b"recovers": 0, b"hopeless": 0, b"given up": 0}

        async def handle(payload: bytes) -> None:
            tries[payload] += 1
            if payload == b"given up":
                raise worker.GivenUp("the address does not exist")
            if payload == b"hopeless" or tries[payload] < 3:
                raise OSError("not now")

        async with worker.working(dsn, {"test": handle}):
            await leave(pool, *tries)
            await until(lambda: list(tries.values()) == [3, worker.ATTEMPTS, 1])
            while [row["status"] for row in await pool.fetch(_LEFT)] != ["failed", "failed"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert tries == {b"recovers": 3, b"hopeless": worker.ATTEMPTS, b"given up": 1}

    run(dsn, test)


def test_jobs_of_a_worker_that_died_are_taken_over(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        seen: list[bytes] = []

        async def handle(payload: bytes) -> None:
            seen.append(payload)

        await leave(pool, b"left behind")
        await pool.fetch(
            """UPDATE pgqueuer SET status = 'picked', queue_manager_id = gen_random_uuid(), slot = 1,
            heartbeat = now() - interval '5 minutes', updated = now() - interval '5 minutes'
            WHERE entrypoint = 'test'"""
        )
        async with worker.working(dsn, {"test": handle}):
            await until(lambda: seen == [b"left behind"])

    run(dsn, test)


def test_the_queue_comes_back_with_the_database(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_RESTART_SECONDS", 0.1)

    async def test(pool: Pool) -> None:
        seen: list[bytes] = []

        async def handle(payload: bytes) -> None:
            seen.append(payload)

        async with worker.working(dsn, {"test": handle}):
            await leave(pool, b"before")
            await until(lambda: seen == [b"before"])
            connection = await asyncpg.connect(dsn)
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query ILIKE '%pgqueuer%' AND pid <> pg_backend_pid()"
            )
            await connection.close()
            await leave(pool, b"after")
            await until(lambda: seen == [b"before", b"after"])

    run(dsn, test)


@pytest.mark.parametrize("at_once", [1, 3])
def test_at_once(dsn: str, at_once: int) -> None:
    async def test(pool: Pool) -> None:
        running, most, done = set[bytes](), 0, 0

        async def handle(payload: bytes) -> None:
            nonlocal most, done
            running.add(payload)
            most = max(most, len(running))
            await asyncio.sleep(0.02)
            running.discard(payload)
            done += 1

        await leave(pool, *(b"%d" % n for n in range(6)))
        async with worker.working(dsn, {"test": handle}, Limits(at_once)):
            await until(lambda: done == 6)
        assert most == at_once

    run(dsn, test)


# --- the end of a worker ------------------------------------------------------------------------------


def test_jobs_that_run_are_finished_and_others_left(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        begun, done = [], []

        async def handle(payload: bytes) -> None:
            begun.append(payload)
            await asyncio.sleep(0.3)
            done.append(payload)

        await leave(pool, b"one", b"two", b"three", b"four")
        async with worker.working(dsn, {"test": handle}, Limits(at_once=2)):
            await until(lambda: len(begun) == 2)
        assert sorted(done) == sorted(begun)
        assert len(done) == 2
        assert [tuple(row) for row in await pool.fetch(_LEFT)] == [("queued", 0)] * 2

    run(dsn, test)


def test_jobs_that_do_not_finish_are_put_back(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        begun, done = [], []

        async def handle(payload: bytes) -> None:
            begun.append(payload)
            if len(begun) == 1:
                await asyncio.sleep(60)
            done.append(payload)

        await leave(pool, b"long")
        async with worker.working(dsn, {"test": handle}, Limits(grace_seconds=0.1)):
            await until(lambda: len(begun) == 1)
        assert [tuple(row) for row in await pool.fetch(_LEFT)] == [("queued", 0)]
        async with worker.working(dsn, {"test": handle}):
            await until(lambda: done == [b"long"])

    run(dsn, test)


def test_an_idle_worker_takes_over_what_another_puts_back(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        begun: list[str] = []

        async def never(payload: bytes) -> None:
            begun.append("never")
            await asyncio.sleep(60)

        async def soon(payload: bytes) -> None:
            begun.append("soon")

        first = worker.working(dsn, {"test": never}, Limits(grace_seconds=0))
        await first.__aenter__()
        await leave(pool, b"")
        await until(lambda: begun == ["never"])
        async with worker.working(dsn, {"test": soon}):
            await asyncio.sleep(0.3)  # it has looked, and now waits for news
            await first.__aexit__(None, None, None)
            await until(lambda: begun == ["never", "soon"])

    run(dsn, test)


# --- what fails ---------------------------------------------------------------------------------------


def test_a_problem_that_cannot_be_stored_as_it_is(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        async def handle(payload: bytes) -> None:
            if payload == b"bad":
                raise worker.GivenUp("nul \0 and half a pair \ud800" + "x" * 5000)

        async with worker.working(dsn, {"test": handle}):
            await leave(pool, b"bad", b"good")
            await until_rows(pool, _LEFT, [("failed", 0)])
        found = await pool.fetchval(
            "SELECT traceback FROM pgqueuer_log WHERE job_id = (SELECT id FROM pgqueuer WHERE entrypoint = 'test') "
            "AND status = 'failed'"
        )
        assert found["exception_type"] == "GivenUp"
        assert found["exception_message"].startswith("nul  and half a pair ?xxx")
        assert len(found["exception_message"]) == 2000
        assert "test_worker.py" in found["traceback"]

    run(dsn, test)


# --- unique jobs --------------------------------------------------------------------------------------


def test_while_one_waits_no_second_one_is_added(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        work = Work(pool)
        for payload, key in ((b"a1", "a"), (b"a2", "a"), (b"b", "b"), (b"plain", "")):
            await queue.enqueue(work, "test", payload, unique=key)
        await queue.enqueue(work, "test other", b"a", unique="a")
        assert await work.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint LIKE 'test%'") == 4
        await work.commit()
        await leave(pool, b"a3", unique="a")
        seen: list[bytes] = []

        async def handle(payload: bytes) -> None:
            seen.append(payload)

        async with worker.working(dsn, {"test": handle}):
            await until(lambda: len(seen) == 3)
            await leave(pool, b"a4", unique="a")
            await until(lambda: len(seen) == 4)
        assert sorted(seen) == [b"a1", b"a4", b"b", b"plain"]

    run(dsn, test)


def test_one_that_runs_keeps_none_from_being_added(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        begun: list[bytes] = []
        go = asyncio.Event()

        async def handle(payload: bytes) -> None:
            begun.append(payload)
            await go.wait()

        async with worker.working(dsn, {"test": handle}):
            await leave(pool, b"1", unique="a")
            await until(lambda: begun == [b"1"])
            await leave(pool, b"2", unique="a")
            await until(lambda: begun == [b"1", b"2"])
            go.set()

    run(dsn, test)


def test_it_begins_after_all_who_have_added_to_it(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        begun: list[bytes] = []

        async def handle(payload: bytes) -> None:
            begun.append(payload)

        await leave(pool, b"first", unique="a")
        work = Work(pool)
        await queue.enqueue(work, "test", b"second", unique="a")
        async with worker.working(dsn, {"test": handle}):
            await leave(pool, b"other")
            await until(lambda: begun == [b"other"])
            await asyncio.sleep(0.2)
            assert begun == [b"other"]
            await work.commit()
            await until(lambda: begun == [b"other", b"first"])

    run(dsn, test)


def test_one_that_fails_leaves_it_to_a_newer_one(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        begun: list[bytes] = []
        go = asyncio.Event()

        async def handle(payload: bytes) -> None:
            begun.append(payload)
            await go.wait()
            if payload == b"old":
                raise OSError("not now")

        async with worker.working(dsn, {"test": handle}, Limits(at_once=1)):
            await leave(pool, b"old", unique="a")
            await until(lambda: begun == [b"old"])
            await leave(pool, b"new", unique="a")
            go.set()
            await until_rows(pool, _LEFT, [])
        assert begun == [b"old", b"new"]

    run(dsn, test)
