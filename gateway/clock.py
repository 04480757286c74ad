"""Instants: one way to read the clock, to write a time and to read one. Imports nothing else of the gateway."""

import re
from datetime import UTC, datetime

_RFC3339 = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})T(?P<time>\d{2}:\d{2}:[0-5]\d)(?:\.(?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d{2}:\d{2})"
)
_ZONE = len("+00:00")


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def format_instant(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as `2026-11-22T14:00:00.000Z`."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="milliseconds")[:-_ZONE] + "Z"


def parse_instant(text: str) -> datetime | None:
    """The instant an RFC 3339 text means (with `T`, zone and seconds 00 to 59), in UTC; None for any other text.

    Fractions beyond microseconds are cut off.
    """
    match = _RFC3339.fullmatch(text)
    if match is None or not text.isascii():
        return None
    fraction = (match["fraction"] or "0")[:6].ljust(6, "0")
    zone = "+00:00" if match["zone"] == "Z" else match["zone"]
    try:
        return datetime.fromisoformat(f"{match['date']}T{match['time']}.{fraction}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
