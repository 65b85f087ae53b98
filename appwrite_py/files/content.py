"""What is in a file: put away compressed and sealed, found out about on the way, read again from any place.

Nothing here holds more than a piece of a file in memory, however large it is.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from appwrite_py.files import compression, media_types
from appwrite_py.files.compression import Kind
from appwrite_py.files.devices import Device
from appwrite_py.files.sealing import PREFIX_BYTES, Opener, Sealer, sealed_size
from appwrite_py.kit.crypto import Vault
from appwrite_py.kit.recent import Recent

TREATED_BYTES = 20_000_000
"""Larger files are not compressed: whoever reads a part would have to unpack all that comes before it."""
_HOT_BYTES = 32 << 20
SMALL_BYTES = 1 << 20
"""Files up to this size are worked on in one piece, which takes a tenth of the time."""


@dataclass(slots=True, frozen=True)
class Blob:
    """Where a file's bytes lie, and how. `packed`: their number after compression."""

    path: str
    size: int
    packed: int
    compression: Kind = "none"
    sealed: bool = False


class Seen(NamedTuple):
    """What was found out about a file as it was put away. `stored`: the bytes that it takes on the device."""

    blob: Blob
    stored: int
    md5: str
    media_type: str


class Contents:
    """The files of all projects on one device; each project's are sealed with a key of its own.

    Small files that are asked for again and again are read from memory. Blobs never change, so it is never stale.
    """

    def __init__(self, device: Device, vault: Vault) -> None:
        self.device, self._vault = device, vault
        self._hot: Recent[bytes] = Recent(_HOT_BYTES, _HOT_BYTES // 64)

    async def put(
        self, project_id: str, path: str, pieces: AsyncIterator[bytes], size: int, *, compress: Kind, seal: bool
    ) -> Seen:
        """Put a file away, whole or not at all. `size`: what it claims to have. Raises DeviceFull, ValueError."""
        kind: Kind = compress if size <= TREATED_BYTES else "none"
        put = _Putting(kind, Sealer(self._key(project_id), path) if seal else None)
        if size <= SMALL_BYTES:
            content = await _gathered(pieces, size)
            packed = put.all(content) if put.is_quick(size) else await asyncio.to_thread(put.all, content)
            await self.device.put(path, packed)
        else:
            await self._put_piece_by_piece(path, pieces, put, size)
        blob = Blob(path, size, put.packed, kind, seal)
        return Seen(blob, sealed_size(put.packed) if seal else put.packed, put.md5, await put.media_type())

    async def _put_piece_by_piece(self, path: str, pieces: AsyncIterator[bytes], put: _Putting, size: int) -> None:
        async with self.device.writing(path) as writer:
            async for piece in pieces:
                if out := await asyncio.to_thread(put.add, piece):
                    await writer.write(out)
            await writer.write(put.end())
            if put.size != size:
                raise ValueError(f"The file has {put.size} bytes, not {size}.")

    async def read_all(self, project_id: str, blob: Blob) -> bytes:
        """All bytes of a small file. Raises BlobNotFound, Tampered, ValueError."""
        content = self._hot.get(blob.path)
        if content is None:
            content = await self._read_all(project_id, blob)
            self._hot.put(blob.path, content, len(content))
        return content

    async def _read_all(self, project_id: str, blob: Blob) -> bytes:
        packed = await self.device.read(blob.path)
        if blob.sealed:
            packed = Opener(self._key(project_id), blob.path, packed[:PREFIX_BYTES], blob.packed).open_all(
                packed[PREFIX_BYTES:]
            )
        if blob.compression == "none":
            return packed
        return await asyncio.to_thread(compression.unpacked_all, blob.compression, packed)

    async def read(self, project_id: str, blob: Blob, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end` (not included). Raises BlobNotFound, Tampered, ValueError."""
        end = blob.size if end is None else min(end, blob.size)
        if start >= end:
            return
        if blob.compression == "none":
            async for piece in _cut(self._plain(project_id, blob, start, end), 0, end - start):
                yield piece
            return
        unpacked = compression.unpacked(blob.compression, self._plain(project_id, blob, 0, blob.packed))
        async for piece in _cut(unpacked, start, end - start):
            yield piece

    async def copy_out(self, project_id: str, blob: Blob, to: Path) -> None:
        """Write all bytes to a new file of this machine. Raises BlobNotFound, Tampered, ValueError."""
        with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            async for piece in self.read(project_id, blob):
                await asyncio.to_thread(file.write, piece)

    async def _plain(self, project_id: str, blob: Blob, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes of the compressed form, or of the file itself where it is not compressed."""
        if not blob.sealed:
            async for piece in self.device.stream(blob.path, start, end):
                yield piece
            return
        prefix = await self.device.read(blob.path, 0, PREFIX_BYTES)
        opener = Opener(self._key(project_id), blob.path, prefix, blob.packed)
        first, last, skip = Opener.place_of(start, end)
        sealed = self.device.stream(blob.path, first, min(last, sealed_size(blob.packed)))
        async for piece in _cut(opener.open(sealed, Opener.segment_of(start)), skip, end - start):
            yield piece

    def _key(self, project_id: str) -> bytes:
        return self._vault.derive(f"files of {project_id}")


_QUICK_BYTES = 1 << 18


class _Putting:
    """A file on its way to the device."""

    def __init__(self, kind: Kind, sealer: Sealer | None) -> None:
        self._packer, self._sealer = compression.packer(kind), sealer
        self._hash = hashlib.md5(usedforsecurity=False)
        self._head = b""
        self._begun = sealer is None
        self.size = self.packed = 0

    def add(self, piece: bytes) -> bytes:
        """The bytes that are ready for the device."""
        self.size += len(piece)
        self._hash.update(piece)
        if len(self._head) < media_types.HEAD_BYTES:
            self._head += piece[: media_types.HEAD_BYTES - len(self._head)]
        return self._sealed(self._packer.compress(piece))

    def end(self) -> bytes:
        """The last ones."""
        rest = self._sealed(self._packer.flush())
        return rest if self._sealer is None else rest + self._sealer.end()

    def _sealed(self, packed: bytes) -> bytes:
        self.packed += len(packed)
        if self._sealer is None:
            return packed
        begin = b"" if self._begun else self._sealer.begin()
        self._begun = True
        return begin + self._sealer.add(packed)

    def is_quick(self, size: int) -> bool:
        """Whether `all` takes less time than to wait for a thread: hashing and sealing do 1 GB a second."""
        return size <= _QUICK_BYTES and isinstance(self._packer, compression.Nothing)

    async def media_type(self) -> str:
        """Found out from how the file begins."""
        return media_types.at_sight(self._head) or await asyncio.to_thread(media_types.of, self._head)

    def all(self, content: bytes) -> bytes:
        """The whole blob of a file that comes in one piece."""
        return self.add(content) + self.end()

    @property
    def md5(self) -> str:
        """Of the file as it came."""
        return self._hash.hexdigest()


async def _gathered(pieces: AsyncIterator[bytes], size: int) -> bytes:
    """The pieces of a file as one. Raises ValueError if they are not as many bytes as it claims to have."""
    gathered, count = [], 0
    async for piece in pieces:
        count += len(piece)
        if count > size:
            break
        gathered.append(piece)
    if count != size:
        raise ValueError(f"The file does not have {size} bytes.")
    return gathered[0] if len(gathered) == 1 else b"".join(gathered)


async def _cut(pieces: AsyncIterator[bytes], skip: int, length: int) -> AsyncIterator[bytes]:
    """`length` bytes after the first `skip`."""
    async for piece in pieces:
        if skip >= len(piece):
            skip -= len(piece)
            continue
        part = piece[skip : skip + length] if skip or length < len(piece) else piece
        skip, length = 0, length - len(part)
        yield part
        if not length:
            return
