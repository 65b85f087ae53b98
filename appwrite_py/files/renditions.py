"""Pictures made of files, kept on the disk of this machine until they are old or others need the room.

Each lies below the path of the blob that it was made of, so that it goes with the blob, and is sealed: the file may be.
The processes of a server share the folder without locks. A picture is moved to its place when it is whole, and whoever
reads finds it or does not.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appwrite_py.data.pg import Pool
from appwrite_py.files.images import Rendered
from appwrite_py.kit.crypto import Vault
from appwrite_py.settings import Settings

log = structlog.get_logger("appwrite_py.files")
KEPT_SECONDS = 30 * 86_400
AT_ONCE = 4
"""Pictures that are being made: two of them in the threads for images, the others are just being read."""
_DRAWN_AS = "1"
"""To be raised when pictures come out differently than before."""
_USE_NOTED_EVERY_SECONDS = 60
_LEFT_OVER_AFTER_SECONDS = 3600
_BLOCK_BYTES = 4096
_NONCE_BYTES = 12
_ASKED_AT_ONCE = 500
_KNOWN = "SELECT blob FROM files WHERE blob = ANY($1::text[]) AND blob <> ''"


class Renditions:
    """Pictures by the blob that they were made of and what was asked for; those that are not there are made once."""

    def __init__(self, root: Path, vault: Vault, most_bytes: int, *, processes: int = 1) -> None:
        """`most_bytes`: of all pictures on the disk, in blocks; 0 keeps none. `processes`: that share the folder."""
        self._shelf = _Shelf(root, AESGCM(vault.derive("renditions")), most_bytes)
        self._share = max(1, most_bytes // 8 // processes)
        self._added = self._share  # what is there from before is not known yet
        self._making: dict[tuple[str, str], asyncio.Task[Rendered]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._trimming: asyncio.Task[None] | None = None

    async def get(
        self, path: str, asked: Mapping[str, object], make: Callable[[], Awaitable[Rendered]]
    ) -> tuple[Rendered, bool]:
        """The picture of a blob, and whether it was there. Who asks while it is being made waits for the same one.

        `make` does not begin before one of `AT_ONCE` places is free, so what it reads is bounded, too.
        """
        key = path, _name_of(asked)
        if key not in self._making and (found := await asyncio.to_thread(self._shelf.get, *key)) is not None:
            return found, True
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._make(key, make))
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task), False

    async def purge(self, path: str) -> None:
        """Delete what was made of a blob, or of all blobs below a path."""
        await asyncio.to_thread(self._shelf.purge, path)

    async def sweep(self, pool: Pool) -> None:
        """Delete what is too old or too much, and what was made of files that other machines have deleted."""
        blobs = await asyncio.to_thread(lambda: [*self._shelf.blobs()])
        for first in range(0, len(blobs), _ASKED_AT_ONCE):
            some = blobs[first : first + _ASKED_AT_ONCE]
            for gone in set(some) - {row["blob"] for row in await pool.fetch(_KNOWN, some)}:
                await self.purge(gone)
        await asyncio.to_thread(self._shelf.trim)

    async def _make(self, key: tuple[str, str], make: Callable[[], Awaitable[Rendered]]) -> Rendered:
        async with self._slots:
            made = await make()
            self._added += await asyncio.to_thread(self._shelf.put, *key, made)
        if self._added >= self._share and (self._trimming is None or self._trimming.done()):
            self._added = 0
            self._trimming = asyncio.create_task(asyncio.to_thread(self._shelf.trim))
        return made

    def _forget(self, key: tuple[str, str], done: asyncio.Task[Rendered]) -> None:
        self._making.pop(key, None)
        if not done.cancelled():
            done.exception()  # those who wait get it; that nobody does any more is no mistake


def swept(renditions: Renditions) -> Callable[[Pool, Settings], Awaitable[None]]:
    """The chore that looks through the pictures of this machine."""

    async def sweep(pool: Pool, _: Settings) -> None:
        await renditions.sweep(pool)

    sweep.__name__ = "renditions"
    return sweep


def _name_of(asked: Mapping[str, object]) -> str:
    text = repr((_DRAWN_AS, sorted(asked.items())))
    return hashlib.sha256(text.encode()).hexdigest()


class _Kept(NamedTuple):
    used: float
    weight: int
    place: Path


class _Shelf:
    """The folder. Nothing here raises for what other processes do meanwhile, or for a disk that is full."""

    def __init__(self, root: Path, cipher: AESGCM, most_bytes: int) -> None:
        self._root, self._cipher, self._most = root.resolve(), cipher, most_bytes

    def get(self, path: str, name: str) -> Rendered | None:
        place = self._at(path) / name
        try:
            with open(place, "rb") as file:
                sealed, status = file.read(), os.fstat(file.fileno())
        except OSError:
            return None
        now = time.time()
        try:
            if status.st_mtime < now - KEPT_SECONDS:
                raise ValueError("too old")
            kind, _, body = self._opened(sealed, f"{path}/{name}").partition(b"\0")
        except (InvalidTag, ValueError):  # too old, cut off by a crash, or sealed with another key
            self._delete(place)
            return None
        if status.st_atime < now - _USE_NOTED_EVERY_SECONDS:
            with suppress(OSError):
                os.utime(place, ns=(time.time_ns(), status.st_mtime_ns))
        return Rendered(body, kind.decode())

    def put(self, path: str, name: str, picture: Rendered) -> int:
        """Keep a picture, unless it would drive out many others; the bytes that it takes on the disk."""
        if (weight := _weight(len(picture.body))) > self._most // 16:
            return 0
        nonce = os.urandom(_NONCE_BYTES)
        plain = picture.type.encode() + b"\0" + picture.body
        sealed = nonce + self._cipher.encrypt(nonce, plain, f"{path}/{name}".encode())
        place = self._at(path) / name
        aside = place.with_name(f".{uuid4().hex}")
        for _ in range(2):
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                aside.write_bytes(sealed)
                os.replace(aside, place)
                return weight
            except FileNotFoundError:  # somebody has deleted the folder as it was empty
                continue
            except OSError as problem:
                log.warning("a picture cannot be kept", problem=str(problem))
                with suppress(OSError):
                    aside.unlink()
                break
        return 0

    def purge(self, path: str) -> None:
        place = self._at(path)
        shutil.rmtree(place, ignore_errors=True)
        self._delete_empty(place.parent)

    def blobs(self) -> Iterator[str]:
        """The paths of the blobs that pictures were made of."""
        for folder, _, names in os.walk(self._root):
            path = Path(folder).relative_to(self._root).as_posix()
            if names and not path.startswith("_"):
                yield path

    def trim(self) -> None:
        """Delete what is too old, and when it is nearly too much those that were not asked for the longest."""
        kept = list(self._kept(time.time()))
        size = sum(one.weight for one in kept)
        if size <= self._most - self._most // 8:
            return
        for one in sorted(kept):
            if size <= self._most - self._most // 4:
                break
            self._delete(one.place)
            size -= one.weight

    def _kept(self, now: float) -> Iterator[_Kept]:
        for folder, _, names in os.walk(self._root):
            for name in names:
                place = Path(folder, name)
                try:
                    status = place.stat()
                except OSError:
                    continue
                unfinished = name.startswith(".")
                if status.st_mtime < now - (_LEFT_OVER_AFTER_SECONDS if unfinished else KEPT_SECONDS):
                    self._delete(place)
                elif not unfinished:
                    yield _Kept(max(status.st_atime, status.st_mtime), _weight(status.st_size), place)

    def _delete(self, place: Path) -> None:
        with suppress(OSError):
            place.unlink()
        self._delete_empty(place.parent)

    def _delete_empty(self, folder: Path) -> None:
        with suppress(OSError):  # it is not empty, or gone
            while folder != self._root:
                folder.rmdir()
                folder = folder.parent

    def _opened(self, sealed: bytes, bound_to: str) -> bytes:
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to.encode())

    def _at(self, path: str) -> Path:
        """The folder of a blob. Paths are made of ids; one that leads out of the root is a mistake of ours."""
        place = Path(os.path.normpath(self._root / path))
        if not place.is_relative_to(self._root) or place == self._root:
            raise ValueError(f"The path {path!r} leads out of the folder.")
        return place


def _weight(size: int) -> int:
    """What a picture takes on the disk: whole blocks, and one for its folder."""
    return (-(-size // _BLOCK_BYTES) + 1) * _BLOCK_BYTES
