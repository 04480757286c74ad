"""Approvals of a delivery that count for nothing because of how long they run, told by their ids before anybody relies on one.

Any column may hold a plate by mistake: an id that could be one is told by its row.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from gateway import clock
from gateway.facts import schema as s
from gateway.kept_words import tell_plates

_COLUMNS = s.APPROVALS.c
LENGTHS = select(_COLUMNS.row, _COLUMNS.approval_id, _COLUMNS.expires_at, _COLUMNS.first_seen).order_by(_COLUMNS.row)
_MOST_NAMED = 5
_Named = tuple[int, str]


def warn_of_lengths(connection: Connection, longest_hours: float | None, now: datetime) -> list[str]:
    """What no search is let through by, whatever else it says: without an end, or longer than the policy lets one run.

    Their first days must have been noted. One that is over is not told, since none relies on it any more.
    """
    rows = [tuple(row) for row in connection.execute(LENGTHS)]
    endless = [(row, str(its)) for row, its, ends, _ in rows if clock.parse_instant(ends or "") is None]
    told = [f"approvals.csv: {_count(endless)} no expires_at, so that they count for nothing"] if endless else []
    return told if longest_hours is None else told + tell_long(rows, longest_hours, now)


def tell_long(rows: Iterable[tuple[Any, ...]], longest_hours: float, now: datetime) -> list[str]:
    """A sentence on those, of what `LENGTHS` reads, that run longer than the policy lets one; none where there are none."""
    dated = [((row, str(its)), clock.parse_instant(ends or ""), seen) for row, its, ends, seen in rows]
    running = [(name, ends, clock.parse_instant(seen or "") or now) for name, ends, seen in dated if ends is not None]
    long = list(_find_long(running, timedelta(hours=longest_hours), now))
    most = f"the {longest_hours:g} hours that the policy lets one run (max_hours)"
    return (
        [f"approvals.csv: {_count(long)} an expires_at beyond {most}, so that they count for nothing"] if long else []
    )


def _find_long(running: list[tuple[_Named, datetime, datetime]], longest: timedelta, now: datetime) -> Iterator[_Named]:
    """By the policy's own measure: from the import that first had it."""
    for name, ends, seen in running:
        if ends > now and ends - min(seen, now) > longest:
            yield name


def _name(named: _Named) -> str:
    row, approval_id = named
    return ascii(approval_id) if tell_plates(approval_id) is None else f"row {row}"


def _count(names: list[_Named]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{len(names)} approvals ({', '.join(map(_name, names[:_MOST_NAMED]))}{more}) have"
