"""What a cell of an export means: an instant, the two ends of a window, a mask, a number. Unknown is None, never a guess."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from gateway.oversight.imports import zones
from gateway.oversight.imports.memo import TextMemo
from gateway.oversight.imports.zones import ZONE

_MASKS = re.compile(
    r"(?:\[?redacted\]?|\s*[*#][*#\s]*|\s*[\u2580-\u259f][\u2580-\u259f\s]*|\d{4}\.\d+ gc)",
    re.IGNORECASE,
)
_PARTLY = re.compile(r"\bredacted\b", re.IGNORECASE)
_YEARS = range(2000, 2100)
"""A year outside is a slip of the pen or of a program; nobody searched then."""
_LONGEST = 200
_NOTHING = re.compile(r"(?:none|n/?a|-+|x+|0|test|null|[^\w]*)", re.IGNORECASE)
_AMERICAN = re.compile(
    rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}),? (\d{{1,2}}):(\d{{2}}):(\d{{2}})(?: ?([AaPp])[Mm](?![A-Za-z]))?(?: ?({ZONE}))?"
)
_ISO = re.compile(rf"(\d{{4}})-(\d{{2}})-(\d{{2}})[T ](\d{{2}}):(\d{{2}}):(\d{{2}})(?:\.\d{{1,9}})?(?: ?({ZONE}))?")
_BLANKS = str.maketrans({"\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u2212": "-", "\u200e": None})
"""What programs write in the place of a blank within a time, and of a minus; a mark of the direction says nothing."""
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_BETWEEN = re.compile(
    r"\s+(?:to|until|till|through|thru|[-\u2013\u2014/])\s+|\s*[\r\n]+\s*|\s*[\u2013\u2014]\s*", re.IGNORECASE
)
"""What may stand between two times. A hyphen or a slash needs blanks around it: without them it may be of a date."""
_HEX = "[0-9a-fA-F]"
_UUID = re.compile(rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}")
_COUNT = re.compile(r"(\d{1,9})(?:\.0+)?")
_NOON = 12
_HYPHENS = 4
_STAMP = len("12/31/2026, 11:59:59 PM UTC")
_STAMP_DAY = len("12/31/2026, ")


def is_masked(text: str) -> bool:
    """Whether the cell was blacked out, wholly or in part."""
    if _MASKS.fullmatch(text) is not None:
        return True
    return "redacted" in text.lower() and _PARTLY.search(text) is not None


def is_placeholder(text: str) -> bool:
    """Whether the cell says nothing: empty, a dash, `n/a`, no letter or digit."""
    return _NOTHING.fullmatch(text) is not None


def find_uuid(text: str) -> str | None:
    """The one UUID in a text; None for none or several."""
    if text.count("-") < _HYPHENS:
        return None
    found = {item.lower() for item in _UUID.findall(text)}
    return found.pop() if len(found) == 1 else None


def is_uuid(text: str) -> bool:
    """Whether the whole cell is a UUID."""
    return _UUID.fullmatch(text) is not None


def count(text: str) -> int | None:
    """A number of networks or devices, which may have been written as a fraction."""
    match = _COUNT.fullmatch(text)
    return int(match[1]) if match else None


@lru_cache(maxsize=4096)
def instant(text: str, *, zone_known: bool) -> datetime | None:
    """The instant a cell means. Without a zone it is one only where the file's kind says that it is UTC."""
    local, zone = _read_clock(text)
    if local is None or not (zone or zone_known):
        return None
    away = zones.find_offset(zone, local) if zone else timedelta()
    return None if away is None else (local - away).replace(tzinfo=UTC)


def is_in_doubt(text: str) -> bool:
    """Whether a cell tells an hour that its zone had twice, or never, as daylight saving time ended or began."""
    local, zone = _read_clock(text)
    return local is not None and zones.is_in_doubt(zone, local)


