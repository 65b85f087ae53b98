"""One warm container of a function: it is started, given calls, and removed; whatever happens, its calls are told."""

from __future__ import annotations

import asyncio
import contextlib
import math
import secrets
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import structlog

from appwrite_py.compute.archives import BadArchive
from appwrite_py.compute.docker.containers import Container
from appwrite_py.compute.docker.engine import EngineFault
from appwrite_py.compute.executors import lines
from appwrite_py.compute.executors.answers import TOO_LARGE, are_too_large, passed_on
from appwrite_py.compute.executors.base import TIMED_OUT, Call, Headers
from appwrite_py.compute.executors.exchange import Answer, BadAnswer, exchange
from appwrite_py.compute.executors.log_files import LogFiles
from appwrite_py.compute.executors.worker import (
    GRACE_SECONDS,
    OTHER_LATE,
    START_SECONDS,
    STOPPED,
    Item,
    crash_text,
)
from appwrite_py.kit.tasks import all_ended

_MAKE_SECONDS = 120.0
"""For the image, the code, and whatever the engine does meanwhile."""
_LOOK_SECONDS = 0.03
_EXIT_SECONDS = 1.0
_LINES = 40
_REMOVALS = 5
_NOT_IN_TIME = "The container of the function did not start in time."
_PROBE = Call("probe", "GET", "/__opr/health")
"""Answered by every server: this path by new ones, and whatever comes without the secret by all."""

_log = structlog.get_logger(__name__)


