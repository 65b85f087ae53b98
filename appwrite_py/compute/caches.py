"""What package managers keep between the builds of a function: a folder for each, on the machine that builds.

It is a help and nothing else. One build at a time has it, as each runs as a user of its own; others do without. Too
large ones are thrown away, and those that nobody has used for a while.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appwrite_py.compute import archives

_MOST_BYTES = 1 << 29
_UNUSED_SECONDS = 14 * 86_400


class Caches:
    """All of them. `root` is the folder that they lie in."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @asynccontextmanager
    async def of(self, owner: str, otherwise: Path) -> AsyncIterator[Path]:
        """The cache of a function, named as `PROJECT/FUNCTION`, for as long as the block runs.

        While another build has it, it is the folder `otherwise`, which is made, and is empty.
        """
        folder = self._root / owner
        lock = await asyncio.to_thread(_take, folder)
        if lock is None:
            await asyncio.to_thread(otherwise.mkdir, 0o711)
            yield otherwise
            return
        try:
            await asyncio.to_thread(_drop_links, folder)
            yield folder
        finally:
            await asyncio.to_thread(_give_back, folder, lock)

    def sweep(self) -> int:
        """Delete those that were last used long ago, also of functions that are gone; how many."""
        before, count = time.time() - _UNUSED_SECONDS, 0
        for folder in self._root.glob("*/*/"):
            if folder.stat().st_mtime < before and (lock := _take(folder)) is not None:
                archives.remove(folder)
                _lock_of(folder).unlink(missing_ok=True)
                os.close(lock)
                count += 1
        return count


def _take(folder: Path) -> int | None:
    """The lock of a folder, which is there then; None while somebody else has it."""
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    lock = os.open(_lock_of(folder), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _drop_links(folder: Path) -> None:
    """Delete what is a file of the server's user under another name, which a build is not to be handed over."""
    for place, _, names in os.walk(folder):
        for name in names:
            status = os.lstat(path := os.path.join(place, name))
            if status.st_nlink > 1 and status.st_uid == os.geteuid() == 0:
                os.unlink(path)


def _give_back(folder: Path, lock: int) -> None:
    if archives.measure(folder).bytes > _MOST_BYTES:
        archives.remove(folder)
    else:
        os.utime(folder)
    os.close(lock)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}~")  # which no id has
