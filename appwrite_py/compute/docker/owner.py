"""Whose containers are whose: what a server that was killed has left behind is known, and nothing else is touched.

Each server process holds a lock as long as it lives, and its containers carry the lock's name. They also carry the name
of the data folder, as several servers may use one engine.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from pathlib import Path

HOME = "io.appwrite-py.home"
PROCESS = "io.appwrite-py.process"


class Owner:
    """This process, as far as containers know it. All of it is to be called in a thread."""

    def __init__(self, data: Path) -> None:
        self._root = data / "docker"
        self._lock = -1
        self.process = secrets.token_hex(8)
        self.home = ""

    @property
    def labels(self) -> dict[str, str]:
        """What its containers are marked with."""
        return {HOME: self.home, PROCESS: self.process}

    @property
    def folder(self) -> Path:
        """Where it may put files for a moment."""
        return self._root / self.process

    def open(self) -> None:
        """From now on it counts as alive."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home = _named(self._root / "home")
        self.folder.mkdir(mode=0o700)
        self._lock = os.open(self._lock_of(self.process), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """It is gone."""
        if self._lock >= 0:
            self.forget(self.process)
            os.close(self._lock)
            self._lock = -1

    def is_gone(self, process: str) -> bool:
        """Whether nobody has the lock of that name any more."""
        if process == self.process:
            return False
        try:
            lock = os.open(self._lock_of(process), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(lock)
        return True

    def others(self) -> list[str]:
        """Processes that have left a lock or a folder here."""
        names = {path.name.removesuffix(".lock") for path in self._root.iterdir()} - {"home", self.process}
        return [name for name in names if not name.startswith("home.")]

    def forget(self, process: str) -> None:
        """Remove what a process has left here."""
        for file in (self._root / process).glob("*"):
            file.unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (self._root / process).rmdir()
        self._lock_of(process).unlink(missing_ok=True)

    def _lock_of(self, process: str) -> Path:
        return self._root / f"{Path(process).name}.lock"


def _named(path: Path) -> str:
    """What the file says, which is made up if there is none. Several processes may come at once."""
    if not path.exists():
        own = path.with_name(f"home.{secrets.token_hex(8)}")
        own.write_text(secrets.token_hex(16))
        with contextlib.suppress(FileExistsError):
            os.link(own, path)
        own.unlink()
    return path.read_text().strip()
