"""Asking for an approval, deciding on one, withdrawing it: each with the person's own credential, each recorded."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from gateway.approvals import PARTIAL, PROTECTED, Wanted, join_scopes
from gateway.approvals.approvals import APPROVED, DENIED, REQUESTED, REVOKED
from gateway.approvals.deciders import check_still
from gateway.endpoints.approval_bounds import check_could_count, count_fixed, find_bound
from gateway.endpoints.body import Body, CaseNumber, query_value, read, words
from gateway.endpoints.endpoint_context import EndpointContext, json_answer, person, require_active, require_tables
from gateway.endpoints.shown_case import answer_with_case, show_own_cases
from gateway.errors import Refusal
from gateway.model import Answer, Dossier, Json, PlateTerm, Question
from gateway.pep.cited_case import refuse_plate_as_case
from gateway.pep.problem import Remedy
from gateway.plates import WILDCARD, TypedPlate, in_clear, is_accepted
from gateway.reasons import Reason
from gateway.unseen import tell_foreign, tell_unseen
from gateway.vendors.request.terms import sought_plate

_STATUSES = frozenset({"requested", "approved", "denied", "revoked"})
_Reason = Annotated[str, words(500)]
_REFUSAL = "the decision_id of a refusal of yours, as GET /gateway/me/decisions lists it"
_TAKES_IN = (
    "A protected plate is among those it would find, and an approval of partial_plate alone would let nothing through: "
    "send also: protected_plate to approve that too, or deny the request. Who asked is not told."
)
_IS_ITSELF = "Leave it out: the request itself is for protected_plate, and approving it approves that."
_OF_ITS_OWN = (
    "Leave it out: it goes with partial_plate alone, and a protected plate wants a request for protected_plate."
)
_TAKES_IN_NONE = "Leave it out: no protected plate is among those that this request is about."
_UNSEEN = "Name the protected plate: none is approved unseen."
_ASKED_ANEW = "asked for anew from another office"
_Hours = Annotated[int, Field(ge=1)]  # the table says how many at most
_Scope = Literal["partial_plate", "geo_search", "protected_plate", "other_purpose"]

Asked = TypeVar("Asked", bound=Body)


class ApprovalRequest(Body):
    """Either `decision_id`, of a refusal of one's own; or `case_number`, `scope`, and the plate, as typed."""

    reason: _Reason
    hours: _Hours
    decision_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$", description=_REFUSAL)] | None = None
    scope: _Scope | None = None
    mount: Annotated[str, Field(max_length=253, description="a vendor's, as flock or rekor")] | None = None
    case_number: CaseNumber | None = None
    plate: Annotated[str, Field(min_length=1, max_length=32)] | None = None


class Grant(Body):
    """For how long, and why; `also` for a protected plate that part of a plate takes in."""

    hours: _Hours
    reason: _Reason
    also: Literal["protected_plate"] | None = None


class ApprovalJudgement(Body):
    """Why."""

    reason: _Reason


def ask_approval(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: ask for one; what one asked for already, and nobody decided yet, is shown in its place."""
    user_id, asked = person(case), _read_with_hours(endpoint, ApprovalRequest, case)
    require_active(endpoint, user_id)
    if asked.decision_id:
        wanted = _from_decision(endpoint, user_id, asked)
    else:
        wanted = _read_wanted(endpoint, asked)
        check_could_count(endpoint, case, user_id, wanted)
    told, is_new = endpoint.approvals.ask(user_id, wanted, case.request.time)
    if is_new:
        _record_requested(endpoint, case, told, asked.reason)
    else:
        endpoint.acts.done(case, "approval.shown", **_describe(told), plate_shown=False)
    _withdraw_left_behind(endpoint, case, told)
    others: list[Json] = [scope for scope in wanted.possible if scope != wanted.scope]
    return answer_with_case(endpoint, user_id, told | {"other_scopes": others}, status=201 if is_new else 200)


def list_approvals(endpoint: EndpointContext, case: Dossier) -> Answer:
    """GET: one's own, and what one may decide."""
    allowed = ", ".join(sorted(_STATUSES))
    user_id, status = person(case), query_value(case.request, "status", allowed)
    if status is not None and status not in _STATUSES:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="status", hint=f"Allowed: {allowed}.")
    endpoint.acts.done(case, "approval.listed")
    found = show_own_cases(endpoint, user_id, endpoint.approvals.visible(user_id, status))
    return json_answer(200, {"approvals": found})


