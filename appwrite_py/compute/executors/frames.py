"""Frames between the server and a process of a function: two sizes, a head in JSON, a body of bytes.

What comes from there is of unknown mind: sizes are bounded before anything is kept, and whoever sends more frames than
anybody needs has to wait, so that the server has time for others.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable
from typing import Any, cast

import orjson

MOST_BODY_BYTES = 20 * 1024 * 1024
"""Of an answer."""
_MOST_HEAD_BYTES = 1 << 20
_MOST_FRAME_BYTES = MOST_BODY_BYTES + (1 << 20)
_SIZES = struct.Struct(">II")
_AT_ONCE = 512
_PERIOD_SECONDS = 0.02
"""In which so many frames are taken at most."""

Head = dict[str, Any]


class Frames(asyncio.Protocol):
    """One end of the socket. `taken` is called with each frame, `lost` once no more will come."""

    def __init__(self, taken: Callable[[Head, bytes], None], lost: Callable[[], None]) -> None:
        self._taken, self._lost = taken, lost
        self._waiting = bytearray()
        self._transport: asyncio.Transport | None = None
        self._count, self._since, self._resting = 0, 0.0, False
        self.broken = False
        """Whether something has come that is no frame."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio calls it."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no instance of it

    def connection_lost(self, exc: Exception | None) -> None:
        """As asyncio calls it."""
        self._transport = None
        self._lost()

    def data_received(self, data: bytes) -> None:
        """As asyncio calls it."""
        self._waiting += data
        if not self._resting:
            self._go_on()

    def send(self, head: Head, body: bytes = b"") -> None:
        """Send a frame; nothing happens when the other end is gone."""
        if self._transport is not None and not self._transport.is_closing():
            text = orjson.dumps(head)
            self._transport.write(b"".join((_SIZES.pack(len(text), len(body)), text, body)))

    def close(self) -> None:
        """No more frames, in no direction."""
        if self._transport is not None:
            self._transport.abort()

    def _go_on(self) -> None:
        try:
            self._resting = self._take()
        except Exception:  # whatever it has made of its frame, it was no frame
            self.broken = True
            self.close()
        if self._resting and self._transport is not None:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(_PERIOD_SECONDS, self._rested)

    def _rested(self) -> None:
        self._resting, self._count, self._since = False, 0, time.monotonic()
        if self._transport is not None and not self._transport.is_closing():
            self._go_on()
            if not self._resting:
                self._transport.resume_reading()

    def _is_too_quick(self) -> bool:
        """Whether there were so many frames in a short time that it has to rest."""
        self._count += 1
        if self._count <= _AT_ONCE:
            return False
        now = time.monotonic()
        if now - self._since < _PERIOD_SECONDS:
            return True
        self._count, self._since = 1, now
        return False

    def _take(self) -> bool:
        """All frames that are there as a whole; whether it is to go on later. Raises ValueError for what is none."""
        place = 0
        while len(self._waiting) - place >= _SIZES.size:
            head_size, body_size = _SIZES.unpack_from(self._waiting, place)
            if head_size > _MOST_HEAD_BYTES or body_size > _MOST_FRAME_BYTES:
                raise ValueError("too large")
            body_at = place + _SIZES.size + head_size
            if len(self._waiting) < body_at + body_size:
                break
            if self._is_too_quick():
                del self._waiting[:place]
                return True
            head = orjson.loads(self._waiting[place + _SIZES.size : body_at])
            body = bytes(self._waiting[body_at : body_at + body_size])
            place = body_at + body_size
            self._taken(head, body)
        del self._waiting[:place]
        return False
