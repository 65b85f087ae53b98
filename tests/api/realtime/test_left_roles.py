"""Who could read something until a change and no longer can is recorded with the change, whichever way it is made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, NOTES, make_notes, q
from tests.api.documentsdb import tools as schemaless
from tests.api.realtime.tools import recorded
from tests.client import Sandbox

TEXT = [{"key": "t", "type": "string", "size": 20}, {"key": "n", "type": "integer", "default": 0}]
READERS = {"a": ["user:a", "users"], "b": ["user:b"], "none": []}


def reads(*roles: str) -> list[str]:
    return [f'read("{role}")' for role in roles]


def left(sandbox: Sandbox, since: int) -> dict[str, Any]:
    """By the end of each event's name, who is recorded as having lost sight."""
    return {row["event"].rpartition("documents.")[2]: row["left_roles"] for row in recorded(sandbox, since)}


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox, attributes=TEXT, documentSecurity=True, permissions=['read("team:readers")'])
    for id_, roles in READERS.items():
        sandbox.key.post(DOCUMENTS, documentId=id_, data={"t": id_}, permissions=reads(*roles)).ok(201)
    assert [row["left_roles"] for row in recorded(sandbox)] == [None] * len(recorded(sandbox))
    return sandbox


def newest(sandbox: Sandbox) -> int:
    return int(recorded(sandbox)[-1]["number"])


def test_one_document(notes: Sandbox) -> None:
    since, one = newest(notes), f"{DOCUMENTS}/a"

    def after(**change: Any) -> Any:
        nonlocal since
        notes.key.patch(one, **change).ok()
        found, since = left(notes, since), newest(notes)
        return found

    assert after(data={"t": "x"}) == {"a.update": None}
    assert after(permissions=reads("user:a", "users")) == {"a.update": None}
    assert after(permissions=reads("users", "user:c"), data={"t": "y"}) == {"a.update": ["user:a"]}
    assert after(permissions=reads("any")) == {"a.update": ["user:c", "users"]}
    assert after(permissions=reads("team:readers")) == {"a.update": ["any"]}
    assert after(permissions=[]) == {"a.update": None}  # the team can read all of the collection
    assert after(permissions=['update("any")']) == {"a.update": None}
    (row,) = recorded(notes, since - 1)
    assert row["roles"] == ["team:readers"]


def test_upserts(notes: Sandbox) -> None:
    since = newest(notes)
    notes.key.put(f"{DOCUMENTS}/a", data={"t": "x"}).ok(201)
    notes.key.put(f"{DOCUMENTS}/b", data={"t": "x"}, permissions=reads("user:a")).ok(201)
    notes.key.put(f"{DOCUMENTS}/new", data={"t": "x"}, permissions=reads("user:a")).ok(201)
    assert left(notes, since) == {"a.upsert": None, "b.upsert": ["user:b"], "new.upsert": None}


def test_several(notes: Sandbox) -> None:
    since = newest(notes)
    notes.key.patch(DOCUMENTS, data={"$permissions": reads("users"), "t": "x"}).ok()
    assert left(notes, since) == {"a.update": ["user:a"], "b.update": ["user:b"], "none.update": None}
    since = newest(notes)
    notes.key.patch(DOCUMENTS, data={"$permissions": []}, queries=[q("orderDesc", "$id"), q("limit", "", 1)]).ok()
    assert left(notes, since) == {"none.update": ["users"]}
    since = newest(notes)
    documents = [
        {"$id": "a", "t": "y", "$permissions": []}, {"$id": "b", "t": "z"}, {"$id": "c", "$permissions": reads("any")},
        {"$id": "none", "t": "y", "$permissions": reads("any")},
    ]  # fmt: skip
    notes.key.put(DOCUMENTS, documents=documents).ok(201)
    assert left(notes, since) == {"c.upsert": None, "a.upsert": ["users"], "none.upsert": None, "b.upsert": None}
    assert notes.key.get(f"{DOCUMENTS}/none").ok()["$permissions"] == reads("any")
    since = newest(notes)
    notes.key.delete(DOCUMENTS).ok()
    assert set(left(notes, since).values()) == {None}


def test_transactions(notes: Sandbox) -> None:
    since = newest(notes)
    id_ = notes.key.post("/databases/transactions").ok(201)["$id"]
    of = {"databaseId": "main", "collectionId": "notes"}
    operations = [
        {"action": "update", **of, "documentId": "a", "data": {"t": "x", "$permissions": reads("user:a")}},
        {"action": "upsert", **of, "documentId": "b", "data": {"t": "x", "$permissions": reads("user:c")}},
        {"action": "increment", **of, "documentId": "none", "data": {"attribute": "n", "value": 1}},
    ]
    notes.key.post(f"/databases/transactions/{id_}/operations", operations=operations).ok(201)
    assert left(notes, since) == {}
    notes.key.patch(f"/databases/transactions/{id_}", commit=True).ok()
    assert left(notes, since) == {"a.update": ["users"], "b.update": ["user:b"], "none.update": None}


