"""Commitments: beside each sealed value a record holds what proves it later, and tells nothing of it before.

A commitment is HMAC-SHA-256 of the value under a random salt of its own; the salts are sealed too, so that nobody can
try values against it. Whoever was given a value with its salt can check, with nothing but the record, that this and no
other value was sealed in it when the record was written.
"""

import hmac
import secrets
from collections.abc import Mapping

from gateway.canonical import canonical_bytes
from gateway.model import Json

COMMITMENTS, SALTS = "sealed_commitments", "salts_sealed"
"""The field of a record that holds the commitments by field, and the sealed one that holds their salts."""

_SALT = 32


def commit(event_id: str, fields: Mapping[str, bytes]) -> tuple[dict[str, Json], dict[str, Json]]:
    """The salt of each sealed value (as RFC 8785 JSON), and the commitment to it, both in hex, by the name of its field."""
    drawn = secrets.token_hex(_SALT * len(fields))
    salts: dict[str, Json] = {name: drawn[at * 2 * _SALT :][: 2 * _SALT] for at, name in enumerate(fields)}
    return salts, {name: _commitment(str(salts[name]), event_id, name, exact) for name, exact in fields.items()}


def commitment(salt: str, event_id: str, name: str, value: Json) -> str:
    """HMAC-SHA-256 (hex), under the salt, of event id, field and value, a line each; the value as RFC 8785 JSON.

    Raises:
        ValueError: the salt is no hex, or the value has no exact form.
    """
    return _commitment(salt, event_id, name, write_exactly(value))


def write_exactly(value: Json) -> bytes:
    """A value as RFC 8785 JSON; raises what `canonical_bytes` does."""
    return canonical_bytes([value])[1:-1]  # within a list, because the fast encoder takes whole documents only


def _commitment(salt: str, event_id: str, name: str, exact: bytes) -> str:
    return hmac.digest(bytes.fromhex(salt), f"{event_id}\n{name}\n".encode() + exact, "sha256").hex()
