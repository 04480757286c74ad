"""Revisions as SQLite files: the pointer file `facts.db` holds the catalog, revisions lie beside it.

Every file is written once, under another name, and renamed when it is complete and on disk; so whoever opens one may
take it as immutable, needs no lock, and keeps reading it after its name is gone.
"""

import fcntl
import hashlib
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Dialect, NullPool, Table, create_engine
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError

from gateway.durable import move
from gateway.errors import ConfigurationError
from gateway.facts import catalog
from gateway.facts.revisions import Revision, Seal, Unreadable, list_kept
from gateway.value import replace

_REVISION_NAME = re.compile(r"\d{8}-\d{4,}-[0-9a-f]{12}", re.ASCII)
# Sorting for an index must not spill plates into a temporary file.
_BUILDING = (
    "PRAGMA temp_store=MEMORY",
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    "PRAGMA cache_size=-65536",
)


class SqliteRevisionStore:
    """The revisions beside one pointer file."""

    def __init__(self, pointer: Path) -> None:
        self.dialect: Dialect = sqlite.dialect(paramstyle="named")
        self.pointer = pointer.absolute()
        self._newest_first = str(catalog.NEWEST_FIRST.compile(dialect=self.dialect))
        self._seen: tuple[tuple[int, ...], Revision | None] = ((), None)

    def newest(self) -> Revision | None:
        """The revision in force: one `stat` while the pointer stays the same file."""
        try:
            stat = self.pointer.stat()
        except FileNotFoundError:
            return None
        except OSError:
            raise Unreadable from None
        mark = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        seen = self._seen
        if seen[0] != mark:  # if it is replaced after the stat, the next request finds another mark and reads again
            self._seen = seen = (mark, next(iter(self.history()), None))
        return seen[1]

    def history(self) -> list[Revision]:
        """Every revision ever imported, newest first."""
        if not self.pointer.exists():
            return []
        try:
            with closing(_open_read_only(self.pointer)) as connection:
                connection.row_factory = sqlite3.Row
                return [catalog.from_row(dict(row)) for row in connection.execute(self._newest_first)]
        except (sqlite3.Error, ValueError, TypeError):
            raise Unreadable from None

    def open(self, revision: Revision) -> "_SqliteReader":
        """A reader of a revision."""
        return _SqliteReader(self.file(revision), revision)

    @contextmanager
    def building(self) -> Iterator["_SqliteBuilder"]:
        """A new revision to fill."""
        try:
            self.pointer.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _lock(self._beside("lock")):
                builder = _SqliteBuilder(self, self._beside("building"))
                try:
                    yield builder
                finally:
                    builder.discard()
        except (OSError, sqlite3.Error, SQLAlchemyError) as error:
            folder, why = self.pointer.parent, _find_cause(error)
            raise ConfigurationError([f"[facts] url: {folder} cannot be written ({why})"]) from None

    def digest(self, revision: Revision) -> str:
        """The SHA-256 of the file."""
        try:
            return _sha256(self.file(revision))
        except OSError:
            raise Unreadable from None

    def mark(self, revision: Revision) -> tuple[int, ...]:
        """Which file it is, and when it was last changed."""
        try:
            stat = self.file(revision).stat()
        except OSError:
            raise Unreadable from None
        return (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)

    def close(self) -> None:
        """Nothing stays open between uses."""

    def file(self, revision: Revision) -> Path:
        """Where a revision lies."""
        return self._beside(revision.place)

    def put(self, newest: Revision, *, keep_days: int) -> None:
        """Switches to a revision whose file is in place, then deletes the files no longer kept."""
        revisions = [newest, *self.history()]
        fresh = self._beside("new")
        with _new_database(fresh) as connection:
            catalog.METADATA.create_all(connection)
            connection.execute(catalog.REVISIONS.insert(), [catalog.to_row(revision) for revision in revisions])
            connection.commit()
        move(fresh, self.pointer)
        kept = {self.file(revision) for revision in list_kept(revisions, keep_days=keep_days)}
        for path in self.pointer.parent.iterdir():
            name, _, revision = path.name.rpartition(".")
            if name == self.pointer.name and _REVISION_NAME.fullmatch(revision) and path not in kept:
                path.unlink(missing_ok=True)

    def _beside(self, suffix: str) -> Path:
        return self.pointer.with_name(f"{self.pointer.name}.{suffix}")


class _SqliteReader:
    def __init__(self, path: Path, revision: Revision) -> None:
        self.revision = revision
        try:
            self._connection = _open_read_only(path)
        except sqlite3.Error:
            raise Unreadable from None

    def read(self, statements: Sequence[str], parameters: Mapping[str, Any]) -> list[list[tuple[Any, ...]]]:
        execute = self._connection.execute
        try:
            return [execute(statement, parameters).fetchall() for statement in statements]
        except sqlite3.Error:
            raise Unreadable from None

    def close(self) -> None:
        self._connection.close()


class _SqliteBuilder:
    def __init__(self, revision_store: SqliteRevisionStore, path: Path) -> None:
        self._revision_store = revision_store
        self._path = path
        self.connection: Connection = _new_database(path)

    def load(self, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        insert = str(table.insert().compile(dialect=sqlite.dialect(paramstyle="qmark")))
        driver: Any = self.connection.connection.driver_connection
        driver.executemany(insert, rows)

    def publish(self, revision: Revision, seal: Seal, *, keep_days: int) -> Revision:
        self.connection.commit()
        self.connection.close()
        complete = seal(replace(revision, sha256=_sha256(self._path)))
        self._path.chmod(0o400)
        move(self._path, self._revision_store.file(complete))
        self._revision_store.put(complete, keep_days=keep_days)
        return complete

    def reinstate(self, revision: Revision, *, keep_days: int) -> None:
        self._revision_store.put(revision, keep_days=keep_days)

    def discard(self) -> None:
        self.connection.close()
        self._path.unlink(missing_ok=True)


def _open_read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)


def _new_database(path: Path) -> Connection:
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    connection = engine.connect()
    for pragma in _BUILDING:
        connection.exec_driver_sql(pragma)
    return connection


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _find_cause(error: Exception) -> str:
    """Why a file cannot be written, in the system's or the database's own words; they hold nothing of any row."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, OSError):
        return str(cause.strerror)
    return str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                ["another import or check of facts is running: try again when it has ended"]
            ) from None
        yield
