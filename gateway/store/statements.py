"""The statements of every request, written once for a driver."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Dialect, Integer, Text, TextClause, bindparam, literal_column, text

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
    r.REQUESTS.c.expires_at > bindparam("ended", type_=Text()),
)
_CONTEXTS: Final = (
    whole(s.CONTEXTS)
    .where(s.CONTEXTS.c.user_id == _USER, s.CONTEXTS.c.expires_at > bindparam("now", type_=Text()))
    .order_by(s.CONTEXTS.c.number.desc())
)
_CURRENT: Final = _CONTEXTS.where(s.CONTEXTS.c.mount == bindparam("mount", type_=Text()))
MOST_ACCOUNTS: Final = 4
_USED: Final = whole(s.USAGE).where(
    s.USAGE.c.account.in_([bindparam(f"account{place}", type_=Text()) for place in range(MOST_ACCOUNTS)]),
    s.USAGE.c.hour >= bindparam("since", type_=Integer()),
)
# One row of an account, as its counter has it now; none where what was there before is not there any more.
_COUNTED: Final = """SELECT CAST(:account{0} AS TEXT), CAST(:counter AS TEXT), CAST(:hour{0} AS INTEGER),
    CAST(:hours{0} AS TEXT), CAST(:seal{0} AS TEXT)
    WHERE CAST(:before{0} AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM usage WHERE account = :account{0}
    AND counter = :counter AND (seal = :seal{0}
    OR (seal = :before{0} AND hours = :hours_before{0} AND hour = :hour_before{0})))"""


def _write_count(accounts: int) -> TextClause:
    """Count for so many accounts at once; atomic, gives a row for each account counted for, and may run twice."""
    rows = " UNION ALL ".join(_COUNTED.format(place) for place in range(accounts))
    return text(
        f"""INSERT INTO usage (account, counter, hour, hours, seal) {rows}
        ON CONFLICT (account, counter) DO UPDATE SET hour = excluded.hour, hours = excluded.hours, seal = excluded.seal
        RETURNING account"""
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
    count: tuple[str, ...]
    remember: str


def texts(dialect: Dialect) -> StoreStatements:
    """Every statement, written for a dialect."""
    acknowledgements, approvals, current, find, contexts, used = (
        str(statement.compile(dialect=dialect))
        for statement in (_ACKNOWLEDGEMENTS, _APPROVALS, _CURRENT, _FIND, _CONTEXTS, _USED)
    )
    return StoreStatements(
        find=find,
        service_keys=str(_SERVICE_KEYS.compile(dialect=dialect)),
        own=(acknowledgements, approvals, current, str(_GIVEN.compile(dialect=dialect))),
        contexts=contexts,
        used=used,
        count=tuple(str(_write_count(number + 1).compile(dialect=dialect)) for number in range(MOST_ACCOUNTS)),
        remember=str(r.DECISIONS.insert().compile(dialect=dialect)),
    )
