"""Random numbers, random arithmetic: PostgreSQL makes of them what a model in Python makes, or refuses cleanly."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from appwrite_py.data import operators
from appwrite_py.data.kinds import Attribute
from appwrite_py.data.kinds.numbers import FLOAT_MAX, INT_MAX, INT_MIN
from appwrite_py.data.operators import BadOperator
from tests.examples import tries
from tests.unit.data.operators.tools import (
    DOUBLE,
    FLAG,
    INTEGER,
    NUMBERS,
    REFUSED,
    SMALL,
    TEXT,
    Database,
    arguments,
    same,
)

# --- arithmetic ---------------------------------------------------------------------------------------------------
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


@tries(250)
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


@tries(250)
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


@tries(60)
@given(stored=INTEGERS, operand=FRACTIONS)
def test_integers_times_fractions_are_rounded(database: Database, stored: Any, operand: float) -> None:
    wanted = expected_number(INTEGER, stored, "multiply", operand, None)
    assert same(database.column(INTEGER, stored, "multiply", operand), wanted), wanted


def test_numbers_may_be_text(database: Database) -> None:
    assert database.column(INTEGER, 5, "increment", "9007199254740993") == 9007199254740998
    assert database.column(INTEGER, -1, "increment", "9223372036854775807") == INT_MAX - 1
    assert database.column(DOUBLE, 5.0, "multiply", "1e-1") == 0.5


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
        assert database.outcome(f"SELECT {made}", args) == wanted


def test_steps_of_what_is_no_number(database: Database) -> None:
    for attribute in (TEXT, NUMBERS, FLAG):
        with pytest.raises(BadOperator, match="not a number"):
            operators.step(attribute, '"k"', 1, None, arguments([]))
    with pytest.raises(BadOperator, match="whole numbers"):
        operators.step(INTEGER, '"k"', 0.5, None, arguments([]))
    args: list[Any] = [{"k": "1"}]
    made = operators.step_json("k", "$1::jsonb -> 'k'", 1, None, arguments(args))
    assert database.outcome(f"SELECT {made}", args) == "another type"