def show_approval(endpoint: EndpointContext, case: Dossier) -> Answer:
    """GET: one of them in full: for who may decide with the plate, what the policy saw, and what would be allowed."""
    user_id = person(case)
    row = endpoint.approvals.find(user_id, _id(case))
    told = endpoint.approvals.show(user_id, row)
    endpoint.acts.done(case, "approval.shown", **_describe(row), plate_shown="plate" in told)
    if "plate" in told and row["status"] == REQUESTED:
        told["also"] = _find_also(endpoint, row)
    if "plate" in told and row["decision_id"] is not None:
        told |= endpoint.foresight.consequences(row | _join(row, told["also"]), user_id)
    return answer_with_case(endpoint, user_id, told)


def approve_approval(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: give it; it counts with the next request. Recorded before it counts."""
    user_id, grant = person(case), _read_with_hours(endpoint, Grant, case)
    row = endpoint.approvals.may_decide(user_id, _id(case))
    endpoint.approvals.check_grant(row, grant.hours)
    _check_also(_find_also(endpoint, row), grant.also, str(row["scope"]))
    joined = _join(row, grant.also)
    would_then = _foresee(endpoint, row | joined, user_id, grant.hours)
    given = _describe(row | {"status": APPROVED} | joined)
    endpoint.acts.done(case, "approval.approved", grant.reason, **given, hours=grant.hours)
    told = endpoint.approvals.approve(
        user_id, row, hours=grant.hours, reason=grant.reason, now=case.request.time, also=grant.also
    )
    return json_answer(200, told | would_then)


def _find_also(endpoint: EndpointContext, row: dict[str, Any]) -> str | None:
    """What must be given beside this request's scope: who asked is not told that part of a plate takes in a protected one."""
    plate = endpoint.approvals.open_plate(row) if row["scope"] == PARTIAL else None
    if plate is None:
        return None
    part = WILDCARD in in_clear(plate)
    kind = "partial" if part else "exact"
    term = PlateTerm(text=plate, match=kind, fixed_characters=count_fixed(plate), state=None)
    asked = Question(user_id=row["user_id"], case_number=row["case_number"], plate=term)
    return PROTECTED if endpoint.ports.facts.look_up(asked).protected else None


def _check_also(needed: str | None, also: str | None, scope: str) -> None:
    """Whether both scopes are given, or the one that is needed: a protected plate is never approved unseen."""
    if needed is not None and also is None:
        raise Refusal(Reason.REQUEST_MISSING_FIELD, field="also", hint=Remedy(_TAKES_IN))
    if needed is None and also is not None:
        told = {PARTIAL: _TAKES_IN_NONE}.get(scope, _IS_ITSELF if PROTECTED in scope else _OF_ITS_OWN)
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="also", hint=Remedy(told))


def _join(row: dict[str, Any], also: Json) -> dict[str, Any]:
    return {"scope": join_scopes([row["scope"], PROTECTED])} if also and row["scope"] == PARTIAL else {}


def _foresee(endpoint: EndpointContext, row: dict[str, Any], user_id: str, hours: int) -> dict[str, Json]:
    """What the policy says of the refusal that was asked from, with this approval: so that none is given in vain unseen."""
    if row["decision_id"] is None:
        return {}
    found = endpoint.foresight.consequences(row | {"hours": hours}, user_id)
    return {name: found[name] for name in ("would_then", "facts_as_of")}


