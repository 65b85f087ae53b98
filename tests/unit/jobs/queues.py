"""What tests of the queue share: a pool, an empty queue, waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from appwrite_py.data.pg import Pool, Work
from appwrite_py.jobs import queue

Test = Callable[[Pool], Awaitable[None]]
_EMPTY = "DELETE FROM pgqueuer WHERE entrypoint LIKE 'test%'"


def run(dsn: str, test: Test) -> None:
    """A test with a pool, and no jobs named `test…` before and after."""

    async def main() -> None:
        pool = Pool(dsn, 4)
        await pool.start()
        await pool.fetch(_EMPTY)
        try:
            await asyncio.wait_for(test(pool), 30)
        finally:
            await pool.fetch(_EMPTY)
            await pool.close()

    asyncio.run(main())


async def leave(pool: Pool, *payloads: bytes, commit: bool = True, unique: str = "") -> None:
    work = Work(pool)
    for payload in payloads:
        await queue.enqueue(work, "test", payload, unique=unique)
    await (work.commit() if commit else work.rollback())


async def until(done: Callable[[], bool]) -> None:
    while not done():  # noqa: ASYNC110 - what is waited for happens in handlers, and in the database
        await asyncio.sleep(0.02)


async def until_rows(pool: Pool, statement: str, wanted: list[tuple[object, ...]]) -> None:
    while [tuple(row) for row in await pool.fetch(statement)] != wanted:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
