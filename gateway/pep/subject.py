"""For whom a credential may ask, proved before anything is read, counted or recorded under a person's name.

A service names a person in a header. Until it is proved that the service may act for that person, the name is a claim:
whoever made it learns nothing of the person, whose count, record and standing stay untouched.
"""

from gateway.errors import Refusal
from gateway.identity import Presented
from gateway.model import Dossier, Identity, ProvenUser, Question
from gateway.pep.ports import Ports
from gateway.pep.problem import Remedy
from gateway.reasons import Reason
from gateway.value import Value, replace

_PERSON, _TOKEN = "person", "oidc"
_HEADER = "x-lpr-on-behalf-of"
_LEAVE_OUT = Remedy("Leave the header X-LPR-On-Behalf-Of out: it is for services, and you ask by your own credential.")

_LEAVE_OUT_OF_TOKEN = Remedy(f"{_LEAVE_OUT} A service shows its key, or a token by exchange that names it in act.")


class ProvenSubject(Value, frozen=True, kw_only=True):
    """A person asked for by their own credential, or by a service that may act for them; made by `prove_subject` only."""

    user_id: ProvenUser
    service: ProvenUser | None


def identify(ports: Ports, case: Dossier, presented: Presented | None, *, mount: str | None, place: str) -> Identity:
    """Who asks, by the one credential that was shown; `place` says where it belongs, to whoever showed none.

    Raises:
        Refusal: those of the authenticator.
    """
    try:
        return ports.authenticator.identify(case.request, presented, mount=mount)
    except Refusal as refusal:
        if refusal.reason is Reason.CREDENTIAL_MISSING:
            raise Refusal(
                refusal.reason, note=refusal.note, hint=" ".join(filter(None, (place, refusal.hint)))
            ) from None
        raise


def prove_subject(ports: Ports, case: Dossier) -> ProvenSubject:
    """Whom this request is for. Where that is not proved, the case stands under the credential's own name from then on.

    Raises:
        Refusal: SERVICE_NEEDS_PERSON, ON_BEHALF_OF_NOT_ALLOWED: alone, whatever else is amiss; INTERNAL_ERROR where
            nobody was identified.
    """
    identity = case.identity
    if identity is None:
        raise Refusal(Reason.INTERNAL_ERROR, note="a subject was asked for before anybody was identified")
    if identity.key.kind == _PERSON:
        if identity.on_behalf_of is not None:
            by_header = case.request.header(_HEADER) is not None
            leave_out = _LEAVE_OUT_OF_TOKEN if identity.method == _TOKEN else _LEAVE_OUT
            raise Refusal(Reason.ON_BEHALF_OF_NOT_ALLOWED, hint=leave_out if by_header else None)
        return ProvenSubject(user_id=ProvenUser(identity.key.user_id), service=None)
    named = identity.on_behalf_of
    if named is None or not _may_act_for(ports, identity, named):
        case.identity = replace(identity, user_id=identity.key.user_id)
        raise Refusal(Reason.SERVICE_NEEDS_PERSON if named is None else Reason.ON_BEHALF_OF_NOT_ALLOWED)
    return ProvenSubject(user_id=ProvenUser(named), service=ProvenUser(identity.key.user_id))


def _may_act_for(ports: Ports, service: Identity, named: str) -> bool:
    """By name, else by office; only a list that has offices needs to be told the person's, and nothing else is asked."""
    acts_for = service.key.acts_for
    if f"user:{named}" in acts_for:
        return True
    if not any(entry.startswith("office:") for entry in acts_for):
        return False
    person = ports.facts.look_up(Question(user_id=named, case_number=None, plate=None)).subject
    return person is not None and person.user_id == named and f"office:{person.office}" in acts_for
