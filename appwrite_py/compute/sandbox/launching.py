"""Parts of command lines: limits, fewer rights, an environment that is in no command line."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from appwrite_py.compute.sandbox.base import PATH, Limits

_SHELLS_OWN = {"UID", "EUID", "PPID", "OPTIND", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO"}
MIB = 1 << 20


def limited(limits: Limits, *, processes: bool = True) -> list[str]:
    """A program of its own sets them, as the last but one step: what comes before needs more."""
    if not shutil.which("prlimit"):
        return _limited_by_shell(limits)
    wanted = {
        "data": limits.memory_mb * MIB,
        "nofile": limits.open_files,
        "fsize": limits.file_mb * MIB,
        "core": 0,
        **({"nproc": limits.processes} if processes else {}),
        **({"cpu": limits.cpu_seconds} if limits.cpu_seconds else {}),
    }
    return ["prlimit", *(f"--{name}={value}:{value}" for name, value in wanted.items()), "--"]


def _limited_by_shell(limits: Limits) -> list[str]:
    """As far as every shell can."""
    wanted = [f"-d {limits.memory_mb << 10}", f"-n {limits.open_files}", f"-f {limits.file_mb << 11}", "-c 0"]
    wanted += [f"-t {limits.cpu_seconds}"] if limits.cpu_seconds else []
    return ["/bin/sh", "-c", "".join(f"ulimit {each}; " for each in wanted) + 'exec "$@"', "sh"]


def dropped(user: int, group: int) -> list[str]:
    """A program of its own gives up all rights, and is another user from then on."""
    who = [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    return ["setpriv", *who, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--pdeathsig=KILL", "--"]


def environment_file(env: Mapping[str, str]) -> tuple[tuple[int, ...], list[str]]:
    """A shell that takes the environment from a file in memory. Names that no shell can hold are left out."""
    if not env:
        return (), []
    lines = [f"export {name}={shlex.quote(value)}" for name, value in env.items() if _is_name(name)]
    descriptor = memory_file("\n".join(lines).encode("utf-8", "surrogateescape"))
    return (descriptor,), ["/bin/sh", "-c", f'. /dev/fd/{descriptor}; exec "$@"', "sh"]


def _is_name(text: str) -> bool:
    return text.isascii() and text.isidentifier() and text not in _SHELLS_OWN


def memory_file(content: bytes) -> int:
    """A file that has no name; its descriptor."""
    descriptor = os.memfd_create("appwrite-py")
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def plain_environment(home: Path) -> dict[str, str]:
    """What every program gets. `home` is its own folder for what it keeps for a while."""
    return {"PATH": PATH, "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8"}
