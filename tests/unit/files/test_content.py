"""Files as they are put away: whole, compressed, sealed, and read from any place."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appwrite_py.files.compression import Kind
from appwrite_py.files.content import Contents, Seen
from appwrite_py.files.devices import BlobNotFound, LocalDevice
from appwrite_py.files.sealing import Tampered, sealed_size
from appwrite_py.kit.crypto import Vault

TEXT = b"".join(b"line %d of a text that compresses well\n" % n for n in range(20_000))
NOISE = os.urandom(500_000)
PATH = "p/b/file"


async def pieces_of(data: bytes, seed: int = 1) -> AsyncIterator[bytes]:
    chance, at = random.Random(seed), 0
    while at < len(data):
        step = chance.choice((1, 100, 65_536, 70_000, 300_000))
        yield data[at : at + step]
        at += step


def contents(tmp_path: Path, key: str = "key") -> Contents:
    return Contents(LocalDevice(tmp_path), Vault(key))


def put(on: Contents, data: bytes, compress: Kind, seal: bool, project: str = "p") -> Seen:
    return asyncio.run(on.put(project, PATH, pieces_of(data), len(data), compress=compress, seal=seal))


def read(on: Contents, seen: Seen, start: int = 0, end: int | None = None, project: str = "p") -> bytes:
    async def run() -> bytes:
        return b"".join([piece async for piece in on.read(project, seen.blob, start, end)])

    return asyncio.run(run())


@pytest.mark.parametrize("seal", [True, False], ids=["sealed", "open"])
@pytest.mark.parametrize("compress", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("data", [TEXT, NOISE, b"", b"x"], ids=["text", "noise", "empty", "one byte"])
def test_there_and_back(tmp_path: Path, data: bytes, compress: Kind, seal: bool) -> None:
    on = contents(tmp_path)
    seen = put(on, data, compress, seal)
    assert read(on, seen) == data
    assert seen.md5 == hashlib.md5(data).hexdigest()
    assert seen.stored == (tmp_path / PATH).stat().st_size
    if compress == "none":
        assert seen.stored == (sealed_size(len(data)) if seal else len(data))
    elif data is TEXT:
        assert seen.stored < len(data) / 5
    if data is TEXT:
        assert (b"compresses well" in (tmp_path / PATH).read_bytes()) == (not seal and compress == "none")
    chance = random.Random(7)
    for _ in range(10):
        start = chance.randint(0, len(data))
        end = chance.randint(start, len(data) + 10)
        assert read(on, seen, start, end) == data[start:end]


@pytest.mark.parametrize("size", [len(TEXT) - 1, len(TEXT) + 1])
def test_a_wrong_size_leaves_nothing(tmp_path: Path, size: int) -> None:
    on = contents(tmp_path)
    with pytest.raises(ValueError, match="bytes"):
        asyncio.run(on.put("p", PATH, pieces_of(TEXT), size, compress="none", seal=True))
    with pytest.raises(BlobNotFound):
        asyncio.run(on.device.read(PATH))


def test_each_project_has_a_key_of_its_own(tmp_path: Path) -> None:
    seen = put(contents(tmp_path), TEXT, "zstd", True)
    for on, project in ((contents(tmp_path), "q"), (contents(tmp_path, "other key"), "p")):
        with pytest.raises(Tampered):
            read(on, seen, project=project)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [(b"", "application/x-empty"), (b"hello", "text/plain"), (b"<html><body>x</body></html>", "text/html"),
     (b"%PDF-1.4\n", "application/pdf"), (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
     (b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "image/svg+xml")],
)  # fmt: skip
def test_the_kind_is_found_out(tmp_path: Path, data: bytes, wanted: str) -> None:
    assert put(contents(tmp_path), data, "gzip", True).media_type == wanted
