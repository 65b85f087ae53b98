"""Files at rest, encrypted piece by piece, so that any part can be read without the rest.

The STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár (2015) over AES-256-GCM: the file is cut into segments
of 64 KiB; each is sealed under a nonce of a random prefix (7 bytes), the segment's number (4 bytes) and whether it is
the last (1 byte). Segments can so neither be swapped nor left out, nor the file be cut off, without it being noticed.
The prefix stands at the beginning of the blob; each segment grows by a tag of 16 bytes.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEGMENT_BYTES = 1 << 16
TAG_BYTES = 16
PREFIX_BYTES = 7
_SEALED_BYTES = SEGMENT_BYTES + TAG_BYTES


class Tampered(Exception):
    """The blob is not as it was written, or was sealed with another key."""


def sealed_size(plain: int) -> int:
    """How large a file of so many bytes is when it is sealed. An empty one has a segment, too."""
    segments = max(1, -(-plain // SEGMENT_BYTES))
    return PREFIX_BYTES + plain + segments * TAG_BYTES


class Sealer:
    """Seals a file that comes in pieces of any size."""

    def __init__(self, key: bytes, bound_to: str) -> None:
        self._cipher, self._bound_to = AESGCM(key), bound_to.encode()
        self._prefix = os.urandom(PREFIX_BYTES)
        self._number = 0
        self._rest = b""

    def begin(self) -> bytes:
        """What the blob begins with."""
        return self._prefix

    def add(self, piece: bytes) -> bytes:
        """The sealed segments that are complete now. One is always kept back, as it may be the last."""
        rest = self._rest + piece if self._rest else piece
        made = []
        at = 0
        while len(rest) - at > SEGMENT_BYTES:
            made.append(self._seal(rest[at : at + SEGMENT_BYTES], last=False))
            at += SEGMENT_BYTES
        self._rest = rest[at:]
        return b"".join(made)

    def end(self) -> bytes:
        """The last segment."""
        return self._seal(self._rest, last=True)

    def _seal(self, plain: bytes, *, last: bool) -> bytes:
        sealed = self._cipher.encrypt(_nonce(self._prefix, self._number, last=last), plain, self._bound_to)
        self._number += 1
        return sealed


class Opener:
    """Opens any part of a sealed file of `size` bytes."""

    def __init__(self, key: bytes, bound_to: str, prefix: bytes, size: int) -> None:
        self._cipher, self._bound_to, self._prefix = AESGCM(key), bound_to.encode(), prefix
        self._last = max(0, -(-size // SEGMENT_BYTES) - 1)

    @staticmethod
    def place_of(start: int, end: int) -> tuple[int, int, int]:
        """Which bytes of the blob hold the bytes `start` to `end` of the file, and how many to skip once opened."""
        first, last = start // SEGMENT_BYTES, max(start, end - 1) // SEGMENT_BYTES
        return (
            PREFIX_BYTES + first * _SEALED_BYTES,
            PREFIX_BYTES + (last + 1) * _SEALED_BYTES,
            start - first * SEGMENT_BYTES,
        )

    @staticmethod
    def segment_of(start: int) -> int:
        """The number of the segment that a byte of the file is in."""
        return start // SEGMENT_BYTES

    async def open(self, sealed: AsyncIterator[bytes], first_segment: int) -> AsyncIterator[bytes]:
        """The file's bytes, segment by segment, from pieces of the blob of any size. Raises Tampered."""
        rest, number = b"", first_segment
        async for piece in sealed:
            rest += piece
            at = 0
            while len(rest) - at >= _SEALED_BYTES:
                yield self._open(rest[at : at + _SEALED_BYTES], number)
                at, number = at + _SEALED_BYTES, number + 1
            rest = rest[at:]
        if rest or number == 0:
            yield self._open(rest, number)

    def open_all(self, sealed: bytes) -> bytes:
        """The whole file from all its segments. Raises Tampered."""
        if len(sealed) <= _SEALED_BYTES:
            return self._open(sealed, 0)
        view = memoryview(sealed)
        starts = range(0, len(sealed), _SEALED_BYTES)
        return b"".join(self._open(view[at : at + _SEALED_BYTES], number) for number, at in enumerate(starts))

    def _open(self, sealed: bytes | memoryview, number: int) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(self._prefix, number, last=number == self._last), sealed, self._bound_to)
        except InvalidTag as cause:
            raise Tampered("A part of the file is not as it was written.") from cause


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + (b"\x01" if last else b"\x00")
