"""Findings that a person is to review, and the review itself."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.endpoints.body import Body, read, words
from gateway.endpoints.endpoint_context import EndpointContext, json_answer, person
from gateway.errors import Refusal
from gateway.kept_words import tell_plates
from gateway.model import Answer, Dossier, Json, Question, Subject
from gateway.reasons import Reason

PREFIX = "/gateway/reviews/"
_PRIVACY = "privacy"
_OPEN, _ASSIGNED = "open", "assigned"
_YOURS = "List those that are yours: GET /gateway/reviews."
_TO_CLOSE = f"Only what is assigned to oneself is closed. {_YOURS}"
_CONCERNED = ("detector", "severity", "title", "persons", "offices")
"""What each record of a finding tells of it."""


class Judgement(Body):
    """The outcome of a review, and why."""

    outcome: Literal["explained", "misuse", "referred"]
    why: Annotated[str, words(2000)]


class Assignment(Body):
    """Who is to judge."""

    reviewer: Annotated[str, Field(min_length=1, max_length=128)]


def list_reviews(endpoint: EndpointContext, case: Dossier) -> Answer:
    """GET: findings assigned to the person; the privacy office sees all but those about the person asking."""
    asking = _reviewer(endpoint, case)
    shown = [item for item in endpoint.board.findings() if _may_see(asking, item)]
    endpoint.acts.done(case, "reviews.listed")
    return json_answer(200, {"reviews": list[Json](shown)})


def count_findings(endpoint: EndpointContext, asking: Subject | None) -> dict[str, Json]:
    """How many findings wait for this person: to be judged, and for the privacy office to be given to somebody; 0 for others."""
    shown: list[dict[str, Any]] = []
    if asking is not None and _may_review(endpoint, asking):
        shown = [item for item in endpoint.board.findings() if _may_see(asking, item)]
    given = [item for item in shown if item["status"] == _ASSIGNED and asking and item["reviewer"] == asking.user_id]
    return {"findings_to_review": len(given), "findings_to_assign": sum(item["status"] == _OPEN for item in shown)}


def assign(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: the privacy office gives a finding to a person who may judge it."""
    asking, given = _reviewer(endpoint, case), read(Assignment, case.request)
    finding = _find(endpoint, case, lambda item: _PRIVACY in asking.roles and _may_see(asking, item))
    judge = _look_up(endpoint, given.reviewer)
    problems = endpoint.board.why_not(finding["finding_id"], judge) if judge else ("nobody is known by that user id",)
    if problems:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="reviewer", hint=f"Not possible: {'; '.join(problems)}.")
    _record(endpoint, case, "finding.assigned", finding, {"reviewer": given.reviewer})
    endpoint.board.follow(finding["finding_id"], status="assigned", reviewer=given.reviewer)
    return json_answer(200, {"finding_id": finding["finding_id"], "status": "assigned", "reviewer": given.reviewer})


def review(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: close a finding that is assigned to the person asking."""
    asking, judged = _reviewer(endpoint, case), read(Judgement, case.request)
    finding = _find(
        endpoint, case, lambda item: item["reviewer"] == asking.user_id and _may_see(asking, item), _TO_CLOSE
    )
    if finding["status"] != _ASSIGNED:
        raise Refusal(Reason.REVIEW_DONE, hint="What was judged once stays so.")
    named = tell_plates(judged.why)
    if named:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="why", hint=f"{named[0].upper()}{named[1:]}.")
    problems = endpoint.board.why_not(finding["finding_id"], asking)
    if problems:
        raise Refusal(Reason.REVIEW_ROLE, hint=f"Not possible: {'; '.join(problems)}.")
    told: dict[str, Json] = {"reviewer": asking.user_id, "outcome": judged.outcome}
    _record(endpoint, case, "finding.reviewed", finding, told, why=judged.why)
    endpoint.board.follow(finding["finding_id"], status=judged.outcome, reviewer=asking.user_id, why=judged.why)
    return json_answer(200, {"finding_id": finding["finding_id"], "status": judged.outcome})


def _find(
    endpoint: EndpointContext, case: Dossier, fits: Callable[[dict[str, Any]], bool], hint: str = _YOURS
) -> dict[str, Any]:
    """The finding that the address names, where it is one of those; nobody learns of any other."""
    finding_id = case.request.target.removeprefix(PREFIX).partition("/")[0]
    found = [item for item in endpoint.board.findings() if item["finding_id"] == finding_id and fits(item)]
    if not found:
        raise Refusal(Reason.REVIEW_ROLE, hint=hint)
    return found[0]


def _record(
    endpoint: EndpointContext,
    case: Dossier,
    event_type: str,
    finding: dict[str, Any],
    told: dict[str, Json],
    **fields: Json,
) -> None:
    """On record under who acted, with all whose searches they are."""
    concerned = {name: finding[name] for name in _CONCERNED if finding.get(name) is not None}
    endpoint.acts.done(case, event_type, finding_id=finding["finding_id"], oversight=concerned | told, **fields)


def _reviewer(endpoint: EndpointContext, case: Dossier) -> Subject:
    user_id = person(case)
    known = _look_up(endpoint, user_id)
    if known is None or not _may_review(endpoint, known):
        raise Refusal(Reason.REVIEW_ROLE, note="not a role that reviews")
    return known


def _may_review(endpoint: EndpointContext, known: Subject) -> bool:
    return known.active is True and not set(known.roles).isdisjoint(endpoint.board.reviewer_roles)


def _look_up(endpoint: EndpointContext, user_id: str) -> Subject | None:
    return endpoint.ports.facts.look_up(Question(user_id=user_id, case_number=None, plate=None)).subject


def _may_see(asking: Subject, finding: dict[str, Any]) -> bool:
    if asking.user_id in (finding["user_id"], *finding.get("persons", ())):
        return False
    return finding["reviewer"] == asking.user_id or _PRIVACY in asking.roles
