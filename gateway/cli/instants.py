"""How every command reads a time that somebody gives: a day, an instant, or so long ago."""

import contextlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from gateway import clock

A_DAY_OR_INSTANT = "a day (from its first moment in UTC) or RFC 3339"
A_TIME = "a day (from its first moment in UTC), RFC 3339, or as 7d or 36h ago"
"""What a time may be, as `--help` says it."""
_AGO = re.compile(r"([0-9]{1,5})([hd])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Whoever names a time beyond these means the whole record, and a day before the first year is none to reckon with."""


class Instant(click.ParamType[datetime]):
    """An instant: RFC 3339, a day (its beginning in UTC), or, unless it is to lie `ahead`, so many hours or days ago (`36h`, `7d`)."""

    name = "time"

    def __init__(self, *, ahead: bool = False) -> None:
        self._ahead = ahead

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401
        """Read the text; a usage error where it is none of these."""
        if isinstance(value, datetime):
            return value
        ago = None if self._ahead else _AGO.fullmatch(value)
        if ago is not None:
            return max(clock.now() - timedelta(hours=int(ago[1]) * (24 if ago[2] == "d" else 1)), _EARLIEST)
        instant = _read_day(value) or clock.parse_instant(value)
        if instant is None and _DAY.fullmatch(value):
            self.fail(f"there is no {value} in the calendar", param, ctx)
        if instant is None:
            instead = "" if self._ahead else ", 7d or 36h"
            day = "2027-01-01" if self._ahead else "2026-11-22"
            self.fail(f"write a time like {day} (its first moment in UTC), {day}T14:00:00Z{instead}", param, ctx)
        if self._ahead and instant > _LATEST:
            self.fail(f"write a time before {_LATEST:%Y}", param, ctx)
        return instant if self._ahead else min(max(instant, _EARLIEST), _LATEST)


def _read_day(text: str) -> datetime | None:
    """The first moment of a day in UTC; in another order of its parts it would be two days."""
    if _DAY.fullmatch(text) is None:
        return None
    with contextlib.suppress(ValueError):
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    return None
