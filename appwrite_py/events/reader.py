"""Reading the outbox for what must not be missed: webhooks, and what else has to follow an event.

A reader has a name and a position in the database. Of all processes one reads at a time under a name, and what it makes
of a turn's rows is committed together with the position behind them, so that whoever reads on begins where it
ended, after a crash as well. Behind the position, rows may be handed over a second time: those that came after a
transaction that was still under way. So handlers leave alone what they have done before.

A reader says which rows it wants. Of all others it learns no more than the numbers, which costs next to nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import asyncpg
import structlog

from appwrite_py.data.pg import UNREACHABLE, Pool, Record, Work, trouble
from appwrite_py.events.tail import AT_ONCE, MISSING, Tail
from appwrite_py.kit.tasks import beside

log = structlog.get_logger("appwrite_py.events")
Handle = Callable[[Work, Sequence[Record]], Awaitable[None]]
"""Does what follows from some rows, in a unit of work that the reader commits."""

POLL_SECONDS = 1.0
"""How long it waits to be woken before it looks by itself."""
_BUSY_SECONDS, _IDLE_SECONDS = 0.02, 0.25
"""From one look to the next at least, where some of what was read is wanted and where nothing is."""
_TURN_SECONDS = 3.0
_AGAIN_SECONDS = 1.0
_NOTED_EVERY_SECONDS = 10.0
"""How often the position is noted while nothing follows from what is read."""
_LOCKS = 0x6576656E  # the space of advisory locks that readers' names are in
# A process that was cut off from the database loses its turn within a minute
_SESSION = {"application_name": "appwrite_py reader", "tcp_keepalives_idle": "20", "tcp_keepalives_interval": "10",
            "tcp_keepalives_count": "3"}  # fmt: skip
_OF_ROWS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)

# read_outbox: as in `tail.py`, for rows that are wanted in the same snapshot
_READ = f"""
SELECT o.number, o.created_at, e.* FROM (
  (SELECT o.* FROM {MISSING})
  UNION ALL
  (SELECT * FROM outbox WHERE number > $1 AND created_at >= $4 ORDER BY number LIMIT {AT_ONCE})) o
LEFT JOIN LATERAL (
  SELECT o.project_id, o.event, o.payload, o.actor_type, o.actor_id WHERE o.event <> '' AND {{wanted}}) e ON true
