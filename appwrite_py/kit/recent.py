"""What was used of late, kept in memory up to so many bytes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Things under names; those that were not asked for the longest go first.

    `largest`: things of more bytes are not kept, since each would drive out many others. `seconds`: how long a thing
    counts, for ever unless said.
    """

    def __init__(self, most_bytes: int, largest: int, seconds: float = float("inf")) -> None:
        self._most, self._largest, self._seconds, self._size = most_bytes, largest, seconds, 0
        self._kept: OrderedDict[Hashable, tuple[T, int, float]] = OrderedDict()

    def get(self, name: Hashable) -> T | None:
        """What is kept under a name."""
        found = self._kept.get(name)
        if found is None:
            return None
        if found[2] < time.monotonic():
            self._drop(name)
            return None
        self._kept.move_to_end(name)
        return found[0]

    def put(self, name: Hashable, thing: T, size: int) -> None:
        """Keep something of so many bytes, in the place of what has the name, unless it is too large."""
        if size > self._largest:
            return
        self._drop(name)
        self._kept[name] = thing, size, time.monotonic() + self._seconds
        self._size += size
        while self._size > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, name: Hashable) -> None:
        if (gone := self._kept.pop(name, None)) is not None:
            self._size -= gone[1]
