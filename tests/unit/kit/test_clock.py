"""Time as the wire shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.kit import clock

EPOCH_2000 = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-01-31T12:00:00.000+00:00", "2026-01-31T12:00:00.000+00:00"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000+00:00"),
        ("2026-01-31", "2026-01-31T00:00:00.000+00:00"),
        ("2026-01-31 12:00", "2026-01-31T12:00:00.000+00:00"),
        ("2026-01-31T12:00:00.1239999", "2026-01-31T12:00:00.123+00:00"),
        ("2026-01-31T00:30:00+02:00", "2026-01-30T22:30:00.000+00:00"),
        ("0001-01-01", "0001-01-01T00:00:00.000+00:00"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999+00:00"),
    ],
)
def test_parse(text: str, shown: str) -> None:
    assert clock.iso(clock.parse(text)) == shown


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026", "2026-13-01", "2026-02-30", "26-01-01T00:00", "2026-01-01T25:00", "10000-01-01T00:00:00Z",
     "-2026-01-01", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-01-01T00:00:00+99:00", "1767225600",
     "2026-01-01T00:00:00 UTC", "٢٠٢٦-01-01"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        clock.parse(text)


def test_now_is_what_postgresql_keeps() -> None:
    now = clock.now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)
    assert clock.parse(clock.iso(now)) == now
    assert clock.iso_or_empty(None) == ""
    assert clock.iso_or_empty(clock.EPOCH) == "1970-01-01T00:00:00.000+00:00"


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30))])))
def test_postgresqls_count_reads_like_the_time_itself(moment: datetime) -> None:
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return
    microseconds = (moment - EPOCH_2000) // timedelta(microseconds=1)
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert clock.iso_from_epoch_2000(microseconds) == clock.iso(cut)


def test_times_that_cannot_be_shown() -> None:
    assert clock.iso_from_epoch_2000(2**63 - 1) == "9999-12-31T23:59:59.999+00:00"
    assert clock.iso_from_epoch_2000(-(2**63)) == "0001-01-01T00:00:00.000+00:00"


def test_times_in_json() -> None:
    for written, shown in (
        ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.000+00:00"),
        ("2026-01-02T03:04:05.6+00:00", "2026-01-02T03:04:05.600+00:00"),
        ("2026-01-02T03:04:05.060999+00:00", "2026-01-02T03:04:05.060+00:00"),
        ("infinity", "9999-12-31T23:59:59.999+00:00"),
        ("-infinity", "0001-01-01T00:00:00.000+00:00"),
        ("0044-03-15T00:00:00+00:00 BC", "0001-01-01T00:00:00.000+00:00"),
        ("12026-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999+00:00"),
    ):
        assert clock.iso_from_json(written) == shown
