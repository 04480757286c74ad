"""What the claims of a proven bearer token must say, and what is taken from them.

The library proves the signature; whose token it is, for whom, when, given to which client, and on whose behalf is
checked here, claim by claim.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.errors import Refusal
from gateway.identity.issuer import Issuer
from gateway.model import Assurance
from gateway.reasons import Reason

_LONGEST_NAME = 256
_MOST_METHODS = 16
Claimed = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClaims:
    """Who asks, by which service (`actor_id`, None: themselves), from when until when, and how strongly proved."""

    user_id: str
    actor_id: str | None
    not_before: datetime
    expires_at: datetime
    assurance: Assurance


def read_claims(claims: Claimed, issuer: Issuer, now: datetime) -> TokenClaims:
    """The claims, all of them good now.

    Raises:
        Refusal: `token_audience`, `token_expired`, `token_not_yet_valid`, or `token_malformed` for what is missing or of
            another form.
    """
    _check_audience(claims, issuer)
    skew = timedelta(seconds=issuer.skew_s)
    expires_at = _instant(claims, "exp") + skew
    starts = [_instant(claims, name) for name in ("nbf", "iat") if name in claims]
    not_before = max(starts, default=datetime(1970, 1, 1, tzinfo=UTC)) - skew
    check_time(not_before, expires_at, now)
    return TokenClaims(
        user_id=_name(claims, issuer.user_claim),
        actor_id=_actor(claims, issuer),
        not_before=not_before,
        expires_at=expires_at,
        assurance=_assurance(claims),
    )


def check_time(not_before: datetime, expires_at: datetime, now: datetime) -> None:
    """Whether now lies between the two.

    Raises:
        Refusal: TOKEN_EXPIRED, TOKEN_NOT_YET_VALID.
    """
    if now >= expires_at:
        raise Refusal(Reason.TOKEN_EXPIRED)
    if now < not_before:
        raise Refusal(Reason.TOKEN_NOT_YET_VALID)


def _check_audience(claims: Claimed, issuer: Issuer) -> None:
    """The token is for us; and was given to a client that may have it, which one of several audiences must name."""
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or issuer.audience not in audiences:
        raise Refusal(Reason.TOKEN_AUDIENCE, note="another audience")
    party = claims.get("azp")
    if party is None:
        if len(audiences) > 1 or issuer.authorized_parties:
            raise Refusal(Reason.TOKEN_AUDIENCE, note="no authorized party")
        return
    if not isinstance(party, str) or (issuer.authorized_parties and party not in issuer.authorized_parties):
        raise Refusal(Reason.TOKEN_AUDIENCE, note="another authorized party")


def _actor(claims: Claimed, issuer: Issuer) -> str | None:
    """The service that acts for the person (RFC 8693); a chain of several is more than anybody could answer for."""
    act = claims.get("act")
    if act is None:
        return None
    if not isinstance(act, dict) or "act" in act or act.get("iss", issuer.issuer) != issuer.issuer:
        raise refuse_form("act")
    return _name(act, issuer.actor_claim)


def _assurance(claims: Claimed) -> Assurance:
    acr, amr, signed_in = claims.get("acr"), claims.get("amr"), claims.get("auth_time")
    if acr is not None and not _is_name(acr):
        raise refuse_form("acr")
    if amr is not None and not (isinstance(amr, list) and len(amr) <= _MOST_METHODS and all(map(_is_name, amr))):
        raise refuse_form("amr")
    return Assurance(
        acr=acr,
        amr=None if amr is None else tuple(amr),
        authenticated_at=None if signed_in is None else _instant(claims, "auth_time"),
    )


def _instant(claims: Claimed, name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse_form(name)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise refuse_form(name) from None


def _name(claims: Claimed, name: str) -> str:
    value = claims.get(name)
    if not _is_name(value):
        raise refuse_form(name)
    return str(value)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value.isprintable()


def refuse_form(note: str) -> Refusal:
    """The refusal of a token that is not in its form; `note` is a word of ours, for the record."""
    return Refusal(Reason.TOKEN_MALFORMED, note=note)
