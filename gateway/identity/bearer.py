"""Bearer tokens of identity providers: the signature proved by a library, every claim checked by us, nothing guessed.

A token that was proved is remembered by its SHA-256 until it ends, so that the next request with it costs a look-up. It is
forgotten when its signing key is no longer the issuer's; whether its person is still active is asked each time, elsewhere.
"""

import base64
import binascii
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry, deserialize_compact

from gateway.errors import Refusal
from gateway.identity.credentials import is_token
from gateway.identity.issuer import Issuer
from gateway.identity.provider import SigningKey
from gateway.identity.signing_keys import SigningKeys
from gateway.identity.token_claims import Claimed, TokenClaims, check_time, read_claims, refuse_form
from gateway.reasons import Reason

LONGEST = 8192
_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)")
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_BRINGS_A_KEY = frozenset({"jwk", "jku", "x5u", "x5c"})
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedToken:
    """A token whose signature and claims held; `issuer` says whose it is, `thumbprint` which key proved it."""

    issuer: str
    claims: TokenClaims
    thumbprint: str


class BearerTokens:
    """Judges bearer tokens by the issuer that each names. Safe for many threads."""

    def __init__(self, issuers: Iterable[Issuer], keys: Callable[[Issuer], SigningKeys] = SigningKeys) -> None:
        self._issuers = {issuer.issuer: (issuer, keys(issuer)) for issuer in issuers}
        self._proved: OrderedDict[bytes, VerifiedToken] = OrderedDict()
        self._lock = threading.Lock()

    def learn_keys(self) -> None:
        """Ask every issuer for its keys now, rather than when the first token comes; one that is down is asked then."""
        for _, keys in self._issuers.values():
            with suppress(Refusal):
                keys.find("")

    def verify(self, token: str, now: datetime) -> VerifiedToken:
        """What the token says, all of it proved.

        Raises:
            Refusal: `token_…`, or ISSUER_UNAVAILABLE.
        """
        digest = hashlib.sha256(token.encode()).digest()
        known = self._proved.get(digest)
        if known is not None and self._issuers[known.issuer][1].holds(known.thumbprint):
            check_time(known.claims.not_before, known.claims.expires_at, now)
            return known
        proved = self._prove(token, now)
        with self._lock:
            self._proved[digest] = proved
            if len(self._proved) > _REMEMBERED:
                self._proved.popitem(last=False)
        return proved

    def _prove(self, token: str, now: datetime) -> VerifiedToken:
        if len(token) > LONGEST:
            raise refuse_form("too long")
        header, claims = _read(token)
        named = claims.get("iss")
        issuer, keys = self._issuers.get(named, (None, None)) if isinstance(named, str) else (None, None)
        if issuer is None or keys is None:
            raise Refusal(Reason.TOKEN_ISSUER)
        key = _find_key(header, issuer, keys)
        _prove_signature(token, key, issuer)
        return VerifiedToken(issuer=issuer.issuer, claims=read_claims(claims, issuer, now), thumbprint=key.thumbprint())


def is_bearer_token(credential: str) -> bool:
    """Whether a credential presents itself as an identity provider's token: in parts, as no key of ours is, also where one was lost; a full stop at its end makes none."""
    return "." in credential.strip(".") and not is_token(credential)


def _read(token: str) -> tuple[dict[str, Any], Claimed]:
    """Header and claims, as yet proved by nothing."""
    match = _FORM.fullmatch(token)
    if match is None:
        raise refuse_form("form")
    header, claims = (_json(part) for part in match.groups()[:2])
    if header.get("typ") is not None and str(header["typ"]).lower() not in _TYPES:
        raise refuse_form("typ")
    if not _BRINGS_A_KEY.isdisjoint(header):
        raise Refusal(Reason.TOKEN_SIGNATURE, note="the token brings a key of its own")
    return header, claims


def _json(part: str) -> dict[str, Any]:
    try:
        document = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error):
        raise refuse_form("form") from None
    if not isinstance(document, dict):
        raise refuse_form("form")
    return document


def _find_key(header: dict[str, Any], issuer: Issuer, keys: SigningKeys) -> SigningKey:
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in issuer.algorithms:
        raise Refusal(Reason.TOKEN_SIGNATURE, note="algorithm not listed")
    if kid is not None and not isinstance(kid, str):
        raise refuse_form("kid")
    key = keys.find(kid)
    if key is None:
        raise Refusal(Reason.TOKEN_SIGNATURE, note="unknown key")
    if key.get("alg") not in (None, algorithm):
        raise Refusal(Reason.TOKEN_SIGNATURE, note="key of another algorithm")
    return key


def _prove_signature(token: str, key: SigningKey, issuer: Issuer) -> None:
    try:
        deserialize_compact(token, key, registry=_Algorithms(algorithms=issuer.algorithms, strict_check_header=False))
    except (JoseError, ValueError):
        raise Refusal(Reason.TOKEN_SIGNATURE, note="not proved") from None


class _Algorithms(JWSRegistry):
    """The library's own, but for the name EdDSA: RFC 9864 gave its two curves names, and providers still use the old."""

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - the library does not export its type
        """The algorithm of this name, where it is allowed."""
        if name == "EdDSA" and self.allowed and name in self.allowed:
            return self.algorithms[name]
        return super().get_alg(name)