ORDER BY o.number"""
_POSITION = "SELECT position FROM event_readers WHERE name = $1"
_ADD = "INSERT INTO event_readers (name, position) VALUES ($1, $2)"
_MOVE = "UPDATE event_readers SET position = $3, updated_at = now() WHERE name = $1 AND position = $2 RETURNING 1"
_LOCK = f"SELECT pg_try_advisory_lock({_LOCKS}, hashtext($1))"


class Overtaken(Exception):
    """Another process has read on under the same name: the connection that held our turn must have been lost."""


def _passes(problem: Exception) -> bool:
    """Whether it may go better another time, as the database is at fault and no row."""
    return isinstance(problem, (*UNREACHABLE, Overtaken)) and not isinstance(problem, _OF_ROWS)


class Reader:
    """Reads under a name. `wanted` is an SQL condition on a row `o` of the outbox."""

    def __init__(self, pool: Pool, dsn: str, name: str, handle: Handle, *, wanted: str = "true",
                 patience: Callable[[], float] = lambda: POLL_SECONDS,
                 begin_at: int | None = None) -> None:  # fmt: skip
        """A reader that is new begins behind the number `begin_at`, or else with what happens from now on."""
        self._begin_at = begin_at
        self._pool, self._dsn, self.name, self._handle, self._patience = pool, dsn, name, handle, patience
        self._statement = _READ.format(wanted=wanted)
        self._woken = asyncio.Event()
        self._noted = 0.0
        self._position = 0
        self._problem: Exception | None = None
        self._handed = False

    def wake(self) -> None:
        """Look now: something has been written."""
        self._woken.set()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Read for as long as the block runs."""
        async with beside(self.run(), f"reader {self.name}"):
            yield

    async def run(self) -> None:
        """Wait for our turn and read, until cancelled. After any trouble it begins anew where it had come to."""
        while True:
            try:
                async with self._turn() as lost:
                    await self._read(lost)
            except Overtaken as problem:
                log.warning("a reader of the outbox begins anew", reader=self.name, problem=str(problem))
            except Exception as problem:
                log.warning("a reader of the outbox begins anew", reader=self.name, **trouble(problem))
            await asyncio.sleep(_AGAIN_SECONDS)

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[asyncio.Event]:
        """Our turn, which is ours until the event happens: then the connection that holds it is lost."""
        connection = await asyncpg.connect(self._dsn, server_settings=_SESSION)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            while not await connection.fetchval(_LOCK, self.name):  # noqa: ASYNC110 - what is waited for happens in another process
                await asyncio.sleep(_TURN_SECONDS)
            yield lost
        finally:
            await connection.close(timeout=2)

    async def _read(self, lost: asyncio.Event) -> None:
        tail = Tail(self._pool, self._deliver, read=self._statement)
        self._tail = tail
        await self._begin(tail)
        while not lost.is_set():
            looked, self._handed = time.monotonic(), False
            full = await tail.turn()
            if self._problem is not None:
                raise self._problem
            await self._note(tail.settled)
            if not full:
                await self._rest(looked)

    async def _begin(self, tail: Tail) -> None:
        self._problem, self._noted = None, time.monotonic()
        known = await self._pool.fetchval(_POSITION, self.name)
        await tail.begin(self._begin_at if known is None else known)
        self._position = tail.settled
        if known is None:
            await self._pool.fetch(_ADD, self.name, self._position)

    async def _deliver(self, rows: Sequence[Record]) -> None:
        """Hand a turn's rows over. Where the database fails, the turn ends, and they will be read again."""
        self._handed = True
        try:
            await self._together(rows)
        except Exception as problem:
            if _passes(problem):
                self._problem = problem
            else:
                log.warning("events are handed over one by one", reader=self.name, problem=repr(problem))
                await self._apart(rows)

    async def _together(self, rows: Sequence[Record]) -> None:
        work = Work(self._pool)
        try:
            await self._handle(work, rows)
            if work.writing:
                await self._move(work, self._tail.settled)
                await work.commit()
        finally:
            await work.rollback()

    async def _apart(self, rows: Sequence[Record]) -> None:
        """Hand rows over one by one, so that one that nothing can be made of does not hold up the others."""
        for row in rows:
            work = Work(self._pool)
            try:
                await self._handle(work, [row])
                await work.commit()
            except Exception as problem:
                if _passes(problem):
                    self._problem = problem
                    return
                log.error("an event was left out", reader=self.name, number=row["number"], exc_info=problem)
            finally:
                await work.rollback()

    async def _note(self, settled: int) -> None:
        """Note from time to time how far it has come where nothing followed from what it has read."""
        if settled == self._position or time.monotonic() - self._noted < _NOTED_EVERY_SECONDS:
            return
        work = Work(self._pool)
        try:
            await self._move(work, settled)
            await work.commit()
        finally:
            await work.rollback()

    async def _move(self, work: Work, settled: int) -> None:
        """Raises Overtaken."""
        if not await work.write(_MOVE, self.name, self._position, settled):
            raise Overtaken("Another process has read on meanwhile.")
        self._position, self._noted = settled, time.monotonic()

    async def _rest(self, looked: float) -> None:
        """Until it is woken, but not so often as it is woken where much is written."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), self._patience())
        next_look = looked + (_BUSY_SECONDS if self._handed else _IDLE_SECONDS)
        await asyncio.sleep(max(0.0, next_look - time.monotonic()))
        self._woken.clear()
