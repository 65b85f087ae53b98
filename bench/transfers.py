"""A large file up and down again as the SDKs do it, and the memory that this takes in the server.

The first chunk goes alone, then eight at a time, each connection kept alive. What comes back is compared by checksum.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import uvloop

from bench import load
from bench.target import multipart

CHUNK_BYTES = 5 << 20
AT_ONCE = 8
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_SAMPLES_PER_SECOND = 50
_BLOCK = os.urandom(CHUNK_BYTES)


@dataclass(slots=True, frozen=True)
class Moved:
    """What it took to move a file one way. `growth`: bytes of memory at the worst moment, over those before."""

    seconds: float
    cpu: float
    growth: int


class Memory(threading.Thread):
    """Watches the resident memory of a process and all its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._ended = threading.Event()
        self.peak = 0

    def __enter__(self) -> Self:
        self.peak = resident(_tree(self._root))
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        """Take samples; which processes there are is looked up once a second."""
        while not self._ended.is_set():
            tree = _tree(self._root)
            for _ in range(_SAMPLES_PER_SECOND):
                self.peak = max(self.peak, resident(tree))
                if self._ended.wait(1 / _SAMPLES_PER_SECOND):
                    return


def _tree(root: psutil.Process) -> list[int]:
    return [root.pid, *(child.pid for child in root.children(recursive=True))]


def resident(pids: list[int]) -> int:
    """Bytes of memory that these processes hold now."""
    total = 0
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    return total


def there_and_back(port: int, pid: int, headers: dict[str, str], bucket: str, size: int) -> tuple[Moved, Moved]:
    """Upload a file of so many bytes into a bucket, and download it, through the server process `pid`.

    Memory is held against what the server had before the first byte, in both directions.
    """
    before = resident(_tree(psutil.Process(pid)))
    expected = _checksum(size)
    base = f"/v1/storage/buckets/{bucket}/files"
    up, _ = _timed(pid, before, lambda: _upload(port, base, headers, size))
    down, got = _timed(pid, before, lambda: _download(port, f"{base}/large/download", headers))
    if got != (size, expected):
        raise RuntimeError("The file came back as another one.")
    return up, down


def _timed(pid: int, before: int, move: Callable[[], Awaitable[Any]]) -> tuple[Moved, Any]:
    cpu, begun = load.cpu_seconds(pid), time.perf_counter()

    async def moving() -> Any:
        return await move()

    with Memory(pid) as memory:
        got = uvloop.run(moving())
    seconds = time.perf_counter() - begun
    return Moved(seconds, load.cpu_seconds(pid) - cpu, memory.peak - before), got


def _chunk(number: int, size: int) -> bytes:
    """A chunk like no other."""
    return (number.to_bytes(8, "big") + _BLOCK[8:])[: min(CHUNK_BYTES, size - number * CHUNK_BYTES)]


def _checksum(size: int) -> int:
    found = 0
    for number in range(-(-size // CHUNK_BYTES)):
        found = zlib.crc32(_chunk(number, size), found)
    return found


async def _upload(port: int, path: str, headers: dict[str, str], size: int) -> None:
    numbers = iter(range(-(-size // CHUNK_BYTES)))

    async def work(count: int | None = None) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            writer.write(_chunk_request(path, headers, number, size))
            await writer.drain()
            await _answer(reader)
            if count == 1:
                break
        writer.close()

    await work(1)
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def _chunk_request(path: str, headers: dict[str, str], number: int, size: int) -> bytes:
    chunk = _chunk(number, size)
    start = number * CHUNK_BYTES
    kind, body = multipart("large", "large.bin", chunk)
    more = {"Content-Type": kind, "Content-Range": f"bytes {start}-{start + len(chunk) - 1}/{size}"}
    if number:
        more["X-Appwrite-ID"] = "large"
    return load.request("POST", path, headers | more, body)


async def _answer(reader: asyncio.StreamReader) -> dict[str, Any]:
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(_length(head))
    if head[9:10] != b"2":
        raise RuntimeError(f"The upload was refused: {body.decode()}")
    return dict(json.loads(body))


async def _download(port: int, path: str, headers: dict[str, str]) -> tuple[int, int]:
    """How many bytes came, and their checksum."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(load.request("GET", path, headers))
    missing = _length(await reader.readuntil(b"\r\n\r\n"))
    size = found = 0
    while size < missing and (piece := await reader.read(1 << 20)):
        size += len(piece)
        found = zlib.crc32(piece, found)
    writer.close()
    return size, found


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
