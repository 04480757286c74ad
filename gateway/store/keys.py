"""Gateway keys: issued, listed, revoked. The secret is shown once; the store keeps its SHA-256 only."""

import hashlib
import ipaddress
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from gateway.clock import format_instant
from gateway.errors import ConfigurationError
from gateway.model import Key
from gateway.store import rows, schema
from gateway.store.sealed_rows import column_names, whole
from gateway.store.store import Store, new_id

MAX_DAYS: Final = 366
_KINDS: Final = ("person", "service")
_DAY: Final = timedelta(days=1)
_SECRET_BYTES: Final = 32
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A new key. `secret` is the whole token a tool sends: key id, `_`, and 43 characters of 256 random bits."""

    key_id: str
    secret: str = field(repr=False)
    expires_at: datetime


def issue_key(
    store: Store,
    *,
    user_id: str,
    kind: str = "person",
    days: int = 90,
    acts_for: Sequence[str] = (),
    mounts: Sequence[str] = (),
    cidrs: Sequence[str] = (),
    now: datetime,
) -> IssuedKey:
    """A new key, good at once in every running worker.

    `acts_for` (services only) lists `office:BAL` and `user:u17`; `mounts` names vendors as they are mounted, with or
    without the slash; `cidrs` lists networks. Both empty: everywhere.

    Raises:
        ConfigurationError: with a sentence for each option that cannot be so.
    """
    problems = [
        *([] if _is_name(user_id) else ["--user: must be the id of a user"]),
        *([] if kind in _KINDS else ["--kind: must be person or service"]),
        *([] if 1 <= days <= MAX_DAYS else [f"--days: must be from 1 to {MAX_DAYS}"]),
        *(["--acts-for: is for services only"] if acts_for and kind != "service" else []),
        *_each("--acts-for", acts_for, _is_principal, "office:<office> or user:<user id>"),
        *_each("--mount", mounts, _is_name, "the mount of a vendor"),
        *_each("--cidr", cidrs, _is_network, "a network, as 10.1.0.0/16"),
    ]
    if problems:
        raise ConfigurationError(problems)
    key_id = new_id("k")
    issued = IssuedKey(
        key_id=key_id,
        secret=f"{key_id}_{secrets.token_urlsafe(_SECRET_BYTES)}",
        expires_at=now + timedelta(days=days),
    )
    kept = {
        "key_id": key_id,
        "user_id": user_id,
        "kind": kind,
        "secret_hash": hashlib.sha256(issued.secret.encode()).digest(),
        "issued_at": format_instant(now),
        "expires_at": format_instant(issued.expires_at),
        "acts_for": json.dumps(list(acts_for)),
        "mounts": json.dumps([mount.removeprefix("/") for mount in mounts]),
        "cidrs": json.dumps(list(cidrs)),
    }
    with store.writing() as connection:
        store.sealed.insert(connection, schema.KEYS, kept)
    return issued


def list_keys(store: Store) -> tuple[Key, ...]:
    """Every key ever issued that is as it was issued, oldest first."""
    with store.writing() as connection:
        sound, _ = store.sealed.split(connection, schema.KEYS)
    names = column_names(schema.KEYS)[:-1]
    ordered = sorted(sound, key=lambda row: (row["issued_at"], row["key_id"]))
    return tuple(rows.key(tuple(row[name] for name in names)) for row in ordered)


def list_altered_keys(store: Store) -> tuple[str, ...]:
    """The ids of keys that somebody else changed or made up, as they stand in the store; each is refused."""
    with store.writing() as connection:
        _, altered = store.sealed.split(connection, schema.KEYS)
    return tuple(sorted(str(row["key_id"]) for row in altered))


def remove_altered_key(store: Store, key_id: str) -> None:
    """Take a key away that was altered: nothing can be made of it any more, and it is found again at every look."""
    with store.writing() as connection:
        _, altered = store.sealed.split(connection, schema.KEYS)
        if any(row["key_id"] == key_id for row in altered):
            connection.execute(schema.KEYS.delete().where(schema.KEYS.c.key_id == key_id))


def revoke_key(store: Store, key_id: str, now: datetime) -> Key | None:
    """The key, revoked at once in every running worker (its first revocation stands); None where there is no such."""
    its = schema.KEYS.c.key_id == key_id
    with store.writing() as connection:
        still_good = its & schema.KEYS.c.revoked_at.is_(None)
        store.sealed.update(connection, schema.KEYS, still_good, revoked_at=format_instant(now))
    return store.find(key_id)


def _each(option: str, values: Sequence[str], fits: Callable[[str], bool], what: str) -> list[str]:
    return [] if all(map(fits, values)) else [f"{option}: must be {what}"]


def _is_name(text: str) -> bool:
    return 0 < len(text.removeprefix("/")) <= _LONGEST and text.isprintable() and text == text.strip()


def _is_principal(text: str) -> bool:
    kind, _, name = text.partition(":")
    return kind in ("office", "user") and _is_name(name)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _find_lifetime(store: Store, key: Key) -> timedelta:
    """How long a key was given for: one that was renewed ends a day after, and the key made then was given for as long.

    Keys last whole days, and a tool that lost the answer asks a second time.
    """
    lasts = key.expires_at - key.issued_at
    if not lasts % _DAY:
        return lasts
    renewed_at = format_instant(key.expires_at - _DAY)
    its = (schema.KEYS.c.user_id == key.user_id) & (schema.KEYS.c.issued_at == renewed_at)
    with store.writing() as connection:
        found = [tuple(row) for row in connection.execute(whole(schema.KEYS).where(its))]
    made = [
        one
        for one in map(rows.key, store.sealed.check(schema.KEYS, found))
        if (one.kind, one.mounts, one.cidrs) == (key.kind, key.mounts, key.cidrs)
    ]
    return _find_lifetime(store, made[0]) if made else lasts


def renew_key(store: Store, key: Key, now: datetime) -> IssuedKey:
    """A new key like this one, for as long as it was; the old one ends a day from now at the latest.

    Raises:
        Refusal: STORE_UNAVAILABLE.
    """
    days = min(max(1, _find_lifetime(store, key).days), MAX_DAYS)
    issued = issue_key(
        store, user_id=key.user_id, kind=key.kind, days=days, mounts=key.mounts, cidrs=key.cidrs, now=now
    )
    ends = min(key.expires_at, now + _DAY)
    with store.writing() as connection:
        its = schema.KEYS.c.key_id == key.key_id
        store.sealed.update(connection, schema.KEYS, its, expires_at=format_instant(ends))
    return issued
