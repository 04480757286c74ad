"""Driver connections for what every request asks, lent to one thread at a time and kept for the next.

The driver itself runs the statements that SQLAlchemy wrote: through SQLAlchemy's pool and connection each would cost some
35 µs more.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import Engine

from gateway.database_faults import explain_fault
from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.turns import TURN

WAIT_S: Final = 2
"""The longest a request waits for another process's write, or for the database to answer."""
_SLACK_S: Final = 3  # a server that lives says itself that a statement took too long; a host may be busy for a moment

Rows = list[tuple[Any, ...]]
Done = TypeVar("Done")


class Connections:
    """The driver connections of one process; create it after the process forked."""

    def __init__(self, engine: Engine) -> None:
        self.is_writable = True  # by the last write that was tried
        self._url = str(engine.url)
        on_sqlite = engine.dialect.name == "sqlite"
        self._failure: type[Exception] = engine.dialect.loaded_dbapi.Error
        self._connect: Callable[[], Any] = _sqlite(engine) if on_sqlite else _postgres(engine)
        self._run = _one_by_one if on_sqlite else _together
        self._run_all = _all_on_sqlite if on_sqlite else _all_on_postgres
        # Threads that wait here take turns at once; SQLite's own way of waiting is to sleep.
        self._turn: AbstractContextManager[Any] = threading.Lock() if on_sqlite else nullcontext()
        self._idle: deque[Any] = deque()

    def read(self, statements: Sequence[str], parameters: Mapping[str, Any]) -> list[Rows]:
        """The rows of each statement.

        Raises:
            Refusal: STORE_UNAVAILABLE.
        """
        return self._ask(lambda connection: self._run(connection, statements, parameters))

    def write(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """The rows of one statement that writes, atomic by itself; where its connection was lost it may run twice.

        Raises:
            Refusal: STORE_UNAVAILABLE.
        """
        with self._turn:
            [rows] = self._write(lambda connection: self._run(connection, (statement,), parameters))
        return rows

    def write_all(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """One statement that writes, for each of these, all or none; where its connection was lost it may run twice.

        Raises:
            Refusal: STORE_UNAVAILABLE.
        """
        with self._turn:
            self._write(lambda connection: self._run_all(connection, statement, rows))

    def close(self) -> None:
        """Ends idle connections; a later use opens anew."""
        while self._idle:
            self._idle.pop().close()

    def _write(self, act: Callable[[Any], Done]) -> Done:
        try:
            done = self._ask(act)
        except Refusal:
            self.is_writable = False
            raise
        self.is_writable = True
        return done

    def _ask(self, act: Callable[[Any], Done]) -> Done:
        try:
            if (kept := self._take_idle()) is not None:
                try:
                    return self._lend(kept, act)
                except self._failure:  # a connection lost meanwhile: once more, with nothing kept
                    self.close()
            return self._lend(self._connect(), act)
        except self._failure as error:
            raise Refusal(Reason.STORE_UNAVAILABLE, note=explain_fault(error, self._url)) from None

    def _take_idle(self) -> Any:  # noqa: ANN401 - the driver's connection
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def _lend(self, connection: Any, act: Callable[[Any], Done]) -> Done:  # noqa: ANN401 - the same
        try:
            done = act(connection)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return done


def _sqlite(engine: Engine) -> Callable[[], Any]:
    path = str(engine.url.database)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
        # Only usage and what is remembered for people is written here: after a power cut its last moments may be missing,
        # never a key or a revocation.
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    return connect


def _postgres(engine: Engine) -> Callable[[], Any]:
    from gateway.timely_postgres import opener  # here, since most have no PostgreSQL

    arguments, options = engine.dialect.create_connect_args(engine.url)
    limits = {"connect_timeout": WAIT_S, "options": f"-c statement_timeout={WAIT_S}s", "autocommit": True}
    return partial(opener(WAIT_S + _SLACK_S), *arguments, **{**options, **limits})


def _one_by_one(connection: Any, statements: Sequence[str], parameters: Mapping[str, Any]) -> list[Rows]:  # noqa: ANN401
    return [connection.execute(statement, parameters).fetchall() for statement in statements]


def _all_on_sqlite(connection: Any, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: ANN401
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(statement, rows)
    connection.execute("COMMIT")


def _all_on_postgres(connection: Any, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: ANN401
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def _together(connection: Any, statements: Sequence[str], parameters: Mapping[str, Any]) -> list[Rows]:  # noqa: ANN401
    with TURN.wait():
        if len(statements) == 1:  # a pipeline saves round trips, and costs more than one
            return _one_by_one(connection, statements, parameters)
        return _run_pipeline(connection, statements, parameters)


def _run_pipeline(connection: Any, statements: Sequence[str], parameters: Mapping[str, Any]) -> list[Rows]:  # noqa: ANN401
    with connection.pipeline():
        cursors = [connection.execute(statement, parameters) for statement in statements]
        return [cursor.fetchall() for cursor in cursors]
