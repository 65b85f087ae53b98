"""`appwrite-py schema pull|plan|push` against a started server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.process.conftest import NewFolder
from tests.process.running import Served, command, made

pytestmark = pytest.mark.process
NOTES = {"id": "notes", "columns": [{"key": "title", "type": "string", "size": 50}, {"key": "n", "type": "integer"}]}


@pytest.fixture(scope="module")
def server(new_folder: NewFolder) -> Iterator[Served]:
    served = Served(new_folder()).ready()
    yield served
    served.clean()


class Desk:
    """A project with a database, and a folder with a schema file."""

    def __init__(self, server: Served, folder: Path, project: str) -> None:
        self.server, self.folder, self.project = server, folder, project
        self.key = made(server.folder, "project", "create", "--id", project, "--key")["key"]
        self.file = folder / "schema.json"
        self.create_database("main")

    def send(self, method: str, path: str, **body: Any) -> Any:
        status, answer = self.server.send(method, f"/v1/tablesdb{path}", body, key=self.key, project=self.project)
        assert status < 300, answer
        return answer

    def create_database(self, database: str) -> None:
        self.send("POST", "", databaseId=database, name=database)

    def write(self, *tables: Any, **more: Any) -> None:
        self.file.write_text(json.dumps({"tables": list(tables)} | more))

    def run(self, *arguments: str, text: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        known = {"APPWRITE_ENDPOINT": f"http://127.0.0.1:{self.server.port}/v1", "APPWRITE_PROJECT": self.project,
                 "APPWRITE_KEY": self.key}  # fmt: skip
        return command(self.folder, "schema", *arguments, text=text, **(known | env))

    def well(self, *arguments: str, **more: Any) -> str:
        done = self.run(*arguments, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *arguments: str, says: str, code: int = 1, **more: Any) -> None:
        done = self.run(*arguments, **more)
        assert done.returncode == code, done.stdout + done.stderr
        assert says in " ".join(done.stderr.replace("│", " ").split())
        assert "Traceback" not in done.stderr


@pytest.fixture
def desk(server: Served, tmp_path: Path, request: pytest.FixtureRequest) -> Desk:
    return Desk(server, tmp_path, request.node.name.replace("_", "-").removeprefix("test-")[:36].strip("-"))


def test_push_plan_pull(desk: Desk) -> None:
    desk.write(NOTES)
    planned = desk.well("plan", "schema.json")
    assert "+ create table notes" in planned
    assert "+ create column notes.title: string(50)" in planned
    assert "3 steps, no data is lost" in planned
    assert desk.run("plan", "schema.json", "--check").returncode == 2
    assert "done, in main" in desk.well("push", "schema.json")
    assert "Nothing to do." in desk.well("plan", "schema.json", "--check")
    assert "Nothing to do." in desk.well("push", "schema.json")
    desk.well("pull", "pulled.json")
    pulled = json.loads((desk.folder / "pulled.json").read_text())
    assert (pulled["databaseId"], pulled["tables"][0]["columns"]) == ("main", NOTES["columns"])
    assert "Nothing to do." in desk.well("plan", "pulled.json")
    assert json.loads(desk.well("pull", "-")) == pulled
    assert json.loads(desk.well("plan", "-", "--json", text=json.dumps(pulled)))["steps"] == []


def test_loss_needs_consent(desk: Desk) -> None:
    desk.write(NOTES)
    desk.well("push", "schema.json")
    desk.send("POST", "/main/tables/notes/rows", rowId="one", data={"title": "T", "n": 7})
    desk.write({"id": "notes", "columns": NOTES["columns"][:1]})
    planned = desk.well("plan", "schema.json")
    assert "- delete column notes.n; loses the values of 1 row" in planned
    assert "1 step, 1 of them loses data" in planned
    for flags in ((), ("--yes",)):
        desk.refused("push", "schema.json", *flags, says="--allow-loss")
    assert desk.send("GET", "/main/tables/notes")["columns"][1]["key"] == "n"
    desk.well("push", "schema.json", "--allow-loss")
    assert len(desk.send("GET", "/main/tables/notes")["columns"]) == 1


def test_the_database_is_the_files_or_the_only_one(desk: Desk) -> None:
    desk.create_database("second")
    desk.write(NOTES)
    desk.refused("plan", "schema.json", says="--database: main, second")
    desk.well("push", "schema.json", "--database", "second")
    desk.write(NOTES, databaseId="second")
    assert "Nothing to do." in desk.well("plan", "schema.json")
    assert "create table notes" in desk.well("plan", "schema.json", "--database", "main")
    desk.refused("plan", "schema.json", "--database", "third", says="Database not found. (database third;")
    assert "The database third is made." in desk.run("push", "schema.json", "--database", "third", "--create").stderr
    assert "Nothing to do." in desk.well("push", "schema.json", "--database", "third", "--create")


def test_partial(desk: Desk) -> None:
    desk.write(NOTES)
    desk.well("push", "schema.json")
    desk.write({"id": "other"})
    assert "delete table notes" in desk.well("plan", "schema.json")
    assert "delete table" not in desk.well("push", "schema.json", "--partial")
    assert desk.send("GET", "/main/tables")["total"] == 2


def test_what_is_wrong_is_said_plainly(desk: Desk) -> None:
    desk.refused("plan", "nowhere.json", says="cannot be read: No such file")
    desk.file.write_text("{")
    desk.refused("plan", "schema.json", says="is no JSON")
    desk.file.write_text("[]")
    desk.refused("push", "schema.json", says="is no schema")
    desk.write(NOTES | {"columns": [{"key": "x", "type": "cube"}]})
    desk.refused("plan", "schema.json", says="tables[0].columns[0]")
    desk.write(NOTES)
    desk.refused("plan", "schema.json", says="lacks the scope", APPWRITE_KEY="standard_no")
    desk.refused("plan", "schema.json", says="does not answer", APPWRITE_ENDPOINT="http://127.0.0.1:9/v1")
    root = f"http://127.0.0.1:{desk.server.port}"
    desk.refused("plan", "schema.json", says="Routes of the API begin with /v1/", APPWRITE_ENDPOINT=root)
    desk.refused("plan", "schema.json", says="is no endpoint", APPWRITE_ENDPOINT="file:///etc/passwd")
    desk.refused("pull", "no/such/folder.json", says="cannot be written")
    done = command(desk.folder, "schema", "plan", "schema.json")
    assert done.returncode == 2
    assert "--project" in done.stderr


@pytest.mark.parametrize("name", ["schema pull", "schema plan", "schema push", "sql-role create"])
def test_help_teaches_by_examples(tmp_path: Path, name: str) -> None:
    done = command(tmp_path, *name.split(), "--help")
    assert done.returncode == 0
    assert f"appwrite-py {name}" in done.stdout
    assert list(tmp_path.iterdir()) == []
