"""Rows of the store to the values of `gateway.model`, and back."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from gateway.clock import format_instant
from gateway.model import Acknowledgement, Approval, Context, Key
from gateway.store.runtime_schema import REQUESTS, TOGETHER
from gateway.store.sealed_rows import column_names
from gateway.value import asdict

Row = Sequence[Any]


@lru_cache(maxsize=1024)  # the same row means the same key; each request reads it from the database itself
def key(row: tuple[Any, ...]) -> Key:
    """A key, its columns in the table's order."""
    key_id, user_id, kind, secret_hash, issued_at, expires_at, revoked_at, acts_for, mounts, cidrs = row
    return Key(
        key_id=key_id,
        user_id=user_id,
        kind=kind,
        secret_hash=bytes(secret_hash),
        issued_at=datetime.fromisoformat(issued_at),
        expires_at=datetime.fromisoformat(expires_at),
        revoked_at=instant(revoked_at),
        acts_for=tuple(json.loads(acts_for)),
        mounts=tuple(json.loads(mounts)),
        cidrs=tuple(json.loads(cidrs)),
    )


def context(row: Row) -> Context:
    """A declared context."""
    context_id, user_id, mount, purpose, case_number, declared_at, expires_at = row
    return Context(
        context_id=context_id,
        user_id=user_id,
        mount=mount,
        purpose=purpose,
        case_number=case_number,
        declared_at=datetime.fromisoformat(declared_at),
        expires_at=datetime.fromisoformat(expires_at),
    )


def from_context(context: Context) -> dict[str, str]:
    """A declared context as it is kept."""
    instants = {"declared_at": format_instant(context.declared_at), "expires_at": format_instant(context.expires_at)}
    return asdict(context) | instants


def acknowledgement(row: Row) -> Acknowledgement:
    """An acceptance made at the gateway."""
    _user_id, document, version, accepted_at, sha256 = row
    return Acknowledgement(document=document, version=version, accepted_at=instant(accepted_at), sha256=sha256)


def approval(row: Row) -> Approval:
    """An approval given at the gateway; who its approver is, only the facts know."""
    approval_id, _user_id, case_number, scope, plate, approved_by, expires_at = row
    return Approval(
        approval_id=approval_id,
        case_number=case_number,
        scope=scope,
        plate=plate,
        approved_by=approved_by,
        approver_active=None,
        approver_roles=(),
        expires_at=instant(expires_at),
    )


_REQUEST_COLUMNS = column_names(REQUESTS)[:-1]


def read_given_approval(row: Row) -> tuple[Approval, ...]:
    """An approval asked for and given at run time, once for each of its scopes; its plate is a keyed hash."""
    told = dict(zip(_REQUEST_COLUMNS, row, strict=True))
    return tuple(_read_given(told, scope) for scope in told["scope"].split(TOGETHER))


def _read_given(told: dict[str, Any], scope: str) -> Approval:
    return Approval(
        approval_id=told["approval_id"],
        case_number=told["case_number"],
        scope=scope,
        plate=None,
        approved_by=told["decided_by"],
        approver_active=None,
        approver_roles=(),
        expires_at=instant(told["expires_at"]),
        plate_hash=told["plate_hash"],
    )


def instant(text: str | None) -> datetime | None:
    """An instant as kept; None where there is none."""
    return None if text is None else datetime.fromisoformat(text)
