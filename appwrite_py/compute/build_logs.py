"""What a build tells: the lines of the server and the output of the commands, in the order in which they came.

It is handed on about once a second, as valid text, and no faster than anybody could read it.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Literal, Protocol

FLUSH_SECONDS = 1.0
_MOST_CHARACTERS = 1_000_000
_BYTES_PER_SECOND = 4_000_000
"""A command that prints for ever is made to wait: it shall not keep the server busy with reading it."""
_COLOURS = {"plain": 97, "bad": 91, "good": 92}


def line(text: str, kind: Literal["plain", "bad", "good"] = "plain") -> str:
    """A line of the server's own, with the time of day in UTC, in colours as terminals know them."""
    time = datetime.now(UTC).strftime("%H:%M:%S")
    return f"\x1b[90m[{time}]\x1b[0m \x1b[31m[\x1b[0mbuild\x1b[31m]\x1b[0m \x1b[{_COLOURS[kind]}m{text}\x1b[0m\n"


class Source(Protocol):
    """What text is read from."""

    async def read(self, most: int, /) -> bytes:
        """The next piece; empty at the end."""
        ...


class Output:
    """Gathers text, and hands it on from time to time."""

    def __init__(self, log: Callable[[str], Awaitable[None]]) -> None:
        self._log = log
        self._waiting: list[str] = []
        self._length = 0

    @classmethod
    @asynccontextmanager
    async def to(cls, log: Callable[[str], Awaitable[None]]) -> AsyncIterator[Output]:
        """One that hands on to `log` as long as the block runs, and all that is left at the end."""
        output, over = cls(log), asyncio.Event()
        task = asyncio.create_task(output._flush_until(over), name="build log")
        try:
            yield output
        finally:
            over.set()  # no cancellation, which would lose what is just being handed on
            await task
            await output._flush()

    def write(self, text: str) -> None:
        """Add text. Of what waits to be handed on, only so much is kept, at its end."""
        text = text.replace("\0", "")[-_MOST_CHARACTERS:]
        self._waiting.append(text)
        self._length += len(text)
        if self._length > 2 * _MOST_CHARACTERS:
            rest = "".join(self._waiting)[-_MOST_CHARACTERS:]
            self._waiting, self._length = [rest], len(rest)

    async def pump(self, reader: Source) -> None:
        """Add what is read, to its end. Bytes that are no UTF-8 become replacement characters."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        loop = asyncio.get_running_loop()
        began, count = loop.time(), 0
        while piece := await reader.read(1 << 16):
            self.write(decoder.decode(piece))
            count += len(piece)
            if count >= _BYTES_PER_SECOND:
                await asyncio.sleep(max(0.0, began + 1 - loop.time()))
                began, count = loop.time(), 0
        self.write(decoder.decode(b"", final=True))

    async def _flush_until(self, over: asyncio.Event) -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), FLUSH_SECONDS)
            await self._flush()

    async def _flush(self) -> None:
        if self._waiting:
            text = "".join(self._waiting)[-_MOST_CHARACTERS:]
            self._waiting, self._length = [], 0
            await self._log(text)
