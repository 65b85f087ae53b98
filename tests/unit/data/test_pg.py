"""Connections: handed over in turn, replaced when they break, never lost; and a request's unit of work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import bindparam, literal_column, select

from appwrite_py.data.pg import Pool, Work, rendered
from tests.client import Api

BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


@asynccontextmanager
async def opened(dsn: str, size: int) -> AsyncIterator[Pool]:
    pool = Pool(dsn, size, timeout_ms=5000)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


def run(dsn: str, size: int, test: Callable[[Pool], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with opened(dsn, size) as pool:
            await asyncio.wait_for(test(pool), 20)

    asyncio.run(whole())


async def backend(pool: Pool) -> int:
    return int(await pool.fetchval("SELECT pg_backend_pid()"))


def test_statements_of_both_kinds() -> None:
    assert rendered("SELECT $1", (1,)) == ("SELECT $1", (1,))
    text, values = rendered(select(literal_column("1")).where(bindparam("a", 5) > bindparam("b", 3)), ())
    assert ("$1" in text, "$2" in text, list(values)) == (True, True, [5, 3])


def test_fetch(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        assert [row[0] for row in await pool.fetch("SELECT generate_series(1, $1::int)", 3)] == [1, 2, 3]
        assert await pool.fetchrow("SELECT 1 WHERE false") is None
        assert await pool.fetchval("SELECT 1 WHERE false") is None
        assert await pool.fetchval("SELECT $1::jsonb", {"a": [1, None]}) == {"a": [1, None]}
        assert await pool.fetchval("SELECT '2026-01-31 12:00:00.5'::timestamp") == "2026-01-31T12:00:00.500+00:00"

    run(dsn, 1, test)


def test_those_who_wait_are_served_in_turn(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        served: list[int] = []

        async def use(n: int) -> None:
            async with pool.connection():
                served.append(n)
                await asyncio.sleep(0.005)

        await asyncio.gather(*(use(n) for n in range(20)))
        assert served == list(range(20))

    run(dsn, 1, test)


def test_no_more_connections_than_allowed(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        statement = "SELECT pg_sleep(0.02)::text, pg_backend_pid() AS pid"
        found = await asyncio.gather(*(pool.fetchrow(statement) for _ in range(12)))
        assert len({row["pid"] for row in found if row is not None}) == 3

    run(dsn, 3, test)


def test_a_failed_statement_leaves_its_connection_usable(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        first = await backend(pool)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await pool.fetch("SELECT 1 / $1::int", 0)
        with pytest.raises(asyncpg.PostgresSyntaxError):
            await pool.fetch("SELEC")
        assert await backend(pool) == first

    run(dsn, 1, test)


def test_a_broken_connection_is_replaced(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        first = await backend(pool)
        killer = await asyncpg.connect(dsn)
        await killer.execute("SELECT pg_terminate_backend($1)", first)
        for _ in range(50):
            try:
                second = await backend(pool)
                break
            except BROKEN:
                await asyncio.sleep(0.01)
        assert second != first
        await killer.close()

    run(dsn, 1, test)


def test_a_connection_that_breaks_in_use_frees_its_place_for_who_waits(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        killer = await asyncpg.connect(dsn)

        async def broken() -> None:
            async with pool.connection() as connection:
                pid = await connection.fetch("SELECT pg_backend_pid()", ())
                waiters.extend(asyncio.create_task(backend(pool)) for _ in range(3))
                await asyncio.sleep(0.01)
                await killer.execute("SELECT pg_terminate_backend($1)", pid[0][0])
                await connection.fetch("SELECT pg_sleep(1)", ())

        waiters: list[asyncio.Task[int]] = []
        with pytest.raises(BROKEN):
            await broken()
        assert len(set(await asyncio.gather(*waiters))) == 1
        await killer.close()

    run(dsn, 1, test)


def test_who_gives_up_waiting_takes_no_connection_along(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        for moment in ("waiting", "handed over"):
            async with pool.connection():
                waiters = [asyncio.create_task(backend(pool)) for _ in range(3)]
                await asyncio.sleep(0.01)
                if moment == "waiting":
                    waiters[0].cancel()
                    await asyncio.sleep(0)
            waiters[0].cancel()  # the connection has been given to it, but it has not run since
            results = await asyncio.gather(*waiters, return_exceptions=True)
            assert isinstance(results[0], asyncio.CancelledError)
            assert all(isinstance(found, int) for found in results[1:])
        assert await backend(pool)

    run(dsn, 1, test)


def test_who_gives_up_when_told_to_connect_passes_it_on(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        async with pool.connection() as connection:
            waiters = [asyncio.create_task(backend(pool)) for _ in range(2)]
            await asyncio.sleep(0.01)
            connection.raw.terminate()
        waiters[0].cancel()
        results = await asyncio.gather(*waiters, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert isinstance(results[1], int)

    run(dsn, 1, test)


def test_a_cancelled_statement_does_not_harm_the_next(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        slow = asyncio.create_task(pool.fetch("SELECT pg_sleep(3)"))
        await asyncio.sleep(0.05)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        assert await asyncio.wait_for(pool.fetchval("SELECT 7"), 2) == 7

    run(dsn, 1, test)


def test_a_connection_left_in_a_transaction_is_not_used_again(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        first = await backend(pool)
        async with pool.connection() as connection:
            await connection.script("BEGIN")
        assert await backend(pool) != first

    run(dsn, 1, test)


def test_statements_that_a_schema_change_made_stale(dsn: str) -> None:
    async def test(pool: Pool) -> None:
        await pool.fetch("DROP TABLE IF EXISTS stale")
        await pool.fetch("CREATE TABLE stale (a int)")
        await pool.fetch("INSERT INTO stale VALUES (1)")
        assert tuple((await pool.fetch("SELECT * FROM stale"))[0]) == (1,)
        await pool.fetch("ALTER TABLE stale ADD COLUMN b text DEFAULT 'x'")
        assert tuple((await pool.fetch("SELECT * FROM stale"))[0]) == (1, "x")
        await pool.fetch("ALTER TABLE stale ALTER COLUMN a TYPE text")
        assert tuple((await pool.fetch("SELECT * FROM stale"))[0]) == ("1", "x")
        await pool.fetch("DROP TABLE stale")

    run(dsn, 1, test)


def test_a_server_that_cannot_be_reached() -> None:
    async def whole() -> None:
        pool = Pool("postgresql://nobody@127.0.0.1:1/none", 1)
        for _ in range(2):
            with pytest.raises(OSError, match=r".*"):
                await pool.start()

    asyncio.run(whole())


# --- unit of work ---------------------------------------------------------------------------------------------------
@pytest.fixture
def table(dsn: str) -> str:
    async def make() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute("DROP TABLE IF EXISTS work; CREATE TABLE work (n int UNIQUE)")
        await connection.close()

    asyncio.run(make())
    return "work"


def test_work_is_committed_or_forgotten(dsn: str, table: str) -> None:
    async def test(pool: Pool) -> None:
        count = f"SELECT count(*) FROM {table}"
        work = Work(pool)
        assert await work.fetchval(count) == 0
        assert not work.writing
        await work.write(f"INSERT INTO {table} VALUES ($1)", 1)
        assert work.writing
        assert await work.fetchval(count) == 1
        assert await pool.fetchval(count) == 0
        await work.commit()
        assert (await pool.fetchval(count), work.writing) == (1, False)

        await work.write(f"INSERT INTO {table} VALUES ($1)", 2)
        await work.define(f"ALTER TABLE {table} ADD COLUMN m int")
        await work.rollback()
        assert await pool.fetchval(count) == 1
        with pytest.raises(asyncpg.UndefinedColumnError):
            await pool.fetch(f"SELECT m FROM {table}")
        await work.commit()
        await work.rollback()

    run(dsn, 2, test)


def test_work_after_a_failed_statement_can_only_be_forgotten(dsn: str, table: str) -> None:
    async def test(pool: Pool) -> None:
        work = Work(pool)
        await work.write(f"INSERT INTO {table} VALUES (1)")
        with pytest.raises(asyncpg.UniqueViolationError):
            await work.write(f"INSERT INTO {table} VALUES (1)")
        await work.rollback()
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0

    run(dsn, 1, test)


def test_work_whose_connection_broke(dsn: str, table: str) -> None:
    async def test(pool: Pool) -> None:
        work = Work(pool)
        await work.write(f"INSERT INTO {table} VALUES (1)")
        connection = await work.begin()
        connection.raw.terminate()
        await work.rollback()
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0

    run(dsn, 1, test)


def test_a_cancellation_is_not_lost_with_a_broken_connection(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncpg may say that it has lost track instead: a task that is to end would go on for ever."""

    class Lost:
        async def fetch(self, *_: object) -> None:
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                raise asyncpg.InternalClientError("lost track") from None

    async def work() -> bool:
        async with api.resources.pool.connection() as connection:
            monkeypatch.setitem(connection._prepared, "SELECT 'lost'", Lost())
            task = asyncio.create_task(connection.fetch("SELECT 'lost'", ()))
            await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.wait([task])
            return task.cancelled() and connection.raw.is_closed()

    assert api.http.portal is not None
    assert api.http.portal.call(work)
