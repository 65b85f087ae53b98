"""Transactions: opened, filled by both ways, committed as one or dropped."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, ROWS, find, ids, make_database, q, recorded
from tests.api.databases.transactions.tools import (
    ALL,
    ATTRIBUTES,
    EVENT,
    OF_ROWS,
    begin,
    commit,
    counts,
    create_in,
    op,
    stage,
)
from tests.client import Sandbox


# --- the transaction itself ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [ALL, OF_ROWS, "/documentsdb/transactions", "/vectorsdb/transactions"])
def test_open_see_and_delete(sandbox: Sandbox, path: str) -> None:
    made = sandbox.key.post(path, ttl=60).ok(201)
    assert made | {"status": "pending", "operations": 0} == made
    assert made["expiresAt"] > made["$createdAt"] == made["$updatedAt"]
    assert sandbox.key.get(f"{path}/{made['$id']}").ok(200) == made
    assert sandbox.key.get(path).ok(200) == {"total": 1, "transactions": [made]}
    assert sandbox.admin.get(f"{ALL}/{made['$id']}").ok(200) == made
    assert sandbox.key.delete(f"{path}/{made['$id']}").status == 204
    sandbox.key.get(f"{path}/{made['$id']}").fails(404, "transaction_not_found")
    sandbox.key.delete(f"{path}/{made['$id']}").fails(404, "transaction_not_found")
    assert recorded(sandbox) == 0


@pytest.mark.parametrize("ttl", [59, 3601, -1, 60.5, "soon", [], {}])
def test_a_bad_ttl(sandbox: Sandbox, ttl: Any) -> None:
    sandbox.key.post(ALL, ttl=ttl).fails(400, "general_argument_invalid")
    assert sandbox.key.get(ALL).ok()["total"] == 0


def test_it_lives_for_its_ttl(sandbox: Sandbox) -> None:
    begin(sandbox.key)
    begin(sandbox.key, ttl=3600)
    rows = sandbox.guest.sql(
        "SELECT extract(epoch FROM expires_at - created_at)::int AS s FROM transactions WHERE project_id = $1 "
        "ORDER BY seq", sandbox.id,
    )  # fmt: skip
    assert [row["s"] for row in rows] == [300, 3600]


def test_whose_it_is(sandbox: Sandbox) -> None:
    owner, other = sandbox.user(), sandbox.user()
    own, servers, guests = begin(owner), begin(sandbox.key), begin(sandbox.guest)
    assert [one["$id"] for one in owner.get(ALL).ok()["transactions"]] == [own]
    assert other.get(ALL).ok() == {"total": 0, "transactions": []}
    assert sandbox.guest.get(ALL).ok()["total"] == 0
    assert [one["$id"] for one in sandbox.key.get(OF_ROWS).ok()["transactions"]] == [own, servers, guests]
    for caller, id_ in ((other, own), (owner, servers), (owner, guests), (sandbox.guest, guests), (sandbox.guest, own)):
        caller.get(f"{ALL}/{id_}").fails(404, "transaction_not_found")
        caller.patch(f"{ALL}/{id_}", rollback=True).fails(404, "transaction_not_found")
        caller.delete(f"{ALL}/{id_}").fails(404, "transaction_not_found")
        caller.post(f"{ALL}/{id_}/operations", operations=[op("delete", "a")]).fails(404, "transaction_not_found")
    assert owner.patch(f"{ALL}/{own}", rollback=True).ok(200)["status"] == "failed"
    assert sandbox.key.delete(f"{ALL}/{guests}").status == 204


def test_a_list_with_queries(sandbox: Sandbox) -> None:
    first, second, third = (begin(sandbox.key) for _ in range(3))
    sandbox.key.patch(f"{ALL}/{second}", commit=True).ok(200)

    def listed(*queries: str) -> list[str]:
        return [one["$id"] for one in sandbox.key.get(ALL, list(queries)).ok()["transactions"]]

    assert listed(q("equal", "status", "committed")) == [second]
    assert listed(q("orderDesc", "$createdAt"), q("limit", "", 1)) == [third]
    assert listed(q("cursorAfter", "", first), q("limit", "", 1)) == [second]
    assert listed(q("greaterThan", "expiresAt", "2001-01-01T00:00:00.000+00:00")) == [first, second, third]
    for bad in (q("equal", "operations", 1), q("select", "", "status"), q("nothing", "status"), "{"):
        sandbox.key.get(ALL, [bad]).fails(400, "general_argument_invalid")


def test_scopes(sandbox: Sandbox) -> None:
    body = {"keyId": "unique()", "name": "Reader", "scopes": ["rows.read"]}
    secret = sandbox.admin.post("/project/keys", **body).ok(201)["secret"]
    reader = sandbox.guest.as_(X_Appwrite_Key=secret)
    reader.post(ALL).fails(401, "general_unauthorized_scope")
    assert reader.get(ALL).ok(200)["total"] == 0


# --- commit and rollback ------------------------------------------------------------------------------------------
def test_commit_does_everything_at_once(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    made = stage(
        notes.key, id_,
        op("create", "d", {"title": "D", "count": 4, "secret": "hidden", "$permissions": ['read("any")']}),
        op("update", "a", {"count": 10}),
        op("increment", "a", {"attribute": "count", "value": 5, "max": 20}),
        op("decrement", "b", {"attribute": "count"}),
        op("upsert", "e", {"title": "E"}),
        op("upsert", "b", {"title": "B2"}),
        op("delete", "c"),
    ).ok(201)  # fmt: skip
    assert (made["operations"], made["status"]) == (7, "pending")
    assert counts(notes.key) == {"a": 1, "b": 2, "c": 3}
    assert recorded(notes) == 0
    ended = commit(notes.key, id_).ok(200)
    assert ended == made | {"status": "committed", "$updatedAt": ended["$updatedAt"]}
    assert counts(notes.key) == {"a": 15, "b": 1, "d": 4, "e": 0}
    new = notes.key.get(f"{DOCUMENTS}/d").ok()
    assert (new["$permissions"], new["secret"], new["$sequence"] != "") == (['read("any")'], "hidden", True)
    assert notes.events() == [f"{EVENT}.{rest}" for rest in (
        "d.create", "a.update", "a.update", "b.update", "e.update", "b.update", "c.delete")]  # fmt: skip
    place = "database/main/collection/notes"
    assert notes.audits() == [
        ("document.create", place), ("document.update", f"{place}/document/a"), ("documents.update", place),
        ("documents.update", place), ("document.upsert", f"{place}/document/e"),
        ("document.upsert", f"{place}/document/b"), ("document.delete", f"{place}/document/c"),
    ]  # fmt: skip
    rows = notes.guest.sql("SELECT payload FROM outbox WHERE project_id = $1 AND event LIKE '%.a.update' "
                           "ORDER BY number", notes.id)  # fmt: skip
    assert [row["payload"]["count"] for row in rows] == [10, 15]
    commit(notes.key, id_).fails(400, "transaction_not_ready")
    assert not notes.guest.sql("SELECT 1 FROM transaction_operations WHERE project_id = $1", notes.id)


def test_the_words_of_tables(notes: Sandbox) -> None:
    id_ = begin(notes.key, OF_ROWS)
    table = {"databaseId": "main", "tableId": "notes"}
    stage(
        notes.key, id_, table | {"action": "create", "rowId": "d", "data": {"title": "D"}},
        table | {"action": "increment", "rowId": "d", "data": {"column": "count", "value": 2}},
        table | {"action": "delete", "rowId": "a"}, path=OF_ROWS,
    ).ok(201)  # fmt: skip
    assert notes.key.get(f"{ROWS}/d", transactionId=id_).ok()["$tableId"] == "notes"
    assert ids(notes.key.get(ROWS, transactionId=id_)) == ["b", "c", "d"]
    commit(notes.key, id_, OF_ROWS).ok(200)
    assert counts(notes.key) == {"b": 2, "c": 3, "d": 2}
    assert notes.events() == [
        f"databases.main.tables.notes.rows.{rest}" for rest in ("d.create", "d.update", "a.delete")
    ]
    stage(notes.key, begin(notes.key), table | {"action": "delete", "rowId": "b"}).fails(
        400, "general_argument_invalid"
    )


def test_several_at_once(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    stage(
        notes.key, id_,
        op("bulkCreate", data=[{"$id": "d", "title": "D", "count": 4}, {"title": "E", "count": 4}]),
        op("bulkUpdate", data={"queries": [q("equal", "count", 4)], "data": {"count": 5}}),
        op("bulkUpsert", data=[{"$id": "d", "title": "D2"}, {"$id": "f", "title": "F"}]),
        op("bulkDelete", data={"queries": [q("lessThan", "count", 3), q("notEqual", "$id", "f")]}),
    ).ok(201)  # fmt: skip
    seen = notes.key.get(DOCUMENTS, [q("orderAsc", "title")], transactionId=id_).ok()["documents"]
    assert [(one["title"], one["count"]) for one in seen] == [("C", 3), ("D2", 5), ("E", 5), ("F", 0)]
    assert commit(notes.key, id_).ok(200)["operations"] == 4
    after = notes.key.get(DOCUMENTS, [q("orderAsc", "title")]).ok()["documents"]
    assert [(one["$id"], one["count"]) for one in after] == [(one["$id"], one["count"]) for one in seen]
    assert notes.events() == []
    place = "database/main/collection/notes"
    assert notes.audits() == [
        (event, place) for event in ("document.create", "documents.update", "documents.upsert", "documents.delete")
    ]


def test_rollback_does_nothing(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    stage(notes.key, id_, op("delete", "a"), op("create", "d", {"title": "D"})).ok(201)
    assert notes.key.patch(f"{ALL}/{id_}", rollback=True).ok(200)["status"] == "failed"
    assert counts(notes.key) == {"a": 1, "b": 2, "c": 3}
    notes.key.patch(f"{ALL}/{id_}", rollback=True).fails(400, "transaction_not_ready")
    commit(notes.key, id_).fails(400, "transaction_not_ready")
    stage(notes.key, id_, op("delete", "a")).fails(400, "general_bad_request")
    create_in(notes.key, id_, "d", title="D").fails(400, "transaction_not_ready")
    assert recorded(notes) == 0


def test_nothing_to_commit(sandbox: Sandbox) -> None:
    assert commit(sandbox.key, begin(sandbox.key)).ok(200)["status"] == "committed"


@pytest.mark.parametrize("body", [{}, {"commit": True, "rollback": True}, {"commit": False}, {"rollback": False}])
def test_neither_or_both(sandbox: Sandbox, body: dict[str, bool]) -> None:
    id_ = begin(sandbox.key)
    sandbox.key.patch(f"{ALL}/{id_}", **body).fails(400, "general_bad_request")
    sandbox.key.patch(f"{ALL}/{id_}", commit="yes").fails(400, "general_argument_invalid")
    assert sandbox.key.get(f"{ALL}/{id_}").ok()["status"] == "pending"


def test_across_databases(notes: Sandbox) -> None:
    make_database(notes, "other")
    body = {"collectionId": "notes", "name": "N", "attributes": ATTRIBUTES[:1]}
    notes.key.post("/databases/other/collections", **body).ok(201)
    id_ = begin(notes.key)
    stage(notes.key, id_, op("create", "x", {"title": "X"}, databaseId="other"), op("delete", "a")).ok(201)
    assert ids(notes.key.get("/databases/other/collections/notes/documents", transactionId=id_)) == ["x"]
    commit(notes.key, id_).ok(200)
    assert ids(notes.key.get("/databases/other/collections/notes/documents")) == ["x"]
    assert find(notes.key) == ["b", "c"]


def test_what_is_staged_for_encrypted_attributes_is_not_readable(notes: Sandbox) -> None:
    stage(notes.key, begin(notes.key), op("create", "d", {"title": "D", "secret": "plain as day"})).ok(201)
    (row,) = notes.guest.sql("SELECT t::text AS t FROM transaction_operations t WHERE project_id = $1", notes.id)
    assert b"plain as day".hex() not in row["t"]
    assert "plain" not in row["t"]


def test_without_a_schema(sandbox: Sandbox) -> None:
    documents, transactions = "/documentsdb/docs/collections/notes/documents", "/documentsdb/transactions"
    sandbox.key.post("/documentsdb", databaseId="docs", name="Docs").ok(201)
    sandbox.key.post("/documentsdb/docs/collections", collectionId="notes", name="Notes").ok(201)
    sandbox.key.post(documents, documentId="a", data={"x": 1, "deep": {"y": [1, {"z": None}]}}).ok(201)
    id_ = begin(sandbox.key, transactions)
    more = {"transactionId": id_}
    assert sandbox.key.patch(f"{documents}/a", data={"n": {"m": 2}}, **more).ok(200)["deep"]["y"][1] == {"z": None}
    assert sandbox.key.patch(f"{documents}/a/new/increment", value=2, **more).ok(200)["new"] == 2
    sandbox.key.post(documents, documentId="b", data={"free": [{}]}, **more).ok(201)
    stage(sandbox.key, id_, op("update", "b", {"more": 1.5}, databaseId="docs"), path=transactions).ok(201)
    wrong = op("delete", "a", databaseId="docs")
    stage(sandbox.key, id_, wrong).fails(404, "database_not_found")
    commit(sandbox.key, id_, transactions).ok(200)
    first, second = sandbox.key.get(documents).ok(200)["documents"]
    assert (first["x"], first["n"], first["new"]) == (1, {"m": 2}, 2)
    assert (second["free"], second["more"]) == ([{}], 1.5)
    assert sandbox.events()[-1] == "documentsdb.docs.collections.notes.documents.b.update"


def test_vectors(sandbox: Sandbox) -> None:
    documents, transactions = "/vectorsdb/main/collections/notes/documents", "/vectorsdb/transactions"
    sandbox.key.post("/vectorsdb", databaseId="main", name="Vectors").ok(201)
    sandbox.key.post("/vectorsdb/main/collections", collectionId="notes", name="N", dimension=2).ok(201)
    id_ = begin(sandbox.key, transactions)
    stage(sandbox.key, id_, op("create", "a", {"embeddings": [1, 2], "metadata": {"k": "v"}}), path=transactions).ok()
    new = {"embeddings": [3, 4.5]}
    sandbox.key.post(documents, documentId="b", data=new, transactionId=id_).ok(201)
    bad = sandbox.key.post(documents, documentId="c", data={"embeddings": [1]}, transactionId=id_)
    bad.fails(400, "document_invalid_structure")
    near = [q("vectorEuclidean", "embeddings", [3, 4])]
    assert ids(sandbox.key.get(documents, near, transactionId=id_)) == ["b", "a"]
    commit(sandbox.key, id_, transactions).ok(200)
    assert sandbox.key.get(f"{documents}/b").ok(200)["embeddings"] == [3, 4.5]