def _read_clock(text: str) -> tuple[datetime | None, str]:
    """What a clock showed, and the zone as it is written ("" for none)."""
    text = _plain_blanks(text)
    if match := _AMERICAN.fullmatch(text):
        month, day, year, hour, *rest = (int(part) for part in match.groups()[:6])
        half, zone = (match[7] or "").upper(), match[8] or ""
        whole = _hour_of_day(hour, half, zone)
        return (None, "") if whole is None else (_local(year, month, day, whole, *rest), zone)
    if match := _ISO.fullmatch(text):
        return _local(*(int(part) for part in match.groups()[:6])), match[7] or ""
    return None, ""


def _plain_blanks(text: str) -> str:
    return text if text.isascii() else text.translate(_BLANKS)


def _hour_of_day(hour: int, half: str, zone: str) -> int | None:
    """The hour of 24. Without AM or PM the day may stand before the month, unless the zone is one of the United States."""
    if not half:
        return hour if zones.is_american(zone) else None
    if half == "A" and hour > _NOON:
        return None
    return hour % _NOON + (_NOON if half == "P" else 0)


def iso(text: str, *, zone_known: bool) -> str:
    """The same to the second as ISO 8601 text in UTC without its `Z`; "" for none.

    The form that nearly all exports have is put together from its day and its clock, which come again in other rows.
    """
    if len(text) == _STAMP:
        day, clock = _DAYS[text[:_STAMP_DAY]], _CLOCKS[text[_STAMP_DAY:]]
        if day and clock:
            return day + clock
    found = instant(text, zone_known=zone_known)
    return found.isoformat()[:19] if found else ""


_DAYS: TextMemo[str] = TextMemo(lambda text: _part(f"{text}12:00:00 AM UTC", slice(0, 11)))
_CLOCKS: TextMemo[str] = TextMemo(
    lambda text: _part(f"01/01/2026, {text}", slice(11, 19)) if text.endswith(" UTC") else ""
)
"""Of other zones the clock may be of another day in UTC."""


def _part(text: str, part: slice) -> str:
    found = instant(text, zone_known=False)
    return found.isoformat()[part] if found else ""


def _local(*parts: int) -> datetime | None:
    if parts[0] not in _YEARS:
        return None
    try:
        return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - a clock of a zone that is told beside it
    except ValueError:
        return None


def looks_like_time(text: str) -> bool:
    """Whether a cell is written as a time at all, with a zone or not."""
    if len(text) == _STAMP and _DAYS[text[:_STAMP_DAY]] and _CLOCKS[text[_STAMP_DAY:]]:
        return True
    text = _plain_blanks(text)
    return _AMERICAN.fullmatch(text) is not None or _ISO.fullmatch(text) is not None


def is_day(text: str) -> bool:
    """Whether a cell is a day alone, as where an agency split time into two columns."""
    return _DAY.fullmatch(text) is not None


def frame(text: str) -> tuple[str, str]:
    """The two ends of the window in one cell as ISO texts; "" for what is none.

    Between them stands a line feed, a word as `to` or `until`, a dash or a slash; each end is a whole time with its zone,
    so that no hyphen or slash of a date is taken for what stands between.
    """
    if len(text) == 2 * _STAMP + 1 and text[_STAMP] == "\n":
        return iso(text[:_STAMP], zone_known=False), iso(text[_STAMP + 1 :], zone_known=False)
    parts = _halve(text.strip()) if len(text) <= _LONGEST else []
    if len(parts) != 2:  # noqa: PLR2004 - from and to
        return "", ""
    return iso(parts[0], zone_known=False), iso(parts[1], zone_known=False)


def _halve(text: str) -> list[str]:
    """The parts of a window; an interval of ISO 8601 has a slash without blanks, and no other slash."""
    parts = text.split("/")
    return parts if all(map(_ISO.fullmatch, parts)) else _BETWEEN.split(text)


def short(text: str) -> str:
    """A name as it is kept: in one line, and no longer than names are."""
    return " ".join(text[: 2 * _LONGEST].split())[:_LONGEST]
