"""Code of deployments on the disk, as long as this server process runs it: unpacked at the first call, swept later."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from appwrite_py.compute.archives import unpack
from appwrite_py.compute.executors.base import FetchArchive, Unit, belongs
from appwrite_py.compute.sandbox import Sandbox, open_place

MOST_BYTES = 8_000_000_000
MOST_FILES = 1_000_000
_LOCK = "lock"


@dataclass(slots=True)
class _Code:
    folder: Path
    user: int | None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    whole: bool = False
    used_at: float = field(default_factory=time.monotonic)


class Folders:
    """Folders of one server process, below one that is locked as long as the process lives."""

    def __init__(self, above: Path, sandbox: Sandbox) -> None:
        self._above, self._sandbox = above, sandbox
        self._root = above / secrets.token_hex(8)
        self._codes: dict[str, _Code] = {}
        self._lock = -1
        self._making = asyncio.Lock()

    def open(self) -> None:
        """Remove the roots of processes that are no more. To be called in a thread."""
        if self._above.exists():
            for other in open_place(self._above).iterdir():
                _remove_if_left(other)

    async def _make_root(self) -> None:
        """Our own is made when there is something to put into it."""
        async with self._making:
            if self._lock < 0:
                await asyncio.to_thread(self._made_root)

    def _made_root(self) -> None:
        open_place(self._above)
        self._root.mkdir(mode=0o711)
        (self._root / "code").mkdir(mode=0o711)
        lock = self._root / f"{_LOCK}.new"  # another process takes one that is not locked for left behind
        self._lock = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        lock.rename(self._root / _LOCK)

    def close(self) -> None:
        """Remove the root. To be called in a thread."""
        shutil.rmtree(self._root, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def place(self, source: Path) -> Path:
        """A copy of a folder of ours, with a program in it, that can be seen from inside."""
        copy = self._root / source.name
        if not copy.exists():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copyfile)
            for folder, _, files in os.walk(copy):
                os.chmod(folder, 0o755)  # noqa: S103 - it holds nothing that not everybody may read
                for name in files:
                    os.chmod(os.path.join(folder, name), 0o644)
        return copy

    async def code_of(self, unit: Unit) -> tuple[Path, int | None]:
        """The folder of the unit's code, and whose it is. Raises what fetching and unpacking raise."""
        await self._make_root()
        if unit.folder is not None:  # as its owner, who can read it
            return unit.folder, unit.folder.stat().st_uid if os.geteuid() == 0 else None
        code = self._codes.get(unit.key)
        if code is None:
            folder = self._root / "code" / unit.key.replace("/", "~")  # which no key has
            code = self._codes[unit.key] = _Code(folder, self._sandbox.new_user())
        async with code.lock:
            code.used_at = time.monotonic()
            if not code.whole:
                assert unit.fetch_archive is not None, "a unit has an archive or a folder"
                await self._fetch(unit.fetch_archive, code)
                code.whole = True
        return code.folder, code.user

    async def forget(self, key_prefix: str) -> None:
        """Remove the code of units, of which nothing may run."""
        gone = [self._codes.pop(key).folder for key in list(self._codes) if belongs(key, key_prefix)]
        if gone:
            await asyncio.to_thread(_remove, gone)

    async def forget_unused(self, seconds: float, used: set[str]) -> None:
        """Remove the code of units that have not been started for so long."""
        before = time.monotonic() - seconds
        for key, code in list(self._codes.items()):
            if code.used_at < before and key not in used and not code.lock.locked():
                await self.forget(key)

    async def _fetch(self, fetch: FetchArchive, code: _Code) -> None:
        archive = self._root / f"{secrets.token_hex(8)}.tar.gz"
        try:
            await fetch(archive)
            await asyncio.to_thread(self._unpack, archive, code)
        finally:
            with contextlib.suppress(FileNotFoundError):
                await asyncio.to_thread(archive.unlink)

    def _unpack(self, archive: Path, code: _Code) -> None:
        shutil.rmtree(code.folder, ignore_errors=True)
        code.folder.mkdir(mode=0o755)
        unpack(archive, code.folder, most_bytes=MOST_BYTES, most_files=MOST_FILES)
        self._sandbox.give(code.folder, code.user)


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_if_left(root: Path) -> None:
    try:
        lock = os.open(root / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(root, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(lock)
