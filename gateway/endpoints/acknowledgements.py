"""Reading and accepting a document, as the rules of behavior, with the person's own credential."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.clock import format_instant
from gateway.endpoints.body import Body, read
from gateway.endpoints.endpoint_context import EndpointContext, json_answer, person
from gateway.errors import Refusal
from gateway.model import Answer, Dossier, Json
from gateway.pep.accepted_text import AcceptableText
from gateway.reasons import Reason

_DIGEST = "the sha256 that stands with the text: 64 hexadecimal digits, its letters small"


class Acceptance(Body):
    """Which document, in which version; `sha256`, where it is given, is of the text that was shown."""

    document: Literal["rules_of_behavior"]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$", description='a text in quotes, as "1"')]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description=_DIGEST)] | None = None


def read_current(endpoint: EndpointContext, case: Dossier) -> Answer:
    """GET: the text in force, word for word."""
    person(case)
    rules = _rules_in_force(endpoint, case)
    endpoint.acts.done(case, "acknowledgement.read", document=rules.document, version=rules.version)
    told: dict[str, Json] = {"document": rules.document, "version": rules.version, "sha256": rules.sha256}
    return json_answer(200, told | {"text": rules.text})


def accept(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: keep the acceptance of the text in force, with its SHA-256; no other can be accepted. Recorded before it counts."""
    user_id, acceptance = person(case), read(Acceptance, case.request)
    rules = _rules_in_force(endpoint, case)
    if acceptance.version != rules.version:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="version", hint=f"In force is version {rules.version}.")
    if acceptance.sha256 not in (None, rules.sha256):
        raise Refusal(
            Reason.REQUEST_OUT_OF_RANGE,
            field="sha256",
            hint="Read the text in force again: GET /gateway/acknowledgements/current.",
        )
    accepted: dict[str, Json] = {"document": rules.document, "version": rules.version, "sha256": rules.sha256}
    endpoint.acts.done(case, "acknowledgement.accepted", **accepted)
    kept = endpoint.declarations.accept(
        user_id=user_id,
        document=rules.document,
        version=rules.version,
        sha256=rules.sha256,
        now=case.request.time,
    )
    return json_answer(201, accepted | {"accepted_at": format_instant(kept.accepted_at or case.request.time)})


def _rules_in_force(endpoint: EndpointContext, case: Dossier) -> AcceptableText:
    rules = endpoint.ports.rules()
    if rules is None or case.request.time.date() < rules.since:
        raise Refusal(Reason.DOCUMENT_UNKNOWN)
    return rules
