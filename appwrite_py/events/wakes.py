"""Telling those who read the outbox that something has been written: here at once, in other processes by NOTIFY.

A NOTIFY inside a change's own transaction would make all commits wait for each other (PostgreSQL takes a lock on the
whole database for it), so each process sends one of its own at most every few milliseconds, for all that has happened
meanwhile. None of it has to arrive: readers look by themselves, too, and often while nobody can wake them.

What happens seldom may have a channel of its own, which is heard over the same connection.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import asyncpg
import structlog

from appwrite_py.data.pg import Pool, trouble
from appwrite_py.kit import ids
from appwrite_py.kit.tasks import ended

log = structlog.get_logger("appwrite_py.events")
_CHANNEL = "appwrite_py_outbox"
_EVERY_SECONDS = 0.02
_AGAIN_SECONDS = 5.0
_PATIENT_SECONDS, _IMPATIENT_SECONDS = 1.0, 0.05
# Nothing is lost with a note, so its commit need not wait for the disk
_NOTIFY = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)"


class Wakes:
    """Wakes readers. Everything in the process that writes to the outbox calls `said` afterwards."""

    def __init__(self, pool: Pool, dsn: str) -> None:
        self._pool, self._dsn = pool, dsn
        self._name = ids.unique()
        self._readers: list[Callable[[], None]] = []
        self._channels: dict[str, Callable[[str], None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._heard = False

    @property
    def patience(self) -> float:
        """How many seconds a reader may wait before it looks by itself: few while it hears of no other process."""
        return _PATIENT_SECONDS if self._heard else _IMPATIENT_SECONDS

    @property
    def hears(self) -> bool:
        """Whether what other processes tell arrives here now."""
        return self._heard

    def hear(self, channel: str, told: Callable[[str], None]) -> None:
        """Call this with every note of a channel, and with an empty one whenever notes may have been missed."""
        self._channels[channel] = told

    def add(self, wake: Callable[[], None]) -> None:
        """Call this whenever something has been written, here or elsewhere."""
        self._readers.append(wake)

    def said(self) -> None:
        """Something has been written and committed."""
        self._wake()
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._notify(), name="wakes")

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear of what other processes write for as long as the block runs."""
        task = asyncio.create_task(self._listen(), name="wakes of others")
        try:
            yield
        finally:
            for each in (task, self._task):
                if each is not None:
                    await ended(each)

    def _wake(self) -> None:
        for wake in self._readers:
            wake()

    async def _notify(self) -> None:
        while self._again:
            self._again = False
            try:
                await self._pool.fetch(_NOTIFY, _CHANNEL, self._name)
            except Exception as problem:
                log.warning("other processes were not woken", **trouble(problem))
            await asyncio.sleep(_EVERY_SECONDS)

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except Exception as problem:
                log.warning("nothing is heard of other processes", **trouble(problem))
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _listen_once(self) -> None:
        """Listen until the connection is lost."""
        connection = await asyncpg.connect(self._dsn, server_settings={"application_name": "appwrite_py wakes"})
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(_CHANNEL, self._on_note)
            for channel in self._channels:
                await connection.add_listener(channel, self._on_told)
            self._heard = True
            self._wake()
            await lost.wait()
        finally:
            self._heard = False
            for told in self._channels.values():
                told("")
            await connection.close(timeout=2)

    def _on_note(self, _: object, __: int, ___: str, name: object) -> None:
        if name != self._name:
            self._wake()

    def _on_told(self, _: object, __: int, channel: str, note: object) -> None:
        self._channels[channel](str(note))
