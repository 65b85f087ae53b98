"""Lanes: of what goes to one receiver only so much is under way at once, so that a slow one does not hold up others."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Hashable
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Lane:
    places: asyncio.Semaphore
    users: int = 0
    full_until: float = field(default=0.0)


class Lanes:
    """A lane for each key, as long as somebody uses it."""

    def __init__(self, places: int, patience_seconds: float = 1.0) -> None:
        self._places, self._patience = places, patience_seconds
        self._lanes: dict[Hashable, _Lane] = {}

    @contextlib.asynccontextmanager
    async def enter(self, key: Hashable) -> AsyncIterator[bool]:
        """Whether there is a place in the lane, which is ours for as long as the block runs.

        A place is waited for. But where somebody has just waited in vain, others need not try.
        """
        lane = self._lanes.setdefault(key, _Lane(asyncio.Semaphore(self._places)))
        lane.users += 1
        found = False
        try:
            found = await self._place(lane)
            yield found
        finally:
            if found:
                lane.places.release()
            lane.users -= 1
            if not lane.users:
                del self._lanes[key]

    async def _place(self, lane: _Lane) -> bool:
        if lane.places.locked() and time.monotonic() < lane.full_until:
            return False
        try:
            await asyncio.wait_for(lane.places.acquire(), self._patience)
        except TimeoutError:
            lane.full_until = time.monotonic() + self._patience
            return False
        return True