def test_with_relationships(notes: Sandbox) -> None:
    body = {"relatedCollectionId": "notes", "type": "manyToOne", "key": "parent", "twoWay": False}
    notes.key.post(f"{NOTES}/attributes/relationship", **body).ok(202)
    since = newest(notes)
    notes.key.patch(f"{DOCUMENTS}/a", data={"parent": "b", "t": "x"}, permissions=reads("users")).ok()
    assert left(notes, since) == {"a.update": ["user:a"]}
    since = newest(notes)
    child = {"$id": "b", "t": "y", "$permissions": reads("any")}
    notes.key.patch(f"{DOCUMENTS}/a", data={"parent": child}).ok()
    assert left(notes, since) == {"b.update": ["user:b"], "a.update": None}


def test_without_a_schema(sandbox: Sandbox) -> None:
    schemaless.make_notes(sandbox, documentSecurity=True)
    where = schemaless.DOCUMENTS
    sandbox.key.post(where, documentId="a", data={"x": 1}, permissions=reads("user:a")).ok(201)
    since = newest(sandbox)
    sandbox.key.patch(f"{where}/a", data={"y": 1}, permissions=reads("user:b")).ok()
    assert left(sandbox, since) == {"a.update": ["user:a"]}
    since = newest(sandbox)
    documents = [{"$id": "a", "x": 2, "$permissions": reads("any")}, {"$id": "b", "x": 2}]
    sandbox.key.put(where, documents=documents).ok(201)
    assert left(sandbox, since) == {"b.upsert": None, "a.upsert": ["user:b"]}


def test_collections_whose_documents_have_no_say(sandbox: Sandbox) -> None:
    make_notes(sandbox, attributes=TEXT, documentSecurity=False, permissions=['read("users")'])
    sandbox.key.post(DOCUMENTS, documentId="a", data={"t": "x"}, permissions=reads("user:a")).ok(201)
    since = newest(sandbox)
    with sandbox.statements() as seen:
        sandbox.key.patch(f"{DOCUMENTS}/a", data={"t": "y"}, permissions=[]).ok()
    assert left(sandbox, since) == {"a.update": None}
    assert not any('"::b"' in statement for statement in seen)


def test_other_updates_do_not_look_at_what_was(notes: Sandbox) -> None:
    with notes.statements() as seen:
        notes.key.patch(f"{DOCUMENTS}/a", data={"t": "y"}).ok()
        notes.key.patch(DOCUMENTS, data={"t": "y"}).ok()
        notes.key.put(f"{DOCUMENTS}/a", data={"t": "y"}).ok(201)
    assert seen
    assert not any('"::b"' in statement for statement in seen)


def test_at_the_same_time(notes: Sandbox) -> None:
    """Of many changes at once, each tells of those whom it has shut out: nobody is forgotten."""
    since, users = newest(notes), [f"user:u{n}" for n in range(24)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda role: notes.key.patch(f"{DOCUMENTS}/b", permissions=reads(role)).ok(), users))
    rows = recorded(notes, since)
    assert len(rows) == len(users)
    lost = [role for row in rows for role in row["left_roles"] or ()]
    final = notes.key.get(f"{DOCUMENTS}/b").ok()["$permissions"]
    assert sorted([*lost, *(text[6:-2] for text in final)]) == sorted(["user:b", *users])
    assert recorded(notes, since) == rows


def test_files(sandbox: Sandbox) -> None:
    sandbox.key.post("/storage/buckets", bucketId="b", name="B", fileSecurity=True, permissions=reads("users")).ok(201)
    files = {"file": ("a.txt", b"a", "text/plain")}
    where = "/storage/buckets/b/files"
    form = {"fileId": "f", "permissions[]": reads("user:a", "users")}
    sandbox.key.send("POST", where, data=form, files=files).ok(201)
    since = newest(sandbox)

    def after(**change: Any) -> Any:
        nonlocal since
        sandbox.key.put(f"{where}/f", **change).ok()
        (row,) = recorded(sandbox, since)
        since = newest(sandbox)
        return row["left_roles"]

    assert after(name="b.txt") is None
    assert after(permissions=reads("user:b")) == ["user:a"]
    assert after(permissions=reads("user:b")) is None
    assert after(permissions=[], name="c") == ["user:b"]
    sandbox.key.put(f"{where}/none", permissions=[]).fails(404, "storage_file_not_found")
    assert newest(sandbox) == since
