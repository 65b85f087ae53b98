"""What every storage device offers. Each is one file that registers itself; `__init__` imports them all.

A device keeps blobs under paths such as `PROJECT/BUCKET/FILE`. A blob is whole or is not there: what is being written
is seen by nobody, and what has been written survives a crash.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import ClassVar, Self

from appwrite_py.settings import Settings

PIECE_BYTES = 1 << 18
"""How much is read and written at a time."""


class BlobNotFound(Exception):
    """There is no blob under this path."""


class DeviceFull(Exception):
    """The device takes no more."""


class DeviceFailed(Exception):
    """The device does not do what it should; the message says what it answered, and holds no secret."""


class BadDevice(ValueError):
    """The settings of the device do not do; the message says which, and what they need."""


class Writer(ABC):
    """A blob that is being written. It appears under its path when the block that it was opened in ends well."""

    @abstractmethod
    async def write(self, piece: bytes) -> None:
        """Add bytes at the end. Raises DeviceFull."""


class Device(ABC):
    """A place for blobs. Every method may raise DeviceFailed."""

    kind: ClassVar[str]
    """The name that the setting `_APP_STORAGE_DEVICE` gives it."""

    @classmethod
    @abstractmethod
    def of(cls, settings: Settings) -> Self:
        """The device that the settings describe. Nothing is asked of it yet. Raises BadDevice."""

    @abstractmethod
    def writing(self, path: str) -> AbstractAsyncContextManager[Writer]:
        """Write a blob, or replace it. Nothing is left of one whose block raises."""

    async def put(self, path: str, content: bytes) -> None:
        """Write a small blob in one go. Raises DeviceFull."""
        async with self.writing(path) as writer:
            await writer.write(content)

    @abstractmethod
    async def read(self, path: str, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from `start` up to `end` (not included), or to the end. Raises BlobNotFound."""

    @abstractmethod
    def stream(self, path: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The same in pieces of at most `PIECE_BYTES`. Raises BlobNotFound before the first one."""

    @abstractmethod
    async def size(self, path: str) -> int:
        """How many bytes a blob has. Raises BlobNotFound."""

    @abstractmethod
    async def delete(self, path: str) -> None:
        """Delete a blob, if it is there."""

    @abstractmethod
    async def delete_below(self, folder: str) -> None:
        """Delete all blobs below a path."""

    @abstractmethod
    def walk(self, folder: str = "") -> AsyncIterator[tuple[str, datetime]]:
        """All blobs below a path, in any order, and when each was written."""

    @abstractmethod
    async def sweep(self, older_than: datetime) -> int:
        """Remove what is left of writes that a crash ended, and that began before; how many were removed."""

    @abstractmethod
    async def link(self, path: str, seconds: int, *, name: str, media_type: str, disposition: str) -> str | None:
        """A URL where everybody gets the blob for some time, with these headers; None where there are no such URLs.

        `disposition` is `inline` or `attachment`, to which the name is added, or all of the header.
        """


KINDS: dict[str, type[Device]] = {}


def register(device: type[Device]) -> type[Device]:
    """Make a kind of device known under its name."""
    KINDS[device.kind] = device
    return device
