"""How pictures go back; those that are dear to make are kept in memory for a day."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Annotated

from appwrite_py.files.images import Rendered
from appwrite_py.http.answers import Answer, Media
from appwrite_py.http.rules import Range

Png = Annotated[Answer, Media("image/png")]
Picture = Annotated[Answer, Media("image/*")]
Side = Annotated[int, Range(0, 2000)]
Quality = Annotated[int, Range(-1, 100)]

ICON_SECONDS = 2_592_000
"""How long clients keep pictures of things that may change."""
MADE_SECONDS = 3_888_000
"""How long they keep what is made of the request alone."""
_REPEATED_SECONDS = 15_552_000
_KEPT_SECONDS = 86_400.0
_KEPT_BYTES = 64 * 1024 * 1024


class Memory:
    """Finished pictures, up to so many bytes; those that were not asked for the longest go first."""

    def __init__(self, most_bytes: int = _KEPT_BYTES) -> None:
        self._most, self._size = most_bytes, 0
        self._kept: OrderedDict[Hashable, tuple[float, Rendered]] = OrderedDict()

    def get(self, key: Hashable) -> Rendered | None:
        """A picture that was kept within the last day."""
        found = self._kept.get(key)
        if found is None:
            return None
        if found[0] < time.monotonic():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found[1]

    def put(self, key: Hashable, picture: Rendered) -> None:
        """Keep a picture, unless it is so large that it would drive out many others."""
        if len(picture.body) > self._most // 16:
            return
        self._drop(key)
        self._kept[key] = time.monotonic() + _KEPT_SECONDS, picture
        self._size += len(picture.body)
        while self._size > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        if (gone := self._kept.pop(key, None)) is not None:
            self._size -= len(gone[1].body)


_memory = Memory()


def answer(picture: Rendered, cache_control: str) -> Answer:
    """A picture as it goes back."""
    return Answer(
        picture.body, content_type=picture.type.encode(), headers=[(b"cache-control", cache_control.encode())]
    )


async def kept(key: Hashable, make: Callable[[], Awaitable[Rendered]]) -> Answer:
    """The picture of this key, from memory or made now."""
    picture, seconds = _memory.get(key), _REPEATED_SECONDS
    hit = picture is not None
    if picture is None:
        picture, seconds = await make(), ICON_SECONDS
        _memory.put(key, picture)
    made = answer(picture, f"private, max-age={seconds}")
    made.headers.append((b"x-appwrite-cache", b"hit" if hit else b"miss"))
    return made
