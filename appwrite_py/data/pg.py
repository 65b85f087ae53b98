"""The way to PostgreSQL: connections, prepared statements, and a request's unit of work.

A connection keeps each statement prepared under its text and is handed over without a reset: nothing is ever left
set on one (transactions end with it, settings are local), which saves a round trip per request. A freed connection
goes to whoever has waited longest.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

import asyncpg
import orjson
from asyncpg.prepared_stmt import PreparedStatement
from sqlalchemy.dialects.postgresql.asyncpg import dialect as _asyncpg_dialect
from sqlalchemy.sql import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from appwrite_py.kit.clock import iso_from_epoch_2000

Record: TypeAlias = asyncpg.Record
UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What is raised while PostgreSQL is away, or refuses. The last one is asyncpg's, for a server that went in between."""
AWAY = (
    OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError,
)  # fmt: skip
"""Of that, what says nothing of the statement: the same one may go well in a moment."""
Statement = str | Executable
_PREPARED_PER_CONNECTION = 400
_PREPARED_CHARACTERS = 2_000_000
"""Of all texts together: clients compose statements as long as they like, and PostgreSQL keeps trees of each."""
_KEPT_LENGTH = 250_000
_DIALECT = _asyncpg_dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


def rendered(statement: Statement, args: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """SQL text and its arguments in order. Text goes through as it is; SQLAlchemy statements are compiled."""
    if isinstance(statement, str):
        return statement, args
    compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
    assert isinstance(compiled, SQLCompiler)
    values = compiled.params
    return compiled.string, [values[name] for name in compiled.positiontup or ()]


class Source(Protocol):
    """What rows can be read from: a pool, or a unit of work, which sees what it has written."""

    async def fetch(self, statement: Statement, *args: Any) -> list[Record]:
        """The rows of one statement."""
        ...


def trouble(problem: Exception) -> dict[str, Any]:
    """What the log is told, after which things go on: where it came from only if nobody has reckoned with it."""
    return {"problem": f"{type(problem).__name__}: {problem}", "exc_info": not isinstance(problem, UNREACHABLE)}


class Connection:
    """One connection with its prepared statements."""

    def __init__(self, raw: asyncpg.Connection) -> None:
        self.raw = raw
        self._prepared: OrderedDict[str, PreparedStatement[Record]] = OrderedDict()
        self._count = self._characters = 0

    async def fetch(self, sql: str, args: Sequence[Any]) -> list[Record]:
        """Run a statement and return its rows. A plan that a schema change has made stale is prepared once more."""
        try:
            prepared = self._prepared.get(sql) or await self._prepare(sql)
            rows: list[Record] = await prepared.fetch(*args)
            return rows
        except asyncpg.InternalClientError as lost:  # of track, as when the server goes away: of no use any more
            self.raw.terminate()
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # it may come in the place of the cancellation, which must go on
                raise asyncio.CancelledError from lost
            raise
        except (asyncpg.InvalidCachedStatementError, asyncpg.InternalServerError, asyncpg.FeatureNotSupportedError):
            if not self._forget(sql) or self.raw.is_in_transaction():
                raise
            await self.raw.reload_schema_state()
            again: list[Record] = await (await self._prepare(sql)).fetch(*args)
            return again  # named, since asyncpg is untyped

    async def script(self, sql: str) -> None:
        """Run statements without arguments, as one message: data definition, BEGIN, COMMIT."""
        await self.raw.execute(sql)

    async def _prepare(self, sql: str) -> PreparedStatement[Record]:
        if len(sql) > _KEPT_LENGTH:
            return await self.raw.prepare(sql, name="")
        while len(self._prepared) >= _PREPARED_PER_CONNECTION or self._characters > _PREPARED_CHARACTERS:
            self._forget(next(iter(self._prepared)))
        self._count += 1
        # A name of our own: without one, and with asyncpg's cache off, the statement would be planned at each use.
        made = self._prepared[sql] = await self.raw.prepare(sql, name=f"s{self._count}")
        self._characters += len(sql)
        return made

    def _forget(self, sql: str) -> bool:
        """Let go of a statement; whether there was one."""
        if self._prepared.pop(sql, None) is None:
            return False
        self._characters -= len(sql)
        return True


class Pool:
    """A fixed number of connections, opened when first needed and again when one has broken.

    `planned_once` is for statements whose best plan does not depend on their values: PostgreSQL then plans each one
    once. Left to itself it plans a look-up by an array anew every time, which costs four times the look-up.
    """

    def __init__(self, dsn: str, size: int, *, timeout_ms: int = 15_000, planned_once: bool = False) -> None:
        self._dsn, self._size, self._timeout_ms = dsn, size, timeout_ms
        self._plans = "force_generic_plan" if planned_once else "auto"
        self._free: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._open = 0
        self._closing = False

    async def start(self) -> None:
        """Open the first connection. Raises OSError or asyncpg.PostgresError when the server cannot be reached."""
        self._give(await self._take())

    async def close(self) -> None:
        """Close all connections; those in use when they come back."""
        self._closing = True
        while self._free:
            await self._drop(self._free.pop())

    async def fetch(self, statement: Statement, *args: Any) -> list[Record]:
        """The rows of one statement, which is its own transaction."""
        sql, values = rendered(statement, args)
        connection = await self._take()
        try:
            return await connection.fetch(sql, values)
        finally:
            self._give(connection)

    async def fetchrow(self, statement: Statement, *args: Any) -> Record | None:
        """The first row, None if there is none."""
        rows = await self.fetch(statement, *args)
        return rows[0] if rows else None

    async def fetchval(self, statement: Statement, *args: Any) -> Any:
        """The first column of the first row, None if there is none."""
        rows = await self.fetch(statement, *args)
        return rows[0][0] if rows else None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection of one's own, for statements that belong together."""
        connection = await self._take()
        try:
            yield connection
        finally:
            self._give(connection)

    async def _take(self) -> Connection:
        while self._free:
            connection = self._free.pop()
            if not connection.raw.is_closed():
                return connection
            self._open -= 1  # the server has closed it, as it does when it restarts
        if self._open < self._size:
            self._open += 1
            return await self._connect()
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            found = await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                handed = waiter.result()
                self._give_place() if handed is None else self._give(handed)
            raise
        return found or await self._connect()

    def _give(self, connection: Connection) -> None:
        if connection.raw.is_closed() or connection.raw.is_in_transaction() or self._closing:
            if not connection.raw.is_closed():
                connection.raw.terminate()
            self._give_place()
        elif not self._wake(connection):
            self._free.append(connection)

    def _give_place(self) -> None:
        """Pass the place of a lost connection on to whoever has waited longest, who opens a new one."""
        if not self._wake(None):
            self._open -= 1

    def _wake(self, connection: Connection | None) -> bool:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    async def _connect(self) -> Connection:
        """Open a connection, whose place has been counted."""
        try:
            raw = await asyncpg.connect(
                self._dsn,
                statement_cache_size=0,
                server_settings={
                    "application_name": "appwrite_py",
                    "timezone": "UTC",
                    "jit": "off",
                    "plan_cache_mode": self._plans,
                    # pgvector's: filters may leave a scan with too few rows; it goes on then, in exact order.
                    "hnsw.iterative_scan": "strict_order",
                    "statement_timeout": str(self._timeout_ms),
                    "idle_in_transaction_session_timeout": str(self._timeout_ms * 4),
                },
            )
            for kind in ("json", "jsonb"):
                await raw.set_type_codec(
                    kind, schema="pg_catalog", format="text", encoder=_to_json, decoder=orjson.loads
                )
            # Documents' times are read as `timestamp`, which costs a third of the way through datetime objects.
            await raw.set_type_codec(
                "timestamp", schema="pg_catalog", format="tuple", encoder=_refuse, decoder=_wire_time
            )
        except BaseException:
            self._give_place()
            raise
        return Connection(raw)

    async def _drop(self, connection: Connection) -> None:
        self._open -= 1
        await connection.raw.close(timeout=2)


@lru_cache(16_384)  # a document's two times are mostly one, and the same documents are listed again and again
def _wire_time(value: tuple[int]) -> str:
    return iso_from_epoch_2000(value[0])


def _refuse(value: Any) -> Any:
    raise TypeError("Times are written as timestamptz.")


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


class Work:
    """A request's unit of work: reads run on any connection, the first write opens one transaction for all of it.

    Handlers never commit; the pipeline calls `commit` or `rollback` once.
    """

    __slots__ = ("_connection", "_context", "pool")

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._connection: Connection | None = None
        self._context: Any = None

    @property
    def writing(self) -> bool:
        """Whether the transaction is open."""
        return self._connection is not None

    async def begin(self) -> Connection:
        """Open the transaction, if it is not open yet, and return its connection."""
        if self._connection is None:
            self._context = self.pool.connection()
            self._connection = await self._context.__aenter__()
            await self._connection.script("BEGIN")
        return self._connection

    async def fetch(self, statement: Statement, *args: Any) -> list[Record]:
        """The rows of a statement that reads; it sees what this unit of work has written."""
        if self._connection is None:
            return await self.pool.fetch(statement, *args)
        sql, values = rendered(statement, args)
        return await self._connection.fetch(sql, values)

    async def fetchrow(self, statement: Statement, *args: Any) -> Record | None:
        """The first row, None if there is none."""
        rows = await self.fetch(statement, *args)
        return rows[0] if rows else None

    async def fetchval(self, statement: Statement, *args: Any) -> Any:
        """The first column of the first row, None if there is none."""
        rows = await self.fetch(statement, *args)
        return rows[0][0] if rows else None

    async def write(self, statement: Statement, *args: Any) -> list[Record]:
        """Run a statement that changes something, inside the transaction, and return its rows."""
        connection = await self.begin()
        sql, values = rendered(statement, args)
        return await connection.fetch(sql, values)

    async def define(self, *statements: str) -> None:
        """Run data definition inside the transaction."""
        connection = await self.begin()
        for statement in statements:
            await connection.script(statement)

    async def commit(self) -> None:
        """Make the changes durable. Without a transaction there is nothing to do."""
        await self._end("COMMIT")

    async def rollback(self) -> None:
        """Forget the changes."""
        await self._end("ROLLBACK")

    async def _end(self, how: str) -> None:
        connection, context = self._connection, self._context
        if connection is None:
            return
        self._connection = self._context = None
        try:
            if not connection.raw.is_closed():
                await connection.script(how)
        finally:
            await context.__aexit__(None, None, None)


class Transaction:
    """A unit of work as a source all of whose statements are part of its transaction."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def fetch(self, statement: Statement, *args: Any) -> list[Record]:
        """The rows of one statement."""
        return await self._work.write(statement, *args)
