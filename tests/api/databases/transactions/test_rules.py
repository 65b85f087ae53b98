"""What transactions refuse: by their limits, as bad input, and for lack of permissions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, MAIN, create, find, recorded
from tests.api.databases.transactions.tools import (
    ALL,
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


# --- limits and bad input -----------------------------------------------------------------------------------------
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
