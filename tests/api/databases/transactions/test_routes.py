"""The routes of documents inside a transaction: they stage, tell what will be, and read what is staged."""

from __future__ import annotations

from tests.api.databases.tools import DOCUMENTS, ROWS, create, find, ids, q, recorded
from tests.api.databases.transactions.tools import (
    ALL,
    EVENT,
    OF_ROWS,
    begin,
    commit,
    counts,
    create_in,
    expire,
    make_notes,
    op,
    stage,
)
from tests.client import Sandbox


# --- changes ------------------------------------------------------------------------------------------------------
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


# --- reads --------------------------------------------------------------------------------------------------------
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
