"""Those who listen: a process with a thousand WebSockets and one publisher, that counts every frame of every socket.

Handshakes are made by hand and frames are looked at no further than for the number that each event bears, so that the
listeners take as little as they can of the cores that they share with the server. Told by its standard input what to
do, as JSON; tells on its standard output what came of it.
"""

from __future__ import annotations

import asyncio
import json
import math
import socket
import sys
import time
from array import array
from collections.abc import Callable
from typing import Any, cast

import psutil

MARK = b'"title":"Document '
"""What stands before an event's number."""
_DIGITS = 6
_TEXT, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A  # RFC 6455, section 5.2
_TCP_CLOSED = 7
_OPENING = 50  # handshakes at a time
_DRAIN_SECONDS = 20.0
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class Listener(asyncio.Protocol):
    """One socket. `heard` is called with what it was sent: the event's number."""

    def __init__(self, request: bytes, heard: Callable[[Listener, int, float], None] | None) -> None:
        self._request, self._heard = request, heard
        self.seen = bytearray()
        self.lost = ""
        self._rest = b""
        self._head = True
        self.connected: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Shake hands."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self.transport.write(self._request)

    def connection_lost(self, problem: Exception | None) -> None:
        """Remember why."""
        self._fail(self.lost or f"closed: {problem}")

    def data_received(self, data: bytes) -> None:
        """Take frames apart as far as their numbers."""
        now = time.perf_counter()
        if self._rest:
            data = self._rest + data
        at = 0
        if self._head:
            at = data.find(b"\r\n\r\n") + 4
            if at < 4:
                self._rest = data
                return
            self._head = False
            if data[9:12] != b"101":
                self._fail(data.decode(errors="replace"))
        size, find, heard = len(data), data.find, self._heard
        while size - at >= 4 or (size - at >= 2 and data[at + 1] < 126):
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = data[at + 2] << 8 | data[at + 3], at + 4
            elif length == 127:
                length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            end = start + length
            if end > size:
                break
            found = find(MARK, start, end) + len(MARK)
            if found >= len(MARK) and data[at] == _TEXT:
                if heard is not None:
                    heard(self, int(data[found : found + _DIGITS]), now)
            else:
                self._other(data[at], data[start:end])
            at = end
        self._rest = data[at:]

    def _other(self, kind: int, body: bytes) -> None:
        if kind == _PING:
            self.transport.write(bytes((_PONG, 0x80 | len(body), 0, 0, 0, 0)) + body)  # a mask of zeros changes nothing
        elif kind == _TEXT and not self.connected.done():
            self.connected.set_result(body)
        else:
            self._fail(f"told {body[:200]!r}")

    def _fail(self, why: str) -> None:
        self.lost = why
        if not self.connected.done():
            self.connected.set_exception(RuntimeError(why))


