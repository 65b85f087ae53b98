"""`appwrite-py sql-role`: logins that read one project's databases and nothing else, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from tests.process.conftest import NewFolder
from tests.process.running import Served, command, made

pytestmark = pytest.mark.process


class Reader:
    """Somebody who has a connection string."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, *statements: str) -> list[Any]:
        """The rows of the last statement, all on one connection."""

        async def work() -> list[Any]:
            connection = await asyncpg.connect(self.url)
            try:
                for statement in statements[:-1]:
                    await connection.execute(statement)
                return [tuple(row) for row in await connection.fetch(statements[-1])]
            finally:
                await connection.close()

        return asyncio.run(work())

    def may_not(self, *statements: str) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            self.run(*statements)


@pytest.fixture(scope="module")
def server(new_folder: NewFolder) -> Iterator[Served]:
    served = Served(new_folder()).ready()
    yield served
    served.clean()


def make_project(server: Served, project: str, *databases: str) -> str:
    """A project whose databases have a table `notes` with one row; its key."""
    key = str(made(server.folder, "project", "create", "--id", project, "--key")["key"])
    for database in databases:
        make_notes(server, project, key, database)
    return key


def make_notes(server: Served, project: str, key: str, database: str) -> None:
    def post(path: str, **body: Any) -> None:
        status, answer = server.send("POST", f"/v1/tablesdb{path}", body, key=key, project=project)
        assert status == 201, answer

    columns = [{"key": "text", "type": "string", "size": 50}]
    post("", databaseId=database, name=database)
    post(f"/{database}/tables", tableId="notes", name="Notes", columns=columns)
    post(f"/{database}/tables/notes/rows", rowId="one", data={"text": f"in {project}"})


def make_reader(server: Served, project: str, *more: str) -> tuple[Reader, dict[str, Any]]:
    found = made(server.folder, "sql-role", "create", "--project", project, *more)
    return Reader(found["url"]), found


def test_a_login_reads_its_project_and_nothing_else(server: Served) -> None:
    key = make_project(server, "shop", "main")
    make_project(server, "other", "main")
    reader, found = make_reader(server, "shop")
    assert (found["project"], found["name"]) == ("shop", "shop_reader")
    notes = "SELECT _id, text FROM shop_main.notes"
    assert reader.run(notes) == [("one", "in shop")]
    for statement in (
        "SELECT * FROM other_main.notes", "SELECT * FROM public.projects", "SELECT * FROM sessions",
        "SELECT * FROM public.keys", "SELECT version_num FROM alembic_version", "SELECT * FROM pg_authid",
        "SELECT pg_read_file('postgresql.conf')",
    ):  # fmt: skip
        reader.may_not(statement)
    make_notes(server, "shop", key, "later")
    assert reader.run("SELECT text FROM shop_later.notes") == [("in shop",)]


def test_a_login_cannot_write_whatever_it_sets(server: Served) -> None:
    make_project(server, "readonly", "main")
    reader, _ = make_reader(server, "readonly", "--timeout", "7", "--connections", "2")
    assert reader.run("SHOW statement_timeout") == [("7s",)]
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        reader.run("CREATE TEMP TABLE t (i int)")
    free = "SET default_transaction_read_only = off"
    for statement in (
        "DELETE FROM readonly_main.notes", "UPDATE readonly_main.notes SET text = ''",
        "INSERT INTO readonly_main.notes (_id) VALUES ('x')", "TRUNCATE readonly_main.notes",
        "CREATE TABLE readonly_main.mine (i int)", "CREATE TABLE public.mine (i int)", "CREATE SCHEMA mine",
        "CREATE ROLE mine", "COPY readonly_main.notes TO PROGRAM 'true'", "COPY readonly_main.notes TO '/tmp/notes'",
        "ALTER ROLE appwrite NOLOGIN", "SET ROLE appwrite",
    ):  # fmt: skip
        reader.may_not(free, statement)
    reader.may_not(free, "BEGIN", "LOCK TABLE readonly_main.notes IN ACCESS EXCLUSIVE MODE")
    assert reader.run(free, "GRANT DELETE ON readonly_main.notes TO readonly_reader", "SELECT 1") == [(1,)]  # a warning
    reader.may_not(free, "DELETE FROM readonly_main.notes")


