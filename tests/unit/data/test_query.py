"""The query language by itself: what a text means, and which texts mean nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appwrite_py.data import query
from appwrite_py.data.query import METHODS, Order, Query, QueryError, parse, read


def text(method: Any, attribute: Any = "", values: Any = ()) -> str:
    return json.dumps({"method": method, "attribute": attribute, "values": list(values)})


def test_a_filter() -> None:
    assert parse('{"method":"equal","attribute":"a","values":[1,"b",null]}') == Query("equal", "a", (1, "b", None))
    assert parse('{"method":"isNull","attribute":"a"}') == Query("isNull", "a", ())
    assert parse('{"method":"isNull","attribute":"a","values":[],"more":1}') == Query("isNull", "a", ())


def test_nesting() -> None:
    inner = {"method": "equal", "attribute": "a", "values": [1]}
    found = parse(json.dumps({"method": "or", "values": [inner, {"method": "and", "values": [inner, inner]}]}))
    one = Query("equal", "a", (1,))
    assert found == Query("or", "", (one, Query("and", "", (one, one))))


def test_a_plan() -> None:
    plan = read([
        text("equal", "a", [1]), text("orderDesc", "b"), text("orderAsc"), text("select", "", ["a", "b"]),
        text("select", "", ["c"]), text("limit", "", [5]), text("limit", "", [9]), text("offset", "", [2]),
        text("offset", "", [0]), text("cursorBefore", "", ["x"]), text("cursorAfter", "", ["y"]), text("orderRandom"),
        text("orderDesc", "", ["$id"]),  # as older clients say it
    ])  # fmt: skip
    assert plan.filters == [Query("equal", "a", (1,))]
    assert plan.orders[:2] == [Order("b", True), Order("$sequence", False)]
    assert plan.orders[2:] == [Order("$sequence", False, True), Order("$id", True)]
    assert plan.selects == ["a", "b", "c"]
    assert (plan.limit, plan.offset, plan.cursor, plan.backwards) == (5, 2, "x", True)
    empty = read([])
    assert (empty.filters, empty.limit, empty.offset, empty.cursor) == ([], None, None, None)


def test_kinds() -> None:
    both = json.dumps({"method": "or", "values": [json.loads(text("isNull", "a"))] * 2})
    assert len(read([text("isNull", "a"), both], ("filter",)).filters) == 2
    for other in (text("limit", "", [1]), text("select", "", ["a"]), text("orderAsc"), text("cursorAfter", "", ["a"])):
        with pytest.raises(QueryError, match="not allowed"):
            read([other], ("filter",))


@pytest.mark.parametrize(
    "method", [name for name, found in METHODS.items() if found.kind == "filter" and found.attribute and found.most]
)
def test_numbers_of_values(method: str) -> None:
    least, most = METHODS[method].least, METHODS[method].most
    assert most is not None
    assert parse(text(method, "a", range(least))).method == method
    assert len(parse(text(method, "a", range(most))).values) == most
    for number in {least - 1, most + 1} - {-1}:
        with pytest.raises(QueryError, match="takes"):
            parse(text(method, "a", range(number)))
    with pytest.raises(QueryError, match="attribute"):
        parse(text(method, "", range(least)))


@pytest.mark.parametrize("name", ["regex", "elemMatch", "Equal", "", None, 5, ["equal"], "x" * 500])
def test_methods_that_are_not_there(name: Any) -> None:
    with pytest.raises(QueryError):
        parse(text(name, "a", [1]))


def test_names_as_values() -> None:
    assert parse(text("exists", "", ["a", "b.c"])) == Query("exists", "", ("a", "b.c"))
    for method in ("exists", "notExists"):
        with pytest.raises(QueryError, match="takes"):
            parse(text(method, "", []))


def test_filters_on_elements() -> None:
    inner = {"method": "equal", "attribute": "b", "values": [1]}
    assert parse(text("elemMatch", "a", [inner])) == Query("elemMatch", "a", (Query("equal", "b", (1,)),))
    for bad in ([], [1], ["x"], [{"method": "limit", "values": [1]}], [{"method": "vectorDot", "values": [[1]]}]):
        with pytest.raises(QueryError):
            parse(text("elemMatch", "a", bad))
    with pytest.raises(QueryError, match="attribute"):
        parse(text("elemMatch", "", [inner]))
    deep = inner
    for _ in range(9):
        deep = {"method": "elemMatch", "attribute": "a", "values": [deep]}
    with pytest.raises(QueryError, match="nested"):
        parse(json.dumps(deep))


def test_one_vector_at_most() -> None:
    near = text("vectorDot", "a", [[1, 2.5]])
    assert read([near]).vector == Query("vectorDot", "a", ([1, 2.5],))
    with pytest.raises(QueryError, match="at most one"):
        read([near, text("vectorCosine", "a", [[1, 2]])])
    with pytest.raises(QueryError, match="not allowed"):
        read([near], ("filter", "order", "page"))


@pytest.mark.parametrize(
    "raw", ["", " ", "{", "[]", "1", "null", '"equal"', "{}", "\x00", "equal(a)", '{"method":"limit"']
)
def test_texts_that_mean_nothing(raw: str) -> None:
    with pytest.raises(QueryError):
        parse(raw)


def test_limits() -> None:
    one = text("isNull", "a")
    assert len(read([one] * query.MAX_QUERIES).filters) == 100
    with pytest.raises(QueryError, match="100"):
        read([one] * 101)
    for bad in (0, -1, 1.0, "1", None, True, 2**63):
        with pytest.raises(QueryError):
            read([text("limit", "", [5]), text("limit", "", [bad])])
    for bad in (-1, 0.5, "0", None, False, 2**63):
        with pytest.raises(QueryError):
            read([text("offset", "", [bad])])
    assert read([text("limit", "", [2**63 - 1])]).limit == 2**63 - 1
    for bad in ("", 5, None, ["a"]):
        with pytest.raises(QueryError):
            read([text("cursorAfter", "", [bad])])
    for names in ([1], ["a", "a"], [["a"]], []):
        with pytest.raises(QueryError):
            read([text("select", "", names)])


def test_depth() -> None:
    one = json.loads(text("isNull", "a"))
    deep = one
    for _ in range(query.MAX_DEPTH - 1):
        deep = {"method": "and", "values": [deep, one]}
    assert parse(json.dumps(deep)).method == "and"
    with pytest.raises(QueryError, match="deeper"):
        parse(json.dumps({"method": "or", "values": [deep, one]}))
