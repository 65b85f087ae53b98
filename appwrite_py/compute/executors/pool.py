"""The processes of one deployment: which of them does a call, when another is started, who waits for how long."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from appwrite_py.compute.executors.base import Call, Outcome, Unit
from appwrite_py.compute.executors.worker import STOPPED, Item

MOST_WAIT_SECONDS = 60.0
_ATTEMPTS = 3

FULL = "Too many calls of this function wait for a free process."
NOT_FREE = "No process was free for this call in time."


class Warm(Protocol):
    """A process or a container of a function; see `Worker`, which is one."""

    ready: bool
    retiring: bool
    gone: bool
    used_at: float
    failure: str
    unbegun: list[Item]

    @property
    def load(self) -> int: ...
    def has_room(self, most: int) -> bool: ...
    def submit(self, item: Item) -> None: ...
    def retire(self) -> None: ...
    def stop(self) -> None: ...
    async def closed(self) -> None: ...
    async def ended(self) -> None: ...


W = TypeVar("W", bound=Warm)
Start = Callable[["Pool[W]", W], Awaitable[None]]
"""Starts the process of a worker; afterwards it is ready, or gone and says why."""


class Pool(Generic[W]):
    """Processes that are alike.

    `depth`: that of the calls they do. `make` makes one that has not been started, and is given what to call when it
    has room. `may_start` says whether the server has room for one more, and makes it where it can; `freed` is told when
    one ends.
    """

    def __init__(
        self, unit: Unit, depth: int, make: Callable[[Callable[[], None]], W], start: Start[W],
        may_start: Callable[[Pool[W]], bool], freed: Callable[[], None], *, most: int, concurrency: int, queue: int,
    ) -> None:  # fmt: skip
        self.unit, self.depth = unit, depth
        self.workers: list[W] = []
        self.waiting: deque[Item] = deque()
        self._make, self._start, self._may_start, self._freed = make, start, may_start, freed
        self._most, self._concurrency, self._queue = most, concurrency, queue
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, call: Call) -> asyncio.Future[Outcome]:
        """Do the call. One that its caller gives up goes on without him, unless it still waits."""
        item = Item(call, asyncio.get_running_loop().create_future())
        if len(self.waiting) >= self._queue and not self._free():
            item.end(503, error=FULL, busy=True)
        else:
            self.waiting.append(item)
            self.dispatch()
        return item.outcome

    def dispatch(self) -> None:
        """Give waiting calls to processes with room, the oldest first, and start one more where that is not enough."""
        while self.waiting:
            if self.waiting[0].outcome.done():
                self.waiting.popleft()
                continue
            worker = self._free()
            if worker is None:
                self._grow()
                return
            worker.submit(self.waiting.popleft())

    def idle(self, seconds: float) -> list[W]:
        """Processes that have had nothing to do for so long, the longest first."""
        before = time.monotonic() - seconds
        unused = [w for w in self.workers if w.ready and not w.gone and not w.load and w.used_at <= before]
        return sorted(unused, key=lambda worker: worker.used_at)

    def tick(self) -> None:
        """What is to be looked at from time to time: calls that wait too long, processes that are held up."""
        before = time.monotonic() - MOST_WAIT_SECONDS
        while self.waiting and self.waiting[0].queued_at < before:
            self.waiting.popleft().end(503, error=NOT_FREE, busy=True)
        self.dispatch()

    def stop(self) -> None:
        """End everything now."""
        for item in self.waiting:
            item.end(503, error=STOPPED)
        self.waiting.clear()
        for worker in self.workers:
            worker.stop()

    async def ended(self) -> None:
        """Wait until nothing is left of it."""
        await asyncio.gather(*self._tasks, *(worker.ended() for worker in self.workers))

    def _free(self) -> W | None:
        free = [worker for worker in self.workers if worker.has_room(self._concurrency)]
        return min(free, key=lambda worker: worker.load, default=None)

    def _grow(self) -> None:
        staying = [worker for worker in self.workers if not worker.gone and not worker.retiring]
        if len(staying) >= self._most or not all(worker.ready for worker in staying) or not self._may_start(self):
            return
        worker = self._make(self.dispatch)
        self.workers.append(worker)
        task = asyncio.get_running_loop().create_task(self._live(worker))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _live(self, worker: W) -> None:
        """The life of a process."""
        await self._start(self, worker)
        if worker.ready:
            await worker.closed()
        await worker.ended()
        self.workers.remove(worker)
        self._take_back(worker)
        if not worker.ready and not any(other.ready and not other.gone for other in self.workers):
            # Most likely the next one would not start either
            for item in self.waiting:
                item.end(503, error=worker.failure)
            self.waiting.clear()
        self._freed()

    def _take_back(self, worker: W) -> None:
        for item in reversed(worker.unbegun):
            if item.attempts >= _ATTEMPTS:
                item.end(503, error=f"{_ATTEMPTS} processes ended before they began with this call.")
            else:
                self.waiting.appendleft(item)
