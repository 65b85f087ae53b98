"""Reading the outbox from a number on, while transactions of all kinds are under way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from appwrite_py.data.pg import Pool
from appwrite_py.events import history as module
from appwrite_py.events import partitions
from appwrite_py.events.history import Gone, History
from appwrite_py.kit import clock, ids
from tests.conftest import settings_for_tests

_INSERT = "INSERT INTO outbox (project_id, event, roles, payload{more}) VALUES ($1, $2, $3, $4{to}) RETURNING number"


class World:
    """A project's part of the outbox, its writers, and readers of it."""

    def __init__(self, dsn: str, pool: Pool) -> None:
        self.dsn, self.pool, self.project_id = dsn, pool, ids.unique()
        self.history = History(pool)

    async def write(self, to: Any, name: str, *roles: str, left: list[str] | None = None, payload: Any = None) -> int:
        """One event; `to` is a connection or the pool."""
        args: list[Any] = [self.project_id, name, list(roles or ("any",)), payload]
        statement = _INSERT.format(more="", to="")
        if left is not None:
            statement, args = _INSERT.format(more=", left_roles", to=", $5"), [*args, left]
        if isinstance(to, Pool):
            return int((await to.fetch(statement, *args))[0]["number"])
        return int(await to.fetchval(statement, *args))

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.dsn)
        try:
            yield connection
        finally:
            await connection.close()

    async def names(self, after: int, roles: set[str] | None = None, **more: Any) -> list[str]:
        return [row["event"] async for page in self.history.since(self.project_id, after, roles, **more)
                for row in page.rows]  # fmt: skip


def run(dsn: str, scenario: Callable[[World], Awaitable[None]]) -> None:
    async def whole() -> None:
        pool = Pool(dsn, 6, planned_once=True)
        await pool.start()
        try:
            await asyncio.wait_for(scenario(World(dsn, pool)), 60)
        finally:
            await pool.close()

    asyncio.run(whole())


def test_in_order_and_under_roles(dsn: str) -> None:
    async def scenario(world: World) -> None:
        begin = await world.history.end()
        assert begin is not None
        numbers = [
            await world.write(world.pool, "a", "user:a"),
            await world.write(world.pool, "b", "user:b", "any"),
            await world.write(world.pool, "c", "user:c", left=["user:a"]),
            await world.write(world.pool, "", "any"),
            await world.write(world.pool, "d", "user:c"),
        ]
        assert await world.names(begin) == ["a", "b", "c", "d"]
        assert await world.names(begin, {"user:a"}) == ["a", "c"]
        assert await world.names(begin, {"any", "guests"}) == ["b"]
        assert await world.names(begin, set()) == []
        assert await world.names(numbers[1]) == ["c", "d"]
        assert await World(dsn, world.pool).names(begin) == []  # another project
        page = await world.history.page(world.project_id, begin, None, most=2)
        assert ([row["event"] for row in page.rows], page.reached, page.more) == (["a", "b"], numbers[1], True)
        page = await world.history.page(world.project_id, begin, {"nobody"})
        assert (page.rows, page.reached, page.more) == ([], numbers[-1], False)

    run(dsn, scenario)


def test_what_commits_late_is_not_passed(dsn: str) -> None:
    async def scenario(world: World) -> None:
        begin = await world.history.end()
        assert begin is not None
        async with world.writer() as slow, world.writer() as other:
            await slow.execute("BEGIN")
            number = await world.write(slow, "slow")
            await other.execute("BEGIN")
            await world.write(other, "rolled back")
            await other.execute("ROLLBACK")
            await world.write(world.pool, "quick")
            page = await world.history.page(world.project_id, begin, None, patience=0.05)
            assert (page.rows, page.reached, page.more) == ([], number - 1, False)
            assert not await world.history.horizon.reach(patience=0.05)
            assert await world.history.end(0.05) is None
            assert await world.names(begin, patience=0.02) == []
            waiting = asyncio.create_task(world.names(begin, patience=5))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            await slow.execute("COMMIT")
            assert await waiting == ["slow", "quick"]

    run(dsn, scenario)


