"""One question to a PostgreSQL server, asked of it directly: what `doctor` and a start must know before anything is opened."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, LiteralString

from sqlalchemy import make_url

_REACH_S = 5


def ask_database(url: str, question: LiteralString) -> object:
    """What a PostgreSQL server answers, one value; None for another database.

    Raises:
        psycopg.Error: it cannot be asked.
    """
    from gateway.timely_postgres import opener  # here, since most who start have no PostgreSQL

    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return None
    given = parsed.translate_connect_args(username="user", database="dbname") | dict(parsed.query)
    usual = {"connect_timeout": _REACH_S, "client_encoding": "utf8"}
    with opener(_REACH_S)(**(given | usual)) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def read_remembered_secrets(url: str) -> dict[str, str]:
    """The digests that the store holds of secrets, by their names: gateways work with them already.

    Raises:
        psycopg.Error: it cannot be asked.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return dict(_ask_file(make_url(url).database, "SELECT name, digest FROM shared_secrets"))
    if ask_database(url, "SELECT to_regclass('shared_secrets') IS NOT NULL") is not True:
        return {}
    found: Any = ask_database(url, "SELECT json_object_agg(name, digest) FROM shared_secrets")
    return {str(name): str(digest) for name, digest in (found or {}).items()}


def read_store_version(url: str) -> str | None:
    """The version of the store's tables, which its opening would bring up to date; None where there are none yet.

    Raises:
        psycopg.Error: it cannot be asked.
    """
    asked: LiteralString = "SELECT version_num FROM alembic_version"
    if make_url(url).get_backend_name() == "sqlite":
        return next((str(row[0]) for row in _ask_file(make_url(url).database, asked)), None)
    if ask_database(url, "SELECT to_regclass('alembic_version') IS NOT NULL") is not True:
        return None
    return str(ask_database(url, asked))


def find_damage(url: str, *, whole: bool) -> bool:
    """Whether SQLite's file is there and is no database, or (`whole`, which reads all of it) no sound one. Changes nothing."""
    path = make_url(url).database
    if make_url(url).get_backend_name() != "sqlite" or path is None or not Path(path).exists():
        return False
    try:
        with closing(_look_into(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            return whole and connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _look_into(path: str) -> sqlite3.Connection:
    """A connection that leaves nothing behind: where no file of what was written last is there, none is begun."""
    whole = "" if Path(f"{path}-wal").exists() else "&immutable=1"
    return sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro{whole}", uri=True)


def _ask_file(path: str | None, question: LiteralString) -> list[tuple[Any, ...]]:
    """What SQLite's file answers; nothing where it is not there yet, or cannot be read, which its opening will say."""
    if path is None or not Path(path).exists():
        return []
    try:
        with closing(_look_into(path)) as connection:
            return connection.execute(question).fetchall()
    except sqlite3.Error:
        return []
