"""Opening the store's database: its place, its settings, and its tables as this version wants them."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from gateway.database_faults import explain_encoding, explain_fault, lacks_room
from gateway.errors import ConfigurationError, NoRoomError
from gateway.store.connections import WAIT_S
from gateway.store.upgrade import upgrade

_ONE_UPGRADE: Final = 0x4C5052535452
_ANSWER_S: Final = 5.0
_OLDEST_SQLITE: Final = (3, 35)


def open_database(url: str, integrity: bytes) -> Engine:
    """An engine on the store's database, upgraded; several processes may do so at once.

    Raises:
        ConfigurationError: a URL that means no place for a store; a database that cannot be written, or is too new.
    """
    engine = _engine(url)
    try:
        with _exclusive(engine) as connection:
            upgrade(connection, integrity)
    except ConfigurationError:
        engine.dispose()
        raise
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        kind = NoRoomError if lacks_room(error) else ConfigurationError
        raise kind([f"[store] url: {explain_fault(error, url)}"]) from None
    return _hold_to_time(engine)


def _hold_to_time(engine: Engine) -> Engine:
    """Whoever asks from now on is answered in time; an upgrade takes as long as it takes."""
    if engine.dialect.name != "postgresql":
        return engine
    from gateway.timely_postgres import hold_to_time  # here, since most have no PostgreSQL

    engine.dispose()
    return hold_to_time(engine, _ANSWER_S)


def _require_utf8(connection: Connection) -> None:
    """Return where the server keeps text as UTF-8: in another encoding some names have no letters."""
    encoding = str(connection.scalar(select(func.current_setting("server_encoding"))))
    strange = explain_encoding(connection.engine.url.render_as_string(), encoding)
    if strange is not None:
        raise ConfigurationError([f"[store] url: {strange}"])


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError(["[store] url: is not a database URL"]) from None
    if parsed.drivername == "postgresql+psycopg":
        return create_engine(
            parsed,
            max_overflow=5,
            pool_pre_ping=True,
            connect_args={"connect_timeout": WAIT_S, "client_encoding": "utf8"},
        )
    if parsed.drivername != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise ConfigurationError(["[store] url: must be sqlite:///<file> or postgresql+psycopg://…"])
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise ConfigurationError(["[store] url: this Python's SQLite is older than 3.35; use PostgreSQL"])
    engine = create_engine(parsed, paramstyle="named", connect_args={"timeout": WAIT_S})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so, tables included
    connection.execute("PRAGMA synchronous=FULL")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _exclusive(engine: Engine) -> Iterator[Connection]:
    """One transaction that no other process's upgrade runs beside."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_ONE_UPGRADE)))
            _require_utf8(connection)
            yield connection
        return
    path = Path(str(engine.url.database))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA journal_mode=WAL")
        with engine.begin() as connection:
            yield connection