class ContainerWorker:
    """A container. `changed` is called whenever it may have room for calls, or no longer."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.ready = self.retiring = self.gone = False
        self.used_at = time.monotonic()
        self.failure = ""
        """Why it is gone, for a container that never got ready."""
        self.unbegun: list[Item] = []
        """Calls that others can do: none, as nobody knows what a server has begun."""
        self._changed = changed
        self._items: dict[Item, asyncio.Task[None]] = {}
        self._container: Container | None = None
        self._logs: LogFiles | None = None
        self._own: Headers = []
        self._leaving = asyncio.Event()
        self._ending: asyncio.Task[None] | None = None
        self._exit: asyncio.Task[tuple[int, bool]] | None = None
        self._stopped = False

    @property
    def load(self) -> int:
        """Calls that it has."""
        return len(self._items)

    def has_room(self, most: int) -> bool:
        """Whether it takes another call at once."""
        return self.ready and not self.retiring and not self.gone and self.load < most

    async def start(self, container: Container, run: Callable[[], Awaitable[None]], own: Headers, folder: Path) -> None:
        """Start the container with `run`; afterwards it is ready, or gone. `own` are headers that every call needs."""
        if self.gone:
            return
        self._container, self._own, self._logs = container, own, LogFiles(container, folder)
        starting = asyncio.create_task(self._begin(run))
        leaving = asyncio.create_task(self._leaving.wait())
        try:
            await asyncio.wait({starting, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
        except (EngineFault, BadArchive) as fault:
            self.failure = str(fault)
        except TimeoutError:
            self.failure = _NOT_IN_TIME
        except Exception:
            _log.exception("a container could not be started")
            self.failure = "The container of the function could not be started. The server's log says why."
        finally:
            await all_ended(leaving, starting)
        if not self.ready:
            self._end()
            await self.ended()

    def submit(self, item: Item) -> None:
        """Give it a call, for which it must have room."""
        self.used_at = item.sent_at = item.begun_at = time.monotonic()
        item.attempts += 1
        self._items[item] = asyncio.create_task(self._do(item), name="call")

    def retire(self) -> None:
        """No new calls; it ends with the last one."""
        self.retiring = True
        if not self._items:
            self._end()

    def stop(self) -> None:
        """End it now; its calls are told."""
        self._stopped = True
        self._end()

    async def closed(self) -> None:
        """Wait until it begins to end."""
        await self._leaving.wait()

    async def ended(self) -> None:
        """Wait until nothing is left of it."""
        if self._ending:
            await asyncio.shield(self._ending)

    # --- the start ----------------------------------------------------------------------------------------
    async def _begin(self, run: Callable[[], Awaitable[None]]) -> None:
        assert self._container is not None
        assert self._logs is not None
        async with asyncio.timeout(_MAKE_SECONDS):
            await run()
        self._exit = asyncio.create_task(self._container.exited())
        self._exit.add_done_callback(lambda _: self._end())
        async with asyncio.timeout(START_SECONDS):
            await self._until_listening(self._container)
        await self._logs.prepare()
        if not self.gone:
            self.ready = True
            self._changed()

    async def _until_listening(self, container: Container) -> None:
        await container.locate()
        while True:
            try:
                await exchange(partial(lines.connect, container), _PROBE, [])
                return
            except (OSError, BadAnswer):
                await asyncio.sleep(_LOOK_SECONDS)

    # --- calls --------------------------------------------------------------------------------------------
    async def _do(self, item: Item) -> None:
        assert self._container is not None
        call, name = item.call, secrets.token_hex(16)
        seconds = max(1, math.ceil(call.timeout))
        own = [
            *self._own,
            ("x-open-runtimes-timeout", str(seconds)),
            ("x-open-runtimes-logging", "enabled" if call.logging else "disabled"),
            ("x-open-runtimes-log-id", name),
        ]
        try:
            async with asyncio.timeout(seconds + GRACE_SECONDS):
                answer = await exchange(partial(lines.connect, self._container), call, own)
        except TimeoutError:
            await self._keep_logs(item, name)
            item.end(500, error=TIMED_OUT)
            self._done(item)
            self._end()
        except asyncio.CancelledError:
            item.end(500, error=STOPPED if self._stopped else OTHER_LATE)
            raise
        except (OSError, BadAnswer) as fault:
            await self._failed(item, name, fault)
            self._done(item)
        else:
            await self._keep_logs(item, answer.log_id or name)
            _tell(item, answer)
            self._done(item)

    def _done(self, item: Item) -> None:
        self._items.pop(item, None)
        self.used_at = time.monotonic()
        if self.retiring and not self._items:
            self._end()
        self._changed()

    async def _keep_logs(self, item: Item, name: str) -> None:
        if item.call.logging and self._logs is not None:
            logs, errors = await self._logs.take(name)
            item.logs.add(logs)
            item.errors.add(errors)

    async def _failed(self, item: Item, name: str, fault: Exception) -> None:
        """There is no answer: because the container has ended, or a process in it."""
        assert self._exit is not None
        assert self._container is not None
        assert self._logs is not None
        await asyncio.wait({self._exit}, timeout=_EXIT_SECONDS)
        if not self._exit.done():
            await self._keep_logs(item, name)
            since = time.time() - (time.monotonic() - item.begun_at)
            with contextlib.suppress(EngineFault):
                item.errors.add(f"{printed}\n" if (printed := await self._container.output(_LINES, since)) else "")
            item.end(500, error=str(fault) or type(fault).__name__)
        elif self._stopped:
            item.end(500, error=STOPPED)
        else:
            if item.call.logging:
                logs, errors = await self._logs.take_from_dead(name)
                item.logs.add(logs)
                item.errors.add(errors)
            item.end(500, error=await self._crash())

    # --- the end ------------------------------------------------------------------------------------------
    def _end(self) -> None:
        if self._ending is None:
            self.gone = True
            self._leaving.set()
            self._ending = asyncio.get_running_loop().create_task(self._ended(), name="end of a container")

    async def _ended(self) -> None:
        crashed = self._exit is not None and self._exit.done()
        if crashed and not self.ready and not self.failure:
            self.failure = await self._crash()
        tasks = set(self._items.values())
        if crashed and tasks:
            await asyncio.wait(tasks, timeout=2 * _EXIT_SECONDS)  # they find out what has happened
        await all_ended(*tasks)
        self._items.clear()
        if self._logs is not None:
            await self._logs.close()
        await self._remove()
        self.failure = self.failure or (STOPPED if self._stopped else _NOT_IN_TIME)
        self._changed()

    async def _crash(self) -> str:
        """Why the container has ended that was not to."""
        assert self._container is not None
        assert self._exit is not None
        try:
            code, no_memory = self._exit.result()
            printed = await self._container.output(_LINES)
        except EngineFault as fault:
            return str(fault)
        return crash_text(code, printed, no_memory=no_memory)

    async def _remove(self) -> None:
        for attempt in range(_REMOVALS if self._container is not None else 0):
            try:
                assert self._container is not None
                await self._container.remove()
                break
            except EngineFault as fault:
                if attempt == _REMOVALS - 1:
                    _log.warning("a container could not be removed", reason=str(fault))
                await asyncio.sleep(0.1 * 2**attempt)
        if self._exit is not None:
            self._exit.cancel()
            with contextlib.suppress(asyncio.CancelledError, EngineFault):
                await self._exit


def _tell(item: Item, answer: Answer) -> None:
    if are_too_large(answer.headers):
        item.end(500, error=TOO_LARGE)
    elif not 200 <= answer.status <= 599:
        item.end(500, error=f"The function has answered with the status {answer.status}, which there is not.")
    else:
        item.end(answer.status, passed_on(answer.headers), bytes(answer.body))
