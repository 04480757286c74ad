"""Approvals given at the gateway, of the same shape as those in the facts."""

from datetime import datetime

from sqlalchemy import func, select

from gateway.clock import format_instant
from gateway.store import runtime_schema, schema
from gateway.store.store import Store, new_id


def grant_approval(
    store: Store,
    *,
    user_id: str,
    case_number: str,
    scope: str,
    plate: str | None,
    approved_by: str,
    expires_at: datetime,
) -> str:
    """Keeps an approval for a person; its id. Whether it counts is judged at each request, by facts and policy."""
    approval_id = new_id("a")
    kept = {
        "approval_id": approval_id,
        "user_id": user_id,
        "case_number": case_number,
        "scope": scope,
        "plate": plate,
        "approved_by": approved_by,
        "expires_at": format_instant(expires_at),
    }
    with store.writing() as connection:
        store.sealed.insert(connection, schema.APPROVALS, kept)
    return approval_id


def count_given_beyond(store: Store, at: datetime) -> int:
    """How many approvals that were asked for and given here run beyond an instant."""
    given = runtime_schema.REQUESTS.c
    asked = select(func.count()).where(given.status == "approved", given.expires_at > format_instant(at))
    with store.writing() as connection:
        return int(connection.execute(asked).scalar_one())
