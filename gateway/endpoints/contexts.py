"""Declared contexts: purpose and case for tools whose API has no field for them, bound to person and mount."""

from typing import Annotated

from pydantic import Field

from gateway.clock import format_instant
from gateway.endpoints.body import Body, read
from gateway.endpoints.endpoint_context import EndpointContext, json_answer, person
from gateway.errors import Refusal
from gateway.model import Answer, Context, Dossier, Json
from gateway.reasons import Reason

MAX_HOURS = 8
_PREFIX = "/gateway/contexts/"


class Declaration(Body):
    """`hours` at most 8; `mount` as in the settings, with or without its slash."""

    purpose: Annotated[str, Field(pattern=r"^[a-z][a-z_]{2,63}$")]
    case_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}$")]
    mount: Annotated[str, Field(max_length=253)]
    hours: Annotated[int, Field(ge=1, le=MAX_HOURS)] = MAX_HOURS


def declare_context(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: declare one. Whether purpose and case hold is for the policy to say, at each search."""
    user_id, declaration = person(case), read(Declaration, case.request)
    mounted = endpoint.find_mounted(declaration.mount)
    context = endpoint.declarations.declare(
        user_id=user_id,
        mount=mounted.name,
        purpose=declaration.purpose,
        case_number=declaration.case_number,
        hours=declaration.hours,
        now=case.request.time,
    )
    endpoint.acts.done(case, "context.declared", **_describe(context))
    return json_answer(201, {"context_id": context.context_id, "expires_at": format_instant(context.expires_at)})


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


def _describe(context: Context) -> dict[str, Json]:
    return {
        "context_id": context.context_id,
        "mount": context.mount,
        "purpose": context.purpose,
        "case_number": context.case_number,
        "expires_at": format_instant(context.expires_at),
    }
