"""Databases, collections and indexes of DocumentsDB."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.api.databases.tools import recorded, schema_of
from tests.api.documentsdb.tools import DOCUMENTS, MAIN, NOTES, create, find, make_notes, put_all, q
from tests.client import Answer, Sandbox

INDEXES = f"{NOTES}/indexes"


def add(sandbox: Sandbox, key: str, type_: str, *attributes: str, **more: Any) -> Answer:
    return sandbox.key.post(INDEXES, key=key, type=type_, attributes=list(attributes), **more)


def test_the_way_of_a_collection(sandbox: Sandbox) -> None:
    made = make_notes(sandbox, permissions=['read("any")'], documentSecurity=True)
    assert made["attributes"] == []
    assert made["indexes"] == []
    assert made["documentSecurity"] is True
    assert sandbox.key.get(NOTES).ok(200) == made
    assert sandbox.key.get(f"{MAIN}/collections").ok(200) == {"total": 1, "collections": [made]}
    changed = sandbox.key.put(NOTES, name="Other", purge=True).ok(200)
    assert (changed["name"], changed["documentSecurity"], changed["$permissions"]) == ("Other", False, ['read("any")'])
    sandbox.key.put(NOTES).fails(400, "general_argument_invalid")
    sandbox.key.put(MAIN).fails(400, "general_argument_invalid")
    assert sandbox.key.put(MAIN, name="Renamed").ok(200)["type"] == "documentsdb"
    sandbox.key.delete(NOTES).ok(204)
    sandbox.key.delete(MAIN).ok(204)
    sandbox.key.get(MAIN).fails(404, "database_not_found")
    notes = "documentsdb.main.collections.notes"
    assert sandbox.events() == [
        "documentsdb.main.create", f"{notes}.create", f"{notes}.update", "documentsdb.main.update", f"{notes}.delete",
        "documentsdb.main.delete",
    ]  # fmt: skip
    assert sandbox.audits()[1] == ("collections.create", "database/main/collection/notes")


def test_there_are_no_attributes(sandbox: Sandbox) -> None:
    sandbox.key.post("/documentsdb", databaseId="main", name="Main").ok(201)
    attributes = [{"key": "a", "type": "string", "size": 5}]
    body = {"collectionId": "notes", "name": "Notes"}
    sandbox.key.post(f"{MAIN}/collections", **body, attributes=attributes).fails(400, "general_argument_invalid")
    sandbox.key.get(NOTES).fails(404, "collection_not_found")
    sandbox.key.post(f"{MAIN}/collections", **body, attributes=[]).ok(201)
    sandbox.key.post(f"{MAIN}/collections", **body).fails(409, "collection_already_exists")
    sandbox.key.post(f"{NOTES}/attributes/string", key="a").fails(404, "general_route_not_found")
    (column,) = sandbox.guest.sql(
        "SELECT data_type FROM information_schema.columns WHERE table_schema = $1 AND column_name = '_data'",
        schema_of(sandbox),
    )
    assert column["data_type"] == "jsonb"


def test_indexes_given_with_the_collection(sandbox: Sandbox) -> None:
    made = make_notes(
        sandbox,
        indexes=[
            {"key": "a", "type": "key", "attributes": ["x", "deep.y"], "orders": ["desc", "asc"]},
            {"key": "b", "type": "unique", "attributes": ["$id", "n"]},
            {"key": "c", "type": "fulltext", "attributes": ["text"]},
        ],
    )
    assert [(one["key"], one["type"], one["status"]) for one in made["indexes"]] == [
        ("a", "key", "available"), ("b", "unique", "available"), ("c", "fulltext", "available")
    ]  # fmt: skip
    bad = {"collectionId": "other", "name": "O"}
    for index, type_ in (
        ({"key": "a", "type": "spatial", "attributes": ["x"]}, "index_invalid"),
        ({"key": "a", "type": "other", "attributes": ["x"]}, "general_argument_invalid"),
        ({"key": "a", "type": "key", "attributes": ["'; --"]}, "general_argument_invalid"),
        ({"key": "a", "type": "key"}, "general_argument_invalid"),
    ):
        sandbox.key.post(f"{MAIN}/collections", **bad, indexes=[index]).fails(400, type_)
    sandbox.key.get(f"{MAIN}/collections/other").fails(404, "collection_not_found")


def test_an_index_comes_and_goes(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    made = add(sandbox, "by_n", "key", "n", "deep.m", orders=["DESC"]).ok(202)
    assert (made["status"], made["attributes"], made["orders"]) == ("available", ["n", "deep.m"], ["DESC", "ASC"])
    assert sandbox.events()[-1] == "documentsdb.main.collections.notes.indexes.by_n.create"
    assert sandbox.key.get(f"{INDEXES}/by_n").ok(200) == made
    assert sandbox.key.get(INDEXES).ok(200)["total"] == 1
    add(sandbox, "by_n", "key", "other").fails(409, "index_already_exists")
    sandbox.key.delete(f"{INDEXES}/by_n").ok(204)
    sandbox.key.get(f"{INDEXES}/by_n").fails(404, "index_not_found")
    assert sandbox.events()[-1] == "documentsdb.main.collections.notes.indexes.by_n.update"


@pytest.mark.parametrize(
    ("type_", "attributes", "more", "error"),
    [
        ("key", ["n"], {}, "index_invalid"),
        ("unique", ["n"], {"orders": ["ASC"]}, "index_invalid"),
        ("key", ["a", "A"], {}, "index_invalid"),
        ("key", [], {}, "index_invalid"),
        ("key", ["a"], {"orders": ["ASC", "ASC"]}, "index_invalid"),
        ("key", ["a..b"], {}, "index_invalid"),
        ("fulltext", ["$id"], {}, "index_invalid"),
        ("spatial", ["a"], {}, "general_argument_invalid"),
        ("key", ["_data"], {}, "general_argument_invalid"),
        ("key", ["$other"], {}, "general_argument_invalid"),
        ("key", ["a"], {"orders": ["up"]}, "general_argument_invalid"),
        ("key", ["a'); --"], {}, "general_argument_invalid"),
    ],
)
def test_bad_indexes(sandbox: Sandbox, type_: str, attributes: list[str], more: dict[str, Any], error: str) -> None:
    make_notes(sandbox)
    add(sandbox, "by_n", "key", "n").ok(202)
    before = recorded(sandbox)
    add(sandbox, "bad", type_, *attributes, **more).fails(400, error)
    assert recorded(sandbox) == before
    assert sandbox.key.get(INDEXES).ok(200)["total"] == 1


def test_a_unique_index(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    add(sandbox, "one", "unique", "mail.address").ok(202)
    create(sandbox.key, "a", mail={"address": "x"}).ok(201)
    create(sandbox.key, "b", mail={"address": "x"}).fails(409, "document_unique_constraint_violation")
    create(sandbox.key, "c", mail={"address": None}).ok(201)
    create(sandbox.key, "d", mail={"address": None}).ok(201)
    create(sandbox.key, "e", other=1).ok(201)
    create(sandbox.key, "f", mail="x").ok(201)
    sandbox.key.patch(f"{DOCUMENTS}/e", data={"mail": {"address": "x"}}).fails(
        409, "document_unique_constraint_violation"
    )
    put_all(sandbox.key, g={"n": 1}, h={"n": 1})
    add(sandbox, "two", "unique", "n").fails(400, "index_invalid")
    assert sandbox.key.get(INDEXES).ok(200)["total"] == 1


def test_values_too_large_for_an_index(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    add(sandbox, "by_text", "key", "text").ok(202)
    source = random.Random(1)
    long = "".join(source.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(9000))
    create(sandbox.key, "a", text=long).fails(400, "document_invalid_structure")
    create(sandbox.key, "a", other=long).ok(201)
    add(sandbox, "by_other", "key", "other").fails(400, "index_invalid")
    assert find(sandbox.key, q("exists", "", "other")) == ["a"]


def test_a_switched_off_database(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['read("any")'])
    sandbox.guest.get(DOCUMENTS).ok(200)
    sandbox.key.put(NOTES, name="Notes", enabled=False).ok(200)
    sandbox.guest.get(DOCUMENTS).fails(404, "collection_not_found")
    sandbox.key.put(NOTES, name="Notes").ok(200)
    sandbox.key.put(MAIN, name="Main", enabled=False).ok(200)
    sandbox.guest.get(DOCUMENTS).fails(404, "database_not_found")
    sandbox.key.get(DOCUMENTS).ok(200)


def test_who_may_define(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    for caller in (sandbox.guest, sandbox.user()):
        caller.get(NOTES).fails(401, "general_unauthorized_scope")
        caller.post("/documentsdb", databaseId="x", name="X").fails(401, "general_unauthorized_scope")
        caller.post(INDEXES, key="a", type="key", attributes=["a"]).fails(401, "general_unauthorized_scope")
    assert sandbox.admin.get(NOTES).ok(200)["name"] == "Notes"
