"""The policy input: what a policy may know of one request, as canonical text (schema `lpr.input.v1`).

Everything a policy would need a clock, a calendar or a plate for is worked out here, so that the text holds no plate,
no name and no free text, and an engine needs nothing beside it. Knowledge that is missing is null, never made up.

Units: ages are whole days or whole minutes completed; other durations are days or hours to one decimal, rounded away
from zero, so that a limit that is passed by a second is seen to be passed on either side of it.
"""

from datetime import datetime, timedelta

from gateway.canonical import canonical
from gateway.clock import format_instant
from gateway.errors import Refusal
from gateway.kept_words import says_something
from gateway.model import (
    Assurance,
    Declared,
    Dossier,
    Geo,
    Identity,
    Json,
    PlateTerm,
    Query,
    ReviewStanding,
    Searches,
    Subject,
    Usage,
    Window,
)
from gateway.pdp.durations import DAY, HOUR, MINUTE, count_tenths
from gateway.pdp.input_facts import known_facts
from gateway.reasons import Reason

SCHEMA = "lpr.input.v1"
_OTHERS = ("service", "office", "vendor")


def policy_input(dossier: Dossier, *, now: datetime | None = None) -> str:
    """The text an engine judges this request by; `now` is the request's own time unless given.

    A page is judged as the search that opened it, for what was declared then, on the facts of now, as `plate.page`.

    Raises:
        Refusal: `internal_error` if a step before has not been done.
    """
    identity, known = dossier.identity, dossier.known
    asked = dossier.opening or dossier
    query, declared = asked.query, asked.declared
    if identity is None or known is None or declared is None or query is None:
        raise Refusal(Reason.INTERNAL_ERROR, note="policy input asked for before the request was understood")
    instant = now or dossier.request.time
    return canonical(
        {
            "schema": SCHEMA,
            "request": {
                "id": dossier.request.request_id,
                "time": format_instant(instant),
                "source_ip": dossier.request.source_ip,
            },
            "subject": _subject(identity, known.subject),
            "actor": _actor(identity, known.subject, instant),
            "policy": {"age_days": _whole_days(dossier.policy_reviewed, instant)},
            "operation": {"vendor": query.vendor, "name": "plate.page" if dossier.opening else query.operation},
            "query": _query(query, declared, instant),
            "facts": {
                **known_facts(identity, declared, query.plate, known, instant),
                "usage": _usage(dossier.usage or {}),
                "reviews": _reviews(dossier.reviews),
            },
        }
    )


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


def _actor(identity: Identity, person: Subject | None, now: datetime) -> Json:
    is_service = identity.key.kind != "person"
    return {
        "method": identity.method,
        "kind": identity.key.kind,
        "service": identity.key.user_id if is_service else None,
        "may_act_for_subject": _acts_for(identity, person) if is_service else identity.on_behalf_of is None,
        "assurance": _assurance(identity.assurance, now),
    }


def _assurance(assurance: Assurance | None, now: datetime) -> Json:
    """How strongly whoever vouches says the person was authenticated; null where nobody vouches, or does not say."""
    if assurance is None:
        return None
    signed_in = assurance.authenticated_at
    return {
        "acr": assurance.acr,
        "amr": None if assurance.amr is None else [*sorted(assurance.amr)],
        "auth_age_minutes": None if signed_in is None else max(0, (now - signed_in) // MINUTE),
    }


def _acts_for(service: Identity, person: Subject | None) -> bool:
    """By name also where the facts know nobody of it: what is wrong then is that person, not the list."""
    named, acts_for = service.on_behalf_of, service.key.acts_for
    if named is None or named != service.user_id:
        return False
    if f"user:{named}" in acts_for or person is None or person.user_id != named:
        return f"user:{named}" in acts_for
    return person.office is not None and f"office:{person.office}" in acts_for


def _usage(usage: Usage) -> Json:
    """How much was searched: by the person, and by each of the others that this search counts for."""
    return {**_searches(usage.get("person")), **{kind: _searches(usage.get(kind)) for kind in _OTHERS}}


def _searches(searches: Searches | None) -> dict[str, Json]:
    if searches is None:
        return {"queries_1h": None, "queries_24h": None}
    return {"queries_1h": searches.this_hour, "queries_24h": searches.last_24_hours}


def _reviews(standing: ReviewStanding | None) -> Json:
    """The person's emergencies and what of them was not reviewed in time; asked for only where one is claimed."""
    if standing is None:
        return None
    return {"emergencies_24h": standing.emergencies_24h, "overdue": standing.overdue}


def _query(query: Query, declared: Declared, now: datetime) -> Json:
    return {
        "plate": _plate(query.plate),
        "purpose": declared.purpose,
        "purpose_source": declared.purpose_source,
        "case_number": declared.case_number,
        "reason_present": says_something(declared.written),
        "circumstance": declared.circumstance,
        "context_age_minutes": (now - declared.context.declared_at) // MINUTE if declared.context else None,
        "window": describe_window(query.window, now),
        "geo": _geo(query.geo),
        "limit": query.limit,
        "entries": None,
    }


def _whole_days(reviewed: datetime | None, now: datetime) -> int | None:
    """Since the policy was last reviewed; one that came into force this moment may be a little ahead of the request."""
    return None if reviewed is None else max(0, (now - reviewed) // DAY)


def _plate(plate: PlateTerm | None) -> Json:
    if plate is None:
        return {"match": "none", "fixed_characters": 0, "state": None}
    return {"match": plate.match, "fixed_characters": plate.fixed_characters, "state": plate.state}


def describe_window(window: Window | None, now: datetime) -> dict[str, Json] | None:
    """The times searched, how far back and ahead they reach from `now`, and how long they are."""
    if window is None:
        return None
    start, end = window.start, window.end
    return {
        "start": format_instant(start) if start else None,
        "end": format_instant(end) if end else None,
        "lookback_days": count_tenths(now - start, DAY) if start else None,
        "span_days": count_tenths(end - start, DAY) if start and end else None,
        "ahead_hours": count_tenths(max(end - now, timedelta()), HOUR) if end else None,
    }


def _geo(geo: Geo | None) -> Json:
    if geo is None:
        return None
    return {"kind": geo.kind, "size_miles": None if geo.size_miles is None else round(geo.size_miles, 3)}
