"""How pictures go back; those that are dear to make are kept in memory for a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Annotated

from appwrite_py.files.images import Rendered
from appwrite_py.http.answers import Answer, Media
from appwrite_py.http.rules import Range
from appwrite_py.kit.recent import Recent

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


_memory: Recent[Rendered] = Recent(_KEPT_BYTES, _KEPT_BYTES // 16, _KEPT_SECONDS)


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
        _memory.put(key, picture, len(picture.body))
    made = answer(picture, f"private, max-age={seconds}")
    made.headers.append((b"x-appwrite-cache", b"hit" if hit else b"miss"))
    return made
