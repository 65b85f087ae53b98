"""Databases: created, listed, changed, switched off and deleted, in both vocabularies."""

from __future__ import annotations

import pytest

from tests.api.databases.tools import NOTES, create, make_database, make_notes, q, recorded, schema_of
from tests.client import Sandbox

BOTH = pytest.mark.parametrize("service", ["databases", "tablesdb"])


@BOTH
def test_create(sandbox: Sandbox, service: str) -> None:
    made = sandbox.key.post(f"/{service}", databaseId="main", name="Main").ok(201)
    assert made == {
        "$id": "main", "name": "Main", "enabled": True, "$createdAt": made["$createdAt"],
        "$updatedAt": made["$createdAt"], "type": "tablesdb" if service == "tablesdb" else "legacy", "status": "ready",
    }  # fmt: skip
    assert sandbox.events() == ["databases.main.create"]
    assert sandbox.audits() == [("database.create", "database/main")]
    assert sandbox.key.get(f"/{service}/main").ok() == made
    schema = sandbox.guest.sql("SELECT 1 FROM information_schema.schemata WHERE schema_name = $1", schema_of(sandbox))
    assert len(schema) == 1


def test_create_with_a_generated_id_and_switched_off(sandbox: Sandbox) -> None:
    made = sandbox.admin.post("/databases", databaseId="unique()", name="A", enabled=False).ok(201)
    assert len(made["$id"]) == 20
    assert made["enabled"] is False


@pytest.mark.parametrize(
    "body",
    [
        {"name": "A"},
        {"databaseId": "a"},
        {"databaseId": "_a", "name": "A"},
        {"databaseId": "a b", "name": "A"},
        {"databaseId": "x" * 37, "name": "A"},
        {"databaseId": "a", "name": ""},
        {"databaseId": "a", "name": "n" * 129},
        {"databaseId": "a", "name": 7},
        {"databaseId": "a", "name": "A", "enabled": "yes"},
        {"databaseId": ["a"], "name": "A"},
    ],
)
def test_create_with_bad_values(sandbox: Sandbox, body: dict[str, object]) -> None:
    sandbox.key.post("/databases", **body).fails(400, "general_argument_invalid")
    assert sandbox.key.get("/databases").ok()["total"] == 0
    assert recorded(sandbox) == 0


def test_create_twice(sandbox: Sandbox) -> None:
    make_database(sandbox)
    sandbox.key.post("/tablesdb", databaseId="main", name="B").fails(409, "database_already_exists")
    assert sandbox.events() == ["databases.main.create"]
    assert sandbox.key.get("/databases/main").ok()["name"] == "Main"


def test_ids_differ_by_case_and_by_project(sandbox: Sandbox) -> None:
    make_database(sandbox, "a")
    make_database(sandbox, "A")
    other = Sandbox.create(sandbox.console)
    make_database(other, "a")
    assert sandbox.key.get("/databases").ok()["total"] == 2
    assert other.key.get("/databases").ok()["total"] == 1
    assert len({schema_of(sandbox, "a"), schema_of(sandbox, "A"), schema_of(other, "a")}) == 3


def test_who_may(sandbox: Sandbox) -> None:
    make_database(sandbox)
    reader = sandbox.admin.post("/project/keys", keyId="unique()", name="R", scopes=["databases.read"]).ok(201)
    key = sandbox.guest.as_(X_Appwrite_Key=reader["secret"])
    assert key.get("/databases").ok()["total"] == 1
    assert key.get("/tablesdb/main").ok()["$id"] == "main"
    before = recorded(sandbox)
    for caller in (sandbox.guest, key):
        caller.post("/databases", databaseId="b", name="B").fails(401, "general_unauthorized_scope")
        caller.put("/databases/main", name="B").fails(401, "general_unauthorized_scope")
        caller.delete("/tablesdb/main").fails(401, "general_unauthorized_scope")
    user = sandbox.user()
    user.get("/databases").fails(401, "general_unauthorized_scope")
    user.post("/tablesdb", databaseId="b", name="B").fails(401, "general_unauthorized_scope")
    sandbox.guest.get("/databases/main").fails(401, "general_unauthorized_scope")
    assert [event for event in sandbox.events() if event.startswith("databases")] == ["databases.main.create"]
    assert recorded(sandbox) == before + 2  # the user and the session
    assert sandbox.admin.get("/databases/main").ok()["name"] == "Main"


