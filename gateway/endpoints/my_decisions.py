"""One's own last decisions, with reasons and remedies as they were told, and without plates."""

from gateway.approvals.told import ToldReason, read_hint
from gateway.endpoints.body import query_value
from gateway.endpoints.endpoint_context import EndpointContext, json_answer, person
from gateway.endpoints.shown_case import show_own_cases
from gateway.errors import Refusal
from gateway.model import Answer, Dossier, Json
from gateway.pep.problem import describe_reason
from gateway.reasons import Reason

_USUAL, _MOST = 50, 200
_ALLOWED = f"a whole number, 1 to {_MOST}"


def list_decisions(endpoint: EndpointContext, case: Dossier) -> Answer:
    """GET: the newest first, at most `limit` (50 unless given)."""
    user_id, limit = person(case), query_value(case.request, "limit", _ALLOWED) or str(_USUAL)
    if not limit.isdecimal() or not limit.isascii() or not 1 <= int(limit) <= _MOST:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="limit", hint=f"Allowed: {_ALLOWED}.")
    endpoint.acts.done(case, "decisions.listed")
    found = []
    for row in endpoint.recent.decisions(user_id, int(limit)):
        reasons: list[Json] = [_describe_told(told) for told in row.pop("told")]
        found.append(row | {"reasons": reasons})
    return json_answer(200, {"decisions": show_own_cases(endpoint, user_id, found)})


def _describe_told(told: ToldReason) -> Json:
    """One of ours by its code, and by what was named with it; one of the agency's own is kept with its words."""
    if "message" in told:
        return dict(told)
    return describe_reason(Reason(told["code"]), told.get("field"), read_hint(told))
