"""Numbers over documents: count, countDistinct, sum, avg, min, max, over all or by groups, under permissions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, NOTES, ROWS, create, make_notes, q
from tests.client import Api, Sandbox

DATA: list[dict[str, Any]] = [
    {"color": "red", "whole": 1, "number": 0.5, "flag": True, "at": "2026-01-01T00:00:00.000+00:00", "text": "a"},
    {"color": "red", "whole": 3, "number": 1.5, "flag": True, "at": "2026-01-02T00:00:00.000+00:00", "text": "b"},
    {"color": "green", "whole": -2, "number": None, "flag": False, "text": "b"},
    {"color": None, "whole": None, "number": 4.0, "text": "c"},
]


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox)
    for n, data in enumerate(DATA):
        create(sandbox.key, f"n{n}", permissions=['read("any")'] if n != 1 else [], **data).ok(201)
    return sandbox


def rows(caller: Api, *queries: str, path: str = DOCUMENTS) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = next(v for v in caller.get(path, list(queries)).ok().values() if isinstance(v, list))
    return [{key: value for key, value in one.items() if not key.startswith("$")} for one in found]


def test_over_all(notes: Sandbox) -> None:
    asked = [q("count", "*"), q("count", "whole", "wholes"), q("sum", "whole"), q("avg", "whole"), q("min", "at"),
             q("max", "number", "top"), q("sum", "number"), q("countDistinct", "text"), q("max", "text")]  # fmt: skip
    assert rows(notes.key, *asked) == [
        {"count": 4, "wholes": 3, "sum_whole": 2, "avg_whole": 2 / 3, "min_at": DATA[0]["at"], "top": 4.0,
         "sum_number": 6.0, "countDistinct_text": 3, "max_text": "c"}
    ]  # fmt: skip
    answer = notes.key.get(ROWS, [q("count")]).ok()
    assert answer["total"] == 1
    assert answer["rows"][0] == answer["rows"][0] | {"$id": "1", "$sequence": "1", "$tableId": "notes", "count": 4}


def test_over_nothing(notes: Sandbox) -> None:
    asked = [q("equal", "whole", 99), q("count"), q("sum", "whole"), q("min", "text")]
    assert rows(notes.key, *asked) == [{"count": 0, "sum_whole": None, "min_text": None}]
    assert rows(notes.key, *asked, q("groupBy", "", "color")) == []


def test_by_groups(notes: Sandbox) -> None:
    asked = [q("groupBy", "", "color"), q("count", "*", "n"), q("sum", "whole", "total")]
    by_color = [
        {"color": None, "n": 1, "total": None}, {"color": "green", "n": 1, "total": -2},
        {"color": "red", "n": 2, "total": 4},
    ]  # fmt: skip
    assert rows(notes.key, *asked) == by_color
    assert rows(notes.key, *asked, q("orderDesc", "total")) == [by_color[2], by_color[1], by_color[0]]
    assert rows(notes.key, *asked, q("orderDesc", "n"), q("limit", "", 1)) == by_color[2:]
    assert rows(notes.key, *asked, q("offset", "", 1)) == by_color[1:]
    assert rows(notes.key, *asked, q("greaterThan", "whole", 0)) == [{"color": "red", "n": 2, "total": 4}]
    assert notes.key.get(DOCUMENTS, [*asked, q("limit", "", 1)]).ok()["total"] == 3
    assert rows(notes.key, q("groupBy", "", "flag", "text"), q("count")) == [
        {"flag": None, "text": "c", "count": 1}, {"flag": False, "text": "b", "count": 1},
        {"flag": True, "text": "a", "count": 1}, {"flag": True, "text": "b", "count": 1},
    ]  # fmt: skip


def test_of_what_the_caller_may_read(notes: Sandbox) -> None:
    notes.key.put(NOTES, documentSecurity=True).ok()
    user = notes.user()
    assert rows(user, q("count"), q("sum", "whole")) == [{"count": 3, "sum_whole": -1}]
    notes.key.put(NOTES, documentSecurity=False).ok()
    user.get(DOCUMENTS, [q("count")]).fails(401, "user_unauthorized")


def test_large_sums(notes: Sandbox) -> None:
    notes.key.post(f"{NOTES}/attributes/integer", key="big", required=False).ok(202)
    for _ in range(3):
        create(notes.key, big=2**62).ok(201)
    assert rows(notes.key, q("sum", "big")) == [{"sum_big": float(3 * 2**62)}]


@pytest.mark.parametrize(
    "queries",
    [
        [q("groupBy", "", "color")], [q("count"), q("select", "", "text")], [q("count"), q("cursorAfter", "", "n1")],
        [q("count"), q("orderRandom")], [q("sum", "text")], [q("avg", "at")], [q("sum", "nothing")],
        [q("sum", "tags")], [q("max", "flag")], [q("sum", "")], [q("count", "*", "bad name")], [q("count", "*", 7)],
        [q("count"), q("count")], [q("count"), q("groupBy", "", "nothing")], [q("count"), q("groupBy", "", "tags")],
        [q("count"), q("orderAsc", "whole")], [q("count"), q("groupBy")], [q("count", "*", "color"),
        q("groupBy", "", "color")], [q("count"), q("groupBy", "", "color", "color")],
    ],
)  # fmt: skip
def test_what_does_not_fit(notes: Sandbox, queries: list[str]) -> None:
    notes.key.get(DOCUMENTS, queries).fails(400, "general_query_invalid")


def test_through_relationships(notes: Sandbox) -> None:
    notes.key.post(f"{NOTES}/attributes/relationship", relatedCollectionId="notes", type="manyToOne", key="parent",
                   twoWayKey="x").ok(202)  # fmt: skip
    for id_ in ("n2", "n3"):
        notes.key.patch(f"{DOCUMENTS}/{id_}", data={"parent": "n1"}).ok()
    assert rows(notes.key, q("groupBy", "", "parent.text"), q("count"), q("sum", "parent.whole")) == [
        {"parent.text": None, "count": 2, "sum_parent.whole": None},
        {"parent.text": "b", "count": 2, "sum_parent.whole": 6},
    ]


def test_other_lists_do_not_take_them(notes: Sandbox) -> None:
    notes.key.get("/databases", [q("count")]).fails(400, "general_argument_invalid")


def test_over_system_attributes(notes: Sandbox) -> None:
    first, last = (notes.key.get(f"{DOCUMENTS}/n{n}").ok() for n in (0, 3))
    asked = [q("min", "$createdAt"), q("max", "$updatedAt"), q("min", "$sequence"), q("max", "$id")]
    assert rows(notes.key, *asked) == [
        {"min_$createdAt": first["$createdAt"], "max_$updatedAt": last["$updatedAt"],
         "min_$sequence": int(first["$sequence"]), "max_$id": "n3"}
    ]  # fmt: skip
    for name in ("$createdAt", "$sequence", "$id"):
        found = notes.key.get(DOCUMENTS, [q("count"), q("groupBy", "", name)]).ok()["documents"]
        assert first[name] in [one[name] for one in found]
