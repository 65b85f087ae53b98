"""Cron expressions: five fields (minute, hour, day of month, month, day of week), or a name such as `@daily`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cronsim import CronSim, CronSimError

_NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def is_cron(value: Any) -> bool:
    """Whether this is a cron expression."""
    if not isinstance(value, str):
        return False
    try:
        _moments(value, _ANY_DAY)
    except ValueError:
        return False
    return True


def next_after(expression: str, moment: datetime) -> datetime:
    """When it is time next, in UTC. Raises ValueError for what is no expression, and for one that is never true."""
    try:
        return next(_moments(expression, moment.astimezone(UTC)))
    except StopIteration:
        raise ValueError(f"{expression!r} never comes") from None


def _moments(expression: str, after: datetime) -> CronSim:
    fields = _NAMED.get(expression.lower(), expression).split()
    if len(fields) != 5:  # the library takes a sixth one, for seconds
        raise ValueError(f"{expression!r} has not five fields")
    try:
        return CronSim(
            " ".join("*" if _is_any_day(place, field) else field for place, field in enumerate(fields)), after
        )
    except CronSimError as cause:
        raise ValueError(f"{expression!r}: {cause}") from cause


def _is_any_day(place: int, field: str) -> bool:
    """`?` says of a day of the month or of the week that it does not matter."""
    return field == "?" and place in (2, 4)
