"""Random text, times and arrays: PostgreSQL makes of them what a model in Python makes, or refuses cleanly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.operators import BadOperator
from tests.examples import tries
from tests.unit.data.operators.tools import FLAG, NOW, NUMBERS, REFUSED, TEXT, TIME, WORDS, Database


# --- text, booleans, times ----------------------------------------------------------------------------------------
@tries(80)
@given(stored=st.none() | st.text("ab\U0001f600%'\\", max_size=8), added=st.text("ab\U0001f600{}", max_size=9))
def test_concat(database: Database, stored: str | None, added: str) -> None:
    wanted = (stored or "") + added
    assert database.column(TEXT, stored, "stringConcat", added) == (wanted if len(wanted) <= 8 else REFUSED)


@tries(120)
@given(
    stored=st.none() | st.text("ab\U0001f600", max_size=8),
    search=st.text("ab", max_size=2),
    put=st.text("abc", max_size=4),
)
def test_replace(database: Database, stored: str | None, search: str, put: str) -> None:
    wanted = stored.replace(search, put) if stored and search else stored
    wanted = wanted if wanted is None or len(wanted) <= 8 else REFUSED
    assert database.column(TEXT, stored, "stringReplace", search, put) == wanted


def test_text_that_would_be_huge_is_never_made(database: Database) -> None:
    long = Attribute("s", "string", "", size=1_000_000_000)
    assert database.column(long, "a" * 1_000_000, "stringReplace", "a", "b" * 1_000_000) == REFUSED


def test_toggle(database: Database) -> None:
    assert [database.column(FLAG, stored, "toggle") for stored in (True, False, None)] == [False, True, True]


FIRST, LAST = datetime(1, 1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


@tries(80)
@given(
    stored=st.sampled_from([None, FIRST, LAST, NOW, datetime(2024, 2, 29, 12, tzinfo=UTC)]),
    days=st.one_of(st.integers(-400, 400), st.sampled_from([3_652_058, -3_652_058, 3_000_000, -739_000])),
    method=st.sampled_from(["dateAddDays", "dateSubDays"]),
)
def test_days(database: Database, stored: datetime | None, days: int, method: str) -> None:
    wanted: Any = None
    if stored is not None:
        try:
            wanted = stored + timedelta(days if method == "dateAddDays" else -days)
        except OverflowError:
            wanted = REFUSED
    assert database.column(TIME, stored, method, days) == wanted


def test_now(database: Database) -> None:
    assert [database.column(TIME, stored, "dateSetNow") for stored in (None, FIRST)] == [NOW, NOW]


# --- arrays -------------------------------------------------------------------------------------------------------
Array = list[Any]
ARRAYS: dict[str, Callable[[Array, Array], Any]] = {
    "arrayAppend": lambda held, given: held + given,
    "arrayPrepend": lambda held, given: given + held,
    "arrayRemove": lambda held, given: [item for item in held if item != given[0]] if given else BadOperator,
    "arrayDiff": lambda held, given: [item for item in held if item not in given],
    "arrayIntersect": lambda held, given: [item for item in held if item in given] if given else BadOperator,
    "arrayUnique": lambda held, given: list(dict.fromkeys(held)),
}
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "equal": lambda x, y: x == y, "notEqual": lambda x, y: x != y, "greaterThan": lambda x, y: x > y,
    "greaterThanEqual": lambda x, y: x >= y, "lessThan": lambda x, y: x < y, "lessThanEqual": lambda x, y: x <= y,
    "isNull": lambda x, y: False, "isNotNull": lambda x, y: True,
}  # fmt: skip
ITEMS = {"words": st.text("ab", max_size=2), "numbers": st.integers(-3, 3)}


def lists_for(attribute: Attribute) -> st.SearchStrategy[tuple[Attribute, Array | None, Array]]:
    items = st.lists(ITEMS[attribute.key], max_size=6)
    return st.tuples(st.just(attribute), st.none() | items, items)


LISTS = st.sampled_from([WORDS, NUMBERS]).flatmap(lists_for)


@tries(150)
@given(lists=LISTS, method=st.sampled_from(list(ARRAYS)))
def test_arrays(database: Database, lists: tuple[Attribute, Array | None, Array], method: str) -> None:
    attribute, stored, given = lists
    given = given[:1] if method == "arrayRemove" else given
    wanted = ARRAYS[method](stored or [], given)
    if wanted is BadOperator:
        with pytest.raises(BadOperator):
            database.column(attribute, stored, method, *given)
        return
    assert database.column(attribute, stored, method, *given) == wanted
    if given:
        assert database.column(attribute, stored, method, given) == wanted, "as one list"
        assert database.document({"k": stored}, method, *given) == wanted


@tries(80)
@given(lists=LISTS, index=st.integers(0, 7))
def test_insert(database: Database, lists: tuple[Attribute, Array | None, Array], index: int) -> None:
    attribute, stored, given = lists
    assume(given)
    held = stored or []
    wanted = [*held[:index], given[0], *held[index:]] if index <= len(held) else REFUSED
    assert database.column(attribute, stored, "arrayInsert", index, given[0]) == wanted
    assert database.document({"k": stored}, "arrayInsert", index, given[0]) == wanted


@tries(100)
@given(lists=LISTS, condition=st.sampled_from(list(COMPARED)))
def test_filter(database: Database, lists: tuple[Attribute, Array | None, Array], condition: str) -> None:
    attribute, stored, given = lists
    assume(given)
    wanted = [item for item in stored or [] if COMPARED[condition](item, given[0])]
    assert database.column(attribute, stored, "arrayFilter", condition, given[0]) == wanted
    assert database.document({"k": stored}, "arrayFilter", condition, given[0]) == wanted


def test_arrays_of_times(database: Database) -> None:
    times = Attribute("times", "datetime", "datetime", array=True)
    other = NOW - timedelta(3)
    text = NOW.isoformat(timespec="milliseconds")
    assert database.column(times, [other], "arrayAppend", text) == [other, NOW]
    assert database.column(times, [other, NOW], "arrayRemove", text) == [other]
    assert database.column(times, [other, NOW], "arrayFilter", "lessThan", text) == [other]
