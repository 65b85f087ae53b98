"""Blobs as files in a folder of this machine."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import aiofiles
from aiofiles.threadpool.binary import AsyncBufferedIOBase

from appwrite_py.files.devices.base import PIECE_BYTES, BlobNotFound, Device, DeviceFull, Writer, register

_UNFINISHED = ".unfinished"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _File(Writer):
    def __init__(self, file: AsyncBufferedIOBase) -> None:
        self._file = file

    async def write(self, piece: bytes) -> None:
        with _full():
            await self._file.write(piece)


@register
class LocalDevice(Device):
    """Files below a folder. What is being written lies aside until it is moved to its place."""

    kind = "local"

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @asynccontextmanager
    async def writing(self, path: str) -> AsyncIterator[Writer]:
        """Write aside, flush to the disk, then move: at any time the place holds the old blob, the new one, or none."""
        final, aside = self._at(path), self._root / _UNFINISHED / uuid4().hex
        await asyncio.to_thread(_make_folders, aside.parent, final.parent)
        try:
            with _full():
                async with aiofiles.open(aside, "xb") as file:
                    yield _File(file)
                    await file.flush()
                    await asyncio.to_thread(os.fsync, file.fileno())
                await asyncio.to_thread(_put, aside, final)
        finally:
            with suppress(FileNotFoundError):
                await asyncio.to_thread(aside.unlink)

    async def read(self, path: str, start: int = 0, end: int | None = None) -> bytes:
        return await asyncio.to_thread(self._read, path, start, end)

    async def stream(self, path: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        left = (await self.size(path) if end is None else end) - start
        with _found(path):
            async with aiofiles.open(self._at(path), "rb") as file:
                await file.seek(start)
                while left > 0 and (piece := await file.read(min(PIECE_BYTES, left))):
                    left -= len(piece)
                    yield piece

    async def size(self, path: str) -> int:
        with _found(path):
            found = await asyncio.to_thread(os.stat, self._at(path))
        if not stat.S_ISREG(found.st_mode):
            raise BlobNotFound(path)
        return found.st_size

    async def delete(self, path: str) -> None:
        with suppress(FileNotFoundError):
            await asyncio.to_thread(self._at(path).unlink)

    async def delete_below(self, folder: str) -> None:
        await asyncio.to_thread(shutil.rmtree, self._at(folder), ignore_errors=True)

    def _read(self, path: str, start: int, end: int | None) -> bytes:
        with _found(path), open(self._at(path), "rb") as file:
            file.seek(start)
            return file.read() if end is None else file.read(end - start)

    def _at(self, path: str) -> Path:
        """The file of a path. Paths are made of ids; one that leads out of the folder is a mistake of ours."""
        place = (self._root / path).resolve()
        if not place.is_relative_to(self._root) or place == self._root:
            raise ValueError(f"The path {path!r} leads out of the storage folder.")
        return place


def _make_folders(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)


def _put(aside: Path, final: Path) -> None:
    """Move, and flush the folder, too: otherwise a crash may forget the name of a file that is on the disk."""
    os.replace(aside, final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _found(path: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as cause:
        raise BlobNotFound(path) from cause


@contextmanager
def _full() -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        if cause.errno in _FULL:
            raise DeviceFull("The disk that files are stored on is full.") from cause
        raise
