"""The pools of one server process: one for each deployment that is run, and together only so many processes.

Calls that other calls wait for have pools and room of their own, at each depth: see Call.depth.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from typing import Generic

from appwrite_py.compute.executors.base import Call, Outcome, Unit, belongs
from appwrite_py.compute.executors.pool import Pool, Start, W
from appwrite_py.settings import Settings


class Pools(Generic[W]):
    """All of them. `make` and `start` are those of each pool."""

    def __init__(self, settings: Settings, make: Callable[[Callable[[], None]], W], start: Start[W]) -> None:
        self._settings, self._make, self._start = settings, make, start
        self._pools: dict[tuple[str, int], Pool[W]] = {}
        self._leaving: list[Pool[W]] = []

    def all(self) -> list[Pool[W]]:
        """Also those whose unit has changed meanwhile, and that finish what they have."""
        return [*self._pools.values(), *self._leaving]

    def submit(self, unit: Unit, call: Call) -> asyncio.Future[Outcome]:
        """Do the call in a process of the unit. It is given up with the future, and not begun if it still waits."""
        return self._of(unit, call.depth).submit(call)

    async def stop(self, key_prefix: str | None = None) -> None:
        """End the processes of units; of all where no prefix is given."""
        stopped = [pool for pool in self.all() if key_prefix is None or belongs(pool.unit.key, key_prefix)]
        for pool in stopped:
            pool.stop()
        await asyncio.gather(*(pool.ended() for pool in stopped))
        self._drop_ended()

    def units(self) -> list[Unit]:
        """Those that have processes."""
        return [pool.unit for pool in self.all()]

    def leave(self, unit: Unit) -> None:
        """Let the processes of a unit do what they have, and no more."""
        for key, pool in list(self._pools.items()):
            if pool.unit is unit:
                del self._pools[key]
                self._leave(pool)

    def tick(self) -> None:
        """What is to be done from time to time: to look after those who wait, and to end what nobody needs."""
        for pool in self.all():
            pool.tick()
        for worker in self._unneeded():
            worker.retire()
        self._drop_ended()

    def _of(self, unit: Unit, depth: int) -> Pool[W]:
        pool = self._pools.get((unit.key, depth))
        if pool is not None and pool.unit.runs_like(unit):
            return pool
        if pool is not None:
            self._leave(pool)
        settings = self._settings
        self._pools[unit.key, depth] = pool = Pool(
            unit, depth, self._make, self._start, self._may_start, self._freed, most=settings.functions_processes_each,
            concurrency=settings.functions_concurrency, queue=settings.functions_queue,
        )  # fmt: skip
        return pool

    def _leave(self, pool: Pool[W]) -> None:
        """Let it do what it has, and no more."""
        self._leaving.append(pool)
        for worker in pool.idle(0):
            worker.retire()

    def _drop_ended(self) -> None:
        self._leaving = [pool for pool in self._leaving if pool.workers or pool.waiting]
        for key, pool in list(self._pools.items()):
            if not pool.workers and not pool.waiting:
                del self._pools[key]

    def _unneeded(self) -> Iterator[W]:
        for pool in self._pools.values():
            yield from pool.idle(self._settings.compute_idle_seconds)
        for pool in self._leaving:
            yield from pool.idle(0)

    # --- room ---------------------------------------------------------------------------------------------
    def _may_start(self, asking: Pool[W]) -> bool:
        """Whether there is room for a process, where need be in the place of another that has nothing to do."""
        alike = [pool for pool in self.all() if pool.depth == asking.depth]
        workers = list(itertools.chain.from_iterable(pool.workers for pool in alike))
        most = self._settings.functions_processes
        if len(workers) < (-(-most // 2) if asking.depth else most):
            return True
        if any(worker.gone for worker in workers):
            return False  # there soon will be: see _freed
        others = [pool for pool in alike if pool is not asking]
        unused = [worker for pool in others for worker in pool.idle(0)]
        if unused:
            min(unused, key=lambda worker: worker.used_at).retire()
        elif not asking.workers and not any(worker.retiring for worker in workers):
            self._make_room(others)
        return False

    def _freed(self) -> None:
        for pool in sorted(self.all(), key=lambda pool: len(pool.workers)):
            pool.dispatch()

    def _make_room(self, others: list[Pool[W]]) -> None:
        """For a unit without any process: of the unit that has the most, the oldest finishes what it has begun."""
        largest = max(others, key=lambda pool: len(pool.workers), default=None)
        ready = [worker for worker in largest.workers if worker.ready] if largest else []
        if ready:
            ready[0].retire()
