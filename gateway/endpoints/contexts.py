"""Declared contexts: purpose and case for tools whose API has no field for them, bound to person and mount."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from gateway.clock import format_instant
from gateway.endpoints.body import Body, CaseNumber, read
from gateway.endpoints.endpoint_context import EndpointContext, json_answer, person
from gateway.endpoints.missing import list_permitted_roles, list_purposes, may_search
from gateway.errors import Refusal
from gateway.model import EMERGENCY, Answer, Context, Declared, Dossier, Json, Known, Question
from gateway.pep.case_gaps import find_lacking, tell_lacking
from gateway.pep.cited_case import cite, refuse_like_plate
from gateway.pep.open_operations import tell_roles
from gateway.pep.ports import Mounted
from gateway.pep.suggestion import find_meant_purpose, no_place_for_reason
from gateway.reasons import Reason
from gateway.unseen import tell_unseen

MAX_HOURS = 8
PURPOSE: Final = "the code of a purpose, as criminal_investigation"
_CODE = re.compile(r"[a-z][a-z_]{2,63}")
_PREFIX = "/gateway/contexts/"
OPEN_CASE, _SOURCE = "open", "context"


class Declaration(Body):
    """`hours` at most 8; `mount` as in the settings, with or without its slash."""

    purpose: Annotated[str, Field(max_length=64, description=PURPOSE)]
    case_number: CaseNumber
    mount: Annotated[str, Field(max_length=253, description="a vendor's, as flock or rekor")]
    hours: Annotated[int, Field(ge=1, le=MAX_HOURS)] = MAX_HOURS


def declare_context(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: declare one, in place of the one before at its mount. What else the policy asks of purpose and case it asks at each search."""
    user_id, declaration = person(case), read(Declaration, case.request)
    mounted = endpoint.find_mounted(declaration.mount)
    good_at = case.identity.key.mounts if case.identity is not None else ()
    if good_at and mounted.name not in good_at:
        raise Refusal(
            Reason.REQUEST_OUT_OF_RANGE, field="mount", hint=f"This key is for {' and '.join(good_at)} alone."
        )
    if _CODE.fullmatch(declaration.purpose) is None:
        meant = find_meant_purpose(declaration.purpose, endpoint.ports.purposes())
        hint = f"Allowed: {PURPOSE}." if meant is None else f"Did you mean {meant}?"
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="purpose", hint=tell_unseen(declaration.purpose) or hint)
    _check_case_and_purpose(endpoint, case, user_id, declaration, mounted)
    context = endpoint.declarations.declare(
        user_id=user_id,
        mount=mounted.name,
        purpose=declaration.purpose,
        case_number=declaration.case_number,
        hours=declaration.hours,
        now=case.request.time,
    )
    record_declared(endpoint, case, context)
    told = {"context_id": context.context_id, "expires_at": format_instant(context.expires_at)}
    return json_answer(201, {**told, **_tell_lacking(case, declaration.purpose)})


def _tell_lacking(case: Dossier, purpose: str) -> dict[str, Json]:
    """What every search of this case will be refused for until its file says it; in an emergency the file does not matter."""
    filed = case.known.case if case.known is not None and purpose != EMERGENCY else None
    lacks = None if filed is None else find_lacking(filed)
    return {} if lacks is None else {"lacks": lacks, "note": f"No search of it is allowed yet: {tell_lacking(lacks)}"}


def list_contexts(endpoint: EndpointContext, case: Dossier) -> Answer:
    """GET: the person's own, newest first."""
    user_id = person(case)
    endpoint.acts.done(case, "context.listed")
    return json_answer(
        200, [_describe(context) for context in endpoint.declarations.contexts(user_id, case.request.time)]
    )


def withdraw_context(endpoint: EndpointContext, case: Dossier) -> Answer:
    """DELETE: end one of the person's own."""
    user_id, context_id = person(case), case.request.target.removeprefix(_PREFIX)
    if not endpoint.declarations.withdraw(user_id, context_id, case.request.time):
        raise Refusal(Reason.CONTEXT_UNKNOWN)
    endpoint.acts.done(case, "context.withdrawn", context_id=context_id)
    return Answer(status=204, headers=(), body=b"")


def _check_case_and_purpose(
    endpoint: EndpointContext, case: Dossier, user_id: str, declaration: Declaration, mounted: Mounted
) -> None:
    """What no search could be allowed for is told now, as a search would be told it, by the tables in force."""
    declared = Declared(
        purpose=declaration.purpose,
        purpose_source=_SOURCE,
        case_number=declaration.case_number,
        case_source=_SOURCE,
        reason_text=None,
        context=None,
    )
    cite(case, declared, endpoint.ports.secrets.approvals)
    case.known = known = endpoint.ports.facts.look_up(
        Question(user_id=user_id, case_number=declaration.case_number, plate=None)
    )
    cite(case, declared, endpoint.ports.secrets.approvals)
    listed = _find_listed(endpoint, known, declaration, mounted)
    if declaration.purpose == EMERGENCY:  # its case may be a call's number, which no facts know
        if known.case is None or not known.case.assigned:
            refuse_like_plate(declaration.case_number, "A call's number belongs into the search itself.")
        return
    found, kinds = known.case, listed["case_kinds"]
    if found is None:
        raise Refusal(Reason.CASE_UNKNOWN)
    if not found.assigned:
        raise Refusal(Reason.CASE_NOT_ASSIGNED)
    if found.status != OPEN_CASE:
        raise Refusal(Reason.CASE_CLOSED)
    if not isinstance(kinds, list) or found.kind not in kinds:
        raise Refusal(Reason.PURPOSE_CASE_MISMATCH)


def _find_listed(
    endpoint: EndpointContext, known: Known, declaration: Declaration, mounted: Mounted
) -> Mapping[str, Json]:
    """What the table says of the purpose declared, where this person may search for it at this vendor."""
    subject, tables = known.subject, endpoint.tables()
    if endpoint.ports.policy_reviewed() is None:
        raise Refusal(Reason.SEARCHES_STOPPED)
    if subject is not None and subject.active is not True:
        raise Refusal(Reason.PERSON_INACTIVE)
    if subject is not None and not may_search(subject.roles, tables):
        raise Refusal(Reason.ROLE_MAY_NOT_QUERY, hint=tell_roles(list_permitted_roles(tables)))
    purposes = list_purposes(subject.component if subject else None, tables)
    listed = next((one for one in purposes if one["purpose"] == declaration.purpose), None)
    if listed is None:
        meant = find_meant_purpose(declaration.purpose, endpoint.ports.purposes())
        hint = f"Did you mean {meant}?" if meant not in {None, declaration.purpose} else None
        raise Refusal(Reason.PURPOSE_NOT_ALLOWED, hint=hint)
    if listed["needs_written_reason"] is True and not mounted.profile.takes_reason:
        raise Refusal(Reason.REASON_MISSING, hint=no_place_for_reason(mounted))
    return listed


def record_declared(endpoint: EndpointContext, case: Dossier, context: Context) -> None:
    """Put a context on record; one that nobody recorded must not count.

    Raises:
        Refusal: AUDIT_UNAVAILABLE; the context has ended.
    """
    try:
        endpoint.acts.done(case, "context.declared", **_describe(context))
    except Refusal:
        endpoint.declarations.withdraw(context.user_id, context.context_id, case.request.time)
        raise


def _describe(context: Context) -> dict[str, Json]:
    return {
        "context_id": context.context_id,
        "mount": context.mount,
        "purpose": context.purpose,
        "case_number": context.case_number,
        "expires_at": format_instant(context.expires_at),
    }
