"""The front door: what requests ask of the store and keep in it."""

import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway.clock import format_instant
from gateway.errors import Refusal
from gateway.model import Acknowledgement, Approval, Context, Key
from gateway.reasons import Reason
from gateway.store import rows, schema, statements
from gateway.store.connections import Connections
from gateway.store.database import open_database

MAX_CONTEXT_HOURS: Final = 8
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_DAY_IN_HOURS: Final = 24
_ID_CHARACTERS: Final = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredForPerson:
    """What the gateway itself keeps about a person: acceptances, approvals (their approvers unknown here), context."""

    acknowledgements: tuple[Acknowledgement, ...]
    approvals: tuple[Approval, ...]
    context: Context | None


class Store:
    """One process's way into the store, for many threads at once. Create it after the process forked.

    Every method reads or writes the database itself, so that what another process changed holds at once. All raise
    `Refusal` STORE_UNAVAILABLE where that cannot be done.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connections = Connections(engine)
        self._texts = statements.texts(engine.dialect)

    def find(self, key_id: str) -> Key | None:
        """The key of this id, revoked and expired ones included."""
        [found] = self._connections.read((self._texts.find,), {"key": key_id})
        return rows.key(found[0]) if found else None

    def own(self, user_id: str, mount: str, now: datetime) -> StoredForPerson:
        """What is kept about this person; the context is the newest for this mount that has not expired."""
        parameters = {"user": user_id, "mount": mount, "now": format_instant(now)}
        acknowledgements, approvals, contexts = self._connections.read(self._texts.own, parameters)
        return StoredForPerson(
            acknowledgements=tuple(rows.acknowledgement(row) for row in acknowledgements),
            approvals=tuple(rows.approval(row) for row in approvals),
            context=rows.context(contexts[0]) if contexts else None,
        )

    def reserve(self, user_id: str, now: datetime) -> int:
        """Counts one query and answers how many there were in the last 24 hours, this one included.

        Counted by the hour; the hour that began 24 hours ago counts in full, so that the number is never too low.
        """
        [(count,)] = self._connections.write(self._texts.reserve, _hours(user_id, now))
        return int(count)

    def used(self, user_id: str, now: datetime) -> int:
        """How many queries there were in the last 24 hours, counted as `reserve` does."""
        [[(count,)]] = self._connections.read((self._texts.used,), _hours(user_id, now))
        return int(count)

    def declare(
        self, *, user_id: str, mount: str, purpose: str, case_number: str, hours: int, now: datetime
    ) -> Context:
        """Keeps a new context of at most eight hours; the person's expired ones go.

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
            expired = (columns.user_id == user_id) & (columns.expires_at <= kept["declared_at"])
            connection.execute(schema.CONTEXTS.delete().where(expired))
            connection.execute(schema.CONTEXTS.insert().values(kept))
        return context

    def contexts(self, user_id: str, now: datetime) -> tuple[Context, ...]:
        """The person's contexts that have not expired, newest first."""
        [found] = self._connections.read((self._texts.contexts,), {"user": user_id, "now": format_instant(now)})
        return tuple(rows.context(row) for row in found)

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

    def accept(self, *, user_id: str, document: str, version: str, now: datetime) -> Acknowledgement:
        """Keeps an acceptance; accepting the same again makes it newer."""
        with self.writing() as connection:
            parameters = {"user": user_id, "document": document, "version": version, "now": format_instant(now)}
            connection.execute(statements.ACCEPT, parameters)
        return Acknowledgement(document=document, version=version, accepted_at=now)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One durable transaction, for the commands and pages that change what is kept."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError:
            raise Refusal(Reason.STORE_UNAVAILABLE) from None

    def close(self) -> None:
        """Ends every connection."""
        self._connections.close()
        self._engine.dispose()


def open_store(url: str) -> Store:
    """The store at a database URL, made or upgraded first where need be; several processes may open it at once.

    Raises:
        ConfigurationError: a URL that means no place for a store; a database that cannot be written, or is too new.
    """
    return Store(open_database(url))


def new_id(prefix: str) -> str:
    """An id that nobody can foresee: the prefix and twelve lower-case letters and digits (62 bits)."""
    return prefix + "".join(secrets.choice(_ID_CHARACTERS) for _ in range(12))


def _hours(user_id: str, now: datetime) -> dict[str, str | int]:
    hour = (now - _EPOCH) // _HOUR
    return {"user": user_id, "hour": hour, "since": hour - _DAY_IN_HOURS}
