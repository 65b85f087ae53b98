"""How many statements requests take: few, and as many for a hundred documents as for two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.databases.test_relationships import docs, make, relate
from tests.api.databases.tools import DOCUMENTS, KINDS, create, ids, make_notes, q
from tests.client import Answer, Sandbox


class Counter:
    """Counts the statements about documents that requests take, by names."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.seen: dict[str, set[int]] = {}

    def __call__(self, name: str, request: Callable[..., Answer], *args: Any, **named: Any) -> None:
        with self.sandbox.statements() as seen:
            request(*args, **named).ok()
        self.seen.setdefault(name, set()).add(len([text for text in seen if '_main"."' in text]))


@pytest.fixture
def counter(sandbox: Sandbox) -> Counter:
    return Counter(sandbox)


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox, documentSecurity=True)
    return sandbox


def test_single_documents_and_lists(notes: Sandbox, counter: Counter) -> None:
    user, one = notes.user(), f"{DOCUMENTS}/n1"
    lists = [q("greaterThan", "whole", -1), q("orderDesc", "whole"), q("limit", "", 100)]
    for first, last in ((0, 3), (3, 90)):
        more = [{"$id": f"n{n}", "whole": n % 50, "$permissions": ['read("users")']} for n in range(first, last)]
        notes.key.post(DOCUMENTS, documents=more).ok(201)
        assert len(ids(user.get(DOCUMENTS, lists))) == last
        for caller in (notes.key, user):
            counter("get", caller.get, one)
            counter("list", caller.get, DOCUMENTS, lists, total=False)
        counter("list with total", notes.key.get, DOCUMENTS, lists)
        counter("list with total under permissions", user.get, DOCUMENTS, lists)
        counter("update", notes.key.patch, one, data={"whole": 1})
        counter("upsert", notes.key.put, one, data={"whole": 2})
        counter("create", create, notes.key, "new", whole=1)
        counter("delete", notes.key.delete, f"{DOCUMENTS}/new")
    under = {"list with total under permissions": {2}}  # each by the way that is best for the caller's roles
    assert counter.seen == {name: {1} for name in counter.seen} | under


def test_a_get_takes_two_round_trips_with_its_caller(notes: Sandbox) -> None:
    user = notes.user()
    create(notes.key, "n1", permissions=['read("users")'], whole=1).ok(201)
    for caller in (user, notes.key):
        counts = []
        for _ in range(5):
            with notes.statements() as seen:
                caller.get(f"{DOCUMENTS}/n1").ok()
            counts.append(len(seen))
        assert min(counts) <= 2  # the least, as something else may be going on


def test_several_documents(notes: Sandbox, counter: Counter) -> None:
    for count in (2, 100):
        new = [{"$id": f"n{n}", "whole": n % 50} for n in range(count)]
        counter("create", notes.key.post, DOCUMENTS, documents=new)
        counter("update", notes.key.patch, DOCUMENTS, data={"whole": 1, "text": "x"})
        counter("update some", notes.key.patch, DOCUMENTS, data={"whole": 2}, queries=[q("limit", "", count)])
        changed = [one | {"whole": 3, "number": n, "tags": ["a"]} for n, one in enumerate(new)]
        counter("upsert", notes.key.put, DOCUMENTS, documents=changed)
        found = notes.key.get(DOCUMENTS, [q("limit", "", 100)]).ok()["documents"]
        assert [(one["whole"], one["number"], one["tags"]) for one in found] == [(3, n, ["a"]) for n in range(count)]
        as_read = [one | {"$permissions": ['read("any")'], "whole": 4} for one in found[:99]]
        counter("upsert, some new", notes.key.put, DOCUMENTS, documents=[*as_read, {"$id": "new", "whole": 4}])
        assert notes.guest.get(DOCUMENTS).ok()["total"] == min(count, 99)
        counter("delete", notes.key.delete, DOCUMENTS)
    # An upsert looks which are there, changes those, and creates the others.
    assert counter.seen == {name: {1} for name in counter.seen} | {"upsert": {2}, "upsert, some new": {3}}


