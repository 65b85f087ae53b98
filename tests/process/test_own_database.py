"""A PostgreSQL of one's own: `DATABASE_URL` and `_APP_DB_*`."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import dsn_for
from tests.process.conftest import Serve, run
from tests.process.running import command, made

pytestmark = pytest.mark.process


def test_benchmark_set_up_and_two_servers(serve: Serve, tmp_path: Path, database: str) -> None:
    """The commands that the benchmarks use: set-up migrates, then servers share the database and the folder."""
    new = made(tmp_path, "project", "create", "--id", "bench", "--key", DATABASE_URL=database)
    assert new["project"] == "bench"
    servers = [serve(DATABASE_URL=database).ready() for _ in range(2)]
    for server in servers:
        assert server.send("GET", "/v1/tablesdb", key=new["key"], project="bench")[0] == 200
        assert "Migrating" not in server.output
    assert not (tmp_path / "appwrite-data" / "postgres").exists()
    assert (tmp_path / "appwrite-data" / "secrets.json").exists()
    create = {"databaseId": "d", "name": "d"}
    assert servers[0].send("POST", "/v1/tablesdb", create, key=new["key"], project="bench")[0] == 201
    assert servers[1].send("GET", "/v1/tablesdb/d", key=new["key"], project="bench")[0] == 200
    assert max(server.stop() for server in servers) < 5


def test_own_key_leaves_no_folder(serve: Serve, tmp_path: Path, database: str) -> None:
    server = serve("--workers", "2", DATABASE_URL=database, _APP_OPENSSL_KEY_V1="a long secret of one's own").ready()
    assert "Migrating" in server.output
    assert server.send("GET", "/v1/ping")[0] == 200
    assert urlsplit(database).path in server.output
    server.stop()
    assert not (tmp_path / "appwrite-data").exists()


def test_database_of_a_newer_version(tmp_path: Path, database: str) -> None:
    assert command(tmp_path, "migrate", DATABASE_URL=database).stdout.strip() == "The database is migrated."
    run(database, "UPDATE alembic_version SET version_num = '9999'")
    for arguments in (("migrate",), ("serve", "--port", "0")):
        done = command(tmp_path, *arguments, DATABASE_URL=database)
        assert done.returncode == 1
        assert "Upgrade appwrite-py" in done.stderr
        assert "Traceback" not in done.stderr
    assert "is newer than this version" in command(tmp_path, "doctor", DATABASE_URL=database).stdout


def test_database_that_does_not_exist(tmp_path: Path) -> None:
    done = command(tmp_path, "migrate", DATABASE_URL=dsn_for(os.environ["APPWRITE_PY_TEST_DSN"], "nowhere"))
    assert done.returncode == 1
    assert "createdb nowhere" in done.stderr


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("mysql://me@host/db", "scheme is expected"),
        ("nonsense", "scheme is expected"),
        ("postgresql://me:secret@127.0.0.1:port/db", "127.0.0.1:port/db cannot be used: its port is no number"),
        ("postgresql://me:se/cret@127.0.0.1/db", "percent-encoded"),
        ("postgresql://me:[secret@127.0.0.1/db", "cannot be used"),
    ],
)
def test_database_that_is_no_address(tmp_path: Path, address: str, says: str) -> None:
    for arguments in (["serve", "--port", "0"], ["doctor"]):
        done = command(tmp_path, *arguments, DATABASE_URL=address, APPWRITE_PY_PORT="0")
        assert done.returncode == 1
        said = done.stdout + done.stderr
        assert says in said
        assert "Traceback" not in said
        assert "cret" not in said.replace("Secrets", "").replace("secrets.json", "")
