"""Random values, random operators: PostgreSQL makes of them what a model in plain Python makes, or refuses cleanly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from appwrite_py.data import operators
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.kinds.numbers import FLOAT_MAX, INT_MAX, INT_MIN
from appwrite_py.data.operators import BadOperator, Operator, parse
from appwrite_py.data.pg import Pool

NOW = datetime(2026, 3, 4, 5, 6, 7, 89_000, tzinfo=UTC)
REFUSED = "refused"
INTEGER = Attribute("n", "integer", "intRange")
SMALL = Attribute("n", "integer", "intRange", options={"min": -100, "max": 100})
DOUBLE = Attribute("n", "double", "floatRange")
TEXT = Attribute("s", "string", "", size=8)
FLAG = Attribute("b", "boolean", "")
TIME = Attribute("at", "datetime", "datetime")
WORDS = Attribute("words", "string", "", size=5, array=True)
NUMBERS = Attribute("numbers", "integer", "intRange", options={"min": -9, "max": 9}, array=True)


class Database:
    """Applies operators to stored values."""

    def __init__(self, dsn: str, planned_once: bool) -> None:
        self._runner = asyncio.Runner()
        self._pool = Pool(dsn, 1, planned_once=planned_once)

    def fetch(self, sql: str, *args: Any) -> list[Any]:
        return self._runner.run(self._pool.fetch(sql, *args))

    def close(self) -> None:
        self._runner.run(self._pool.close())
        self._runner.close()

    def apply(self, attribute: Attribute, stored: Any, make: Callable[[str, Any], str]) -> Any:
        """The column after an update with the SQL that `make` returns."""
        kind, args = attribute.kind.column(attribute), list[Any]()
        table = f'"operated {kind}"'
        self.fetch(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} (key {kind})")
        self.fetch(f"WITH d AS (DELETE FROM {table}) INSERT INTO {table} VALUES ($1::{kind})", stored)
        new = make('"::t".key', arguments(args))
        return self._outcome(f'UPDATE {table} AS "::t" SET key = {new} RETURNING key', args)

    def column(self, attribute: Attribute, stored: Any, method: str, *values: Any) -> Any:
        operator = Operator(method, values)
        return self.apply(attribute, stored, lambda column, argument: operators.expression(
            attribute, column, operator, argument, NOW))  # fmt: skip

    def document(self, document: dict[str, Any], method: str, *values: Any) -> Any:
        """What becomes of the key `k` of a document of JSON."""
        args: list[Any] = [document]
        new = operators.expression_json("k", "$1::jsonb -> 'k'", Operator(method, values), arguments(args), NOW)
        return self._outcome(f"SELECT {new}", args)

    def _outcome(self, sql: str, args: list[Any]) -> Any:
        try:
            return self.fetch(sql, *args)[0][0]
        except asyncpg.PostgresError as error:
            refusal = operators.refusal(error)
            if refusal is None:
                raise
            assert refusal.says
            return "another type" if refusal.wrong_type else REFUSED


def arguments(args: list[Any]) -> Any:
    def argument(value: Any, sql_type: str) -> str:
        args.append(value)
        return f"${len(args)}::{sql_type}"

    return argument


@pytest.fixture(scope="module", params=[False, True], ids=["custom plans", "generic plans"])
def database(request: pytest.FixtureRequest, dsn: str) -> Iterator[Database]:
    made = Database(dsn, request.param)
    yield made
    made.close()


def examples(count: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=count, derandomize=True, deadline=timedelta(seconds=5),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
    )  # fmt: skip


# --- numbers ------------------------------------------------------------------------------------------------------
EXACT = Context(prec=2000, Emax=10**9, Emin=-(10**9), traps=[])
CLOSE = Context(prec=80, Emax=10**9, Emin=-(10**9), traps=[])
FORMULAS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "increment": EXACT.add,
    "decrement": EXACT.subtract,
    "multiply": EXACT.multiply,
    "divide": CLOSE.divide,
    "modulo": lambda x, y: exact_remainder(x, y),
    "power": lambda x, y: Decimal(1) if y == 0 else Decimal("NaN") if x == 0 and y < 0 else CLOSE.power(x, y),
}
UPWARDS = ("increment", "multiply", "power")


def exact_remainder(x: Decimal, y: Decimal) -> Decimal:
    left, right = Fraction(x), Fraction(y)
    rest = abs(left) % abs(right)
    return CLOSE.divide(Decimal(rest.numerator), Decimal(rest.denominator)).copy_sign(x)


def expected_number(attribute: Attribute, stored: Any, method: str, operand: Any, bound: Any) -> Any:
    old = Decimal(repr(stored or 0))
    new = FORMULAS[method](old, Decimal(repr(operand)))
    if not new.is_nan() and new.copy_abs() > Decimal("1e400"):
        new = Decimal("Infinity").copy_sign(new)
    kept = False
    if bound is not None:
        limit = Decimal(repr(bound))
        assume(method in ("increment", "decrement") or not close(new, limit))
        kept = new.is_nan() or new > limit if method in UPWARDS else new < limit
        new = old if kept else new
    if not new.is_finite():
        return REFUSED
    if attribute.type == "double":
        assume(kept or not close(new.copy_abs(), Decimal(repr(FLOAT_MAX))))
        return REFUSED if new.copy_abs() > Decimal(repr(FLOAT_MAX)) else float(new)
    low, high = attribute.options.get("min", INT_MIN), attribute.options.get("max", INT_MAX)
    if new.copy_abs() > 10**25:
        return REFUSED
    half = new.copy_abs() % 1 - Decimal("0.5")
    assume(not half or half.copy_abs() > Decimal("1e-15"))
    whole = int(new.copy_abs() + Decimal("0.5")) * (-1 if new < 0 else 1)
    return whole if low <= whole <= high else REFUSED


def close(number: Decimal, other: Decimal) -> bool:
    """Whether rounding may decide which one is larger."""
    return number.is_finite() and (number - other).copy_abs() <= other.copy_abs() * Decimal("1e-12")


def same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, float) and isinstance(found, float):
        return abs(found - wanted) <= max(1e-14 * abs(wanted), 5e-324)
    return type(found) is type(wanted) and bool(found == wanted)


INTEGERS = st.one_of(
    st.none(), st.integers(-20, 20), st.sampled_from([INT_MIN, INT_MAX, INT_MAX - 1, 2**53 + 1, 10**9])
)
FLOATS = st.one_of(
    st.none(),
    st.floats(-100, 100),
    st.sampled_from([0.1, 0.2, 1e308, -1e308, FLOAT_MAX, 5e-324, 1e-300, 2.5, 2**53 + 2.0]),
)
OPERANDS = st.one_of(st.integers(-5, 5), st.sampled_from([2**40, INT_MAX, INT_MIN, 10**6, 1e300, -1e300, 2.0]))
FRACTIONS = st.one_of(st.sampled_from([0.5, -0.5, 1.5, 0.1, 1e-300, 1e300, -3.75, 5e-324]), st.floats(-10, 10))


@examples(250)
@given(
    attribute=st.sampled_from([INTEGER, SMALL]), stored=INTEGERS, method=st.sampled_from(list(FORMULAS)),
    operand=OPERANDS, bound=st.one_of(st.none(), OPERANDS, st.sampled_from([100, 10.5])),
)  # fmt: skip
def test_arithmetic_on_integers(
    database: Database, attribute: Attribute, stored: Any, method: str, operand: Any, bound: Any
) -> None:
    assume(operand or method not in ("divide", "modulo"))
    bound = None if method == "modulo" else bound
    values = (operand,) if bound is None else (operand, bound)
    wanted = expected_number(attribute, stored, method, operand, bound)
    assert same(database.column(attribute, stored, method, *values), wanted), wanted


@examples(250)
@given(stored=FLOATS, method=st.sampled_from(list(FORMULAS)), operand=FRACTIONS | OPERANDS, bound=st.none() | FRACTIONS)
@example(stored=0.1, method="increment", operand=0.2, bound=None)
@example(stored=FLOAT_MAX, method="increment", operand=FLOAT_MAX, bound=None)
@example(stored=-2.0, method="power", operand=0.5, bound=None)
@example(stored=-2.0, method="power", operand=0.5, bound=9)
@example(stored=0.0, method="power", operand=-1, bound=None)
@example(stored=1.0000000000000002, method="power", operand=1e300, bound=None)
@example(stored=1.0, method="power", operand=1e300, bound=None)
@example(stored=-1e300, method="power", operand=3, bound=5)
@example(stored=1e-300, method="multiply", operand=1e-300, bound=None)
def test_arithmetic_on_fractions(database: Database, stored: Any, method: str, operand: Any, bound: Any) -> None:
    assume(operand or method not in ("divide", "modulo"))
    bound = None if method == "modulo" else bound
    values = (operand,) if bound is None else (operand, bound)
    wanted = expected_number(DOUBLE, stored, method, operand, bound)
    found = database.column(DOUBLE, stored, method, *values)
    assert same(found, wanted), (found, wanted)


@examples(60)
@given(stored=INTEGERS, operand=FRACTIONS)
def test_integers_times_fractions_are_rounded(database: Database, stored: Any, operand: float) -> None:
    wanted = expected_number(INTEGER, stored, "multiply", operand, None)
    assert same(database.column(INTEGER, stored, "multiply", operand), wanted), wanted


def test_numbers_may_be_text(database: Database) -> None:
    assert database.column(INTEGER, 5, "increment", "9007199254740993") == 9007199254740998
    assert database.column(INTEGER, -1, "increment", "9223372036854775807") == INT_MAX - 1
    assert database.column(DOUBLE, 5.0, "multiply", "1e-1") == 0.5


# --- text, booleans, times ------------------------------------------------------------------------------------------
@examples(80)
@given(stored=st.none() | st.text("ab\U0001f600%'\\", max_size=8), added=st.text("ab\U0001f600{}", max_size=9))
def test_concat(database: Database, stored: str | None, added: str) -> None:
    wanted = (stored or "") + added
    assert database.column(TEXT, stored, "stringConcat", added) == (wanted if len(wanted) <= 8 else REFUSED)


@examples(120)
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


@examples(80)
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


@examples(150)
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


@examples(80)
@given(lists=LISTS, index=st.integers(0, 7))
def test_insert(database: Database, lists: tuple[Attribute, Array | None, Array], index: int) -> None:
    attribute, stored, given = lists
    assume(given)
    held = stored or []
    wanted = [*held[:index], given[0], *held[index:]] if index <= len(held) else REFUSED
    assert database.column(attribute, stored, "arrayInsert", index, given[0]) == wanted
    assert database.document({"k": stored}, "arrayInsert", index, given[0]) == wanted


@examples(100)
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


# --- what does not go -----------------------------------------------------------------------------------------------
def attribute_of(type_: str, format_: str = "", **more: Any) -> Attribute:
    return Attribute("key", type_, format_, **more)


BAD: list[tuple[Attribute, str, tuple[Any, ...], str]] = [
    (INTEGER, "increment", (), "takes a number"),
    (INTEGER, "increment", (True,), "finite numbers"),
    (INTEGER, "increment", (None,), "finite numbers"),
    (INTEGER, "increment", ("one",), "finite numbers"),
    (INTEGER, "increment", (float("nan"),), "finite numbers"),
    (INTEGER, "increment", ("1e999",), "finite numbers"),
    (INTEGER, "increment", (1, "x"), "finite numbers"),
    (INTEGER, "increment", (1.5,), "whole numbers"),
    (INTEGER, "increment", (1, 2, 3), "takes a number"),
    (INTEGER, "divide", (0,), "zero"),
    (DOUBLE, "modulo", (0.0,), "zero"),
    (DOUBLE, "modulo", (1, 2), "takes a number"),
    (TEXT, "increment", (1,), "type string"),
    (attribute_of("bigint", "bigintRange"), "increment", (1,), "type bigint"),
    (NUMBERS, "increment", (1,), "an array of"),
    (INTEGER, "arrayAppend", (1,), "of the type integer"),
    (attribute_of("relationship", array=True), "arrayAppend", ("a",), "relationship"),
    (NUMBERS, "arrayAppend", (1, "a"), "from -9 to 9"),
    (NUMBERS, "arrayAppend", (10,), "from -9 to 9"),
    (NUMBERS, "arrayAppend", (None,), "from -9 to 9"),
    (WORDS, "arrayAppend", ("123456",), "at most 5"),
    (WORDS, "arrayRemove", ("\x00",), "null characters"),
    (NUMBERS, "arrayAppend", tuple([1] * 10_001), "at most 10000"),
    (NUMBERS, "arrayInsert", (-1, 1), "index"),
    (NUMBERS, "arrayInsert", (True, 1), "index"),
    (NUMBERS, "arrayInsert", (1,), "index"),
    (NUMBERS, "arrayInsert", (2**31, 1), "index"),
    (NUMBERS, "arrayRemove", (), "at least one"),
    (NUMBERS, "arrayIntersect", (), "at least one"),
    (NUMBERS, "arrayFilter", (), "conditions"),
    (NUMBERS, "arrayFilter", ("contains", 1), "conditions"),
    (NUMBERS, "arrayFilter", ([],), "conditions"),
    (NUMBERS, "arrayFilter", ("equal",), "a value to compare"),
    (NUMBERS, "arrayFilter", ("greaterThan", "x"), "64 bits"),
    (TEXT, "stringConcat", (), "one text"),
    (TEXT, "stringConcat", (1,), "takes text"),
    (TEXT, "stringConcat", ("\x00",), "null characters"),
    (TEXT, "stringReplace", ("a",), "to look for"),
    (WORDS, "stringConcat", ("a",), "an array of"),
    (attribute_of("string", "email"), "stringConcat", ("a",), "type email"),
    (attribute_of("string", size=200, encrypt=True), "stringConcat", ("a",), "encrypted"),
    (INTEGER, "toggle", (), "type integer"),
    (TIME, "dateAddDays", (), "days"),
    (TIME, "dateAddDays", (1.0,), "days"),
    (TIME, "dateSubDays", (3_652_059,), "days"),
    (TEXT, "dateSetNow", (), "type string"),
]


@pytest.mark.parametrize(("attribute", "method", "values", "says"), BAD)
def test_operators_that_do_not_fit(attribute: Attribute, method: str, values: tuple[Any, ...], says: str) -> None:
    with pytest.raises(BadOperator, match=says):
        operators.expression(attribute, '"k"', Operator(method, values), arguments([]), NOW)


def test_one_refusal_leaves_all_rows_as_they_were(database: Database) -> None:
    database.fetch("DROP TABLE IF EXISTS operated")
    database.fetch("CREATE TEMPORARY TABLE operated (n bigint)")
    database.fetch("INSERT INTO operated VALUES (1), (100), (2)")
    args: list[Any] = []
    new = operators.expression(SMALL, '"::t".n', Operator("increment", (1,)), arguments(args), NOW)
    with pytest.raises(asyncpg.PostgresError) as caught:
        database.fetch(f'UPDATE operated AS "::t" SET n = {new}', *args)
    assert operators.refusal(caught.value) == (
        False, 'The operator increment would make "n" a number that is not from -100 to 100'
    )  # fmt: skip
    assert sorted(row[0] for row in database.fetch("SELECT n FROM operated")) == [1, 2, 100]
    database.fetch("DELETE FROM operated WHERE n = 100")
    rows = database.fetch(f'UPDATE operated AS "::t" SET n = {new} RETURNING n', *args)
    assert sorted(row[0] for row in rows) == [2, 3]


def test_errors_that_are_not_ours(database: Database) -> None:
    with pytest.raises(asyncpg.InvalidTextRepresentationError) as caught:
        database.fetch("SELECT ($1::text || '')::bigint", "one")
    assert operators.refusal(caught.value) is None
    assert operators.refusal(ValueError('"::type::x"')) is None


# --- documents that are just created, and documents without a schema ------------------------------------------------
@pytest.mark.parametrize(
    ("attribute", "method", "values", "wanted"),
    [
        (INTEGER, "increment", (5,), 5),
        (Attribute("n", "integer", "intRange", default=10), "multiply", (5,), 50),
        (Attribute("n", "integer", "intRange", options={"min": 3, "max": 9}), "increment", (1,), REFUSED),
        (Attribute("b", "boolean", "", default=True), "toggle", (), False),
        (WORDS, "arrayAppend", ("a", "b"), ["a", "b"]),
        (WORDS, "arrayInsert", (1, "b"), REFUSED),
        (TEXT, "stringConcat", ("abc",), "abc"),
        (TEXT, "stringReplace", ("a", "bc"), None),
        (TIME, "dateAddDays", (1,), None),
        (Attribute("at", "datetime", "datetime", default=NOW.isoformat()), "dateAddDays", (1,), NOW + timedelta(1)),
        (Attribute("at", "datetime", "datetime", default=NOW.isoformat()), "dateSetNow", (), NOW),
    ],
)
def test_new_documents(
    database: Database, attribute: Attribute, method: str, values: tuple[Any, ...], wanted: Any
) -> None:
    args: list[Any] = []
    made = operators.initial(attribute, Operator(method, values), arguments(args), NOW)
    assert database._outcome(f"SELECT {made}", args) == wanted


OTHER = "another type"
DOCUMENTS: list[tuple[dict[str, Any], str, tuple[Any, ...], Any]] = [
    ({}, "increment", (2,), 2),
    ({"k": None}, "increment", (0.5,), 0.5),
    ({"k": 0.1}, "increment", (0.2,), 0.3),
    ({"k": 9007199254740993}, "increment", (1,), 9007199254740994),
    ({"k": 1e308}, "multiply", (10,), REFUSED),
    ({"k": 7}, "divide", (2,), 3.5),
    ({"k": 5}, "increment", (10, 12), 5),
    ({"k": "1"}, "increment", (1,), OTHER),
    ({"k": [1]}, "power", (2,), OTHER),
    ({"k": "a"}, "stringConcat", ("b",), "ab"),
    ({}, "stringConcat", ("b",), "b"),
    ({}, "stringReplace", ("b", "c"), None),
    ({"k": 1}, "stringConcat", ("b",), OTHER),
    ({"k": False}, "toggle", (), True),
    ({"k": 0}, "toggle", (), OTHER),
    ({"k": [1, "a", None, [2], {"x": 1}]}, "arrayAppend", (None, [3]), [1, "a", None, [2], {"x": 1}, None, [3]]),
    ({"k": [1, "a", None, [2], {"x": 1}]}, "arrayDiff", (None, {"x": 1}), [1, "a", [2]]),
    ({"k": [1, 1.0, "1", None, None]}, "arrayUnique", (), [1, "1", None]),
    ({"k": [1, "a", None]}, "arrayFilter", ("isNull",), [None]),
    ({"k": [1, "a", None]}, "arrayFilter", ("isNotNull", None), [1, "a"]),
    ({"k": [1, 5, "a", None, True]}, "arrayFilter", ("greaterThan", 3), [5]),
    ({"k": [1, None]}, "arrayFilter", ("equal", None), [None]),
    ({"k": [[1], [2]]}, "arrayInsert", (1, [3]), [[1], [3], [2]]),
    ({"k": {}}, "arrayAppend", (1,), OTHER),
    ({"k": "2026-01-31T10:00:00.000+02:00"}, "dateAddDays", (1,), "2026-02-01T08:00:00.000+00:00"),
    ({"k": "0001-01-01T00:00:00.000+00:00"}, "dateSubDays", (1,), REFUSED),
    ({}, "dateAddDays", (1,), None),
    ({"k": "tomorrow"}, "dateAddDays", (1,), OTHER),
    ({"k": "tomorrow"}, "dateSetNow", (), "2026-03-04T05:06:07.089+00:00"),
]


@pytest.mark.parametrize(("document", "method", "values", "wanted"), DOCUMENTS)
def test_documents_of_json(
    database: Database, document: dict[str, Any], method: str, values: tuple[Any, ...], wanted: Any
) -> None:
    assert same(database.document(document, method, *values), wanted)


def test_text_that_json_cannot_hold(database: Database) -> None:
    for value in ("\x00", ["\x00"], {"a": "\x00"}, {"\x00": 1}):
        with pytest.raises(BadOperator, match="null characters"):
            database.document({}, "arrayAppend", value)


# --- steps --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("attribute", "stored", "by", "limit", "wanted"),
    [
        (INTEGER, 4, 1, None, 5), (INTEGER, None, 1, None, 1), (INTEGER, 4, 1, 5, 5), (INTEGER, 5, 1, 5, REFUSED),
        (INTEGER, 4, -4, 0, 0), (INTEGER, 4, -5, 0, REFUSED), (INTEGER, INT_MAX, 1, None, REFUSED),
        (SMALL, 100, 1, 1000, REFUSED), (INTEGER, INT_MAX - 1, 1, None, INT_MAX), (DOUBLE, 0.1, 0.2, None, 0.3),
        (SMALL, 4, 1e300, None, REFUSED),
        (DOUBLE, 0.1, 0.2, 0.25, REFUSED), (DOUBLE, FLOAT_MAX, FLOAT_MAX, None, REFUSED),
    ],
)  # fmt: skip
def test_steps(database: Database, attribute: Attribute, stored: Any, by: Any, limit: Any, wanted: Any) -> None:
    found = database.apply(attribute, stored, lambda column, argument: operators.step(
        attribute, column, by, limit, argument))  # fmt: skip
    assert found == wanted
    args: list[Any] = [{"k": stored}]
    made = operators.step_json("k", "$1::jsonb -> 'k'", by, limit, arguments(args))
    if attribute is not SMALL and stored != INT_MAX:
        assert database._outcome(f"SELECT {made}", args) == wanted


def test_steps_of_what_is_no_number(database: Database) -> None:
    for attribute in (TEXT, NUMBERS, FLAG):
        with pytest.raises(BadOperator, match="not a number"):
            operators.step(attribute, '"k"', 1, None, arguments([]))
    with pytest.raises(BadOperator, match="whole numbers"):
        operators.step(INTEGER, '"k"', 0.5, None, arguments([]))
    args: list[Any] = [{"k": "1"}]
    made = operators.step_json("k", "$1::jsonb -> 'k'", 1, None, arguments(args))
    assert database._outcome(f"SELECT {made}", args) == "another type"


# --- the wire -----------------------------------------------------------------------------------------------------
def test_every_operator_is_there() -> None:
    assert set(operators.METHODS) == {
        *FORMULAS, *ARRAYS, "arrayInsert", "arrayFilter", "stringConcat", "stringReplace", "toggle", "dateAddDays",
        "dateSubDays", "dateSetNow",
    }  # fmt: skip
    assert len(operators.METHODS) == 20


def test_operators_are_recognised() -> None:
    wanted = Operator("increment", (1, 5))
    for value in (
        '{"method":"increment","values":[1,5]}',
        ' {"values": [1, 5], "method": "increment", "attribute": ""}',
        {"method": "increment", "values": [1, 5]},
        wanted.wire(),
    ):
        assert parse(value) == wanted
    assert parse('{"method":"toggle"}') == parse({"method": "toggle", "values": None}) == Operator("toggle")
    long = json.dumps({"method": "arrayAppend", "values": ["x" * 3000]})
    assert parse(long) == Operator("arrayAppend", ("x" * 3000,))


@pytest.mark.parametrize(
    "value",
    [
        None, 1, True, "", "{", "increment", "[]", '["method"]', '{"method":1}', '{"method":"unknown","values":[]}',
        '{"method":"increment","values":[1],"more":1}', '{"method":"increment"', {}, {"method": []}, ["method"],
        '"method"', '{"values":[1]}', {"method": "increment", "name": "x"},
    ],
)  # fmt: skip
def test_what_only_looks_similar_is_data(value: Any) -> None:
    assert parse(value) is None


@pytest.mark.parametrize("value", ['{"method":"increment","values":1}', {"method": "increment", "values": {"a": 1}}])
def test_malformed_operators(value: Any) -> None:
    operator = parse(value)
    assert operator is not None
    assert parse(operator.wire()) == operator
    with pytest.raises(BadOperator, match="as a list"):
        operators.expression(INTEGER, '"n"', operator, arguments([]), NOW)
    with pytest.raises(BadOperator, match="as a list"):
        operators.expression_json("n", '"n"', operator, arguments([]), NOW)