def test_an_upsert_of_several_does_what_it_does_with_each(sandbox: Sandbox) -> None:
    """Each document on its own, or together with others that set the same: the same answer, stored the same."""
    bodies: list[dict[str, Any]] = [
        {"whole": 1, "text": "a"}, {"whole": 2, "text": "b"}, {"tags": ["x"], "at": "2026-01-01T00:00:00.000+00:00"},
        {"whole": 3, "text": None, "$permissions": ['read("users")', 'write("users")']}, {"flag": True, "counts": []},
        {"whole": {"method": "increment", "values": [5]}}, {"$updatedAt": "2020-01-01T00:00:00.000+00:00", "whole": 7},
        {"whole": 4, "text": "c", "$createdAt": "2019-01-01T00:00:00.000+00:00"}, {"number": 1}, {"number": 2.5},
        {"secret": "a", "place": [1.5, 2], "big": 2**62}, {"secret": None, "place": [3, 4], "big": -1},
    ]  # fmt: skip
    more = [{"key": "secret", "type": "string", "size": 200, "encrypt": True}, {"key": "big", "type": "bigint"},
            {"key": "place", "type": "point"}]  # fmt: skip
    make_notes(sandbox, attributes=[*KINDS, *more], documentSecurity=True)
    shown = []
    for prefix in "st":
        documents = [{"$id": f"{prefix}{n}"} | body for n, body in enumerate(bodies)]
        sandbox.key.post(DOCUMENTS, documents=[{"$id": one["$id"], "whole": 9, "text": "z"} for one in documents]).ok(
            201
        )
        if prefix == "s":
            made = [
                one for part in documents for one in sandbox.key.put(DOCUMENTS, documents=[part]).ok(201)["documents"]
            ]
        else:
            made = sandbox.key.put(DOCUMENTS, documents=documents).ok(201)["documents"]
        stored = sandbox.key.get(DOCUMENTS, [q("startsWith", "$id", prefix)]).ok()["documents"]
        assert made == stored
        unlike = {"$id", "$sequence", "$updatedAt", "$createdAt"}
        shown.append([{key: one[key] for key in one.keys() - unlike} for one in stored])
        assert [stored[6]["$updatedAt"][:4], stored[7]["$createdAt"][:4]] == ["2020", "2019"]
    assert shown[0] == shown[1]
    events = [name for name in sandbox.events() if name.endswith(".upsert")]
    assert len(events) == len(set(events)) == 2 * len(bodies)
    sandbox.key.put(DOCUMENTS, documents=[{"$id": "t0", "whole": 5}, {"$id": "t1", "whole": "x"}]).fails(
        400, "document_invalid_structure"
    )


def test_relationships(sandbox: Sandbox, counter: Counter) -> None:
    make(sandbox, "a", "b", "c")
    relate(sandbox, "a", "b", "oneToMany", key="bees", twoWay=True, twoWayKey="a", onDelete="cascade")
    relate(sandbox, "b", "c", "manyToMany", key="cees", twoWay=True, twoWayKey="bees", onDelete="cascade")
    one, key = f"{docs('a')}/a", sandbox.key
    for count in (2, 30):
        bees = [f"{count}b{n}" for n in range(count)]
        nested = [{"$id": id_, "cees": [{"$id": f"{id_}-{m}"} for m in range(2)]} for id_ in bees]
        counter("create", key.post, docs("a"), documentId="a", data={"bees": nested})
        counter("get", key.get, one, [q("select", "", "*", "bees.*", "bees.cees.*")])
        counter("unlink", key.patch, one, data={"bees": bees[:1]})
        counter("nested", key.patch, one, data={"bees": [{"$id": id_, "name": id_} for id_ in bees]})
        counter("link", key.patch, one, data={"bees": bees})
        counter("delete", key.delete, one)
        assert [ids(key.get(docs(name))) for name in "abc"] == [[], [], []]
    assert {name: len(counts) for name, counts in counter.seen.items()} == dict.fromkeys(counter.seen, 1), counter.seen
    assert counter.seen["get"] == {3}
