"""The lasting task that builds indexes of large tables: in every process, each table in one of them at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import structlog

from appwrite_py.data import builder, builds
from appwrite_py.data.catalogue import Catalogue
from appwrite_py.data.pg import Pool
from appwrite_py.data.schema import Collection, Index
from appwrite_py.events import outbox
from appwrite_py.services.databases import models
from appwrite_py.services.databases.words import BY_TYPE

log = structlog.get_logger("appwrite_py.jobs")
AT_ONCE = 2  # so that one build that waits for a long transaction does not hold up everybody's
LOOK_SECONDS = 30.0  # for what nobody told of: a process has died that was at it
AGAIN_SECONDS = 2.0  # somebody else has the table; or the build was cancelled for a change that is done in a moment
_EVENT = "databases.{}.collections.{}.indexes.{}.update"
_SERVER = outbox.Actor("server", "", "", "")


@contextlib.asynccontextmanager
async def indexes_built(pool: Pool, catalogue: Catalogue, dsn: str) -> AsyncIterator[None]:
    """Build the indexes that wait for it for as long as the block runs."""
    wake = asyncio.Event()
    jobs = [_listen(dsn, wake), *(_build_for_ever(pool, catalogue, dsn, wake) for _ in range(AT_ONCE))]
    tasks = [asyncio.create_task(job, name="index builder") for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(dsn: str, wake: asyncio.Event) -> None:
    """Set `wake` whenever an index has been asked for; on a connection of its own, opened again when it breaks."""
    while True:
        with contextlib.suppress(*builder.PASSING):
            connection = await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": "appwrite_py"})
            try:
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                await connection.add_listener(builds.CHANNEL, lambda *_: wake.set())
                wake.set()  # nobody listened until now
                await lost.wait()
            finally:
                connection.terminate()
        await asyncio.sleep(AGAIN_SECONDS)


async def _build_for_ever(pool: Pool, catalogue: Catalogue, dsn: str, wake: asyncio.Event) -> None:
    while True:
        wake.clear()
        try:
            left = await build_waiting(pool, catalogue, dsn)
        except builder.PASSING as problem:
            log.warning("indexes could not be built", problem=str(problem))
            left = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), AGAIN_SECONDS if left else LOOK_SECONDS)


async def build_waiting(pool: Pool, catalogue: Catalogue, dsn: str) -> bool:
    """Build what waits; whether something is left because somebody else is at it, or changes the table."""
    left = False
    for table in await builder.waiting(pool):
        if table.taken:
            left = True
            continue
        try:
            async with builder.claimed(dsn, table) as connection:
                if connection is None:
                    left = True
                else:
                    await _build_all(connection, pool, catalogue, table)
        except builder.PASSING as problem:
            log.info("index to be built later", collection=table.collection_id, problem=str(problem))
            left = True
        except Exception:
            log.exception("index could not be built", collection=table.collection_id)
    return left


async def _build_all(connection: asyncpg.Connection, pool: Pool, catalogue: Catalogue, table: builder.Waiting) -> None:
    while found := await builder.next_of(pool, catalogue, table):
        collection, index = found
        outcome = await builder.build(connection, collection, index)
        async with connection.transaction():
            settled = await builder.settle(connection, collection, index, outcome)
            if settled is not None:
                await connection.execute(outbox.INSERT, *_told(collection, settled))
        log.info("index built", collection=collection.id, index=index.key, status=outcome.status, error=outcome.error)


def _told(collection: Collection, index: Index) -> tuple[Any, ...]:
    """The event of an index whose status has changed, as a row of the outbox."""
    database = collection.database
    words = BY_TYPE[database.type]
    event = words.event(_EVENT).format(database.id, collection.id, index.key)
    return (
        database.project_id, event, list(outbox.audience(event)), models.index(index, words), _SERVER.type, _SERVER.id,
        "", "", _SERVER.ip, _SERVER.user_agent,
    )  # fmt: skip
