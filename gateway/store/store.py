"""The front door: what requests ask of the store and keep in it."""

import secrets
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway.clock import format_instant
from gateway.database_faults import explain_fault
from gateway.errors import Refusal
from gateway.model import Accounts, Acknowledgement, Approval, Ceilings, Context, Key, ProvenUser, Usage
from gateway.reasons import Reason
from gateway.row_seals import SEAL
from gateway.store import rows, schema, statements
from gateway.store.connections import Connections
from gateway.store.database import open_database
from gateway.store.place import StorePlace
from gateway.store.runtime_schema import DECISIONS, REQUESTS
from gateway.store.sealed_rows import Alarm, SealedRows, ignore
from gateway.store.upgrade import NEWEST
from gateway.store.usage import UsageCount, count_hours
from gateway.value import Value

MAX_CONTEXT_HOURS: Final = 8
_KEPT_HOURS: Final = 48
_ENDED_LATELY: Final = timedelta(days=7)
_NAMED: Final = 5
_TOUCH: Final = "UPDATE alembic_version SET version_num = version_num"
_VERSION: Final = "SELECT version_num FROM alembic_version"
_ID_CHARACTERS: Final = string.ascii_lowercase + string.digits


class StoredForPerson(Value, frozen=True, kw_only=True):
    """What the gateway itself keeps about a person: acceptances, approvals (their approvers unknown here), context."""

    acknowledgements: tuple[Acknowledgement, ...]
    approvals: tuple[Approval, ...]
    context: Context | None


