"""When, within a search's window, the case's own subjects held its plate: told where that is not all of it, for no other read comes back.

Who is not told takes days of which every read stays out for days on which nobody drove.
"""

from collections.abc import Iterable
from datetime import timedelta
from operator import attrgetter

from gateway.clock import format_instant
from gateway.model import AnswerRules, EffectiveQuery, TimeSpan
from gateway.plates import WILDCARD, in_clear

_HEADER = "X-LPR-Held"
_NONE = "none"
_INSTANT = timedelta(milliseconds=1)


def tell_held(effective: EffectiveQuery) -> tuple[tuple[str, str], ...]:
    """The header with these times, or `none`; nothing where they are the whole window, and for part of a plate, which may be several."""
    window = effective.window
    if window.start is None or window.end is None or WILDCARD in in_clear(effective.plate):
        return ()
    whole = TimeSpan(start=window.start, end=window.end)
    held = [whole]
    for rules in effective.rules:
        held = [*_join(_overlap(held, _list_times(rules)))]
    if held == [whole]:
        return ()
    return ((_HEADER, ", ".join(map(_write, held)) or _NONE),)


def _list_times(rules: AnswerRules) -> list[TimeSpan]:
    """When reads may pass by these rules, plate for plate."""
    spans = [TimeSpan(start=one.not_before, end=rules.not_after) for one in rules.plates]
    spans += (span for one in rules.plates for span in one.earlier)
    return _overlap(spans, [TimeSpan(start=rules.not_before, end=rules.not_after)])


def _overlap(some: Iterable[TimeSpan], others: list[TimeSpan]) -> list[TimeSpan]:
    """The times that are in one of either; of both the order is free."""
    pairs = ((max(a.start, b.start), min(a.end, b.end)) for a in some for b in others)
    return [TimeSpan(start=start, end=end) for start, end in pairs if start <= end]


def _join(spans: Iterable[TimeSpan]) -> list[TimeSpan]:
    """The same times, the earliest first, what overlaps or joins on as one."""
    joined = list[TimeSpan]()
    for span in sorted(spans, key=attrgetter("start")):
        if joined and span.start <= joined[-1].end + _INSTANT:
            joined[-1] = TimeSpan(start=joined[-1].start, end=max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def _write(span: TimeSpan) -> str:
    return f"{format_instant(span.start)}/{format_instant(span.end)}"
