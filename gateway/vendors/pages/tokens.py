"""Page tokens: what a caller holds instead of the vendor's page id. Sealed, so nothing in one can be read or changed.

A token carries the opening search whole; no worker has to remember it. It is bound to the person, key and mount that
opened it: under any other it does not open, and nobody learns why.
"""

import base64
import binascii
import os
import re
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import Refusal
from gateway.model import PageOpening
from gateway.reasons import Reason
from gateway.vendors.pages.content import read_opening, write_opening

PAGE_LIFE = timedelta(minutes=60)
"""How long a page token lives at most; whoever seals one sets its end."""

_SET_BACK = timedelta(minutes=1)  # a clock may be set back a little while a token lives
_NONCE = 12
_FORMAT = "lpr.page.v1"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{40,7600}")


def seal_page(opening: PageOpening, key: bytes) -> str:
    """The token for a page, `[A-Za-z0-9_-]+`, usable as one segment of a path. `key` has 32 bytes."""
    nonce = os.urandom(_NONCE)
    bound = _bind(opening.user_id, opening.key_id, opening.mount)
    sealed = AESGCM(key).encrypt(nonce, write_opening(opening), bound)
    return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()


def open_page(token: str, key: bytes, *, user_id: str, key_id: str, mount: str, now: datetime) -> PageOpening:
    """What the token's opening was, if this person opened it with this key at this mount and it has not expired.

    Raises:
        Refusal: `page_unknown`, whatever is wrong.
    """
    if _TOKEN.fullmatch(token) is None:
        raise Refusal(Reason.PAGE_UNKNOWN, note="not a page token")
    try:
        content = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        plain = AESGCM(key).decrypt(content[:_NONCE], content[_NONCE:], _bind(user_id, key_id, mount))
    except (InvalidTag, binascii.Error):
        raise Refusal(Reason.PAGE_UNKNOWN, note="not sealed here for this person, key and mount") from None
    try:
        opening = read_opening(plain, user_id=user_id, key_id=key_id, mount=mount)
    except (ValueError, TypeError):
        raise Refusal(Reason.PAGE_UNKNOWN, note="sealed by another version") from None
    if not now < opening.expires_at <= now + PAGE_LIFE + _SET_BACK:
        raise Refusal(Reason.PAGE_UNKNOWN, note="the page token has expired")
    return opening


def _bind(*parts: str) -> bytes:
    """The parts as associated data, each with its length, so that no two lists of parts look alike."""
    encoded = [part.encode() for part in (_FORMAT, *parts)]
    return b"".join(len(part).to_bytes(4) + part for part in encoded)
