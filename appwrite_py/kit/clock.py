"""Time, as the wire shows it: UTC with milliseconds."""

from __future__ import annotations

from datetime import UTC, date, datetime

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


_EPOCH_DAY = date(2000, 1, 1).toordinal()
_TWO_DIGITS = tuple(f"{n:02d}" for n in range(60))
_MILLISECONDS = tuple(f".{n:03d}+00:00" for n in range(1000))
_days: dict[int, str] = {}


def iso_from_epoch_2000(microseconds: int) -> str:
    """The wire form of PostgreSQL's own count of time, microseconds since 2000: a third of the cost of a datetime.

    Times that the wire cannot show, such as `infinity`, become the nearest one that it can.
    """
    milliseconds = microseconds // 1000
    seconds = milliseconds // 1000
    day = seconds // 86400
    text = _days.get(day)
    if text is None:
        ordinal = _EPOCH_DAY + day
        if not 1 <= ordinal <= date.max.toordinal():
            return "9999-12-31T23:59:59.999+00:00" if day > 0 else "0001-01-01T00:00:00.000+00:00"
        if len(_days) > 10_000:
            _days.clear()
        text = _days[day] = date.fromordinal(ordinal).isoformat() + "T"
    minutes = seconds % 86400 // 60
    two = _TWO_DIGITS
    return f"{text}{two[minutes // 60]}:{two[minutes % 60]}:{two[seconds % 60]}{_MILLISECONDS[milliseconds % 1000]}"


def iso_from_json(text: str) -> str:
    """The wire form of a time as PostgreSQL writes it into JSON in UTC: without zeros at the end of the fraction.

    Times that the wire cannot show become the nearest one that it can, as in `iso_from_epoch_2000`.
    """
    if text[-6:] != "+00:00" or text[10:11] != "T":  # `infinity`, years before Christ or of five digits
        past = text.startswith("-") or text.endswith("BC")
        return "0001-01-01T00:00:00.000+00:00" if past else "9999-12-31T23:59:59.999+00:00"
    return f"{text[:19]}.{text[20:-6][:3]:0<3}+00:00"


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as cause:
        raise ValueError("outside the years 1 to 9999") from cause