def test_list(sandbox: Sandbox) -> None:
    for database_id in ("c", "a", "b"):
        make_database(sandbox, database_id)

    def found(*queries: str, **params: object) -> list[str]:
        return [one["$id"] for one in sandbox.key.get("/databases", list(queries), **params).ok()["databases"]]

    assert found() == ["c", "a", "b"]
    assert found(q("orderAsc", "name")) == ["a", "b", "c"]
    assert found(q("orderDesc", "$id"), q("limit", "", 2)) == ["c", "b"]
    assert found(q("equal", "name", "A", "B")) == ["a", "b"]
    assert found(q("cursorAfter", "", "a")) == ["b"]
    assert found(q("cursorBefore", "", "a")) == ["c"]
    assert found(q("offset", "", 1), q("limit", "", 1)) == ["a"]
    assert found(search="B") == ["b"]
    assert found(q("greaterThan", "$sequence", 0), q("startsWith", "name", "C")) == ["c"]
    assert sandbox.key.get("/databases", total=False).ok()["total"] == 0
    assert sandbox.key.get("/databases", [q("limit", "", 1)]).ok()["total"] == 3


@pytest.mark.parametrize(
    "text",
    [q("equal", "type", "legacy"), q("limit", "", 0), "nonsense", q("regex", "name", "a"), q("equal", "name", 1)],
)
def test_list_with_bad_queries(sandbox: Sandbox, text: str) -> None:
    sandbox.key.get("/databases", [text]).fails(400, "general_argument_invalid")


def test_list_behind_a_cursor_that_is_not_there(sandbox: Sandbox) -> None:
    sandbox.key.get("/databases", [q("cursorAfter", "", "x")]).fails(400, "general_cursor_not_found")


@BOTH
def test_update(sandbox: Sandbox, service: str) -> None:
    make_database(sandbox)
    found = sandbox.key.put(f"/{service}/main", name="New", enabled=False).ok(200)
    assert (found["name"], found["enabled"]) == ("New", False)
    assert found["$updatedAt"] > found["$createdAt"]
    kept = sandbox.key.put(f"/{service}/main").ok(200)
    assert (kept["name"], kept["enabled"]) == ("New", True)
    assert sandbox.events()[1:] == ["databases.main.update"] * 2
    assert sandbox.audits()[1:] == [("database.update", "database/main")] * 2
    sandbox.key.put(f"/{service}/main", name="").fails(400, "general_argument_invalid")
    sandbox.key.put(f"/{service}/none", name="x").fails(404, "database_not_found")
    assert len(sandbox.events()) == 3


@BOTH
def test_delete_with_everything_in_it(sandbox: Sandbox, service: str) -> None:
    make_notes(sandbox)
    create(sandbox.key, "one", text="a").ok(201)
    schema = schema_of(sandbox)
    assert sandbox.key.delete(f"/{service}/main").ok(204) is None
    assert sandbox.events()[-1] == "databases.main.delete"
    assert sandbox.audits()[-1] == ("database.delete", "database/main")
    sandbox.key.get(f"/{service}/main").fails(404, "database_not_found")
    sandbox.key.get(f"{NOTES}/documents/one").fails(404, "database_not_found")
    sandbox.key.delete(f"/{service}/main").fails(404, "database_not_found")
    for table in ("information_schema.schemata WHERE schema_name", "information_schema.tables WHERE table_schema"):
        assert sandbox.guest.sql(f"SELECT 1 FROM {table} = $1", schema) == []
    for table in ("collections", "attributes", "indexes"):
        assert sandbox.guest.sql(f"SELECT 1 FROM {table} WHERE project_id = $1", sandbox.id) == []
    make_notes(sandbox)
    sandbox.key.get(f"{NOTES}/documents/one").fails(404, "document_not_found")


def test_unknown_databases(sandbox: Sandbox) -> None:
    for path in ("/databases/none", "/tablesdb/none", "/databases/none/collections", "/databases/none/collections/a",
                 "/databases/none/collections/a/documents", "/tablesdb/none/tables/a/rows/b"):  # fmt: skip
        sandbox.key.get(path).fails(404, "database_not_found")
    sandbox.key.get("/databases/_bad").fails(400, "general_argument_invalid")
