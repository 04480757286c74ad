"""A key renewed by its holder, before it ends."""

from gateway.clock import format_instant
from gateway.endpoints.endpoint_context import EndpointContext, json_answer, person, require_active
from gateway.errors import Refusal
from gateway.model import Answer, Dossier
from gateway.pep.problem import Remedy
from gateway.reasons import Reason

_NOTHING = (b"", b"{}")
_LIKE_THE_ONE_SENT = (
    "Send none, or {}: a new key is like the one sent, for as long as that was. Others are issued by the operator."
)
_NO_KEY = Remedy("Only a gateway key is renewed: a sign-on's token is fetched anew there, a card by who issued it.")


def renew_key(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: a new key like the one sent, for as long as that was; the old one ends a day later at the latest."""
    user_id, identity = person(case), case.identity
    if identity is None or identity.method != "key":
        raise Refusal(Reason.CREDENTIAL_INVALID, note="not a gateway key", hint=_NO_KEY)
    if case.request.body.strip() not in _NOTHING:
        raise Refusal(Reason.REQUEST_BODY_NOT_ALLOWED, hint=_LIKE_THE_ONE_SENT)
    require_active(endpoint, user_id)
    issued = endpoint.renew(identity.key, case.request.time)
    endpoint.acts.done(case, "key.renewed", new_key_id=issued.key_id, expires_at=format_instant(issued.expires_at))
    told = {"key_id": issued.key_id, "secret": issued.secret, "expires_at": format_instant(issued.expires_at)}
    return json_answer(201, dict(told))
