"""Transactions beside each other and beside other writes: who wins, and that a loser leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.databases.tools import DOCUMENTS, MAIN, ROWS, create, q, recorded
from tests.api.databases.transactions.tools import (
    ALL,
    ATTRIBUTES,
    OF_ROWS,
    begin,
    commit,
    counts,
    make_notes,
    op,
    stage,
)
from tests.client import Answer, Api, Console, Sandbox
from tests.examples import tries


def failed(sandbox: Sandbox, id_: str) -> None:
    """Insist that the transaction has ended for good, and has left nothing behind."""
    assert sandbox.key.get(f"{ALL}/{id_}").ok()["status"] == "failed"
    commit(sandbox.key, id_).fails(400, "transaction_not_ready")
    stage(sandbox.key, id_, op("delete", "a")).fails(400, "general_bad_request")


# --- one row, two that want it ------------------------------------------------------------------------------------
@pytest.mark.parametrize(("path", "documents"), [(ALL, DOCUMENTS), (OF_ROWS, ROWS)])
def test_two_transactions_on_one_row(notes: Sandbox, path: str, documents: str) -> None:
    first, second = begin(notes.key, path), begin(notes.key, path)
    for number, id_ in ((10, first), (20, second)):
        notes.key.patch(f"{documents}/a", data={"count": number}, transactionId=id_).ok(200)
        notes.key.patch(f"{documents}/{'b' if id_ == second else 'c'}", data={"count": 0}, transactionId=id_).ok(200)
    assert commit(notes.key, first, path).ok(200)["status"] == "committed"
    before = recorded(notes)
    commit(notes.key, second, path).fails(409, "transaction_conflict")
    assert counts(notes.key) == {"a": 10, "b": 2, "c": 0}
    assert recorded(notes) == before
    failed(notes, second)


CHANGES: dict[str, Callable[[Api], Answer]] = {
    "update": lambda caller: caller.patch(f"{DOCUMENTS}/a", data={"count": 7}),
    "update to the same": lambda caller: caller.patch(f"{DOCUMENTS}/a", data={"count": 1}),
    "upsert": lambda caller: caller.put(f"{DOCUMENTS}/a", data={"title": "A", "count": 7}),
    "increment": lambda caller: caller.patch(f"{DOCUMENTS}/a/count/increment"),
    "permissions": lambda caller: caller.patch(f"{DOCUMENTS}/a", permissions=['read("any")']),
    "dated back": lambda caller: caller.patch(
        f"{DOCUMENTS}/a", data={"count": 7, "$updatedAt": "2001-01-01T00:00:00.000+00:00"}
    ),
    "several": lambda caller: caller.patch(DOCUMENTS, data={"count": 7}),
}
STAGED = [
    op("update", "a", {"tags": ["t"]}), op("upsert", "a", {"title": "A"}), op("delete", "a"),
    op("increment", "a", {"attribute": "count"}),
]  # fmt: skip


@pytest.mark.parametrize("changed", CHANGES)
def test_changed_by_somebody_else_meanwhile(notes: Sandbox, changed: str) -> None:
    for operation in STAGED:
        id_ = begin(notes.key)
        stage(notes.key, id_, op("create", "new", {"title": "New"}), operation).ok(201)
        CHANGES[changed](notes.key).ok()
        before = notes.key.get(DOCUMENTS).ok()
        commit(notes.key, id_).fails(409, "transaction_conflict")
        assert notes.key.get(DOCUMENTS).ok() == before
        failed(notes, id_)


@pytest.mark.parametrize("operation", STAGED, ids=lambda one: one["action"])
def test_deleted_meanwhile(notes: Sandbox, operation: dict[str, Any]) -> None:
    id_ = begin(notes.key)
    stage(notes.key, id_, op("delete", "b"), operation).ok(201)
    notes.key.delete(f"{DOCUMENTS}/a").ok(204)
    answer = commit(notes.key, id_)
    if operation["action"] == "upsert":
        answer.fails(409, "transaction_conflict")
    else:
        answer.fails(404, "document_not_found")
    assert counts(notes.key) == {"b": 2, "c": 3}
    failed(notes, id_)


@pytest.mark.parametrize("operation", STAGED, ids=lambda one: one["action"])
def test_replaced_meanwhile(notes: Sandbox, operation: dict[str, Any]) -> None:
    id_ = begin(notes.key)
    stage(notes.key, id_, operation).ok(201)
    notes.key.delete(f"{DOCUMENTS}/a").ok(204)
    create(notes.key, "a", title="Another").ok(201)
    commit(notes.key, id_).fails(409, "transaction_conflict")
    assert notes.key.get(f"{DOCUMENTS}/a").ok()["title"] == "Another"


@pytest.mark.parametrize("action", ["create", "upsert"])
def test_created_meanwhile(notes: Sandbox, action: str) -> None:
    id_ = begin(notes.key)
    stage(notes.key, id_, op("delete", "a"), op(action, "d", {"title": "D", "count": 1})).ok(201)
    create(notes.key, "d", title="Mine").ok(201)
    commit(notes.key, id_).fails(409, "transaction_conflict")
    assert counts(notes.key) == {"a": 1, "b": 2, "c": 3, "d": 0}
    failed(notes, id_)


def test_values_that_are_taken(notes: Sandbox) -> None:
    for operation in (op("create", "d", {"title": "A"}), op("update", "b", {"title": "A"}),
                      op("bulkCreate", data=[{"title": "X"}, {"title": "A"}]), op("create", "a", {"title": "D"}),
                      op("bulkUpdate", data={"queries": [], "data": {"title": "Same"}})):  # fmt: skip
        id_ = begin(notes.key)
        stage(notes.key, id_, op("delete", "c"), operation).ok(201)
        commit(notes.key, id_).fails(409, "transaction_conflict")
        failed(notes, id_)
    id_ = begin(notes.key)
    staged = notes.key.patch(f"{DOCUMENTS}/b", data={"title": "A"}, transactionId=id_).ok(200)
    assert (staged["title"], staged["count"]) == ("A", 2)
    notes.key.post(DOCUMENTS, documentId="a", data={"title": "D"}, transactionId=id_).ok(201)
    commit(notes.key, id_).fails(409, "transaction_conflict")
    assert counts(notes.key) == {"a": 1, "b": 2, "c": 3}
    assert recorded(notes) == 0


def test_what_others_touch_elsewhere_is_no_conflict(notes: Sandbox) -> None:
    id_ = begin(notes.key)
    stage(
        notes.key, id_, op("update", "a", {"count": 10}), op("increment", "a", {"attribute": "count"}),
        op("bulkUpdate", data={"queries": [q("equal", "$id", "b")], "data": {"tags": ["x"]}}),
    ).ok(201)  # fmt: skip
    notes.key.patch(f"{DOCUMENTS}/b", data={"count": 20}).ok(200)
    notes.key.patch(f"{DOCUMENTS}/c", data={"count": 30}).ok(200)
    notes.key.get(f"{DOCUMENTS}/a", transactionId=id_).ok(200)
    commit(notes.key, id_).ok(200)
    assert counts(notes.key) == {"a": 11, "b": 20, "c": 30}


def test_a_row_may_be_read_as_often_as_one_likes(notes: Sandbox) -> None:
    first, second = begin(notes.key), begin(notes.key)
    stage(notes.key, first, op("update", "a", {"count": 10})).ok(201)
    stage(notes.key, second, op("update", "a", {"count": 20})).ok(201)
    for _ in range(3):
        for id_, count in ((first, 10), (second, 20)):
            assert notes.key.get(f"{DOCUMENTS}/a", transactionId=id_).ok()["count"] == count
    commit(notes.key, second).ok(200)
    assert counts(notes.key)["a"] == 20


UNKNOWN = [q("equal", "zzz", 1)]


@pytest.mark.parametrize(
    ("operation", "status", "type_"),
    [
        (op("create", "d", {"count": 1}), 400, "document_invalid_structure"),
        (op("create", "d", {"title": "D", "nothing": 1}), 400, "document_invalid_structure"),
        (op("update", "a", {"count": "x"}), 400, "document_invalid_structure"),
        (op("increment", "a", {"attribute": "count", "max": 1}), 400, "attribute_limit_exceeded"),
        (op("decrement", "a", {"attribute": "count", "value": 5, "min": 0}), 400, "attribute_limit_exceeded"),
        (
            op("bulkUpdate", data={"queries": [q("equal", "zzz", 1)], "data": {"count": 1}}),
            400,
            "general_query_invalid",
        ),
        (op("bulkDelete", data={"queries": ["{"]}), 400, "general_query_invalid"),
        (op("bulkCreate", data=[{"title": "X"}, {"count": 1}]), 400, "document_invalid_structure"),
    ],
)
def test_a_failed_commit_writes_nothing(notes: Sandbox, operation: dict[str, Any], status: int, type_: str) -> None:
    id_ = begin(notes.key, OF_ROWS)
    other = op("create", "other", {"title": "Other"}), op("update", "b", {"count": 9}), op("delete", "c")
    stage(notes.key, id_, *other, operation).ok(201)
    answer = commit(notes.key, id_, OF_ROWS).fails(status, type_)
    assert answer.json["message"].startswith("Operation 4 (")
    assert counts(notes.key) == {"a": 1, "b": 2, "c": 3}
    assert recorded(notes) == 0
    failed(notes, id_)
    assert not notes.guest.sql("SELECT 1 FROM transaction_operations WHERE project_id = $1", notes.id)


def test_the_schema_changes_meanwhile(notes: Sandbox) -> None:
    gone, changed, dropped = (begin(notes.key) for _ in range(3))
    for id_, document_id in ((gone, "a"), (changed, "b"), (dropped, "c")):
        stage(notes.key, id_, op("update", document_id, {"tags": ["x"]}), op("create", id_, {"title": id_})).ok(201)
    attributes = f"{MAIN}/collections/notes/attributes"
    notes.key.post(f"{attributes}/string", key="more", size=5, required=False, default="m").ok(202)
    commit(notes.key, changed).ok(200)
    assert notes.key.get(f"{DOCUMENTS}/{changed}").ok()["more"] == "m"
    assert notes.key.get(f"{DOCUMENTS}/a", transactionId=gone).ok()["tags"] == ["x"]
    notes.key.delete(f"{attributes}/tags").ok(204)
    assert notes.key.get(f"{DOCUMENTS}/a", transactionId=gone).ok()["count"] == 1
    commit(notes.key, gone).fails(400, "document_invalid_structure")
    notes.key.delete(f"{MAIN}/collections/notes").ok(204)
    assert notes.key.get(f"{ALL}/{dropped}").ok()["status"] == "pending"
    commit(notes.key, dropped).fails(404, "collection_not_found")
    failed_without_notes = notes.key.get(f"{ALL}/{dropped}").ok()
    assert (failed_without_notes["status"], failed_without_notes["operations"]) == ("failed", 2)


# --- at the same moment -------------------------------------------------------------------------------------------
def together(*requests: Callable[[], Answer]) -> list[Answer]:
    with ThreadPoolExecutor(len(requests)) as threads:
        return [one.result() for one in [threads.submit(request) for request in requests]]


def test_a_transaction_is_committed_once(notes: Sandbox) -> None:
    for round_ in range(5):
        id_ = begin(notes.key)
        stage(notes.key, id_, op("increment", "a", {"attribute": "count"})).ok(201)
        answers = together(*[lambda id_=id_: commit(notes.key, id_)] * 6)  # type: ignore[misc]
        assert sorted(answer.status for answer in answers) == [200] + [400] * 5
        assert {answer.type for answer in answers if answer.status == 400} == {"transaction_not_ready"}
        assert counts(notes.key)["a"] == 2 + round_


def test_of_those_who_want_the_same_row_one_wins(notes: Sandbox) -> None:
    all_ids = [begin(notes.key) for _ in range(8)]
    for n, id_ in enumerate(all_ids):
        order = ("a", "b") if n % 2 else ("b", "a")  # they lock in one order whatever theirs is
        stage(notes.key, id_, *(op("update", one, {"count": n + 100}) for one in order)).ok(201)
    answers = together(*(lambda id_=id_: commit(notes.key, id_) for id_ in all_ids))  # type: ignore[misc]
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    assert {answer.type for answer in answers if answer.status == 409} == {"transaction_conflict"}
    winner = next(n for n, answer in enumerate(answers) if answer.status == 200)
    assert counts(notes.key) == {"a": winner + 100, "b": winner + 100, "c": 3}


def test_unique_values_at_the_same_moment(notes: Sandbox) -> None:
    all_ids = [begin(notes.key) for _ in range(6)]
    for n, id_ in enumerate(all_ids):
        stage(notes.key, id_, op("create", f"n{n}", {"title": "One and only"})).ok(201)
    answers = together(*(lambda id_=id_: commit(notes.key, id_) for id_ in all_ids))  # type: ignore[misc]
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    assert len(notes.key.get(DOCUMENTS).ok()["documents"]) == 4


def test_staging_at_the_same_moment_loses_nothing(notes: Sandbox) -> None:
    id_ = begin(notes.key)

    def one(n: int) -> Answer:
        return notes.key.patch(f"{DOCUMENTS}/a/count/increment", value=n, transactionId=id_)

    answers = together(*(lambda n=n: one(n) for n in range(1, 11)))  # type: ignore[misc]
    assert {answer.status for answer in answers} == {200}
    assert notes.key.get(f"{ALL}/{id_}").ok()["operations"] == 10
    commit(notes.key, id_).ok(200)
    assert counts(notes.key)["a"] == 1 + sum(range(1, 11))


def test_looks_do_not_disturb_each_other(notes: Sandbox) -> None:
    first, second = begin(notes.key), begin(notes.key)
    stage(notes.key, first, op("update", "a", {"count": 5}), op("update", "b", {"count": 5})).ok(201)
    stage(notes.key, second, op("update", "b", {"count": 6}), op("update", "a", {"count": 6})).ok(201)
    wanted = [lambda id_=id_: notes.key.get(DOCUMENTS, transactionId=id_) for id_ in (first, second) * 5]  # type: ignore[misc]
    for n, answer in enumerate(together(*wanted)):
        shown = {item["$id"]: item["count"] for item in answer.ok(200)["documents"]}
        assert shown == {"a": 5 + n % 2, "b": 5 + n % 2, "c": 3}


# --- relationships ------------------------------------------------------------------------------------------------
def test_relationships(notes: Sandbox) -> None:
    body = {"collectionId": "people", "name": "People", "attributes": ATTRIBUTES[:1]}
    notes.key.post(f"{MAIN}/collections", **body).ok(201)
    link = {"relatedCollectionId": "people", "type": "manyToOne", "twoWay": True, "key": "author", "twoWayKey": "notes",
            "onDelete": "cascade"}  # fmt: skip
    notes.key.post(f"{MAIN}/collections/notes/attributes/relationship", **link).ok(202)
    id_ = begin(notes.key)
    people = f"{MAIN}/collections/people/documents"
    stage(
        notes.key, id_, op("create", "ada", {"title": "Ada"}, collectionId="people"),
        op("update", "a", {"author": "ada"}), op("update", "b", {"author": {"$id": "bob", "title": "Bob"}}),
        op("update", "c", {"author": "bob"}),
    ).ok(201)  # fmt: skip
    made = notes.key.post(
        DOCUMENTS, documentId="d", data={"title": "D", "author": "ada"}, transactionId=id_
    ).ok(201)  # fmt: skip
    assert made["author"]["title"] == "Ada"
    queries = [q("select", "", "*", "notes.*"), q("orderAsc", "title")]
    seen = notes.key.get(people, queries, transactionId=id_).ok()["documents"]
    assert [[note["$id"] for note in one["notes"]] for one in seen] == [["a", "d"], ["b", "c"]]
    assert notes.key.get(people).ok()["total"] == 0
    notes.key.delete(f"{people}/bob", transactionId=id_).ok(204)
    notes.key.get(f"{DOCUMENTS}/b", transactionId=id_).fails(404, "document_not_found")
    commit(notes.key, id_).ok(200)
    assert set(counts(notes.key)) == {"a", "d"}
    assert [one["$id"] for one in notes.key.get(people).ok()["documents"]] == ["ada"]


# --- a transaction is the same as doing it one by one -------------------------------------------------------------
def _data(**more: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        more, optional={"count": st.integers(-5, 5), "tags": st.lists(st.just("t"), max_size=2)}
    )


TITLE = st.sampled_from(["A", "B", "C", "D", "E", "F", "G"])
ID = st.sampled_from(["a", "b", "c", "d", "e"])
STEP = st.fixed_dictionaries({"attribute": st.just("count"), "value": st.integers(1, 3)}, optional={"max": st.just(4)})
BACK = st.fixed_dictionaries({"attribute": st.just("count"), "value": st.integers(1, 3)}, optional={"min": st.just(-4)})
FILTER = st.integers(-3, 3).map(lambda n: [q("greaterThan", "count", n)])
OPERATION = st.one_of(
    st.builds(op, st.just("create"), ID, _data(title=TITLE)),
    st.builds(op, st.just("update"), ID, _data()),
    st.builds(op, st.just("upsert"), ID, _data(title=TITLE)),
    st.builds(op, st.just("delete"), ID),
    st.builds(op, st.just("increment"), ID, STEP),
    st.builds(op, st.just("decrement"), ID, BACK),
    FILTER.map(lambda queries: op("bulkDelete", data={"queries": queries})),
    FILTER.map(lambda queries: op("bulkUpdate", data={"queries": queries, "data": {"count": 2}})),
    st.lists(st.fixed_dictionaries({"$id": ID, "title": TITLE}), min_size=1, max_size=2).map(
        lambda listed: op("bulkUpsert", data=listed)
    ),
)


def directly(caller: Api, operation: dict[str, Any]) -> Answer:
    """Do an operation by its own route."""
    id_, data = operation.get("documentId", ""), operation.get("data", {})
    action = operation["action"]
    if action == "create":
        return create(caller, id_, **data)
    if action == "bulkDelete":
        return caller.delete(DOCUMENTS, **data)
    if action == "bulkUpdate":
        return caller.patch(DOCUMENTS, **data)
    if action == "bulkUpsert":
        return caller.put(DOCUMENTS, documents=data)
    if action in ("increment", "decrement"):
        more = {key: value for key, value in data.items() if key != "attribute"}
        return caller.patch(f"{DOCUMENTS}/{id_}/count/{action}", **more)
    if action == "delete":
        return caller.delete(f"{DOCUMENTS}/{id_}")
    return caller.send("PATCH" if action == "update" else "PUT", f"{DOCUMENTS}/{id_}", json={"data": data})


def contents(caller: Api, **more: Any) -> list[dict[str, Any]]:
    found = caller.get(DOCUMENTS, [q("orderAsc", "$id")], **more).ok(200)["documents"]
    return [{key: value for key, value in one.items() if key not in ("$sequence", "$createdAt", "$updatedAt")}
            for one in found]  # fmt: skip


@pytest.fixture(scope="module")
def twins(console: Console) -> tuple[Sandbox, Sandbox]:
    """Two projects with the same empty collection."""
    made = Sandbox.create(console), Sandbox.create(console)
    for one in made:
        make_notes(one)
    return made


@tries(40)
@given(operations=st.lists(OPERATION, min_size=1, max_size=10))
def test_as_if_done_one_by_one(twins: tuple[Sandbox, Sandbox], operations: list[dict[str, Any]]) -> None:
    staging, direct = twins
    for one in twins:
        one.key.delete(DOCUMENTS).ok(200)
        for number, id_ in enumerate("abc", 1):
            create(one.key, id_, title=id_.upper(), count=number).ok(201)
    before = contents(staging.key)
    id_ = begin(staging.key)
    for operation in operations:
        if operation["action"] == "update" and not operation["data"]:
            operation["data"] = {"count": 1}
        done = directly(direct.key, operation)
        if stage(staging.key, id_, operation).status != 201:
            assert done.status == 404  # the only thing that staging finds out by itself
            continue
        if done.status >= 400:
            commit(staging.key, id_)
            assert staging.key.get(f"{ALL}/{id_}").ok()["status"] == "failed"
            assert contents(staging.key) == before
            return
        assert contents(staging.key, transactionId=id_) == contents(direct.key)
    assert contents(staging.key) == before
    commit(staging.key, id_).ok(200)
    assert contents(staging.key) == contents(direct.key)
