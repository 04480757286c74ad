"""What is known of a request's people, case and plate, as a policy may see it: compared, counted and aged, never named."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from gateway.model import (
    Acknowledgement,
    Approval,
    CaseFile,
    Declared,
    Identity,
    Json,
    Known,
    PlateTerm,
    Subject,
    TargetMatch,
    Training,
)
from gateway.pdp.durations import DAY, HOUR, count_days, count_tenths
from gateway.plates import FoldedPlate, PlatePattern, fold, in_clear, normalize, read_sought

_RULES = "rules_of_behavior"
_PROTECTED = "protected_plate"
_COURSE = re.compile(r"[a-z][a-z0-9_]{0,63}")


def known_facts(
    asker: Identity, declared: Declared, plate: PlateTerm | None, known: Known, now: datetime
) -> dict[str, Json]:
    """The `facts` of the input: what `asker` may rely on, seen at `now`."""
    asked = fold(plate.text) if plate else None
    state = plate.state if plate else None
    return {
        "revision": known.revision,
        "age_hours": count_tenths(now - known.as_of, HOUR),
        "training": _training(known.training, now.date()),
        "acknowledgement": _acknowledgement(known.acknowledgements, now),
        "case": _case(known.case, declared.case_number, known.subject, now),
        "target": {
            "matches": [_match(match, declared.case_number, state, now.date()) for match in known.matches],
            "protected": known.protected,
        },
        "approvals": [_approval(approval, asker, declared.case_number, asked, now) for approval in known.approvals],
    }


def _training(records: Iterable[Training], today: date) -> Json:
    """The newest completion of each course; a course whose name is no plain word is nothing a policy can ask for."""
    newest: dict[str, Training] = {}
    for record in records:
        if _COURSE.fullmatch(record.course) is None:
            continue
        known = newest.get(record.course)
        if known is None or (record.completed_on or date.min) > (known.completed_on or date.min):
            newest[record.course] = record
    return {
        course: {"age_days": count_days(record.completed_on, today), "version": record.version}
        for course, record in newest.items()
    }


def _acknowledgement(records: Iterable[Acknowledgement], now: datetime) -> Json:
    accepted = [record for record in records if record.document == _RULES and record.accepted_at is not None]
    newest = max(accepted, key=lambda record: record.accepted_at or now, default=None)
    if newest is None or newest.accepted_at is None:
        return None
    return {"version": newest.version, "age_days": (now - newest.accepted_at) // DAY}


def _case(case: CaseFile | None, cited: str | None, person: Subject | None, now: datetime) -> Json:
    if case is None or case.case_number != cited:
        return None
    earliest = datetime.combine(case.lookback_from, time(), UTC) if case.lookback_from else None
    office = person.office if person else None
    return {
        "status": case.status,
        "kind": case.kind,
        "lookback_days": count_tenths(now - earliest, DAY) if earliest else None,
        "assigned": case.assigned,
        "same_office": None if case.office is None or office is None else case.office == office,
    }


def _match(match: TargetMatch, cited: str | None, state: str | None, today: date) -> Json:
    return {
        "subject_id": match.subject_id,
        "relation": match.relation,
        "active": match.active,
        "in_cited_case": match.case_number == cited,
        "assigned": match.assigned,
        "plate_valid": (match.valid_from or today) <= today <= (match.valid_to or today),
        "valid_from_days": count_days(match.valid_from, today),
        "spelling": match.spelling,
        "state": _compare(state, match.plate_state),
    }


def _compare(asked: str | None, issued: str | None) -> str:
    if asked is None or issued is None:
        return "unknown"
    return "same" if asked == issued else "differs"


def _is_for_plate(approval: Approval, asked: FoldedPlate | PlatePattern | None) -> bool:
    if approval.scope == _PROTECTED and not approval.names_plate:
        return False  # whatever the policy says: no protected plate is approved unseen
    if approval.plate_hash is not None:
        return approval.plate_matches is True
    # With wildcards side by side it may be meant for so many characters: it is for no pattern that anybody can ask.
    return approval.plate is None or fold(read_sought(in_clear(normalize(approval.plate)))) == asked


def _approval(
    approval: Approval, asker: Identity, cited: str | None, asked: FoldedPlate | PlatePattern | None, now: datetime
) -> Json:
    approver = approval.approved_by
    return {
        "id": approval.approval_id,
        "scope": approval.scope,
        "same_person": None if approver is None else approver in (asker.user_id, asker.key.user_id),
        "approver_active": approval.approver_active,
        "approver_is_supervisor": "supervisor" in approval.approver_roles,
        "case_matches": approval.case_number is not None and approval.case_number == cited,
        "plate_matches": _is_for_plate(approval, asked),
        "plate_named": approval.names_plate,
        "expires_in_hours": count_tenths(approval.expires_at - now, HOUR) if approval.expires_at else None,
        "runs_hours": _runs_hours(approval, now),
    }


def _runs_hours(approval: Approval, now: datetime) -> float | None:
    """How long it runs from its first day, which for one given here is bounded when it is given; None without an end."""
    if approval.expires_at is None:
        return None
    return count_tenths(approval.expires_at - min(approval.first_seen or now, now), HOUR)
