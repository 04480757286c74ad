"""Which plate is sent to the vendor, and which plates its reads may be of."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter

from gateway import plates
from gateway.model import PlateRule, PlateTerm, TargetMatch, TimeSpan
from gateway.obligations.draft import impossible
from gateway.value import Hidden, Value, replace

_MOST_EARLIER = 20
"""Earlier times of a plate that count, the latest: each is a part of every page's token."""
_INSTANT = timedelta(microseconds=1)


class VendorTarget(Value, frozen=True, kw_only=True):
    """The plate to send (normal form, or the approved pattern), its state if one is known, and the rules for reads."""

    plate: Hidden[plates.SoughtPlate]
    state: str | None
    rules: tuple[PlateRule, ...]


def aim(term: PlateTerm, counting: Sequence[TargetMatch], *, not_before: datetime, typed: bool = False) -> VendorTarget:
    """The target of a search for `term`, when these known plates count and reads may go back to `not_before`.

    What was typed is never sent, only a plate as it was issued or a pattern that a supervisor approved; but for a whole
    plate that nobody knows where `typed` says so, as in an emergency. Where known plates count for a pattern, reads of
    these alone may come back.

    Raises:
        Refusal: OBLIGATION_NOT_POSSIBLE where no known plate counts, or one that a pattern does not find.
    """
    if term.match == "partial":
        return _within_pattern(term, counting, not_before) if counting else _pattern(term, not_before)
    if not counting:
        if typed and term.match == "exact" and plates.is_accepted(term.text):
            return _pattern(term, not_before)
        raise impossible("matches")
    chosen = next((match for match in counting if match.spelling == "same"), counting[0])
    plate = _issue_plate(chosen)
    same = [match for match in counting if _issue_plate(match) == plate]
    issued = {match.plate_state for match in same}
    return VendorTarget(
        plate=plate,
        state=term.state or (issued.pop() if len(issued) == 1 else None),
        rules=_merge(_rule(match, plate, term.state, not_before) for match in same),
    )


def _merge(rules: Iterable[PlateRule]) -> tuple[PlateRule, ...]:
    """One rule a plate and state, from the earliest day on which anybody held it: it lets pass what the many would.

    So however many people hold a plate, there are no more rules than states.
    """
    merged: dict[tuple[plates.SoughtPlate, str | None], PlateRule] = {}
    for rule in rules:
        same = (rule.text, rule.state)
        known = merged.get(same)
        merged[same] = rule if known is None else _unite(known, rule)
    return tuple(merged.values())


def _unite(one: PlateRule, other: PlateRule) -> PlateRule:
    start = min(one.not_before, other.not_before)
    if not one.earlier and not other.earlier:
        return replace(one, not_before=start)
    return _add_earlier(replace(one, not_before=start, earlier=()), (*one.earlier, *other.earlier))


def _add_earlier(rule: PlateRule, spans: Iterable[TimeSpan]) -> PlateRule:
    """The rule with these times beside its own; what joins on is one time with it, as a renewal the day after."""
    start, apart = rule.not_before, list[TimeSpan]()
    for span in sorted(spans, key=attrgetter("end"), reverse=True):
        if span.end + _INSTANT >= start:
            start = min(start, span.start)
        elif apart and span.end + _INSTANT >= apart[-1].start:
            apart[-1] = replace(apart[-1], start=min(apart[-1].start, span.start))
        else:
            apart.append(span)
    return replace(rule, not_before=start, earlier=tuple(apart[:_MOST_EARLIER]))


def _pattern(term: PlateTerm, not_before: datetime) -> VendorTarget:
    rule = PlateRule(text=term.text, state=term.state, not_before=not_before)
    return VendorTarget(plate=term.text, state=term.state, rules=(rule,))


def _within_pattern(term: PlateTerm, counting: Sequence[TargetMatch], not_before: datetime) -> VendorTarget:
    """The pattern as it was typed, its reads held to known plates; one of these that it does not find would be missed unseen."""
    issued = [(match, _issue_plate(match)) for match in counting]
    if not all(plates.fits_pattern(term.text, plate) for _, plate in issued):
        raise impossible("matches")
    rules = _merge(_rule(match, plate, term.state, not_before) for match, plate in issued)
    return VendorTarget(plate=term.text, state=term.state, rules=rules)


def _issue_plate(match: TargetMatch) -> plates.NormalPlate:
    """The normal form of the plate as issued. A wildcard in it would turn an exact search into a pattern."""
    if not plates.is_accepted(match.plate):
        raise impossible("matches")
    return plates.normalize(match.plate)


def _rule(match: TargetMatch, plate: plates.NormalPlate, asked: str | None, not_before: datetime) -> PlateRule:
    if None not in (match.plate_state, asked) and match.plate_state != asked:
        raise impossible("matches")
    start = _begin(match.valid_from, not_before)
    rule = PlateRule(text=plate, state=match.plate_state or asked, not_before=start)
    if not match.held_before:
        return rule
    spans = [TimeSpan(start=_begin(held.first, not_before), end=_end(held.last)) for held in match.held_before]
    return _add_earlier(rule, [span for span in spans if span.start <= span.end])


def _begin(day: date | None, not_before: datetime) -> datetime:
    """The day's first instant, or what no read may be older than."""
    return not_before if day is None else max(not_before, datetime.combine(day, time(), UTC))


def _end(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)
