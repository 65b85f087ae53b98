"""Random rows, random queries, random callers: PostgreSQL and a model in plain Python find the same documents."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.data import pages, query
from appwrite_py.data.author import Reader
from appwrite_py.data.query import QueryError
from appwrite_py.data.schema import Collection
from tests.api.databases.tools import DOCUMENTS, make_notes, schema_of
from tests.client import Sandbox
from tests.examples import tries

Row = dict[str, Any]
TEXTS = st.text("aAbB%_\\'\" ", max_size=4)
TIMES = st.sampled_from([f"2026-01-0{n}T00:00:00.00{n}+00:00" for n in range(1, 5)])
ADDRESSES = ["a@example.com", "b@example.com", "ab@example.org"]
BIG = st.one_of(st.integers(-2, 2), st.sampled_from([-(2**63), 2**63 - 1, 2**53 + 1]))
NUMBERS = st.sampled_from([-1e300, -1.5, 0.0, 0.5, 1.0, 1e300])
WORDS = st.lists(st.sampled_from(["ada", "adam", "Bob", "x1"]), max_size=3).map(" ".join)
SOUGHT = st.one_of(WORDS, WORDS.map(lambda text: f'"{text}"'), st.sampled_from(["ad", "", "%", "!ada & (", '"', "b x"]))


class Kind(NamedTuple):
    """One attribute: how it is made, its values, and whether they are text, or have the same order in Python."""

    made: Row
    values: st.SearchStrategy[Any]
    textual: bool = False
    ordered: bool = False


def _text(type_: str, values: st.SearchStrategy[Any] = TEXTS, ordered: bool = False, **made: Any) -> Kind:
    return Kind({"type": type_} | made, values, True, ordered)


KINDS: dict[str, Kind] = {
    "text": _text("string", size=20),  # any characters: compared for equality, and in parts
    "word": _text("string", st.text("abc", max_size=3), True, size=20),  # in one order whatever the collation
    "name": _text("varchar", size=20),
    "long": _text("text"),
    "longer": _text("mediumtext"),
    "longest": _text("longtext"),
    "body": _text("string", WORDS, size=50),  # with a fulltext index
    "mail": _text("string", st.sampled_from(ADDRESSES), format="email"),
    "color": _text("string", st.sampled_from(["blue", "green", "red"]), True, format="enum",
                   elements=["red", "green", "blue"]),
    "address": _text("string", st.sampled_from(["10.0.0.1", "10.0.0.2", "::1"]), format="ip"),
    "link": _text("string", st.sampled_from(["https://a.example", "https://b.example/a"]), format="url"),
    "whole": Kind({"type": "integer"}, BIG, ordered=True),
    "big": Kind({"type": "bigint"}, BIG, ordered=True),
    "number": Kind({"type": "double"}, NUMBERS, ordered=True),
    "flag": Kind({"type": "boolean"}, st.booleans(), ordered=True),
    "at": Kind({"type": "datetime"}, TIMES, ordered=True),
}  # fmt: skip
LISTS: dict[str, Kind] = {
    f"{key}s": KINDS[key]._replace(made=KINDS[key].made | {"array": True}, ordered=False)
    for key in ("text", "name", "long", "mail", "color", "whole", "big", "number", "flag", "at")
}
SYSTEM: dict[str, Kind] = {
    "$id": Kind({}, st.sampled_from(["n0", "n1", "n2", "N3", "n"]), True, True),
    "$sequence": Kind({}, st.integers(-1, 10), ordered=True),  # counted from the first row; see `_shifted`
    "$createdAt": Kind({}, TIMES, ordered=True),
    "$updatedAt": Kind({}, TIMES, ordered=True),
}
ALL = KINDS | LISTS | SYSTEM
INDEXES: list[Row] = [
    {"key": "body", "type": "fulltext", "attributes": ["body"]},
    {"key": "word", "type": "key", "attributes": ["word"]},
    {"key": "flagged", "type": "key", "attributes": ["flag", "whole"], "orders": ["ASC", "DESC"]},
    {"key": "at", "type": "key", "attributes": ["at"], "orders": ["DESC"]},
    {"key": "created", "type": "key", "attributes": ["$createdAt"]},
]
ROLES = ["any", "users", "user:ada", "team:crew/owner"]
PERMISSIONS = st.lists(st.sampled_from([f'read("{role}")' for role in ROLES]), unique=True, max_size=2)
ROW = st.fixed_dictionaries(
    {"$createdAt": TIMES, "$updatedAt": TIMES, "$permissions": PERMISSIONS}
    | {name: st.one_of(*[kind.values] * 4, st.none()) for name, kind in KINDS.items()}
    | {name: st.one_of(*[st.lists(kind.values, max_size=4)] * 4, st.none()) for name, kind in LISTS.items()}
)
ROWS = st.lists(ROW, min_size=6, max_size=10)

# --- the model ------------------------------------------------------------------------------------------------------
Match = Callable[[Any, list[Any]], bool]
ORDERED: dict[str, Match] = {
    "lessThan": lambda x, v: x < v[0],
    "lessThanEqual": lambda x, v: x <= v[0],
    "greaterThan": lambda x, v: x > v[0],
    "greaterThanEqual": lambda x, v: x >= v[0],
    "between": lambda x, v: v[0] <= x <= v[1],
    "notBetween": lambda x, v: not v[0] <= x <= v[1],
}
EQUAL: dict[str, Match] = {"equal": lambda x, v: x in v, "notEqual": lambda x, v: x != v[0]}
PARTS: dict[str, Match] = {
    "startsWith": lambda x, v: x.lower().startswith(v[0].lower()),
    "notStartsWith": lambda x, v: not x.lower().startswith(v[0].lower()),
    "endsWith": lambda x, v: x.lower().endswith(v[0].lower()),
    "notEndsWith": lambda x, v: not x.lower().endswith(v[0].lower()),
    "contains": lambda x, v: any(part.lower() in x.lower() for part in v),
    "containsAny": lambda x, v: any(part.lower() in x.lower() for part in v),
    "containsAll": lambda x, v: all(part.lower() in x.lower() for part in v),
    "notContains": lambda x, v: not any(part.lower() in x.lower() for part in v),
}
OF_LISTS: dict[str, Match] = {
    "contains": lambda x, v: not set(x).isdisjoint(v),
    "containsAny": lambda x, v: not set(x).isdisjoint(v),
    "containsAll": lambda x, v: set(x) >= set(v),
    "notContains": lambda x, v: set(x).isdisjoint(v),
}
SEARCHES: dict[str, Match] = {
    "search": lambda x, v: _found(x, v[0]),
    "notSearch": lambda x, v: not _found(x, v[0]),
}
NULLS = ("isNull", "isNotNull")
LOGICAL = ("and", "or")
ELSEWHERE = {
    "exists", "notExists", "elemMatch",  # of documents without a schema: test_schemaless_model.py
    "vectorDot", "vectorCosine", "vectorEuclidean",
    "count", "countDistinct", "sum", "avg", "min", "max", "groupBy",  # test_relation_model.py
} | query.SPATIAL  # fmt: skip
"""Methods that other tests compare with a model; here they are refused."""
PAGING = {"select", "orderAsc", "orderDesc", "orderRandom", "limit", "offset", "cursorAfter", "cursorBefore"}


def _found(text: str, sought: str) -> bool:
    """Whether a text has one of the words, by their beginnings, or the words in quotes one after the other."""
    words = text.lower().split()
    if len(sought) > 1 and sought[0] == sought[-1] == '"':
        phrase = re.findall(r"\w+", sought.lower())
        starts = range(len(words) - len(phrase) + 1) if phrase else ()
        return any(words[n : n + len(phrase)] == phrase for n in starts)
    return any(word.startswith(part) for word in words for part in re.findall(r"\w+", sought.lower()))


def methods_of(name: str) -> dict[str, Match]:
    """The methods that an attribute knows, but those that ask for null."""
    if name in LISTS:
        return OF_LISTS
    kind = ALL[name]
    made = EQUAL | (PARTS if kind.textual else {}) | (ORDERED if kind.ordered else {})
    return made | (SEARCHES if name == "body" else {})


def matches(row: Row, one: Row) -> bool:
    """Whether a row passes a filter; a null passes none but `isNull`."""
    method, values = one["method"], one["values"]
    if method in LOGICAL:
        return (all if method == "and" else any)(matches(row, inner) for inner in values)
    held = row.get(one["attribute"])
    if method in NULLS:
        return (held is None) == (method == "isNull")
    return held is not None and methods_of(one["attribute"])[method](held, values)


def ordered(rows: list[Row], orders: list[tuple[str, bool]]) -> list[Row]:
    """Rows in this order: nulls first upwards, ties as they were made, or backwards behind a time that is downwards."""
    by_time = bool(orders) and orders[0][0] in ("$createdAt", "$updatedAt")
    made = rows[::-1] if by_time and orders[0][1] else list(rows)
    for name, descending in reversed(orders):
        made.sort(key=lambda row: (row.get(name) is not None, row.get(name)), reverse=descending)
    return made


def shown(row: Row, selects: list[str]) -> Row:
    """What a document shows of its attributes and times."""
    times = ("$createdAt", "$updatedAt")
    keys = [*KINDS, *LISTS, *times] if not selects or "*" in selects else [one for one in selects if one != "$id"]
    return {key: ([] if key in LISTS else None) if row.get(key) is None else row[key] for key in keys}


# --- random queries -------------------------------------------------------------------------------------------------
def filters_on(name: str) -> st.SearchStrategy[Row]:
    options = []
    for method in methods_of(name):
        least, most = count(method)
        values = SOUGHT if method in SEARCHES else TEXTS | ALL[name].values if method in PARTS and name not in LISTS \
            else ALL[name].values  # fmt: skip
        found = st.lists(values, min_size=least, max_size=most)
        options.append(st.builds(_filter, st.just(method), st.just(name), found))
    nulls = st.builds(_filter, st.sampled_from(NULLS), st.just(name), st.just([]))
    return st.one_of(*options, nulls)


def _filter(method: str, name: str, values: list[Any]) -> Row:
    return {"method": method, "attribute": name, "values": values}


def count(method: str) -> tuple[int, int]:
    if method in ("between", "notBetween"):
        return 2, 2
    return (1, 3) if method == "equal" or "ontains" in method else (1, 1)


FILTER = st.recursive(
    st.one_of(*map(filters_on, ALL)),
    lambda inner: st.builds(
        lambda method, values: {"method": method, "values": values},
        st.sampled_from(LOGICAL),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=5,
)
ORDERS = st.lists(st.tuples(st.sampled_from([name for name, kind in ALL.items() if kind.ordered]), st.booleans()),
                  max_size=3, unique_by=lambda order: order[0])  # fmt: skip
SELECTS = st.lists(st.sampled_from([*KINDS, *LISTS, "$id", "$createdAt", "$updatedAt", "*"]), unique=True, max_size=4)
SEARCH = st.fixed_dictionaries({
    "filters": st.one_of(st.just([]), st.lists(FILTER, max_size=2)), "orders": ORDERS, "selects": SELECTS,
    "limit": st.none() | st.integers(1, 6), "offset": st.none() | st.integers(0, 3),
    "cursor": st.none() | st.tuples(st.integers(0, 9), st.booleans()), "total": st.booleans(),
    "roles": st.none() | st.sets(st.sampled_from(ROLES)), "window": st.sampled_from([1, 2, 2048]),
})  # fmt: skip


# --- the comparison -------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def sandbox(console: Any) -> Sandbox:
    made = Sandbox.create(console)
    attributes = [{"key": key} | kind.made for key, kind in (KINDS | LISTS).items()]
    make_notes(made, attributes=attributes, indexes=INDEXES, documentSecurity=True)
    return made


@pytest.fixture(scope="module")
def collection(sandbox: Sandbox) -> Collection:
    assert sandbox.guest.http.portal is not None
    store = sandbox.guest.resources.store
    return sandbox.guest.http.portal.call(store.catalogue.collection, sandbox.id, 0, "main", "notes")


def find(sandbox: Sandbox, collection: Collection, asked: list[Row], reader: Reader, total: bool = True) -> Any:
    assert sandbox.guest.http.portal is not None
    plan = query.read([json.dumps(one) for one in asked])
    store = sandbox.guest.resources.store
    return sandbox.guest.http.portal.call(lambda: store.find(collection, plan, reader, total=total))


def store(sandbox: Sandbox, rows: list[Row]) -> list[Row]:
    """Put rows in place of those that are there, and tell their ids and numbers."""
    sandbox.guest.sql(f'TRUNCATE "{schema_of(sandbox)}"."notes"')
    rows = [{"$id": f"n{n}"} | row for n, row in enumerate(rows)]
    made = sandbox.key.post(DOCUMENTS, documents=rows).ok(201)["documents"]
    return [row | {"$sequence": int(one["$sequence"])} for row, one in zip(rows, made, strict=True)]


def expected(rows: list[Row], search: Row, visible: list[Row]) -> tuple[list[Row], int]:
    """The rows of the page, and the total."""
    found = [row for row in visible if all(matches(row, one) for one in search["filters"])]
    line = ordered(rows, search["orders"])
    if search["cursor"] is not None:
        number, backwards = search["cursor"]
        at = line.index(rows[number])
        line = line[:at][::-1] if backwards else line[at + 1 :]
    page = [row for row in line if row in found][search["offset"] or 0 :][: search["limit"] or 25]
    if search["cursor"] is not None and search["cursor"][1]:
        page.reverse()
    return page, len(found) if search["total"] else 0


def asked_for(search: Row, rows: list[Row]) -> list[Row]:
    """The queries of a search, with some that do not count, since others came before them."""
    made = [*search["filters"]]
    made += [{"method": "orderDesc" if down else "orderAsc", "attribute": name} for name, down in search["orders"]]
    made += [{"method": "select", "values": search["selects"]}] if search["selects"] else []
    for name in ("limit", "offset"):
        if search[name] is not None:
            made += [{"method": name, "values": [search[name]]}, {"method": name, "values": [1]}]
    if search["cursor"] is not None:
        number, backwards = search["cursor"]
        made.append({"method": "cursorBefore" if backwards else "cursorAfter", "values": [rows[number]["$id"]]})
        made.append({"method": "cursorAfter", "values": ["none"]})
    return made


def _shifted(one: Row, first: int) -> Row:
    """A filter whose sequence numbers are counted from the number of the first row."""
    if one["method"] in LOGICAL:
        return one | {"values": [_shifted(inner, first) for inner in one["values"]]}
    if one["attribute"] != "$sequence":
        return one
    return one | {"values": [first + value for value in one["values"]]}


def for_reader(search: Row, stored: list[Row], visible: list[Row]) -> Row:
    """The search from a document that its reader may see."""
    first = stored[0]["$sequence"]
    made = search | {"filters": [_shifted(one, first) for one in search["filters"]]}
    if search["cursor"] is None or not visible:
        return made | {"cursor": None}
    number, backwards = search["cursor"]
    return made | {"cursor": (stored.index(visible[number % len(visible)]), backwards)}


@tries(70)
@given(rows=ROWS, searches=st.lists(SEARCH, min_size=4, max_size=8))
def test_postgresql_finds_what_the_model_finds(
    sandbox: Sandbox, collection: Collection, rows: list[Row], searches: list[Row]
) -> None:
    stored = store(sandbox, rows)
    for search in searches:
        roles = search["roles"]
        reader = Reader(frozenset(roles or ()), trusted=roles is None)
        visible = [
            row for row in stored if roles is None or any(f'read("{role}")' in row["$permissions"] for role in roles)
        ]
        search = for_reader(search, stored, visible)
        pages.WINDOW_ROWS = search["window"]
        found, total = find(sandbox, collection, asked_for(search, stored), reader, search["total"])
        page, count = expected(stored, search, visible)
        assert ([one["$id"] for one in found], total) == ([row["$id"] for row in page], count), (search, roles)
        for one, row in zip(found, page, strict=True):
            held = {key: value for key, value in one.items() if not key.startswith("$") or key.endswith("At")}
            assert held == shown(row, search["selects"])


@tries(8)
@given(rows=ROWS, seed=st.integers(0, 2**32))
def test_each_method_of_each_attribute(sandbox: Sandbox, collection: Collection, rows: list[Row], seed: int) -> None:
    """With values that rows hold, or parts of them, so that some match and some do not."""
    stored, dice, trusted = store(sandbox, rows), random.Random(seed), Reader(frozenset(), trusted=True)
    for name in ALL:
        held = [row[name] for row in stored if row[name] is not None]
        for method in [*methods_of(name), *NULLS]:
            items = [item for one in held for item in (one if name in LISTS else [one])] or [None]
            values = [_part(dice, method, name, dice.choice(items)) for _ in range(dice.randint(*count(method)))]
            one = _filter(method, name, [] if method in NULLS else values)
            if None not in values or method in NULLS:
                found, _ = find(sandbox, collection, [one], trusted)
                assert [row["$id"] for row in found] == [row["$id"] for row in stored if matches(row, one)], one


def _part(dice: random.Random, method: str, name: str, value: Any) -> Any:
    """A value to look for, made of one that is there."""
    if value is None or (method in PARTS and name in LISTS):
        return value
    if method in PARTS:
        start, end = sorted(dice.choices(range(len(value) + 1), k=2))
        cut = {"s": value[:end], "e": value[start:]}.get(method.removeprefix("not").lower()[0], value[start:end])
        return dice.choice([cut, cut.swapcase()])
    if method in SEARCHES:
        words = " ".join(value.split()[: dice.randint(1, 2)])
        return dice.choice([words[:2], words, f'"{words}"', f"{words} none", f'"{words} none"'])
    return value


@pytest.fixture(autouse=True)
def _window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "WINDOW_ROWS", pages.WINDOW_ROWS)  # put back when the test has ended


def test_order_at_random(sandbox: Sandbox, collection: Collection) -> None:
    sandbox.guest.sql(f'TRUNCATE "{schema_of(sandbox)}"."notes"')
    stored = [{"$id": f"n{n}", "flag": n < 6, "$permissions": ['read("any")'] if n % 2 else []} for n in range(12)]
    sandbox.key.post(DOCUMENTS, documents=stored).ok(201)
    asked = [{"method": "orderRandom"}, _filter("equal", "flag", [True])]
    for reader, expected in (
        (Reader(frozenset(), trusted=True), {"n0", "n1", "n2", "n3", "n4", "n5"}),
        (Reader(frozenset({"any"}), trusted=False), {"n1", "n3", "n5"}),
    ):
        lists = [find(sandbox, collection, asked, reader) for _ in range(12)]
        assert {(frozenset(one["$id"] for one in found), total) for found, total in lists} == {
            (frozenset(expected), len(expected))
        }  # fmt: skip
        assert len({tuple(one["$id"] for one in found) for found, _ in lists}) > 1
        some, total = find(sandbox, collection, [*asked, {"method": "limit", "values": [2]}], reader)
        assert (len(some), {one["$id"] for one in some} <= expected, total) == (2, True, len(expected))


def test_every_method_is_compared() -> None:
    compared = {method for name in ALL for method in methods_of(name)} | {*NULLS, *LOGICAL} | PAGING
    assert compared | ELSEWHERE == set(query.METHODS)


@pytest.mark.parametrize("name", ALL)
def test_methods_that_an_attribute_does_not_know(sandbox: Sandbox, collection: Collection, name: str) -> None:
    text = {"contains", "containsAny", "containsAll", "notContains", *PARTS}
    known = set(OF_LISTS) if name in LISTS else {*EQUAL, *ORDERED} | (text if ALL[name].textual else set())
    known |= {*NULLS, *LOGICAL, *PAGING} | (set(SEARCHES) if name == "body" else set())
    example = {"whole": 1, "big": 1, "$sequence": 1, "number": 1.5, "flag": True}.get(name.removesuffix("s"), "a")
    trusted = Reader(frozenset(), trusted=True)
    for method in set(query.METHODS) - known - {"count", "countDistinct", "sum", "avg", "min", "max", "groupBy"}:
        least = query.METHODS[method].least
        values = [_filter("equal", "$id", ["a"])] if method == "elemMatch" else [example] * least
        with pytest.raises(QueryError):
            find(sandbox, collection, [_filter(method, name, values)], trusted)


@pytest.mark.parametrize("name", ALL)
def test_values_that_an_attribute_does_not_take(sandbox: Sandbox, collection: Collection, name: str) -> None:
    wrong: list[Any] = [None, {}, [], "1" if name.startswith("number") else 2**63]
    wrong += [1, True] if ALL[name].textual or name.removesuffix("s") in ("at", "$createdAt") else ["x"]
    trusted = Reader(frozenset(), trusted=True)
    for value in wrong:
        for method in methods_of(name):
            with pytest.raises(QueryError):
                find(sandbox, collection, [_filter(method, name, [value] * count(method)[0])], trusted)