class Store:
    """One process's way into the store, for many threads at once. Create it after the process forked.

    Every method reads or writes the database itself, so that what another process changed holds at once. All raise
    `Refusal` STORE_UNAVAILABLE where that cannot be done, or where a row is not as the gateway wrote it.
    """

    def __init__(self, engine: Engine, sealed: SealedRows) -> None:
        self.sealed = sealed
        self._engine = engine
        self.place = StorePlace(engine)
        self._connections = Connections(engine)
        self._texts = statements.texts(engine.dialect)
        self._usage = UsageCount(self._connections, self._texts, sealed)

    def find(self, key_id: str) -> Key | None:
        """The key of this id, revoked and expired ones included."""
        [found] = self._connections.read((self._texts.find,), {"key": key_id})
        return rows.key(self.sealed.check(schema.KEYS, found)[0]) if found else None

    def is_current(self) -> bool:
        """Whether the tables are this version's: not, once a gateway of a newer one has brought them up to its own."""
        [found] = self._connections.read((_VERSION,), {})
        return [row[0] for row in found] == [NEWEST]

    def require_writable(self) -> None:
        """Return where writes go through; one that failed is followed by a write that changes nothing, for nobody may ask.

        Raises:
            Refusal: STORE_UNAVAILABLE, with a note that says why.
        """
        if not self._connections.is_writable:
            self._connections.write_all(_TOUCH, [{}])

    def acts_for(self, user_id: str, now: datetime) -> tuple[str, ...]:
        """For whom this service may act: what its keys that are in force list together."""
        [found] = self._connections.read((self._texts.service_keys,), {"user": user_id})
        keys = [
            key
            for key in map(rows.key, self.sealed.check(schema.KEYS, found))
            if key.revoked_at is None and now < key.expires_at
        ]
        return tuple(sorted({principal for key in keys for principal in key.acts_for}))

    def own(self, user_id: ProvenUser, mount: str, now: datetime) -> StoredForPerson:
        """What is kept about this person; the context is the newest for this mount that has not expired.

        Approvals that ended lately are among it: a policy lets nothing through for them, and a refusal can say so.
        """
        check = self.sealed.check
        ended = format_instant(now - _ENDED_LATELY)
        parameters = {"user": user_id, "mount": mount, "now": format_instant(now), "ended": ended}
        acknowledgements, approvals, contexts, given = self._connections.read(self._texts.own, parameters)
        return StoredForPerson(
            acknowledgements=tuple(map(rows.acknowledgement, check(schema.ACKNOWLEDGEMENTS, acknowledgements))),
            approvals=(
                *map(rows.approval, check(schema.APPROVALS, approvals)),
                *chain.from_iterable(map(rows.read_given_approval, check(REQUESTS, given))),
            ),
            context=rows.context(check(schema.CONTEXTS, contexts[:1])[0]) if contexts else None,
        )

    def reserve(self, accounts: Accounts, now: datetime, most: Ceilings) -> Usage:
        """Counts one query and answers how many there were of each account, this one included."""
        return self._usage.reserve(accounts, now, most)

    def count_used(self, accounts: Accounts, now: datetime) -> Usage:
        """How many queries there were, counted as `reserve` does."""
        return self._usage.count_used(accounts, now)

    def remember(self, decisions: Iterable[Mapping[str, Any]]) -> None:
        """Keep what people are told of their last decisions, all of these or none; columns not given are empty.

        After a power cut the last moments may be missing: the record has them.
        """
        self._connections.write_all(self._texts.remember, [self.sealed.complete(DECISIONS, row) for row in decisions])

    def forget_usage(self, now: datetime) -> None:
        """Drop counts that no ceiling asks for any more."""
        with self.writing() as connection:
            connection.execute(schema.USAGE.delete().where(schema.USAGE.c.hour < count_hours(now) - _KEPT_HOURS))

    def declare(
        self, *, user_id: str, mount: str, purpose: str, case_number: str, hours: int, now: datetime
    ) -> Context:
        """Keeps a new context of at most eight hours; the person's expired ones go, and the one before at this mount.

        Raises:
            Refusal: REQUEST_OUT_OF_RANGE, also for other hours.
        """
        if not 0 < hours <= MAX_CONTEXT_HOURS:
            raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="hours")
        context = Context(
            context_id=new_id("c"),
            user_id=user_id,
            mount=mount,
            purpose=purpose,
            case_number=case_number,
            declared_at=now,
            expires_at=now + timedelta(hours=hours),
        )
        columns, kept = schema.CONTEXTS.c, rows.from_context(context)
        with self.writing() as connection:
            ended = (columns.expires_at <= kept["declared_at"]) | (columns.mount == mount)
            connection.execute(schema.CONTEXTS.delete().where((columns.user_id == user_id) & ended))
            self.sealed.insert(connection, schema.CONTEXTS, kept)
        return context

    def contexts(self, user_id: str, now: datetime) -> tuple[Context, ...]:
        """The person's contexts that have not expired, newest first."""
        [found] = self._connections.read((self._texts.contexts,), {"user": user_id, "now": format_instant(now)})
        return tuple(rows.context(row) for row in self.sealed.check(schema.CONTEXTS, found))

    def withdraw(self, user_id: str, context_id: str, now: datetime) -> bool:
        """Ends one of the person's contexts; False where there is no such, or it has expired."""
        columns = schema.CONTEXTS.c
        theirs = (
            (columns.context_id == context_id)
            & (columns.user_id == user_id)
            & (columns.expires_at > format_instant(now))
        )
        with self.writing() as connection:
            return connection.execute(schema.CONTEXTS.delete().where(theirs)).rowcount == 1

    def accept(self, *, user_id: str, document: str, version: str, sha256: str, now: datetime) -> Acknowledgement:
        """Keeps the acceptance of a text; accepting the same again makes it newer."""
        row = {"user_id": user_id, "document": document, "version": version, "sha256": sha256}
        row["accepted_at"] = format_instant(now)
        with self.writing() as connection:
            connection.execute(statements.ACCEPT, row | {"seal": self.sealed.seal(schema.ACKNOWLEDGEMENTS, row)})
        return Acknowledgement(document=document, version=version, accepted_at=now, sha256=sha256)

    def examine(self) -> list[str]:
        """A sentence for each table with altered rows; empty where every row is as it was written."""
        with self.writing() as connection:
            sealed = [table for table in schema.METADATA.sorted_tables if SEAL in table.c]
            altered = {table.name: self.sealed.split(connection, table)[1] for table in sealed}
        return [
            f"{name}: {len(rows)} altered rows{_name_accounts(rows)}; each is refused"
            for name, rows in altered.items()
            if rows
        ]

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One durable transaction, for the commands and pages that change what is kept."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise Refusal(Reason.STORE_UNAVAILABLE, note=explain_fault(error, str(self._engine.url))) from None

    def close(self) -> None:
        """Ends every connection."""
        self._connections.close()
        self._engine.dispose()


def _name_accounts(rows: Sequence[Mapping[str, Any]]) -> str:
    """Of counts whose they are: by that their rows are taken away."""
    accounts = sorted({str(row["account"]) for row in rows if row.get("account") is not None})
    more = ", …" if len(accounts) > _NAMED else ""
    return f" (of {', '.join(accounts[:_NAMED])}{more})" if accounts else ""


def open_store(url: str, integrity: bytes, alarm: Alarm = ignore) -> Store:
    """The store at a database URL, made or upgraded first where need be; several processes may open it at once.

    `integrity` is the installation's secret that rows are sealed by; `alarm` is told where one was altered.

    Raises:
        ConfigurationError: a URL that means no place for a store; a database that cannot be written, or is too new.
    """
    return Store(open_database(url, integrity), SealedRows(integrity, alarm))


def new_id(prefix: str) -> str:
    """An id that nobody can foresee: the prefix and twelve lower-case letters and digits (62 bits)."""
    return prefix + "".join(secrets.choice(_ID_CHARACTERS) for _ in range(12))
