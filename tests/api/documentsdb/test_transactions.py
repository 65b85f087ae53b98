"""Transactions over documents without a schema, and over vectors."""

from __future__ import annotations

from typing import Any

from tests.api.documentsdb.tools import DOCUMENTS, create, make_notes, own
from tests.api.vectorsdb import tools as points
from tests.client import Sandbox


def begin(sandbox: Sandbox, service: str = "documentsdb") -> str:
    return str(sandbox.key.post(f"/{service}/transactions").ok(201)["$id"])


def commit(sandbox: Sandbox, id_: str, service: str = "documentsdb") -> Any:
    return sandbox.key.patch(f"/{service}/transactions/{id_}", commit=True)


def test_staged_documents(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    create(sandbox.key, "old", a=1, b={"x": 1}).ok(201)
    id_ = begin(sandbox)
    staged = sandbox.key.post(DOCUMENTS, documentId="new", data={"n": 1, "l": [{}]}, transactionId=id_).ok(201)
    assert own(staged) == {"n": 1, "l": [{}]}
    merged = sandbox.key.patch(f"{DOCUMENTS}/old", data={"b": 2}, transactionId=id_).ok(200)
    assert own(merged) == {"a": 1, "b": 2}
    sandbox.key.patch(f"{DOCUMENTS}/new/n/increment", value=4, transactionId=id_).ok(200)
    sandbox.key.put(f"{DOCUMENTS}/put", data={"p": 1}, transactionId=id_).ok(201)
    assert own(sandbox.key.get(f"{DOCUMENTS}/new", transactionId=id_).ok(200)) == {"n": 5, "l": [{}]}
    assert own(sandbox.key.get(f"{DOCUMENTS}/old").ok(200)) == {"a": 1, "b": {"x": 1}}
    sandbox.key.get(f"{DOCUMENTS}/new").fails(404, "document_not_found")
    assert commit(sandbox, id_).ok(200)["status"] == "committed"
    found = {one["$id"]: own(one) for one in sandbox.key.get(DOCUMENTS).ok(200)["documents"]}
    assert found == {"old": {"a": 1, "b": 2}, "new": {"n": 5, "l": [{}]}, "put": {"p": 1}}
    notes = "documentsdb.main.collections.notes.documents"
    assert f"{notes}.new.create" in sandbox.events()
    assert f"{notes}.old.update" in sandbox.events()


def test_operations(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    create(sandbox.key, "old", a=1).ok(201)
    id_ = begin(sandbox)
    where = {"databaseId": "main", "collectionId": "notes"}
    operations = [
        {**where, "action": "create", "documentId": "one", "data": {"k": "v"}},
        {**where, "action": "upsert", "documentId": "old", "data": {"b": 2}},
        {**where, "action": "bulkUpdate", "data": {"queries": [], "data": {"seen": True}}},
    ]
    sandbox.key.post(f"/documentsdb/transactions/{id_}/operations", operations=operations).ok(201)
    commit(sandbox, id_).ok(200)
    found = {one["$id"]: own(one) for one in sandbox.key.get(DOCUMENTS).ok(200)["documents"]}
    assert found == {"one": {"k": "v", "seen": True}, "old": {"b": 2, "seen": True}}


def test_a_rollback(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    id_ = begin(sandbox)
    sandbox.key.post(DOCUMENTS, documentId="new", data={"n": 1}, transactionId=id_).ok(201)
    sandbox.key.patch(f"/documentsdb/transactions/{id_}", rollback=True).ok(200)
    assert sandbox.key.get(DOCUMENTS).ok()["total"] == 0


def test_vectors(sandbox: Sandbox) -> None:
    points.make_points(sandbox)
    id_ = begin(sandbox, "vectorsdb")
    data = {"embeddings": [1, 2], "metadata": {"a": 1}}
    sandbox.key.post(points.DOCUMENTS, documentId="one", data=data, transactionId=id_).ok(201)
    bad = {"embeddings": [1]}
    sandbox.key.post(points.DOCUMENTS, documentId="two", data=bad, transactionId=id_).fails(
        400, "document_invalid_structure"
    )
    assert commit(sandbox, id_, "vectorsdb").ok(200)["status"] == "committed"
    assert own(sandbox.key.get(f"{points.DOCUMENTS}/one").ok(200)) == data


def test_a_database_of_another_service(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    id_ = begin(sandbox, "vectorsdb")
    operation = {
        "databaseId": "main", "collectionId": "notes", "action": "create", "documentId": "x", "data": {"a": 1}
    }  # fmt: skip
    sandbox.key.post(f"/vectorsdb/transactions/{id_}/operations", operations=[operation]).fails(
        404, "database_not_found"
    )
