"""Time, as the wire shows it: UTC with milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """The current time in UTC, cut to milliseconds as PostgreSQL keeps it (`timestamptz(3)`)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """`2026-01-31T12:00:00.000+00:00`."""
    return moment.isoformat(timespec="milliseconds")


def iso_or_empty(moment: datetime | None) -> str:
    """The wire form of a time that may be unknown: empty text then."""
    return "" if moment is None else moment.isoformat(timespec="milliseconds")


def parse(text: str) -> datetime:
    """The time that ISO 8601 text means, in UTC, cut to milliseconds; text without an offset means UTC.

    Raises ValueError for anything else, and for times outside the years 1 to 9999.
    """
    if len(text) < 10 or not text[:4].isdigit():
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else _to_utc(moment)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as cause:
        raise ValueError("outside the years 1 to 9999") from cause
