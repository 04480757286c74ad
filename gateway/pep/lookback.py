"""How far back and ahead this case may be searched, told with the refusal of a search that goes further. The policy judges.

A search of exactly the days that are allowed is a moment too long by the time it is judged, and its pages are asked for
later still. Such a window is begun at the very limit before it is judged: so it is never wider than the tables allow.
"""

from datetime import UTC, date, datetime, timedelta

from gateway.clock import format_instant
from gateway.model import EMERGENCY, CaseFile, Dossier, Query
from gateway.pep.case_gaps import tell_gap
from gateway.reasons import AnyReason, Reason
from gateway.value import Value, replace

_CIVIL, _CRIMINAL = "civil", "criminal"
_HOUR = timedelta(hours=1)
_ON_ITS_WAY = timedelta(minutes=1)
"""How long a search may take from the tool that reckoned its start to here; a form of whole minutes takes that long."""
_BEGUN = "window_begun_at_limit"


class Lookbacks(Value, frozen=True, kw_only=True):
    """The days that the tables allow; None where a table does not say, so that nothing is told of it."""

    civil: float | None = None
    criminal_at_most: float | None = None
    emergency: float | None = None
    ahead_hours: float | None = None


def tell_lookback(case: Dossier, reason: AnyReason, allowed: Lookbacks) -> str | None:
    """The first day on which a window of this case may begin, or how far ahead it may end; None where neither is wrong."""
    if reason is Reason.WINDOW_IN_FUTURE and allowed.ahead_hours is not None:
        return f"It must begin before now, and may end at most {allowed.ahead_hours:g} hours from now."
    if reason is not Reason.LOOKBACK_TOO_LONG or case.declared is None:
        return None
    if case.declared.purpose == EMERGENCY:
        return _tell_emergency(case.request.time, allowed.emergency)
    filed = case.known.case if case.known else None
    if (gap := tell_gap(filed, reason)) is not None:
        return gap
    first = _first_day(filed, case.request.time.date(), allowed)
    start = case.query.window.start if case.query is not None and case.query.window is not None else None
    if first is None or (start is not None and start.date() >= first):  # a rule of the agency's own goes less far back
        return None
    return f"It may start on {first.isoformat()} or later, by UTC."


def begin_in_time(case: Dossier, query: Query, allowed: Lookbacks) -> Query:
    """The query, begun where the tables let it begin if it was within them when it was asked; of a page, its search's.

    The dossier keeps it, for what is judged, recorded and sent is one window. One too long when it was asked stays so.
    """
    opening, days = case.opening, _count_days(case, allowed)
    asked = query if opening is None else opening.query
    start = asked.window.start if asked.window else None
    if days is None or start is None or asked.window is None:
        return query
    now, back = case.request.time, timedelta(days=days)
    asked_at = now - _ON_ITS_WAY if opening is None else opening.asked_at or now
    if not asked_at - back <= start < now - back:
        return query
    begun = replace(asked, window=replace(asked.window, start=now - back))
    case.notes = (*case.notes, _BEGUN)
    if opening is None:
        case.query = begun
        return begun
    case.opening = replace(opening, query=begun)
    return query


def _count_days(case: Dossier, allowed: Lookbacks) -> float | None:
    """The days of the table that this search is judged by; None where it has none. A criminal limitation is a day, not so many."""
    if case.declared is not None and case.declared.purpose == EMERGENCY:
        return allowed.emergency
    filed = case.known.case if case.known else None
    kind = filed.kind if filed else None
    return {_CIVIL: allowed.civil, _CRIMINAL: allowed.criminal_at_most}.get(kind or "")


def _tell_emergency(now: datetime, days: float | None) -> str | None:
    """An emergency is short, so its first hour is told: the next full one, for time goes on while somebody types."""
    if days is None:
        return None
    earliest = (now - timedelta(days=days)).astimezone(UTC)
    first = earliest.replace(minute=0, second=0, microsecond=0) + _HOUR
    return f"An emergency is searched {days:g} days back, whatever the case: it may start at {format_instant(first)} or later."


def _first_day(case: CaseFile | None, today: date, allowed: Lookbacks) -> date | None:
    if case is None or case.kind not in (_CIVIL, _CRIMINAL):
        return None
    if case.kind == _CIVIL:
        return _count_back(today, allowed.civil)
    lid = _count_back(today, allowed.criminal_at_most)
    limitation = case.lookback_from
    return None if lid is None or limitation is None else max(lid, limitation)  # which itself may be searched


def _count_back(today: date, days: float | None) -> date | None:
    """The day after the last one that is too early, so that no hour of it is."""
    return None if days is None else today - timedelta(days=int(days)) + timedelta(days=1)
