"""Instants are written in one way, and read only where they can mean one thing."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import format_instant, now, parse_instant, read_retry_after


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_reads_back_to_the_millisecond(instant: datetime) -> None:
    assert parse_instant(format_instant(instant)) == instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def test_other_zones_are_written_in_utc() -> None:
    instant = datetime(2026, 1, 31, 12, 0, 0, 999_999, timezone(timedelta(hours=5)))
    assert format_instant(instant) == "2026-01-31T07:00:00.999Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31 09:30:00Z", "2026-01-31T09:30:00", "2026-01-31T09:30:60Z",
        "2026-01-31T09:30Z", "2026-02-30T09:30:00Z", "2026-01-31T24:00:00Z",
        "0001-01-01T00:00:00+23:59", "2026-01-31T09:30:00+0500", "\uff12026-01-31T09:30:00Z", " 2026-01-31T09:30:00Z", "",
    ],
)  # fmt: skip
def test_any_other_text_is_no_instant(text: str) -> None:
    assert parse_instant(text) is None


def test_small_letters_mean_the_same_as_rfc_3339_says() -> None:
    assert parse_instant("2026-01-31t09:30:00z") == datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def test_a_time_to_wait_is_read_as_seconds_or_as_the_date_until_which():
    until = format_datetime(now() + timedelta(seconds=90), usegmt=True)
    assert 85 <= read_retry_after(until) <= 90
    assert (read_retry_after("7"), read_retry_after("Sun, 06 Nov 1994 08:49:37 GMT")) == (7, 0)
    assert [read_retry_after(other) for other in (None, "", "soon", "-5", "1.5")] == [None] * 5
