"""TablesDB: the same databases in the words of tables, columns and rows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, KINDS, ROWS, create, ids, q, recorded
from tests.client import Sandbox

TABLE = "/tablesdb/main/tables/notes"


@pytest.fixture
def table(sandbox: Sandbox) -> Sandbox:
    sandbox.key.post("/tablesdb", databaseId="main", name="Main").ok(201)
    sandbox.key.post("/tablesdb/main/tables", tableId="notes", name="Notes", columns=KINDS, rowSecurity=True,
                     indexes=[{"key": "i", "type": "key", "attributes": ["whole"]}]).ok(201)  # fmt: skip
    return sandbox


def test_tables(table: Sandbox) -> None:
    found = table.key.get(TABLE).ok()
    assert found.keys() == {
        "$id", "$createdAt", "$updatedAt", "$permissions", "databaseId", "name", "enabled", "rowSecurity", "columns",
        "indexes", "bytesMax", "bytesUsed",
    }  # fmt: skip
    assert found["rowSecurity"] is True
    assert [one["key"] for one in found["columns"]] == [kind["key"] for kind in KINDS]
    assert found["indexes"][0]["columns"] == ["whole"]
    listed = table.key.get("/tablesdb/main/tables").ok()
    assert (listed["total"], listed["tables"]) == (1, [found])
    changed = table.key.put(TABLE, name="New", rowSecurity=False, permissions=['read("any")']).ok(200)
    assert (changed["name"], changed["rowSecurity"], changed["$permissions"]) == ("New", False, ['read("any")'])
    table.key.delete(TABLE).ok(204)
    assert table.events() == [
        "databases.main.create", "databases.main.tables.notes.create", "databases.main.tables.notes.update",
        "databases.main.tables.notes.delete",
    ]  # fmt: skip
    assert table.audits() == [
        ("database.create", "database/main"), ("table.create", "database/main/table/notes"),
        ("table.update", "database/main/table/notes"), ("table.delete", "database/main/table/notes"),
    ]  # fmt: skip


def test_columns(table: Sandbox) -> None:
    made = table.key.post(f"{TABLE}/columns/integer", key="n", required=False, default=5).ok(202)
    assert table.key.get(f"{TABLE}/columns/n").ok() == made
    listed = table.key.get(f"{TABLE}/columns", [q("equal", "key", "n")]).ok()
    assert listed == {"total": 1, "columns": [made]}
    changed = table.key.patch(f"{TABLE}/columns/integer/n", required=False, default=6, newKey="m").ok(200)
    assert (changed["key"], changed["default"]) == ("m", 6)
    table.key.delete(f"{TABLE}/columns/m").ok(204)
    assert table.events()[2:] == [
        "databases.main.tables.notes.columns.n.create", "databases.main.tables.notes.columns.m.update",
        "databases.main.tables.notes.columns.m.update",
    ]  # fmt: skip
    assert table.audits()[2:] == [
        (f"column.{verb}", "database/main/table/notes") for verb in ("create", "update", "delete")
    ]  # fmt: skip


def test_indexes(table: Sandbox) -> None:
    made = table.key.post(f"{TABLE}/indexes", key="j", type="unique", columns=["text", "$id"], orders=["desc"]).ok(202)
    assert (made["columns"], made["orders"]) == (["text", "$id"], ["DESC", "ASC"])
    assert "attributes" not in made
    assert table.key.get(f"{TABLE}/indexes/j").ok() == made
    assert [one["key"] for one in table.key.get(f"{TABLE}/indexes").ok()["indexes"]] == ["i", "j"]
    table.key.delete(f"{TABLE}/indexes/j").ok(204)
    assert table.events()[2:] == [
        "databases.main.tables.notes.indexes.j.create", "databases.main.tables.notes.indexes.j.update"
    ]  # fmt: skip
    assert table.audits()[2:] == [(f"index.{verb}", "database/main/table/notes") for verb in ("create", "delete")]


def test_rows(table: Sandbox) -> None:
    user = table.user()
    key = table.key
    made = key.post(ROWS, rowId="one", data={"text": "a", "whole": 1}, permissions=['read("users")']).ok(201)
    assert (made["$tableId"], made["$databaseId"]) == ("notes", "main")
    assert "$collectionId" not in made
    assert user.get(f"{ROWS}/one").ok() == made
    assert key.get(ROWS).ok() == {"total": 1, "rows": [made]}
    assert key.get(f"{ROWS}/one", [q("select", "", "text", "$tableId")]).ok().keys() == {
        "$id", "$sequence", "$permissions", "$databaseId", "$tableId", "text"
    }  # fmt: skip
    changed = key.patch(f"{ROWS}/one", data={"whole": 2}).ok(200)
    assert (changed["whole"], changed["$tableId"]) == (2, "notes")
    upserted = key.put(f"{ROWS}/two", data={"text": "b"}).ok(201)
    assert upserted["$tableId"] == "notes"
    several = key.post(ROWS, rows=[{"$id": "x"}, {"$id": "y"}]).ok(201)
    assert [one["$tableId"] for one in several["rows"]] == ["notes", "notes"]
    key.delete(f"{ROWS}/one").ok(204)
    assert [event for event in table.events() if ".rows." in event] == [
        f"databases.main.tables.notes.rows.{what}"
        for what in ("one.create", "one.update", "two.upsert", "x.create", "y.create", "one.delete")
    ]
    place = "database/main/table/notes"
    assert [audit for audit in table.audits() if audit[0].startswith("row")] == [
        ("row.create", place), ("row.update", f"{place}/row/one"), ("row.upsert", f"{place}/row/two"),
        ("row.create", place), ("row.delete", f"{place}/row/one"),
    ]  # fmt: skip


def test_both_vocabularies_see_the_same(table: Sandbox) -> None:
    key = table.key
    create(key, "document", text="a").ok(201)
    key.post(ROWS, rowId="row", data={"text": "b"}).ok(201)
    assert ids(key.get(DOCUMENTS)) == ids(key.get(ROWS)) == ["document", "row"]
    row, document = key.get(f"{ROWS}/row").ok(), key.get(f"{DOCUMENTS}/row").ok()
    assert row.pop("$tableId") == document.pop("$collectionId")
    assert row == document
    collection = key.get("/databases/main/collections/notes").ok()
    assert collection["documentSecurity"] is True
    assert collection["indexes"][0]["attributes"] == ["whole"]


@pytest.mark.parametrize(
    ("verb", "path", "body", "status", "error"),
    [
        ("GET", "/tablesdb/main/tables/none", {}, 404, "table_not_found"),
        ("POST", "/tablesdb/main/tables", {"tableId": "notes", "name": "N"}, 409, "table_already_exists"),
        ("GET", "/tablesdb/main/tables/none/rows", {}, 404, "table_not_found"),
        ("GET", f"{TABLE}/columns/none", {}, 404, "column_not_found"),
        ("POST", f"{TABLE}/columns/boolean", {"key": "flag", "required": False}, 409, "column_already_exists"),
        ("POST", f"{TABLE}/columns/boolean", {"key": "a", "required": True, "default": True}, 400,
         "column_default_unsupported"),
        ("POST", f"{TABLE}/columns/enum", {"key": "a", "elements": ["x"], "required": False, "default": "y"}, 400,
         "column_value_invalid"),
        ("PATCH", f"{TABLE}/columns/boolean/text", {"required": False, "default": None}, 400, "column_type_invalid"),
        ("GET", f"{TABLE}/indexes/none", {}, 404, "column_index_not_found"),
        ("POST", f"{TABLE}/indexes", {"key": "j", "type": "key", "columns": ["none"]}, 400, "column_unknown"),
        ("POST", f"{TABLE}/indexes", {"key": "j", "type": "fulltext", "columns": ["whole"]}, 400,
            "column_index_invalid"),
        ("GET", f"{ROWS}/none", {}, 404, "row_not_found"),
        ("POST", ROWS, {"rowId": "a", "data": {}}, 400, "row_missing_data"),
        ("POST", ROWS, {"rowId": "a", "data": {"none": 1}}, 400, "row_invalid_structure"),
        ("POST", ROWS, {"rows": [{"none": 1}]}, 400, "row_invalid_structure"),
        ("PATCH", f"{ROWS}/none", {"data": {"text": "a"}}, 404, "row_not_found"),
        ("PATCH", f"{ROWS}/none", {}, 400, "row_missing_payload"),
        ("PUT", f"{ROWS}/none", {}, 400, "row_missing_payload"),
        ("DELETE", f"{ROWS}/none", {}, 404, "row_not_found"),
    ],
)  # fmt: skip
def test_errors(table: Sandbox, verb: str, path: str, body: dict[str, Any], status: int, error: str) -> None:
    more = {} if verb == "GET" else {"json": body}
    answer = table.key.send(verb, path, **more).fails(status, error)
    assert not any(word in answer.json["message"] for word in ("ollection", "ocument"))
    assert recorded(table) == 2
