"""The known plates that a policy is asked about: no more than tell one search from another, however many people hold one.

A plate can be in the files of hundreds of cases. What a policy can tell apart of them is little: whether the case is the
cited one, whose plate it is, whether state and day fit. Plates alike in all of that are one to a decision, and an engine
that counts its steps must not be made to stop by a busy plate.
"""

from collections.abc import Hashable, Iterable
from datetime import date

from gateway import plates
from gateway.model import Known, PlateTerm, TargetMatch
from gateway.value import replace

MOST_MATCHES = 200
"""More distinct ones than this are not told to a policy: first stay the cited case's subjects, then its other people."""


def distinct_targets(known: Known, cited: str | None, plate: PlateTerm | None, today: date) -> Known:
    """The same knowledge, its matches without those that decide nothing beside another.

    Of matches alike the one that held the plate longest stands for all. What is cut off beyond `MOST_MATCHES` could only
    have allowed more.
    """
    if len(known.matches) < 2 or plate is None:  # noqa: PLR2004 - one is distinct
        return known
    kept: dict[Hashable, TargetMatch] = {}
    for match in known.matches:
        alike = _tell_apart(match, cited, plate, today)
        standing = kept.get(alike)
        if standing is None or (match.valid_from or date.min) < (standing.valid_from or date.min):
            kept[alike] = match
    return replace(known, matches=tuple(_most_telling(kept.values(), cited)))


def _tell_apart(match: TargetMatch, cited: str | None, plate: PlateTerm, today: date) -> Hashable:
    valid = (match.valid_from or today) <= today <= (match.valid_to or today)
    standing = (match.relation == "subject", match.active, match.assigned, valid, match.spelling)
    if match.case_number != cited or plate.match == "partial":
        compared = None if None in (match.plate_state, plate.state) else match.plate_state == plate.state
        return (match.case_number == cited, *standing, compared)
    return (True, *standing, match.plate_state, plates.normalize(match.plate))


def _most_telling(matches: Iterable[TargetMatch], cited: str | None) -> Iterable[TargetMatch]:
    """In the order of the facts, unless there are too many."""
    found = list(matches)
    if len(found) <= MOST_MATCHES:
        return found
    return sorted(found, key=lambda match: (match.case_number != cited, match.relation != "subject"))[:MOST_MATCHES]