def test_connections_are_limited(server: Served) -> None:
    make_project(server, "limited")
    reader, _ = make_reader(server, "limited", "--connections", "1")

    async def twice() -> None:
        first = await asyncpg.connect(reader.url)
        try:
            with pytest.raises(asyncpg.TooManyConnectionsError):
                await asyncpg.connect(reader.url)
        finally:
            await first.close()

    asyncio.run(twice())


def test_a_password_is_needed(server: Served) -> None:
    make_project(server, "locked")
    reader, found = make_reader(server, "locked")
    for url in (reader.url.replace(found["password"], "guess"), reader.url.replace("locked_reader", "appwrite_reader")):
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            Reader(url).run("SELECT 1")
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        Reader(reader.url.replace("/appwrite?", "/postgres?")).run("SELECT 1")


def test_list_and_delete(server: Served) -> None:
    key = make_project(server, "team", "main")
    first, _ = make_reader(server, "team", "--name", "team_one")
    second, _ = make_reader(server, "team", "--name", "team_two", "--connections", "3")
    found = made(server.folder, "sql-role", "list", "--project", "team")
    assert found["logins"] == [
        {"name": "team_one", "connections": 5, "used": 0}, {"name": "team_two", "connections": 3, "used": 0},
    ]  # fmt: skip
    made(server.folder, "sql-role", "delete", "--project", "team", "--name", "team_one")
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        first.run("SELECT 1")
    assert second.run("SELECT count(*) FROM team_main.notes") == [(1,)]
    made(server.folder, "sql-role", "delete", "--project", "team", "--name", "team_two")
    assert "has no logins" in command(server.folder, "sql-role", "list", "--project", "team").stdout
    make_notes(server, "team", key, "after")


def test_a_project_takes_its_logins_along(server: Served) -> None:
    key = make_project(server, "gone", "main")
    reader, _ = make_reader(server, "gone")
    status, answer = server.send("DELETE", "/v1/project", {}, key=key, project="gone")
    assert status == 204, (answer, server.output[-3000:])
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        reader.run("SELECT 1")
    make_project(server, "gone", "main")
    again, _ = make_reader(server, "gone")
    assert again.run("SELECT text FROM gone_main.notes") == [("in gone",)]


def test_what_everybody_may_is_found_out(server: Served) -> None:
    make_project(server, "careless", "main")
    own = Reader(server.database.running() or "")
    own.run("GRANT SELECT ON public.projects TO PUBLIC", "SELECT 1")
    reader, _ = make_reader(server, "careless")
    reader.may_not("SELECT * FROM projects")  # it was taken back
    own.run("GRANT SELECT (name) ON public.projects TO PUBLIC", "SELECT 1")
    try:
        done = command(server.folder, "sql-role", "create", "--project", "careless", "--name", "second")
        assert done.returncode == 0, done.stderr
        Reader(done.stdout.splitlines()[-1]).may_not("SELECT name FROM projects")
    finally:
        own.run("REVOKE ALL ON public.projects FROM PUBLIC", "SELECT 1")


def test_logins_that_cannot_be(server: Served) -> None:
    make_project(server, "names")

    def refused(*arguments: str, says: str, code: int = 1) -> None:
        done = command(server.folder, "sql-role", *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        assert says in " ".join(done.stderr.replace("│", " ").split())
        assert "Traceback" not in done.stderr

    refused("create", "--project", "nowhere", says="Project not found")
    refused("create", "--project", "names", "--name", "a b", says="1 to 63 letters", code=2)
    refused("create", "--project", "names", "--name", "pg_me", says="1 to 63 letters", code=2)
    refused("create", "--project", "names", "--name", "appwrite", says="has a role appwrite already")
    refused("delete", "--project", "names", "--name", "appwrite", says="has no login appwrite")
    refused("list", "--project", "nowhere", says="Project not found")


def test_the_secret_is_shown_to_people_on_a_line_of_its_own(server: Served) -> None:
    make_project(server, "people", "main")
    done = command(server.folder, "sql-role", "create", "--project", "people", COLUMNS="60")
    assert done.returncode == 0, done.stderr
    assert Reader(done.stdout.splitlines()[-1]).run("SELECT count(*) FROM people_main.notes") == [(1,)]
