"""Blobs as files in a folder of this machine."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Self
from uuid import uuid4

import aiofiles
from aiofiles.threadpool.binary import AsyncBufferedIOBase

from appwrite_py.data.batch import Batch
from appwrite_py.files.devices.base import PIECE_BYTES, BlobNotFound, Device, DeviceFull, Writer, register
from appwrite_py.settings import Settings

_UNFINISHED = ".unfinished"
_WALKED_AT_ONCE = 500
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
        # A crash may forget the name of a file that is on the disk, unless the folder is flushed, too: once for all
        # files that were moved to it meanwhile
        self._flushes: Batch[str, None] = Batch(_flush, parallel=1)
        self._unfinished = str(self._root / _UNFINISHED)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.data_dir / "storage")

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
                await asyncio.to_thread(_move, str(aside), str(final))
            await self._flush(str(final))
        finally:
            with suppress(FileNotFoundError):
                await asyncio.to_thread(aside.unlink)

    async def put(self, path: str, content: bytes) -> None:
        with _full():
            final = str(self._at(path))
            await asyncio.to_thread(self._put_now, final, content)
            await self._flush(final)

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

    async def walk(self, folder: str = "") -> AsyncIterator[tuple[str, datetime]]:
        found = self._files(self._at(folder) if folder else self._root)
        while some := await asyncio.to_thread(lambda: list(islice(found, _WALKED_AT_ONCE))):
            for path, changed in some:
                yield path.relative_to(self._root).as_posix(), datetime.fromtimestamp(changed, UTC)

    async def sweep(self, older_than: datetime) -> int:
        return await asyncio.to_thread(self._sweep, older_than.timestamp())

    async def link(self, path: str, seconds: int, *, name: str, media_type: str, disposition: str) -> str | None:
        return None

    def _files(self, top: Path) -> Iterator[tuple[Path, float]]:
        """The files below a folder. What is deleted meanwhile is left out."""
        folders = [top]
        while folders:
            with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    place = Path(entry.path)
                    if entry.is_dir(follow_symlinks=False):
                        if place != self._root / _UNFINISHED:
                            folders.append(place)
                    else:
                        with suppress(FileNotFoundError):
                            yield place, entry.stat(follow_symlinks=False).st_mtime

    def _sweep(self, older_than: float) -> int:
        count = 0
        for place, changed in self._files(self._root / _UNFINISHED):
            if changed < older_than:
                place.unlink(missing_ok=True)
                count += 1
        return count

    async def _flush(self, final: str) -> None:
        """Flush the folder that a file was moved to. Where that fails, the file goes."""
        try:
            with _full():
                await self._flushes.join(os.path.dirname(final))
        except BaseException:
            with suppress(FileNotFoundError):
                await asyncio.to_thread(os.unlink, final)
            raise

    def _put_now(self, final: str, content: bytes) -> None:
        """The same as `writing`, in one go."""
        aside = os.path.join(self._unfinished, uuid4().hex)
        try:
            with _created(aside, os.path.dirname(final)) as file:
                rest = memoryview(content)
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            _move(aside, final)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(aside)
            raise

    def _read(self, path: str, start: int, end: int | None) -> bytes:
        with _found(path), open(self._at(path), "rb") as file:
            file.seek(start)
            return file.read() if end is None else file.read(end - start)

    def _at(self, path: str) -> Path:
        """The file of a path. Paths are made of ids; one that leads out of the folder is a mistake of ours."""
        if not path or any(name in ("", ".", "..") for name in path.split("/")):
            raise ValueError(f"The path {path!r} leads out of the storage folder.")
        return self._root / path


def _make_folders(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)


def _created(aside: str, folder: str) -> io.FileIO:
    """A new file; its folder, and the one that it will be moved to, are there mostly."""
    if not os.path.isdir(folder):
        _make_folders(Path(aside).parent, Path(folder))
    return io.FileIO(aside, "xb")


def _move(aside: str, final: str) -> None:
    try:
        os.replace(aside, final)
    except FileNotFoundError:  # the folder was deleted with its bucket while this was written
        _make_folders(Path(final).parent)
        os.replace(aside, final)


async def _flush(folders: Sequence[str]) -> list[None]:
    await asyncio.to_thread(_flush_now, set(folders))
    return [None] * len(folders)


def _flush_now(folders: set[str]) -> None:
    for folder in folders:
        with suppress(FileNotFoundError):  # it was deleted with all that is in it
            number = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(number)
            finally:
                os.close(number)


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
