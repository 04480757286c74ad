"""The reviews of emergency searches: those that are due, and how one ends."""

from typing import Annotated, Literal

from gateway.endpoints.body import Body, read, words
from gateway.endpoints.endpoint_context import EndpointContext, json_answer, person, require_tables
from gateway.endpoints.shown_case import show_own_cases
from gateway.model import Answer, Dossier


class Review(Body):
    """How it ended, and why."""

    outcome: Literal["justified", "not_justified", "referred"]
    reason: Annotated[str, words(500)]


def list_emergencies(endpoint: EndpointContext, case: Dossier) -> Answer:
    """GET: one's own; and for reviewers everybody's that are due, or were reviewed lately."""
    user_id = person(case)
    require_tables(endpoint)
    endpoint.acts.done(case, "emergency.listed")
    found = show_own_cases(endpoint, user_id, endpoint.emergencies.visible(user_id, case.request.time))
    return json_answer(200, {"emergencies": found})


def review_emergency(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: end a review, as another person than the one who searched. Recorded before it has ended."""
    user_id, review = person(case), read(Review, case.request)
    require_tables(endpoint)
    decision_id = case.request.target.split("/")[3]
    row = endpoint.emergencies.may_review(user_id, decision_id)
    endpoint.acts.done(
        case,
        "emergency.reviewed",
        review.reason,
        decision_id=decision_id,
        about=decision_id,
        case_number=row["case_number"],
        outcome=review.outcome,
        searched_by=row["user_id"],
    )
    told = endpoint.emergencies.review(user_id, row, review.outcome, review.reason, case.request.time)
    return json_answer(200, told)
