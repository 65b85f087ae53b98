"""What usage statistics of all services have in common: ranges, and series with one point for each hour or day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

from appwrite_py import errors
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.models import Moment, TypedDict
from appwrite_py.kit.clock import iso

Unit = Literal["hour", "day"]
Range = Annotated[str, rules.OneOf("24h", "30d", "90d")]
_RANGES: dict[str, tuple[Unit, timedelta, int]] = {
    "24h": ("hour", timedelta(hours=1), 24),
    "30d": ("day", timedelta(days=1), 30),
    "90d": ("day", timedelta(days=1), 90),
}

Metric = TypedDict("Metric", {"value": int, "date": Moment})
Series = list[Metric]


class Period:
    """The hours or days of a range, the current one last."""

    def __init__(self, unit: Unit, step: timedelta, count: int, now: datetime) -> None:
        self.unit = unit
        last = self.start_of(now)
        self._starts = [last - step * n for n in reversed(range(count))]
        self.since = self._starts[0]

    @staticmethod
    def of(ctx: Ctx, name: str) -> Period:
        """The range of this name. Raises GENERAL_USAGE_DISABLED where usage is not counted."""
        if ctx.settings.usage_stats != "enabled":
            raise errors.GENERAL_USAGE_DISABLED
        return Period(*_RANGES[name], ctx.now)

    def start_of(self, moment: datetime) -> datetime:
        """When the hour or day of a moment began."""
        hour = moment.replace(minute=0, second=0, microsecond=0)
        return hour if self.unit == "hour" else hour.replace(hour=0)

    def series(self, values: Mapping[datetime, int]) -> Series:
        """One point for each hour or day, 0 where nothing is known."""
        return [{"value": values.get(start, 0), "date": iso(start)} for start in self._starts]
