"""Transactions: opened, filled by both ways, read from inside, committed as one or dropped; and all that is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, MAIN, ROWS, create, find, ids, make_database, q, recorded
from tests.api.databases.transacting import (
    ALL,
    ATTRIBUTES,
    OF_ROWS,
    begin,
    commit,
    counts,
    fill_notes,
    make_notes,
    op,
    stage,
)
from tests.client import Answer, Api, Sandbox

EVENT = "databases.main.collections.notes.documents"


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    fill_notes(sandbox)
    return sandbox


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


# --- the routes of documents --------------------------------------------------------------------------------------
def create_in(caller: Api, id_: str, document_id: str, permissions: Any = None, **data: Any) -> Answer:
    more = {} if permissions is None else {"permissions": permissions}
    return caller.post(DOCUMENTS, documentId=document_id, data=data, transactionId=id_, **more)


def test_routes_stage_and_tell_what_will_be(notes: Sandbox) -> None:
    user = notes.user()
    before = recorded(notes)
    id_ = begin(user)
    made = create_in(user, id_, "d", title="D", count=4).ok(201)
    own = [f'{action}("user:{user.id}")' for action in ("read", "update", "delete")]
    assert made == {
        "$id": "d", "$sequence": "", "$createdAt": "", "$updatedAt": "", "$permissions": own, "$databaseId": "main",
        "$collectionId": "notes", "title": "D", "count": 4, "tags": [], "secret": None,
    }  # fmt: skip
    one = f"{DOCUMENTS}/d"
    changed = user.patch(one, data={"tags": ["x"]}, transactionId=id_).ok(200)
    assert (changed["title"], changed["count"], changed["tags"], changed["$sequence"]) == ("D", 4, ["x"], "")
    assert user.patch(f"{one}/count/increment", value=3, transactionId=id_).ok(200)["count"] == 7
    assert user.patch(f"{one}/count/decrement", transactionId=id_).ok(200)["count"] == 6
    put = user.put(f"{DOCUMENTS}/e", data={"title": "E"}, transactionId=id_).ok(201)
    assert (put["$id"], put["$sequence"], put["$createdAt"], put["$permissions"]) == ("e", "", "", own)
    assert user.put(f"{DOCUMENTS}/a", data={"title": "A2"}, transactionId=id_).ok(201)["count"] == 1
    assert user.delete(f"{DOCUMENTS}/b", transactionId=id_).status == 204
    renamed = user.patch(f"{DOCUMENTS}/c", data={"title": "B"}, transactionId=id_).ok(200)
    assert (renamed["title"], renamed["$sequence"] != "") == ("B", True)
    assert (recorded(notes), counts(notes.key)) == (before, {"a": 1, "b": 2, "c": 3})
    assert notes.key.get(f"{ALL}/{id_}").ok()["operations"] == 8
    commit(user, id_).ok(200)
    after = user.get(one).ok(200)
    assert (after["count"], after["tags"], after["$permissions"]) == (6, ["x"], own)
    assert user.get(f"{DOCUMENTS}/c").ok()["title"] == "B"
    assert counts(notes.key) == {"a": 1, "c": 3, "d": 6, "e": 0}
    assert user.get(f"{DOCUMENTS}/e").ok()["$permissions"] == own
    assert notes.events()[-1] == f"{EVENT}.c.update"
    rows = notes.guest.sql("SELECT DISTINCT actor_type, actor_id FROM outbox WHERE project_id = $1 "
                           "AND event LIKE '%documents.d.%'", notes.id)  # fmt: skip
    assert [(row["actor_type"], row["actor_id"]) for row in rows] == [("user", user.id)]


def test_rows_in_their_own_words(notes: Sandbox) -> None:
    id_ = begin(notes.key, OF_ROWS)
    made = notes.key.post(ROWS, rowId="d", data={"title": "D"}, transactionId=id_).ok(201)
    assert (made["$tableId"], "$collectionId" in made) == ("notes", False)
    assert notes.key.patch(f"{ROWS}/d", data={"count": 2}, transactionId=id_).ok()["$tableId"] == "notes"
    notes.key.patch(f"{ROWS}/zzz", data={"count": 2}, transactionId=id_).fails(404, "row_not_found")
    notes.key.post(ROWS, rowId="x", data={"count": 2}, transactionId=id_).fails(400, "row_invalid_structure")
    commit(notes.key, id_).ok(200)
    assert notes.key.get(f"{ROWS}/d").ok()["count"] == 2


def test_routes_for_several(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    more = {"transactionId": id_}
    made = notes.key.post(DOCUMENTS, documents=[{"$id": "d", "title": "D"}, {"title": "E"}], **more).ok(201)
    assert made == {"total": 2, "documents": []}
    put = notes.key.put(DOCUMENTS, documents=[{"$id": "a", "title": "A2"}], **more).ok(201)
    assert put == {"total": 1, "documents": []}
    patched = notes.key.patch(DOCUMENTS, data={"count": 9}, queries=[q("lessThan", "count", 3)], **more).ok(200)
    assert patched == {"total": 0, "documents": []}
    gone = notes.key.delete(DOCUMENTS, queries=[q("equal", "title", "C")], **more).ok(200)
    assert gone == {"total": 0, "documents": []}
    assert (recorded(notes), notes.key.get(f"{ALL}/{id_}").ok()["operations"]) == (0, 4)
    commit(notes.key, id_).ok(200)
    after = notes.key.get(DOCUMENTS, [q("orderAsc", "title")]).ok()["documents"]
    assert [(one["title"], one["count"]) for one in after] == [("A2", 9), ("B", 9), ("D", 9), ("E", 9)]
    assert notes.events() == []


def test_what_routes_say_of_unknown_transactions(notes: Sandbox) -> None:
    gone, user, other = {"transactionId": "gone"}, notes.user(), notes.user()
    own, before = {"transactionId": begin(user)}, recorded(notes)
    one = f"{DOCUMENTS}/a"
    for caller, more in ((notes.key, gone), (other, own)):
        create_in(caller, more["transactionId"], "d", title="D").fails(404, "transaction_not_found")
        caller.patch(one, data={"count": 2}, **more).fails(404, "transaction_not_found")
        caller.put(one, data={"title": "A"}, **more).fails(404, "transaction_not_found")
        caller.delete(one, **more).fails(404, "transaction_not_found")
        caller.patch(f"{one}/count/increment", **more).fails(400, "general_bad_request")
        assert caller.get(one, **more).ok(200)["count"] == 1
        assert len(ids(caller.get(DOCUMENTS, **more))) == 3
    notes.key.patch(DOCUMENTS, data={"count": 2}, **gone).fails(400, "general_bad_request")
    notes.key.put(DOCUMENTS, documents=[{"title": "A"}], **gone).fails(400, "general_bad_request")
    notes.key.delete(DOCUMENTS, **gone).fails(400, "general_bad_request")
    notes.key.get(one, transactionId="_").fails(400, "general_argument_invalid")
    assert recorded(notes) == before


def test_a_bad_change_is_refused_and_the_transaction_goes_on(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    create_in(notes.key, id_, "d", title="D").ok(201)
    create_in(notes.key, id_, "e", count=1).fails(400, "document_invalid_structure")
    one = {"transactionId": id_}
    notes.key.patch(f"{DOCUMENTS}/a", data={"count": "x"}, **one).fails(400, "document_invalid_structure")
    notes.key.patch(f"{DOCUMENTS}/a", data={"nothing": 1}, **one).fails(400, "document_invalid_structure")
    notes.key.patch(f"{DOCUMENTS}/a/count/increment", max=1, **one).fails(400, "attribute_limit_exceeded")
    notes.key.patch(f"{DOCUMENTS}/a/title/increment", **one).fails(400, "attribute_type_invalid")
    notes.key.patch(f"{DOCUMENTS}/zzz/count/increment", **one).fails(404, "document_not_found")
    notes.key.delete(f"{DOCUMENTS}/zzz", **one).fails(404, "document_not_found")
    old = {"X-Appwrite-Timestamp": "2020-01-01T00:00:00.000Z"}
    body = {"data": {"count": 5}, "transactionId": id_}
    notes.key.send("PATCH", f"{DOCUMENTS}/a", json=body, headers=old).fails(409, "document_update_conflict")
    notes.key.put(DOCUMENTS, documents=[{"$id": "_"}], **one).fails(400, "general_bad_request")
    notes.key.patch(DOCUMENTS, data={"count": 1}, queries=["{"], **one).fails(400, "general_query_invalid")
    assert notes.key.get(f"{ALL}/{id_}").ok()["operations"] == 1
    commit(notes.key, id_).ok(200)
    assert find(notes.key) == ["a", "b", "c", "d"]


# --- reading inside -----------------------------------------------------------------------------------------------
def test_reads_see_exactly_what_is_staged(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    stage(
        notes.key, id_, op("create", "d", {"title": "D", "count": 0}), op("update", "a", {"count": 9}),
        op("delete", "b"), op("bulkUpdate", data={"queries": [q("equal", "$id", "c")], "data": {"tags": ["t"]}}),
    ).ok(201)  # fmt: skip

    def seen(*queries: str) -> list[str]:
        return find(notes.key, *queries, transactionId=id_)

    assert seen() == ["a", "c", "d"]
    assert seen(q("orderDesc", "count")) == ["a", "c", "d"]
    assert seen(q("orderAsc", "count"), q("limit", "", 1)) == ["d"]
    assert seen(q("greaterThan", "count", 2)) == ["a", "c"]
    assert seen(q("contains", "tags", "t")) == ["c"]
    assert seen(q("orderAsc", "count"), q("cursorAfter", "", "d")) == ["c", "a"]
    page = notes.key.get(DOCUMENTS, [q("lessThan", "count", 9), q("limit", "", 1)], transactionId=id_).ok()
    assert (page["total"], len(page["documents"])) == (2, 1)
    assert notes.key.get(DOCUMENTS, total=False, transactionId=id_).ok()["total"] == 0
    new = notes.key.get(f"{DOCUMENTS}/d", transactionId=id_).ok(200)
    assert (new["count"], new["$sequence"]) == (0, "")
    only = notes.key.get(f"{DOCUMENTS}/a", [q("select", "", "count")], transactionId=id_).ok(200)
    assert (only["count"], "title" in only) == (9, False)
    notes.key.get(f"{DOCUMENTS}/b", transactionId=id_).fails(404, "document_not_found")
    notes.key.get(f"{DOCUMENTS}/d").fails(404, "document_not_found")
    assert counts(notes.key) == {"a": 1, "b": 2, "c": 3}
    notes.key.get(DOCUMENTS, [q("equal", "zzz", 1)], transactionId=id_).fails(400, "general_query_invalid")
    assert recorded(notes) == 0
    assert find(notes.key, transactionId=id_) == ["a", "c", "d"]


def test_numbers_over_what_is_staged(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    stage(notes.key, id_, op("create", "d", {"title": "D", "count": 94}), op("delete", "a")).ok(201)
    for more, total in (({}, 6), ({"transactionId": id_}, 99)):
        (row,) = notes.key.get(DOCUMENTS, [q("sum", "count", "sum")], **more).ok(200)["documents"]
        assert row["sum"] == total


def test_reads_do_not_show_what_others_may_not_see(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['create("users")'], documentSecurity=True)
    user = sandbox.user()
    create(sandbox.key, "hidden", title="H").ok(201)
    create(sandbox.key, "open", title="O", permissions=[f'read("user:{user.id}")']).ok(201)
    id_ = begin(user)
    create_in(user, id_, "own", title="Own").ok(201)
    stage(sandbox.key, id_, op("update", "hidden", {"count": 5})).ok(201)
    assert find(user, transactionId=id_) == ["open", "own"]
    user.get(f"{DOCUMENTS}/hidden", transactionId=id_).fails(404, "document_not_found")
    commit(user, id_).ok(200)
    assert sandbox.key.get(f"{DOCUMENTS}/hidden").ok()["count"] == 5  # the server has staged it, not the user


def test_an_ended_transaction_shows_what_everybody_sees(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    stage(notes.key, id_, op("delete", "a")).ok(201)
    expire(notes, id_)
    assert find(notes.key, transactionId=id_) == ["a", "b", "c"]
    notes.key.patch(f"{ALL}/{id_}", commit=True).fails(410, "transaction_expired")


def test_what_cannot_be_done_is_left_out_until_the_commit_tells(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    stage(notes.key, id_, op("create", "d", {"title": 7}), op("update", "d", {"count": 1}), op("delete", "a")).ok(201)
    assert find(notes.key, transactionId=id_) == ["b", "c"]
    commit(notes.key, id_).fails(400, "document_invalid_structure")
    assert counts(notes.key) == {"a": 1, "b": 2, "c": 3}


# --- limits and bad input -----------------------------------------------------------------------------------------
def expire(sandbox: Sandbox, id_: str, ago: str = "1 second") -> None:
    sandbox.guest.sql(f"UPDATE transactions SET expires_at = now() - interval '{ago}' WHERE id = $1 RETURNING 1", id_)


def test_expired(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    stage(notes.key, id_, op("delete", "a")).ok(201)
    expire(notes, id_)
    commit(notes.key, id_).fails(410, "transaction_expired")
    notes.key.patch(f"{ALL}/{id_}", rollback=True).fails(410, "transaction_expired")
    stage(notes.key, id_, op("delete", "b")).fails(410, "transaction_expired")
    create_in(notes.key, id_, "d", title="D").fails(410, "transaction_expired")
    notes.key.patch(DOCUMENTS, data={"count": 1}, transactionId=id_).fails(410, "transaction_expired")
    assert notes.key.get(f"{ALL}/{id_}").ok(200)["status"] == "pending"
    assert counts(notes.key) == {"a": 1, "b": 2, "c": 3}


def test_maintenance_removes_those_that_have_long_expired(notes: Sandbox) -> None:
    from appwrite_py.jobs.maintenance import clean_up

    old, late, open_ = begin(notes.key), begin(notes.key), begin(notes.key)
    stage(notes.key, old, op("delete", "a")).ok(201)
    expire(notes, old, "2 days")
    expire(notes, late)
    assert notes.guest.http.portal is not None
    resources = notes.guest.resources
    done = notes.guest.http.portal.call(clean_up, resources.pool, resources.settings)
    assert done["transactions"] >= 1
    notes.key.get(f"{ALL}/{old}").fails(404, "transaction_not_found")
    assert not notes.guest.sql("SELECT 1 FROM transaction_operations WHERE transaction_id = $1", old)
    assert {one["$id"] for one in notes.key.get(ALL).ok()["transactions"]} == {late, open_}


def test_at_most_a_hundred_operations(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    stage(notes.key, id_, *(op("create", f"n{n}", {"title": f"N{n}"}) for n in range(99))).ok(201)
    two = [op("create", "x", {"title": "X"}), op("create", "y", {"title": "Y"})]
    stage(notes.key, id_, *two).fails(400, "transaction_limit_exceeded")
    assert notes.key.get(f"{ALL}/{id_}").ok()["operations"] == 99
    create_in(notes.key, id_, "x", title="X").ok(201)
    create_in(notes.key, id_, "y", title="Y").fails(400, "transaction_limit_exceeded")
    notes.key.patch(DOCUMENTS, data={"count": 1}, transactionId=id_).fails(400, "transaction_limit_exceeded")
    assert notes.key.get(DOCUMENTS, transactionId=id_).ok()["total"] == 103
    assert commit(notes.key, id_).ok(200)["operations"] == 100
    assert notes.key.get(DOCUMENTS).ok()["total"] == 103


@pytest.mark.parametrize(
    "operation",
    [
        {}, "delete", None, [], {"action": "delete"},
        op("delete"), op("update", data={"count": 1}), op("update", "a"), op("create", "d"), op("nothing", "a", {}),
        op("delete", "a", databaseId=""), op("delete", "a", collectionId=5), op("delete", "a", databaseId=None),
        op("delete", "_a"), op("delete", "x" * 37), op("delete", "unique()"), op("delete", 5),  # type: ignore[arg-type]
        op("update", "a", "text"), op("update", "a", [1]), op("update", "a", {"$permissions": ["read"]}),
        op("update", "a", {"$permissions": 'read("any")'}), op("update", "a", {"$permissions": ['create("any")']}),
        op("increment", "a", {}), op("increment", "a", {"attribute": "count", "value": 0}),
        op("increment", "a", {"attribute": "count", "value": "many"}), op("decrement", "a", {"attribute": 5}),
        op("increment", "a", {"attribute": "count", "max": []}), op("increment", "a", {"column": "count"}),
        op("bulkCreate", data={"title": "D"}), op("bulkCreate", data=["D"]), op("bulkCreate", data=[{"$id": "_"}]),
        op("bulkUpdate", data={"queries": []}), op("bulkUpdate", data={"data": {}}),
        op("bulkUpdate", data={"queries": "all", "data": {"count": 1}}), op("bulkDelete", data={"queries": [5]}),
        op("bulkDelete"),
    ],
)  # fmt: skip
def test_bad_operations(notes: Sandbox, operation: Any) -> None:
    id_ = begin(notes.key)
    stage(notes.key, id_, op("delete", "a"), operation).fails(400, "general_argument_invalid")
    assert notes.key.get(f"{ALL}/{id_}").ok()["operations"] == 0


def test_operations_that_do_not_fit_what_is_there(notes: Sandbox) -> None:
    id_ = begin(notes.key)

    def refused(status: int, type_: str, *operations: dict[str, Any]) -> None:
        stage(notes.key, id_, op("update", "a", {"count": 2}), *operations).fails(status, type_)

    refused(404, "database_not_found", op("delete", "a", databaseId="gone"))
    refused(404, "collection_not_found", op("delete", "a", collectionId="gone"))
    refused(404, "document_not_found", op("delete", "gone"))
    refused(404, "document_not_found", op("update", "gone", {"count": 1}))
    refused(404, "document_not_found", op("decrement", "gone", {"attribute": "count"}))
    refused(404, "document_not_found", op("delete", "a"), op("update", "a", {"count": 1}))
    refused(404, "attribute_not_found", op("increment", "a", {"attribute": "gone"}))
    refused(400, "attribute_type_invalid", op("increment", "a", {"attribute": "title"}))
    table = {"action": "delete", "databaseId": "main", "rowId": "a"}
    stage(notes.key, id_, table | {"tableId": "gone"}, path=OF_ROWS).fails(404, "collection_not_found")
    gone = table | {"tableId": "notes", "rowId": "gone"}
    stage(notes.key, id_, gone, path=OF_ROWS).fails(404, "document_not_found")
    notes.key.post(f"{ALL}/{id_}/operations").fails(400, "general_bad_request")
    notes.key.post(f"{ALL}/{id_}/operations", operations=[]).fails(400, "general_bad_request")
    notes.key.post(f"{ALL}/{id_}/operations", operations="all").fails(400, "general_argument_invalid")
    notes.key.post(f"{ALL}/gone/operations", operations=[op("delete", "a")]).fails(404, "transaction_not_found")
    assert notes.key.get(f"{ALL}/{id_}").ok()["operations"] == 0
    assert recorded(notes) == 0


def test_an_operation_with_a_generated_id(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    stage(notes.key, id_, op("create", "unique()", {"title": "D"})).ok(201)
    commit(notes.key, id_).ok(200)
    (new,) = set(find(notes.key)) - {"a", "b", "c"}
    assert len(new) == 20


# --- permissions --------------------------------------------------------------------------------------------------
def test_users_may_stage_what_they_may_do(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['read("users")'], documentSecurity=True)
    user, other = sandbox.user(), sandbox.user()
    create(sandbox.key, "a", title="A", permissions=[f'update("user:{user.id}")']).ok(201)
    create(sandbox.key, "b", title="B", permissions=[f'delete("user:{user.id}")']).ok(201)
    id_ = begin(user)
    for bad in (
        op("create", "d", {"title": "D"}), op("upsert", "d", {"title": "D"}), op("update", "b", {"count": 1}),
        op("increment", "b", {"attribute": "count"}), op("delete", "a"), op("bulkDelete", data={"queries": []}),
        op("update", "a", {"$permissions": [f'read("user:{other.id}")']}),
        op("bulkCreate", data=[{"title": "D"}]),
    ):  # fmt: skip
        stage(user, id_, op("update", "a", {"count": 1}), bad).fails(401, "user_unauthorized")
    one = {"transactionId": id_}
    user.patch(f"{DOCUMENTS}/b", data={"count": 1}, **one).fails(401, "user_unauthorized")
    user.delete(f"{DOCUMENTS}/a", **one).fails(401, "user_unauthorized")
    create_in(user, id_, "d", title="D").fails(401, "user_unauthorized")
    user.patch(DOCUMENTS, data={"count": 1}, **one).fails(401, "general_unauthorized_scope")
    stage(user, id_, op("update", "a", {"count": 7}), op("delete", "b")).ok(201)
    commit(user, id_).ok(200)
    assert counts(sandbox.key) == {"a": 7}


def test_no_permissions_of_their_own_by_operations(sandbox: Sandbox) -> None:
    make_notes(sandbox, documentSecurity=True)
    user = sandbox.user()
    id_ = begin(user)
    stage(user, id_, op("create", "d", {"title": "D"}), op("upsert", "e", {"title": "E"})).ok(201)
    commit(user, id_).ok(200)
    assert [sandbox.key.get(f"{DOCUMENTS}/{one}").ok()["$permissions"] for one in "de"] == [[], []]


def test_who_commits_lends_no_rights(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    create(sandbox.key, "a", title="A").ok(201)
    user = sandbox.user()
    id_ = begin(user)
    stage(user, id_, op("update", "a", {"count": 1})).ok(201)
    sandbox.key.put(f"{MAIN}/collections/notes", name="Notes", permissions=['read("users")']).ok(200)
    commit(sandbox.key, id_).fails(401, "user_unauthorized")
    assert counts(sandbox.key) == {"a": 0}
    assert sandbox.key.get(f"{ALL}/{id_}").ok()["status"] == "failed"


def test_users_commit_with_the_roles_they_have_now(sandbox: Sandbox) -> None:
    make_notes(sandbox, permissions=['read("users")', 'update("label:staff")'])
    create(sandbox.key, "a", title="A").ok(201)
    user = sandbox.user()
    label(sandbox, user.id, ["staff"])
    id_ = begin(user)
    stage(user, id_, op("update", "a", {"count": 1})).ok(201)
    label(sandbox, user.id, [])
    commit(user, id_).fails(401, "user_unauthorized")
    assert counts(sandbox.key) == {"a": 0}


def label(sandbox: Sandbox, user_id: str, labels: list[str]) -> None:
    sandbox.guest.sql("UPDATE users SET labels = $2 WHERE id = $1 RETURNING 1", user_id, labels)


def test_switched_off_meanwhile(notes: Sandbox) -> None:
    user = notes.user()
    id_ = begin(user)
    stage(user, id_, op("update", "a", {"count": 5})).ok(201)
    notes.key.put(f"{MAIN}/collections/notes", name="Notes", enabled=False).ok(200)
    stage(user, id_, op("update", "b", {"count": 5})).fails(404, "collection_not_found")
    commit(user, id_).fails(404, "collection_not_found")
    assert counts(notes.key) == {"a": 1, "b": 2, "c": 3}
