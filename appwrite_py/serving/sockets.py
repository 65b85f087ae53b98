"""WebSockets as uvicorn speaks them, and a short way out for what goes to many of them at once.

A frame that a thousand sockets get costs each of them a message, a queue and a coroutine on the way through ASGI. An
application that finds the extension `FRAMES` in its scope may hand over texts for the transport instead, several
together, without waiting. Nothing is compressed: a frame is the same for all, and so it can be.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from functools import lru_cache

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import OPEN

from appwrite_py.http.outlets import FRAMES, Text

MAX_MESSAGE_BYTES = 64_000
"""Of what a client sends."""
PING_SECONDS = 20.0
"""How often a client is asked whether it is there, and how long it may take to answer: most that vanish say nothing."""
_RESET = struct.pack("ii", 1, 0)  # linger for no time
_TEXT = 0x81  # RFC 6455, section 5.2: the last frame of a message, and the only one; it holds text


class SocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket."""

    def handle_connect(self, event: Request) -> None:
        """Start the application."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["extensions"][FRAMES] = self  # type: ignore[assignment]

    def send_texts(self, texts: Iterable[Text]) -> None:
        """Hand texts (UTF-8) to the transport, each as a message. What comes after the end goes nowhere.

        Nothing is joined here: parts that many sockets share are there once, also while they wait for slow peers.
        """
        if self.transport.is_closing() or self.conn.state is not OPEN:
            return
        parts: list[bytes] = []
        for text in texts:
            parts.append(_head(sum(map(len, text))))
            parts += text
        self.transport.writelines(parts)

    @property
    def backlog(self) -> int:
        """How many bytes the peer has not taken yet."""
        return self.transport.get_write_buffer_size()

    def handle_ping(self) -> None:
        """Answer a ping. Who sends many of them and does not read gets no answers, which would pile up here."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def keepalive_timeout(self) -> None:
        """End it, and do not wait for a peer to take the rest that does not even answer a ping."""
        super().keepalive_timeout()
        if self.backlog:
            self.abort()

    def abort(self) -> None:
        """Cut the connection, with all that waits to be sent.

        Without the reset the kernel would keep its part, some megabytes, until a peer that reads nothing is given up.
        """
        connection = self.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()


@lru_cache(1024)
def _head(length: int) -> bytes:
    """What stands before the text of a message that a server sends, RFC 6455, section 5.2."""
    if length < 126:
        return bytes((_TEXT, length))
    if length < 1 << 16:
        return struct.pack("!BBH", _TEXT, 126, length)
    return struct.pack("!BBQ", _TEXT, 127, length)
