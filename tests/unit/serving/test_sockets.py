"""WebSockets below the application: frames, and clients that vanish."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from websockets.sync.client import connect

from appwrite_py.http.outlets import outlet_of
from appwrite_py.serving.process import configured
from appwrite_py.serving.sockets import PING_SECONDS, SocketProtocol

LENGTHS = (0, 125, 126, 65_535, 65_536, 200_000)
"""On both sides of where heads get longer."""
UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Sends texts of several lengths, then waits for the end."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    outlet = outlet_of(scope, send)
    outlet.send([(b"x" * (length // 2), b"x" * (length - length // 2)) for length in LENGTHS])
    while (await receive())["type"] != "websocket.disconnect":
        pass
    outlet.send([(b"goes nowhere",)])


class Server(uvicorn.Server):
    """Runs in a thread, to which signals do not come."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def served(ping_seconds: float) -> Iterator[int]:
    """The port on which the application answers."""
    config = configured(application)
    assert (config.ws_ping_interval, config.ws_ping_timeout) == (PING_SECONDS, PING_SECONDS)
    config.lifespan, config.ws_ping_interval, config.ws_ping_timeout = "off", ping_seconds, ping_seconds
    server = Server(config)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def test_texts_of_all_lengths() -> None:
    with served(20) as port, connect(f"ws://127.0.0.1:{port}/", proxy=None) as client:
        assert [len(client.recv()) for _ in LENGTHS] == list(LENGTHS)
        client.send("hello")


def test_who_answers_pings_stays() -> None:
    with served(0.1) as port, connect(f"ws://127.0.0.1:{port}/", proxy=None) as client:
        for _ in LENGTHS:
            client.recv()
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.5)


def test_who_has_vanished_is_let_go() -> None:
    """A client whose network is gone neither answers pings nor closes."""
    with served(0.1) as port, socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        client.sendall(f"GET / HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}{key}\r\n".encode())
        read = b""
        while part := client.recv(100_000):
            read += part
        assert read.startswith(b"HTTP/1.1 101")
        assert read.endswith(b"\x03\xf3keepalive ping timeout")  # 1011


def test_who_sends_pings_and_does_not_read_is_not_answered() -> None:
    """The answers would pile up in the server's memory."""
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    ping = b"\x89\xfd" + bytes(4) + b"x" * 125  # masked with zeros
    with served(20) as port, socket.create_connection(("127.0.0.1", port), timeout=1) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(f"GET / HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}{key}\r\n".encode())
        assert client.recv(12) == b"HTTP/1.1 101"
        for _ in range(200):
            client.sendall(ping * 500)
        (protocol,) = protocols()
        assert protocol.backlog < 1_000_000


def protocols() -> list[Any]:
    """The connections of the server in this process."""
    return [each for each in gc.get_objects() if type(each) is SocketProtocol and not each.transport.is_closing()]
