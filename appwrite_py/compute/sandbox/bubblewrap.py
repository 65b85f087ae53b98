"""Namespaces, made by bubblewrap."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from appwrite_py.compute.sandbox.base import FUNCTION, Command, Limits, Mount
from appwrite_py.compute.sandbox.launching import (
    MIB,
    dropped,
    environment_file,
    limited,
    memory_file,
    plain_environment,
)
from appwrite_py.compute.sandbox.plain import Sandbox
from appwrite_py.compute.sandbox.users import new_user, umask
from appwrite_py.compute.seccomp import make_filter

_SEARCHED = "/bin /sbin /lib /lib32 /lib64 /libx32".split()
_ETC = (
    "alternatives ca-certificates ca-certificates.conf crypto-policies fonts gai.conf hosts ld.so.cache ld.so.conf "
    "ld.so.conf.d localtime mime.types nsswitch.conf pki/ca-trust pki/tls/certs pki/tls/cert.pem pki/tls/openssl.cnf "
    "protocols resolv.conf services ssl/cert.pem ssl/certs ssl/openssl.cnf timezone"
).split()
"""Not all of /etc, nor of folders in it that may also hold private keys."""
_TEMPORARY = Path("/tmp")  # noqa: S108 - as it is seen from inside


class Bubblewrap(Sandbox):
    """Namespaces: it sees the system's programs and its own code, and no process but its own."""

    kind = "bubblewrap"
    hides_files = True
    hides_network = True
    moves_code = True

    def new_user(self) -> int | None:
        """A user id besides the namespaces, where the server is root."""
        return new_user() if os.geteuid() == 0 else None

    def give(self, folder: Path, user: int | None, *, writable: bool = False) -> None:
        """Reading needs nothing where files are as they are unpacked, as nobody else can see them."""
        if writable or umask() & 0o055:
            super().give(folder, user, writable=writable)

    def command(
        self, argv: Sequence[str], folder: Path, *, limits: Limits = Limits(), network: bool = True,
        env: Mapping[str, str] | None = None, writable: bool = False, inside: Path = FUNCTION,
        mounts: Sequence[Mount] = (), user: int | None = None,
    ) -> Command:  # fmt: skip
        """As that of its base."""
        user = self.new_user() if user is None else user
        # The file is not read by bubblewrap, but by a shell that already has given up all rights
        descriptors, prefix = environment_file(env or {})
        outer, more = self._outer(limits, user, network=network)
        outer += _seen([Mount(folder, inside, writable), *mounts])
        shown = [Mount(place, place) for place in map(Path, ["/usr", *_SEARCHED]) if not place.is_symlink()]
        outer += _covered(self._hidden, [*shown, *mounts])
        outer += ["--remount-ro", "/", "--remount-ro", "/dev", "--chdir", str(inside)]
        # In a file, as what is inside can read the command line: it would learn where things are outside
        words = memory_file(b"".join(os.fsencode(word) + b"\0" for word in outer))
        inner = [*limited(limits), *(dropped(user, user) if user is not None else []), *prefix, *argv]
        argv = [self._program, "--args", str(words), "--", *inner]
        command = Command(argv, plain_environment(_TEMPORARY), None, (words, *descriptors, *more))
        return self._grouped(command, limits)

    def _outer(self, limits: Limits, user: int | None, *, network: bool) -> tuple[list[str], tuple[int, ...]]:
        names = "--unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try --die-with-parent --new-session".split()
        rights = "--cap-drop ALL --cap-add CAP_SETUID --cap-add CAP_SETGID --cap-add CAP_SETPCAP".split()
        temporary = ["--perms", "1777", "--size", str(limits.temporary_mb * MIB), "--tmpfs"]
        filtered = memory_file(self._filter) if self._filter else None
        people = memory_file(_people(user if user is not None else os.geteuid()))
        groups = memory_file(_groups(user if user is not None else os.getegid()))
        argv = [
            *names, "--hostname", "function", *([] if network else ["--unshare-net"]),
            *(["--unshare-user"] if user is None else rights),
            *(["--seccomp", str(filtered)] if filtered is not None else []),
            *_system(), "--proc", "/proc", "--dev", "/dev", *temporary, "/dev/shm", *temporary, str(_TEMPORARY),  # noqa: S108
            "--perms", "0644", "--ro-bind-data", str(people), "/etc/passwd",
            "--perms", "0644", "--ro-bind-data", str(groups), "/etc/group",
        ]  # fmt: skip
        return argv, (people, groups) if filtered is None else (people, groups, filtered)

    @cached_property
    def _program(self) -> str:
        return shutil.which("bwrap") or "bwrap"

    @cached_property
    def _filter(self) -> bytes:
        return make_filter()


def _system() -> list[str]:
    """Programs and libraries. `/usr/local` is left open: what functions and builds see lies there."""
    argv = _way_to(Path("/usr/local/x"), *(Path("/etc", name) for name in _ETC))
    for place in (*_below(Path("/usr"), but="local"), *_below(Path("/usr/local"), but="server"), *map(Path, _SEARCHED)):
        if place.is_symlink():
            argv += ["--symlink", os.readlink(place), str(place)]
        elif place.exists():
            argv += ["--ro-bind", str(place), str(place)]
    for name in _ETC:
        argv += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return argv


def _way_to(*places: Path) -> list[str]:
    """The folders above, which bubblewrap would make for root alone."""
    folders = sorted({above for place in places for above in place.parents if above != Path("/")})
    return [word for folder in folders for word in ("--dir", str(folder))]


def _below(folder: Path, but: str) -> Iterator[Path]:
    return (place for place in sorted(folder.iterdir()) if place.name not in (but, "build"))


def _seen(mounts: Sequence[Mount]) -> list[str]:
    argv = _way_to(*(mount.inside for mount in mounts))
    for mount in mounts:
        argv += ["--bind" if mount.writable else "--ro-bind", str(mount.outside), str(mount.inside)]
    return argv


def _covered(hidden: Sequence[Path], mounts: Sequence[Mount]) -> list[str]:
    """Puts something empty over what would be seen with the mounts, and is not to be."""
    argv = []
    for place in {each.resolve() for each in hidden if each.exists()}:
        for mount in mounts:
            if place != mount.outside.resolve() and place.is_relative_to(mount.outside.resolve()):
                seen = str(mount.inside / place.relative_to(mount.outside.resolve()))
                argv += ["--tmpfs", seen, "--remount-ro", seen] if place.is_dir() else ["--ro-bind", os.devnull, seen]
    return argv


def _people(user: int) -> bytes:
    return f"root:x:0:0:root:/:/bin/sh\nfunction:x:{user}:{user}:function:/tmp:/bin/sh\n".encode()


def _groups(group: int) -> bytes:
    return f"root:x:0:\nfunction:x:{group}:\n".encode()
