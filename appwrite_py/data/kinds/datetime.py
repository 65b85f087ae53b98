"""Points in time, to the millisecond, in UTC."""

from __future__ import annotations

from typing import Any

from appwrite_py.data.kinds.base import Attribute, Kind, Unfit, register
from appwrite_py.kit import clock


@register
class Datetime(Kind):
    """ISO 8601; stored and shown in UTC with milliseconds."""

    segment = type = format = "datetime"
    sql = "timestamptz(3)"

    def says(self, attribute: Attribute) -> str:
        return "must be a time in ISO 8601"

    def fits(self, attribute: Attribute, value: Any) -> Any:
        if not isinstance(value, str):
            raise Unfit(self.says(attribute))
        try:
            return clock.iso(clock.parse(value))
        except ValueError as cause:
            raise Unfit(self.says(attribute)) from cause

    def to_sql(self, value: Any) -> Any:
        return clock.parse(value)

    def from_row(self, value: Any) -> Any:
        return clock.iso_from_json(value)

    def selected(self, attribute: Attribute, column: str) -> str:
        """As `timestamp`, which the connection reads straight into the wire's form; see `data/pg.py`."""
        return f"{column}::timestamp{'[]' if attribute.array else ''}"
