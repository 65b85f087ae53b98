"""Compressing files as they are written, and back as they are read."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import Literal, Protocol

import zstandard

Kind = Literal["none", "gzip", "zstd"]
KINDS: tuple[Kind, ...] = ("none", "gzip", "zstd")
_GZIP = 31
_NOT_PACKED = "The file is not compressed as it should be."
_LEVEL = {"gzip": 6, "zstd": 3}


class Packer(Protocol):
    """Takes a file in pieces; what comes out, and what `flush` gives at the end, is its compressed form."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class Nothing:
    """Leaves everything as it is."""

    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def packer(kind: Kind) -> Packer:
    """A new one of this kind."""
    if kind == "gzip":
        return zlib.compressobj(_LEVEL[kind], wbits=_GZIP)
    if kind == "zstd":
        return zstandard.ZstdCompressor(level=_LEVEL[kind]).compressobj()
    return Nothing()


def unpacked_all(kind: Kind, packed: bytes) -> bytes:
    """The file's bytes from the whole of its compressed form. Raises ValueError for what is no such form."""
    try:
        if kind == "gzip":
            return zlib.decompress(packed, wbits=_GZIP)
        return packed if kind == "none" else zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    except (zlib.error, zstandard.ZstdError) as cause:
        raise ValueError(_NOT_PACKED) from cause


async def unpacked(kind: Kind, packed: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The file's bytes from those of its compressed form. Raises ValueError for what is no such form."""
    if kind == "none":
        async for piece in packed:
            yield piece
        return
    unpack = zlib.decompressobj(wbits=_GZIP) if kind == "gzip" else zstandard.ZstdDecompressor().decompressobj()
    try:
        async for piece in packed:
            if data := unpack.decompress(piece):
                yield data
    except (zlib.error, zstandard.ZstdError) as cause:
        raise ValueError(_NOT_PACKED) from cause
