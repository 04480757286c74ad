"""Who asks, by whichever one credential a request shows: a gateway key, a token of ours, an identity provider's, a card.

Keys and tokens of ours are judged in `authenticate`; what others vouch for is judged here, and must name one active
person of the agency, letter by letter. Two credentials of different kinds are none.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from gateway.errors import Refusal
from gateway.identity.authenticate import PERSON, SERVICE, Keys, Presented, authenticate
from gateway.identity.bearer import BearerTokens, is_bearer_token
from gateway.identity.certificates import CertificateRegister
from gateway.model import Assurance, Identity, Key, RawRequest, Subject
from gateway.reasons import Reason
from gateway.value import replace

_HEADER = "header"
_OR_CARD = "Or show your card: none came with the request."
_CARD_AND_KEY = "Your card was shown, and a key or token beside it: leave one of them out."
_TWO_PERSONS = "The token names one person, and X-LPR-On-Behalf-Of another: leave the header out."
_ON_BEHALF_OF = "x-lpr-on-behalf-of"


class ServiceKeys(Keys, Protocol):
    """Keys, and for whom a service may act by those of its own."""

    def acts_for(self, user_id: str, now: datetime) -> tuple[str, ...]:
        """What the service keys of this user that are in force list together."""
        ...


class People(Protocol):
    """Who is known to the agency."""

    def person(self, user_id: str) -> Subject | None:
        """The person of exactly this id, as the facts know them now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """Judges credentials of every kind; `tokens` and `certificates` are None where none is accepted."""

    keys: ServiceKeys
    people: People
    token_key: bytes = field(repr=False)
    tokens: BearerTokens | None = None
    certificates: CertificateRegister | None = None

    def identify(self, request: RawRequest, presented: Presented | None, *, mount: str | None) -> Identity:
        """Who asks. `mount` is None at the gateway's own addresses.

        Raises:
            Refusal: `credential_…`, `token_…`, `certificate_…`, ISSUER_UNAVAILABLE; REQUEST_MALFORMED.
        """
        if request.client_certificate is not None:
            if presented is not None:
                raise Refusal(
                    Reason.CREDENTIAL_AMBIGUOUS, note="a certificate beside another credential", hint=_CARD_AND_KEY
                )
            return self._by_certificate(request, request.client_certificate)
        if presented is None:
            raise Refusal(Reason.CREDENTIAL_MISSING, hint=None if self.certificates is None else _OR_CARD)
        if self.tokens is not None and is_bearer_token(presented.value):
            return self._by_token(self.tokens, request, presented)
        return authenticate(
            presented,
            self.keys,
            mount=mount,
            source_ip=request.source_ip,
            on_behalf_of=request.header(_ON_BEHALF_OF),
            token_key=self.token_key,
            now=request.time,
        )

    def _by_token(self, tokens: BearerTokens, request: RawRequest, presented: Presented) -> Identity:
        verified = tokens.verify(presented.value, request.time)
        claims, named = verified.claims, request.header(_ON_BEHALF_OF)
        self._require_active(claims.user_id, Reason.TOKEN_SUBJECT_UNKNOWN)
        own = _stand_in("oidc", verified.issuer, claims.user_id, claims.expires_at)
        identity = Identity(
            user_id=claims.user_id,
            key=own,
            method="oidc",
            on_behalf_of=named,
            direct=presented.place == _HEADER and claims.actor_id is None,
            assurance=claims.assurance,
        )
        return identity if claims.actor_id is None else self._delegate(identity, claims.actor_id, request.time)

    def _delegate(self, identity: Identity, service_id: str, now: datetime) -> Identity:
        """A token by exchange means what a service's key with the person's name in the header means."""
        if identity.on_behalf_of not in (None, identity.user_id):
            raise Refusal(
                Reason.CREDENTIAL_AMBIGUOUS, note="token and header name different persons", hint=_TWO_PERSONS
            )
        self._require_active(service_id, Reason.TOKEN_SUBJECT_UNKNOWN)
        acts_for = self.keys.acts_for(service_id, now)
        service = replace(identity.key, user_id=service_id, kind=SERVICE, acts_for=acts_for)
        return replace(identity, key=service, on_behalf_of=identity.user_id)

    def _by_certificate(self, request: RawRequest, certificate: bytes) -> Identity:
        if self.certificates is None:
            raise Refusal(Reason.CERTIFICATE_UNTRUSTED, note="no certificates are accepted")
        held = self.certificates.judge(certificate, request.time)
        self._require_active(held.user_id, Reason.CERTIFICATE_UNMAPPED)
        return Identity(
            user_id=held.user_id,
            key=_stand_in("certificate", held.fingerprint, held.user_id, held.expires_at),
            method="certificate",
            on_behalf_of=request.header(_ON_BEHALF_OF),
            direct=True,
            assurance=Assurance(acr=None, amr=("x509",), authenticated_at=None),
        )

    def _require_active(self, user_id: str, otherwise: Reason) -> None:
        person = self.people.person(user_id)
        if person is None or person.user_id != user_id or person.active is not True:
            raise Refusal(otherwise, note="no active person of this id")


def _stand_in(kind: str, by: str, user_id: str, expires_at: datetime) -> Key:
    """What stands where a gateway key would: the same each time for this person and whoever vouches, so pages go on."""
    digest = hashlib.sha256(f"{by}\0{user_id}".encode()).hexdigest()
    return Key(
        key_id=f"{kind}:{digest[:16]}",
        user_id=user_id,
        kind=PERSON,
        secret_hash=b"",
        issued_at=datetime(1970, 1, 1, tzinfo=UTC),
        expires_at=expires_at,
        revoked_at=None,
        acts_for=(),
        mounts=(),
        cidrs=(),
    )
