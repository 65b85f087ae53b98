"""What every storage device does; each kind passes the same tests."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from appwrite_py.files.devices import BlobNotFound, Device
from appwrite_py.files.devices.base import PIECE_BYTES

BIG = os.urandom(700_000)
LARGE_PIECE = os.urandom(1 << 20)
LARGE_PIECES = 20


async def put(device: Device, path: str, *pieces: bytes) -> None:
    async with device.writing(path) as writer:
        for piece in pieces:
            await writer.write(piece)


async def streamed(device: Device, path: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in device.stream(path, start, end)])


async def all_of(walk: AsyncIterator[tuple[str, datetime]]) -> list[str]:
    return sorted([path async for path, _ in walk])


def test_write_and_read(device: Device) -> None:
    async def test() -> None:
        await put(device, "p/b/one", BIG[:300_000], b"", BIG[300_000:])
        await put(device, "p/b/empty")
        await put(device, "p/b/empty_piece", b"")
        assert await device.read("p/b/one") == await streamed(device, "p/b/one") == BIG
        for path in ("p/b/empty", "p/b/empty_piece"):
            assert await device.read(path) == await streamed(device, path) == b""
            assert await device.read(path, 0, 10) == await streamed(device, path, 0, 10) == b""
            assert await device.size(path) == 0
        assert await device.size("p/b/one") == len(BIG)

    asyncio.run(test())


def test_ranges(device: Device) -> None:
    async def test() -> None:
        await put(device, "p/b/one", BIG)
        for start, end in (
            (0, 1), (5, 5), (0, 0), (299_999, 300_001), (699_999, 700_000), (1, 10**9), (700_000, 700_001),
            (700_000, None), (10**6, None), (10**6, 10**7), (262_143, 524_289), (1, None), (0, None),
        ):  # fmt: skip
            assert await device.read("p/b/one", start, end) == BIG[start:end], (start, end)
            assert await streamed(device, "p/b/one", start, end) == BIG[start:end], (start, end)

    asyncio.run(test())


def test_a_large_one_goes_in_and_out_in_pieces(device: Device) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(LARGE_PIECES):
            yield number.to_bytes(4, "big") + LARGE_PIECE[4:]

    async def test() -> None:
        put_in, got_out, sizes = hashlib.sha256(), hashlib.sha256(), []
        async with device.writing("p/b/large") as writer:
            async for piece in pieces():
                put_in.update(piece)
                await writer.write(piece)
            with pytest.raises(BlobNotFound):
                await device.size("p/b/large")
        async for piece in device.stream("p/b/large"):
            got_out.update(piece)
            sizes.append(len(piece))
        assert sum(sizes) == await device.size("p/b/large") == LARGE_PIECES << 20
        assert got_out.digest() == put_in.digest()
        assert max(sizes) <= PIECE_BYTES
        for number in (7, 8, 15, 16, 19):  # about the borders of the parts that it was sent in
            assert await device.read("p/b/large", number << 20, (number << 20) + 4) == number.to_bytes(4, "big")

    asyncio.run(test())


def test_in_one_go(device: Device) -> None:
    async def test() -> None:
        for content in (b"", BIG, b"after"):
            await device.put("p/b/one", content)
            assert await device.read("p/b/one") == content
        assert await device.read("p/b/one") == b"after"
        assert await all_of(device.walk()) == ["p/b/one"]
        with pytest.raises(ValueError, match="leads out"):
            await device.put("../outside", b"x")

    asyncio.run(test())


@pytest.mark.parametrize("pieces", [0, 1, LARGE_PIECES])
def test_what_is_not_whole_is_not_there(device: Device, pieces: int) -> None:
    async def given_up(path: str) -> None:
        async with device.writing(path) as writer:
            for _ in range(pieces):
                await writer.write(LARGE_PIECE)
            assert await all_of(device.walk()) == ["p/b/one"]
            assert await device.read("p/b/one") == b"before"
            raise KeyError

    async def test() -> None:
        await put(device, "p/b/one", b"before")
        for path in ("p/b/one", "p/b/two"):
            with pytest.raises(KeyError):
                await given_up(path)
        assert await device.read("p/b/one") == b"before"
        assert await all_of(device.walk()) == ["p/b/one"]
        with pytest.raises(BlobNotFound):
            await device.read("p/b/two")
        await put(device, "p/b/one", b"after")
        assert await device.read("p/b/one") == b"after"

    asyncio.run(test())


def test_a_write_that_is_cancelled(device: Device) -> None:
    async def never_ending(begun: asyncio.Event) -> None:
        async with device.writing("p/b/one") as writer:
            for _ in range(9):
                await writer.write(LARGE_PIECE)
            begun.set()
            await asyncio.sleep(60)

    async def test() -> None:
        begun = asyncio.Event()
        task = asyncio.create_task(never_ending(begun))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await all_of(device.walk()) == []

    asyncio.run(test())


def test_missing_ones(device: Device) -> None:
    async def test() -> None:
        await put(device, "p/b/one", b"x")
        for path in ("p/b/none", "p/b", "p/b/one/below"):
            for start, end in ((0, None), (1, None), (0, 1), (3, 3)):
                with pytest.raises(BlobNotFound):
                    await device.read(path, start, end)
            with pytest.raises(BlobNotFound):
                await device.size(path)
            with pytest.raises(BlobNotFound):
                await streamed(device, path)
        await device.delete("p/b/none")
        await device.delete_below("q")

    asyncio.run(test())


def test_deletion(device: Device) -> None:
    async def test() -> None:
        for path in ("p/b/one", "p/b/two", "p/b/below/three", "p/bb/one", "p/c/one", "q/b/one"):
            await put(device, path, b"x")
        await device.delete("p/b/one")
        await device.delete_below("p/b")
        await device.delete_below("p/c")
        assert await all_of(device.walk()) == ["p/bb/one", "q/b/one"]
        for path in ("p/b/one", "p/b/two", "p/b/below/three", "p/c/one"):
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


def test_writers_of_large_ones_side_by_side(device: Device) -> None:
    async def test() -> None:
        await asyncio.gather(*(put(device, f"p/b/{n}", *[bytes([n]) * (1 << 20)] * 9) for n in range(4)))
        for n in range(4):
            assert await device.size(f"p/b/{n}") == 9 << 20
            assert set(await device.read(f"p/b/{n}")) == {n}

    asyncio.run(test())


def test_a_walk(device: Device) -> None:
    async def test() -> None:
        begun = datetime.now(UTC) - timedelta(seconds=2)  # stores tell whole seconds
        paths = ["p/b/deep/er/one", "p/b/one", "p/b/two", "p/c/one", "pp/one"]
        for path in paths:
            await put(device, path, b"x")
        found = {path: changed async for path, changed in device.walk()}
        assert sorted(found) == paths
        assert all(begun < changed < datetime.now(UTC) + timedelta(seconds=2) for changed in found.values())
        assert await all_of(device.walk("p")) == paths[:4]
        assert await all_of(device.walk("p/b")) == paths[:3]
        assert await all_of(device.walk("q")) == await all_of(device.walk("p/b/one")) == []

    asyncio.run(test())


def test_more_than_a_page_of_blobs(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appwrite_py.files.devices.objects._LISTED_AT_ONCE", 10)
    monkeypatch.setattr("appwrite_py.files.devices.local._WALKED_AT_ONCE", 10)

    async def test() -> None:
        paths = sorted(f"p/b{n % 3}/{n}" for n in range(45))
        await asyncio.gather(*(put(device, path, b"x") for path in paths))
        assert await all_of(device.walk()) == paths
        async for path, _ in device.walk():  # what walks may delete
            await device.delete(path)
        assert await all_of(device.walk()) == []
        await asyncio.gather(*(put(device, path, b"x") for path in paths))
        await device.delete_below("p")
        assert await all_of(device.walk()) == []

    asyncio.run(test())


def test_a_sweep_leaves_what_is_whole_and_what_is_being_written(device: Device) -> None:
    async def test() -> None:
        await put(device, "p/b/one", b"x")
        async with device.writing("p/b/two") as writer:
            await writer.write(b"y")
            assert await device.sweep(datetime.now(UTC) - timedelta(hours=1)) == 0
        assert await all_of(device.walk()) == ["p/b/one", "p/b/two"]

    asyncio.run(test())


@pytest.mark.parametrize("path", ["../outside", "p/../../outside", "/etc/passwd", "", "."])
def test_no_path_leads_out(device: Device, path: str) -> None:
    async def test() -> None:
        with pytest.raises(ValueError, match="leads out"):
            await device.read(path)
        with pytest.raises(ValueError, match="leads out"):
            await device.size(path)
        with pytest.raises(ValueError, match="leads out"):
            await device.delete(path)
        with pytest.raises(ValueError, match="leads out"):
            await device.delete_below(path)
        with pytest.raises(ValueError, match="leads out"):
            await put(device, path, b"x")

    asyncio.run(test())
