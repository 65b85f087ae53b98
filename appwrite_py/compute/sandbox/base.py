"""What every sandbox takes and gives: limits, places to be seen, a command to be started, a program that runs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from appwrite_py.compute import archives
from appwrite_py.compute.cgroups import Group

FUNCTION = Path("/usr/local/server/src/function")
"""Where functions find their code, as in Appwrite's containers."""
BUILD = Path("/usr/local/build")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PATIENCE_SECONDS = 5.0

KillStrays = Callable[[], int]
"""Kills processes that have got away from their group; how many there were."""


@dataclass(slots=True, frozen=True)
class Limits:
    """What one program and all that it starts may take.

    Memory is counted for each process, and where there are control groups for all of them together.
    """

    memory_mb: int = 512
    cpus: float | None = None
    processes: int = 256
    open_files: int = 4096
    file_mb: int = 1024
    temporary_mb: int = 512
    cpu_seconds: int | None = None


@dataclass(slots=True, frozen=True)
class Mount:
    """A folder or file of the machine, seen from inside under another path. Read only unless it is `writable`."""

    outside: Path
    inside: Path
    writable: bool = False


@dataclass(slots=True)
class Command:
    """What is to be started, and as what. Its descriptors are closed by whoever starts it: see `start`."""

    argv: list[str]
    environment: dict[str, str]
    folder: Path | None
    descriptors: tuple[int, ...] = ()
    strays: KillStrays | None = None
    group: Group | None = None
    temporary: Path | None = None
    """A folder that is there as long as the program runs."""

    def start(
        self, *, stdin: int | None = subprocess.DEVNULL, stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None, descriptors: Sequence[int] = (),
    ) -> Contained:  # fmt: skip
        """Start it, once. `descriptors` are handed on besides. To be called in a thread that lives on."""
        try:
            process = subprocess.Popen(
                self.argv, stdin=stdin, stdout=stdout, stderr=stderr, env=self.environment, cwd=self.folder,
                pass_fds=(*self.descriptors, *descriptors), start_new_session=True, bufsize=0,
            )  # fmt: skip
        except BaseException:
            self.discard()
            raise
        self.close()
        return Contained(process, self.strays, self.group, self.temporary)

    def close(self) -> None:
        """Let go of the descriptors."""
        for descriptor in self.descriptors:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.descriptors = ()

    def discard(self) -> None:
        """Let go of one that is not to be started."""
        self.close()
        if self.group:
            self.group.remove()
        if self.temporary:
            archives.remove(self.temporary)


@dataclass(slots=True)
class Contained:
    """A program that runs in a sandbox."""

    process: subprocess.Popen[bytes]
    strays: KillStrays | None
    group: Group | None
    temporary: Path | None = None
    ran_out: bool = False
    """Whether, when it was killed, something of it had been killed for want of memory."""

    def kill(self, patience_seconds: float = 0.0) -> int:
        """End it and everything it has started; its exit code. It may end by itself before the patience is over.

        It waits, so it is to be called in a thread.
        """
        if patience_seconds:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_seconds)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        try:
            code = self.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        for _ in range(20):  # what has left the group; what starts others meanwhile is met again
            if self.strays is None or not self.strays():
                break
            time.sleep(0.01)
        if self.group is not None:
            self.ran_out = self.group.ran_out()
            self.group.remove()
        if self.temporary is not None:
            archives.remove(self.temporary)
        return code
