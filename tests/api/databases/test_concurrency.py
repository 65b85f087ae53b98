"""Many requests at the same time: races have one winner, links lead somewhere, and nobody gets a server error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import asyncpg
import pytest

from appwrite_py.data.pg import Connection
from tests.api.databases.test_counters import op
from tests.api.databases.test_relationships import docs, make, relate
from tests.api.databases.tools import DOCUMENTS, MAIN, NOTES, create, ids, make_notes, q, schema_of
from tests.client import Answer, Sandbox


def at_once(*requests: Callable[[], Answer]) -> list[Answer]:
    """Send requests at the same time; the answers in their order."""
    with ThreadPoolExecutor(len(requests)) as threads:
        return [one.result() for one in [threads.submit(request) for request in requests]]


def counted(answers: Sequence[Answer]) -> dict[tuple[int, str], int]:
    """How often each status and type of error came."""
    return dict(Counter((one.status, one.type if one.status >= 400 else "") for one in answers))


TAKEN = (409, "document_unique_constraint_violation")


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox)
    return sandbox


# --- races for a value ----------------------------------------------------------------------------------------------
def test_of_those_who_want_the_same_unique_value_one_wins(notes: Sandbox) -> None:
    notes.key.post(f"{NOTES}/indexes", key="texts", type="unique", attributes=["text"]).ok(202)
    before = len(notes.events())
    answers = at_once(*[partial(create, notes.key, f"n{n}", text="same") for n in range(12)])
    assert counted(answers) == {(201, ""): 1, TAKEN: 11}
    assert len(ids(notes.key.get(DOCUMENTS))) == len(notes.events()) - before == 1
    for n in range(8):
        create(notes.key, f"other{n}", text=f"{n}").ok(201)
    answers = at_once(*[partial(notes.key.patch, f"{DOCUMENTS}/other{n}", data={"text": "new"}) for n in range(8)])
    assert counted(answers) == {(200, ""): 1, TAKEN: 7}


def test_of_those_who_want_the_same_id_one_wins(notes: Sandbox) -> None:
    before = len(notes.events())
    single = [partial(create, notes.key, "same", whole=n) for n in range(8)]
    bulk = [partial(notes.key.post, DOCUMENTS, documents=[{"$id": f"b{n}"}, {"$id": "same"}]) for n in range(4)]
    assert counted(at_once(*single, *bulk)) == {(201, ""): 1, (409, "document_already_exists"): 11}
    found = ids(notes.key.get(DOCUMENTS))
    assert found.count("same") == 1
    assert len(notes.events()) - before == len(found) <= 2


@pytest.mark.parametrize("linked", [False, True])
def test_upserts_of_one_id_make_one_document(sandbox: Sandbox, linked: bool) -> None:
    make(sandbox, "a", "b")
    if linked:
        relate(sandbox, "a", "b", "manyToOne", key="to_b", onDelete="setNull")
    data: dict[str, Any] = {"name": "A"} | ({"to_b": {"$id": "b", "name": "B"}} if linked else {})
    single = [partial(sandbox.key.put, f"{docs('a')}/same", data=data | {"year": n}) for n in range(8)]
    orders = (["same", "x", "y"], ["y", "x", "same"]) * 3
    bulk = [partial(sandbox.key.put, docs("a"), documents=[data | {"$id": id_} for id_ in order]) for order in orders]
    assert counted(at_once(*single, *bulk)) == {(201, ""): 14}
    assert sorted(ids(sandbox.key.get(docs("a")))) == ["same", "x", "y"]
    assert ids(sandbox.key.get(docs("b"))) == (["b"] if linked else [])


# --- races for a link -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("two_way", [False, True])
def test_one_of_those_who_link_the_same_document_one_to_one_wins(sandbox: Sandbox, two_way: bool) -> None:
    make(sandbox, "a", "b")
    relate(sandbox, "a", "b", "oneToOne", key="to_b", twoWay=two_way, twoWayKey="to_a", onDelete="setNull")
    for name in "ab":
        sandbox.key.post(docs(name), documents=[{"$id": f"{name}{n}"} for n in range(6)]).ok(201)
    answers = at_once(*[partial(sandbox.key.patch, f"{docs('a')}/a{n}", data={"to_b": "b0"}) for n in range(6)])
    assert counted(answers) == {(200, ""): 1, TAKEN: 5}
    assert Counter(one["to_b"] for one in sandbox.key.get(docs("a")).ok()["documents"]) == {None: 5, "b0": 1}
    if two_way:  # the same from the side that does not hold the link
        sandbox.key.patch(f"{docs('b')}/b0", data={"to_a": None}).ok()
        answers = at_once(*[partial(sandbox.key.patch, f"{docs('b')}/b{n}", data={"to_a": "a0"}) for n in range(6)])
        assert counted(answers) == {(200, ""): 1, TAKEN: 5}
        links = [one["to_b"] for one in sandbox.key.get(docs("a")).ok()["documents"]]
        assert links[0] is not None
        assert links[1:] == [None] * 5


def test_lists_of_links_lose_none(sandbox: Sandbox) -> None:
    make(sandbox, "a", "b")
    relate(sandbox, "a", "b", "manyToMany", key="bees", twoWay=True, twoWayKey="ays", onDelete="setNull")
    relate(sandbox, "a", "b", "oneToMany", key="own", twoWay=True, twoWayKey="owner", onDelete="setNull")
    sandbox.key.post(docs("a"), documents=[{"$id": "a"}]).ok(201)
    sandbox.key.post(docs("b"), documents=[{"$id": f"b{n}"} for n in range(10)]).ok(201)
    requests = list[Callable[[], Answer]]()
    for n in range(5):
        append = {key: op("arrayAppend", f"b{n}") for key in ("bees", "own")}
        requests.append(partial(sandbox.key.patch, f"{docs('a')}/a", data=append))
        back = {"ays": op("arrayAppend", "a"), "owner": "a"}
        requests.append(partial(sandbox.key.patch, f"{docs('b')}/b{n + 5}", data=back))
    assert counted(at_once(*requests)) == {(200, ""): 10}
    found = sandbox.key.get(f"{docs('a')}/a", [q("select", "", "bees.$id", "own.$id")]).ok()
    for key in ("bees", "own"):
        assert [one["$id"] for one in found[key]] == [f"b{n}" for n in range(10)]


def test_lists_of_links_that_cross(sandbox: Sandbox) -> None:
    """Two parents take the same children in opposite orders, again and again: all get the same one in the end."""
    make(sandbox, "a", "b")
    relate(sandbox, "a", "b", "oneToMany", key="bees", twoWay=True, twoWayKey="a", onDelete="setNull")
    children = [f"b{n}" for n in range(12)]
    sandbox.key.post(docs("b"), documents=[{"$id": id_} for id_ in children]).ok(201)
    sandbox.key.post(docs("a"), documents=[{"$id": "a0"}, {"$id": "a1"}]).ok(201)
    lists = [(0, children), (1, children[::-1])] * 4
    answers = at_once(*[partial(sandbox.key.patch, f"{docs('a')}/a{n}", data={"bees": bees}) for n, bees in lists])
    assert counted(answers) == {(200, ""): 8}
    assert len({one["a"] for one in sandbox.key.get(docs("b")).ok()["documents"]}) == 1


# --- deletions ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("type_", ["oneToOne", "manyToOne", "oneToMany", "manyToMany"])
@pytest.mark.parametrize("rule", ["setNull", "cascade", "restrict"])
def test_no_link_leads_to_a_document_that_is_gone(sandbox: Sandbox, type_: str, rule: str) -> None:
    make(sandbox, "a", "b")
    relate(sandbox, "a", "b", type_, key="bees", twoWay=True, twoWayKey="ays", onDelete=rule)
    many, back = type_ in ("oneToMany", "manyToMany"), type_ in ("manyToOne", "manyToMany")
    for name in "ab":
        sandbox.key.post(docs(name), documents=[{"$id": f"{name}{n}"} for n in range(4)]).ok(201)
    bees, ays = {"bees": ["b0"] if many else "b0"}, {"ays": ["a0"] if back else "a0"}
    requests = list[Callable[[], Answer]]()
    for n in range(4):
        requests.append(partial(sandbox.key.patch, f"{docs('a')}/a{n}", data=bees))
        requests.append(partial(sandbox.key.patch, f"{docs('b')}/b{n}", data=ays))
        requests.append(partial(sandbox.key.post, docs("a"), documentId=f"n{n}", data=bees))
        requests.append(partial(sandbox.key.delete, f"{docs('ab'[n % 2])}/{'ab'[n % 2]}0"))
    allowed = {(200, ""), (201, ""), (204, ""), (404, "document_not_found"), (403, "document_delete_restricted"), TAKEN,
               (409, "general_resource_locked")}  # fmt: skip
    assert counted(at_once(*requests)).keys() <= allowed
    from_a, from_b = links(sandbox, "a", "bees", many), links(sandbox, "b", "ays", back)
    assert from_a == {(a, b) for b, a in from_b}


def links(sandbox: Sandbox, collection: str, key: str, many: bool) -> set[tuple[str, str]]:
    """Pairs of a document and one that it is linked with, which has to be there."""
    everything = q("limit", "", 100)
    found = sandbox.key.get(docs(collection), [q("select", "", "$id", f"{key}.$id"), everything]).ok()["documents"]
    pairs = {(one["$id"], other["$id"]) for one in found for other in (one[key] if many else [one[key]]) if other}
    stored = sandbox.key.get(docs(collection), [everything]).ok()["documents"]
    assert {(one["$id"], one[key]) for one in stored if one.get(key)} <= pairs  # where links are shown as ids
    return pairs


def test_what_is_linked_while_its_parent_goes_goes_too_or_stays_alone(sandbox: Sandbox) -> None:
    make(sandbox, "a", "b", "c")
    relate(sandbox, "a", "b", "oneToMany", key="bees", twoWay=True, twoWayKey="a", onDelete="cascade")
    relate(sandbox, "b", "c", "oneToMany", key="cees", twoWay=True, twoWayKey="b", onDelete="cascade")
    sandbox.key.post(docs("a"), documentId="a", data={"bees": [{"$id": "b", "cees": [{"$id": "c"}]}]}).ok(201)
    requests = list[Callable[[], Answer]]()
    for n in range(5):
        requests.append(partial(sandbox.key.post, docs("b"), documentId=f"n{n}", data={"a": "a"}))
        requests.append(partial(sandbox.key.post, docs("c"), documentId=f"n{n}", data={"b": "b"}))
    requests.insert(4, partial(sandbox.key.delete, f"{docs('a')}/a"))
    assert counted(at_once(*requests)) == {(201, ""): 10, (204, ""): 1}
    for name, up in (("b", "a"), ("c", "b")):
        left = sandbox.key.get(docs(name)).ok()["documents"]
        assert all(one[up] is None and one["$id"] != name for one in left)


def test_a_cascade_waits_for_what_is_just_being_linked(sandbox: Sandbox, dsn: str) -> None:
    make(sandbox, "a", "b", "c")
    relate(sandbox, "a", "b", "oneToMany", key="bees", twoWay=True, twoWayKey="a", onDelete="cascade")
    relate(sandbox, "b", "c", "oneToMany", key="cees", twoWay=True, twoWayKey="b", onDelete="cascade")
    sandbox.key.post(docs("a"), documentId="a", data={"bees": [{"$id": "b"}]}).ok(201)
    run, table = sandbox.guest.http.portal, f'"{schema_of(sandbox)}".c'
    assert run is not None
    other = run.call(asyncpg.connect, dsn)
    columns = "_id, _created_at, _updated_at, b"
    run.call(other.execute, f"BEGIN; INSERT INTO {table} ({columns}) VALUES ('c', now(), now(), 'b')")
    run.call(other.execute, "SET CONSTRAINTS ALL IMMEDIATE")  # which locks b
    with ThreadPoolExecutor(1) as threads:
        deletion = threads.submit(sandbox.key.delete, f"{docs('a')}/a")
        while not sandbox.guest.sql("SELECT 1 FROM pg_locks WHERE NOT granted"):
            assert not deletion.done()
        run.call(other.execute, "COMMIT")
        deletion.result().ok(204)
    run.call(other.close)
    assert [ids(sandbox.key.get(docs(name))) for name in "abc"] == [[], [], []]


def test_relationships_come_and_go_meanwhile(sandbox: Sandbox) -> None:
    make(sandbox, "a", "b")
    sandbox.key.post(docs("b"), documentId="b", data={"name": "b"}).ok(201)
    expected = ((201, ""), (400, "document_invalid_structure"), (409, "document_update_conflict"))

    def redefine() -> Answer:
        for _ in range(6):
            relate(sandbox, "a", "b", "manyToOne", key="to_b", twoWay=True, twoWayKey="ays")
            answer = sandbox.key.delete(f"{MAIN}/collections/b/attributes/ays")
        return answer

    def write(n: int) -> Answer:
        for m in range(6):
            answer = sandbox.key.put(f"{docs('a')}/a{n}{m}", data={"name": "x", "to_b": "b"})
            assert (answer.status, answer.type) in expected, answer
        return sandbox.key.get(docs("a"), [q("limit", "", 3)])

    assert counted(at_once(redefine, *[partial(write, n) for n in range(4)])) == {(204, ""): 1, (200, ""): 4}


# --- deadlocks ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("linked", [False, True])
def test_who_loses_to_a_deadlock_is_served_all_the_same(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    make(sandbox, "a", "b")
    if linked:
        relate(sandbox, "a", "b", "manyToOne", key="to_b", onDelete="setNull")
    sandbox.key.post(docs("a"), documentId="a", data={"name": "a"}).ok(201)
    before, fetch, losses = len(sandbox.events()), Connection.fetch, [2]

    async def losing(connection: Connection, sql: str, args: Any) -> Any:
        found = await fetch(connection, sql, args)
        if "UPDATE" in sql and losses[0] and connection.raw.is_in_transaction():
            losses[0] -= 1
            raise asyncpg.DeadlockDetectedError("deadlock detected")
        return found

    monkeypatch.setattr(Connection, "fetch", losing)
    change = partial(sandbox.key.patch, docs("a"), data={"year": op("increment", 1)})
    assert [one["year"] for one in change().ok(200)["documents"]] == [1]
    assert losses == [0]
    losses[0] = 99
    change().fails(409, "general_resource_locked")
    losses[0] = 0
    assert sandbox.key.get(f"{docs('a')}/a").ok()["year"] == 1
    assert len(sandbox.events()) == before + 1


# --- several documents ----------------------------------------------------------------------------------------------
def test_changes_of_the_same_documents_in_opposite_orders(notes: Sandbox) -> None:
    everything = [f"n{n:02}" for n in range(40)]
    notes.key.post(DOCUMENTS, documents=[{"$id": id_, "whole": 0} for id_ in everything]).ok(201)
    change = partial(notes.key.patch, DOCUMENTS, data={"whole": op("increment", 1)})
    requests = list[Callable[[], Answer]]()
    for _ in range(3):
        requests += [partial(change, queries=[q(way, "$id"), q("limit", "", 40)]) for way in ("orderAsc", "orderDesc")]
        requests += [partial(change, queries=[q("equal", "$id", *line)]) for line in (everything, everything[::-1])]
    assert counted(at_once(*requests)) == {(200, ""): 12}
    found = notes.key.get(DOCUMENTS, [q("limit", "", 100)]).ok()["documents"]
    assert [one["whole"] for one in found] == [12] * 40
    assert set(Counter(name for name in notes.events() if name.endswith(".update")).values()) == {12}


def test_changes_and_deletions_of_the_same_documents(notes: Sandbox) -> None:
    notes.key.post(DOCUMENTS, documents=[{"$id": f"n{n}", "whole": 0} for n in range(30)]).ok(201)
    halves = [[f"n{n}" for n in range(part, 30, 2)] for part in (0, 1)]
    answers = at_once(
        partial(notes.key.delete, DOCUMENTS, queries=[q("equal", "$id", *halves[0])]),
        partial(notes.key.delete, DOCUMENTS, queries=[q("orderDesc", "$sequence"), q("limit", "", 30)]),
        partial(notes.key.patch, DOCUMENTS, data={"whole": op("increment", 1)}),
        partial(notes.key.put, DOCUMENTS, documents=[{"$id": id_, "whole": 5} for id_ in reversed(halves[1])]),
        *[partial(notes.key.patch, f"{DOCUMENTS}/n{n}", data={"whole": 9}) for n in range(4)],
    )
    assert counted(answers[:4]) == {(200, ""): 3, (201, ""): 1}
    assert counted(answers[4:]).keys() <= {(200, ""), (404, "document_not_found")}
    left = ids(notes.key.get(DOCUMENTS, [q("limit", "", 100)]))
    assert set(left) <= set(halves[1])
    deleted = Counter(name for name in notes.events() if name.endswith(".delete"))
    assert deleted.total() == sum(one.json["total"] for one in answers[:2])
