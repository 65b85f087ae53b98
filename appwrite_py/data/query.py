"""The query language: JSON texts such as `{"method":"equal","attribute":"name","values":["Ada"]}`, read into a plan.

Here is only what the texts mean by themselves; whether an attribute exists and what its values must look like is
for those who compile a plan (`data/compile.py` for documents, `data/listing.py` for lists of other resources).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import orjson

MAX_QUERIES = 100
MAX_VALUES = 500
MAX_FILTERS = 1000
"""How many filters a request may have in all, those inside of `and`, `or` and `elemMatch` included."""
MAX_GROUPED_BY = 32
MAX_DEPTH = 8
_MAX_STEPS = 32  # in a path; what clients store is not nested any deeper
DEFAULT_LIMIT = 25
_KEPT_LENGTH = 4096
_MAX_NUMBER = 2**63 - 1
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,35}\Z")
_EXAMPLE = 'It looks like {"method":"equal","attribute":"name","values":["Ada"]}.'

Kind = Literal["filter", "logical", "select", "order", "page", "cursor", "vector", "aggregate", "group"]


class QueryError(ValueError):
    """A query that cannot be run; the text says why."""


class Method(NamedTuple):
    """What a method takes: whether it names an attribute, and how many values."""

    kind: Kind
    attribute: bool
    least: int
    most: int | None


_ONE, _SOME = (1, 1), (1, MAX_VALUES)
_SPATIAL = ("crosses", "intersects", "overlaps", "touches")
METHODS: dict[str, Method] = {
    "equal": Method("filter", True, *_SOME),
    "notEqual": Method("filter", True, *_ONE),
    "lessThan": Method("filter", True, *_ONE),
    "lessThanEqual": Method("filter", True, *_ONE),
    "greaterThan": Method("filter", True, *_ONE),
    "greaterThanEqual": Method("filter", True, *_ONE),
    "between": Method("filter", True, 2, 2),
    "notBetween": Method("filter", True, 2, 2),
    "isNull": Method("filter", True, 0, 0),
    "isNotNull": Method("filter", True, 0, 0),
    "startsWith": Method("filter", True, *_ONE),
    "notStartsWith": Method("filter", True, *_ONE),
    "endsWith": Method("filter", True, *_ONE),
    "notEndsWith": Method("filter", True, *_ONE),
    "contains": Method("filter", True, *_SOME),
    "containsAny": Method("filter", True, *_SOME),
    "containsAll": Method("filter", True, *_SOME),
    "notContains": Method("filter", True, *_SOME),
    "search": Method("filter", True, *_ONE),
    "notSearch": Method("filter", True, *_ONE),
    "exists": Method("filter", False, *_SOME),
    "notExists": Method("filter", False, *_SOME),
    "elemMatch": Method("filter", True, 1, None),
    "vectorDot": Method("vector", True, *_ONE),
    "vectorCosine": Method("vector", True, *_ONE),
    "vectorEuclidean": Method("vector", True, *_ONE),
    "crosses": Method("filter", True, *_SOME),
    "notCrosses": Method("filter", True, *_SOME),
    "intersects": Method("filter", True, *_SOME),
    "notIntersects": Method("filter", True, *_SOME),
    "overlaps": Method("filter", True, *_SOME),
    "notOverlaps": Method("filter", True, *_SOME),
    "touches": Method("filter", True, *_SOME),
    "notTouches": Method("filter", True, *_SOME),
    "distanceEqual": Method("filter", True, *_ONE),
    "distanceNotEqual": Method("filter", True, *_ONE),
    "distanceGreaterThan": Method("filter", True, *_ONE),
    "distanceLessThan": Method("filter", True, *_ONE),
    "and": Method("logical", False, 2, None),
    "or": Method("logical", False, 2, None),
    "select": Method("select", False, 1, None),
    "orderAsc": Method("order", False, 0, 1),
    "orderDesc": Method("order", False, 0, 1),
    "orderRandom": Method("order", False, 0, 0),
    "count": Method("aggregate", False, 0, 1),
    "countDistinct": Method("aggregate", True, 0, 1),
    "sum": Method("aggregate", True, 0, 1),
    "avg": Method("aggregate", True, 0, 1),
    "min": Method("aggregate", True, 0, 1),
    "max": Method("aggregate", True, 0, 1),
    "groupBy": Method("group", False, 1, None),
    "limit": Method("page", False, *_ONE),
    "offset": Method("page", False, *_ONE),
    "cursorAfter": Method("cursor", False, *_ONE),
    "cursorBefore": Method("cursor", False, *_ONE),
}
SPATIAL = frozenset(name for name in METHODS if name.removeprefix("not").lower() in _SPATIAL or "distance" in name)
"""Methods that only spatial attributes know; `data/spatial` says what they mean."""


@dataclass(slots=True, frozen=True)
class Query:
    """One query; the values of `and`, `or` and `elemMatch` are queries."""

    method: str
    attribute: str
    values: tuple[Any, ...]


class Order(NamedTuple):
    """One order of a list: an attribute (`$sequence` where none was named), or at random."""

    attribute: str
    descending: bool
    random: bool = False


class Aggregate(NamedTuple):
    """One number over several documents, or over each group of them: what it is over, and what it is called."""

    method: str
    attribute: str
    name: str


@dataclass(slots=True)
class Plan:
    """A list of queries, sorted by what they do. Of several limits, offsets or cursors the first one counts."""

    filters: list[Query] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    selects: list[str] = field(default_factory=list)
    aggregates: list[Aggregate] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    limit: int | None = None
    offset: int | None = None
    cursor: str | None = None
    vector: Query | None = None
    backwards: bool = False


def read(texts: Sequence[str], kinds: Iterable[Kind] | None = None) -> Plan:
    """Read query texts. `kinds` limits what is allowed. Raises QueryError."""
    if len(texts) > MAX_QUERIES:
        raise QueryError(f"At most {MAX_QUERIES} queries are allowed.")
    plan = Plan()
    allowed = None if kinds is None else frozenset(kinds)
    for text in texts:
        query = parse(text)
        kind = METHODS[query.method].kind
        if allowed is not None and ("filter" if kind == "logical" else kind) not in allowed:
            raise QueryError(f"The query method {query.method} is not allowed here.")
        _enter(plan, kind, query)
    if len(plan.groups) > MAX_GROUPED_BY:
        raise QueryError(f"At most {MAX_GROUPED_BY} attributes can be grouped by.")
    if sum(map(_filters_in, plan.filters)) > MAX_FILTERS:
        raise QueryError(f"At most {MAX_FILTERS} filters are allowed in one request, nested ones included.")
    return plan


def _filters_in(query: Query) -> int:
    if query.method in ("and", "or", "elemMatch"):
        return 1 + sum(map(_filters_in, query.values))
    each = query.method in ("exists", "notExists") or (query.method == "containsAll" and "." in query.attribute)
    return len(query.values) if each else 1  # each value becomes a condition of its own


def parse(text: str) -> Query:
    """Read one query text. Raises QueryError."""
    return _known(text) if len(text) <= _KEPT_LENGTH else _parse(text)


def _parse(text: str) -> Query:
    try:
        raw = orjson.loads(text)
    except orjson.JSONDecodeError as cause:
        raise QueryError(f"The query {text[:64]!r} is not valid JSON: {cause}. {_EXAMPLE}") from cause
    return _from_json(raw, 1)


_known = lru_cache(1024)(_parse)  # apps send the same ones over and over


def _from_json(raw: Any, depth: int) -> Query:
    if not isinstance(raw, dict):
        raise QueryError(f"A query must be a JSON object. {_EXAMPLE}")
    name, attribute, values = raw.get("method", ""), raw.get("attribute", ""), raw.get("values", [])
    method = METHODS.get(name) if isinstance(name, str) else None
    if method is None:
        raise QueryError(f"The query method {str(name)[:64]!r} is unknown. Known are: {', '.join(METHODS)}.")
    if attribute is None:
        attribute = ""
    if not isinstance(attribute, str) or not isinstance(values, list) or "\x00" in attribute:
        raise QueryError(f"The query {name} needs a text as attribute and a list as values.")
    if attribute.count(".") > _MAX_STEPS:
        raise QueryError(f"The attribute of the query {name} is a path of more than {_MAX_STEPS} steps.")
    if method.attribute and not attribute:
        raise QueryError(f"The query {name} needs an attribute.")
    if len(values) < method.least or (method.most is not None and len(values) > method.most):
        raise QueryError(_count_message(name, method))
    if method.kind == "logical" or name == "elemMatch":
        if depth >= MAX_DEPTH:
            raise QueryError(f"Queries are nested deeper than {MAX_DEPTH} levels.")
        inner = tuple(_from_json(value, depth + 1) for value in values)
        if any(METHODS[query.method].kind not in ("filter", "logical") for query in inner):
            raise QueryError(f"The query {name} can only hold filters.")
        return Query(name, "" if method.kind == "logical" else attribute, inner)
    if any(isinstance(value, str) and "\x00" in value for value in values):
        raise QueryError(f"A value of the query {name} holds a NUL character.")
    return Query(name, attribute, tuple(values))


def _count_message(name: str, method: Method) -> str:
    if method.most == method.least:
        return f"The query {name} takes exactly {method.least} value{'' if method.least == 1 else 's'}."
    return f"The query {name} takes {method.least} to {method.most or 'any number of'} values."


def _enter(plan: Plan, kind: Kind, query: Query) -> None:
    if kind in ("filter", "logical"):
        plan.filters.append(query)
    elif kind == "order":
        plan.orders.append(_order(query))
    elif kind in ("select", "group"):
        if not all(isinstance(value, str) for value in query.values):
            raise QueryError(f"The query {query.method} takes names of attributes.")
        if any(value.count(".") > _MAX_STEPS for value in query.values):
            raise QueryError(f"The query {query.method} names a path of more than {_MAX_STEPS} steps.")
        if len(set(query.values)) < len(query.values):
            raise QueryError(f"The query {query.method} names an attribute twice.")
        (plan.selects if kind == "select" else plan.groups).extend(query.values)
    elif kind == "aggregate":
        plan.aggregates.append(_aggregate(query))
    elif kind == "vector":
        if plan.vector is not None:
            raise QueryError("A request takes at most one query of the kinds vectorDot, vectorCosine, vectorEuclidean.")
        plan.vector = query
    elif kind == "cursor":
        if not isinstance(query.values[0], str) or not query.values[0]:
            raise QueryError(f"The query {query.method} takes the ID of an item.")
        if plan.cursor is None:
            plan.cursor, plan.backwards = query.values[0], query.method == "cursorBefore"
    elif query.method == "limit":
        number = _number(query, 1)
        plan.limit = number if plan.limit is None else plan.limit
    else:
        number = _number(query, 0)
        plan.offset = number if plan.offset is None else plan.offset


def _order(query: Query) -> Order:
    """What is ordered by; without a name, in the order in which things were made. Older clients name it as a value."""
    names = [*filter(None, [query.attribute]), *query.values]
    if len(names) > 1 or not all(isinstance(name, str) for name in names):
        raise QueryError(f"The query {query.method} names one attribute.")
    return Order(names[0] if names else "$sequence", query.method == "orderDesc", query.method == "orderRandom")


def _aggregate(query: Query) -> Aggregate:
    """An aggregate; its name is the value, or is made of the method and the attribute."""
    attribute = query.attribute if query.attribute != "*" else ""
    given = query.values[0] if query.values else None
    name = f"{query.method}_{attribute}" if attribute else query.method
    if given not in (None, ""):
        if not isinstance(given, str) or not _NAME.match(given):
            raise QueryError(f"The name of the {query.method} must begin with a letter and hold letters, digits and _.")
        name = given
    return Aggregate(query.method, attribute, name)


def _number(query: Query, least: int) -> int:
    value = query.values[0]
    if type(value) is not int or not least <= value <= _MAX_NUMBER:
        raise QueryError(f"The query {query.method} takes an integer from {least}.")
    return value
