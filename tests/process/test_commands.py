"""The commands beside `serve`: set-up without a console, with the server running and without it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appwrite_py import __version__
from appwrite_py.auth.scopes import PROJECT_SCOPES
from tests.process.conftest import NewFolder
from tests.process.running import AS_ORDINARY, PROJECT, Served, command, made

pytestmark = pytest.mark.process
HEAVY = ("fastapi", "sqlalchemy", "asyncpg", "pydantic", "alembic", "structlog", "uvicorn")


@pytest.fixture(scope="module")
def server(new_folder: NewFolder) -> Iterator[Served]:
    """One server for the commands that work beside it; their folder is its folder."""
    served = Served(new_folder()).ready()
    yield served
    served.clean()


def refused(folder: Path, *arguments: str, says: str, code: int = 1, text: str | None = None) -> None:
    done = command(folder, *arguments, text=text)
    assert done.returncode == code, done.stdout + done.stderr
    assert says in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


# --- help ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["", "serve", "migrate", "openapi", "doctor", "project create", "key create", "console-user create"]
)
def test_help_teaches_by_examples(tmp_path: Path, name: str) -> None:
    done = command(tmp_path, *name.split(), "--help")
    assert done.returncode == 0
    assert f"appwrite-py {name}" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_help_loads_nothing_heavy() -> None:
    code = f"import sys, appwrite_py.commands.main; print([n for n in {HEAVY} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version(tmp_path: Path) -> None:
    assert command(tmp_path, "--version").stdout.strip() == f"appwrite-py {__version__}"


# --- set-up beside a server -------------------------------------------------------------------------------


def test_project_with_key(server: Served) -> None:
    new = made(server.folder, "project", "create", "--id", "shop", "--name", "The shop", "--key")
    assert new.keys() == {"project", "key"}
    assert new["project"] == "shop"
    assert new["key"].startswith("standard_")
    status, project = server.send("GET", "/v1/project", key=new["key"], project="shop")
    assert (status, project["name"], project["teamId"]) == (200, "The shop", "default")
    assert server.send("GET", "/v1/tablesdb", key=new["key"], project="shop")[0] == 200
    assert server.send("GET", "/v1/tablesdb", key=new["key"][:-1] + "x", project="shop")[0] == 401
    refused(server.folder, "project", "create", "--id", "shop", "--json", says="already exists")


def test_project_for_people(server: Served) -> None:
    done = command(server.folder, "project", "create", "--name", "Nameless")
    assert done.returncode == 0
    shown = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert (shown["Name"], shown["Organization"], len(shown["Project"])) == ("Nameless", "default", 20)


def test_project_that_cannot_be(server: Served) -> None:
    folder = server.folder
    refused(folder, "project", "create", "--id", "Shop!", says="must be unique(), or an ID", code=2)
    refused(folder, "project", "create", "--id", "console", says="reserved")
    refused(folder, "project", "create", "--organization", "nowhere", says="no organization nowhere")
    refused(folder, "project", "create", "--name", "x" * 129, says="of 1 to 128 characters", code=2)


def test_key(server: Served) -> None:
    made(server.folder, "project", "create", "--id", "keys")
    key = made(
        server.folder, "key", "create", "--project", "keys", "--scopes", "databases.read,tables.read", "--id", "k"
    )
    assert (key["project"], key["keyId"]) == ("keys", "k")
    assert server.send("GET", "/v1/tablesdb", key=key["key"], project="keys")[0] == 200
    create = {"databaseId": "d", "name": "d"}
    assert server.send("POST", "/v1/tablesdb", create, key=key["key"], project="keys")[0] == 401
    full = made(server.folder, "key", "create", "--project", "keys", "--expire", "1h")
    assert server.send("POST", "/v1/tablesdb", create, key=full["key"], project="keys")[0] == 201
    _, listed = server.send("GET", "/v1/project/keys", key=full["key"], project="keys")
    about = {item["$id"]: item for item in listed["keys"]}
    assert about["k"]["scopes"] == ["databases.read", "tables.read"]
    assert about["k"]["expire"] in ("", None)
    assert len(about[full["keyId"]]["scopes"]) == len(PROJECT_SCOPES)
    assert about[full["keyId"]]["expire"] > time.strftime("%Y-%m-%dT%H", time.gmtime())


def test_key_for_people_shows_the_secret_on_a_line_of_its_own(server: Served) -> None:
    made(server.folder, "project", "create", "--id", "people")
    done = command(server.folder, "key", "create", "--project", "people", COLUMNS="60")
    secret = done.stdout.splitlines()[-1]
    assert len(secret) > 200
    assert server.send("GET", "/v1/tablesdb", key=secret, project="people")[0] == 200


def test_key_that_cannot_be(server: Served) -> None:
    folder = server.folder
    made(folder, "project", "create", "--id", "nokeys")
    project = ("--project", "nokeys")
    refused(folder, "key", "create", "--project", "nowhere", says="no project nowhere")
    refused(folder, "key", "create", *project, "--scopes", "rows.read,everything", says="no scope everything", code=2)
    refused(folder, "key", "create", *project, "--expire", "soon", says="neither a span", code=2)
    refused(folder, "key", "create", *project, "--expire", "2020-01-01", says="is over", code=2)


def test_console_user(server: Served) -> None:
    made(server.folder, "project", "create", "--id", "seen")
    user = made(
        server.folder, "console-user", "create", "--email", "Ada@Example.com", "--name", "Ada", "--password-stdin",
        text="correct horse battery\n",
    )  # fmt: skip
    assert (user["email"], user["organization"]) == ("ada@example.com", "default")
    login = {"email": "ada@example.com", "password": "correct horse battery"}
    assert server.send("POST", "/v1/account/sessions/email", login)[0] == 201
    cookie = server.cookie
    _, account = server.send("GET", "/v1/account", Cookie=cookie)
    assert (account["$id"], account["name"]) == (user["user"], "Ada")
    status, projects = server.send(
        "GET", "/v1/organization/projects", Cookie=cookie, X_Appwrite_Organization="default", X_Appwrite_Mode="admin"
    )
    assert status == 200, projects
    assert "seen" in {project["$id"] for project in projects["projects"]}


def test_console_user_that_cannot_be(server: Served) -> None:
    create = ("console-user", "create", "--password-stdin", "--email")
    refused(server.folder, *create, "nobody", says="must be an e-mail address", code=2, text="long enough\n")
    refused(server.folder, *create, "b@example.com", says="of 8 to 256 characters", code=2, text="short\n")
    made(server.folder, *create, "twice@example.com", text="long enough\n")
    refused(server.folder, *create, "twice@example.com", says="already exists", text="long enough\n")
    refused(
        server.folder,
        *create,
        "c@example.com",
        "--organization",
        "nowhere",
        says="no organization nowhere",
        text="long enough\n",
    )


def test_doctor_beside_a_server(server: Served) -> None:
    made(server.folder, "project", "create", "--id", "healthy", "--key")
    done = command(server.folder, "doctor", "--json", APPWRITE_PY_PORT=str(server.port))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stdout
    assert {finding["level"] for finding in found} == {"good"}
    said = " ".join(finding["text"] for finding in found)
    assert "a server of this kind answers" in said
    assert "its schema is that of this version" in said
    assert "the key fits the database" in said


def test_doctor_finds_another_key(server: Served) -> None:
    made(server.folder, "project", "create", "--id", "sealed", "--key")
    done = command(server.folder, "doctor", _APP_OPENSSL_KEY_V1="another key, long enough", APPWRITE_PY_PORT="0")
    assert done.returncode == 1
    assert "the key does not fit the database" in done.stdout


# --- without a server ----------------------------------------------------------------------------------------


def test_set_up_without_a_server(tmp_path: Path) -> None:
    new = json.loads(command(tmp_path, "project", "create", "--id", "shop", "--key", "--json").stdout)
    done = command(tmp_path, "migrate")
    assert (done.returncode, done.stdout.strip()) == (0, "The database is up to date.")
    server = Served(tmp_path)
    try:
        assert server.database.running() is None
        assert server.ready().send("GET", "/v1/tablesdb", key=new["key"], project="shop")[0] == 200
    finally:
        server.clean()


def test_doctor_in_an_empty_folder_changes_nothing(tmp_path: Path) -> None:
    done = command(tmp_path, "doctor", APPWRITE_PY_PORT="0")
    assert done.returncode == 0, done.stdout
    assert "No problems." in done.stdout
    assert "to be made" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_doctor_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    env = tmp_path / ".env"
    env.write_text("APPWRITE_PY_PROT=80\n_APP_OPENSSL_KEY_V1=your-secret-key\n")
    env.chmod(0o644)
    done = command(
        tmp_path, "doctor", APPWRITE_PY_DATA="file", DATABASE_URL="postgresql://me:secret@127.0.0.1:1/db",
        APPWRITE_PY_HOST="192.0.2.1",
    )  # fmt: skip
    assert done.returncode == 1
    for words in (
        "There is no setting APPWRITE_PY_PROT", "chmod 600 .env", "is no folder", "easy to guess", "has no address",
        "127.0.0.1:1/db", "3 problems",
    ):  # fmt: skip
        assert words in done.stdout, words
    assert "me:secret" not in done.stdout


def test_doctor_names_what_cannot_be_read_once(tmp_path: Path) -> None:
    made(tmp_path, "project", "create", "--id", "closed", "--key")
    (tmp_path / "appwrite-data" / "secrets.json").chmod(0o644)
    said = command(tmp_path, "doctor", APPWRITE_PY_PORT="0").stdout
    assert "chmod 600" in said
    assert "1 problem." in said


def test_doctor_where_this_user_may_not_look(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    done = command(tmp_path, "doctor", prefix=AS_ORDINARY, APPWRITE_PY_DATA="closed/data", APPWRITE_PY_PORT="0")
    assert done.returncode == 1
    assert "may not write in" in done.stdout
    assert "Traceback" not in done.stderr


def test_openapi(tmp_path: Path) -> None:
    done = command(tmp_path, "openapi")
    document = json.loads(done.stdout)
    assert document["openapi"].startswith("3.1")
    assert command(tmp_path, "openapi", "--platform", "client", "--out", "build/client.json").returncode == 0
    client = json.loads((tmp_path / "build" / "client.json").read_text())
    assert "/account" in client["paths"]
    assert client["paths"].keys() < document["paths"].keys()
    assert command(tmp_path, "openapi", "--platform", "toaster").returncode == 2
    assert command(tmp_path, "openapi", "--out", "/proc/nowhere/file").returncode == 1