def deny_approval(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: deny it. Recorded before it is denied."""
    user_id, judgement = person(case), read(ApprovalJudgement, case.request)
    row = endpoint.approvals.may_decide(user_id, _id(case))
    check_still(row, REQUESTED)
    endpoint.acts.done(case, "approval.denied", judgement.reason, **_describe(row | {"status": DENIED}))
    told = endpoint.approvals.deny(user_id, row, reason=judgement.reason, now=case.request.time)
    return answer_with_case(endpoint, user_id, told)


def revoke_approval(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: withdraw it, by who may decide or who asked; it counts no more with the next request. Recorded before."""
    user_id, judgement = person(case), read(ApprovalJudgement, case.request)
    row = endpoint.approvals.may_decide(user_id, _id(case), or_own=True)
    check_still(row, REQUESTED, APPROVED)
    endpoint.acts.done(case, "approval.revoked", judgement.reason, **_describe(row | {"status": REVOKED}))
    told = endpoint.approvals.revoke(user_id, row, reason=judgement.reason, now=case.request.time)
    return answer_with_case(endpoint, user_id, told)


def _read_with_hours(endpoint: EndpointContext, shape: type[Asked], case: Dossier) -> Asked:
    """The body; of wrong or missing hours it is told how many the table allows."""
    require_tables(endpoint)
    try:
        return read(shape, case.request)
    except Refusal as refusal:
        if refusal.field == "hours":
            refusal.hint = endpoint.approvals.tell_hours()
        raise


def _record_requested(endpoint: EndpointContext, case: Dossier, told: dict[str, Json], reason: str) -> None:
    """Put a request on record, then tell who may decide; one that nobody recorded is not there to be decided on.

    Raises:
        Refusal: AUDIT_UNAVAILABLE; the request has gone.
    """
    try:
        endpoint.acts.done(case, "approval.requested", reason, **_describe(told))
    except Refusal:
        endpoint.approvals.retract(str(told["approval_id"]))
        raise
    endpoint.approvals.announce("approval.requested", told)


def _withdraw_left_behind(endpoint: EndpointContext, case: Dossier, told: dict[str, Json]) -> None:
    """The same request, of an office that was the person's before, is decided on there no more. Recorded before.

    Whatever of it fails is made up for by asking once more: the request that took its place is there already.
    """
    user_id = person(case)
    for row in endpoint.approvals.find_left_behind(user_id, str(told["approval_id"])):
        endpoint.acts.done(case, "approval.revoked", _ASKED_ANEW, **_describe(row | {"status": REVOKED}))
        try:
            endpoint.approvals.revoke(user_id, row, reason=_ASKED_ANEW, now=case.request.time)
        except Refusal as refusal:
            if refusal.reason is not Reason.APPROVAL_DECIDED:  # which ends its waiting, too
                raise


def _from_decision(endpoint: EndpointContext, user_id: str, asked: ApprovalRequest) -> Wanted:
    for name in ("mount", "case_number", "plate"):
        if getattr(asked, name) is not None:
            hint = "Leave it out: the refusal that decision_id names says it."
            raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field=name, hint=hint)
    wanted = endpoint.approvals.derive_wanted(
        user_id, str(asked.decision_id), scope=asked.scope, hours=asked.hours, reason=asked.reason
    )
    if (bound := find_bound(endpoint, wanted)) is not None:
        raise Refusal(Reason.APPROVAL_NOT_NEEDED, hint=Remedy(f"{bound} Search by more of the plate, or the full one."))
    return wanted


def _read_wanted(endpoint: EndpointContext, asked: ApprovalRequest) -> Wanted:
    for name in ("case_number", "scope"):
        if getattr(asked, name) is None:
            raise Refusal(Reason.REQUEST_MISSING_FIELD, field=name)
    plate = asked.plate
    if plate is None and asked.scope == PROTECTED:
        raise Refusal(Reason.REQUEST_MISSING_FIELD, field="plate", hint=_UNSEEN)
    if plate is not None and not is_accepted(plate.replace(WILDCARD, "")):
        raise Refusal(Reason.REQUEST_PLATE_CHARACTERS, field="plate", hint=tell_unseen(plate) or tell_foreign(plate))
    sought = None if plate is None else sought_plate(TypedPlate(plate), "plate")
    refuse_plate_as_case(asked.case_number, sought)
    return Wanted(
        case_number=str(asked.case_number),
        scope=str(asked.scope),
        plate=sought,
        mount=None if asked.mount is None else endpoint.find_mounted(asked.mount).name,
        hours=asked.hours,
        reason=asked.reason,
    )


def _id(case: Dossier) -> str:
    return case.request.target.partition("?")[0].split("/")[3]


def _describe(row: dict[str, Json]) -> dict[str, Json]:
    """What the record says of a request in clear: no plate, and no written word."""
    names = ("approval_id", "case_number", "scope", "status", "expires_at", "mount")
    return {name: row.get(name) for name in names} | {
        "requested_by": row.get("user_id"),
        "about": row.get("decision_id"),
    }
