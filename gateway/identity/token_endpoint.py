"""The gateway's own OAuth2 token endpoint (RFC 6749 §4.4), for tools that know no other way to a vendor.

Client id and secret are a gateway key's id and secret; what comes back is a token for one mount. A vendor's own token
never gets here.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from gateway.errors import Refusal
from gateway.identity.authenticate import Keys, prove_key
from gateway.identity.credentials import Token, seal_token, split_key
from gateway.model import Answer, Json, Key, RawRequest
from gateway.reasons import Reason

LIFETIME = timedelta(hours=24)
_LONGEST_BODY = 8192
_FIELDS = frozenset({"grant_type", "client_id", "client_secret", "audience", "scope"})
_FORM = re.compile(r"application/x-www-form-urlencoded(?:[ \t]*;[ \t]*charset=\"?utf-8\"?)?", re.IGNORECASE)
_BASIC = re.compile(r"(?i:basic) +([A-Za-z0-9+/]{4,1000}={0,2})")
_NOT_TO_BE_KEPT = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache"))
_CLIENT = "The id and the secret of your gateway key belong in client_id and client_secret, or in Authorization: Basic."
_NOT_OF_ONE = (
    "The client id does not belong to the secret: it is the part of your gateway key before its first _, "
    "and the secret is the whole key."
)
_NO_KEY = (
    "The secret has not the form of a gateway key: it is your whole key, and the client id the part before its first _."
)
_TWICE = "They stand in Authorization and in the body: leave client_id and client_secret out of the body."
_TWO_HEADERS = "The Authorization header came twice."
_GRANT = "client_credentials"
_UNAUTHORIZED, _UNAVAILABLE = 401, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenExchange:
    """The answer, and what to record of it: `key` and `expires_at` of a token given, or the `refusal`."""

    answer: Answer
    key: Key | None = None
    expires_at: datetime | None = None
    refusal: Refusal | None = None


def exchange(raw: RawRequest, keys: Keys, *, mount: str, token_key: bytes, now: datetime) -> TokenExchange:
    """Trade a key for a token of at most 24 hours, which is good at this mount and dies with its key.

    Never raises a Refusal: whatever is wrong is told in OAuth's own shape, and is in `refusal`.
    """
    try:
        key = _client(raw, keys, mount, now)
    except Refusal as refusal:
        return TokenExchange(answer=_refuse(refusal), refusal=refusal)
    expires_at = min(now + LIFETIME, key.expires_at).replace(microsecond=0)  # what the token keeps of it
    text = seal_token(Token(key_id=key.key_id, mount=mount, expires_at=expires_at), token_key)
    told: dict[str, Json] = {
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": int((expires_at - now).total_seconds()),
    }
    return TokenExchange(answer=_answer(200, told), key=key, expires_at=expires_at)


def _client(raw: RawRequest, keys: Keys, mount: str, now: datetime) -> Key:
    form = _form(raw)
    grant = form.get("grant_type")
    if grant is None:
        raise Refusal(Reason.REQUEST_MISSING_FIELD, field="grant_type", hint=f"Allowed: {_GRANT}.")
    if grant != _GRANT:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="grant_type", hint=f"Allowed: {_GRANT}.")
    client_id, secret = _credentials(raw, form)
    key_id = split_key(secret)
    if client_id != key_id:  # told by their form alone: whether there is such a key is looked at by nobody yet
        told = _NO_KEY if key_id is None else _NOT_OF_ONE
        raise Refusal(Reason.CREDENTIAL_INVALID, note="client id and secret are not of one key", hint=told)
    return prove_key(secret, keys, mount=mount, source_ip=raw.source_ip, now=now)


def _form(raw: RawRequest) -> dict[str, str]:
    """The fields of the request's body: known ones, each once."""
    if raw.method != "POST":
        raise Refusal(Reason.UNKNOWN_OPERATION, hint="Here there is: POST.")
    if "?" in raw.target:
        raise Refusal(Reason.REQUEST_QUERY_NOT_ALLOWED, hint="Send the fields in the body.")
    if (_require_one(raw, "content-encoding") or "identity").lower() != "identity":
        raise Refusal(Reason.REQUEST_CONTENT_ENCODING)
    if _FORM.fullmatch(_require_one(raw, "content-type") or "") is None:
        raise Refusal(Reason.REQUEST_MEDIA_TYPE, hint="Allowed: application/x-www-form-urlencoded.")
    if len(raw.body) > _LONGEST_BODY:
        raise Refusal(Reason.REQUEST_TOO_LARGE)
    try:
        pairs = parse_qsl(raw.body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise Refusal(Reason.REQUEST_MALFORMED) from None
    form = dict(pairs)
    if not form.keys() <= _FIELDS:
        raise Refusal(Reason.REQUEST_UNKNOWN_FIELD, hint=f"There are: {', '.join(sorted(_FIELDS))}.")
    if len(form) != len(pairs):
        names = [name for name, _ in pairs]
        raise Refusal(Reason.REQUEST_DUPLICATE_FIELD, field=next(name for name in names if names.count(name) > 1))
    return form


def _credentials(raw: RawRequest, form: dict[str, str]) -> tuple[str, str]:
    """Client id and secret, from the form or from `Authorization: Basic`, beside which many tools repeat the id alone.

    The id by itself proves nothing, so where it is the same it is no second way to prove oneself (RFC 6749 §2.3).
    """
    authorization = _require_one(raw, "authorization")
    if authorization is None:
        missing = [name for name in ("client_id", "client_secret") if name not in form]
        if len(missing) == 1:
            raise Refusal(Reason.REQUEST_MISSING_FIELD, field=missing[0], hint=_CLIENT)
        if missing:
            raise Refusal(Reason.CREDENTIAL_MISSING, hint=_CLIENT)
        return form["client_id"], form["client_secret"]
    if "client_secret" in form:
        raise Refusal(Reason.CREDENTIAL_AMBIGUOUS, hint=_TWICE)
    client_id, secret = _read_basic(authorization)
    if form.get("client_id", client_id) != client_id:
        raise Refusal(Reason.CREDENTIAL_AMBIGUOUS, hint=_TWICE)
    return client_id, secret


def _read_basic(authorization: str) -> tuple[str, str]:
    match = _BASIC.fullmatch(authorization)
    if match is None:
        raise Refusal(Reason.CREDENTIAL_INVALID, note="not a Basic authorization", hint=_CLIENT)
    try:
        client_id, _, secret = base64.b64decode(match[1], validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refusal(Reason.CREDENTIAL_INVALID, note="not a Basic authorization", hint=_CLIENT) from None
    return client_id, secret


def _require_one(raw: RawRequest, name: str) -> str | None:
    values = [value for key, value in raw.headers if key == name]
    if len(values) > 1:
        twice = Refusal(Reason.CREDENTIAL_AMBIGUOUS, hint=_TWO_HEADERS)
        raise twice if name == "authorization" else Refusal(Reason.REQUEST_DUPLICATE_FIELD)
    return values[0].strip(" \t") if values else None


def _refuse(refusal: Refusal) -> Answer:
    text = refusal.reason.text
    status, code = 400, "invalid_request"
    if text.status >= _UNAVAILABLE:
        status, code = text.status, "server_error"
    elif refusal.reason is Reason.REQUEST_OUT_OF_RANGE:
        code = "unsupported_grant_type"
    elif text.status == _UNAUTHORIZED and refusal.reason is not Reason.CREDENTIAL_AMBIGUOUS:
        status, code = _UNAUTHORIZED, "invalid_client"
    sentence = text.sentence if refusal.field is None else f"{text.sentence.rstrip('.')}: {refusal.field}."
    told = " ".join(filter(None, (sentence, text.fix, refusal.hint)))
    return _answer(status, {"error": code, "error_description": told})


def _answer(status: int, told: dict[str, Json]) -> Answer:
    challenge = (("WWW-Authenticate", 'Basic realm="lpr-gateway"'),) if status == _UNAUTHORIZED else ()
    return Answer(status=status, headers=_NOT_TO_BE_KEPT + challenge, body=json.dumps(told).encode())
