"""What each query method finds among documents that are all different."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.documentsdb.tools import DOCUMENTS, NOTES, create, find, ids, make_notes, nested, put_all, q
from tests.client import Sandbox

SOME: dict[str, dict[str, Any]] = {
    "text": {"v": "Ten", "deep": {"a": {"b": 1}}},
    "number": {"v": 10, "deep": {"a": {"b": 2}}},
    "fraction": {"v": 10.5},
    "true": {"v": True},
    "null": {"v": None},
    "list": {"v": [10, "Ten", {"x": 1, "y": 2}]},
    "object": {"v": {"x": 1, "y": [1, 2]}},
    "without": {"other": 1},
}


@pytest.fixture(scope="module")
def notes(console: Any) -> Sandbox:
    made = Sandbox.create(console)
    make_notes(made)
    put_all(made.key, **SOME)
    made.key.post(f"{NOTES}/indexes", key="words", type="fulltext", attributes=["v"]).ok(202)
    return made


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (q("equal", "v", 10), "number"),
        (q("equal", "v", 10.0), "number"),
        (q("equal", "v", "Ten"), "text"),
        (q("equal", "v", "10"), ""),
        (q("equal", "v", True), "true"),
        (q("equal", "v", 1), ""),
        (q("equal", "v", "Ten", 10, None), "text number null without"),
        (q("equal", "v", {"x": 1}), "object"),
        (q("equal", "v", [10, "Ten", {"x": 1, "y": 2}]), "list"),
        (q("equal", "deep.a.b", 2), "number"),
        (q("equal", "deep.a", {"b": 1}), "text"),
        (q("equal", "none", 1), ""),
        (q("notEqual", "v", 10), "text fraction true null list object without"),
        (q("notEqual", "none", 1), " ".join(SOME)),
        (q("greaterThan", "v", 9), "number fraction"),
        (q("lessThanEqual", "v", 10), "number"),
        (q("greaterThan", "v", "A"), "text"),
        (q("lessThan", "v", True), ""),
        (q("lessThanEqual", "v", True), "true"),
        (q("between", "v", 10, 11), "number fraction"),
        (q("between", "v", 10, "Z"), ""),
        (q("notBetween", "v", 10, 11), "text true null list object without"),
        (q("isNull", "v"), "null without"),
        (q("isNotNull", "v"), "text number fraction true list object"),
        (q("isNull", "v.x.y.z"), " ".join(SOME)),
        (q("exists", "", "v"), "text number fraction true null list object"),
        (q("exists", "", "other", "deep.a"), "text number without"),
        (q("notExists", "", "v"), "without"),
        (q("notExists", "", "v", "other"), " ".join(SOME)),
        (q("exists", "", "$id"), " ".join(SOME)),
        (q("startsWith", "v", "te"), "text"),
        (q("endsWith", "v", "EN"), "text"),
        (q("notStartsWith", "v", "te"), "number fraction true null list object without"),
        (q("contains", "v", "e"), "text"),
        (q("contains", "v", "Ten"), "text list"),
        (q("contains", "v", 10), "list"),
        (q("contains", "v", {"x": 1}), "list object"),
        (q("contains", "v", {"y": [2]}), "object"),
        (q("containsAny", "v", 5, "Ten"), "text list"),
        (q("containsAll", "v", 10, "Ten"), "list"),
        (q("containsAll", "v", "T", "N"), "text"),
        (q("notContains", "v", "Ten"), "number fraction true null object without"),
        (q("search", "v", "ten"), "text list"),
        (q("notSearch", "v", "ten"), "number fraction true null object without"),
        (q("elemMatch", "v", {"method": "equal", "attribute": "x", "values": [1]}), "list"),
        (
            q("elemMatch", "v", {"method": "equal", "attribute": "x", "values": [1]},
              {"method": "equal", "attribute": "y", "values": [1]}), ""
        ),
        (q("equal", "$id", "text", "list"), "text list"),
        (nested("and", q("exists", "", "deep"), q("equal", "v", 10)), "number"),
        (nested("or", q("equal", "v", True), q("equal", "other", 1)), "true without"),
    ],
)  # fmt: skip
def test_filters(notes: Sandbox, query: str, wanted: str) -> None:
    answer = notes.key.get(DOCUMENTS, [query])
    assert set(ids(answer)) == set(wanted.split())
    assert answer.json["total"] == len(wanted.split())
    assert set(ids(notes.key.post(f"{DOCUMENTS}/query", queries=[query]))) == set(wanted.split())


def test_a_literal_is_only_that(notes: Sandbox) -> None:
    """Names and values of any characters are names and values."""
    for name in ("a'b", 'a"b', "a\\", "a\\'b", "' OR true --", "%", "a$1", "a -> b", "é🎉", ".", "a..b", "x" * 300):
        assert find(notes.key, q("equal", name, "x")) == [], name
        assert len(find(notes.key, q("notEqual", name, "x"))) == len(SOME), name
        assert len(find(notes.key, q("orderAsc", name))) == len(SOME), name
        assert find(notes.key, q("exists", "", name)) == [], name
    for value in ("'", "\\", "%", "_", "$1", '"', "🎉"):
        create(notes.key, "odd", odd={value: value}).ok(201)
        assert find(notes.key, q("equal", f"odd.{value}", value)) == ["odd"], value
        assert find(notes.key, q("contains", f"odd.{value}", value)) == ["odd"], value
        assert find(notes.key, q("startsWith", f"odd.{value}", "x")) == [], value
        notes.key.delete(f"{DOCUMENTS}/odd").ok(204)


@pytest.mark.parametrize(
    "queries",
    [
        [q("equal", "$other", 1)],
        [q("equal", "$sequence", "x")],
        [q("greaterThan", "$createdAt", "x")],
        [q("greaterThan", "v", None)],
        [q("greaterThan", "v", [1])],
        [q("between", "v", {}, {})],
        [q("startsWith", "v", 5)],
        [q("search", "other", "x")],
        [q("search", "v", 5)],
        [q("exists", "")],
        [q("exists", "", 5)],
        [q("exists", "", "")],
        [q("elemMatch", "v")],
        [q("elemMatch", "v", 5)],
        [q("elemMatch", "", {"method": "equal", "attribute": "x", "values": [1]})],
        [q("elemMatch", "v", {"method": "limit", "values": [1]})],
        [q("elemMatch", "v", {"method": "search", "attribute": "v", "values": ["x"]})],
        [q("equal", "v", "a\x00")],
        [q("equal", "v", {"a": ["\x00"]})],
        [q("equal", "v\x00", 1)],
        [q("equal", "v", 2**63)],
        [q("regex", "v", "x")],
        [q("orderAsc", "$other")],
        [q("select", "", "$other")],
        [q("vectorDot", "v", [1])],
        [q("intersects", "v", [1, 2])],
        [q("elemMatch", "v", {"method": "intersects", "attribute": "x", "values": [[1, 2]]})],
    ],
)
def test_bad_queries(notes: Sandbox, queries: list[str]) -> None:
    notes.key.get(DOCUMENTS, queries).fails(400, "general_query_invalid")


def test_only_documents_without_a_schema(sandbox: Sandbox) -> None:
    sandbox.key.post("/databases", databaseId="typed", name="T").ok(201)
    attributes = [{"key": "v", "type": "string", "size": 9}]
    path = "/databases/typed/collections"
    sandbox.key.post(path, collectionId="c", name="C", attributes=attributes).ok(201)
    for query in (
        q("exists", "", "v"),
        q("notExists", "", "v"),
        q("elemMatch", "v", {"method": "equal", "attribute": "x", "values": [1]}),
    ):
        sandbox.key.get(f"{path}/c/documents", [query]).fails(400, "general_query_invalid")


def test_orders_and_pages(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    put_all(sandbox.key, **{f"n{n}": {"at": {"n": n % 3}, "m": None if n == 4 else n} for n in range(6)}, x={"y": 1})
    up = ["x", "n0", "n3", "n1", "n4", "n2", "n5"]
    assert find(sandbox.key, q("orderAsc", "at.n")) == up
    down = ["n2", "n5", "n1", "n4", "n0", "n3", "x"]
    assert find(sandbox.key, q("orderDesc", "at.n")) == down
    assert find(sandbox.key, q("orderDesc", "at.n"), q("orderDesc", "m"))[:4] == ["n5", "n2", "n1", "n4"]
    for number, id_ in enumerate(up):
        assert find(sandbox.key, q("orderAsc", "at.n"), q("cursorAfter", "", id_)) == up[number + 1 :]
        assert find(sandbox.key, q("orderAsc", "at.n"), q("cursorBefore", "", id_)) == up[:number]
    assert find(sandbox.key, q("orderAsc", "at.n"), q("limit", "", 2), q("offset", "", 1)) == ["n0", "n3"]
    assert sorted(find(sandbox.key, q("orderRandom"))) == sorted(up)
    sandbox.key.get(DOCUMENTS, [q("cursorAfter", "", "none")]).fails(400, "general_cursor_not_found")


def test_queries_of_bulk_routes(sandbox: Sandbox) -> None:
    make_notes(sandbox)
    put_all(sandbox.key, **{f"n{n}": {"tags": [n, n + 1], "at": {"n": n}} for n in range(5)})
    few = [q("contains", "tags", 2), q("orderDesc", "at.n"), q("limit", "", 1)]
    changed = sandbox.key.patch(DOCUMENTS, data={"hit": True}, queries=few).ok(200)
    assert [one["$id"] for one in changed["documents"]] == ["n2"]
    assert find(sandbox.key, q("exists", "", "hit")) == ["n2"]
    inner = {"method": "equal", "attribute": "x", "values": [1]}
    assert sandbox.key.delete(DOCUMENTS, queries=[q("elemMatch", "tags", inner)]).ok(200)["total"] == 0
    assert json.loads(sandbox.key.get(DOCUMENTS).content)["total"] == 5


# --- numbers over documents ---------------------------------------------------------------------------------------
def test_aggregates(notes: Sandbox) -> None:
    def rows(*queries: str) -> list[dict[str, Any]]:
        found = notes.key.get(DOCUMENTS, list(queries)).ok()["documents"]
        return [{key: value for key, value in one.items() if not key.startswith("$")} for one in found]

    assert rows(q("count"), q("count", "v", "values"), q("sum", "v"), q("avg", "v"), q("max", "v")) == [
        {"count": 8, "values": 6, "sum_v": 20.5, "avg_v": 10.25, "max_v": 10.5}
    ]
    assert rows(q("equal", "v", "Ten"), q("min", "v"), q("sum", "v")) == [{"min_v": "Ten", "sum_v": None}]
    deep = rows(q("groupBy", "", "deep.a.b"), q("count"), q("orderDesc", "deep.a.b"), q("limit", "", 2))
    assert deep == [{"deep.a.b": 2, "count": 1}, {"deep.a.b": 1, "count": 1}]
