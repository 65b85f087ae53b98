"""HTTP as uvicorn reads it, with a limit to what stands before the body: its parser takes headers of any size."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 128 * 1024
"""Twice the longest URL that can be parsed (64 KiB), so there is as much room for headers."""


class Protocol(HttpToolsProtocol):
    """Refuses requests whose head goes on for too long, give or take one read of the socket."""

    _in_head = True
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head is too large already."""
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes - len(data) > MAX_HEAD_BYTES:
                if not self.transport.is_closing():
                    self.send_400_response("The head of the request is too large.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head has been read; the body has a limit of its own."""
        self._in_head = False
        super().on_headers_complete()
