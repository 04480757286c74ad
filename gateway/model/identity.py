"""Who asks: keys, how strongly a person was authenticated, and whom a credential proves."""

from datetime import datetime
from typing import Final, NewType

from gateway.value import Hidden, Value

METHODS: Final = ("key", "token", "oidc", "certificate")
"""How a credential may have been shown."""


class Key(Value, frozen=True, kw_only=True):
    """A gateway key as stored: the secret itself is nowhere, only its SHA-256.

    `acts_for` lists `office:BAL` and `user:u17` entries and is empty for persons; `mounts` and `cidrs` limit where the
    key is good, empty meaning everywhere.
    """

    key_id: str
    user_id: str
    kind: str  # person | service
    secret_hash: Hidden[bytes]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    acts_for: tuple[str, ...]
    mounts: tuple[str, ...]
    cidrs: tuple[str, ...]


class Assurance(Value, frozen=True, kw_only=True):
    """How strongly whoever vouches says the person was authenticated (`acr`, `amr`), and when. None is unknown."""

    acr: str | None
    amr: tuple[str, ...] | None
    authenticated_at: datetime | None


ProvenUser = NewType("ProvenUser", str)
"""A person, or a service, whose own credential asks or who may be acted for. Only what proved that makes one."""


class Identity(Value, frozen=True, kw_only=True):
    """Who is asking, as proved by the credential: `user_id` is the person, None where a service named nobody.

    `on_behalf_of` is the person a service named (or a person's key wrongly named); `direct` says that the person's own
    key itself was sent in a header, which declaring contexts and accepting rules ask for. `key` stands for the
    credential also where that is no key of the gateway's; `assurance` is what an identity provider says of it.
    """

    user_id: str | None
    key: Key
    method: str  # one of METHODS
    on_behalf_of: str | None
    direct: bool
    assurance: Assurance | None = None
