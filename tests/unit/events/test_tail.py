"""Reading the outbox as it grows: transactions that commit in another order than they have written, or never."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.data.pg import Pool, Record
from appwrite_py.events.tail import Gaps, Tail

_WRITE = "INSERT INTO outbox (project_id, event) VALUES ('tail', $1) RETURNING number"


def reading(dsn: str, scene: Callable[[Tail, list[str], Callable[[], Awaitable[Any]]], Awaitable[None]]) -> None:
    """Play a scene with a tail that has begun, the names of the events that it handed on, and more connections."""

    async def run() -> None:
        pool, seen, opened = Pool(dsn, 2), list[str](), list[Any]()

        async def deliver(rows: Sequence[Record]) -> None:
            seen.extend(row["event"] for row in rows if row["project_id"] == "tail")

        async def connect() -> Any:
            opened.append(await asyncpg.connect(dsn))
            return opened[-1]

        reader = Tail(pool, deliver)
        await reader.begin()
        try:
            await scene(reader, seen, connect)
        finally:
            for connection in opened:
                await connection.close()
            await pool.close()

    asyncio.run(run())


def test_in_the_order_of_numbers(dsn: str) -> None:
    async def scene(reader: Tail, seen: list[str], connect: Callable[[], Awaitable[Any]]) -> None:
        one = await connect()
        for number in range(5):
            await one.fetchval(_WRITE, f"e{number}")
        await reader.turn()
        await reader.turn()
        assert seen == [f"e{number}" for number in range(5)]

    reading(dsn, scene)


def test_a_transaction_that_commits_late(dsn: str) -> None:
    async def scene(reader: Tail, seen: list[str], connect: Callable[[], Awaitable[Any]]) -> None:
        slow, quick = await connect(), await connect()
        transaction = slow.transaction()
        await transaction.start()
        await slow.fetchval(_WRITE, "slow")
        await quick.fetchval(_WRITE, "quick")
        await reader.turn()
        assert seen == ["quick"]  # nobody waits for the slow one
        await transaction.commit()
        await reader.turn()
        await reader.turn()
        assert seen == ["quick", "slow"]

    reading(dsn, scene)


def test_one_that_had_written_before_the_reading_began(dsn: str) -> None:
    async def run() -> None:
        slow = await asyncpg.connect(dsn)
        transaction = slow.transaction()
        await transaction.start()
        await slow.fetchval(_WRITE, "under way")
        other = await asyncpg.connect(dsn)
        await other.fetchval(_WRITE, "before")
        pool, seen = Pool(dsn, 2), list[str]()

        async def deliver(rows: Sequence[Record]) -> None:
            seen.extend(row["event"] for row in rows if row["project_id"] == "tail")

        reader = Tail(pool, deliver)
        await reader.begin()
        await reader.turn()
        assert seen == []
        await transaction.commit()
        await reader.turn()
        assert seen == ["under way"]
        for connection in (slow, other):
            await connection.close()
        await pool.close()

    asyncio.run(run())


def test_gaps_of_what_was_rolled_back_end(dsn: str) -> None:
    async def scene(reader: Tail, seen: list[str], connect: Callable[[], Awaitable[Any]]) -> None:
        one, long = await connect(), await connect()
        gone = one.transaction()
        await gone.start()
        await one.fetchval(_WRITE, "never")
        other = long.transaction()
        await other.start()
        await long.fetchval(_WRITE, "long")
        await gone.rollback()
        await one.fetchval(_WRITE, "after")
        await reader.turn()
        assert reader._gaps.firsts  # the long one is still under way
        await other.commit()
        await reader.turn()
        await reader.turn()
        assert (seen, reader._gaps.firsts) == (["after", "long"], [])

    reading(dsn, scene)


def test_one_that_has_begun_before_it_wrote(dsn: str) -> None:
    """The transaction has a higher number than all that have ended, which is what snapshots tell of."""

    async def scene(reader: Tail, seen: list[str], connect: Callable[[], Awaitable[Any]]) -> None:
        first, second = await connect(), await connect()
        one, two = first.transaction(), second.transaction()
        for each, connection in ((one, first), (two, second)):
            await each.start()
            await connection.fetchval("SELECT pg_current_xact_id()")
        await second.fetchval(_WRITE, "late")
        await first.fetchval(_WRITE, "soon")
        await one.commit()
        for _ in range(10):
            await reader.turn()
            await asyncio.sleep(0.02)
        assert seen == ["soon"]
        await two.commit()
        await reader.turn()
        assert seen == ["soon", "late"]

    reading(dsn, scene)


def test_many_at_once(dsn: str) -> None:
    async def scene(reader: Tail, seen: list[str], connect: Callable[[], Awaitable[Any]]) -> None:
        connections = [await connect() for _ in range(8)]
        task = asyncio.create_task(reader.run())

        async def write(at: int, connection: Any) -> None:
            for number in range(40):
                async with connection.transaction():
                    await connection.fetchval(_WRITE, f"{at}.{number}")
                    await asyncio.sleep(0.001 * (number % 3))
                reader.wake()

        await asyncio.gather(*(write(at, connection) for at, connection in enumerate(connections)))
        for _ in range(100):
            if len(seen) == 320:
                break
            await asyncio.sleep(0.05)
        task.cancel()
        assert sorted(seen) == sorted(f"{at}.{number}" for at in range(8) for number in range(40))
        for at in range(8):
            mine = [name for name in seen if name.startswith(f"{at}.")]
            assert mine == [f"{at}.{number}" for number in range(40)]

    reading(dsn, scene)


def test_a_fault_of_who_listens_holds_nothing_up(dsn: str) -> None:
    async def run() -> None:
        pool, seen = Pool(dsn, 2), list[str]()

        async def deliver(rows: Sequence[Record]) -> None:
            names = [row["event"] for row in rows if row["project_id"] == "tail"]
            if "bad" in names:
                raise ValueError("bad")
            seen.extend(names)

        reader, writer = Tail(pool, deliver), await asyncpg.connect(dsn)
        await reader.begin()
        for name in ("bad", "good"):
            await writer.fetchval(_WRITE, name)
            await reader.turn()
        assert seen == ["good"]
        await writer.close()
        await pool.close()

    asyncio.run(run())


@given(st.lists(st.integers(1, 40), unique=True))
def test_gaps_are_what_is_missing(found: list[int]) -> None:
    gaps = Gaps()
    gaps.note(1, 40)
    for number in found:
        assert gaps.close(number)
        assert not gaps.close(number)
    left = [n for first, last in zip(gaps.firsts, gaps.lasts, strict=True) for n in range(first, last + 1)]
    assert left == [number for number in range(1, 41) if number not in found]
