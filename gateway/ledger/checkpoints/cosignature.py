"""Cosignatures (C2SP tlog-cosignature, cosignature/v1): another host's word that it holds this checkpoint, and since when.

A cosigner signs the checkpoint's text together with its own clock, so that its word cannot be made older or moved to
another checkpoint. Its key is written like a checkpoint's key, with the kind `0x04`.
"""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.ledger.checkpoints.note import Note, VerifierKey

_TIME = 8


class CosignerKey(VerifierKey):
    """A witness's public key with its name."""

    __slots__ = ()
    KIND = b"\x04"


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's private key with its name."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def key(self) -> CosignerKey:
        """The public key that others check its cosignatures by."""
        return CosignerKey(self.name, self.private.public_key().public_bytes_raw())

    def cosign(self, text: str, at: datetime) -> str:
        """The signature line (with its line feed) for a checkpoint's text."""
        seconds = int(at.timestamp())
        signature = self.private.sign(_message(text, seconds))
        blob = bytes.fromhex(self.key.key_id) + seconds.to_bytes(_TIME, "big") + signature
        return f"\u2014 {self.name} {base64.b64encode(blob).decode()}\n"


def find_cosigning_time(note: Note, key: CosignerKey) -> datetime | None:
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
