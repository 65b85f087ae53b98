"""Frames between this process and the server, as compute/executors/frames.py has them."""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import threading
from typing import Any


class Link:
    """Frames in both directions: the sizes of a head and a body, the head as JSON, the body."""

    def __init__(self, descriptor: int) -> None:
        self.number = descriptor
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(True)
        os.set_inheritable(descriptor, False)
        self._lock = threading.Lock()

    def send(self, head: dict[str, Any], body: bytes = b"") -> None:
        """Send a frame, from any thread."""
        text = json.dumps(head).encode()
        with self._lock:
            self._socket.sendall(struct.pack(">II", len(text), len(body)) + text + body)

    def receive(self, patience: float | None) -> tuple[dict[str, Any], bytes] | None:
        """The next frame; None when none has begun to come in time. Raises EOFError at the end."""
        if not select.select([self._socket], [], [], patience)[0]:
            return None
        head, body = struct.unpack(">II", self._exactly(8))
        return json.loads(self._exactly(head)), self._exactly(body)

    def _exactly(self, size: int) -> bytes:
        content = bytearray(size)
        view, place = memoryview(content), 0
        while place < size:
            count = self._socket.recv_into(view[place:])
            if not count:
                raise EOFError
            place += count
        return bytes(content)
