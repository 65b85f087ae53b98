"""Times: moved by days, or set to now. A null stays null when it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from appwrite_py.data.kinds import Attribute
from appwrite_py.data.operators.base import Computed, Method, Operator, Spot, V, register

FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
_MOST_DAYS = (LAST - FIRST).days
_ISO = (
    r"^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?"
    r"(Z|[+-](0\d|1[0-4]):[0-5]\d)$"
)
"""What is a time in a document of JSON."""


class TimeMethod(Method):
    """Common to all operators on times."""

    json_type = "string"

    def accepts(self, attribute: Attribute) -> bool:
        return attribute.type == "datetime" and not attribute.array

    def is_readable(self, column: str) -> str:
        return f"jsonb_typeof({column}) = 'string' AND {column} #>> '{{}}' ~ '{_ISO}'"

    def read_json(self, column: str) -> str:
        return f"({column} #>> '{{}}')::timestamptz"

    def write_json(self, result: str) -> str:
        form = """'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"'"""
        return super().write_json(f"to_char(({result}) AT TIME ZONE 'UTC', {form})")


class Move(TimeMethod):
    """Adds days, or takes them away."""

    def __init__(self, name: str, sign: int) -> None:
        super().__init__(name)
        self._sign = sign

    def compute(self, operator: Operator, spot: Spot) -> Computed:
        if len(operator.values) != 1 or type(operator.values[0]) is not int:
            raise self.bad("takes a whole number of days")
        days = self._sign * operator.values[0]
        if abs(days) > _MOST_DAYS:
            raise self.bad(f"takes at most {_MOST_DAYS} days")
        # What may be moved this far is asked beforehand, since PostgreSQL could not take the result.
        low = FIRST - timedelta(min(days, 0))
        high = LAST - timedelta(max(days, 0))
        # As text: asyncpg takes the first moment of year 1 for minus infinity.
        low_at, high_at = (f"{spot.argument(moment.isoformat(), 'text')}::timestamptz" for moment in (low, high))
        says = f'The operator {self.name} would move "{spot.attribute.key}" out of the years 1 to 9999'
        return Computed(
            spot.current, f"{V} + make_interval(days => {spot.argument(days, 'int')})",
            f"{V} IS NULL OR {V} BETWEEN {low_at} AND {high_at}", says,
        )  # fmt: skip


class SetNow(TimeMethod):
    """The time of the request."""

    def compute(self, operator: Operator, spot: Spot) -> Computed:
        # The value as it is plays no part, but is named: it may be an argument, and none may be left unused.
        return Computed(f"coalesce({spot.argument(spot.now, 'timestamptz')}, {spot.current})", V)

    def is_readable(self, column: str) -> str:
        return "true"


register(Move("dateAddDays", 1), Move("dateSubDays", -1), SetNow("dateSetNow"))
