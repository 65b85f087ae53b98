"""Collections: created with or without attributes and indexes, listed, changed and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.tools import (
    KINDS,
    MAIN,
    NOTES,
    create,
    make_database,
    make_notes,
    q,
    recorded,
    schema_of,
)
from tests.client import Sandbox


@pytest.fixture
def main(sandbox: Sandbox) -> Sandbox:
    make_database(sandbox)
    return sandbox


def tables(sandbox: Sandbox) -> set[str]:
    rows = sandbox.guest.sql(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = $1", schema_of(sandbox)
    )
    return {row["table_name"] for row in rows}


def test_create(main: Sandbox) -> None:
    made = main.key.post(f"{MAIN}/collections", collectionId="notes", name="Notes").ok(201)
    assert made == {
        "$id": "notes", "$createdAt": made["$createdAt"], "$updatedAt": made["$createdAt"], "$permissions": [],
        "databaseId": "main", "name": "Notes", "enabled": True, "documentSecurity": False, "attributes": [],
        "indexes": [], "bytesMax": made["bytesMax"], "bytesUsed": 0,
    }  # fmt: skip
    assert made["bytesMax"] > 0
    assert main.events()[1:] == ["databases.main.collections.notes.create"]
    assert main.audits()[1:] == [("collection.create", "database/main/collection/notes")]
    assert main.key.get(NOTES).ok() == made
    assert tables(main) == {"notes"}


def test_write_is_spelled_out(main: Sandbox) -> None:
    permissions = ['write("users")', 'read("any")', 'update("users")', 'create("team:a/owner")']
    made = main.key.post(f"{MAIN}/collections", collectionId="notes", name="N", permissions=permissions).ok(201)
    assert made["$permissions"] == [
        'create("users")', 'update("users")', 'delete("users")', 'read("any")', 'create("team:a/owner")'
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"collectionId": "a"},
        {"name": "A"},
        {"collectionId": "$a", "name": "A"},
        {"collectionId": "a", "name": "n" * 129},
        {"collectionId": "a", "name": "A", "permissions": ['read("*")']},
        {"collectionId": "a", "name": "A", "permissions": ['execute("any")']},
        {"collectionId": "a", "name": "A", "permissions": ['read("role:all")']},
        {"collectionId": "a", "name": "A", "permissions": ['read("any")'] * 101},
        {"collectionId": "a", "name": "A", "permissions": "any"},
        {"collectionId": "a", "name": "A", "enabled": "true"},
        {"collectionId": "a", "name": "A", "documentSecurity": "maybe"},
        {"collectionId": "a", "name": "A", "attributes": {}},
        {"collectionId": "a", "name": "A", "attributes": ["text"]},
        {"collectionId": "a", "name": "A", "indexes": [{"key": "i"}] * 101},
    ],
)
def test_create_with_bad_values(main: Sandbox, body: dict[str, Any]) -> None:
    main.key.post(f"{MAIN}/collections", **body).fails(400, "general_argument_invalid")
    assert recorded(main) == 1
    assert tables(main) == set()


def test_create_twice(main: Sandbox) -> None:
    main.key.post(f"{MAIN}/collections", collectionId="a", name="A").ok(201)
    main.key.post(f"{MAIN}/collections", collectionId="a", name="B").fails(409, "collection_already_exists")
    main.key.post("/tablesdb/main/tables", tableId="a", name="B").fails(409, "table_already_exists")
    main.key.post(f"{MAIN}/collections", collectionId="A", name="B").ok(201)
    assert recorded(main) == 3


def test_create_with_attributes_and_indexes(main: Sandbox) -> None:
    indexes = [
        {"key": "by_whole", "type": "key", "attributes": ["whole", "$createdAt"], "orders": ["DESC", "asc"]},
        {"key": "by_text", "type": "fulltext", "attributes": ["text"]},
        {"key": "mails", "type": "UNIQUE", "attributes": ["mail"]},
    ]
    made = main.key.post(f"{MAIN}/collections", collectionId="notes", name="N", attributes=KINDS, indexes=indexes).ok(
        201
    )
    assert [(one["key"], one["type"], one["status"]) for one in made["attributes"]] == [
        (kind["key"], kind["type"], "available") for kind in KINDS
    ]
    by_key = {one["key"]: one for one in made["attributes"]}
    assert (by_key["whole"]["min"], by_key["whole"]["max"]) == (-100, 100)
    assert by_key["color"]["elements"] == ["red", "green", "blue"]
    assert by_key["mail"]["format"] == "email"
    assert by_key["tags"]["array"] is True
    assert [(one["key"], one["type"], one["orders"]) for one in made["indexes"]] == [
        ("by_whole", "key", ["DESC", "ASC"]), ("by_text", "fulltext", ["ASC"]), ("mails", "unique", ["ASC"])
    ]  # fmt: skip
    assert main.events()[1:] == ["databases.main.collections.notes.create"]
    assert create(main.key, "one", text="hello").ok(201)["tags"] == []


def test_inline_defaults_and_encryption(main: Sandbox) -> None:
    attributes = [
        {"key": "n", "type": "integer", "default": 3},
        {"key": "secret", "type": "string", "size": 200, "encrypt": True},
        {"key": "other", "type": "string", "size": 200, "filters": ["encrypt"]},
    ]
    made = main.key.post(f"{MAIN}/collections", collectionId="notes", name="N", attributes=attributes).ok(201)
    assert [one.get("encrypt") for one in made["attributes"]] == [None, True, True]
    shown = create(main.key, "one", secret="s").ok(201)
    assert (shown["n"], shown["secret"]) == (3, "s")


@pytest.mark.parametrize(
    "attribute",
    [
        {},
        {"key": "a"},
        {"key": "a", "type": "unknown"},
        {"key": "a", "type": ["string"]},
        {"key": "a", "type": "string"},
        {"key": "a", "type": "string", "size": 0},
        {"key": "a", "type": "string", "size": 10, "format": "color"},
        {"key": "a", "type": "string", "size": 10, "format": {}, "required": "no"},
        {"key": "a", "type": "string", "size": 10, "encrypt": True},
        {"key": "_a", "type": "integer"},
        {"key": "$id", "type": "integer"},
        {"key": "a", "type": "integer", "min": 5, "max": 1},
        {"key": "a", "type": "integer", "min": 1.5},
        {"key": "a", "type": "integer", "default": "x"},
        {"key": "a", "type": "integer", "default": 1, "required": True},
        {"key": "a", "type": "integer", "default": 1, "array": True},
        {"key": "a", "type": "string", "format": "enum", "elements": []},
        {"key": "a", "type": "string", "format": "enum"},
        {"key": "a", "type": "relationship"},
    ],
)
def test_inline_attributes_that_are_wrong(main: Sandbox, attribute: dict[str, Any]) -> None:
    good = {"key": "b", "type": "boolean"}
    refused = main.key.post(f"{MAIN}/collections", collectionId="notes", name="N", attributes=[good, attribute])
    refused.fails(400, "general_argument_invalid")
    assert "attributes[1]" in refused.json["message"]
    assert tables(main) == set()
    assert recorded(main) == 1


def test_inline_attributes_twice(main: Sandbox) -> None:
    twice = [{"key": "b", "type": "boolean"}] * 2
    main.key.post(f"{MAIN}/collections", collectionId="n", name="N", attributes=twice).fails(
        400, "general_argument_invalid"
    )
    answer = main.key.post("/tablesdb/main/tables", tableId="n", name="N", columns=twice)
    answer.fails(400, "general_argument_invalid")
    assert "columns[1]" in answer.json["message"]
    main.key.get(f"{MAIN}/collections/n").fails(404, "collection_not_found")


@pytest.mark.parametrize(
    ("index", "type_"),
    [
        ({"key": "i", "type": "key", "attributes": ["none"]}, "general_argument_invalid"),
        ({"key": "i", "type": "key", "attributes": []}, "index_invalid"),
        ({"key": "i", "type": "fulltext", "attributes": ["whole"]}, "index_invalid"),
        ({"key": "i", "type": "btree", "attributes": ["whole"]}, "general_argument_invalid"),
        ({"key": "i", "attributes": ["whole"]}, "general_argument_invalid"),
        ({"key": "i", "type": "key", "attributes": "whole"}, "general_argument_invalid"),
        ({"key": "", "type": "key", "attributes": ["whole"]}, "general_argument_invalid"),
        ({"key": "i", "type": "key", "attributes": ["whole"], "orders": ["up"]}, "general_argument_invalid"),
    ],
)
def test_inline_indexes_that_are_wrong(main: Sandbox, index: dict[str, Any], type_: str) -> None:
    body = {"collectionId": "notes", "name": "N", "attributes": KINDS, "indexes": [index]}
    main.key.post(f"{MAIN}/collections", **body).fails(400, type_)
    assert tables(main) == set()
    assert recorded(main) == 1


def test_list(main: Sandbox) -> None:
    for name, more in (("c", {}), ("a", {"enabled": False}), ("b", {"documentSecurity": True})):
        main.key.post(f"{MAIN}/collections", collectionId=name, name=name.upper(), attributes=KINDS[:2], **more).ok(201)

    def found(*queries: str, **params: object) -> list[str]:
        return [one["$id"] for one in main.key.get(f"{MAIN}/collections", list(queries), **params).ok()["collections"]]

    assert found() == ["c", "a", "b"]
    assert found(q("equal", "enabled", False)) == ["a"]
    assert found(q("equal", "documentSecurity", True)) == ["b"]
    assert found(q("orderAsc", "name"), q("cursorAfter", "", "a")) == ["b", "c"]
    assert found(search="a") == ["a"]
    listed = main.key.get(f"{MAIN}/collections").ok()
    assert listed["total"] == 3
    assert [len(one["attributes"]) for one in listed["collections"]] == [2, 2, 2]
    assert main.key.get(f"{MAIN}/collections", total=False).ok()["total"] == 0
    main.key.get(f"{MAIN}/collections", [q("equal", "attributes", "a")]).fails(400, "general_argument_invalid")
    main.key.get("/tablesdb/main/tables", [q("equal", "documentSecurity", True)]).fails(400, "general_argument_invalid")


def test_update(main: Sandbox) -> None:
    main.key.post(f"{MAIN}/collections", collectionId="notes", name="N", permissions=['read("any")']).ok(201)
    found = main.key.put(NOTES, name="M", documentSecurity=True, enabled=False).ok(200)
    assert (found["name"], found["documentSecurity"], found["enabled"]) == ("M", True, False)
    assert found["$permissions"] == ['read("any")']
    found = main.key.put(NOTES, permissions=['write("users")'], documentSecurity="0").ok(200)
    assert found["$permissions"] == ['create("users")', 'update("users")', 'delete("users")']
    assert (found["name"], found["documentSecurity"], found["enabled"]) == ("M", False, True)
    assert main.key.put(NOTES, permissions=[]).ok(200)["$permissions"] == []
    assert main.events()[2:] == ["databases.main.collections.notes.update"] * 3
    assert main.audits()[2:] == [("collection.update", "database/main/collection/notes")] * 3
    main.key.put(NOTES, name="").fails(400, "general_argument_invalid")
    main.key.put(f"{MAIN}/collections/none", name="M").fails(404, "collection_not_found")
    assert recorded(main) == 5


def test_delete(main: Sandbox) -> None:
    main.key.post(f"{MAIN}/collections", collectionId="notes", name="N").ok(201)
    main.key.delete(NOTES).ok(204)
    assert main.events()[-1] == "databases.main.collections.notes.delete"
    assert main.audits()[-1] == ("collection.delete", "database/main/collection/notes")
    assert tables(main) == set()
    main.key.delete(NOTES).fails(404, "collection_not_found")
    main.key.get(f"{NOTES}/documents").fails(404, "collection_not_found")
    main.key.post(f"{MAIN}/collections", collectionId="notes", name="Again").ok(201)
    assert main.key.get(f"{NOTES}/documents").ok() == {"total": 0, "documents": []}


def test_who_may(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['read("any")', 'write("any")'])
    user = sandbox.user()
    old = sandbox.admin.post("/project/keys", keyId="unique()", name="R", scopes=["collections.read"]).ok(201)
    new = sandbox.admin.post("/project/keys", keyId="unique()", name="T", scopes=["tables.read"]).ok(201)
    before = recorded(sandbox)
    for caller in (sandbox.guest, user):
        caller.get(NOTES).fails(401, "general_unauthorized_scope")
        caller.get("/tablesdb/main/tables").fails(401, "general_unauthorized_scope")
        caller.delete(NOTES).fails(401, "general_unauthorized_scope")
    reader = sandbox.guest.as_(X_Appwrite_Key=old["secret"])
    assert reader.get(NOTES).ok()["$id"] == "notes"
    assert reader.get("/tablesdb/main/tables/notes").ok()["$id"] == "notes"
    reader.put(NOTES, name="x").fails(401, "general_unauthorized_scope")
    newer = sandbox.guest.as_(X_Appwrite_Key=new["secret"])
    assert newer.get("/tablesdb/main/tables/notes").ok()["$id"] == "notes"
    newer.get(NOTES).fails(401, "general_unauthorized_scope")
    assert recorded(sandbox) == before
