"""Requests to servers in containers, and what of their answers is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from appwrite_py.compute.executors.base import Call
from appwrite_py.compute.executors.exchange import Answer, BadAnswer, exchange


class Wire:
    """A connection whose other end says what it is told to say, piece by piece, and then closes."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.sent, self.closed = list(pieces), b"", False

    async def write(self, data: bytes) -> None:
        self.sent += data

    async def read(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    async def close(self) -> None:
        self.closed = True


def ask(*pieces: bytes, own: Any = (), **call: Any) -> tuple[Answer, str]:
    wire = Wire(*pieces)

    async def connect() -> Wire:
        return wire

    try:
        answer = asyncio.run(exchange(connect, Call("e", **call), list(own)))
    finally:
        assert wire.closed
    return answer, wire.sent.decode()


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK"


def test_what_is_sent() -> None:
    headers = [
        ("X-A", "1"), ("x-open-runtimes-secret", "no"), ("Content-Length", "99"), ("Connection", "upgrade"),
        ("bad name", "x"), ("evil", "a\r\nb: c"), ("x-own", "theirs"), ("host", "shop.example"),
    ]  # fmt: skip
    _, sent = ask(OK, headers=headers, body=b"body", path="a b\r\nX: y?q=ü#f%41", own=[("x-own", "ours")])
    assert sent == (
        "POST /a%20b%0D%0AX:%20y?q=%C3%BC#f%41 HTTP/1.1\r\nX-A: 1\r\nhost: shop.example\r\nx-own: ours\r\n"
        "content-length: 4\r\nconnection: close\r\n\r\nbody"
    )
    _, sent = ask(OK, method="GET")
    assert sent == "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("pieces", "status", "body"),
    [
        ([OK], 200, b"OK"),
        ([OK[i : i + 1] for i in range(len(OK))], 200, b"OK"),
        ([OK + b"HTTP/1.1 500 Later\r\n\r\n"], 200, b"OK"),
        ([b"HTTP/1.1 404 N\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"], 404, b"abc"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", OK], 200, b"OK"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], 204, b""),
        ([b"HTTP/1.0 200 OK\r\n\r\nuntil ", b"the end"], 200, b"until the end"),
    ],
)
def test_answers(pieces: list[bytes], status: int, body: bytes) -> None:
    answer, _ = ask(*pieces)
    assert (answer.status, bytes(answer.body)) == (status, body)


def test_an_answer_to_head_has_no_body() -> None:
    answer, _ = ask(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n", method="HEAD")
    assert (answer.status, bytes(answer.body)) == (200, b"")


def test_headers_of_answers() -> None:
    answer, _ = ask(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nset-cookie: b\r\nX-Open-Runtimes-Log-Id: 12\r\nx-open-runtimes-x: y\r\n"
        b"content-length: 0\r\n\r\n"
    )
    assert answer.headers == [("set-cookie", "a"), ("set-cookie", "b"), ("content-length", "0")]
    assert answer.log_id == "12"


def endless(first: bytes, then: bytes) -> Callable[[], list[bytes]]:
    return lambda: [first, *[then] * 400]


@pytest.mark.parametrize(
    "pieces",
    [
        lambda: [],
        lambda: [OK[:-1]],
        lambda: [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab"],
        lambda: [b"HTTP/1.1 100 Continue\r\n\r\n"],
        lambda: [b"SSH-2.0-nonsense\r\n"],
        endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000),
        endless(b"HTTP/1.1 200 OK\r\n", b"a: " + b"x" * 100_000 + b"\r\n"),
    ],
)
def test_what_is_no_answer(pieces: Callable[[], list[bytes]]) -> None:
    with pytest.raises(BadAnswer):
        ask(*pieces())
