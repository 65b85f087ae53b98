"""Arithmetic, exactly as decimals: 0.1 + 0.2 is 0.3. On integers the result is rounded, halves away from zero.

A null counts as 0. An operator whose result would pass its bound leaves the value as it is; one whose result would
not fit the attribute is refused. What has no result, as 0 to the power of -1, is NaN on the way, which fits nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.kinds.numbers import FLOAT_MAX, INT_MAX, INT_MIN, bounds
from appwrite_py.data.operators.base import (
    Argument,
    BadOperator,
    Computed,
    Method,
    Operator,
    Spot,
    V,
    assembled,
    json_type,
    read_json,
    register,
)

Formula = Callable[[str, Decimal], str]
"""Makes SQL of an operand: its place in the text, and its value. `OLD` is the number as it is."""

OLD, NEW = '"::x"', '"::y"'
_WHOLE = ("integer", "bigint")
_NUMERIC_TEXT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER_TEXT = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_SMALLEST = "3e-324"  # what is nearer to zero is zero in double precision
_LN_MAX, _LN_MIN = 710, -750  # numbers with logarithms beyond these are out of range, or zero
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Arithmetic(Method):
    """An operator with a number, and for most an optional bound that the result may not pass."""

    json_type = "number"

    def __init__(
        self, name: str, formula: Formula, *, passes: str = "", nonzero: bool = False, whole: bool = False
    ) -> None:
        """passes: the comparison by which a result passes the bound; without it there is no bound.

        nonzero: zero is refused. whole: fractions are refused on integers.
        """
        super().__init__(name)
        self._formula, self._passes, self._nonzero, self._whole = formula, passes, nonzero, whole

    def accepts(self, attribute: Attribute) -> bool:
        return attribute.type in ("integer", "double") and not attribute.array

    def compute(self, operator: Operator, spot: Spot) -> Computed:
        values, attribute = operator.values, spot.attribute
        if not 1 <= len(values) <= (2 if self._passes else 1):
            raise self.bad("takes a number" + (", and a bound where wanted" if self._passes else ""))
        operand, kept = self.number(values[0]), ""
        if self._nonzero and not operand:
            raise self.bad("does not take zero")
        if self._whole and attribute.type in _WHOLE and not _is_whole(operand):
            raise self.bad(f'takes whole numbers on "{attribute.key}", which is an integer')
        if len(values) == 2 and values[1] is not None:
            bound = spot.argument(self.number(values[1]), "numeric")
            kept = f"WHEN {NEW} {self._passes} {bound} THEN {OLD} "
        low, high = _range(attribute)
        says = f'The operator {self.name} would make "{attribute.key}" a number that is not from {low} to {high}'
        return self.within(operand, spot, low, high, kept, says)

    def within(self, operand: Decimal, spot: Spot, low: Any, high: Any, kept: str, says: str) -> Computed:
        """The SQL, given the range of the result, and in which case the old value is `kept`."""
        new = f"CASE {kept}ELSE {NEW} END" if kept else NEW
        value = (
            f"(SELECT {f'round({new})' if spot.attribute.type in _WHOLE else new} FROM "
            f"(SELECT {OLD}, {self._formula(spot.argument(operand, 'numeric'), operand)} AS {NEW} FROM "
            f'(SELECT {_decimal(spot)} AS {OLD} OFFSET 0) AS "::a" OFFSET 0) AS "::b")'
        )
        low_at, high_at = (spot.argument(self.number(bound), "numeric") for bound in (low, high))
        return Computed(value, _stored(spot), f"{V} BETWEEN {low_at} AND {high_at}", says)

    def number(self, value: Any) -> Decimal:
        """A number as it is written, or a text that is one. Raises BadOperator."""
        if isinstance(value, str) and _NUMERIC_TEXT.fullmatch(value):
            value = int(value) if _INTEGER_TEXT.fullmatch(value) else float(value)
        if type(value) not in (int, float) or not -FLOAT_MAX <= value <= FLOAT_MAX:
            raise self.bad("takes finite numbers")
        return Decimal(repr(value))

    def read_json(self, column: str) -> str:
        return f"({column} #>> '{{}}')::numeric"

    def write_json(self, result: str) -> str:
        whole = f"{V} = trunc({V}) AND {V} BETWEEN {INT_MIN} AND {INT_MAX}"
        return f"CASE WHEN {whole} THEN to_jsonb({V}::bigint) ELSE to_jsonb({result}) END"


def _decimal(spot: Spot) -> str:
    """The number as it is; in double precision as it is written, since a direct cast would cut it to 15 digits."""
    return f"coalesce({spot.current}, 0){'::text' if spot.attribute.type == 'double' else ''}::numeric"


def _stored(spot: Spot) -> str:
    if spot.attribute.type in _WHOLE:
        return f"{V}::bigint"
    return f"CASE WHEN abs({V}) < {_SMALLEST} THEN 0 ELSE {V} END::double precision"


def _range(attribute: Attribute) -> tuple[Any, Any]:
    if attribute.type in _WHOLE:
        return bounds(attribute, INT_MIN, INT_MAX)
    return bounds(attribute, -FLOAT_MAX, FLOAT_MAX)


def _is_whole(number: Decimal) -> bool:
    return number == number.to_integral_value()


def _power(place: str, exponent: Decimal) -> str:
    """A power; what would be too large is known by its logarithm, as PostgreSQL would take long to fail."""
    whole = _is_whole(exponent)
    at_zero = "'NaN'" if exponent < 0 else "0" if exponent else "1"
    negative = "" if whole else f"WHEN {OLD} < 0 THEN 'NaN' "
    sign = f"sign({OLD})" if whole and int(exponent) % 2 else "1"
    logarithm = f"{place} * ln(abs({OLD})::double precision)::numeric"
    return (
        f"CASE WHEN {OLD} = 0 THEN {at_zero}::numeric {negative}"
        f"WHEN {logarithm} > {_LN_MAX} THEN 'Infinity'::numeric * {sign} "
        f"WHEN {logarithm} < {_LN_MIN} THEN 0 ELSE power({OLD}, {place}) END"
    )


INCREMENT = Arithmetic("increment", lambda place, _: f"{OLD} + {place}", passes=">", whole=True)
DECREMENT = Arithmetic("decrement", lambda place, _: f"{OLD} - {place}", passes="<", whole=True)
register(
    INCREMENT,
    DECREMENT,
    Arithmetic("multiply", lambda place, _: f"{OLD} * {place}", passes=">"),
    # The zeros make PostgreSQL give as many digits behind the point.
    Arithmetic("divide", lambda place, _: f"({OLD} * 1.00000000000000000000) / {place}", passes="<", nonzero=True),
    Arithmetic("modulo", lambda place, _: f"mod({OLD}, {place})", nonzero=True),
    Arithmetic("power", _power, passes=">"),
)


# --- one step, of the routes that increment and decrement ---------------------------------------------------------
def step(attribute: Attribute, column: str, by: Any, limit: Any, argument: Argument) -> str:
    """SQL of a column's value moved by a number; upwards `limit` is its maximum, downwards its minimum.

    Passing the limit is refused (`refusal`). Raises BadOperator for attributes that are no numbers, and for fractions
    on integers.
    """
    if attribute.type not in (*_WHOLE, "double") or attribute.array or attribute.encrypt:
        raise BadOperator(f'The attribute "{attribute.key}" is not a number')
    return assembled(_step(Spot(attribute, column, argument, _EPOCH), by, limit), argument)


def step_json(key: str, column: str, by: Any, limit: Any, argument: Argument) -> str:
    """The same in a document without a schema, as `jsonb`; a value that is no number is refused as of another type."""
    spot = Spot(Attribute(key, "json", ""), read_json(INCREMENT, column), argument, _EPOCH, json=True)
    made = _step(spot, by, limit)
    result = INCREMENT.write_json(made.result)
    return assembled(made._replace(result=result), argument, json_type(INCREMENT, key, column))


def _step(spot: Spot, by: Any, limit: Any) -> Computed:
    method = DECREMENT if by < 0 else INCREMENT
    operand, (low, high) = abs(method.number(by)), _range(spot.attribute)
    if spot.attribute.type in _WHOLE and not _is_whole(operand):
        raise BadOperator(f'The attribute "{spot.attribute.key}" is an integer and takes whole numbers')
    if limit is not None:
        low, high = (max(low, limit), high) if by < 0 else (low, min(high, limit))
    says = f'The attribute "{spot.attribute.key}" would not be from {low} to {high}'
    return method.within(operand, spot, low, high, "", says)
