"""Who asked: the person, the credential, and whom it named without being allowed to."""

from gateway.kept_words import WITHHELD, tell_plates
from gateway.ledger.records.event import Body
from gateway.model import Dossier


def describe_person(dossier: Dossier) -> Body:
    """The person as the facts had them, by which credential, and for whom it asks."""
    subject = dossier.known.subject if dossier.known else None
    body: Body = {}
    if subject is not None:
        body = {"user_name": subject.name, "org": subject.component, "office": subject.office}
        body["roles"] = list(subject.roles)
    if dossier.identity is not None:
        key = dossier.identity.key
        body |= {"actor_kind": key.kind, "actor_method": dossier.identity.method, "key_id": key.key_id}
        body["on_behalf_of"] = key.user_id if key.kind == "service" else None
        assurance = dossier.identity.assurance
        if assurance is not None:
            body |= {"actor_acr": assurance.acr, "actor_amr": None if assurance.amr is None else list(assurance.amr)}
        claimed = find_claimed(dossier)
        body["claimed_user_id"] = WITHHELD if claimed is not None and tell_plates(claimed) else claimed
    return body


def find_claimed(dossier: Dossier) -> str | None:
    """Whom a credential named that it may not act for, as typed: which may be a plate in the person's place."""
    identity = dossier.identity
    return None if identity is None or identity.on_behalf_of == identity.user_id else identity.on_behalf_of
