"""A tiny issuer: keys with known ids, tokens with whatever claims a test wants, and no network."""

import json
from datetime import timedelta

from joserfc import jwk, jws

from gateway.identity.bearer import BearerTokens
from gateway.identity.issuer import Issuer
from gateway.identity.provider import ProviderFailure, read_keys
from gateway.identity.signing_keys import SigningKeys
from gateway.settings import OidcSettings
from tests.identity.samples import NOW
from tests.usual_settings import usual

USUAL = usual(OidcSettings)
ISSUER = Issuer(**USUAL, issuer="https://login.example", audience="lpr-gateway")
OTHER = Issuer(**USUAL, issuer="https://other.example", audience="lpr-gateway")
RSA, EC, EC_OTHER, ED = (
    jwk.RSAKey.generate_key(2048),
    jwk.ECKey.generate_key("P-256"),
    jwk.ECKey.generate_key("P-256"),
    jwk.OKPKey.generate_key("Ed25519"),
)


class Published:
    """What an issuer publishes, when it can be reached; counts how often it was asked."""

    def __init__(self, **keys):
        self.keys, self.up, self.asked, self.ticks = keys, True, 0, 0.0

    def fetch(self, _issuer):
        self.asked += 1
        if not self.up:
            raise ProviderFailure("down")
        return read_keys({"keys": [key.as_dict(private=False) | {"kid": kid} for kid, key in self.keys.items()]})

    def signing_keys(self, issuer):
        return SigningKeys(issuer, self.fetch, lambda: self.ticks)


def tokens(issuer=ISSUER, published=None, *others):
    """What judges tokens of one issuer (and of others, each with its own published keys)."""
    by_issuer = {issuer.issuer: published or Published(a=EC), **{one.issuer: theirs for one, theirs in others}}
    return BearerTokens([issuer, *(one for one, _ in others)], lambda one: by_issuer[one.issuer].signing_keys(one))


def claims(**changes):
    fields = {
        "iss": ISSUER.issuer,
        "aud": "lpr-gateway",
        "exp": int((NOW + timedelta(hours=1)).timestamp()),
        "iat": int(NOW.timestamp()),
        "preferred_username": "u17",
    } | changes
    return {name: value for name, value in fields.items() if value is not None}


def token(key=EC, *, header=None, **changes):
    """A signed token; None takes a claim or a header field out."""
    kind = {"EC": "ES256", "RSA": "RS256", "OKP": "EdDSA"}[key.key_type]
    fields = {"alg": kind, "kid": "a", "typ": "JWT"} | (header or {})
    fields = {name: value for name, value in fields.items() if value is not None}
    return sign(fields, claims(**changes), key)


def sign(fields, content, key):
    """A token as it is, whatever its header says; EdDSA by the name that providers still use."""
    registry = jws.JWSRegistry(strict_check_header=False, algorithms=[fields["alg"]])
    registry.get_alg = lambda name: registry.algorithms[name]
    registry.check_header = lambda _header: None
    return jws.serialize_compact(fields, json.dumps(content).encode(), key, registry=registry)
