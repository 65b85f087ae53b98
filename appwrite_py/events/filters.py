"""Queries of subscriptions: which payloads they let through. They are read once, and asked for each event."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from appwrite_py.data.query import MAX_QUERIES, Query, QueryError, parse

Payload = Mapping[str, Any]
Filter = Callable[[Payload], bool]
Test = Callable[[Any], bool]
METHODS = (
    "equal", "notEqual", "lessThan", "lessThanEqual", "greaterThan", "greaterThanEqual", "isNull", "isNotNull", "and",
    "or", "select",
)  # fmt: skip
MOST_CONDITIONS = 200
"""Of one subscription, those inside of `and` and `or` included: each event on its channels is held against them."""
_ABSENT = object()
_NESTED = (list, dict)


def read(texts: Sequence[str]) -> Filter | None:
    """The filter that all of the queries make together; None where everything passes. Raises QueryError.

    A `select("*")` lets everything pass, whatever is beside it. The same queries give the same filter.
    """
    if len(texts) > MAX_QUERIES:
        raise QueryError(f"At most {MAX_QUERIES} queries are allowed.")
    return _read(tuple(texts))


@lru_cache(1024)
def _read(texts: tuple[str, ...]) -> Filter | None:
    queries = [parse(text) for text in texts]
    for query in queries:
        _check(query)
    if sum(map(_conditions, queries)) > MOST_CONDITIONS:
        raise QueryError(f"At most {MOST_CONDITIONS} conditions are allowed in one subscription, nested ones included.")
    if not queries or any(query.method == "select" for query in queries):
        return None
    filters = [_filter(query) for query in queries]
    return filters[0] if len(filters) == 1 else lambda payload: all(passes(payload) for passes in filters)


def _check(query: Query, *, inside: bool = False) -> None:
    if query.method not in METHODS or (inside and query.method == "select"):
        raise QueryError(
            f"Query method '{query.method}' is not supported in Realtime queries. Allowed: {', '.join(METHODS)}"
        )
    if query.method == "select" and query.values != ("*",):
        raise QueryError('Only select("*") is allowed in Realtime queries; it means all events.')
    if query.method in ("and", "or"):
        for inner in query.values:
            _check(inner, inside=True)


def _conditions(query: Query) -> int:
    return sum(map(_conditions, query.values)) if query.method in ("and", "or") else 1


def _filter(query: Query) -> Filter:
    if query.method in ("and", "or"):
        every, inner = query.method == "and", [_filter(each) for each in query.values]
        return lambda payload: (all if every else any)(passes(payload) for passes in inner)
    name, test = query.attribute, _TESTS[query.method](query.values)

    def passes(payload: Payload) -> bool:
        found = payload.get(name, _ABSENT)
        return found is not _ABSENT and test(found)

    return passes


def _one_of(values: Sequence[Any]) -> Test:
    """Of the same kind and value as one of these; true is not 1, but 5.0 is 5."""
    plain = frozenset((type(value) is bool, value) for value in values if not isinstance(value, _NESTED))
    nested = [value for value in values if isinstance(value, _NESTED)]
    return lambda found: found in nested if isinstance(found, _NESTED) else (type(found) is bool, found) in plain


def _none_of(values: Sequence[Any]) -> Test:
    test = _one_of(values)
    return lambda found: not test(found)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Sequence[Any]], Test]:
    """Whether it holds for one of the values; what cannot be compared does not hold."""
    return lambda values: lambda found: any(_comparable(found, value) and compare(found, value) for value in values)


def _comparable(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return isinstance(right, str)
    numbers = (int, float)
    return isinstance(left, numbers) and isinstance(right, numbers) and not isinstance(left, bool)


_TESTS: dict[str, Callable[[Sequence[Any]], Test]] = {
    "equal": _one_of,
    "notEqual": _none_of,
    "lessThan": _ordered(operator.lt),
    "lessThanEqual": _ordered(operator.le),
    "greaterThan": _ordered(operator.gt),
    "greaterThanEqual": _ordered(operator.ge),
    "isNull": lambda _: lambda found: found is None,
    "isNotNull": lambda _: lambda found: found is not None,
}
