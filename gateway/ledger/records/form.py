"""The bytes of a record: RFC 8785, with the chain spliced in, and back again.

A record's hash is SHA-256 over its RFC 8785 form without `chain.hash`. That form is computed once and outside every
lock, in two halves around the place where `chain` sorts; whoever holds the chain then only joins bytes and hashes them.
"""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from gateway.canonical import canonical_bytes
from gateway.value import Hidden, Value

SCHEMA = "lpr.audit.v1"
GENESIS = "0" * 64
"""What the first record of a chain gives as the hash before it."""

_CHAIN = b'"chain":{"hash":"'
_STATED = len(_CHAIN) + len(GENESIS) + len('",')
_PLACE = secrets.token_hex(16)
_AT_PLACE = b'"chain":"%b"' % _PLACE.encode()
"""What stands where the chain will: nobody can write it into a record's values, for nobody knows it."""
_LINKS = frozenset({"hash", "id", "prev", "seq"})


class RecordPlace(NamedTuple):
    """Where a record stands: its chain, and its number there (from 1)."""

    chain_id: str
    seq: int


class Link(NamedTuple):
    """A record's place, and what binds it there: the hash before it and its own, 64 hex digits each."""

    chain_id: str
    seq: int
    prev: str
    hash: str


class Halves(Value, frozen=True, kw_only=True):
    """A record's form before and after its `chain` member, waiting for its place."""

    before: Hidden[bytes]
    after: Hidden[bytes]

    @property
    def size(self) -> int:
        """Bytes, without the chain."""
        return len(self.before) + len(self.after)


def form(value: Mapping[str, Any]) -> bytes:
    """The RFC 8785 form of a JSON object.

    Raises:
        ValueError: what is no JSON value, or has no exact form (see `canonical`).
    """
    return canonical_bytes(value)


def is_form(raw: bytes, value: Mapping[str, Any]) -> bool:
    """Whether these bytes, which were parsed into this value, are its RFC 8785 form."""
    try:
        return canonical_bytes(value) == raw
    except (ValueError, RecursionError):
        return False


def halves(body: Mapping[str, Any]) -> Halves:
    """The two halves of a record without its place; `body` must have no `chain`.

    Raises:
        ValueError: as `form`.
    """
    before, _, after = form({**body, "chain": _PLACE}).partition(_AT_PLACE)
    return Halves(before=before, after=after)


def chain_halves(parts: Halves, chain_id: str, seq: int, prev: str) -> tuple[bytes, Link]:
    """The record's line (without line feed) at this place, and its link."""
    rest = b'"id":"%b","prev":"%b","seq":%d}' % (chain_id.encode(), prev.encode(), seq) + parts.after
    digest = hashlib.sha256(parts.before + b'"chain":{' + rest).hexdigest()
    line = parts.before + b'"chain":{"hash":"' + digest.encode() + b'",' + rest
    return line, Link(chain_id, seq, prev, digest)


def link_of(value: Mapping[str, Any]) -> Link | None:
    """What a parsed record says of its place; None where it does not say so in full."""
    chain = value.get("chain")
    if type(chain) is not dict or len(chain) != len(_LINKS) or not _LINKS.issuperset(chain):
        return None
    link = Link(chain["id"], chain["seq"], chain["prev"], chain["hash"])
    typed = type(link.chain_id) is type(link.prev) is type(link.hash) is str and type(link.seq) is int
    return link if typed and len(link.hash) == len(link.prev) == len(GENESIS) else None


def hash_of(raw: bytes, value: Mapping[str, Any], link: Link) -> str:
    """The hash that a record in RFC 8785 form should have."""
    at = raw.find(_CHAIN)
    before = raw[: max(0, at)]
    own = raw.startswith(link.hash.encode(), at + len(_CHAIN))
    if own and before.count(b"{") == 1 and b"[" not in before:  # and so is no member of something nested
        return hashlib.sha256(before + b'"chain":{' + raw[at + _STATED :]).hexdigest()
    chain = {key: item for key, item in value["chain"].items() if key != "hash"}
    return hashlib.sha256(form({**value, "chain": chain})).hexdigest()
