"""Reading the outbox for what must not be missed: one reader at a time, positions, faults."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.data.pg import Pool, Record, Work
from appwrite_py.events import reader as reader_module
from appwrite_py.events.reader import Handle, Reader
from appwrite_py.kit import ids
from tests.examples import tries

_WRITE = "INSERT INTO outbox (project_id, event) VALUES ($1, $2) RETURNING number"
# What a handler does: a row for each event, which it does not make twice
_SEE = "INSERT INTO seen_events (reader, event) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_TABLE = "CREATE TABLE IF NOT EXISTS seen_events (reader text, event text, PRIMARY KEY (reader, event))"


class Scene:
    """A project of its own, whose events are read under a name of its own."""

    def __init__(self, dsn: str) -> None:
        self.dsn, self.id = dsn, f"r{ids.unique()}"
        self.pool = Pool(dsn, 6)
        self.handed: list[str] = []
        self.opened: list[Any] = []

    async def handle(self, work: Work, rows: Sequence[Record]) -> None:
        for row in rows:
            self.handed.append(row["event"])
            await work.write(_SEE, self.id, row["event"])

    def reader(self, handle: Handle | None = None, wanted: str = "true", begin_at: int | None = None) -> Reader:
        wanted = f"o.project_id = '{self.id}' AND {wanted}"
        return Reader(self.pool, self.dsn, self.id, handle or self.handle, wanted=wanted, patience=lambda: 0.02,
                      begin_at=begin_at)  # fmt: skip

    @contextlib.asynccontextmanager
    async def begun(self, reader: Reader) -> AsyncIterator[None]:
        """With a reader that has its turn."""
        async with reader.reading():
            await until(lambda: self.position())
            yield

    async def position(self) -> Any:
        return await self.pool.fetchval("SELECT position + 1 FROM event_readers WHERE name = $1", self.id)

    async def connect(self) -> Any:
        self.opened.append(await asyncpg.connect(self.dsn))
        return self.opened[-1]

    async def write(self, *events: str) -> None:
        for event in events:
            await self.pool.fetch(_WRITE, self.id, event)

    async def seen(self) -> list[str]:
        rows = await self.pool.fetch("SELECT event FROM seen_events WHERE reader = $1 ORDER BY event", self.id)
        return [row["event"] for row in rows]

    async def sees(self, *events: str) -> None:
        async def all_of_them() -> bool:
            return await self.seen() == sorted(events)

        await until(all_of_them)


async def until(holds: Callable[[], Awaitable[Any]]) -> None:
    for _ in range(500):
        if await holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come about")


def play(dsn: str, scene: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        made = Scene(dsn)
        await made.pool.fetch(_TABLE)
        try:
            await asyncio.wait_for(scene(made), 60)
        finally:
            for connection in made.opened:
                await connection.close()
            await made.pool.fetch("DELETE FROM event_readers WHERE name = $1", made.id)
            await made.pool.close()

    asyncio.run(run())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "_TURN_SECONDS", 0.05)
    monkeypatch.setattr(reader_module, "_AGAIN_SECONDS", 0.02)


def test_a_new_reader_begins_at_the_end(dsn: str) -> None:
    async def scene(it: Scene) -> None:
        await it.write("before")
        async with it.begun(it.reader()):
            await it.write("after", "more")
            await it.sees("after", "more")
        assert it.handed == ["after", "more"]

    play(dsn, scene)


def test_or_at_a_number(dsn: str) -> None:
    async def scene(it: Scene) -> None:
        await it.write("one", "two")
        number = await it.pool.fetchval("SELECT number FROM outbox WHERE project_id = $1 AND event = 'one'", it.id)
        async with it.begun(it.reader(begin_at=number)):
            await it.sees("two")
            await it.write("three")
            await it.sees("two", "three")

    play(dsn, scene)


def test_it_goes_on_where_it_ended(dsn: str) -> None:
    async def scene(it: Scene) -> None:
        async with it.begun(it.reader()):
            await it.write("a")
            await it.sees("a")
        await it.write("b", "c")
        async with it.begun(it.reader()):
            await it.sees("a", "b", "c")
        assert it.handed[-2:] == ["b", "c"]

    play(dsn, scene)


@given(st.data())
@tries(4)
def test_every_transaction_once_in_whatever_order_they_commit(dsn: str, data: st.DataObject) -> None:
    """Some are rolled back, and the reader is stopped and begun again in between."""
    count = 6
    order = data.draw(st.permutations(range(count)))
    kept = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    stops = data.draw(st.sets(st.integers(0, count - 1), max_size=2))

    async def scene(it: Scene) -> None:
        async with it.begun(it.reader()):
            pass
        transactions = []
        for at in range(count):
            connection = await it.connect()
            transactions.append(connection.transaction())
            await transactions[-1].start()
            await connection.fetchval(_WRITE, it.id, f"e{at}")
        wanted: list[str] = []
        for turn, at in enumerate(order):
            async with it.begun(it.reader()):
                await (transactions[at].commit() if kept[at] else transactions[at].rollback())
                wanted += [f"e{at}"] if kept[at] else []
                if turn not in stops:
                    await it.sees(*wanted)
        async with it.begun(it.reader()):
            await it.sees(*wanted)

    play(dsn, scene)


def test_two_at_once_take_turns(dsn: str) -> None:
    async def scene(it: Scene) -> None:
        async with it.begun(it.reader()), it.reader().reading():
            events = [f"e{n:03}" for n in range(60)]
            await it.write(*events)
            await it.sees(*events)
        assert sorted(it.handed) == events

    play(dsn, scene)


def test_another_takes_over_when_the_connection_is_lost(dsn: str) -> None:
    async def scene(it: Scene) -> None:
        async with it.begun(it.reader()), it.reader().reading():
            await it.write("a")
            await it.sees("a")
            await it.pool.fetch(
                "SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted "
                "AND l.classid = $1::bigint::oid AND l.objid = (hashtext($2)::bigint & 4294967295)::oid",
                reader_module._LOCKS, it.id,
            )  # fmt: skip
            await it.write("b")
            await it.sees("a", "b")
        assert set(it.handed) == {"a", "b"}  # behind numbers that are missing, it is read again

    play(dsn, scene)


def test_one_whose_turn_was_lost_unnoticed_changes_nothing(dsn: str) -> None:
    async def scene(it: Scene) -> None:
        async def overtaken(work: Work, rows: Sequence[Record]) -> None:
            if not it.handed:
                await it.pool.fetch("UPDATE event_readers SET position = $2 WHERE name = $1", it.id, rows[0]["number"])
            await it.handle(work, rows)

        async with it.begun(it.reader(overtaken)):
            await it.write("a")  # by then the other has read it, too
            await it.write("b")
            await it.sees("b")
        assert "a" in it.handed

    play(dsn, scene)


def test_what_fails_is_read_again_and_leaves_nothing_half_done(dsn: str) -> None:
    async def scene(it: Scene) -> None:
        async def failing(work: Work, rows: Sequence[Record]) -> None:
            await it.handle(work, rows)
            if len(it.handed) < 3:
                raise asyncpg.CannotConnectNowError("not now")

        async with it.begun(it.reader(failing)):
            await it.write("a")
            await it.sees("a")
        assert it.handed == ["a"] * 3

    play(dsn, scene)


def test_one_bad_event_does_not_hold_up_the_others(dsn: str) -> None:
    async def scene(it: Scene) -> None:
        async def choosy(work: Work, rows: Sequence[Record]) -> None:
            await it.handle(work, rows)
            if any(row["event"] == "bad" for row in rows):
                raise KeyError("bad")

        async with it.begun(it.reader(choosy)):
            work = Work(it.pool)
            for event in ("good", "bad", "better"):
                await work.write(_WRITE, it.id, event)
            await work.commit()
            await it.sees("good", "better")
            await it.write("next")
            await it.sees("good", "better", "next")

    play(dsn, scene)


def test_what_nobody_wants_is_passed_by(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "_NOTED_EVERY_SECONDS", 0.0)

    async def scene(it: Scene) -> None:
        async with it.begun(it.reader(wanted="o.event LIKE 'w%'")):
            before = await it.position()
            await it.write("other", "another")

            async def moved() -> bool:
                return bool(await it.position() >= before + 2)

            await until(moved)
            assert it.handed == []
            await it.write("wanted")
            await it.sees("wanted")

    play(dsn, scene)
