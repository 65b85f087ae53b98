"""Whole numbers, fractions, booleans."""

from __future__ import annotations

import math
from typing import Any

from appwrite_py.data.kinds.base import Attribute, Kind, Limit, Unfit, register

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
FLOAT_MAX = 1.7976931348623157e308


@register
class Integer(Kind):
    """A whole number of 64 bits between `min` and `max`."""

    segment = type = "integer"
    format = "intRange"
    sql = "bigint"

    def says(self, attribute: Attribute) -> str:
        low, high = bounds(attribute, INT_MIN, INT_MAX)
        return f"must be an integer from {low} to {high}"

    def fits(self, attribute: Attribute, value: Any) -> Any:
        low, high = bounds(attribute, INT_MIN, INT_MAX)
        if type(value) is not int or not low <= value <= high:
            raise Unfit(self.says(attribute))
        return value

    def fits_query(self, attribute: Attribute, value: Any) -> Any:
        if type(value) is not int or not INT_MIN <= value <= INT_MAX:
            raise Unfit("must be an integer of 64 bits")
        return value

    def narrowed(self, old: Attribute, new: Attribute) -> list[Limit]:
        return bounds_narrowed(old, new, INT_MIN, INT_MAX)


@register
class Bigint(Integer):
    """As an integer, by the name that SQL has for one of 64 bits."""

    segment = type = "bigint"
    format = "bigintRange"

    def size(self, options: dict[str, Any]) -> int:
        return 8


@register
class Float(Kind):
    """A number of double precision between `min` and `max`; whole numbers are numbers, too."""

    segment = "float"
    type = "double"
    format = "floatRange"
    sql = "double precision"

    def says(self, attribute: Attribute) -> str:
        low, high = bounds(attribute, -FLOAT_MAX, FLOAT_MAX)
        return f"must be a number from {low} to {high}"

    def fits(self, attribute: Attribute, value: Any) -> Any:
        low, high = bounds(attribute, -FLOAT_MAX, FLOAT_MAX)
        if type(value) not in (int, float) or not low <= value <= high:
            raise Unfit(self.says(attribute))
        return float(value)

    def fits_query(self, attribute: Attribute, value: Any) -> Any:
        if type(value) not in (int, float) or not -FLOAT_MAX <= value <= FLOAT_MAX or math.isnan(value):
            raise Unfit("must be a number")
        return float(value)

    def from_row(self, value: Any) -> Any:
        """JSON that PostgreSQL writes has no fraction in whole numbers."""
        return float(value)

    def narrowed(self, old: Attribute, new: Attribute) -> list[Limit]:
        return bounds_narrowed(old, new, -FLOAT_MAX, FLOAT_MAX)


@register
class Boolean(Kind):
    """true or false."""

    segment = type = "boolean"
    sql = "boolean"

    def says(self, attribute: Attribute) -> str:
        return "must be a boolean"

    def fits(self, attribute: Attribute, value: Any) -> Any:
        if value is not True and value is not False:
            raise Unfit(self.says(attribute))
        return value


def bounds(attribute: Attribute, least: Any, most: Any) -> tuple[Any, Any]:
    """The range of a number, the type's own where none is set."""
    low, high = attribute.options.get("min"), attribute.options.get("max")
    return (least if low is None else low), (most if high is None else high)


def bounds_narrowed(old: Attribute, new: Attribute, least: Any, most: Any) -> list[Limit]:
    """The bounds of a number that allow less than before."""
    (old_low, old_high), (low, high) = bounds(old, least, most), bounds(new, least, most)
    made = [Limit("{v} >= {limit}", low, new.kind.sql)] if low > old_low else []
    return [*made, Limit("{v} <= {limit}", high, new.kind.sql)] if high < old_high else made
