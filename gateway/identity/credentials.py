"""Credentials as people present them: gateway keys, and tokens of the gateway's own token endpoint.

A key is `k` and 12 characters, `_`, and 256 bits in base64url; the store has its SHA-256 and nothing else. A token is
`t1.` and an AES-GCM box, readable only here, that names the key it came from, one mount and its end.
"""

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.model import Key

_KEY = re.compile(r"(k[a-z0-9]{12})_[A-Za-z0-9_-]{43}")
_TOKEN = re.compile(r"t1\.([A-Za-z0-9_-]{40,1000})")
_TOKEN_PREFIX = "t1."  # noqa: S105 - a version, not a secret
_PURPOSE = b"lpr-gateway access token t1"
_NONCE_BYTES = 12
_NOBODYS_HASH = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a token says: good for one mount until `expires_at`, and only as long as its key is."""

    key_id: str
    mount: str
    expires_at: datetime


def split_key(secret: str) -> str | None:
    """The id of the key that a presented secret claims to be; None for a text that no key looks like."""
    match = _KEY.fullmatch(secret)
    return match[1] if match else None


def is_secret_of(secret: str, key: Key | None) -> bool:
    """Whether the secret is this key's. It takes as long where there is no such key."""
    stored = _NOBODYS_HASH if key is None else key.secret_hash
    same = hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), stored)
    return same and key is not None


def is_token(credential: str) -> bool:
    """Whether a credential presents itself as a token."""
    return credential.startswith(_TOKEN_PREFIX)


def seal_token(token: Token, token_key: bytes) -> str:
    """The text of a token; `token_key` is 32 bytes that serve nothing else. Its end is kept in whole seconds."""
    nonce = os.urandom(_NONCE_BYTES)
    content = f"{token.key_id} {int(token.expires_at.timestamp())} {token.mount}".encode()
    box = nonce + AESGCM(token_key).encrypt(nonce, content, _PURPOSE)
    return _TOKEN_PREFIX + base64.urlsafe_b64encode(box).decode().rstrip("=")


def open_token(text: str, token_key: bytes) -> Token | None:
    """What the token says; None unless it was sealed with this key, to the last bit."""
    match = _TOKEN.fullmatch(text)
    if match is None:
        return None
    try:
        box = base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4))
        content = AESGCM(token_key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], _PURPOSE)
    except (ValueError, InvalidTag):
        return None
    key_id, seconds, mount = content.decode().split(" ", 2)
    return Token(key_id=key_id, mount=mount, expires_at=datetime.fromtimestamp(int(seconds), UTC))
