"""Which function answers which of the gateway's own addresses, and what they have in common."""

from collections.abc import Callable, Mapping

from gateway.endpoints import (
    acknowledgements,
    approvals,
    contexts,
    emergencies,
    explain,
    key_renewal,
    my_decisions,
    reviews,
    whoami,
)
from gateway.endpoints.endpoint_context import EndpointContext
from gateway.errors import Refusal
from gateway.identity import Presented
from gateway.model import Answer, Dossier
from gateway.pep.admission import take_from_budget
from gateway.pep.refuse import refuse
from gateway.pep.subject import identify, prove_subject
from gateway.reasons import Reason
from gateway.value import replace
from gateway.vendors import bearer_token, split_target
from gateway.vendors.request.headers import check_own_headers

Endpoint = Callable[[EndpointContext, Dossier], Answer]

_ROUTES: Mapping[tuple[str, str], tuple[str, Endpoint]] = {
    ("GET", "/gateway/whoami"): ("whoami", whoami.whoami),
    ("GET", "/gateway/contexts"): ("context.list", contexts.list_contexts),
    ("POST", "/gateway/contexts"): ("context.declare", contexts.declare_context),
    ("GET", "/gateway/acknowledgements/current"): ("acknowledgement.read", acknowledgements.read_current),
    ("POST", "/gateway/acknowledgements"): ("acknowledgement.accept", acknowledgements.accept),
    ("GET", "/gateway/reviews"): ("review.list", reviews.list_reviews),
    ("POST", "/gateway/explain"): ("explain", explain.explain),
    ("GET", "/gateway/approvals"): ("approval.list", approvals.list_approvals),
    ("POST", "/gateway/approvals"): ("approval.request", approvals.ask_approval),
    ("GET", "/gateway/emergencies"): ("emergency.list", emergencies.list_emergencies),
    ("GET", "/gateway/me/decisions"): ("decision.list", my_decisions.list_decisions),
    ("POST", "/gateway/keys/renew"): ("key.renew", key_renewal.renew_key),
}
_BELOW: Mapping[tuple[str, str], tuple[str, Endpoint]] = {
    ("DELETE", "/gateway/contexts/{id}"): ("context.withdraw", contexts.withdraw_context),
    ("GET", "/gateway/approvals/{id}"): ("approval.show", approvals.show_approval),
    ("POST", "/gateway/approvals/{id}/approve"): ("approval.approve", approvals.approve_approval),
    ("POST", "/gateway/approvals/{id}/deny"): ("approval.deny", approvals.deny_approval),
    ("POST", "/gateway/approvals/{id}/revoke"): ("approval.revoke", approvals.revoke_approval),
    ("POST", "/gateway/reviews/{id}"): ("review.close", reviews.review),
    ("POST", "/gateway/reviews/{id}/assign"): ("review.assign", reviews.assign),
    ("POST", "/gateway/emergencies/{id}/review"): ("emergency.review", emergencies.review_emergency),
}
_BEARER = "Here that is: Authorization: Bearer."
_ID = 3
_WITH_QUERY = frozenset({"approval.list", "decision.list"})
_TAKES_NOTHING = frozenset({"key.renew"})
OWN_OPERATIONS = frozenset(operation for routes in (_ROUTES, _BELOW) for operation, _ in routes.values())


def answer(endpoint: EndpointContext, case: Dossier, path: str, body: Callable[[], bytes]) -> Answer:
    """Answer a request for one of the gateway's own addresses; `path` is plain already, `body` reads the body."""
    try:
        case = _identify(endpoint, case)
        take_from_budget(endpoint.ports, case)
        if case.identity is not None and case.identity.on_behalf_of is not None:
            prove_subject(endpoint.ports, case)
        case = replace(case, request=replace(case.request, body=body()))
        operation, respond = _find_endpoint(case.request.method, path)
        case = replace(case, operation=operation)
        if split_target(case.request.target).query is not None and operation not in _WITH_QUERY:
            raise Refusal(Reason.REQUEST_QUERY_NOT_ALLOWED, hint=_tell_place(case.request.method, operation))
        if case.request.method != "POST" and case.request.body:
            raise Refusal(Reason.REQUEST_BODY_NOT_ALLOWED)
        return respond(endpoint, case)
    except Exception as error:  # noqa: BLE001 - `refuse` tells a refusal from what was not foreseen
        return refuse(endpoint.ports, case, error)


def _identify(endpoint: EndpointContext, case: Dossier) -> Dossier:
    endpoint.ports.clock.check()
    check_own_headers(case.request)
    value = bearer_token(case.request)
    presented = None if value is None else Presented(value=value, place="header")
    return replace(case, identity=identify(endpoint.ports, case, presented, mount=None, place=_BEARER))


def _find_endpoint(method: str, path: str) -> tuple[str, Endpoint]:
    parts = path.split("/")
    if len(parts) > _ID and parts[_ID]:
        parts[_ID] = "{id}"
    below = "/".join(parts)
    found = _ROUTES.get((method, path)) or _BELOW.get((method, below))
    if found is None:
        raise Refusal(Reason.UNKNOWN_OPERATION, hint=_tell_methods(path, below))
    return found


def _tell_place(method: str, operation: str) -> str | None:
    """Where what an address takes belongs, where it takes anything."""
    if operation in _TAKES_NOTHING:
        return "This address takes nothing: its path is the whole of it."
    return "What this address takes goes into the body." if method == "POST" else None


def _tell_methods(path: str, below: str) -> str:
    """How this address is asked; where there is none, which ones there are."""
    methods = [method for method, known in _ROUTES if known == path]
    methods += [method for method, known in _BELOW if known == below]
    if methods:
        return f"Here there is: {', '.join(methods)}."
    return f"There are: {', '.join(sorted({known for _, known in (*_ROUTES, *_BELOW)}))}."
