"""A load: ready-made requests over kept-alive connections, and what answering them costs in CPU time.

The client is a plain protocol in a process of its own; nothing is built or parsed beyond status and length while it
runs. CPU seconds are those of whole process trees, read from the system before and after.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psutil


@dataclass(slots=True, frozen=True)
class Result:
    """What one run gave. CPU seconds are per 1,000 requests, which is the same as milliseconds per request."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    errors: int
    server_cpu: float
    database_cpu: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def run(port: int, requests: list[bytes], seconds: float, connections: int, server: int, database: int,
        folder: Path) -> Result:  # fmt: skip
    """Put the load on a server and measure the trees of the processes `server` and `database`."""
    file = folder / "requests.json"
    file.write_text(json.dumps([one.decode("latin-1") for one in requests]))
    before = cpu_seconds(server), cpu_seconds(database)
    got = subprocess.run(
        [sys.executable, "-m", "bench.load", str(port), str(file), str(seconds), str(connections)],
        check=True, stdout=subprocess.PIPE, text=True, timeout=seconds + 60, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    after = cpu_seconds(server), cpu_seconds(database)
    seen = json.loads(got.stdout)
    count = max(seen["requests"], 1)
    return Result(
        requests=seen["requests"], seconds=seen["seconds"], p50_ms=seen["p50_ms"], p99_ms=seen["p99_ms"],
        errors=seen["errors"], server_cpu=(after[0] - before[0]) / count * 1000,
        database_cpu=(after[1] - before[1]) / count * 1000,
    )  # fmt: skip


def cpu_seconds(pid: int) -> float:
    """CPU seconds of a process and all its descendants, those that have ended included."""
    total = 0.0
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


class _Connection(asyncio.Protocol):
    def __init__(self, load: _Load) -> None:
        self.load = load
        self.head = b""
        self.missing = 0
        self.good = False
        self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._send()

    def data_received(self, data: bytes) -> None:
        if self.missing:
            self.missing -= len(data)
        else:
            self.head += data
            head, mark, rest = self.head.partition(b"\r\n\r\n")
            if not mark:
                return
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            self.head, self.missing, self.good = b"", length - len(rest), head[9:10] == b"2"
        if not self.missing:
            self.load.note(time.perf_counter() - self.sent_at, self.good)
            self._send()

    def _send(self) -> None:
        if time.perf_counter() >= self.load.ends:
            self.transport.close()
            self.load.finished()
            return
        self.sent_at = time.perf_counter()
        self.transport.write(self.load.pick())


class _Load:
    def __init__(self, requests: list[bytes], seconds: float, connections: int) -> None:
        self.requests, self.seconds, self.open = requests, seconds, connections
        self.took: list[float] = []
        self.errors = 0
        self.random = random.Random(1)
        self.begun = self.ends = 0.0

    def pick(self) -> bytes:
        return self.requests[int(self.random.random() * len(self.requests))]

    def note(self, seconds: float, good: bool) -> None:
        self.took.append(seconds)
        self.errors += not good

    def finished(self) -> None:
        self.open -= 1
        if not self.open:
            self.done.set_result(None)

    async def go(self, port: int) -> dict[str, float]:
        loop = asyncio.get_running_loop()
        self.done = loop.create_future()
        self.begun = time.perf_counter()
        self.ends = self.begun + self.seconds
        for _ in range(self.open):
            await loop.create_connection(lambda: _Connection(self), "127.0.0.1", port)
        await self.done
        took = sorted(self.took)
        return {
            "requests": len(took), "seconds": time.perf_counter() - self.begun, "errors": self.errors,
            "p50_ms": took[len(took) // 2] * 1000, "p99_ms": took[int(len(took) * 0.99)] * 1000,
        }  # fmt: skip


def main() -> None:
    """The client process: port, file of requests, seconds, connections."""
    import uvloop

    port, file, seconds, connections = sys.argv[1:]
    requests = [text.encode("latin-1") for text in json.loads(Path(file).read_text())]
    load = _Load(requests, float(seconds), int(connections))
    sys.stdout.write(json.dumps(uvloop.run(load.go(int(port)))))


if __name__ == "__main__":
    main()
