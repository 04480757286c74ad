"""What the gateway knows of the person asking, as far as it matters for being served: by what, until when, what lacks."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from gateway.clock import format_instant
from gateway.endpoints.assurance import is_assurance_enough
from gateway.endpoints.endpoint_context import EndpointContext, json_answer
from gateway.endpoints.missing import count_training_days_left, find_ended, find_missing, list_purposes
from gateway.endpoints.reviews import count_findings
from gateway.errors import Refusal
from gateway.model import (
    Accounts,
    Acknowledgement,
    Answer,
    Dossier,
    Identity,
    Json,
    Known,
    ProvenUser,
    Question,
    ReviewStanding,
)
from gateway.pep.accepted_text import keep_counting
from gateway.pep.case_gaps import find_lacking
from gateway.pep.ceilings import find_emergencies_end, list_standings
from gateway.reasons import Reason

_OF_EVERY_SEARCH = {"person": Reason.USAGE_CEILING.value, "office": Reason.OFFICE_CEILING.value}


def whoami(endpoint: EndpointContext, case: Dossier) -> Answer:
    """GET: person, standing, training, accepted rules, credential and its end, what is missing, searches left."""
    if case.identity is None or case.identity.user_id is None:
        raise Refusal(Reason.SERVICE_NEEDS_PERSON)
    user_id, key = case.identity.user_id, case.identity.key
    told: dict[str, Json] = {}
    if key.kind == "person":  # a service never learns more than that it is recognised, and for whom
        told = _describe_person(endpoint, case.identity, case.request.time)
    endpoint.acts.done(case, "whoami")
    limits: dict[str, Json] = {"key_id": key.key_id, "kind": key.kind, "expires_at": format_instant(key.expires_at)}
    limits["mounts"] = list(key.mounts)
    return json_answer(200, {"user_id": user_id, **told, "key": limits, "credential": _describe_proof(case.identity)})


def _describe_person(endpoint: EndpointContext, identity: Identity, now: datetime) -> dict[str, Json]:
    user_id, tables = ProvenUser(identity.key.user_id), endpoint.tables()
    known = endpoint.ports.facts.look_up(Question(user_id=user_id, case_number=None, plate=None))
    own = endpoint.ports.store.own(user_id, "", now).acknowledgements
    accepted = keep_counting(known.acknowledgements + own, endpoint.ports.rules())
    standing = endpoint.emergencies.standing(user_id, now)
    days_left = count_training_days_left(known.training, tables, now.date())
    reviewed = endpoint.board.count_reviewed(user_id, now)
    longest = timedelta(hours=endpoint.ports.facts_max_age_h)
    missing = find_ended(known, tables, endpoint.ports.policy_reviewed(), now, facts_longest=longest)
    missing += find_missing(known, accepted, tables, now.date())
    if tables and not is_assurance_enough(identity, tables, now):
        missing.append("assurance_too_low")
    searches, full = _describe_searches(endpoint, known, user_id, now)
    if Reason.ROLE_MAY_NOT_QUERY.value not in missing:
        missing += full
    if standing.overdue:
        missing.append("review_overdue")  # of emergencies alone: other searches go on
    return _describe(known) | {
        "acknowledgements": [*_list_once(accepted)],
        "reviewed": {"days": endpoint.board.told_days, "searches": reviewed},
        "training_days_left": days_left,
        "reviews": {
            "due": standing.due,
            "overdue": standing.overdue,
            "to_review": endpoint.emergencies.count_awaiting(user_id),
            **count_findings(endpoint, known.subject),
        },
        "missing": missing,
        "cases": [
            {"case_number": one.case_number, "kind": one.kind, "office": one.office, "lacks": find_lacking(one)}
            for one in endpoint.open_cases(user_id)
        ],
        "purposes": [*list_purposes(known.subject.component if known.subject else None, tables)],
        "searches": searches,
        "emergencies": _describe_emergencies(standing, _find_most(endpoint, known)),
    }


def _list_once(accepted: Iterable[Acknowledgement]) -> list[Json]:
    """Each text and version once, however often it was accepted, and wherever that is on file."""
    return [
        {"document": document, "version": version}
        for document, version in dict.fromkeys((item.document, item.version) for item in accepted)
    ]


def _describe_searches(
    endpoint: EndpointContext, known: Known, user_id: ProvenUser, now: datetime
) -> tuple[Json, list[Json]]:
    """How many of a day's searches are used and left; and of each ceiling that a search would be judged by.

    And the reasons of those that every search would be refused for: a vendor's leaves the other vendors.
    """
    office = known.subject.office if known.subject is not None else None
    ceilings: dict[str, Json] = {}
    full: list[Json] = []
    for vendor in sorted({mounted.profile.name for mounted in endpoint.mounts.values()}):
        asked = Accounts(person=user_id, office=office or "", vendor=vendor)
        usage = endpoint.ports.store.count_used(asked, now)
        for one in list_standings(usage, endpoint.ports.ceilings()):
            if one.remaining == 0 and (reason := _OF_EVERY_SEARCH.get(one.kind)) and reason not in full:
                full.append(reason)
            name = one.name if one.kind != "vendor" else f"{one.name} {vendor}"
            ceilings[name] = {
                "used": one.used,
                "ceiling": one.most,
                "left": one.remaining,
                "ends_at": format_instant(one.ends) if one.remaining == 0 else None,
            }
    day = ceilings.get("person-day")
    return {"hours": 24, **(day if isinstance(day, dict) else {}), "ceilings": ceilings}, full


def _find_most(endpoint: EndpointContext, known: Known) -> float | None:
    """How many emergencies this person may make: none whose roles the table does not list."""
    roles = known.subject.roles if known.subject else ()
    may = not set(roles).isdisjoint(endpoint.ports.emergency_ways().roles)
    most = endpoint.ports.emergencies_most()
    return most if may or most is None else 0


def _describe_emergencies(standing: ReviewStanding, most: float | None) -> Json:
    """How many emergency searches of the last 24 hours are used and left; None where the table has no number."""
    if most is None:
        return None
    end, used = find_emergencies_end(standing, most), standing.emergencies_24h
    left = max(0, int(most) - used)
    return {
        "hours": 24,
        "used": used,
        "ceiling": int(most),
        "left": left,
        "ends_at": format_instant(end) if end else None,
    }


def _describe_proof(identity: Identity) -> Json:
    """By what the person is known, and how strongly."""
    assurance = identity.assurance
    at = assurance.authenticated_at if assurance else None
    return {
        "method": identity.method,
        "expires_at": format_instant(identity.key.expires_at),
        "acr": assurance.acr if assurance else None,
        "amr": list(assurance.amr) if assurance and assurance.amr is not None else None,
        "authenticated_at": format_instant(at) if at else None,
    }


def _describe(known: Known) -> dict[str, Json]:
    subject = known.subject
    if subject is None:
        return {"known": False}
    return {
        "known": True,
        "name": subject.name,
        "component": subject.component,
        "office": subject.office,
        "roles": list(subject.roles),
        "active": subject.active,
        "training": [
            {"course": item.course, "completed_on": item.completed_on.isoformat() if item.completed_on else None}
            for item in known.training
        ],
    }
