"""Accepting a document, as the rules of behavior, with the person's own key."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.clock import format_instant
from gateway.endpoints.body import Body, read
from gateway.endpoints.endpoint_context import EndpointContext, json_answer, person
from gateway.model import Answer, Dossier


class Acceptance(Body):
    """Which document, in which version."""

    document: Literal["rules_of_behavior"]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]


def accept(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: keep the acceptance. Whether this version is the one required is for the policy to say."""
    user_id, acceptance = person(case), read(Acceptance, case.request)
    kept = endpoint.declarations.accept(
        user_id=user_id, document=acceptance.document, version=acceptance.version, now=case.request.time
    )
    accepted_at = format_instant(kept.accepted_at or case.request.time)
    endpoint.acts.done(case, "acknowledgement.accepted", document=acceptance.document, version=acceptance.version)
    told = {"document": acceptance.document, "version": acceptance.version, "accepted_at": accepted_at}
    return json_answer(201, dict(told))
