"""Jobs: written with their change, done once, tried again when they fail, finished by others when a worker dies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest

from appwrite_py.data.pg import Pool, Work
from appwrite_py.jobs import queue, worker

_LEFT = "SELECT status::text, attempts FROM pgqueuer WHERE entrypoint = 'test'"
Test = Callable[[Pool], Awaitable[None]]


def run(dsn: str, test: Test) -> None:
    """A test with a pool, and an empty queue before and after."""

    async def main() -> None:
        pool = Pool(dsn, 3)
        await pool.start()
        await pool.fetch("DELETE FROM pgqueuer WHERE entrypoint = 'test'")
        try:
            await asyncio.wait_for(test(pool), 30)
        finally:
            await pool.fetch("DELETE FROM pgqueuer WHERE entrypoint = 'test'")
            await pool.close()

    asyncio.run(main())


async def leave(pool: Pool, *payloads: bytes, commit: bool = True) -> None:
    work = Work(pool)
    for payload in payloads:
        await queue.enqueue(work, "test", payload)
    await (work.commit() if commit else work.rollback())


async def until(done: Callable[[], bool]) -> None:
    while not done():  # noqa: ASYNC110 - what is waited for happens in handlers, and in the database
        await asyncio.sleep(0.02)


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
            heartbeat = now() - interval '5 minutes', updated = now() - interval '5 minutes'"""
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
