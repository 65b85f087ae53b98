"""Random rows, random queries, random callers: PostgreSQL and a model in plain Python find the same documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appwrite_py.data import query
from appwrite_py.data.schema import Collection
from appwrite_py.data.author import Reader
from tests.api.databases.tools import DOCUMENTS, make_notes, schema_of
from tests.client import Sandbox

ATTRIBUTES: list[dict[str, Any]] = [
    {"key": "text", "type": "string", "size": 20},  # any characters: compared for equality, and in parts
    {"key": "word", "type": "string", "size": 20},  # one case of a few letters: whatever the collation, in one order
    {"key": "whole", "type": "integer"},
    {"key": "number", "type": "double"},
    {"key": "flag", "type": "boolean"},
    {"key": "at", "type": "datetime"},
    {"key": "tags", "type": "string", "size": 20, "array": True},
    {"key": "counts", "type": "integer", "array": True},
]
ROLES = ["any", "users", "user:ada", "team:crew/owner"]
TEXTS = st.text("aAbB%_\\'\" ", max_size=4)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "word": st.text("abc", max_size=3),
    "whole": st.one_of(st.integers(-2, 2), st.sampled_from([-(2**63), 2**63 - 1])),
    "number": st.sampled_from([-1e300, -1.5, 0.0, 0.5, 1.0, 1e300]),
    "flag": st.booleans(),
    "at": st.sampled_from([f"2026-01-0{n}T00:00:00.00{n}+00:00" for n in range(1, 5)]),
}
ITEMS = {"tags": TEXTS, "counts": st.integers(-2, 2)}
ROW = st.fixed_dictionaries(
    {name: st.none() | values for name, values in VALUES.items()}
    | {name: st.none() | st.lists(items, max_size=3) for name, items in ITEMS.items()}
    | {"$permissions": st.lists(st.sampled_from([f'read("{role}")' for role in ROLES]), unique=True, max_size=2)}
)

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
LISTS: dict[str, Match] = {
    "contains": lambda x, v: not set(x).isdisjoint(v),
    "containsAny": lambda x, v: not set(x).isdisjoint(v),
    "containsAll": lambda x, v: set(x) >= set(v),
    "notContains": lambda x, v: set(x).isdisjoint(v),
}


def matches(row: dict[str, Any], one: dict[str, Any]) -> bool:
    """Whether a row passes a filter; a null passes none but `isNull`."""
    method, values = one["method"], one["values"]
    if method in ("and", "or"):
        return (all if method == "and" else any)(matches(row, inner) for inner in values)
    held = row[one["attribute"]]
    if method in ("isNull", "isNotNull"):
        return (held is None) == (method == "isNull")
    if held is None:
        return False
    return (LISTS if isinstance(held, list) else EQUAL | ORDERED | PARTS)[method](held, values)


def ordered(rows: list[dict[str, Any]], orders: list[tuple[str, bool]]) -> list[dict[str, Any]]:
    """Rows in this order: nulls first upwards, ties as they were made."""
    made = list(rows)
    for name, descending in reversed(orders):
        made.sort(key=lambda row: (row[name] is not None, row[name]), reverse=descending)
    return made


# --- random queries -------------------------------------------------------------------------------------------------
def filters_on(name: str) -> st.SearchStrategy[dict[str, Any]]:
    if name in ITEMS:
        methods, values = dict(LISTS), ITEMS[name]
    else:
        methods, values = dict(EQUAL), VALUES[name]
        methods |= PARTS if name in ("text", "word") else {}
        methods |= ORDERED if name != "text" else {}
    options = [
        st.lists(values, min_size=count(method)[0], max_size=count(method)[1]).map(
            lambda found, method=method: {"method": method, "attribute": name, "values": found}
        )
        for method in methods
    ]
    nulls = st.sampled_from(["isNull", "isNotNull"])
    return st.one_of(*options, nulls.map(lambda method: {"method": method, "attribute": name, "values": []}))


def count(method: str) -> tuple[int, int]:
    if method in ("between", "notBetween"):
        return 2, 2
    return (1, 3) if method == "equal" or "ontains" in method else (1, 1)


FILTER = st.recursive(
    st.sampled_from([*VALUES, *ITEMS]).flatmap(filters_on),
    lambda inner: st.builds(
        lambda method, values: {"method": method, "values": values},
        st.sampled_from(["and", "or"]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=5,
)
ORDERS = st.lists(st.tuples(st.sampled_from(["word", "whole", "number", "flag", "at"]), st.booleans()), max_size=3,
                  unique_by=lambda order: order[0])  # fmt: skip
SEARCH = st.fixed_dictionaries({
    "filters": st.lists(FILTER, max_size=2), "orders": ORDERS, "limit": st.integers(1, 6), "offset": st.integers(0, 3),
    "cursor": st.none() | st.tuples(st.integers(0, 9), st.booleans()),
    "roles": st.none() | st.sets(st.sampled_from(ROLES)),
})  # fmt: skip


@pytest.fixture(scope="module")
def sandbox(console: Any) -> Sandbox:
    made = Sandbox.create(console)
    make_notes(made, attributes=ATTRIBUTES, documentSecurity=True)
    return made


@pytest.fixture(scope="module")
def collection(sandbox: Sandbox) -> Collection:
    assert sandbox.guest.http.portal is not None
    store = sandbox.guest.resources.store
    return sandbox.guest.http.portal.call(store.catalogue.collection, sandbox.id, 0, "main", "notes")


def expected(
    rows: list[dict[str, Any]], search: dict[str, Any], visible: list[dict[str, Any]]
) -> tuple[list[str], int]:
    """The ids of the page, and the total."""
    found = [row for row in visible if all(matches(row, one) for one in search["filters"])]
    line = ordered(rows, search["orders"])
    if search["cursor"] is not None:
        number, backwards = search["cursor"]
        at = line.index(rows[number])
        line = line[:at][::-1] if backwards else line[at + 1 :]
    page = [row for row in line if row in found][search["offset"] :][: search["limit"]]
    if search["cursor"] is not None and search["cursor"][1]:
        page.reverse()
    return [row["$id"] for row in page], len(found)


@settings(
    max_examples=120, derandomize=True, deadline=timedelta(seconds=5),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(rows=st.lists(ROW, min_size=1, max_size=10), searches=st.lists(SEARCH, min_size=4, max_size=8))
def test_postgresql_finds_what_the_model_finds(
    sandbox: Sandbox, collection: Collection, rows: list[dict[str, Any]], searches: list[dict[str, Any]]
) -> None:
    portal, store = sandbox.guest.http.portal, sandbox.guest.resources.store
    assert portal is not None
    sandbox.guest.sql(f'TRUNCATE "{schema_of(sandbox)}"."notes"')
    stored = [{"$id": f"n{n}"} | row for n, row in enumerate(rows)]
    sandbox.key.post(DOCUMENTS, documents=stored).ok(201)
    for search in searches:
        roles = search["roles"]
        reader = Reader(frozenset(roles or ()), trusted=roles is None)
        visible = [
            row for row in stored if roles is None or any(f'read("{role}")' in row["$permissions"] for role in roles)
        ]
        if search["cursor"] is not None:
            number, backwards = search["cursor"]
            if not visible:
                search = search | {"cursor": None}
            else:
                search = search | {"cursor": (stored.index(visible[number % len(visible)]), backwards)}
        texts = [json.dumps(one) for one in search["filters"]]
        texts += [
            json.dumps({"method": "orderDesc" if descending else "orderAsc", "attribute": name})
            for name, descending in search["orders"]
        ]
        texts += [json.dumps({"method": name, "values": [search[name]]}) for name in ("limit", "offset")]
        if search["cursor"] is not None:
            method = "cursorBefore" if search["cursor"][1] else "cursorAfter"
            texts.append(json.dumps({"method": method, "values": [stored[search["cursor"][0]]["$id"]]}))
        found, total = portal.call(store.find, collection, query.read(texts), reader)
        assert ([one["$id"] for one in found], total) == expected(stored, search, visible), (texts, roles)
