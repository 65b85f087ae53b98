"""The periodic clean-up: what it deletes, what it leaves, and that one process does it at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from appwrite_py.data.pg import Pool
from appwrite_py.jobs import maintenance
from appwrite_py.jobs.maintenance import clean_up, maintained
from tests.conftest import settings_for_tests

SETTINGS = settings_for_tests(maintenance_interval_seconds=10)
_EMPTY = """DELETE FROM projects WHERE id = 'tidy'; DELETE FROM sessions WHERE expire <= now();
DELETE FROM rate_limits; DELETE FROM transactions"""
_ROWS = """
INSERT INTO projects (id, name) VALUES ('tidy', 'Tidy') ON CONFLICT DO NOTHING;
INSERT INTO users (project_id, id) VALUES ('tidy', 'u') ON CONFLICT DO NOTHING;
INSERT INTO sessions (project_id, id, user_id, secret_hash, expire)
  SELECT 'tidy', 's' || n, 'u', ('tidy' || n)::bytea, now() + make_interval(secs => n) FROM generate_series(-5, 5) n;
INSERT INTO tokens (project_id, id, user_id, secret_hash, expire)
  SELECT 'tidy', 't' || n, 'u', '', now() + make_interval(secs => n) FROM generate_series(-1, 1) n;
INSERT INTO challenges (project_id, id, user_id, expire)
  SELECT 'tidy', 'c' || n, 'u', now() + make_interval(secs => n) FROM generate_series(-1, 1) n;
INSERT INTO rate_limits (key, ends_at)
  SELECT 'tidy' || n, now() + make_interval(secs => n) FROM generate_series(-5, 5) n;
INSERT INTO transactions (project_id, id, expires_at)
  SELECT 'tidy', 't' || n, now() - make_interval(mins => n * 25) FROM generate_series(-1, 5) n;
INSERT INTO transaction_operations (project_id, transaction_id, number, data_sealed, staged_at)
  SELECT 'tidy', 't' || n, 1, '', now() FROM generate_series(-1, 5) n;
"""
_LEFT = """
SELECT (SELECT count(*) FROM sessions WHERE project_id = 'tidy') AS sessions,
  (SELECT count(*) FROM rate_limits WHERE key LIKE 'tidy%') AS windows,
  (SELECT count(*) FROM transaction_operations WHERE project_id = 'tidy') AS operations"""


def with_rows(dsn: str, job: Callable[[Pool], Awaitable[None]]) -> None:
    """Run a job on a database with rows in it, some of which have expired."""

    async def run() -> None:
        pool = Pool(dsn, 4)
        await pool.start()
        async with pool.connection() as connection:
            await connection.script(_EMPTY)
            await connection.script(_ROWS)
        try:
            await job(pool)
        finally:
            await pool.fetch("DELETE FROM projects WHERE id = 'tidy'")
            await pool.close()

    asyncio.run(run())


async def left(pool: Pool) -> tuple[int, int, int]:
    row = await pool.fetchrow(_LEFT)
    assert row
    return row["sessions"], row["windows"], row["operations"]


@pytest.mark.parametrize("batch", [2, 2000])
def test_what_has_expired_goes(dsn: str, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_BATCH_ROWS", batch)

    async def job(pool: Pool) -> None:
        expected = {"sessions": 6, "rate_limits": 6, "transactions": 3, "hourly_writes": 0}
        deleted = await clean_up(pool, SETTINGS)
        assert {table: count for table, count in deleted.items() if table in expected} == expected
        assert await left(pool) == (5, 5, 4)
        assert not any((await clean_up(pool, SETTINGS)).values())

    with_rows(dsn, job)


def test_nothing_while_another_process_is_at_it(dsn: str) -> None:
    async def job(pool: Pool) -> None:
        before = await left(pool)
        async with pool.connection() as other:
            await other.fetch("SELECT pg_advisory_lock($1)", [maintenance._LOCK])
            assert not any((await clean_up(pool, SETTINGS)).values())
            await other.fetch("SELECT pg_advisory_unlock($1)", [maintenance._LOCK])
        assert await left(pool) == before
        assert any((await clean_up(pool, SETTINGS)).values())

    with_rows(dsn, job)


def test_a_row_in_use_can_wait(dsn: str) -> None:
    async def job(pool: Pool) -> None:
        async with pool.connection() as other:
            await other.script("BEGIN")
            await other.fetch("SELECT 1 FROM sessions WHERE project_id = 'tidy' AND id = 's-5' FOR UPDATE", [])
            await clean_up(pool, SETTINGS)
            assert await pool.fetchval("SELECT count(*) FROM sessions WHERE id = 's-5'") == 1
            await other.script("ROLLBACK")

    with_rows(dsn, job)


def test_it_runs_from_time_to_time_and_survives_failures(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_FIRST_AFTER_SECONDS", (0, 0))
    calls = []

    async def failing_first(pool: Pool, settings: object) -> dict[str, int]:
        calls.append(settings)
        if len(calls) == 1:
            raise OSError("gone")
        return {}

    monkeypatch.setattr(maintenance, "clean_up", failing_first)

    async def job(pool: Pool) -> None:
        settings = SETTINGS.model_copy(update={"maintenance_interval_seconds": 0.01})
        async with maintained(pool, settings):
            await asyncio.sleep(0.1)
        seen = len(calls)
        assert seen > 2
        await asyncio.sleep(0.05)
        assert len(calls) == seen

    with_rows(dsn, job)


def test_chores_come_first_and_may_fail(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_FIRST_AFTER_SECONDS", (0, 0))
    done: list[str] = []

    async def failing(pool: Pool, settings: object) -> None:
        done.append("chore")
        raise OSError("gone")

    async def cleaned(pool: Pool, settings: object) -> dict[str, int]:
        done.append("clean-up")
        return {}

    monkeypatch.setattr(maintenance, "clean_up", cleaned)

    async def job(pool: Pool) -> None:
        async with maintained(pool, SETTINGS, [failing]):
            await asyncio.sleep(0.1)
        assert done == ["chore", "clean-up"]

    with_rows(dsn, job)


def test_a_chore_that_fails_takes_no_other_with_it(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        pool, done = Pool(dsn, 2), asyncio.Event()

        async def fails(*_: object) -> None:
            raise KeyError("nobody has reckoned with this")

        async def works(*_: object) -> None:
            done.set()

        monkeypatch.setattr(maintenance, "_FIRST_AFTER_SECONDS", (0, 0))
        async with maintained(pool, SETTINGS, [fails, works]), asyncio.timeout(5):
            await done.wait()
        await pool.close()

    asyncio.run(run())
