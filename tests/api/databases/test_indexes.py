"""Indexes: key, unique and fulltext ones, and all that cannot be indexed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, MAIN, NOTES, create, find, make_notes, q, recorded, schema_of
from tests.client import Answer, Sandbox

INDEXES = f"{NOTES}/indexes"


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox)
    return sandbox


def add(sandbox: Sandbox, key: str, type_: str, *attributes: str, **more: Any) -> Answer:
    return sandbox.key.post(INDEXES, key=key, type=type_, attributes=list(attributes), **more)


def definitions(sandbox: Sandbox) -> dict[str, str]:
    rows = sandbox.guest.sql("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1", schema_of(sandbox))
    return {row["indexname"]: row["indexdef"] for row in rows if "::" not in row["indexname"]}


def test_create(notes: Sandbox) -> None:
    made = add(notes, "by_whole", "key", "whole", "$updatedAt", orders=["DESC"]).ok(202)
    assert made == {
        "$id": "by_whole", "$createdAt": made["$createdAt"], "$updatedAt": made["$createdAt"], "key": "by_whole",
        "type": "key", "status": "available", "error": "", "attributes": ["whole", "$updatedAt"],
        "lengths": [0, 0], "orders": ["DESC", "ASC"],
    }  # fmt: skip
    assert notes.events()[2:] == ["databases.main.collections.notes.indexes.by_whole.create"]
    assert notes.audits()[2:] == [("index.create", "database/main/collection/notes")]
    assert notes.key.get(f"{INDEXES}/by_whole").ok() == made
    assert notes.key.get(INDEXES).ok() == {"total": 1, "indexes": [made]}
    assert notes.key.get(NOTES).ok()["indexes"] == [made]
    (definition,) = definitions(notes).values()
    assert "whole DESC" in definition
    assert "_updated_at" in definition


def test_unique(notes: Sandbox) -> None:
    add(notes, "mails", "unique", "mail").ok(202)
    create(notes.key, "one", mail="a@example.com").ok(201)
    create(notes.key, "two", text="without").ok(201)
    create(notes.key, "three", text="without").ok(201)
    before = recorded(notes)
    create(notes.key, "four", mail="a@example.com").fails(409, "document_unique_constraint_violation")
    notes.key.patch(f"{DOCUMENTS}/two", data={"mail": "a@example.com"}).fails(
        409, "document_unique_constraint_violation"
    )
    notes.key.put(f"{DOCUMENTS}/two", data={"mail": "a@example.com"}).fails(409, "document_unique_constraint_violation")
    notes.key.put(f"{DOCUMENTS}/five", data={"mail": "a@example.com"}).fails(
        409, "document_unique_constraint_violation"
    )
    notes.key.post("/tablesdb/main/tables/notes/rows", rowId="x", data={"mail": "a@example.com"}).fails(
        409, "row_unique_constraint_violation"
    )
    assert recorded(notes) == before
    assert find(notes.key) == ["one", "two", "three"]
    notes.key.patch(f"{DOCUMENTS}/one", data={"mail": "a@example.com", "whole": 1}).ok(200)
    notes.key.delete(f"{DOCUMENTS}/one").ok(204)
    create(notes.key, "four", mail="a@example.com").ok(201)


def test_unique_over_several(notes: Sandbox) -> None:
    add(notes, "pair", "unique", "text", "whole").ok(202)
    create(notes.key, "one", text="a", whole=1).ok(201)
    create(notes.key, "two", text="a", whole=2).ok(201)
    create(notes.key, "three", text="a", whole=2).fails(409, "document_unique_constraint_violation")


def test_unique_over_documents_that_are_not(notes: Sandbox) -> None:
    for _ in range(2):
        create(notes.key, text="same").ok(201)
    before = recorded(notes)
    add(notes, "texts", "unique", "text").fails(400, "index_invalid")
    notes.key.post("/tablesdb/main/tables/notes/indexes", key="t", type="unique", columns=["text"]).fails(
        400, "column_index_invalid"
    )
    assert definitions(notes) == {}
    assert notes.key.get(INDEXES).ok()["total"] == 0
    assert recorded(notes) == before


def test_fulltext(notes: Sandbox) -> None:
    create(notes.key, "one", text="The quick brown fox").ok(201)
    notes.key.get(DOCUMENTS, [q("search", "text", "fox")]).fails(400, "general_query_invalid")
    add(notes, "words", "fulltext", "text").ok(202)
    assert "gin" in next(iter(definitions(notes).values()))
    create(notes.key, "two", text="foxes jump").ok(201)
    create(notes.key, "three", mail="a@example.com").ok(201)
    assert find(notes.key, q("search", "text", "FOX")) == ["one", "two"]
    assert find(notes.key, q("search", "text", '"brown fox"')) == ["one"]
    assert find(notes.key, q("search", "text", "slow jump")) == ["two"]
    assert find(notes.key, q("notSearch", "text", "jump")) == ["one"]
    assert find(notes.key, q("search", "text", "& | ! :* '")) == []


def test_fulltext_over_several_is_for_none_of_them(notes: Sandbox) -> None:
    add(notes, "words", "fulltext", "text", "mail").ok(202)
    notes.key.get(DOCUMENTS, [q("search", "text", "fox")]).fails(400, "general_query_invalid")


def test_arrays(notes: Sandbox) -> None:
    add(notes, "tags", "key", "tags").ok(202)
    assert "gin" in next(iter(definitions(notes).values()))
    create(notes.key, "one", tags=["a", "b"]).ok(201)
    assert find(notes.key, q("containsAll", "tags", "b", "a")) == ["one"]
    add(notes, "both", "key", "tags", "text").fails(400, "index_invalid")
    add(notes, "once", "unique", "tags").fails(400, "index_invalid")
    add(notes, "words", "fulltext", "tags").fails(400, "index_invalid")


@pytest.mark.parametrize(
    ("type_", "attributes", "more", "error"),
    [
        ("key", ["none"], {}, "attribute_unknown"),
        ("unique", ["text", "none"], {}, "attribute_unknown"),
        ("key", ["$permissions"], {}, "attribute_unknown"),
        ("key", [], {}, "index_invalid"),
        ("key", ["text", "text"], {}, "index_invalid"),
        ("key", ["text"], {"orders": ["ASC", "DESC"]}, "index_invalid"),
        ("fulltext", ["whole"], {}, "index_invalid"),
        ("fulltext", ["$id"], {}, "index_invalid"),
        ("spatial", ["text"], {}, "index_invalid"),
        ("key", ["text"] * 101, {}, "general_argument_invalid"),
        ("hash", ["text"], {}, "general_argument_invalid"),
        ("key", ["text"], {"orders": ["up"]}, "general_argument_invalid"),
        ("key", ["text"], {"lengths": ["x"]}, "general_argument_invalid"),
        ("key", ["a b"], {}, "general_argument_invalid"),
    ],
)
def test_create_with_bad_values(
    notes: Sandbox, type_: str, attributes: list[str], more: dict[str, Any], error: str
) -> None:
    add(notes, "i", type_, *attributes, **more).fails(400, error)
    assert recorded(notes) == 2
    assert definitions(notes) == {}


def test_encrypted_text_cannot_be_indexed(notes: Sandbox) -> None:
    notes.key.post(f"{NOTES}/attributes/string", key="secret", size=200, required=False, encrypt=True).ok(202)
    add(notes, "i", "key", "secret").fails(400, "index_invalid")


def test_create_twice(notes: Sandbox) -> None:
    add(notes, "i", "key", "text").ok(202)
    add(notes, "i", "key", "whole").fails(409, "index_already_exists")
    notes.key.post("/tablesdb/main/tables/notes/indexes", key="i", type="key", columns=["text"]).fails(
        409, "column_index_already_exists"
    )
    assert recorded(notes) == 3


def test_limits(notes: Sandbox) -> None:
    made = [{"key": f"i{n}", "type": "key", "attributes": ["whole"]} for n in range(64)]
    notes.key.post(f"{MAIN}/collections", collectionId="full", name="F",
        attributes=[{"key": "whole", "type": "integer"}],
                   indexes=made).ok(201)  # fmt: skip
    notes.key.post(f"{MAIN}/collections/full/indexes", key="more", type="key", attributes=["whole"]).fails(
        400, "index_limit_exceeded"
    )
    notes.key.post("/tablesdb/main/tables/full/indexes", key="more", type="key", columns=["whole"]).fails(
        400, "column_index_limit_exceeded"
    )


def test_values_that_are_too_large(notes: Sandbox) -> None:
    import secrets

    notes.key.post(f"{NOTES}/attributes/string", key="long", size=100_000, required=False).ok(202)
    add(notes, "longs", "key", "long").ok(202)
    before = recorded(notes)
    large = secrets.token_hex(20_000)  # which cannot be compressed to fit
    create(notes.key, "one", long=large).fails(400, "document_invalid_structure")
    assert recorded(notes) == before
    notes.key.delete(f"{INDEXES}/longs").ok(204)
    create(notes.key, "one", long=large).ok(201)
    add(notes, "longs", "key", "long").fails(400, "index_invalid")
    assert notes.key.get(INDEXES).ok()["total"] == 0


def test_delete(notes: Sandbox) -> None:
    add(notes, "mails", "unique", "mail").ok(202)
    notes.key.delete(f"{INDEXES}/mails").ok(204)
    assert notes.events()[-1] == "databases.main.collections.notes.indexes.mails.update"
    assert notes.audits()[-1] == ("index.delete", "database/main/collection/notes")
    assert definitions(notes) == {}
    for _ in range(2):
        create(notes.key, mail="a@example.com").ok(201)
    notes.key.delete(f"{INDEXES}/mails").fails(404, "index_not_found")
    notes.key.get(f"{INDEXES}/mails").fails(404, "index_not_found")
    notes.key.get("/tablesdb/main/tables/notes/indexes/mails").fails(404, "column_index_not_found")


def test_attributes_of_indexes_are_renamed_and_deleted(notes: Sandbox) -> None:
    add(notes, "pair", "key", "text", "whole", orders=["ASC", "DESC"]).ok(202)
    add(notes, "alone", "fulltext", "text").ok(202)
    notes.key.patch(f"{NOTES}/attributes/string/text", required=False, default=None, newKey="title").ok(200)
    create(notes.key, "one", title="word").ok(201)
    assert [one["attributes"] for one in notes.key.get(INDEXES).ok()["indexes"]] == [["title", "whole"], ["title"]]
    assert find(notes.key, q("search", "title", "word")) == ["one"]
    notes.key.delete(f"{NOTES}/attributes/title").ok(204)
    (left,) = notes.key.get(INDEXES).ok()["indexes"]
    assert (left["key"], left["attributes"], left["orders"]) == ("pair", ["whole"], ["DESC"])
    assert len(definitions(notes)) == 1


def test_list(notes: Sandbox) -> None:
    add(notes, "b", "key", "text").ok(202)
    add(notes, "a", "unique", "mail", "whole").ok(202)

    def found(*queries: str) -> list[str]:
        return [one["key"] for one in notes.key.get(INDEXES, list(queries)).ok()["indexes"]]

    assert found() == ["b", "a"]
    assert found(q("orderAsc", "key")) == ["a", "b"]
    assert found(q("equal", "type", "unique")) == ["a"]
    assert found(q("contains", "attributes", "mail")) == ["a"]
    assert found(q("cursorAfter", "", "b")) == ["a"]
    assert notes.key.get(INDEXES, total=False).ok()["total"] == 0
    notes.key.get(INDEXES, [q("equal", "orders", "ASC")]).fails(400, "general_argument_invalid")


def test_who_may(notes: Sandbox) -> None:
    for caller in (notes.guest, notes.user()):
        caller.get(INDEXES).fails(401, "general_unauthorized_scope")
        caller.post(INDEXES, key="i", type="key", attributes=["text"]).fails(401, "general_unauthorized_scope")
        caller.delete(f"{INDEXES}/i").fails(401, "general_unauthorized_scope")
    assert definitions(notes) == {}
