"""Which plate is sent to the vendor, and which plates its reads may be of."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time

from gateway import plates
from gateway.model import PlateRule, PlateTerm, TargetMatch
from gateway.obligations.draft import impossible
from gateway.value import Hidden, Value


class VendorTarget(Value, frozen=True, kw_only=True):
    """The plate to send (normal form, or the approved pattern), its state if one is known, and the rules for reads."""

    plate: Hidden[plates.SoughtPlate]
    state: str | None
    rules: tuple[PlateRule, ...]


def aim(term: PlateTerm, counting: Sequence[TargetMatch], *, not_before: datetime, typed: bool = False) -> VendorTarget:
    """The target of a search for `term`, when these known plates count and reads may go back to `not_before`.

    What was typed is never sent, only a plate as it was issued or a pattern that a supervisor approved; but for a whole
    plate that nobody knows where `typed` says so, as in an emergency.

    Raises:
        Refusal: OBLIGATION_NOT_POSSIBLE where no known plate counts, or some count for a pattern.
    """
    if term.match == "partial":
        if counting:
            raise impossible("matches")
        return _pattern(term, not_before)
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
    """One rule a state, from the earliest day on which anybody held the plate: it lets pass what the many would.

    So however many people hold a plate, there are no more rules than states.
    """
    earliest: dict[str | None, PlateRule] = {}
    for rule in rules:
        known = earliest.setdefault(rule.state, rule)
        if rule.not_before < known.not_before:
            earliest[rule.state] = rule
    return tuple(earliest.values())


def _pattern(term: PlateTerm, not_before: datetime) -> VendorTarget:
    rule = PlateRule(text=term.text, state=term.state, not_before=not_before)
    return VendorTarget(plate=term.text, state=term.state, rules=(rule,))


def _issue_plate(match: TargetMatch) -> plates.NormalPlate:
    """The normal form of the plate as issued. A wildcard in it would turn an exact search into a pattern."""
    if not plates.is_accepted(match.plate):
        raise impossible("matches")
    return plates.normalize(match.plate)


def _rule(match: TargetMatch, plate: plates.NormalPlate, asked: str | None, not_before: datetime) -> PlateRule:
    if None not in (match.plate_state, asked) and match.plate_state != asked:
        raise impossible("matches")
    if match.valid_from is not None:
        not_before = max(not_before, datetime.combine(match.valid_from, time(), UTC))
    return PlateRule(text=plate, state=match.plate_state or asked, not_before=not_before)
