"""Blobs as objects of a store, whichever it is: the library speaks the protocols, a kind says where and with what key.

A store shows an object when its upload is complete and not before, so nothing has to lie aside. Large ones are sent in
parts while they are being written, a few at a time; smaller ones than a part in one request.
"""

from __future__ import annotations

import asyncio
import atexit
import re
import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from appwrite_py.files.devices.base import (
    PIECE_BYTES,
    BadDevice,
    BlobNotFound,
    Device,
    DeviceFailed,
    DeviceFull,
    Writer,
)
from appwrite_py.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

PART_BYTES = 8 << 20
"""Stores take 10,000 parts of an object and none below 5 MiB: this gives objects of up to 78 GiB."""
_PARTS_AT_ONCE = 2
_LISTED_AT_ONCE = 1000
CLIENT: ClientConfig = {
    "connect_timeout": timedelta(seconds=10),
    "read_timeout": timedelta(seconds=60),
    # Of a whole download, whose pace is that of whoever is served: what hangs is found by the time without a byte.
    "timeout": timedelta(days=1),
}
RETRIES: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=30)}
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_FULL = {"507", "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}
_NO_STORE = {"NoSuchBucket", "ContainerNotFound"}
_BEYOND_END = "416"
Store = S3Store | GCSStore | AzureStore


class _Upload(Writer):
    def __init__(self, device: ObjectDevice, upload: obstore.AsyncWritableFile) -> None:
        self._device, self._upload = device, upload

    async def write(self, piece: bytes) -> None:
        with self._device.told():
            await self._upload.write(piece)


class ObjectDevice(Device):
    """Objects below a folder of a store. `prefix`: the folder; empty for all of the store."""

    def __init__(self, store: Store, prefix: str) -> None:
        self._store, self._prefix = store, prefix
        _ends_calmly()

    @asynccontextmanager
    async def writing(self, path: str) -> AsyncIterator[Writer]:
        """Send parts as they fill; the object is there when the last one is acknowledged by the store."""
        upload = obstore.open_writer_async(
            self._store, self._at(path), buffer_size=PART_BYTES, max_concurrency=_PARTS_AT_ONCE
        )
        try:
            yield _Upload(self, upload)
            with self.told():
                await upload.close()
        except BaseException as cause:
            await asyncio.shield(_abort(upload, cause))
            raise

    async def read(self, path: str, start: int = 0, end: int | None = None) -> bytes:
        result = await self._get(path, start, end)
        if result is None:
            return b""
        with self.told(path):
            return bytes(await result.bytes_async())

    async def stream(self, path: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        result = await self._get(path, start, end)
        if result is None:
            return
        chunks = aiter(result.stream(min_chunk_size=PIECE_BYTES // 2))
        while True:
            with self.told(path):
                chunk = await anext(chunks, b"")
            if not chunk:
                return
            for first in range(0, len(chunk), PIECE_BYTES):
                yield chunk[first : first + PIECE_BYTES]

    async def size(self, path: str) -> int:
        key = self._at(path)
        with self.told(path):
            return (await obstore.head_async(self._store, key))["size"]

    async def delete(self, path: str) -> None:
        key = self._at(path)
        with self.told(), suppress(FileNotFoundError):
            await obstore.delete_async(self._store, key)

    async def delete_below(self, folder: str) -> None:
        async for paths in self._listed(self._at(folder)):
            await self._delete_all([path for path, _ in paths])

    async def walk(self, folder: str = "") -> AsyncIterator[tuple[str, datetime]]:
        skip = len(self._prefix) + 1 if self._prefix else 0
        async for found in self._listed(self._at(folder) if folder else self._prefix):
            for path, changed in found:
                yield path[skip:], changed

    async def sweep(self, older_than: datetime) -> int:
        """Nothing: the library cannot list uploads that were begun. A rule of the store deletes them (see the docs)."""
        return 0

    async def link(self, path: str, seconds: int, *, name: str, media_type: str, disposition: str) -> str | None:
        if "filename" not in disposition:
            disposition = f"{disposition}; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
        return self.signed(self._at(path), seconds, media_type, disposition)

    @abstractmethod
    def signed(self, key: str, seconds: int, media_type: str, disposition: str) -> str:
        """The URL of an object with the store's signature for some time, also over the headers of the answer."""

    async def _get(self, path: str, start: int, end: int | None) -> obstore.GetResult | None:
        """The answer of the store; None where no byte is wanted, or where none lies in the range."""
        if end is not None and end <= start:
            await self.size(path)
            return None
        key = self._at(path)
        options: obstore.GetOptions = {}
        if end is not None:
            options = {"range": (start, end)}
        elif start:
            options = {"range": {"offset": start}}
        with self.told(path):
            try:
                return await obstore.get_async(self._store, key, options=options)
            except BaseError as cause:
                if _BEYOND_END in _answered(cause):
                    return None
                raise

    async def _listed(self, prefix: str) -> AsyncIterator[list[tuple[str, datetime]]]:
        batches = aiter(obstore.list(self._store, prefix or None, chunk_size=_LISTED_AT_ONCE))
        while True:
            with self.told():
                batch = await anext(batches, None)
            if batch is None:
                return
            yield [(found["path"], found["last_modified"]) for found in batch]

    async def _delete_all(self, paths: list[str]) -> None:
        with self.told():
            try:
                await obstore.delete_async(self._store, paths)
            except FileNotFoundError:  # Of stores that delete one by one, when somebody else was quicker
                for path in paths:
                    with suppress(FileNotFoundError):
                        await obstore.delete_async(self._store, path)

    def _at(self, path: str) -> str:
        """The key of a path. Paths are made of ids; one that leads out of the folder is a mistake of ours."""
        if any(part in ("", ".", "..") for part in path.split("/")):
            raise ValueError(f"The path {path!r} leads out of the storage folder.")
        return f"{self._prefix}/{path}" if self._prefix else path

    @contextmanager
    def told(self, path: str = "") -> Iterator[None]:
        """Errors of the library as those of a device; `path`: the one that is looked for.

        The library's own texts hold addresses and whole answers, so they are not passed on.
        """
        try:
            yield
        except (BaseError, OSError, ValueError) as cause:
            raise self._as_ours(cause, path) from None

    def _as_ours(self, cause: Exception, path: str) -> Exception:
        answered = _answered(cause)
        if isinstance(cause, FileNotFoundError) and path and not answered & _NO_STORE:
            return BlobNotFound(path)
        if answered & _FULL:
            return DeviceFull(f"The {self.kind} store takes no more: {' '.join(sorted(answered))}.")
        reason = f"answered {' '.join(sorted(answered))}" if answered else "gave no answer that could be used"
        return DeviceFailed(f"The {self.kind} store {reason} ({type(cause).__name__}).")


def prefix_of(settings: Settings) -> str:
    """The folder of the store that all blobs are below."""
    prefix = settings.storage_prefix.strip("/")
    if (prefix and not re.fullmatch(r"[\w.-]+(/[\w.-]+)*", prefix, re.ASCII)) or ".." in prefix.split("/"):
        raise BadDevice("APPWRITE_PY_STORAGE_PREFIX may hold letters, digits, `_`, `-`, `.`, and `/` between folders.")
    return prefix


def needed(kind: str, **values: str) -> None:
    """Raises BadDevice for the settings that are empty. Their names are the keywords."""
    if missing := [name for name, value in values.items() if not value]:
        raise BadDevice(f"_APP_STORAGE_DEVICE={kind} needs {' and '.join(missing)}, which {_is_are(missing)} not set.")


@contextmanager
def connected(kind: str, names: str) -> Iterator[None]:
    """Errors of the library about what it was given, as those of the settings."""
    try:
        yield
    except (BaseError, ValueError):
        raise BadDevice(f"_APP_STORAGE_DEVICE={kind} cannot be used with the values of {names}.") from None


def _is_are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _answered(cause: Exception) -> set[str]:
    """The status and the error code that the store answered, as far as the library's text tells."""
    text = str(cause)
    return {*_STATUS.findall(text), *_CODE.findall(text)}


@cache
def _ends_calmly() -> None:
    """Wait a moment at the end of the process, once.

    The library's threads let go of Python's objects shortly after a call has returned. Of 50 processes that ended right
    after a call 6 were killed by that (SIGABRT, obstore 0.12.1); with the pause none was.
    """
    atexit.register(time.sleep, 0.1)


async def _abort(upload: obstore.AsyncWritableFile, cause: BaseException) -> None:
    """Wait for the parts that are under way, as one that comes after the end of its upload would stay; then end it."""
    with suppress(BaseError, OSError, ValueError):
        await upload.flush()
    with suppress(BaseError, OSError, ValueError):
        await upload.__aexit__(type(cause), cause, cause.__traceback__)
