"""Queries of documents: every method on every kind, nesting, selection, order, cursors, pages; and bad ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.databases.tools import DOCUMENTS, ROWS, create, find, ids, make_notes, nested, q
from tests.client import Api, Sandbox

A, B, C, D = (
    {
        "text": "Apple pie", "whole": 1, "number": 0.5, "flag": True, "at": "2026-01-01T00:00:00.000+00:00",
        "mail": "a@example.com", "color": "red", "address": "10.0.0.1", "link": "https://a.example.com",
        "tags": ["x", "y"], "counts": [1, 2],
    },
    {
        "text": "Banana 100%", "whole": 2, "number": 1.5, "flag": False, "at": "2026-02-01T00:00:00.000+00:00",
        "mail": "b@example.com", "color": "green", "address": "10.0.0.2", "link": "https://b.example.com",
        "tags": ["y", "z"], "counts": [2, 3],
    },
    {
        "text": "Cherry_pie", "whole": 3, "number": 2.5, "flag": True, "at": "2026-03-01T00:00:00.000+00:00",
        "mail": "c@example.org", "color": "blue", "address": "10.0.0.3", "link": "https://c.example.org",
        "tags": ["z"], "counts": [],
    },
    {"text": None},
)  # fmt: skip
SCALARS = [key for key in A if key not in ("tags", "counts", "color")]


@pytest.fixture(scope="module")
def shelf(console: Any) -> Sandbox:
    """Four documents that only the tests of this module read: a, b and c, and d that holds nothing."""
    sandbox = Sandbox.create(console)
    make_notes(sandbox, indexes=[{"key": "words", "type": "fulltext", "attributes": ["text"]}])
    for document_id, data in zip("abcd", (A, B, C, D), strict=True):
        create(sandbox.key, document_id, **data).ok(201)
    return sandbox


@pytest.fixture
def key(shelf: Sandbox) -> Api:
    return shelf.key


# --- comparisons ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("attribute", SCALARS)
def test_comparisons(key: Api, attribute: str) -> None:
    low, middle, high = (one[attribute] for one in (A, B, C))
    if attribute == "flag":
        assert find(key, q("equal", attribute, True)) == ["a", "c"]
        assert find(key, q("notEqual", attribute, True)) == ["b"]
        assert find(key, q("lessThan", attribute, True)) == ["b"]
        return
    assert find(key, q("equal", attribute, middle)) == ["b"]
    assert find(key, q("equal", attribute, high, low)) == ["a", "c"]
    assert find(key, q("notEqual", attribute, middle)) == ["a", "c"]
    assert find(key, q("lessThan", attribute, middle)) == ["a"]
    assert find(key, q("lessThanEqual", attribute, middle)) == ["a", "b"]
    assert find(key, q("greaterThan", attribute, middle)) == ["c"]
    assert find(key, q("greaterThanEqual", attribute, middle)) == ["b", "c"]
    assert find(key, q("between", attribute, low, middle)) == ["a", "b"]
    assert find(key, q("between", attribute, high, low)) == []
    assert find(key, q("notBetween", attribute, low, middle)) == ["c"]


@pytest.mark.parametrize("attribute", A)
def test_null(key: Api, attribute: str) -> None:
    held = find(key, q("isNotNull", attribute))
    assert held == ["a", "b", "c"]
    assert find(key, q("isNull", attribute)) == ["d"]


@pytest.mark.parametrize(("attribute", "head", "tail"), [
    ("text", "APPLE", "Pie"), ("mail", "a@", "a@example.com"), ("address", "10.0.0.1", ".1"),
    ("link", "https://A", "a.example.com"), ("color", "red", "ED"),
])  # fmt: skip
def test_parts_of_text(key: Api, attribute: str, head: str, tail: str) -> None:
    rest = ["b", "c"]
    assert find(key, q("startsWith", attribute, head)) == ["a"]
    assert find(key, q("notStartsWith", attribute, head)) == rest
    with_tail = find(key, q("endsWith", attribute, tail))
    assert "a" in with_tail
    assert sorted(with_tail + find(key, q("notEndsWith", attribute, tail))) == ["a", "b", "c"]
    assert find(key, q("contains", attribute, head)) == ["a"]
    assert find(key, q("contains", attribute, head, "nothing")) == ["a"]
    assert find(key, q("containsAny", attribute, head, "nothing")) == ["a"]
    assert find(key, q("containsAll", attribute, head, tail)) == ["a"]
    assert find(key, q("containsAll", attribute, head, "nothing")) == []
    assert find(key, q("notContains", attribute, head)) == rest


def test_wild_cards_are_plain_characters(key: Api) -> None:
    assert find(key, q("contains", "text", "%")) == ["b"]
    assert find(key, q("contains", "text", "_")) == ["c"]
    assert find(key, q("startsWith", "text", "%")) == []
    assert find(key, q("endsWith", "text", "\\")) == []
    assert find(key, q("equal", "text", "Apple%")) == []
    assert find(key, q("equal", "text", "'; DROP TABLE notes; --")) == []


@pytest.mark.parametrize(("attribute", "y", "x", "z", "none"), [("tags", "y", "x", "z", "w"), ("counts", 2, 1, 3, 9)])
def test_arrays(key: Api, attribute: str, y: Any, x: Any, z: Any, none: Any) -> None:
    assert find(key, q("contains", attribute, y)) == ["a", "b"]
    assert find(key, q("contains", attribute, none, x)) == ["a"]
    assert find(key, q("containsAny", attribute, none, x)) == ["a"]
    assert find(key, q("containsAll", attribute, x, y)) == ["a"]
    assert find(key, q("containsAll", attribute, y, z)) == ["b"]
    assert find(key, q("notContains", attribute, y)) == ["c"]
    for method in ("equal", "notEqual", "lessThan", "lessThanEqual", "greaterThan", "greaterThanEqual", "startsWith",
                   "endsWith", "search", "notStartsWith", "notEndsWith", "notSearch"):  # fmt: skip
        key.get(DOCUMENTS, [q(method, attribute, y)]).fails(400, "general_query_invalid")
    key.get(DOCUMENTS, [q("between", attribute, x, y)]).fails(400, "general_query_invalid")
    key.get(DOCUMENTS, [q("orderAsc", attribute)]).fails(400, "general_query_invalid")


def test_search(key: Api) -> None:
    assert find(key, q("search", "text", "pie")) == ["a", "c"]
    assert find(key, q("search", "text", "ban")) == ["b"]
    assert find(key, q("search", "text", "apple banana")) == ["a", "b"]
    assert find(key, q("search", "text", "cherry_pie apple")) == ["a", "c"]
    assert find(key, q("notSearch", "text", "pie")) == ["b"]
    for attribute in ("mail", "color", "whole", "$id"):
        key.get(DOCUMENTS, [q("search", attribute, "a")]).fails(400, "general_query_invalid")


def test_system_attributes(key: Api) -> None:
    listed = key.get(DOCUMENTS).ok()["documents"]
    times, numbers = [one["$createdAt"] for one in listed], [one["$sequence"] for one in listed]
    assert find(key, q("equal", "$id", "a", "c")) == ["a", "c"]
    assert find(key, q("greaterThan", "$id", "b")) == ["c", "d"]
    assert find(key, q("startsWith", "$id", "A")) == ["a"]
    assert find(key, q("equal", "$sequence", numbers[1])) == ["b"]
    assert find(key, q("between", "$sequence", int(numbers[1]), numbers[2])) == ["b", "c"]
    assert find(key, q("lessThanEqual", "$createdAt", times[1])) == ["a", "b"]
    assert find(key, q("greaterThan", "$updatedAt", times[2])) == ["d"]
    assert find(key, q("isNotNull", "$createdAt")) == ["a", "b", "c", "d"]
    assert find(key, q("isNull", "$id")) == []


def test_numbers_of_the_other_kind(key: Api) -> None:
    assert find(key, q("greaterThan", "number", 1)) == ["b", "c"]
    assert find(key, q("lessThan", "whole", 2**62)) == ["a", "b", "c"]
    assert find(key, q("equal", "at", "2026-02-01T01:00:00+01:00")) == ["b"]


# --- nesting --------------------------------------------------------------------------------------------------------
def test_and_or(key: Api) -> None:
    one, two = q("equal", "whole", 1), q("equal", "whole", 2)
    assert find(key, nested("or", one, two)) == ["a", "b"]
    assert find(key, nested("and", one, two)) == []
    assert find(key, one, two) == []
    assert find(key, nested("or", nested("and", one, q("equal", "flag", True)), q("contains", "tags", "z"))) == [
        "a", "b", "c"
    ]  # fmt: skip
    assert find(key, nested("or", one, two), q("equal", "flag", False)) == ["b"]
    deep = one
    for _ in range(6):
        deep = nested("or", deep, two)
    assert find(key, deep) == ["a", "b"]


def test_nesting_that_is_refused(key: Api) -> None:
    one = q("equal", "whole", 1)
    deep = one
    for _ in range(9):
        deep = nested("and", deep, one)
    bad = [
        deep, nested("or", one), nested("and"), nested("or", one, q("limit", "", 1)),
        nested("or", one, q("orderAsc", "text")),
        nested("and", one, q("select", "", "text")), nested("or", one, q("equal", "none", 1)),
        json.dumps({"method": "or", "values": [one, one]}), json.dumps({"method": "or", "values": [1, 2]}),
    ]  # fmt: skip
    for text in bad:
        key.get(DOCUMENTS, [text]).fails(400, "general_query_invalid")


# --- selection ------------------------------------------------------------------------------------------------------
def test_select(key: Api) -> None:
    (found,) = key.get(DOCUMENTS, [q("select", "", "text", "whole"), q("equal", "$id", "a")]).ok()["documents"]
    assert found.keys() == {"$id", "$sequence", "$permissions", "$databaseId", "$collectionId", "text", "whole"}
    (found,) = key.get(DOCUMENTS, [q("select", "", "$id", "$createdAt"), q("equal", "$id", "a")]).ok()["documents"]
    assert found.keys() == {"$id", "$sequence", "$permissions", "$databaseId", "$collectionId", "$createdAt"}
    (found,) = key.get(DOCUMENTS, [q("select", "", "*"), q("equal", "$id", "a")]).ok()["documents"]
    assert found == key.get(f"{DOCUMENTS}/a").ok()
    assert find(key, q("select", "", "text"), q("orderDesc", "whole"), q("limit", "", 2)) == ["c", "b"]


# --- order, cursors, pages ------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def ties(console: Any) -> Sandbox:
    """Twenty-four documents with many equal and missing values."""
    sandbox = Sandbox.create(console)
    make_notes(sandbox, indexes=[{"key": "i", "type": "key", "attributes": ["whole", "text"], "orders": ["DESC"]}])
    many = [
        {
            "$id": f"n{n:02}", "whole": [None, 1, 2, 2][n % 4], "text": [None, "a", "b"][n % 3], "flag": n % 2 == 0,
            "$createdAt": f"2026-01-0{1 + n % 5}T00:00:00.000+00:00",
        }
        for n in range(24)
    ]  # fmt: skip
    sandbox.key.post(DOCUMENTS, documents=many).ok(201)
    return sandbox


def in_order(documents: list[dict[str, Any]], orders: list[tuple[str, bool]]) -> list[str]:
    """What these orders make of documents: nulls first upwards; ties by number, downwards below a falling time."""

    def value(one: dict[str, Any], attribute: str) -> tuple[bool, Any]:
        found = one[attribute]
        return (found is not None, int(found) if attribute == "$sequence" else found)

    rows = sorted(documents, key=lambda one: int(one["$sequence"]), reverse=orders[:1] == [("$createdAt", True)])
    for attribute, descending in reversed(orders):
        rows.sort(key=lambda one: value(one, attribute), reverse=descending)
    return [one["$id"] for one in rows]


ORDERS: list[list[tuple[str, bool]]] = [
    [], [("whole", False)], [("whole", True)], [("whole", True), ("text", False)], [("text", False), ("whole", True)],
    [("flag", False), ("text", True), ("whole", False)], [("$createdAt", False)], [("$createdAt", True)],
    [("$createdAt", True), ("whole", False)], [("$id", True)], [("$sequence", True)], [("text", True), ("$id", True)],
]  # fmt: skip


@pytest.mark.parametrize("orders", ORDERS, ids=str)
def test_order_and_cursors(ties: Sandbox, orders: list[tuple[str, bool]]) -> None:
    key = ties.key
    everything = q("limit", "", 100)
    expected = in_order(key.get(DOCUMENTS, [everything]).ok()["documents"], orders)
    queries = [q("orderDesc" if descending else "orderAsc", attribute) for attribute, descending in orders]
    assert find(key, everything, *queries) == expected
    pages: list[str] = []
    while len(pages) < len(expected):
        cursor = [q("cursorAfter", "", pages[-1])] if pages else []
        page = find(key, q("limit", "", 7), *queries, *cursor)
        assert page
        pages += page
    assert pages == expected
    assert find(key, *queries, q("cursorAfter", "", expected[-1])) == []
    back: list[str] = [expected[-1]]
    while len(back) < len(expected):
        back = find(key, q("limit", "", 5), *queries, q("cursorBefore", "", back[0])) + back
    assert back == expected
    assert find(key, *queries, q("cursorBefore", "", expected[0])) == []


def test_order_without_an_attribute(ties: Sandbox) -> None:
    assert find(ties.key, q("orderDesc"), q("limit", "", 3)) == ["n23", "n22", "n21"]
    assert find(ties.key, q("orderAsc", ""), q("limit", "", 2)) == ["n00", "n01"]
    assert sorted(find(ties.key, q("orderRandom"), q("limit", "", 100))) == [f"n{n:02}" for n in range(24)]


def test_more_than_nine_documents_are_ordered_by_number(ties: Sandbox) -> None:
    assert find(ties.key, q("limit", "", 100)) == [f"n{n:02}" for n in range(24)]


def test_pages(ties: Sandbox) -> None:
    key = ties.key
    assert len(find(key)) == 24
    create(key, "n24", text="x").ok(201)
    create(key, "n25", text="x").ok(201)
    assert len(find(key)) == 25
    key.delete(f"{DOCUMENTS}/n24").ok(204)
    key.delete(f"{DOCUMENTS}/n25").ok(204)
    assert find(key, q("limit", "", 2), q("offset", "", 3)) == ["n03", "n04"]
    assert find(key, q("limit", "", 2), q("limit", "", 5), q("offset", "", 1), q("offset", "", 9)) == ["n01", "n02"]
    assert find(key, q("offset", "", 22), q("limit", "", 2**63 - 1)) == ["n22", "n23"]
    assert find(key, q("offset", "", 2**63 - 1), q("limit", "", 2**63 - 1)) == []
    assert find(key, q("cursorAfter", "", "n05"), q("offset", "", 2), q("limit", "", 1)) == ["n08"]
    assert find(key, q("cursorAfter", "", "n05"), q("cursorBefore", "", "n05"), q("limit", "", 1)) == ["n06"]


def test_total(ties: Sandbox) -> None:
    key = ties.key
    assert key.get(DOCUMENTS, [q("limit", "", 1)]).ok()["total"] == 24
    assert key.get(DOCUMENTS, [q("offset", "", 100)]).ok() == {"total": 24, "documents": []}
    assert key.get(DOCUMENTS, [q("equal", "text", "a"), q("cursorAfter", "", "n22")]).ok() == {
        "total": 8, "documents": []
    }  # fmt: skip
    assert key.get(DOCUMENTS, [q("equal", "text", "none")]).ok() == {"total": 0, "documents": []}
    for off in (False, "0", "false"):
        found = key.get(DOCUMENTS, total=off).ok()
        assert (found["total"], len(found["documents"])) == (0, 24)
    key.get(DOCUMENTS, total="perhaps").fails(400, "general_argument_invalid")
    key.get(DOCUMENTS, ttl=86401).fails(400, "general_argument_invalid")
    key.get(DOCUMENTS, ttl=60).ok()


def test_queries_as_php_writes_them(ties: Sandbox) -> None:
    params = {"queries[0]": q("equal", "text", "a"), "queries[1]": q("limit", "", 1)}
    assert ids(ties.key.send("GET", DOCUMENTS, params=params)) == ["n01"]


# --- what is refused ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "{", "text", "null", "[]", "5", '"equal"', "{}", '{"method": 5}', '{"method": ["equal"]}',
        '{"method": "equal"}', '{"method": "equal", "attribute": "text"}',
        '{"method": "equal", "attribute": "text", "values": "a"}',
        '{"method": "equal", "attribute": "text", "values": {}}',
        '{"method": "equal", "attribute": ["text"], "values": ["a"]}',
        '{"method": "equal", "attribute": "te\\u0000xt", "values": ["a"]}',
        '{"method": "equal", "attribute": "text", "values": ["a\\u0000"]}',
        q("equal", "text"), q("equal", "none", 1), q("equal", "_id", "a"), q("equal", "$permissions", 'read("any")'),
        q("equal", "$collectionId", "notes"), q("equal", "", "a"), q("notEqual", "text", "a", "b"),
        q("between", "whole", 1),
        q("between", "whole", 1, 2, 3), q("isNull", "text", "a"), q("equal", "text", *range(501)),
        q("equal", "text", 1), q("equal", "text", None), q("equal", "text", ["a"]), q("equal", "text", {"a": 1}),
        q("equal", "whole", "1"), q("equal", "whole", 1.5), q("equal", "whole", True), q("equal", "whole", 2**63),
        q("equal", "number", "1"), q("equal", "number", True), q("equal", "flag", 1), q("equal", "flag", "true"),
        q("equal", "at", "today"), q("equal", "at", 5), q("equal", "at", "99999-01-01"), q("equal", "mail", 1),
        q("equal", "$createdAt", "x"), q("equal", "$sequence", "x"), q("equal", "$sequence", 1.5), q("equal", "$id", 1),
        q("startsWith", "whole", 1), q("endsWith", "flag", True), q("contains", "number", 1.5),
        q("contains", "at", "2026"),
        q("contains", "tags", 1), q("contains", "counts", "1"), q("contains", "text", 1),
        q("regex", "text", "a"), q("exists", "", "text"), q("notExists", "", "text"), q("elemMatch", "tags", "a"),
        q("distanceEqual", "text", 1), q("vectorDot", "text", [1]), q("unknown", "text", "a"), q("EQUAL", "text", "a"),
        q("limit", "", 0), q("limit", "", -1), q("limit", "", "5"), q("limit", "", 1.5), q("limit", "", True),
        q("limit"),
        q("limit", "", 2**63), q("offset", "", -1), q("offset", "", None), q("cursorAfter", "", ""),
        q("cursorAfter", "", 5),
        q("cursorBefore"), q("orderAsc", "none"), q("orderDesc", "$permissions"), q("orderAsc", "text", 1),
        q("select"), q("select", "", "none"), q("select", "", 5), q("select", "", "text", "text"),
        q("select", "", "_seq"),
    ],
)  # fmt: skip
def test_bad_queries(key: Api, text: str) -> None:
    if len(text) > 4096:
        key.get(DOCUMENTS, [text]).fails(400, "general_argument_invalid")
    else:
        key.get(DOCUMENTS, [text]).fails(400, "general_query_invalid")
        key.get(ROWS, [q("limit", "", 1), text]).fails(400, "general_query_invalid")


def test_too_many_queries_and_values(key: Api) -> None:
    one = q("equal", "whole", 1)
    assert find(key, *[one] * 100) == ["a"]
    key.get(DOCUMENTS, [one] * 101).fails(400, "general_argument_invalid")
    assert find(key, q("equal", "whole", *range(500))) == ["a", "b", "c"]
    key.get(DOCUMENTS, [q("equal", "whole", *range(501))]).fails(400, "general_query_invalid")
    key.get(DOCUMENTS, [q("equal", "text", "x" * 4096)]).fails(400, "general_argument_invalid")
    key.get(DOCUMENTS, [""]).fails(400, "general_argument_invalid")
    key.send("GET", DOCUMENTS, params={"queries": one}).fails(400, "general_argument_invalid")


def test_cursors_that_are_not_there(key: Api) -> None:
    key.get(DOCUMENTS, [q("cursorAfter", "", "none")]).fails(400, "general_cursor_not_found")
    key.get(ROWS, [q("cursorBefore", "", "x" * 500)]).fails(400, "general_cursor_not_found")
