"""Control groups: bounds on memory, processes and CPU for a program together with all that it starts.

Used where the server may make groups, which mostly means: where it is root on the machine itself. Elsewhere each
process has its own limits only. Both versions of the kernel's interface are spoken.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_NAME = "appwrite-py"
_PERIOD_MICROSECONDS = 100_000
_MIB = 1 << 20
_REMOVE_TRIES = 50


@dataclass(slots=True)
class Group:
    """A group for one program: a folder for each controller, or one for all."""

    folders: tuple[Path, ...]

    @property
    def prefix(self) -> list[str]:
        """What a command line begins with to run in the group."""
        script = 'for group in $0; do echo 0 > "$group/cgroup.procs" || exit 125; done; exec "$@"'
        return ["/bin/sh", "-c", script, " ".join(map(str, self.folders))]

    def ran_out(self) -> bool:
        """Whether something in it has been killed for want of memory."""
        for folder in self.folders:
            for name in ("memory.events", "memory.oom_control"):
                for word, number in _pairs(folder / name):
                    if word == "oom_kill" and number != "0":
                        return True
        return False

    def remove(self) -> None:
        """Kill what is left in it, and remove it. It waits for that, so it is to be called in a thread."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                (folder / "cgroup.kill").write_text("1")
        for folder in self.folders:
            for _ in range(_REMOVE_TRIES):
                if _removed(folder):
                    break
                _kill(folder)
                time.sleep(0.01)


class Groups:
    """Makes groups, below folders of this server process. `controllers` are folders by the files they hold."""

    def __init__(self, controllers: Mapping[str, Path]) -> None:
        self._controllers = dict(controllers)

    def make(self, memory_mb: int, processes: int, cpus: float | None) -> Group | None:
        """A group with these bounds; None where that fails."""
        name = secrets.token_hex(8)
        folders = tuple(sorted({folder / name for folder in self._controllers.values()}))
        group = Group(folders)
        try:
            for folder in folders:
                folder.mkdir()
            for file, value in self._values(memory_mb, processes, cpus):
                (self._controllers[file] / name / file).write_text(value)
        except OSError:
            group.remove()
            return None
        return group

    def _values(self, memory_mb: int, processes: int, cpus: float | None) -> Iterator[tuple[str, str]]:
        quota = int((cpus or 0) * _PERIOD_MICROSECONDS)
        wanted = {
            "memory.max": str(memory_mb * _MIB),
            "memory.swap.max": "0",
            "memory.limit_in_bytes": str(memory_mb * _MIB),
            "pids.max": str(processes),
            "cpu.max": f"{quota or 'max'} {_PERIOD_MICROSECONDS}",
            "cpu.cfs_quota_us": str(quota or -1),
        }
        return ((file, wanted[file]) for file in self._controllers)


def find_groups(root: Path = _ROOT) -> Groups | None:
    """How groups are made on this machine; None where they cannot be."""
    unified = (root / "cgroup.controllers").exists()
    controllers = _unified(root) if unified else _divided(root)
    if not any(file.startswith("memory.") for file in controllers):
        return None
    groups = Groups(controllers)
    tried = groups.make(64, 16, 1)
    if tried is None:
        return None
    tried.remove()
    return groups


def _unified(root: Path) -> dict[str, Path]:
    """Version 2: one tree."""
    try:
        folder = _own_folder(root)
        (folder / "cgroup.subtree_control").write_text("+memory +pids +cpu")
    except OSError:
        return {}
    files = ["memory.max", "pids.max", "cpu.max"]
    return dict.fromkeys([*files, "memory.swap.max"] if (root / "memory.swap.max").exists() else files, folder)


def _divided(root: Path) -> dict[str, Path]:
    """Version 1: a tree for each controller."""
    found = {}
    for controller, file in (("memory", "memory.limit_in_bytes"), ("pids", "pids.max"), ("cpu", "cpu.cfs_quota_us")):
        with contextlib.suppress(OSError):
            if (root / controller).is_dir():
                found[file] = _own_folder(root / controller)
    return found


def _own_folder(above: Path) -> Path:
    """This process' folder. Those of processes that are no more are removed on the way."""
    for other in above.glob(f"{_NAME}-*"):
        if not Path("/proc", other.name.removeprefix(f"{_NAME}-")).exists():
            for group in other.glob("*/"):
                Group((group,)).remove()
            _removed(other)
    folder = above / f"{_NAME}-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    atexit.register(_removed, folder)
    return folder


def _kill(folder: Path) -> None:
    """What version 2 does by itself. Processes of another namespace, which have the number 0, are left alone."""
    with contextlib.suppress(OSError):
        for number in (folder / "cgroup.procs").read_text().split():
            if int(number) > 1:
                os.kill(int(number), signal.SIGKILL)


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _pairs(file: Path) -> Iterator[tuple[str, str]]:
    with contextlib.suppress(OSError):
        for line in file.read_text().splitlines():
            word, _, number = line.partition(" ")
            yield word, number
