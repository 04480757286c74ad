"""Which secrets the gateways on one store work with: known by digests, so that one with others is found before it serves.

With secrets of its own a gateway would refuse the others' tokens and pages, tell the vendor another pseudonym for the same
officer, and find every row that they wrote altered. A digest of 32 random bytes helps nobody to the secret.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Column, Table, Text, select, text

from gateway.store.schema import METADATA
from gateway.store.store import Store

SHARED_SECRETS: Final = Table(
    "shared_secrets",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False),
)
_KEEP_FIRST: Final = text(
    "INSERT INTO shared_secrets (name, digest) VALUES (:name, :digest) ON CONFLICT (name) DO NOTHING"
)


def differing_secrets(store: Store, secrets: Mapping[str, bytes]) -> list[str]:
    """The names of the secrets that are not those of the first gateway on this store; that one's are kept.

    Raises:
        Refusal: STORE_UNAVAILABLE.
    """
    digests = {name: digest_secret(name, secret) for name, secret in secrets.items()}
    with store.writing() as connection:
        connection.execute(_KEEP_FIRST, [{"name": name, "digest": digest} for name, digest in digests.items()])
        kept = {row.name: row.digest for row in connection.execute(select(SHARED_SECRETS))}
    return [name for name, digest in digests.items() if kept.get(name) != digest]


def digest_secret(name: str, secret: bytes) -> str:
    """What the store remembers of a secret: enough to know it again, and nothing to guess it by."""
    return hashlib.sha256(b"lpr-gateway shared secret\0" + name.encode() + b"\0" + secret).hexdigest()
