"""A signer's private key as a file that only its owner can read."""

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.note import SigningKey, VerifierKey
from gateway.unreadable import tell_unreadable

_HEADING = "lpr-gateway policy signer"
_PARTS = 2


def make_signer_key(name: str, out: Path) -> VerifierKey:
    """Write a new key for this person; its public side, as `[policy] signers` lists it.

    Raises:
        ConfigurationError: the name cannot be one, or the file cannot be written or is there already.
    """
    if not name.isprintable() or not name or any(character in " +\n" for character in name):
        raise ConfigurationError(["a signer's name has no spaces and no plus signs, as in ada.lane"])
    key = SigningKey(name, Ed25519PrivateKey.generate())
    private = base64.b64encode(key.private.private_bytes_raw()).decode()
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigurationError([f"{out} cannot be written: {error.strerror}"]) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{_HEADING}\n{name} {private}\n")
    return key.verifier


def read_signer_key(path: Path) -> SigningKey:
    """The key in a file.

    Raises:
        ConfigurationError: there is none, or others can read it.
    """
    try:
        heading, line, *_ = path.read_text(encoding="utf-8").splitlines()
        name, private = line.split(" ")
        key = SigningKey(name, Ed25519PrivateKey.from_private_bytes(base64.b64decode(private, validate=True)))
    except PermissionError as error:
        raise ConfigurationError([f"{path} {tell_unreadable(error)}"]) from None
    except (OSError, ValueError):
        raise ConfigurationError([f"{path} is not a signer's key, as `policy keygen` makes it"]) from None
    if heading != _HEADING or path.stat().st_mode & 0o077:
        raise ConfigurationError([f"{path} must be a signer's key that only its owner can read: chmod 600 {path}"])
    return key
