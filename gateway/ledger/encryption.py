"""Sealing: the gateway writes what only an auditor can read.

Each segment (and each opening of one) has a fresh 256-bit data key, wrapped to the auditors' age X25519 recipients in a
`seal.opened` record of the chain; fields are AES-256-GCM under it, bound to their record and name. The gateway holds a
data key only while its segment is the present one, in memory, and no key that opens a wrapped one. age is used because
it is a small, published file format with several independent implementations: `age -d` unwraps these keys without us.
"""

import base64
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyrage
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import ConfigurationError
from gateway.ledger.commitments import COMMITMENTS, SALTS, commit, write_exactly
from gateway.ledger.records.event import Body, admin_record
from gateway.model import Json

_NONCE = 12
_PADDED_TO = 32
ALGORITHM = "AES-256-GCM"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An auditor's keys: `private` (`AGE-SECRET-KEY-1…`) is kept off the gateway, `public` (`age1…`) is configured."""

    private: str = field(repr=False)
    public: str


def keygen() -> KeyPair:
    """A fresh key pair for an auditor."""
    identity = pyrage.x25519.Identity.generate()
    return KeyPair(str(identity), str(identity.to_public()))


def is_private_key(text: str) -> bool:
    """Whether it is an auditor's private key, whole: it has a checksum."""
    try:
        pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError:
        return False
    return True


def read_identities(private_keys: str) -> list[pyrage.x25519.Identity]:
    """An auditor's private keys, a line each: the present one, and those before it.

    Raises:
        ConfigurationError: there is none, or one is none.
    """
    try:
        identities = [pyrage.x25519.Identity.from_str(key) for key in private_keys.split()]
    except pyrage.IdentityError:
        identities = []
    if not identities:
        raise ConfigurationError(["this is not an age private key"])
    return identities


def recipient_problems(recipients: Sequence[str]) -> list[str]:
    """One sentence for each recipient that is no age X25519 public key."""
    numbered = enumerate(recipients, 1)
    return [
        f"[audit] recipients, number {n} in the list: {_key_fault(item)}" for n, item in numbered if not _is_key(item)
    ]


def _key_fault(text: str) -> str:
    """What is wrong with it, without a character of it: it may be the one that must stay secret."""
    if text.upper().startswith("AGE-SECRET-KEY"):
        return (
            "is an auditor's private key: keep it off this host, make a new pair, and put the public key (age1…) here"
        )
    return "is not an age public key (age1…, as `audit keygen` prints it)"


def _is_key(text: str) -> bool:
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def wrap(secret: bytes, recipients: Sequence[str]) -> bytes:
    """Encrypt a few bytes to all of these recipients, as an age file.

    Raises:
        ConfigurationError: there are none, or one is no public key.
    """
    problems = recipient_problems(recipients) if recipients else ["audit recipients: there are none to seal to"]
    if problems:
        raise ConfigurationError(problems)
    wrapped: bytes = pyrage.encrypt(secret, [pyrage.x25519.Recipient.from_str(text) for text in recipients])
    return wrapped


@dataclass(frozen=True, slots=True)
class _DataKey:
    key_id: str
    cipher: AESGCM = field(repr=False)


class Sealer:
    """Seals fields under the present data key. `seal` may be called by many threads while one calls `begin`."""

    def __init__(self, recipients: Sequence[str]) -> None:
        self._recipients = tuple(recipients)
        self._key: _DataKey | None = None

    @property
    def key_id(self) -> str | None:
        """The present data key's id; None before the first `begin`."""
        return self._key.key_id if self._key else None

    def begin(self) -> Body:
        """Forget the present data key and make another; the `seal.opened` record for the chain."""
        secret = AESGCM.generate_key(bit_length=256)
        key_id = secrets.token_hex(8)
        wrapped = wrap(secret, self._recipients)
        self._key = _DataKey(key_id, AESGCM(secret))
        return admin_record(
            "seal.opened",
            sealed_key_id=key_id,
            wrapped_key=base64.b64encode(wrapped).decode(),
            recipients=list(self._recipients),
            algorithm=ALGORITHM,
        )

    def seal(self, event_id: str, fields: Mapping[str, Json]) -> Body:
        """The sealed form of each field (base64 of nonce and ciphertext) and of the salts; the commitments; the key's id.

        {} for no fields.
        """
        if not fields:
            return {}
        key = self._key
        if key is None:
            raise ValueError("nothing can be sealed before a data key is there")
        exact = {name: write_exactly(value) for name, value in fields.items()}
        salts, commitments = commit(event_id, exact)
        exact[SALTS] = write_exactly(salts)
        return {"sealed_key_id": key.key_id, COMMITMENTS: commitments} | {
            name: _encrypt(key.cipher, text, write_binding(event_id, name)) for name, text in exact.items()
        }


def write_binding(event_id: str, name: str) -> bytes:
    """What a sealed field is bound to, so that it opens in no other record or place."""
    return f"{event_id}\n{name}".encode()


def _encrypt(cipher: AESGCM, text: bytes, binding: bytes) -> str:
    padded = text.ljust(-(-len(text) // _PADDED_TO) * _PADDED_TO)  # JSON may end in blanks; lengths tell less
    nonce = os.urandom(_NONCE)
    return base64.b64encode(nonce + cipher.encrypt(nonce, padded, binding)).decode()


def decrypt(data_key: bytes, text: str, binding: bytes) -> bytes:
    """The JSON text of a sealed field.

    Raises:
        cryptography.exceptions.InvalidTag: it was sealed with another key, for another place, or was changed.
    """
    blob = base64.b64decode(text, validate=True)
    return AESGCM(data_key).decrypt(blob[:_NONCE], blob[_NONCE:], binding)
