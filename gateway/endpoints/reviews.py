"""Findings that a person is to review, and the review itself."""

from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.endpoints.body import Body, read
from gateway.endpoints.endpoint_context import EndpointContext, json_answer, person
from gateway.errors import Refusal
from gateway.model import Answer, Dossier, Json, Question, Subject
from gateway.reasons import Reason

PREFIX = "/gateway/reviews/"
_PRIVACY = "privacy"


class Judgement(Body):
    """The outcome of a review, and why."""

    outcome: Literal["explained", "misuse", "referred"]
    why: Annotated[str, Field(min_length=1, max_length=2000)]


def list_reviews(endpoint: EndpointContext, case: Dossier) -> Answer:
    """GET: findings assigned to the person; the privacy office sees all but those about the person asking."""
    asking = _reviewer(endpoint, case)
    shown = [item for item in endpoint.board.findings() if _may_see(asking, item)]
    endpoint.acts.done(case, "reviews.listed")
    return json_answer(200, {"reviews": list[Json](shown)})


def review(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: close a finding that is assigned to the person asking."""
    asking, judged = _reviewer(endpoint, case), read(Judgement, case.request)
    finding_id = case.request.target.removeprefix(PREFIX)
    found = [item for item in endpoint.board.findings() if item["finding_id"] == finding_id]
    if not found or found[0]["reviewer"] != asking.user_id or found[0]["status"] != "assigned":
        raise Refusal(Reason.UNKNOWN_OPERATION, note="no review that is assigned to this person")
    if found[0]["user_id"] == asking.user_id:
        raise Refusal(Reason.ROLE_MAY_NOT_QUERY, note="nobody reviews a finding about themselves")
    details: dict[str, Json] = {"reviewer": asking.user_id, "outcome": judged.outcome, "severity": found[0]["severity"]}
    endpoint.acts.done(case, "finding.reviewed", finding_id=finding_id, why=judged.why, oversight=details)
    return json_answer(200, {"finding_id": finding_id, "status": judged.outcome})


def _reviewer(endpoint: EndpointContext, case: Dossier) -> Subject:
    user_id = person(case)
    known = endpoint.ports.facts.look_up(Question(user_id=user_id, case_number=None, plate=None)).subject
    if known is None or known.active is not True or not set(known.roles) & set(endpoint.board.reviewer_roles):
        raise Refusal(Reason.ROLE_MAY_NOT_QUERY, note="not a role that reviews")
    return known


def _may_see(asking: Subject, finding: dict[str, Any]) -> bool:
    if finding["user_id"] == asking.user_id:
        return False
    return finding["reviewer"] == asking.user_id or _PRIVACY in asking.roles
