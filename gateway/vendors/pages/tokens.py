"""Page tokens: what a caller holds instead of the vendor's page id. Sealed, so nothing in one can be read or changed.

A token carries the opening search whole; no worker has to remember it. It is bound to the person, key and mount that
opened it: under any other it does not open, and nobody learns why.

Inside the seal: the end (8 bytes), the length of the vendor's page id (2 bytes), the page id, then what `content` wrote.
So how long a token can get is known before the vendor is asked, and `is_pageable` says no in time.
"""

import base64
import binascii
import os
import re
import zlib
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import Refusal
from gateway.model import PageOpening
from gateway.reasons import Reason
from gateway.vendors.pages.content import read_opening, reckon_most_bytes, write_opening

PAGE_LIFE = timedelta(minutes=60)
"""How long a page token lives at most; whoever seals one sets its end."""

_SET_BACK = timedelta(minutes=1)  # a clock may be set back a little while a token lives
LONGEST_TOKEN = 7600
"""Characters. With a mount and a path around it, it fits into a request line of 8,000 bytes, which any proxy takes."""

LONGEST_PAGE_ID = 512
"""Characters of a vendor's page id; an answer with a longer one is not usable."""

_NONCE, _TAG, _HEAD = 12, 16, 10
_FORMAT = "lpr.page.v2"
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{40,{LONGEST_TOKEN}}}")


def is_pageable(opening: PageOpening) -> bool:
    """Whether every page that this search can have is sealed in a token of at most `LONGEST_TOKEN` characters."""
    room = _NONCE + _TAG + _HEAD + LONGEST_PAGE_ID
    if -(-(room + reckon_most_bytes(opening)) * 4 // 3) <= LONGEST_TOKEN:
        return True
    return -(-(room + len(write_opening(opening))) * 4 // 3) <= LONGEST_TOKEN


def seal_page(opening: PageOpening, key: bytes) -> str:
    """The token for a page, `[A-Za-z0-9_-]+`, usable as one segment of a path. `key` has 32 bytes.

    Raises:
        Refusal: `internal_error` for a page that nobody could ask for; `is_pageable` is to be asked before.
    """
    nonce = os.urandom(_NONCE)
    bound = _bind(opening.user_id, opening.key_id, opening.mount)
    page_id = opening.page_id.encode()
    end = int(opening.expires_at.timestamp() * 1000)
    content = end.to_bytes(8) + len(page_id).to_bytes(2) + page_id + write_opening(opening)
    token = base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, content, bound)).rstrip(b"=").decode()
    if len(token) > LONGEST_TOKEN:
        raise Refusal(Reason.INTERNAL_ERROR, note="a page token longer than can be asked for")
    return token


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
        opening = _read(plain, user_id=user_id, key_id=key_id, mount=mount)
    except (ValueError, TypeError, zlib.error):
        raise Refusal(Reason.PAGE_UNKNOWN, note="sealed by another version") from None
    if not now < opening.expires_at <= now + PAGE_LIFE + _SET_BACK:
        raise Refusal(Reason.PAGE_UNKNOWN, note="the page token has expired")
    return opening


def _read(content: bytes, *, user_id: str, key_id: str, mount: str) -> PageOpening:
    ends_at, size = datetime.fromtimestamp(int.from_bytes(content[:8]) / 1000, UTC), int.from_bytes(content[8:_HEAD])
    page_id, rest = content[_HEAD : _HEAD + size].decode(), content[_HEAD + size :]
    return read_opening(rest, page_id=page_id, expires_at=ends_at, user_id=user_id, key_id=key_id, mount=mount)


def _bind(*parts: str) -> bytes:
    """The parts as associated data, each with its length, so that no two lists of parts look alike."""
    encoded = [part.encode() for part in (_FORMAT, *parts)]
    return b"".join(len(part).to_bytes(4) + part for part in encoded)
