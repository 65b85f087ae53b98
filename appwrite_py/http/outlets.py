"""The ways out of a WebSocket: texts are handed over without waiting, and who does not take them is cut off.

Nobody waits for a slow socket, so what it has not taken yet grows until it is too much. Then the connection ends, and
the client, which has lost nothing that it could have kept up with, connects again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

from starlette.types import Scope, Send

FRAMES = "appwrite_py.frames"
"""The extension of an ASGI scope whose value takes texts for the transport (`serving/sockets.py`)."""
OVERLOADED = 1013
Text = tuple[bytes, ...]
"""A message in parts, of which others may share some."""


class Outlet(Protocol):
    """Where the texts for one socket go."""

    def send(self, texts: Sequence[Text]) -> None:
        """Send texts, one message each, as soon as the peer takes them."""
        ...

    @property
    def backlog(self) -> int:
        """How many bytes are waiting."""
        ...

    @property
    def gone(self) -> bool:
        """Whether the connection has ended, or is about to: what is sent goes nowhere."""
        ...

    async def ready(self) -> None:
        """Wait until the peer has taken most of what was sent so far."""
        ...

    async def close(self, code: int) -> None:
        """End the connection with a code, when what was sent so far is on its way."""
        ...

    def cut(self) -> None:
        """End the connection without sending what waits."""
        ...


class TransportOutlet:
    """Straight to the transport, where the server offers that."""

    def __init__(self, protocol: Any, send: Send) -> None:
        self._protocol, self._send = protocol, send
        self.send = protocol.send_texts

    @property
    def backlog(self) -> int:
        """How many bytes are waiting."""
        return int(self._protocol.backlog)

    @property
    def gone(self) -> bool:
        """Whether the connection has ended, or is about to: what is sent goes nowhere."""
        return bool(self._protocol.transport.is_closing())

    async def ready(self) -> None:
        """Wait until the peer has taken most of what was sent so far."""
        await self._protocol.writable.wait()

    async def close(self, code: int) -> None:
        """End the connection with a code, when what was sent so far is on its way."""
        await _close(self._send, code)

    def cut(self) -> None:
        """End the connection without sending what waits."""
        self._protocol.abort()


class AsgiOutlet:
    """Through ASGI's `send`, for any other server: a task sends what waits for as long as there is something."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: deque[Text] = deque()
        self._task: asyncio.Task[None] | None = None
        self.backlog = 0
        self.gone = False

    def send(self, texts: Sequence[Text]) -> None:
        """Send texts, one message each, as soon as the peer takes them."""
        self._waiting.extend(texts)
        self.backlog += sum(len(part) for text in texts for part in text)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain(), name="socket outlet")

    async def ready(self) -> None:
        """Wait until the peer has taken what was sent so far."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def close(self, code: int) -> None:
        """End the connection with a code, when what was sent so far is on its way."""
        await self.ready()
        await _close(self._send, code)

    def cut(self) -> None:
        """End the connection without sending what waits."""
        self.gone = True
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(_close(self._send, OVERLOADED), name="socket outlet")

    async def _drain(self) -> None:
        try:
            while self._waiting:
                text = b"".join(self._waiting.popleft())
                self.backlog -= len(text)
                await self._send({"type": "websocket.send", "text": text.decode()})
        except (OSError, RuntimeError):  # of which `receive` tells, too
            self.gone = True


async def _close(send: Send, code: int) -> None:
    with contextlib.suppress(OSError, RuntimeError):  # it may have ended meanwhile
        await send({"type": "websocket.close", "code": code})


def outlet_of(scope: Scope, send: Send) -> Outlet:
    """The shortest way out that the server offers."""
    protocol = scope.get("extensions", {}).get(FRAMES)
    return AsgiOutlet(send) if protocol is None else TransportOutlet(protocol, send)
