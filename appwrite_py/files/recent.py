"""What was used of late, kept in memory up to so many bytes."""

from __future__ import annotations

from collections import OrderedDict


class Recent:
    """Contents under names; those that were not asked for the longest go first.

    `largest`: contents of more bytes are not kept, since each would drive out many others.
    """

    def __init__(self, most_bytes: int, largest: int) -> None:
        self._most, self._largest, self._size = most_bytes, largest, 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def get(self, name: str) -> bytes | None:
        """What is kept under a name."""
        found = self._kept.get(name)
        if found is not None:
            self._kept.move_to_end(name)
        return found

    def put(self, name: str, content: bytes) -> None:
        """Keep something, unless it is too large."""
        if len(content) > self._largest or name in self._kept:
            return
        self._kept[name] = content
        self._size += len(content)
        while self._size > self._most:
            self._size -= len(self._kept.popitem(last=False)[1])
