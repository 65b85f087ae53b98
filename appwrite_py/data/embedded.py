"""The PostgreSQL that `serve` starts when no database is configured: made, started, adopted and stopped here.

Below its folder: `data` is the cluster (with the socket in it), `log` what the server says, `serve.lock` who uses it.
Only the user who runs us gets in: nothing listens on the network, the cluster's folder and the socket have mode 0700,
and PostgreSQL asks the kernel who is at the other end (`peer`), so there is no password to keep. Logins that
`sql-role create` makes come through the same socket, with a password. Which user runs PostgreSQL when we are root is
told in `programs`.

A server that lost its parent to `kill -9` goes on running and is adopted at the next start, its caches included.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

from appwrite_py.data.programs import (
    DATABASE,
    ROLE,
    SETTINGS_FILE,
    Account,
    EmbeddedPostgresError,
    Programs,
    inside,
    last_lines,
)

__all__ = ["DataDirInUse", "DataLock", "EmbeddedPostgres", "EmbeddedPostgresError"]

_PORT = 5432  # names the socket, nothing more
_SOCKET = f".s.PGSQL.{_PORT}"
_SOCKET_PATH_BYTES = 103  # what macOS has room for; Linux has 107
_START_SECONDS = 600  # recovery after a crash reads at most max_wal_size, for which slow disks take minutes
_SESSIONS_SECONDS = 20
_LOG_BYTES = 10 * 1024 * 1024
_SIGNALS = ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10))  # fast, immediate, and no more patience

# ALTER SYSTEM overrides these, so they are defaults and not rules; the rules are on the command line
_SETTINGS = """\
# Written at every start. Change a setting with ALTER SYSTEM, or below the include line of postgresql.conf.
max_connections = 200
shared_buffers = 128MB
fsync = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
random_page_cost = 1.1                  # a solid-state disk
jit = off                               # it costs short queries more than it gives
max_logical_replication_workers = 0     # one process less
log_checkpoints = off
log_min_messages = error
log_min_error_statement = panic         # statements and details may carry personal data
log_error_verbosity = terse
"""


class DataDirInUse(EmbeddedPostgresError):
    """Another process uses the data folder; the message names it."""


class DataLock:
    """Keeps a data folder to one process. It is gone with the process that holds it, even after `kill -9`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take the lock, or keep it. Raises DataDirInUse, or EmbeddedPostgresError when the folder is of no use."""
        if self._fd is not None:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(self.folder / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as cause:
            raise EmbeddedPostgresError(
                f"The data folder {self.folder} cannot be used: {cause.strerror}. Give it to this user, or "
                "choose another folder with APPWRITE_PY_DATA."
            ) from cause
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(fd, 0)
            os.pwrite(fd, b"%d\n" % os.getpid(), 0)
        except BlockingIOError as cause:
            holder = os.pread(fd, 32, 0).decode().strip() or "unknown"
            os.close(fd)
            raise DataDirInUse(
                f"The data folder {self.folder} is in use by the process {holder}. Stop that process first "
                f"(kill {holder}), or choose another folder with APPWRITE_PY_DATA."
            ) from cause
        except OSError as cause:
            os.close(fd)
            raise EmbeddedPostgresError(f"The data folder {self.folder} cannot be locked: {cause}") from cause
        self._fd = fd

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class _Pidfile(NamedTuple):
    pid: int = 0
    status: str = ""


class EmbeddedPostgres:
    """One PostgreSQL in one folder. Blocking: call it before the event loop runs, or in a thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._cluster = self.folder / "data"
        self._log = self.folder / "log"
        self._lock = DataLock(self.folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the server that `start` started or adopted."""
        return self._pid

    def start(self, progress: Callable[[str], None] = lambda _: None) -> str:
        """Start the server, making its cluster when there is none, and return the address to connect to.

        Raises DataDirInUse when another process serves the folder, EmbeddedPostgresError for everything else.
        """
        self._lock.acquire()
        try:
            self._start(progress)
        except OSError as cause:
            self.stop()
            raise EmbeddedPostgresError(f"PostgreSQL in {self.folder} cannot be started: {cause}") from cause
        except BaseException:
            self.stop()
            raise
        return self._dsn()

    def stop(self) -> None:
        """Shut the server down cleanly and let go of the folder; nothing happens when it is not started."""
        if self._pid is not None:
            self._shut_down()
            if self._socket_folder != self._cluster:
                with contextlib.suppress(OSError):
                    self._socket_folder.rmdir()
        self._lock.release()

    def running(self) -> str | None:
        """The address of the server that serves this folder now, whoever started it: for commands beside `serve`."""
        file = self._pidfile()
        return self._dsn() if file.status == "ready" and self._serves(file.pid) else None

    def _start(self, progress: Callable[[str], None]) -> None:
        account = Account.for_server(self._cluster)
        programs = Programs.find(account, self._major())
        if not (self._cluster / "PG_VERSION").exists():
            progress(f"Creating the database in {self.folder}")
            programs.make_cluster(self._cluster, account)
        command = self._command(programs)
        if self._adopt(command):
            progress(f"PostgreSQL {programs.version} still runs, process {self._pid}")
            return
        progress(f"Starting PostgreSQL {programs.version}")
        account.take(self._cluster)
        self._configure(account)
        self._prepare_socket_folder(account)
        self._launch(command, account)

    def _major(self) -> int | None:
        """The major version that made the cluster."""
        try:
            text = (self._cluster / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            if self._cluster.exists() and any(self._cluster.iterdir()):
                raise EmbeddedPostgresError(
                    f"{self._cluster} holds something else than a PostgreSQL cluster. Move it away first."
                ) from None
            return None
        if not text.isdigit():
            raise EmbeddedPostgresError(f"{self._cluster}/PG_VERSION says {text!r}, which is no version of PostgreSQL.")
        return int(text)

    def _command(self, programs: Programs) -> list[str]:
        """How the server is started; another server is adopted when it was started in exactly this way."""
        sockets = "." if self._socket_folder == self._cluster else str(self._socket_folder)
        rules = {
            "listen_addresses": "",
            "port": str(_PORT),
            "unix_socket_directories": f'"{sockets}"',
            "unix_socket_permissions": "0700",
            "logging_collector": "off",
            "log_destination": "stderr",
            "appwrite_py.programs": programs.version,  # so that an upgraded one is not taken for the old one
            "appwrite_py.folder": str(self.folder),
            "appwrite_py.cluster": self._cluster_id(),
        }
        return [f"{programs.folder}/postgres", *(f"--{name}={value}" for name, value in rules.items())]

    def _cluster_id(self) -> str:
        """What stays the same when the folder is moved."""
        about = self._cluster.stat()
        return f"{about.st_dev}-{about.st_ino}"

    def _configure(self, account: Account) -> None:
        user = pwd.getpwuid(os.geteuid()).pw_name
        files = {
            SETTINGS_FILE: _SETTINGS,
            # Logins made for SQL have a password, and only the server's own database
            "pg_hba.conf": f"# Written at every start\nlocal all {ROLE} peer map=server\n"
            f"local {DATABASE} all scram-sha-256\n",
            "pg_ident.conf": f'# Written at every start\nserver "{user}" {ROLE}\n',
        }
        for name, text in files.items():
            account.write(self._cluster / name, text)

    # --- the socket ---------------------------------------------------------------------------------

    @property
    def _socket_folder(self) -> Path:
        """The cluster's folder, unless its path is too long for a socket or needs quoting in an address."""
        if _fits_a_socket(self._cluster):
            return self._cluster
        # Not TMPDIR, which other commands may have set otherwise; nor XDG_RUNTIME_DIR, which goes at the user's logout
        base = "/run" if not os.geteuid() and os.access("/run", os.W_OK) else "/tmp"  # noqa: S108 - see below
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(f"{base}/appwrite-py-{os.geteuid()}-{name}")

    def _prepare_socket_folder(self, account: Account) -> None:
        """A folder outside ours may have been put there by someone else; only an exclusively own one is used."""
        folder = self._socket_folder
        if folder == self._cluster:
            return
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        about = folder.lstat()
        if about.st_uid not in (os.geteuid(), account.uid) or about.st_mode & 0o170077 != 0o040000:
            raise EmbeddedPostgresError(
                f"{folder} is not a private folder of ours. Remove it, or use a shorter data folder."
            )
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)

    def _dsn(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={self._socket_folder}&port={_PORT}"

    def _answers(self) -> bool:
        """Whether the server takes a connection and starts a process for it; it says N, for no encryption here."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self._socket_folder / _SOCKET))
            connection.sendall(struct.pack("!ii", 8, 80877103))
            return connection.recv(1) == b"N"
        return False

    # --- the process --------------------------------------------------------------------------------

    def _pidfile(self) -> _Pidfile:
        """What a server writes into its folder: its process id first, whether it is ready in the eighth line."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text(errors="replace").splitlines()
            return _Pidfile(int(lines[0]), lines[7].strip() if len(lines) > 7 else "")
        except (OSError, ValueError, IndexError):
            return _Pidfile()

    def _serves(self, pid: int) -> bool:
        """Whether a process is a PostgreSQL server on our cluster, and not one that got the same number later."""
        command = _command_line(pid)
        with contextlib.suppress(OSError):
            if command.endswith(f"--appwrite_py.cluster={self._cluster_id()}"):
                return True
            # One that somebody started by hand, where we are allowed to look
            return "postgres" in command and os.path.samefile(f"/proc/{pid}/cwd", self._cluster)
        return False

    def _alive(self) -> bool:
        if self._process:
            return self._process.poll() is None
        return self._pid is not None and self._serves(self._pid)

    def _adopt(self, command: list[str]) -> bool:
        """Take over a server that is already there; one that is not what we would start is stopped instead."""
        if not self._alive():
            self._process, self._pid = None, self._pidfile().pid or None
        if self._pid is None or not self._alive():
            self._pid = None
            return False
        if _command_line(self._pid) == " ".join(command) and self._becomes_ready() and self._answers():
            return True
        self._shut_down()
        return False

    def _launch(self, command: list[str], account: Account) -> None:
        """Start the server. What a killed one left (process ids, sessions about to end) is not in the way."""
        deadline = time.monotonic() + _SESSIONS_SECONDS
        while True:
            self._forget_stale_pid(account)
            said = self._launch_once(command, account)
            if said is None:
                return
            if "pre-existing shared memory block" not in said or time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"PostgreSQL does not start; {self._log} ends with:\n{last_lines(said)}")
            self._end_sessions()
            time.sleep(0.1)

    def _end_sessions(self) -> None:
        """End what a killed server left: a session notices only when its query is done, which can take hours."""
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                session = _command_line(int(process.name)).startswith("postgres:")
                if session and os.path.samefile(process / "cwd", self._cluster):
                    os.kill(int(process.name), signal.SIGQUIT)

    def _launch_once(self, command: list[str], account: Account) -> str | None:
        """None once the server is ready; what it said when it is not going to be."""
        if self._log.exists() and self._log.stat().st_size > _LOG_BYTES:
            self._log.replace(f"{self._log}.1")
        with open(self._log, "ab+", opener=_private) as log:
            before = log.seek(0, os.SEEK_END)
            with inside(self._cluster, account) as options:
                self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)
            self._pid = self._process.pid
            if self._becomes_ready():
                return None
            self._shut_down()
            log.seek(before)
            return log.read().decode(errors="replace")

    def _forget_stale_pid(self, account: Account) -> None:
        """Put our own number into a file left by a killed server, whose old number another process may have by now.

        PostgreSQL ignores its parent's number. The file itself stays: by its other lines PostgreSQL finds out whether
        sessions of the killed server still write to the cluster.
        """
        (self._socket_folder / f"{_SOCKET}.lock").unlink(missing_ok=True)
        file = self._cluster / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError):
            _, _, rest = file.read_text().partition("\n")
            account.write(file, f"{os.getpid()}\n{rest}")

    def _becomes_ready(self) -> bool:
        """Wait until the server says that it is ready; False when it ended or is about to."""
        deadline = time.monotonic() + _START_SECONDS
        while self._alive() and time.monotonic() < deadline:
            file = self._pidfile()
            if file.pid == self._pid and file.status == "ready":
                return True
            if file.pid == self._pid and file.status == "stopping":
                return False
            time.sleep(0.005)
        return False

    def _shut_down(self) -> None:
        for number, seconds in _SIGNALS:
            with contextlib.suppress(ProcessLookupError):
                if self._pid and self._alive():
                    os.kill(self._pid, number)
            deadline = time.monotonic() + seconds
            while self._alive() and time.monotonic() < deadline:
                time.sleep(0.005)
            if not self._alive():
                self._process = self._pid = None
                return
        raise EmbeddedPostgresError(f"PostgreSQL, process {self._pid}, does not end.")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _fits_a_socket(folder: Path) -> bool:
    path = str(folder / _SOCKET)
    return len(path) <= _SOCKET_PATH_BYTES and re.fullmatch(r"[A-Za-z0-9/._-]+", path) is not None


def _command_line(pid: int) -> str:
    """How a process was started; empty when it has ended."""
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" "))
        return ""
    return subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True
    ).stdout.strip()