def test_rows_before_a_missing_number_are_handed_out(dsn: str) -> None:
    async def scenario(world: World) -> None:
        begin = await world.history.end()
        assert begin is not None
        async with world.writer() as slow:
            await world.write(world.pool, "first")
            await slow.execute("BEGIN")
            number = await world.write(slow, "slow")
            await world.write(world.pool, "later")
            page = await world.history.page(world.project_id, begin, None, patience=0)
            assert ([row["event"] for row in page.rows], page.reached) == (["first"], number - 1)
            await slow.execute("ROLLBACK")
            assert await world.names(page.reached) == ["later"]

    run(dsn, scenario)


def test_transactions_that_write_no_events_hold_up_nothing(dsn: str) -> None:
    async def scenario(world: World) -> None:
        async with world.writer() as busy, world.writer() as other:
            await busy.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            await busy.execute("SELECT pg_current_xact_id(), count(*) FROM outbox")
            begin = await world.history.end(1.0)
            assert begin is not None
            await other.execute("BEGIN")
            await world.write(other, "rolled back")
            await other.execute("ROLLBACK")
            await world.write(world.pool, "there")
            assert await world.names(begin) == ["there"]
            assert await world.history.end(1.0) is not None
            await busy.execute("ROLLBACK")

    run(dsn, scenario)


def test_all_that_is_visible(dsn: str) -> None:
    """Who is told by others of what appears later need not wait, and knows from where to go on another time."""

    async def scenario(world: World) -> None:
        begin = await world.history.end()
        assert begin is not None
        async with world.writer() as slow:
            await world.write(world.pool, "first")
            await slow.execute("BEGIN")
            number = await world.write(slow, "slow")
            last = [await world.write(world.pool, "later") for _ in range(3)][-1]
            (page,) = [page async for page in world.history.since(world.project_id, begin, None, ahead=True)]
            assert [row["event"] for row in page.rows] == ["first", "later", "later", "later"]
            assert (page.reached, page.settled, page.more) == (last, number - 1, False)
            page = await world.history.page(world.project_id, begin, None, most=2, ahead=True)
            assert (page.reached, page.settled, page.more) == (number + 1, number - 1, True)
            await slow.execute("COMMIT")
        assert await world.names(page.settled) == ["slow", "later", "later", "later"]
        assert await world.history.has(begin, last)
        assert not await world.history.has(begin, 10**15)

    run(dsn, scenario)


def test_savepoints(dsn: str) -> None:
    async def scenario(world: World) -> None:
        begin = await world.history.end()
        assert begin is not None
        async with world.writer() as one:
            await one.execute("BEGIN; SAVEPOINT a")
            await world.write(one, "undone")
            await one.execute("ROLLBACK TO SAVEPOINT a")
            await world.write(world.pool, "quick")
            await world.write(one, "kept")
            await world.write(world.pool, "last")
            assert await world.names(begin, patience=0.05) == []  # the writer may have taken any number
            await one.execute("COMMIT")
            assert await world.names(begin) == ["quick", "kept", "last"]

    run(dsn, scenario)


