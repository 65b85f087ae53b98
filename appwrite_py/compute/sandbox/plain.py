"""Limits only, which is also what the other kinds build upon."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import ClassVar

from appwrite_py.compute import archives
from appwrite_py.compute.cgroups import Groups
from appwrite_py.compute.sandbox.base import FUNCTION, Command, Limits, Mount
from appwrite_py.compute.sandbox.launching import limited, plain_environment
from appwrite_py.compute.sandbox.processes import kill_marked
from appwrite_py.compute.sandbox.users import hand_over

_MARK = "APPWRITE_PY_SANDBOX"
_TEMPORARY = "appwrite-py-temporary"
_LEFT_SECONDS = 3600.0


class Sandbox:
    """Limits only, for machines that offer nothing else: a function can read what the server's user can read."""

    kind: ClassVar[str] = "none"
    hides_files: ClassVar[bool] = False
    hides_network: ClassVar[bool] = False
    moves_code: ClassVar[bool] = False
    """Whether code lies inside where it does in containers, whatever folder it is in."""

    def __init__(self, groups: Groups | None = None, hidden: Sequence[Path] = ()) -> None:
        """`hidden`: files and folders of the server that are not to be seen, wherever they lie."""
        self._groups, self._hidden = groups, hidden

    def new_user(self) -> int | None:
        """A user id for one thing that is started, where the server may give it one."""
        return None

    def give(self, folder: Path, user: int | None, *, writable: bool = False) -> None:
        """Let the user read the folder and what is in it, or write there too. To be called in a thread."""
        if user is None:
            return
        for place, _, names in os.walk(folder):
            for path in (place, *(os.path.join(place, name) for name in names)):
                hand_over(path, user, writable=writable)

    def root(self, data: Path) -> Path:
        """A folder below which the code of functions can lie so that it is seen from inside."""
        return data / "functions"

    def command(
        self,
        argv: Sequence[str],
        folder: Path,
        *,
        limits: Limits = Limits(),
        network: bool = True,
        env: Mapping[str, str] | None = None,
        writable: bool = False,
        inside: Path = FUNCTION,
        mounts: Sequence[Mount] = (),
        user: int | None = None,
    ) -> Command:
        """What starts `argv` with the folder as its working directory, which is seen as `inside` where that can be.

        `env` is all of its environment but for PATH, HOME, TMPDIR and LANG; none of it is in any command line, nor has
        it any effect outside of the sandbox. `mounts` are further places that can be seen. `user` is one of `new_user`.
        """
        mark = secrets.token_hex(8)
        temporary = self._temporary(None)
        inner = [*limited(limits, processes=False), *argv]
        environment = {**plain_environment(temporary), **(env or {}), _MARK: mark}
        strays = partial(kill_marked, f"{_MARK}={mark}".encode())
        return self._grouped(Command(inner, environment, folder, strays=strays, temporary=temporary), limits)

    def _temporary(self, user: int | None) -> Path:
        """A folder of its own: what others put into /tmp, package managers and Git would take their settings from."""
        _remove_left()
        folder = Path(tempfile.mkdtemp(prefix=f"{_TEMPORARY}-{os.getpid()}-"))
        if user is not None:
            os.chown(folder, user, user)
        return folder

    def _grouped(self, command: Command, limits: Limits) -> Command:
        """The same in a group, where groups can be made, and the first to go when the machine has no memory left."""
        if shutil.which("choom"):
            command.argv = ["choom", "-n", "1000", "--", *command.argv]
        command.group = self._groups.make(limits.memory_mb, limits.processes, limits.cpus) if self._groups else None
        if command.group:
            command.argv = [*command.group.prefix, *command.argv]
        return command


@cache
def _remove_left() -> None:
    """Folders of server processes that were killed. It is done once."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}-*-*"):
        with contextlib.suppress(OSError):
            there = Path("/proc", folder.name.split("-")[3]).exists()
            if not there and folder.lstat().st_mtime < time.time() - _LEFT_SECONDS:
                archives.remove(folder)
