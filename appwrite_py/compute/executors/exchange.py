"""One request over HTTP/1.1 to the server in a container, on a connection of its own, and the answer to it.

A client library would tidy up what is sent: here paths and headers go as they were given. What comes back is of unknown
mind, so its size is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

import httptools

from appwrite_py.compute.executors.answers import are_too_large
from appwrite_py.compute.executors.base import Call, Headers
from appwrite_py.compute.executors.frames import MOST_BODY_BYTES
from appwrite_py.kit.urls import PRINTABLE

_OURS = "x-open-runtimes-"
_NOT_SENT = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "expect", "te", "trailer"}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NO_BODY = (204, 304)


class BadAnswer(Exception):
    """There is no answer, or what has come is none; the message says which."""


class Line(Protocol):
    """A connection to the server in a container."""

    async def write(self, data: bytes) -> None:
        """Send; waits while the other side does not take it."""
        ...

    async def read(self) -> bytes:
        """The next piece; empty at the end."""
        ...

    async def close(self) -> None:
        """Cut it off."""
        ...


Connect = Callable[[], Awaitable[Line]]


@dataclass(slots=True)
class Answer:
    """What the server has answered; `log_id` names the files of the call's logs."""

    status: int = 0
    headers: Headers = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    log_id: str = ""


async def exchange(connect: Connect, call: Call, own: Headers) -> Answer:
    """Make a call. `own` are headers besides those of the call. Raises BadAnswer, OSError."""
    line = await connect()
    try:
        reading = _Reading(has_body=call.method != "HEAD")
        await line.write(_request(call, own))
        while not reading.whole:
            piece = await line.read()
            if not piece and not reading.ended():
                raise BadAnswer("The function's server has closed the connection before it answered.")
            reading.take(piece)
        return reading.answer
    finally:
        await line.close()


def _request(call: Call, own: Headers) -> bytes:
    path = call.path if call.path.startswith("/") else f"/{call.path}"
    ours = {name for name, _ in own}
    given = [(n, value) for n, value in call.headers if n.lower() not in ours and _may_be_sent(n, value)]
    lines = [f"{call.method} {quote(path, safe=PRINTABLE)} HTTP/1.1"]
    if not any(name.lower() == "host" for name, _ in given):
        lines.append("host: localhost")
    lines += [f"{name}: {value}" for name, value in [*given, *own]]
    if call.body or call.method not in ("GET", "HEAD", "OPTIONS", "DELETE"):
        lines.append(f"content-length: {len(call.body)}")
    return "\r\n".join([*lines, "connection: close", "", ""]).encode("utf-8", "replace") + call.body


def _may_be_sent(name: str, value: str) -> bool:
    lower = name.lower()
    known = _NAME.fullmatch(name) is not None and lower not in _NOT_SENT and not lower.startswith(_OURS)
    return known and not re.search(r"[\r\n\0]", value)


class _Reading:
    """An answer as it comes in."""

    def __init__(self, *, has_body: bool) -> None:
        self.answer = Answer()
        self.whole = False
        self._has_body = has_body
        self._size = 0
        self._parser = httptools.HttpResponseParser(self)

    def take(self, piece: bytes) -> None:
        """The next piece. Raises BadAnswer."""
        if self.whole:
            return
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserError as cause:
            if not self.whole:  # what comes behind it does not matter
                raise BadAnswer(f"The function's server has sent something that is no answer. {_why(cause)}") from cause

    def ended(self) -> bool:
        """The connection was closed; whether that was the end of the answer."""
        headers = dict(self.answer.headers)
        lasts_until_then = "content-length" not in headers and "transfer-encoding" not in headers
        self.whole = self.whole or (self.answer.status >= 200 and lasts_until_then)
        return self.whole

    # --- called by the parser -----------------------------------------------------------------------------
    def on_message_begin(self) -> None:
        """It may follow one that only says to go on."""
        if not self.whole:
            self.answer = Answer()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        if self.whole:
            return
        key, text = name.decode("latin-1").lower(), value.decode("utf-8", "replace")
        if key == f"{_OURS}log-id":
            self.answer.log_id = text
        elif not key.startswith(_OURS):
            self.answer.headers.append((key, text))
        self._size += len(key) + len(text)
        if self._size > MOST_BODY_BYTES:
            raise BadAnswer("The function's server has sent headers without end.")

    def on_headers_complete(self) -> None:
        """The body begins."""
        status = self._parser.get_status_code()
        if self.whole or status < 200:
            return
        self.answer.status = status
        if not self._has_body or status in _NO_BODY or are_too_large(self.answer.headers):
            self.whole = True

    def on_body(self, piece: bytes) -> None:
        """Some of the body."""
        if self.whole:
            return
        self.answer.body += piece
        if len(self.answer.body) > MOST_BODY_BYTES:
            raise BadAnswer(f"The response is larger than {MOST_BODY_BYTES} bytes.")

    def on_message_complete(self) -> None:
        """That was all."""
        if self.answer.status:
            self.whole = True


def _why(cause: BaseException) -> str:
    inner = cause.__context__
    return str(inner) if isinstance(inner, BadAnswer) else str(cause)