@pytest.mark.parametrize("seed", [1, 2])
def test_readers_beside_many_writers_miss_nothing(dsn: str, seed: int) -> None:
    """Transactions of several rows begin, wait, commit and roll back; readers poll, each at its own pace."""

    async def scenario(world: World) -> None:
        chance = random.Random(seed)
        begin = await world.history.end()
        assert begin is not None
        committed: dict[int, str] = {}
        done = False

        async def write(count: int) -> None:
            async with world.writer() as connection:
                for _ in range(count):
                    await connection.execute("BEGIN")
                    made = {}
                    for _ in range(chance.randint(1, 3)):
                        name = ids.unique()
                        made[await world.write(connection, name)] = name
                        await asyncio.sleep(chance.choice((0, 0, 0.002, 0.02)))
                    if chance.random() < 0.3:
                        await connection.execute("ROLLBACK")
                    else:
                        await connection.execute("COMMIT")
                        committed.update(made)

        async def read(history: History, most: int, patience: float) -> list[int]:
            after, found = begin, list[int]()
            while True:
                last_round = done
                page = await history.page(world.project_id, after, None, most=most, patience=patience)
                assert page.reached >= after
                found += [row["number"] for row in page.rows]
                after = page.reached
                if last_round and not page.more:
                    return found
                await asyncio.sleep(chance.choice((0, 0.001, 0.01)))

        async def begin_anew() -> None:
            """Who starts in the midst of it, with what there is, then has all."""
            history = History(world.pool)
            start = await history.end()
            assert start is not None
            sql = "SELECT number FROM outbox WHERE project_id = $1"
            there = {row["number"] for row in await world.pool.fetch(sql, world.project_id)}
            rest: set[int] = set()
            while not done or not there | rest >= set(committed):
                page = await history.page(world.project_id, start, None)
                rest |= {row["number"] for row in page.rows}
                start = page.reached
                await asyncio.sleep(0.005)
            assert there | rest == set(committed)

        shared, alone = world.history, History(world.pool)
        readers = [
            asyncio.create_task(read(history, most, patience))
            for history, most, patience in ((shared, 1000, 0.1), (shared, 3, 0.0), (alone, 7, 0.01))
        ]
        late = asyncio.create_task(_after(0.2, begin_anew))
        await asyncio.gather(*(write(25) for _ in range(8)))
        done = True
        for found in await asyncio.gather(*readers):
            assert found == sorted(committed)
        await late

    run(dsn, scenario)


async def _after(seconds: float, then: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(seconds)
    await then()


def test_what_is_not_kept(dsn: str) -> None:
    async def scenario(world: World) -> None:
        settings = settings_for_tests(event_retention_seconds=30 * 86_400)
        await partitions.drop_old(world.pool, settings)
        now = clock.now()
        for days in (400, 399):
            await partitions.prepare(world.pool, now - timedelta(days=days))
        sql = (
            "INSERT INTO outbox (created_at, project_id, event) SELECT $1::timestamptz - n * interval '1 day', $2, "
            "'e' || n FROM generate_series(401, 390, -1) n RETURNING number"
        )
        numbers = [row["number"] for row in await world.pool.fetch(sql, now, world.project_id)]
        await world.write(world.pool, "kept")
        assert len(await world.names(numbers[0] - 1)) == 13
        await partitions.drop_old(world.pool, settings, now - timedelta(days=365))
        assert await world.names(numbers[-1] - 1) == ["e390", "kept"]  # of the default partition's rest
        await partitions.drop_old(world.pool, settings)
        assert await world.names(numbers[-1]) == ["kept"]
        for after in (0, numbers[0], numbers[-1] - 1, 2**62):
            with pytest.raises(Gone):
                await world.names(after)

    run(dsn, scenario)


def test_pages_are_bounded(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(world: World) -> None:
        begin = await world.history.end()
        assert begin is not None
        other = World(dsn, world.pool)
        sql = "INSERT INTO outbox (project_id, event) SELECT $1, 'x' FROM generate_series(1, 2500) RETURNING number"
        passed = [row["number"] for row in await world.pool.fetch(sql, other.project_id)]
        await world.write(world.pool, "mine")
        page = await world.history.page(world.project_id, begin, None)
        assert (page.rows, page.reached, page.more) == ([], passed[999], True)
        assert await world.names(begin) == ["mine"]
        big = "".join(chr(random.randint(0x4E00, 0x9FFF)) for _ in range(600_000))
        for _ in range(5):
            await world.write(world.pool, "big", payload={"text": big})
        pages = [page async for page in world.history.since(world.project_id, passed[-1], None)]
        assert [len(page.rows) for page in pages] == [4, 2]
        assert world.history._marks

    run(dsn, scenario)


def test_old_days_are_not_read(dsn: str) -> None:
    async def scenario(world: World) -> None:
        begin = await world.history.end()
        assert begin is not None
        await world.write(world.pool, "one")
        await world.names(begin)
        assert world.history._oldest(begin - 1) == module._BEGINNING
        (mark,) = world.history._marks
        assert world.history._oldest(mark[0]) == mark[1] - timedelta(days=1)

    run(dsn, scenario)
