"""What subscriptions' queries let through."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appwrite_py.data.query import QueryError
from appwrite_py.events import filters

PAYLOAD = {"$id": "a", "name": "Ada", "age": 36, "size": 5.0, "none": None, "flag": True, "tags": ["x"]}


def q(method: str, attribute: str = "", *values: Any) -> str:
    return json.dumps({"method": method, "attribute": attribute, "values": list(values)})


def nested(method: str, *inner: str) -> str:
    return json.dumps({"method": method, "values": [json.loads(text) for text in inner]})


@pytest.mark.parametrize(
    ("query", "through"),
    [
        (q("equal", "name", "Ada"), True), (q("equal", "name", "Bob", "Ada"), True), (q("equal", "name", "ada"), False),
        (q("equal", "$id", "a"), True), (q("equal", "age", "36"), False), (q("equal", "size", 5), True),
        (q("equal", "flag", True), True), (q("equal", "flag", 1), False), (q("equal", "missing", "x"), False),
        (q("notEqual", "name", "Bob"), True), (q("notEqual", "name", "Ada"), False),
        (q("notEqual", "missing", "x"), False), (q("lessThan", "age", 40), True), (q("lessThan", "age", 36), False),
        (q("lessThanEqual", "age", 36), True), (q("greaterThan", "name", "Abe"), True),
        (q("greaterThan", "name", 1), False), (q("greaterThanEqual", "none", 0), False), (q("isNull", "none"), True),
        (q("isNull", "missing"), False), (q("isNotNull", "name"), True), (q("isNotNull", "none"), False),
        (q("lessThan", "flag", 2), False),
        (nested("or", q("equal", "missing", 1), q("equal", "age", 36)), True),
        (nested("and", q("equal", "name", "Ada"), q("equal", "age", 35)), False),
        (nested("and", q("equal", "name", "Ada"), nested("or", q("equal", "age", 35), q("isNull", "none"))), True),
    ],
)  # fmt: skip
def test_methods(query: str, through: bool) -> None:
    passes = filters.read([query])
    assert passes is not None
    assert passes(PAYLOAD) is through


def test_all_must_hold_and_select_lifts_all() -> None:
    both = filters.read([q("equal", "name", "Ada"), q("equal", "age", 1)])
    assert both is not None
    assert not both(PAYLOAD)
    everything = json.dumps({"method": "select", "values": ["*"]})
    assert filters.read([]) is None
    assert filters.read([everything, q("equal", "age", 1)]) is None


@pytest.mark.parametrize(
    "query",
    [
        q("startsWith", "name", "A"), q("between", "age", 1, 2), json.dumps({"method": "limit", "values": [1]}), "x",
        json.dumps({"method": "select", "values": ["name"]}), nested("or", q("equal", "a", 1), q("search", "a", "b")),
    ],
)  # fmt: skip
def test_what_is_refused(query: str) -> None:
    with pytest.raises(QueryError):
        filters.read([query])


def test_lists_and_objects_are_compared_as_a_whole() -> None:
    """They are no members of a set, which is how many values are looked through at once."""
    passes = filters.read([q("equal", "tags", ["x"], "y")])
    assert passes is not None
    assert passes({"tags": ["x"]})
    assert passes({"tags": "y"})
    assert not passes({"tags": "x"})
    assert not passes({"tags": {"x": 1}})
