"""Why an approval that a person has does not open what was asked for, told beside the remedy of the refusal.

It is read off what the policy saw of these approvals: whose, from whom, for which case, until when, for the plate as it was
sent. What the plate fits is not looked at, so that nothing told depends on that.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from gateway.model import Dossier
from gateway.pep.suggestion import PARTIAL, PROTECTED, SCOPES
from gateway.reasons import AnyReason

_Seen = Mapping[str, Any]
_NEAR, _OVER, _OTHER, _ELSEWHERE, _FAR = range(5)
"""How near an approval is to what was asked for: the nearest is told of."""


def tell_own_approval(case: Dossier, reason: AnyReason, longest_hours: float | None) -> str | None:
    """Why the nearest approval of the scope that was lacking does not count; None where there is none, or where one does.

    `longest_hours` is the longest that the policy in force lets one run, None where it does not say.
    """
    scope = SCOPES.get(reason)
    if scope is None or case.input_text is None or case.known is None or not case.known.approvals:
        return None
    seen = orjson.loads(case.input_text)
    part = seen["query"]["plate"]["match"] == "partial"
    found = [_judge(one, longest_hours, part=part) for one in _choose(seen["facts"]["approvals"], scope)]
    if None in found:
        return None  # something else is wrong, and what that is may not be theirs to know
    nearest = min((one for one in found if one is not None), key=lambda one: one[0], default=None)
    return None if nearest is None else nearest[1]


def _choose(approvals: list[_Seen], scope: str) -> list[_Seen]:
    """Those of this scope that could be for this plate, or for another; those that name one first.

    One of part of a plate may have been given for protected plates too, which who asked was not told.
    """
    more = {one["id"] for one in approvals if one["scope"] == PARTIAL} if scope == PROTECTED else set()
    chosen = [one for one in approvals if one["scope"] == scope and one["id"] not in more]
    return sorted(
        (one for one in chosen if one["plate_matches"] or not one["plate_named"] or scope != PROTECTED),
        key=lambda one: not one["plate_named"],
    )


def _judge(one: _Seen, longest_hours: float | None, *, part: bool) -> tuple[int, str | None] | None:
    """What keeps one from counting, and how near it is; None where it counts. Of one for another plate that is said alone."""
    wrong = _find_wrong(one, longest_hours, part=part)
    if one["plate_matches"] or not one["plate_named"]:
        return wrong
    other = "part of a plate: each part" if one["scope"] == PARTIAL else "plate: each"
    told = f"Approval {one['id']} is for another {other} is asked for anew."
    return (_OTHER, told) if wrong is None else (_FAR, None)


def _find_wrong(one: _Seen, longest_hours: float | None, *, part: bool) -> tuple[int, str | None] | None:
    name, left = f"Approval {one['id']}", one["expires_in_hours"]
    if not one["case_matches"]:
        return _ELSEWHERE, f"{name} is not for this case."
    if left is not None and left <= 0:
        return _OVER, f"{name} has expired."
    fault = _find_approver_fault(one) or _find_length_fault(one, longest_hours)
    if fault is not None:
        return _NEAR, f"{name} {fault}"
    unnamed = None if one["plate_named"] else _tell_unnamed(one["scope"], part=part)
    return None if unnamed is None else (_NEAR, f"{name} {unnamed}")


def _find_approver_fault(one: _Seen) -> str | None:
    if one["same_person"] is None:
        return "does not count: it does not say who gave it."
    if one["same_person"]:
        return "does not count: nobody approves a search of their own."
    if not (one["approver_active"] and one["approver_is_supervisor"]):
        return "counts no more: who gave it is no active supervisor now."
    return None


def _find_length_fault(one: _Seen, longest_hours: float | None) -> str | None:
    if one["expires_in_hours"] is None:
        return "does not count: it has no end."
    if longest_hours is not None and max(one["expires_in_hours"], one["runs_hours"]) > longest_hours:
        return f"does not count: it runs longer than the {longest_hours:g} hours that an approval may."
    return None


def _tell_unnamed(scope: str, *, part: bool) -> str | None:
    """What one that names no plate opens at most; of a part, alike whatever it fits."""
    if scope == PROTECTED:
        return (
            "does not count: it names no plate, and no protected plate is approved unseen. "
            "One asked for from this refusal names this plate."
        )
    if scope != PARTIAL or not part:
        return None
    return (
        "names no plate. Such a one opens at most parts that fit a plate which a subject of the case holds, and not each "
        "of these; one asked for from this refusal names this part, and the supervisor sees what stands against it."
    )
