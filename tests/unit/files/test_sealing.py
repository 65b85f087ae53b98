"""Encrypted files: whatever pieces they come in, any part comes out again, and nothing that was changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.files import sealing
from appwrite_py.files.sealing import PREFIX_BYTES, SEGMENT_BYTES, Opener, Sealer, Tampered, sealed_size
from tests.examples import tries

KEY, PLACE = b"k" * 32, "project/bucket/file"
EDGES = (0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES, 3 * SEGMENT_BYTES + 5)


def plain_of(size: int) -> bytes:
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


def seal(plain: bytes, piece: int = 50_000) -> bytes:
    sealer = Sealer(KEY, PLACE)
    parts = [sealer.add(plain[at : at + piece]) for at in range(0, len(plain), piece)]
    return sealer.begin() + b"".join(parts) + sealer.end()


def read(
    blob: bytes, size: int, start: int, end: int, *, key: bytes = KEY, place: str = PLACE, step: int = 9_999
) -> bytes:
    async def pieces(part: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(part), step):
            yield part[at : at + step]

    async def run() -> bytes:
        opener = Opener(key, place, blob[:PREFIX_BYTES], size)
        first, last, skip = Opener.place_of(start, end)
        opened = opener.open(pieces(blob[first:last]), start // SEGMENT_BYTES)
        return b"".join([piece async for piece in opened])[skip : skip + end - start]

    return asyncio.run(run())


@pytest.mark.parametrize("size", EDGES)
def test_there_and_back(size: int) -> None:
    plain = plain_of(size)
    blob = seal(plain)
    assert len(blob) == sealed_size(size)
    assert read(blob, size, 0, size) == plain
    assert size < 16 or plain[:64] not in blob
    assert seal(plain) != blob


@tries(60)
@given(size=st.integers(0, 4 * SEGMENT_BYTES), piece=st.integers(1, 2 * SEGMENT_BYTES), data=st.data())
def test_any_part(size: int, piece: int, data: st.DataObject) -> None:
    plain = plain_of(size)
    start = data.draw(st.integers(0, size))
    end = data.draw(st.integers(start, size))
    assert read(seal(plain, max(piece, 500)), size, start, end) == plain[start:end]


def changed(blob: bytes, at: int) -> bytes:
    return blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]


def test_what_was_changed_is_noticed() -> None:
    size = 2 * SEGMENT_BYTES + 100
    blob = seal(plain_of(size))
    step = SEGMENT_BYTES + sealing.TAG_BYTES
    first, second, third = (blob[PREFIX_BYTES + n * step : PREFIX_BYTES + (n + 1) * step] for n in range(3))
    prefix = blob[:PREFIX_BYTES]
    hostile: Iterable[tuple[bytes, int]] = (
        (changed(blob, 0), size), (changed(blob, 5000), size), (changed(blob, len(blob) - 1), size),
        (prefix + second + first + third, size), (prefix + first + third, size - SEGMENT_BYTES),
        (prefix + first + second, 2 * SEGMENT_BYTES), (blob[:-1], size - 1), (blob + b"x", size + 1),
    )  # fmt: skip
    for one, length in hostile:
        with pytest.raises(Tampered):
            read(one, length, 0, length)
    for key, place in ((b"x" * 32, PLACE), (KEY, "project/bucket/other")):
        with pytest.raises(Tampered):
            read(blob, size, 0, size, key=key, place=place)
