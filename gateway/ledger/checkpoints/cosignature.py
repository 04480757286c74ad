"""Cosignatures (C2SP tlog-cosignature, cosignature/v1): another host's word that it holds this checkpoint, and since when.

A cosigner signs the checkpoint's text together with its own clock, so that its word cannot be made older or moved to
another checkpoint. Its key is written like a checkpoint's key, with the kind `0x04`.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.ledger.checkpoints.note import Note

_KIND = b"\x04"
_ID, _TIME, _PUBLIC = 4, 8, 32


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """A witness's public key with its name. `key_id` is 8 hex characters."""

    name: str
    public: bytes

    @property
    def key_id(self) -> str:
        """The short id by which cosignatures name their key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _KIND + self.public).digest()[:_ID].hex()

    def __str__(self) -> str:
        """The form in which it is published."""
        return f"{self.name}+{self.key_id}+{base64.b64encode(_KIND + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "CosignerKey":
        """Read a published key.

        Raises:
            ValueError: it is none, or its id is not that of its key.
        """
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            blob = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            blob = b""
        key = cls(name, blob[1:])
        if not name or " " in name or blob[:1] != _KIND or len(key.public) != _PUBLIC or key.key_id != key_id:
            raise ValueError("not a witness's key")
        return key


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's private key with its name."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def key(self) -> CosignerKey:
        """Its public side."""
        return CosignerKey(self.name, self.private.public_key().public_bytes_raw())

    def cosign(self, text: str, at: datetime) -> str:
        """The signature line (with its line feed) for a checkpoint's text."""
        seconds = int(at.timestamp())
        signature = self.private.sign(_message(text, seconds))
        blob = bytes.fromhex(self.key.key_id) + seconds.to_bytes(_TIME, "big") + signature
        return f"\u2014 {self.name} {base64.b64encode(blob).decode()}\n"


def cosigned_at(note: Note, key: CosignerKey) -> datetime | None:
    """When this witness took the checkpoint, by its own clock; None where no cosignature of its key holds."""
    public = Ed25519PublicKey.from_public_bytes(key.public)
    for item in note.signatures:
        if (item.name, item.key_id) != (key.name, key.key_id):
            continue
        seconds = int.from_bytes(item.signature[:_TIME], "big")
        try:
            public.verify(item.signature[_TIME:], _message(note.text, seconds))
            return datetime.fromtimestamp(seconds, UTC)
        except (InvalidSignature, ValueError, OverflowError):
            continue
    return None


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
