"""The known plates that a policy is asked about: no more than tell one search from another, however many people hold one.

A plate can be in the files of hundreds of cases. What a policy can tell apart of them is little: whether the case is the
cited one, whose plate it is, whether state and day fit. Plates alike in all of that are one to a decision, and an engine
that counts its steps must not be made to stop by a busy plate. Of the cited case each plate stays by itself, for an answer
may be limited to those that count.
"""

from collections.abc import Hashable, Iterable
from datetime import date

from gateway import plates
from gateway.model import Known, PlateTerm, TargetMatch, Tenure
from gateway.value import replace

MOST_MATCHES = 200
"""More distinct ones than this are not told to a policy: first stay the cited case's subjects, those before others who hold one today, then its other people."""


def distinct_targets(known: Known, cited: str | None, plate: PlateTerm | None, today: date) -> Known:
    """The same knowledge, its matches without those that decide nothing beside another.

    Of matches alike the one that held the plate longest stands for all, and for the times they held it before. What is
    cut off beyond `MOST_MATCHES` could only have allowed more.
    """
    if len(known.matches) < 2 or plate is None:  # noqa: PLR2004 - one is distinct
        return known
    kept: dict[Hashable, TargetMatch] = {}
    for match in _add_tenures(known.matches, today):
        alike = _tell_apart(match, cited, plate, today)
        standing = kept.get(alike)
        kept[alike] = match if standing is None else _unite(standing, match)
    return replace(known, matches=tuple(_most_telling(kept.values(), cited, today)))


def _add_tenures(matches: tuple[TargetMatch, ...], today: date) -> Iterable[TargetMatch]:
    """Each plate that is held today with the earlier times its holder held it: a renewed registration is a row of its own."""
    ended: dict[Hashable, list[Tenure]] = {}
    for match in matches:
        if match.valid_to is not None and match.valid_to < today:
            ended.setdefault(_holder(match), []).append(Tenure(first=match.valid_from, last=match.valid_to))
    for match in matches:
        before = ended.get(_holder(match)) if ended and _is_valid(match, today) else None
        yield replace(match, held_before=tuple(before)) if before else match


def _holder(match: TargetMatch) -> Hashable:
    return (match.subject_id, match.case_number, plates.normalize(match.plate), match.plate_state)


def _is_valid(match: TargetMatch, today: date) -> bool:
    return (match.valid_from or today) <= today <= (match.valid_to or today)


def _unite(standing: TargetMatch, match: TargetMatch) -> TargetMatch:
    """Of two alike the one that held the plate longer, with what both held before."""
    longer = match if (match.valid_from or date.min) < (standing.valid_from or date.min) else standing
    before = standing.held_before + match.held_before
    return replace(longer, held_before=before) if before else longer


def _tell_apart(match: TargetMatch, cited: str | None, plate: PlateTerm, today: date) -> Hashable:
    valid = _is_valid(match, today)
    standing = (match.relation == "subject", match.active, match.assigned, valid, match.spelling)
    if match.case_number != cited:
        compared = None if None in (match.plate_state, plate.state) else match.plate_state == plate.state
        return (match.case_number == cited, *standing, compared)
    return (True, *standing, match.plate_state, plates.normalize(match.plate))


def _most_telling(matches: Iterable[TargetMatch], cited: str | None, today: date) -> Iterable[TargetMatch]:
    """In the order of the facts, unless there are too many."""
    found = list(matches)
    if len(found) <= MOST_MATCHES:
        return found

    def rank(match: TargetMatch) -> tuple[bool, ...]:
        can_count = match.active is True and match.spelling == "same" and _is_valid(match, today)
        return (match.case_number != cited, match.relation != "subject", not can_count)

    return sorted(found, key=rank)[:MOST_MATCHES]
