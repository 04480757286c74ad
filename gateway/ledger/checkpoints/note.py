"""Signed notes (C2SP signed-note): a text, an empty line, and Ed25519 signatures that any tool for the form can check.

A verifier key is written `<name>+<id>+<base64>`, its id being the first four bytes of a hash over name and key.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_DASH = "\u2014"
_ID, _PUBLIC = 4, 32


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name. `key_id` is 8 hex characters; `KIND` says what is signed with it."""

    KIND: ClassVar[bytes] = b"\x01"

    name: str
    public: bytes

    @property
    def key_id(self) -> str:
        """The short id by which signatures name their key."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.KIND + self.public).digest()[:_ID].hex()

    def __str__(self) -> str:
        """The form in which verifier keys are published."""
        return f"{self.name}+{self.key_id}+{base64.b64encode(self.KIND + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a published key of this kind.

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
        if not name or " " in name or blob[:1] != cls.KIND or len(key.public) != _PUBLIC or key.key_id != key_id:
            raise ValueError("not a verifier key of this kind")
        return key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its name."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """The verifier key that others check its signatures by."""
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())


class Signature(NamedTuple):
    """One signature line: whose it says it is, and the bytes."""

    name: str
    key_id: str
    signature: bytes


class Note(NamedTuple):
    """A note taken apart: the signed text (ending in a line feed), its signatures, and the whole as it was."""

    text: str
    signatures: tuple[Signature, ...]
    whole: str


def sign(text: str, keys: list[SigningKey]) -> str:
    """The note for a text, which must end in a line feed and have no empty line, signed with each of these keys."""
    lines = [_signature_line(key, key.private.sign(text.encode())) for key in keys]
    return f"{text}\n{''.join(lines)}"


def _signature_line(key: SigningKey, signature: bytes) -> str:
    blob = bytes.fromhex(key.verifier.key_id) + signature
    return f"{_DASH} {key.name} {base64.b64encode(blob).decode()}\n"


def parse(whole: str) -> Note:
    """Take a note apart, judging nothing.

    Raises:
        ValueError: it has not the form of a signed note.
    """
    text, empty, tail = whole.partition("\n\n")
    if not empty or not tail.endswith("\n"):
        raise ValueError("not a signed note")
    return Note(f"{text}\n", tuple(_signature(line) for line in tail[:-1].split("\n")), whole)


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    # The last character has bits that mean nothing: only the one way to write it is a signature line.
    if dash != _DASH or not name or len(blob) <= _ID or base64.b64encode(blob).decode() != encoded:
        raise ValueError("not a signature line")
    return Signature(name, blob[:_ID].hex(), blob[_ID:])


def verify_signature(note: Note, key: VerifierKey) -> bool:
    """Whether the note has a good signature of this key, and no bad one."""
    mine = [item.signature for item in note.signatures if (item.name, item.key_id) == (key.name, key.key_id)]
    public = Ed25519PublicKey.from_public_bytes(key.public)
    try:
        for signature in mine:
            public.verify(signature, note.text.encode())
    except InvalidSignature:
        return False
    return bool(mine)
