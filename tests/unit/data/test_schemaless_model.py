"""Random documents without a schema, random queries: PostgreSQL and a model in plain Python find the same ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.data import query
from appwrite_py.data.author import Reader
from appwrite_py.data.schema import Collection
from tests.api.databases.tools import schema_of
from tests.api.documentsdb.tools import DOCUMENTS, NOTES, make_notes
from tests.client import Sandbox
from tests.examples import tries

WORDS = st.text("abc", max_size=2)
NUMBERS = st.sampled_from([-1, 0, 1, 2, 0.5, 1.5, 1e300, 2**62])
SCALARS = st.one_of(WORDS, NUMBERS, st.booleans())
PLAIN = st.none() | SCALARS
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xy"), inner, max_size=2),
    max_leaves=5,
)
ABSENT = object()
OBJECTS = st.dictionaries(st.sampled_from("xy"), PLAIN | st.dictionaries(st.sampled_from("xy"), PLAIN), max_size=2)
ITEMS = st.lists(SCALARS | OBJECTS, max_size=3)
DOCUMENT = st.fixed_dictionaries({
    "a": st.just(ABSENT) | VALUES | OBJECTS, "b": st.just(ABSENT) | VALUES | ITEMS,
    "s": st.just(ABSENT) | PLAIN | st.just([]),
}).map(lambda found: {key: value for key, value in found.items() if value is not ABSENT})  # fmt: skip
PATHS = st.sampled_from(["a", "b", "s", "a.x", "b.y", "a.x.y", "none", "none.x"])
MISSING = object()
READER = Reader(frozenset(), trusted=True)


# --- the model ------------------------------------------------------------------------------------------------------
def at(document: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(document, dict) or step not in document:
            return MISSING
        document = document[step]
    return document


def kind(value: Any) -> str:
    names = {str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"}
    return names.get(type(value), "null")


def holds(whole: Any, part: Any) -> bool:
    """Containment as JSON in PostgreSQL has it."""
    if kind(whole) != kind(part):
        return False
    if isinstance(part, dict):
        return all(key in whole and holds(whole[key], value) for key, value in part.items())
    if isinstance(part, list):
        return all(any(holds(mine, yours) for mine in whole) for yours in part)
    return bool(whole == part)


def same(one: Any, other: Any) -> bool:
    if kind(one) != kind(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def equal(value: Any, wanted: Any) -> bool:
    if wanted is None:
        return value is MISSING or value is None
    return holds(value, wanted) if isinstance(wanted, dict) else same(value, wanted)


def less(one: Any, other: Any) -> bool:
    return kind(one) == kind(other) and kind(one) in ("string", "number", "boolean") and one < other


def part(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return holds(value, [wanted])
    if isinstance(value, str) and isinstance(wanted, str):
        return wanted.lower() in value.lower()
    return isinstance(value, dict) and isinstance(wanted, dict) and holds(value, wanted)


def positive(method: str, value: Any, v: list[Any]) -> bool:
    text = value.lower() if isinstance(value, str) else None
    return {
        "equal": lambda: any(equal(value, one) for one in v),
        "lessThan": lambda: less(value, v[0]),
        "greaterThan": lambda: less(v[0], value),
        "lessThanEqual": lambda: less(value, v[0]) or same(value, v[0]),
        "greaterThanEqual": lambda: less(v[0], value) or same(value, v[0]),
        "between": lambda: kind(v[0]) == kind(v[1]) == kind(value) and not less(value, v[0]) and not less(v[1], value),
        "startsWith": lambda: text is not None and text.startswith(v[0].lower()),
        "endsWith": lambda: text is not None and text.endswith(v[0].lower()),
        "contains": lambda: any(part(value, one) for one in v),
        "containsAny": lambda: any(part(value, one) for one in v),
        "containsAll": lambda: all(part(value, one) for one in v),
        "isNull": lambda: value is MISSING or value is None,
        "isNotNull": lambda: value is not MISSING and value is not None,
        "elemMatch": lambda: isinstance(value, list) and any(all(matches(item, one) for one in v) for item in value),
    }[method]()


def matches(document: Any, one: dict[str, Any]) -> bool:
    method, values = one["method"], one["values"]
    if method in ("and", "or"):
        return (all if method == "and" else any)(matches(document, inner) for inner in values)
    if method in ("exists", "notExists"):
        return any((at(document, name) is not MISSING) == (method == "exists") for name in values)
    value = at(document, one["attribute"])
    if method.startswith("not"):
        return not positive(method[3].lower() + method[4:], value, values)
    return positive(method, value, values)


def rank(value: Any) -> tuple[Any, ...]:
    """The order of values of several types, as far as `s` has them."""
    if value is MISSING or value is None:
        return (0,)
    return (["array", "string", "number", "boolean"].index(kind(value)) + 1, 0 if value == [] else value)


# --- random queries -------------------------------------------------------------------------------------------------
LEAVES: dict[str, tuple[st.SearchStrategy[Any], int, int]] = {
    "equal": (VALUES, 1, 3), "notEqual": (VALUES, 1, 1),
    **dict.fromkeys(("lessThan", "lessThanEqual", "greaterThan", "greaterThanEqual"), (SCALARS, 1, 1)),
    **dict.fromkeys(("between", "notBetween"), (SCALARS, 2, 2)),
    **dict.fromkeys(("startsWith", "notStartsWith", "endsWith", "notEndsWith"), (WORDS, 1, 1)),
    **dict.fromkeys(("contains", "containsAny", "containsAll", "notContains"), (VALUES, 1, 3)),
    **dict.fromkeys(("isNull", "isNotNull"), (st.nothing(), 0, 0)),
}  # fmt: skip


def leaf(method: str) -> st.SearchStrategy[dict[str, Any]]:
    values, least, most = LEAVES[method]
    found = st.lists(values, min_size=least, max_size=most) if most else st.just([])
    return st.builds(lambda path, given: {"method": method, "attribute": path, "values": given}, PATHS, found)


THERE = st.builds(
    lambda method, names: {"method": method, "values": names},
    st.sampled_from(["exists", "notExists"]),
    st.lists(PATHS, min_size=1, max_size=2),
)
LEAF = st.sampled_from([*LEAVES]).flatmap(leaf) | THERE


def joined(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda method, values: {"method": method, "values": values},
        st.sampled_from(["and", "or"]),
        st.lists(inner, min_size=2, max_size=3),
    )


# Elements of lists have the attributes x and y: filters on those are what can match inside of elemMatch.
INNER = LEAF.map(lambda one: one | ({"attribute": "x"} if "attribute" in one else {"values": ["x"]}))
ELEMENT = st.builds(
    lambda path, values: {"method": "elemMatch", "attribute": path, "values": values},
    st.sampled_from(["a", "b", "b", "b"]),
    st.lists(INNER | joined(INNER), min_size=1, max_size=2),
)
FILTER = st.sampled_from([LEAF, LEAF, LEAF, joined(LEAF | ELEMENT), ELEMENT]).flatmap(lambda chosen: chosen)
SEARCH = st.fixed_dictionaries({
    "filters": st.lists(FILTER, min_size=1, max_size=2), "descending": st.none() | st.booleans(),
    "cursor": st.none() | st.tuples(st.integers(0, 9), st.booleans()),
})  # fmt: skip


@pytest.fixture(scope="module")
def sandbox(console: Any) -> Sandbox:
    made = Sandbox.create(console)
    make_notes(made)
    # Indexes change what PostgreSQL does, and must not change what it finds.
    for key, names in {"by_a": ["a"], "by_s": ["s"], "by_deep": ["a.x", "s"]}.items():
        made.key.post(f"{NOTES}/indexes", key=key, type="key", attributes=names).ok(202)
    return made


@pytest.fixture(scope="module")
def collection(sandbox: Sandbox) -> Collection:
    assert sandbox.guest.http.portal is not None
    store = sandbox.guest.resources.store
    return sandbox.guest.http.portal.call(store.catalogue.collection, sandbox.id, 0, "main", "notes")


@tries(80)
@given(documents=st.lists(DOCUMENT, min_size=4, max_size=10), searches=st.lists(SEARCH, min_size=10, max_size=20))
def test_postgresql_finds_what_the_model_finds(
    sandbox: Sandbox, collection: Collection, documents: list[dict[str, Any]], searches: list[dict[str, Any]]
) -> None:
    portal, store = sandbox.guest.http.portal, sandbox.guest.resources.store
    assert portal is not None
    sandbox.guest.sql(f'TRUNCATE "{schema_of(sandbox)}"."notes"')
    stored = {f"n{n}": document for n, document in enumerate(documents)}
    sandbox.key.post(DOCUMENTS, documents=[{"$id": id_} | one for id_, one in stored.items()]).ok(201)
    for search in searches:
        texts = [json.dumps(one) for one in search["filters"]]
        line = list(stored)
        if search["descending"] is not None:
            line.sort(key=lambda id_: rank(at(stored[id_], "s")), reverse=search["descending"])
            method = "orderDesc" if search["descending"] else "orderAsc"
            texts.append(json.dumps({"method": method, "attribute": "s"}))
        matching = [id_ for id_ in line if all(matches(stored[id_], one) for one in search["filters"])]
        wanted = matching
        if search["cursor"] is not None:
            number, backwards = search["cursor"]
            behind = line[number % len(line)]
            texts.append(json.dumps({"method": "cursorBefore" if backwards else "cursorAfter", "values": [behind]}))
            place = line.index(behind)
            wanted = [id_ for id_ in (line[:place] if backwards else line[place + 1 :]) if id_ in matching]
        found, total = portal.call(store.find, collection, query.read(texts), READER)
        assert ([one["$id"] for one in found], total) == (wanted, len(matching)), texts


def test_an_index_is_used(sandbox: Sandbox, collection: Collection) -> None:
    """The expressions of filters and orders are those of the indexes."""
    table = f'"{schema_of(sandbox)}"."notes"'
    sandbox.guest.sql(f"TRUNCATE {table}")
    sandbox.guest.sql(
        f"INSERT INTO {table} (_id, _created_at, _updated_at, _data) SELECT n, now(), now(), "
        "jsonb_build_object('a', n, 's', n % 7) FROM generate_series(1, 20000) n"
    )
    sandbox.guest.sql(f"ANALYZE {table}")
    for text, index in (
        ({"method": "equal", "attribute": "a", "values": [77]}, "by_a"),
        ({"method": "equal", "attribute": "a", "values": [77, 78]}, "by_a"),
        ({"method": "greaterThan", "attribute": "a", "values": [19990]}, "by_a"),
        ({"method": "between", "attribute": "a", "values": [5, 7]}, "by_a"),
        ({"method": "orderDesc", "attribute": "a"}, "by_a"),
    ):
        assert index in plan_of(sandbox, collection, json.dumps(text)), text


def plan_of(sandbox: Sandbox, collection: Collection, text: str) -> str:
    """How PostgreSQL would run a list of ten."""
    from appwrite_py.data import reads

    sent: list[Any] = []

    class Explaining:
        async def fetch(self, statement: Any, *args: Any) -> list[Any]:
            rows = await sandbox.guest.resources.pool.fetch(f"EXPLAIN {statement}", *args)
            sent.extend(row[0] for row in rows)
            return []

    assert sandbox.guest.http.portal is not None
    plan = query.read([text, json.dumps({"method": "limit", "values": [10]})])
    sandbox.guest.http.portal.call(lambda: reads.find(Explaining(), collection, plan, READER, total=False))
    return "\n".join(sent)
