"""Instants: one way to read the clock, to write a time and to read one. Imports nothing else of the gateway."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

import orjson

_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})")
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):\d{2}:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})")
_SECONDS = slice(1, 1 + len("2026-11-22T14:00:00"))  # orjson writes a sixth as long as `isoformat` takes


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=1024)  # a request writes its own time and its window five times each
def format_instant(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as `2026-11-22T14:00:00.000Z`."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return f"{orjson.dumps(instant)[_SECONDS].decode()}.{instant.microsecond // 1000:03}Z"


def is_written_right(text: str) -> bool:
    """Whether a text has the form of an instant, though there may be no such day, hour or second."""
    return _WRITTEN.fullmatch(text) is not None and text.isascii()


def parse_instant(text: str) -> datetime | None:
    """The instant an RFC 3339 text means (with `T`, zone and seconds 00 to 59; small letters mean the same there), in UTC; None for any other text.

    Fractions beyond microseconds are cut off.
    """
    if _RFC3339.fullmatch(text) is None or not text.isascii():
        return None
    try:
        found = datetime.fromisoformat(text.upper())
        return found if found.tzinfo is UTC else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_retry_after(value: str | None) -> float | None:
    """The seconds that a Retry-After header (RFC 9110 §10.2.3) asks for, in either of its forms; None where it is in neither."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - now()).total_seconds())
