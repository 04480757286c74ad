"""The statements of every request, written once for a driver."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Dialect, Text, bindparam, select, text

from gateway.store import schema as s

_USER: Final = bindparam("user", type_=Text())
_FIND: Final = select(s.KEYS).where(s.KEYS.c.key_id == bindparam("key", type_=Text()))
_ACKNOWLEDGEMENTS: Final = (
    select(s.ACKNOWLEDGEMENTS.c.document, s.ACKNOWLEDGEMENTS.c.version, s.ACKNOWLEDGEMENTS.c.accepted_at)
    .where(s.ACKNOWLEDGEMENTS.c.user_id == _USER)
    .order_by(s.ACKNOWLEDGEMENTS.c.accepted_at, s.ACKNOWLEDGEMENTS.c.version)
)
_APPROVALS: Final = (
    select(
        s.APPROVALS.c.approval_id,
        s.APPROVALS.c.case_number,
        s.APPROVALS.c.scope,
        s.APPROVALS.c.plate,
        s.APPROVALS.c.approved_by,
        s.APPROVALS.c.expires_at,
    )
    .where(s.APPROVALS.c.user_id == _USER)
    .order_by(s.APPROVALS.c.approval_id)
)
_CONTEXTS: Final = (
    select(*(column for column in s.CONTEXTS.c if column.name != "number"))
    .where(s.CONTEXTS.c.user_id == _USER, s.CONTEXTS.c.expires_at > bindparam("now", type_=Text()))
    .order_by(s.CONTEXTS.c.number.desc())
)
_CURRENT: Final = _CONTEXTS.where(s.CONTEXTS.c.mount == bindparam("mount", type_=Text()))
_EARLIER: Final = """SELECT coalesce(sum(earlier.n), 0) FROM usage AS earlier
    WHERE earlier.user_id = :user AND earlier.hour >= :since AND earlier.hour < :hour"""
# One statement, so atomic without a transaction; the row of this hour makes concurrent ones take turns.
_RESERVE: Final = text(
    f"""INSERT INTO usage (user_id, hour, n) VALUES (:user, :hour, 1)
    ON CONFLICT (user_id, hour) DO UPDATE SET n = usage.n + 1
    RETURNING n + ({_EARLIER})"""  # noqa: S608 - no value in it
)
_USED: Final = text("SELECT coalesce(sum(n), 0) FROM usage WHERE user_id = :user AND hour >= :since")
ACCEPT: Final = text(
    """INSERT INTO acknowledgements (user_id, document, version, accepted_at) VALUES (:user, :document, :version, :now)
    ON CONFLICT (user_id, document, version) DO UPDATE SET accepted_at = excluded.accepted_at"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStatements:
    """The statements, named after the methods of `Store` that run them."""

    find: str
    own: tuple[str, str, str]
    contexts: str
    reserve: str
    used: str


def texts(dialect: Dialect) -> StoreStatements:
    """Every statement, written for a dialect."""
    acknowledgements, approvals, current, find, contexts, reserve, used = (
        str(statement.compile(dialect=dialect))
        for statement in (_ACKNOWLEDGEMENTS, _APPROVALS, _CURRENT, _FIND, _CONTEXTS, _RESERVE, _USED)
    )
    return StoreStatements(
        find=find, own=(acknowledgements, approvals, current), contexts=contexts, reserve=reserve, used=used
    )
