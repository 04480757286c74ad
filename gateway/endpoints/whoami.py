"""What the gateway knows of the person asking, as far as it matters for being served."""

from gateway.clock import format_instant
from gateway.endpoints.endpoint_context import EndpointContext, json_answer
from gateway.errors import Refusal
from gateway.model import Answer, Dossier, Json, Known, Question
from gateway.reasons import Reason


def whoami(endpoint: EndpointContext, case: Dossier) -> Answer:
    """GET: person, standing, training, accepted rules, key and its end."""
    if case.identity is None or case.identity.user_id is None:
        raise Refusal(Reason.SERVICE_NEEDS_PERSON)
    user_id, key = case.identity.user_id, case.identity.key
    known = endpoint.ports.facts.look_up(Question(user_id=user_id, case_number=None, plate=None))
    own = endpoint.ports.store.own(user_id, "", case.request.time)
    told = _describe(known)
    if key.kind != "person":
        told = {}  # a service never learns more than that it is recognised
    rules = known.acknowledgements + own.acknowledgements
    told["acknowledgements"] = [
        {"document": item.document, "version": item.version} for item in rules if key.kind == "person"
    ]
    if key.kind == "person":
        told["reviewed"] = {
            "days": endpoint.board.told_days,
            "searches": endpoint.board.count_reviewed(user_id, case.request.time),
        }
    endpoint.acts.done(case, "whoami")
    limits: dict[str, Json] = {"key_id": key.key_id, "kind": key.kind, "expires_at": format_instant(key.expires_at)}
    return json_answer(200, {"user_id": user_id, **told, "key": limits | {"mounts": list(key.mounts)}})


def _describe(known: Known) -> dict[str, Json]:
    subject = known.subject
    if subject is None:
        return {"known": False}
    return {
        "known": True,
        "name": subject.name,
        "component": subject.component,
        "office": subject.office,
        "roles": list(subject.roles),
        "active": subject.active,
        "training": [
            {"course": item.course, "completed_on": item.completed_on.isoformat() if item.completed_on else None}
            for item in known.training
        ],
    }
