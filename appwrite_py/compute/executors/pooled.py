"""What executors share that keep something warm: calls go to pools, which are looked after from time to time."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar, Generic

import structlog

from appwrite_py.compute.executors.base import Call, Outcome, Unit
from appwrite_py.compute.executors.pool import W
from appwrite_py.compute.executors.pools import Pools
from appwrite_py.compute.executors.worker import Item

_TICK_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class Pooled(ABC, Generic[W]):
    """An executor but for what it keeps warm: see `Executor`."""

    keeps: ClassVar[str]
    """What that is, as the log has it."""

    def __init__(self, pools: Pools[W]) -> None:
        self._pools = pools

    @abstractmethod
    async def _fault(self, unit: Unit) -> str:
        """Why nothing of the unit can be run here; empty where it can."""

    async def run(self, unit: Unit, call: Call) -> Outcome:
        """Do the call in what is warm, if something is."""
        fault = await self._fault(unit)
        if fault:
            item = Item(call, asyncio.get_running_loop().create_future())
            item.end(503, error=fault)
            return await item.outcome
        return await self._pools.submit(unit, call)

    async def stop(self, key_prefix: str) -> None:
        """End what runs of units."""
        await self._pools.stop(key_prefix)

    def units(self) -> list[Unit]:
        """What runs, or is warm."""
        return self._pools.units()

    def leave(self, unit: Unit) -> None:
        """Let what runs of a unit finish what it has, and no more."""
        self._pools.leave(unit)

    async def _ticking(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            try:
                await self._tick()
            except Exception:
                _log.exception(f"{self.keeps} of functions could not be looked after")

    async def _tick(self) -> None:
        self._pools.tick()
