"""What every storage device does; each kind passes the same tests."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from appwrite_py.files.devices import BlobNotFound, Device, DeviceFull, LocalDevice

Test = Callable[[Device], Awaitable[None]]
BIG = os.urandom(700_000)


@pytest.fixture(params=["local"])
def device(request: pytest.FixtureRequest, tmp_path: Path) -> Device:
    return LocalDevice(tmp_path / "files")


async def put(device: Device, path: str, *pieces: bytes) -> None:
    async with device.writing(path) as writer:
        for piece in pieces:
            await writer.write(piece)


async def streamed(device: Device, path: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in device.stream(path, start, end)])


def test_write_and_read(device: Device) -> None:
    async def test() -> None:
        await put(device, "p/b/one", BIG[:300_000], BIG[300_000:])
        await put(device, "p/b/empty")
        assert await device.read("p/b/one") == await streamed(device, "p/b/one") == BIG
        assert await device.read("p/b/empty") == await streamed(device, "p/b/empty") == b""
        assert (await device.size("p/b/one"), await device.size("p/b/empty")) == (len(BIG), 0)
        for start, end in ((0, 1), (5, 5), (299_999, 300_001), (699_999, 700_000), (1, 10**9)):
            assert await device.read("p/b/one", start, end) == BIG[start:end]
            assert await streamed(device, "p/b/one", start, end) == BIG[start:end]

    asyncio.run(test())


def test_what_is_not_whole_is_not_there(device: Device, tmp_path: Path) -> None:
    async def given_up() -> None:
        async with device.writing("p/b/one") as writer:
            await writer.write(b"after")
            assert await device.read("p/b/one") == b"before"
            raise KeyError

    async def test() -> None:
        await put(device, "p/b/one", b"before")
        with pytest.raises(KeyError):
            await given_up()
        assert await device.read("p/b/one") == b"before"
        await put(device, "p/b/one", b"after")
        assert await device.read("p/b/one") == b"after"

    asyncio.run(test())
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["one"]


def test_missing_ones(device: Device) -> None:
    async def test() -> None:
        await put(device, "p/b/one", b"x")
        for path in ("p/b/none", "p/b", "p/b/one/below"):
            with pytest.raises(BlobNotFound):
                await device.read(path)
            with pytest.raises(BlobNotFound):
                await device.size(path)
            with pytest.raises(BlobNotFound):
                await streamed(device, path)
        await device.delete("p/b/none")
        await device.delete_below("q")

    asyncio.run(test())


def test_deletion(device: Device) -> None:
    async def test() -> None:
        for path in ("p/b/one", "p/b/two", "p/c/one", "q/b/one"):
            await put(device, path, b"x")
        await device.delete("p/b/one")
        await device.delete_below("p/b")
        await device.delete_below("p/c")
        for path in ("p/b/one", "p/b/two", "p/c/one"):
            with pytest.raises(BlobNotFound):
                await device.read(path)
        assert await device.read("q/b/one") == b"x"

    asyncio.run(test())


def test_the_last_of_several_writers_wins_whole(device: Device) -> None:
    async def test() -> None:
        await asyncio.gather(*(put(device, "p/b/one", *[bytes([n]) * 9_000] * 20) for n in range(8)))
        found = await device.read("p/b/one")
        assert len(found) == 180_000
        assert len(set(found)) == 1

    asyncio.run(test())


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = LocalDevice(tmp_path)

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def test() -> None:
        monkeypatch.setattr(os, "fsync", refuse)
        with pytest.raises(DeviceFull):
            await put(device, "p/b/one", b"x" * 100)
        monkeypatch.undo()
        with pytest.raises(BlobNotFound):
            await device.read("p/b/one")

    asyncio.run(test())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("path", ["../outside", "p/../../outside", "/etc/passwd", "", "."])
def test_no_path_leads_out(tmp_path: Path, path: str) -> None:
    device = LocalDevice(tmp_path / "files")
    with pytest.raises(ValueError, match="leads out"):
        asyncio.run(device.read(path))
