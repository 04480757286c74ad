"""What a cell of an export means: an instant, the two ends of a window, a mask, a number. Unknown is None, never a guess."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_MASKS = re.compile(
    r"(?:\[?redacted\]?|[*#\s]*[*#][*#\s]*|[\u2580-\u259f\s]*[\u2580-\u259f][\u2580-\u259f\s]*|\d{4}\.\d+ gc)",
    re.IGNORECASE,
)
_PARTLY = re.compile(r"\bredacted\b", re.IGNORECASE)
_PERHAPS = re.compile(r"[*#\u2580-\u259f]|redacted|gc", re.IGNORECASE)
_YEARS = range(2000, 2100)
"""A year outside is a slip of the pen or of a program; nobody searched then."""
_LONGEST = 200
_NOTHING = re.compile(r"(?:none|n/?a|-+|x+|0|test|null|[^\w]*)", re.IGNORECASE)
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}),? (\d{1,2}):(\d{2}):(\d{2}) ([AP])M( UTC)?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})?")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_BETWEEN = re.compile(r"\s*[\r\n]+\s*|\s+to\s+")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_COUNT = re.compile(r"(\d{1,9})(?:\.0+)?")
_NOON = 12


def is_masked(text: str) -> bool:
    """Whether the cell was blacked out, wholly or in part."""
    if not text or _PERHAPS.search(text) is None:
        return False
    return _MASKS.fullmatch(text) is not None or _PARTLY.search(text) is not None


def is_placeholder(text: str) -> bool:
    """Whether the cell says nothing: empty, a dash, `n/a`, no letter or digit."""
    return _NOTHING.fullmatch(text) is not None


def find_uuid(text: str) -> str | None:
    """The one UUID in a text; None for none or several."""
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
    match = _AMERICAN.fullmatch(text)
    if match:
        month, day, year, hour, minute, second = (int(part) for part in match.groups()[:6])
        hour = hour % _NOON + (_NOON if match[7] == "P" else 0)
        return _instant(year, month, day, hour, minute, second) if match[8] or zone_known else None
    match = _ISO.fullmatch(text)
    if match is None or (match[8] is None and not zone_known):
        return None
    found = _instant(*(int(part) for part in match.groups()[:6]))
    offset = match[8] or "Z"
    if found is None or offset == "Z":
        return found
    away = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
    return found - away if offset[0] == "+" else found + away


def _instant(*parts: int) -> datetime | None:
    if parts[0] not in _YEARS:
        return None
    try:
        return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def looks_like_time(text: str) -> bool:
    """Whether a cell is written as a time at all, with a zone or not."""
    return _AMERICAN.fullmatch(text) is not None or _ISO.fullmatch(text) is not None


def is_day(text: str) -> bool:
    """Whether a cell is a day alone, as where an agency split time into two columns."""
    return _DAY.fullmatch(text) is not None


@lru_cache(maxsize=256)
def frame(text: str) -> tuple[datetime | None, datetime | None]:
    """The two ends of the window in one cell, a line feed or `to` between them."""
    parts = _BETWEEN.split(text.strip())
    if len(parts) != 2:  # noqa: PLR2004 - from and to
        return None, None
    return instant(parts[0], zone_known=False), instant(parts[1], zone_known=False)


def short(text: str) -> str:
    """A name as it is kept: in one line, and no longer than names are."""
    return " ".join(text[: 2 * _LONGEST].split())[:_LONGEST]
