"""What is written behind a time for its zone: how far the time is from UTC. What can mean two things is None, never a guess."""

import re
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

ZONE = r"[A-Za-z][A-Za-z0-9_/+:-]*(?: [+-]\d[\d:]*)?|[+-]\d[\d:]*"
"""The form of whatever may be meant as a zone, known or not."""
UNDERSTOOD = (
    "UTC, GMT, Z, -05:00, -0500, GMT-5, UTC-5, EST, EDT, CST, CDT, MST, MDT, PST, PDT, AKST, AKDT, HST, ET, CT, MT, PT and names as "
    "America/New_York"
)
"""All that is read, in words."""
_UNIVERSAL = ("Z", "UTC", "GMT")
_FIXED = {
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
}
_LOCAL = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
_OFFSET = re.compile(
    r"(?:([+-])(\d{2})(?::?(\d{2}))?|(?:UTC|GMT) ?([+-])(?:(\d{2})(\d{2})|(\d{1,2})(?::(\d{2}))?))", re.IGNORECASE
)
_FURTHEST, _HOUR = timedelta(hours=14), 60


def find_offset(zone: str, local: datetime) -> timedelta | None:
    """How far a clock of that zone was ahead of UTC when it showed this; None where that is not known, or not for certain."""
    short = zone.upper()
    if short in _UNIVERSAL:
        return timedelta()
    if short in _FIXED:
        return timedelta(hours=_FIXED[short])
    if name := _find_name(zone):
        earlier, later = _offsets(name, local)
        return earlier if earlier == later else None
    return _read_offset(zone)


def is_in_doubt(zone: str, local: datetime) -> bool:
    """Whether a clock of that zone showed this twice or never, as in the nights in which daylight saving time ends or begins."""
    name = _find_name(zone)
    return name is not None and len(set(_offsets(name, local))) > 1


def is_american(zone: str) -> bool:
    """Whether only somebody who writes the month first would write this zone."""
    return zone.upper() in {*_FIXED, *_LOCAL} or zone in _LOCAL.values() or zone.startswith("US/")


def _find_name(zone: str) -> str | None:
    """The zone's name in the table of the IANA; a name without a slash means one thing here and another there."""
    name = _LOCAL.get(zone.upper(), zone)
    return name if "/" in name and name in _known() else None


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def _offsets(name: str, local: datetime) -> tuple[timedelta | None, ...]:
    zone = ZoneInfo(name)
    return tuple(local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))


def _read_offset(zone: str) -> timedelta | None:
    match = _OFFSET.fullmatch(zone)
    if match is None:
        return None
    sign = match[1] or match[4]
    hours, minutes = (int(match[2] or match[5] or match[7]), int(match[3] or match[6] or match[8] or 0))
    away = timedelta(hours=hours, minutes=minutes)
    if minutes >= _HOUR or away > _FURTHEST:
        return None
    return -away if sign == "-" else away
