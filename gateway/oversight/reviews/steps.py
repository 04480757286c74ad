"""What may be done with a finding, and by whom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.errors import ConfigurationError
from gateway.oversight.reviews.findings import WITHDRAWN, MisuseFinding

OUTCOMES = ("explained", "misuse", "referred")
_LONGEST_WHY = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Somebody who is to judge: as the facts know the person."""

    user_id: str
    office: str | None
    roles: tuple[str, ...]
    active: bool


def check_assignment(finding: MisuseFinding, reviewer: Reviewer, roles: Iterable[str]) -> None:
    """Whether this person may judge this finding.

    Raises:
        ConfigurationError: with every reason why not.
    """
    problems = []
    if finding.is_closed:
        problems.append(tell_closed(finding))
    if not reviewer.active:
        problems.append(f"{reviewer.user_id} is not an active person in the facts")
    if not set(reviewer.roles) & set(roles):
        problems.append(f"{reviewer.user_id} has none of the roles that may review: {', '.join(roles)}")
    if finding.is_about(reviewer.user_id):
        problems.append("nobody reviews a finding about themselves, or in which a search of theirs is")
    elif finding.another_office and reviewer.office in finding.offices:
        offices = ", ".join(finding.offices)
        problems.append(
            f"findings of {finding.detector_id} are reviewed by another office than {offices}; where there is no other, it is "
            "closed on the gateway's host: `oversight review` without --by, which the record names"
        )
    if problems:
        raise ConfigurationError(problems)


def tell_closed(finding: MisuseFinding) -> str:
    """Why there is nothing to judge in one that is closed."""
    if finding.status == WITHDRAWN:
        return f"{finding.finding_id} rested on a vendor's file that was withdrawn"
    return f"{finding.finding_id} was reviewed already ({finding.status})"


def check_review(finding: MisuseFinding, reviewer: Reviewer, roles: Iterable[str], *, outcome: str, why: str) -> None:
    """Whether this person may close this finding this way.

    Raises:
        ConfigurationError: with every reason why not.
    """
    problems = []
    if outcome not in OUTCOMES:
        problems.append(f"an outcome is one of {', '.join(OUTCOMES)}")
    if not why.strip() or len(why) > _LONGEST_WHY:
        problems.append(f"say why, in at most {_LONGEST_WHY} characters")
    if finding.status == "assigned" and finding.reviewer != reviewer.user_id:
        problems.append(f"{finding.finding_id} is assigned to {finding.reviewer}")
    if problems:
        raise ConfigurationError(problems)
    check_assignment(finding, reviewer, roles)


def due_reminders(
    findings: Iterable[MisuseFinding], *, now: datetime, remind: timedelta
) -> Iterator[tuple[MisuseFinding, str]]:
    """Findings to remind of, or to take to the privacy office, each with the event type to record."""
    for finding in findings:
        if finding.is_closed:
            continue
        if now >= finding.due and not finding.escalated:
            yield finding, "finding.escalated"
        elif finding.due - remind <= now < finding.due and not finding.reminded:
            yield finding, "finding.reminded"
