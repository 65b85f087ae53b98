"""Several processes over one queue: no job twice, and none lost with a process that is killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from appwrite_py.data.pg import Pool
from tests.process.running import PROJECT, environment
from tests.unit.jobs.queues import leave, run, until_rows

pytestmark = pytest.mark.process
Start = Callable[[int, float], list[subprocess.Popen[bytes]]]
_NOTED = "CREATE TABLE test_noted (what text, job text, process int)"
_READY = "SELECT count(*)::int FROM test_noted WHERE what = 'ready'"


@pytest.fixture
def start(dsn: str) -> Iterator[Start]:
    """Starts workers, which are ready when they have said so in `test_noted`."""
    started: list[subprocess.Popen[bytes]] = []

    async def prepare(*statements: str) -> None:
        pool = Pool(dsn, 1)
        for statement in statements:
            await pool.fetch(statement)
        await pool.close()

    def make(count: int, heartbeat: float) -> list[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "tests.unit.jobs.one_worker", dsn, str(heartbeat)]
        made = [subprocess.Popen(command, cwd=PROJECT, env=environment()) for _ in range(count)]
        started.extend(made)
        return made

    asyncio.run(prepare("DROP TABLE IF EXISTS test_noted", _NOTED))
    yield make
    for process in started:
        process.kill()
        process.wait()
    asyncio.run(prepare("DROP TABLE test_noted"))


def test_each_of_many_jobs_is_done_once(dsn: str, start: Start) -> None:
    workers = start(3, 15)

    async def test(pool: Pool) -> None:
        await until_rows(pool, _READY, [(3,)])
        for first in range(0, 200, 20):
            await leave(pool, *(b"%d" % n for n in range(first, first + 20)))
        await until_rows(pool, "SELECT count(*)::int FROM pgqueuer WHERE entrypoint = 'test'", [(0,)])
        rows = await pool.fetch("SELECT job, process FROM test_noted WHERE what = 'done'")
        assert sorted(row["job"] for row in rows) == sorted(str(n) for n in range(200))
        assert len({row["process"] for row in rows} & {worker.pid for worker in workers}) > 1

    run(dsn, test)


def test_the_job_of_a_killed_worker_is_taken_over(dsn: str, start: Start) -> None:
    (first,) = start(1, 1)

    async def test(pool: Pool) -> None:
        begun = "SELECT process FROM test_noted WHERE job = 'slow' AND what = '{}' ORDER BY what"
        await leave(pool, b"slow")
        await until_rows(pool, begun.format("begun"), [(first.pid,)])
        (second,) = start(1, 1)
        await until_rows(pool, _READY, [(2,)])
        await asyncio.sleep(2.5)  # its heart beats, so it is left alone
        assert [row["process"] for row in await pool.fetch(begun.format("begun"))] == [first.pid]
        first.kill()
        killed = time.monotonic()
        await until_rows(pool, begun.format("done"), [(second.pid,)])
        assert time.monotonic() - killed < 8

    run(dsn, test)


def test_a_worker_that_is_told_to_stop_finishes_its_job(dsn: str, start: Start) -> None:
    (worker,) = start(1, 15)

    async def test(pool: Pool) -> None:
        await leave(pool, b"half a second")
        await until_rows(pool, "SELECT what FROM test_noted WHERE job <> ''", [("begun",)])
        worker.terminate()
        assert await asyncio.to_thread(worker.wait, 20) == 0
        assert await pool.fetchval("SELECT count(*) FROM test_noted WHERE what = 'done'") == 1
        assert await pool.fetch("SELECT FROM pgqueuer WHERE entrypoint = 'test'") == []

    run(dsn, test)
