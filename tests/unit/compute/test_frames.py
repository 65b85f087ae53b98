"""Frames from a process that may send anything: what is broken ends it, and floods do not keep the server busy."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from appwrite_py.compute.executors.frames import _AT_ONCE, Frames


def frame(head: Any, body: bytes = b"") -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack(">II", len(text), len(body)) + text + body


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop go on until it holds."""
    for _ in range(1_000_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to be")


def talk(work: Callable[[Frames, socket.socket, list[Any]], Awaitable[None]]) -> list[Any]:
    """Let a coroutine write to the other end; what has been taken."""
    taken: list[Any] = []

    async def main() -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False), theirs.setblocking(False)
        frames = Frames(lambda head, body: taken.append((head["is"], body)), lambda: taken.append("lost"))
        await asyncio.get_running_loop().create_unix_connection(lambda: frames, sock=ours)
        with theirs:
            await work(frames, theirs, taken)
        frames.close()

    asyncio.run(main())
    return taken


def test_frames_come_whole_however_they_are_cut() -> None:
    sent = frame({"is": "a"}, b"one") + frame({"is": "b"}) + frame({"is": "c"}, bytes(300_000))

    async def work(frames: Frames, other: socket.socket, taken: list[Any]) -> None:
        loop = asyncio.get_running_loop()
        for cut in (sent[:5], sent[5:30], sent[30:]):
            await loop.sock_sendall(other, cut)
            await asyncio.sleep(0.01)
        await until(lambda: len(taken) == 3)

    assert talk(work)[:3] == [("a", b"one"), ("b", b""), ("c", bytes(300_000))]


@pytest.mark.parametrize(
    "sent",
    [
        b"garbage, and more of it",
        struct.pack(">II", 1 << 31, 0),
        struct.pack(">II", 2, 1 << 31),
        frame(b"[]"),
        frame(b"{}"),
        frame(b"\xff\xff"),
        frame(b"[" * 100_000),
        frame(b'{"is": 1e999}}'),
    ],
)
def test_what_is_no_frame_ends_it(sent: bytes) -> None:
    async def work(frames: Frames, other: socket.socket, taken: list[Any]) -> None:
        await asyncio.get_running_loop().sock_sendall(other, sent)
        await until(lambda: "lost" in taken)
        assert frames.broken

    assert talk(work) == ["lost"]


def test_a_flood_has_to_wait_and_nothing_of_it_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between as many frames as are taken at once, others have their turn."""
    count = 3000
    clock = SimpleNamespace(monotonic=lambda: 0.0)  # on which no machine is too slow for a flood
    monkeypatch.setattr(f"{Frames.__module__}.time", clock)

    async def work(frames: Frames, other: socket.socket, taken: list[Any]) -> None:
        loop = asyncio.get_running_loop()
        sending = loop.create_task(loop.sock_sendall(other, frame({"is": "x"}) * count))
        most, since = 0, time.monotonic()
        while (before := len(taken)) < count:
            await asyncio.sleep(0)
            most = max(most, len(taken) - before)
        await sending
        assert time.monotonic() - since > 0.06
        assert most == _AT_ONCE

    assert talk(work)[:count] == [("x", b"")] * count
