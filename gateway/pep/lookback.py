"""How far back and ahead this case may be searched, told with the refusal of a search that goes further. The policy judges."""

from datetime import date, timedelta

from gateway.model import EMERGENCY, CaseFile, Dossier
from gateway.reasons import AnyReason, Reason
from gateway.value import Value

_CIVIL, _CRIMINAL = "civil", "criminal"


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
    today = case.request.time.date()
    if case.declared.purpose == EMERGENCY:
        first = _count_back(today, allowed.emergency)
    else:
        first = _first_day(case.known.case if case.known else None, today, allowed)
    start = case.query.window.start if case.query is not None and case.query.window is not None else None
    if first is None or (start is not None and start.date() >= first):  # a rule of the agency's own goes less far back
        return None
    return f"It may start on {first.isoformat()} or later."


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
