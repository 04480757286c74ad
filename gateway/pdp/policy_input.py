"""The policy input: what a policy may know of one request, as canonical text (schema `lpr.input.v1`).

Everything a policy would need a clock, a calendar or a plate for is worked out here, so that the text holds no plate,
no name and no free text, and an engine needs nothing beside it. Knowledge that is missing is null, never made up.

Units: ages are whole days or whole minutes completed; other durations are days or hours to one decimal, rounded away
from zero, so that a limit that is passed by a second is seen to be passed on either side of it.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from gateway.canonical import canonical
from gateway.clock import written
from gateway.errors import Refusal
from gateway.model import (
    Acknowledgement,
    Approval,
    CaseFile,
    Declared,
    Dossier,
    Geo,
    Identity,
    Json,
    Known,
    PlateTerm,
    Query,
    Subject,
    TargetMatch,
    Training,
    Window,
)
from gateway.plates import fold, normal
from gateway.reasons import Reason

SCHEMA = "lpr.input.v1"
_RULES = "rules_of_behavior"
_COURSE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def policy_input(dossier: Dossier, *, now: datetime | None = None) -> str:
    """The text an engine judges this request by; `now` is the request's own time unless given.

    A page is judged as the search that opened it, on the facts of now, under the name `plate.page`.

    Raises:
        Refusal: `internal_error` if a step before has not been done; `purpose_ambiguous` or `case_ambiguous` if a page
            is declared for anything else than its search was.
    """
    identity, known, declared = dossier.identity, dossier.known, dossier.declared
    query = dossier.opening.query if dossier.opening else dossier.query
    if identity is None or known is None or declared is None or query is None:
        raise Refusal(Reason.INTERNAL_ERROR, note="policy input asked for before the request was understood")
    _same_as_opening(dossier, declared)
    instant = now or dossier.request.time
    return canonical(
        {
            "schema": SCHEMA,
            "request": {
                "id": dossier.request.request_id,
                "time": written(instant),
                "source_ip": dossier.request.source_ip,
            },
            "subject": _subject(identity, known.subject),
            "actor": _actor(identity, known.subject),
            "operation": {"vendor": query.vendor, "name": "plate.page" if dossier.opening else query.operation},
            "query": _query(query, declared, instant),
            "facts": _facts(identity, declared, query.plate, known, dossier.queries_24h, instant),
        }
    )


def _same_as_opening(dossier: Dossier, declared: Declared) -> None:
    if dossier.opening is None:
        return
    if declared.purpose != dossier.opening.effective.purpose:
        raise Refusal(Reason.PURPOSE_AMBIGUOUS)
    if declared.case_number != dossier.opening.effective.case_number:
        raise Refusal(Reason.CASE_AMBIGUOUS)


def _subject(identity: Identity, person: Subject | None) -> Json:
    """Facts about anybody but the person proved are no facts about the person."""
    if person is None or person.user_id != identity.user_id:
        return {"id": identity.user_id, "component": None, "office": None, "roles": None, "active": None}
    return {
        "id": identity.user_id,
        "component": person.component,
        "office": person.office,
        "roles": [*sorted(person.roles)],
        "active": person.active,
    }


def _actor(identity: Identity, person: Subject | None) -> Json:
    is_service = identity.key.kind != "person"
    return {
        "method": identity.method,
        "kind": identity.key.kind,
        "service": identity.key.user_id if is_service else None,
        "may_act_for_subject": _acts_for(identity, person) if is_service else identity.on_behalf_of is None,
    }


def _acts_for(service: Identity, person: Subject | None) -> bool:
    if person is None or person.user_id != service.user_id or service.on_behalf_of != service.user_id:
        return False
    by_user = f"user:{person.user_id}" in service.key.acts_for
    return by_user or (person.office is not None and f"office:{person.office}" in service.key.acts_for)


def _query(query: Query, declared: Declared, now: datetime) -> Json:
    reasons = (declared.reason_text, query.claims.reason_text)
    return {
        "plate": _plate(query.plate),
        "purpose": declared.purpose,
        "purpose_source": declared.purpose_source,
        "case_number": declared.case_number,
        "reason_present": any(reason and not reason.isspace() for reason in reasons),
        "context_age_minutes": (now - declared.context.declared_at) // _MINUTE if declared.context else None,
        "window": _window(query.window, now),
        "geo": _geo(query.geo),
        "limit": query.limit,
        "entries": None,
    }


def _plate(plate: PlateTerm | None) -> Json:
    if plate is None:
        return {"match": "none", "fixed_characters": 0, "state": None}
    return {"match": plate.match, "fixed_characters": plate.fixed_characters, "state": plate.state}


def _window(window: Window | None, now: datetime) -> Json:
    if window is None:
        return None
    start, end = window.start, window.end
    return {
        "start": written(start) if start else None,
        "end": written(end) if end else None,
        "lookback_days": _tenths(now - start, _DAY) if start else None,
        "span_days": _tenths(end - start, _DAY) if start and end else None,
        "ahead_hours": _tenths(max(end - now, timedelta()), _HOUR) if end else None,
    }


def _geo(geo: Geo | None) -> Json:
    if geo is None:
        return None
    return {"kind": geo.kind, "size_miles": None if geo.size_miles is None else round(geo.size_miles, 3)}


def _facts(
    asker: Identity, declared: Declared, plate: PlateTerm | None, known: Known, queries: int | None, now: datetime
) -> Json:
    asked = fold(plate.text) if plate else None
    state = plate.state if plate else None
    return {
        "revision": known.revision,
        "age_hours": _tenths(now - known.as_of, _HOUR),
        "training": _training(known.training, now.date()),
        "acknowledgement": _acknowledgement(known.acknowledgements, now),
        "case": _case(known.case, declared.case_number, known.subject, now),
        "target": {
            "matches": [_match(match, declared.case_number, state, now.date()) for match in known.matches],
            "protected": known.protected,
        },
        "approvals": [_approval(approval, asker, declared.case_number, asked, now) for approval in known.approvals],
        "usage": {"queries_24h": queries},
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
        course: {"age_days": _days(record.completed_on, today), "version": record.version}
        for course, record in newest.items()
    }


def _acknowledgement(records: Iterable[Acknowledgement], now: datetime) -> Json:
    accepted = [record for record in records if record.document == _RULES and record.accepted_at is not None]
    newest = max(accepted, key=lambda record: record.accepted_at or now, default=None)
    if newest is None or newest.accepted_at is None:
        return None
    return {"version": newest.version, "age_days": (now - newest.accepted_at) // _DAY}


def _case(case: CaseFile | None, cited: str | None, person: Subject | None, now: datetime) -> Json:
    if case is None or case.case_number != cited:
        return None
    earliest = datetime.combine(case.lookback_from, time(), UTC) if case.lookback_from else None
    office = person.office if person else None
    return {
        "status": case.status,
        "kind": case.kind,
        "lookback_days": _tenths(now - earliest, _DAY) if earliest else None,
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
        "valid_from_days": _days(match.valid_from, today),
        "spelling": match.spelling,
        "state": _compared(state, match.plate_state),
    }


def _compared(asked: str | None, issued: str | None) -> str:
    if asked is None or issued is None:
        return "unknown"
    return "same" if asked == issued else "differs"


def _approval(approval: Approval, asker: Identity, cited: str | None, asked: str | None, now: datetime) -> Json:
    approver = approval.approved_by
    return {
        "id": approval.approval_id,
        "scope": approval.scope,
        "same_person": None if approver is None else approver in (asker.user_id, asker.key.user_id),
        "approver_active": approval.approver_active,
        "approver_is_supervisor": "supervisor" in approval.approver_roles,
        "case_matches": approval.case_number is not None and approval.case_number == cited,
        "plate_matches": approval.plate is None or fold(normal(approval.plate)) == asked,
        "expires_in_hours": _tenths(approval.expires_at - now, _HOUR) if approval.expires_at else None,
    }


def _days(since: date | None, today: date) -> int | None:
    return None if since is None else (today - since).days


def _tenths(duration: timedelta, unit: timedelta) -> float:
    """The duration in units, to one decimal, away from zero: a second too long never looks like the limit itself."""
    tenths = -(-abs(duration) * 10 // unit)
    return (tenths if duration >= timedelta() else -tenths) / 10
