"""The statements of every request, written once for a driver."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Dialect, Integer, Text, bindparam, literal_column, text

from gateway.store import runtime_schema as r
from gateway.store import schema as s
from gateway.store.sealed_rows import whole

_USER: Final = bindparam("user", type_=Text())
_FIND: Final = whole(s.KEYS).where(s.KEYS.c.key_id == bindparam("key", type_=Text()))
_SERVICE_KEYS: Final = whole(s.KEYS).where(s.KEYS.c.user_id == _USER, s.KEYS.c.kind == literal_column("'service'"))
_ACKNOWLEDGEMENTS: Final = (
    whole(s.ACKNOWLEDGEMENTS)
    .where(s.ACKNOWLEDGEMENTS.c.user_id == _USER)
    .order_by(s.ACKNOWLEDGEMENTS.c.accepted_at, s.ACKNOWLEDGEMENTS.c.version)
)
_APPROVALS: Final = whole(s.APPROVALS).where(s.APPROVALS.c.user_id == _USER).order_by(s.APPROVALS.c.approval_id)
_GIVEN: Final = whole(r.REQUESTS).where(
    r.REQUESTS.c.user_id == _USER,
    r.REQUESTS.c.status == literal_column("'approved'"),
    r.REQUESTS.c.expires_at > bindparam("now", type_=Text()),
)
_CONTEXTS: Final = (
    whole(s.CONTEXTS)
    .where(s.CONTEXTS.c.user_id == _USER, s.CONTEXTS.c.expires_at > bindparam("now", type_=Text()))
    .order_by(s.CONTEXTS.c.number.desc())
)
_CURRENT: Final = _CONTEXTS.where(s.CONTEXTS.c.mount == bindparam("mount", type_=Text()))
_USED: Final = whole(s.USAGE).where(s.USAGE.c.user_id == _USER, s.USAGE.c.hour >= bindparam("since", type_=Integer()))
# Each of the two is atomic by itself, and gives no row where another process counted meanwhile.
_BEGIN: Final = text(
    """INSERT INTO usage (user_id, hour, n, seal) VALUES (:user, :hour, 1, :seal)
    ON CONFLICT (user_id, hour) DO NOTHING RETURNING n"""
)
_COUNT: Final = text(
    "UPDATE usage SET n = :n, seal = :seal WHERE user_id = :user AND hour = :hour AND n = :before RETURNING n"
)
ACCEPT: Final = text(
    """INSERT INTO acknowledgements (user_id, document, version, accepted_at, sha256, seal)
    VALUES (:user_id, :document, :version, :accepted_at, :sha256, :seal)
    ON CONFLICT (user_id, document, version)
    DO UPDATE SET accepted_at = excluded.accepted_at, sha256 = excluded.sha256, seal = excluded.seal"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStatements:
    """The statements, named after the methods of `Store` that run them."""

    find: str
    service_keys: str
    own: tuple[str, str, str, str]
    contexts: str
    used: str
    begin: str
    count: str


def texts(dialect: Dialect) -> StoreStatements:
    """Every statement, written for a dialect."""
    acknowledgements, approvals, current, find, contexts, used, begin, count = (
        str(statement.compile(dialect=dialect))
        for statement in (_ACKNOWLEDGEMENTS, _APPROVALS, _CURRENT, _FIND, _CONTEXTS, _USED, _BEGIN, _COUNT)
    )
    return StoreStatements(
        find=find,
        service_keys=str(_SERVICE_KEYS.compile(dialect=dialect)),
        own=(acknowledgements, approvals, current, str(_GIVEN.compile(dialect=dialect))),
        contexts=contexts,
        used=used,
        begin=begin,
        count=count,
    )