class _Publisher(asyncio.Protocol):
    """One kept-alive connection: a request, its answer, the next request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._head, self._missing = b"", 0
        self._answered: asyncio.Future[float] | None = None

    def connection_lost(self, problem: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(RuntimeError(f"the publisher's connection was closed: {problem}"))

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            head, mark, rest = self._head.partition(b"\r\n\r\n")
            if not mark:
                return
            if head[9:10] != b"2" and self._answered is not None:
                self._answered.set_exception(RuntimeError(data.decode(errors="replace")))
                return
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            self._head, self._missing = b"", length - len(rest)
        if not self._missing and self._answered is not None:
            self._answered.set_result(time.perf_counter())

    async def send(self, request: bytes) -> float:
        """Send a request; when it was answered."""
        self._answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answered


class Run:
    """Sockets, a load of creates, and the time at which each event came to each socket."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.sent: list[float] = []
        self.committed: list[float] = []
        self.arrived: list[array[float]] = []
        self.count = 0

    async def go(self) -> dict[str, Any]:
        """Listen, publish, wait for the last frame."""
        requests = [text.encode() for text in self.told["publish"]]
        listeners = await open_all(self.told, self._heard)
        for one in listeners:
            one.seen = bytearray(len(requests))
        self.sent, self.committed = [0.0] * len(requests), [0.0] * len(requests)
        self.arrived = [array("d") for _ in requests]
        stuck = _Stuck(self.told["port"], self.told["stuck"].encode()) if self.told.get("stuck") else None
        if stuck is not None:
            await stuck.open()
        await asyncio.sleep(0.5)
        before, begun = self._cpu(), time.perf_counter()
        watching = asyncio.create_task(stuck.watch()) if stuck else None
        publishing = await self._publish(requests)
        await self._drain(len(requests) * len(listeners))
        ended, after = time.perf_counter(), self._cpu()
        if watching is not None:
            watching.cancel()
        return self._result(listeners) | {
            "publish_per_second": len(requests) / publishing, "frames_per_second": self.count / (ended - begun),
            "cpu": [now - then for now, then in zip(after, before, strict=True)], "seconds": ended - begun,
            "cut_after": stuck and stuck.cut_after,
        }  # fmt: skip

    def _heard(self, listener: Listener, number: int, now: float) -> None:
        listener.seen[number] += 1
        self.arrived[number].append(now)
        self.count += 1

    def _cpu(self) -> list[float]:
        from bench.load import cpu_seconds

        mine = psutil.Process().cpu_times()
        return [*(cpu_seconds(pid) for pid in self.told["processes"]), mine.user + mine.system]

    async def _publish(self, requests: list[bytes]) -> float:
        """Send the requests at even intervals, whenever the answers come. The seconds that took."""
        due: asyncio.Queue[int | None] = asyncio.Queue()
        workers = [asyncio.create_task(self._work(requests, due)) for _ in range(self.told["publishers"])]
        begun, rate = time.perf_counter(), self.told["rate"]
        for n in range(len(requests)):
            await asyncio.sleep(max(0.0, begun + n / rate - time.perf_counter()))
            due.put_nowait(n)
        for _ in workers:
            due.put_nowait(None)
        await asyncio.gather(*workers)
        return time.perf_counter() - begun

    async def _work(self, requests: list[bytes], due: asyncio.Queue[int | None]) -> None:
        loop = asyncio.get_running_loop()
        transport, publisher = await loop.create_connection(_Publisher, "127.0.0.1", self.told["port"])
        while (n := await due.get()) is not None:
            self.sent[n] = time.perf_counter()
            self.committed[n] = await publisher.send(requests[n])
        transport.close()

    async def _drain(self, expected: int) -> None:
        ends = time.perf_counter() + _DRAIN_SECONDS
        while self.count < expected and time.perf_counter() < ends:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)  # for what should not come

    def _result(self, listeners: list[Listener]) -> dict[str, Any]:
        commit = array("d", (max(0.0, at - self.committed[n]) for n, each in enumerate(self.arrived) for at in each))
        request = array("d", (at - self.sent[n] for n, each in enumerate(self.arrived) for at in each))
        answers = array("d", (at - then for at, then in zip(self.committed, self.sent, strict=True)))
        return {
            "frames": self.count, "missing": sum(one.seen.count(0) for one in listeners),
            "repeated": sum(max(0, times - 1) for one in listeners for times in one.seen),
            "lost": [one.lost for one in listeners if one.lost][:3],
            "from_commit": ranks(commit), "from_request": ranks(request), "answers": ranks(answers),
        }  # fmt: skip


class _Stuck:
    """A socket that subscribes and then never reads."""

    def __init__(self, port: int, request: bytes) -> None:
        self._port, self._request = port, request
        self.cut_after: float | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)  # the system would keep much for it
        self._socket.setblocking(False)
        await loop.sock_connect(self._socket, ("127.0.0.1", self._port))
        await loop.sock_sendall(self._socket, self._request)
        got = b""
        while b'"connected"' not in got:
            got += await loop.sock_recv(self._socket, 4096)

    async def watch(self) -> None:
        """Note when the connection ends: the kernel knows, though nobody reads."""
        begun = time.perf_counter()
        while self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _TCP_CLOSED:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        self.cut_after = time.perf_counter() - begun


async def open_all(told: dict[str, Any], heard: Callable[[Listener, int, float], None] | None = None) -> list[Listener]:
    """Open a socket for each handshake, some at a time, until all are connected."""
    loop, made = asyncio.get_running_loop(), []
    handshakes = [text.encode() for text in told["handshakes"]]
    for start in range(0, len(handshakes), _OPENING):
        some = []
        for one in handshakes[start : start + _OPENING]:
            _, listener = await loop.create_connection(lambda one=one: Listener(one, heard), "127.0.0.1", told["port"])
            some.append(listener)
        await asyncio.gather(*(listener.connected for listener in some))
        made += some
    return made


def ranks(values: array[float]) -> dict[str, float]:
    """Percentiles in milliseconds."""
    ranked = sorted(values) or [math.nan]
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    found = {name: ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1000 for name, share in shares.items()}
    return found | {"max": ranked[-1] * 1000}


def handshake(path: str, headers: dict[str, str]) -> str:
    """The request that opens a WebSocket."""
    lines = [
        f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {_KEY}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]  # fmt: skip
    return "\r\n".join(lines) + "\r\n\r\n"


async def _hold(told: dict[str, Any]) -> dict[str, Any]:
    """Open the sockets, say so, and keep them until there is a line to read."""
    listeners = await open_all(told)
    sys.stdout.write("open\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    return {"lost": [one.lost for one in listeners if one.lost][:3]}


def main() -> None:
    """The client process."""
    import uvloop

    told = json.loads(sys.stdin.readline())
    result = uvloop.run(_hold(told) if told.get("hold") else Run(told).go())
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
