"""From a presented credential to a person, or to one uniform no.

An unknown key, a wrong secret, a revoked key, a wrong mount and a wrong address answer alike, so that a guesser learns
nothing; the record has the note. Only who had the right secret in the right place is told that it has expired, and only who
has a token that is good at its vendor's addresses, that it is good there alone.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.errors import Refusal
from gateway.identity.addresses import lies_within
from gateway.identity.credentials import is_secret_of, is_token, open_token, split_key
from gateway.model import Identity, Key
from gateway.reasons import Reason
from gateway.unseen import tell_unseen_in_header

PERSON, SERVICE = "person", "service"
_HEADER = "header"
_NO_KEY = (
    "What was sent has not the form of a key: give the whole key as it was issued, and nothing before or behind it."
)
_AT_OWN_ADDRESS = (
    "What you sent is the token that the token URL gave: it is good at the vendor's addresses alone. Here your gateway key itself is "
    "wanted, which was the client secret there."
)
_AT_ANOTHER_MOUNT = "What you sent is a token for another vendor's addresses. Here your gateway key itself is wanted."
_LONGEST_USER_ID = 256


class Keys(Protocol):
    """Where keys are looked up, anew each time, so that a revoked one is good nowhere."""

    def find(self, key_id: str) -> Key | None:
        """The key of this id, revoked and expired ones included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A credential as it came; `place` is where: header, query or basic."""

    value: str = field(repr=False)
    place: str


def authenticate(
    presented: Presented,
    keys: Keys,
    *,
    mount: str | None,
    source_ip: str,
    on_behalf_of: str | None,
    token_key: bytes,
    now: datetime,
) -> Identity:
    """Who asks. `on_behalf_of` is the value of X-LPR-On-Behalf-Of; whether it may be used is for the policy to say.

    `mount` is None at the gateway's own addresses, where a key of any mount is good and no token is.

    Raises:
        Refusal: CREDENTIAL_INVALID, or CREDENTIAL_EXPIRED for what was good once; REQUEST_MALFORMED where a person is
            named in characters that no user id has.
    """
    if is_token(presented.value):
        method, key = "token", _token_key(presented.value, keys, mount, source_ip, token_key, now)
    else:
        method, key = "key", prove_key(presented.value, keys, mount=mount, source_ip=source_ip, now=now)
    person, named = key.kind == PERSON, _user_id(on_behalf_of)
    return Identity(
        user_id=key.user_id if person else named,
        key=key,
        method=method,
        on_behalf_of=named,
        direct=person and method == "key" and presented.place == _HEADER,
    )


def prove_key(secret: str, keys: Keys, *, mount: str | None, source_ip: str, now: datetime) -> Key:
    """The key whose secret this is, good here and now.

    Raises:
        Refusal: CREDENTIAL_INVALID or CREDENTIAL_EXPIRED.
    """
    key_id = split_key(secret)
    if key_id is None:
        raise _invalid("not a key of this gateway", _NO_KEY)
    key = keys.find(key_id)
    if not is_secret_of(secret, key) or key is None:
        raise _invalid("unknown key" if key is None else "wrong secret")
    _check_standing(key, mount, source_ip, now)
    return key


def _token_key(text: str, keys: Keys, mount: str | None, source_ip: str, token_key: bytes, now: datetime) -> Key:
    token = open_token(text, token_key)
    if token is None:
        raise _invalid("not a token of this gateway")
    key = keys.find(token.key_id)
    if key is None:
        raise _invalid("unknown key")
    _check_standing(key, token.mount, source_ip, now)
    if mount not in (token.mount, None):
        raise _invalid("token of another mount", _AT_ANOTHER_MOUNT)
    if now >= token.expires_at:
        raise Refusal(Reason.CREDENTIAL_EXPIRED, note="token expired")
    if mount is None:
        raise _invalid("token at an address of the gateway's own", _AT_OWN_ADDRESS)
    return key


def _check_standing(key: Key, mount: str | None, source_ip: str, now: datetime) -> None:
    if key.revoked_at is not None:
        raise _invalid("key revoked")
    if key.kind not in (PERSON, SERVICE):
        raise _invalid("key of an unknown kind")
    if mount is not None and key.mounts and mount not in key.mounts:
        raise _invalid("key of another mount")
    if key.cidrs and not lies_within(source_ip, key.cidrs):
        raise _invalid("address outside the key's ranges")
    if now >= key.expires_at:
        raise Refusal(Reason.CREDENTIAL_EXPIRED, note="key expired")


def _user_id(named: str | None) -> str | None:
    if named is not None and not (0 < len(named) <= _LONGEST_USER_ID and named.isascii() and named.isprintable()):
        hint = tell_unseen_in_header(named) if named else "It is empty: give the person's user id, or leave it out."
        raise Refusal(Reason.REQUEST_MALFORMED, field="X-LPR-On-Behalf-Of", hint=hint)
    return named


def _invalid(note: str, hint: str | None = None) -> Refusal:
    return Refusal(Reason.CREDENTIAL_INVALID, note=note, hint=hint)
