"""Revisions as PostgreSQL schemas: `lpr_facts` holds the catalog, each revision has a schema of its own.

An import is one transaction: nobody sees a part of it, and readers of other revisions are not held up by it.
"""

import hashlib
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import psycopg
from sqlalchemy import URL, Connection, Dialect, NullPool, Select, Table, create_engine, func, inspect, select, text
from sqlalchemy.dialects.postgresql import psycopg as dialects
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.schema import CreateSchema, DropSchema

from gateway.database_faults import explain_fault
from gateway.errors import ConfigurationError
from gateway.facts import catalog
from gateway.facts.revisions import Revision, Seal, Unreadable, list_kept
from gateway.facts.schema import METADATA
from gateway.timely_postgres import hold_to_time, opener
from gateway.turns import TURN
from gateway.value import replace

_CATALOG: Final = "lpr_facts"
_BUILDING: Final = "lpr_facts_building"
_OF_A_REVISION: Final = re.compile(rf"{_CATALOG}_\d{{8}}_\d{{4,}}_[0-9a-f]{{12}}")
_LATER_COLUMNS: Final = frozenset({"data", "seal"})
_ONE_IMPORT: Final = 0x4C5052464143
_CONNECT: Final = {"connect_timeout": 2, "client_encoding": "utf8"}
_ANSWER_S: Final = 5.0  # more than a statement may take, which a server that lives ends itself
_WORK_S: Final = 600.0  # all rows are loaded, or read for their digest
_LOOK_AGAIN_S: Final = 0.5
_IN_CATALOG: Final = {"schema_translate_map": {None: _CATALOG}}


class _Seen(NamedTuple):
    """What a look at the catalog found, and when: the newest revision, or what kept it from being read."""

    looked_at: float
    newest: Revision | None = None
    trouble: str | None = None

    def is_recent(self) -> bool:
        found = self.newest is not None or self.trouble is not None
        return found and time.monotonic() - self.looked_at < _LOOK_AGAIN_S

    def tell(self) -> Revision | None:
        if self.trouble is not None:
            raise Unreadable(self.trouble)
        return self.newest


_UNSEEN: Final = _Seen(0.0)


class PostgresRevisionStore:
    """The revisions in one database. The catalog is looked at twice a second at most, by one thread at a time."""

    def __init__(self, url: URL) -> None:
        self.dialect: Dialect = dialects.dialect()  # type: ignore[no-untyped-call]
        self._url = url
        looking = create_engine(url, pool_size=1, max_overflow=1, pool_pre_ping=True, connect_args=_CONNECT)
        self._engine = hold_to_time(looking, _ANSWER_S)
        building = create_engine(url, poolclass=NullPool, connect_args=_CONNECT)
        self._building = hold_to_time(building, _WORK_S)
        self._looking = threading.Lock()
        self._seen = _UNSEEN

    def newest(self) -> Revision | None:
        """The revision in force, known at most half a second late; once there is one, no request waits for the next.

        What kept the catalog from being read is known as long: of many requests one waits for it, not each in its turn.
        """
        if self._seen.is_recent():
            return self._seen.tell()
        is_known = self._seen.newest is not None and self._seen.trouble is None
        if not self._looking.acquire(blocking=not is_known):
            return self._seen.tell()
        try:
            if not self._seen.is_recent():
                self._seen = self._look()
        finally:
            self._looking.release()
        return self._seen.tell()

    def _look(self) -> "_Seen":
        try:
            newest, trouble = next(iter(self._list(catalog.NEWEST_FIRST.limit(1))), None), None
        except Unreadable as error:
            newest, trouble = None, str(error)
        return _Seen(time.monotonic(), newest, trouble)

    def history(self) -> list[Revision]:
        """Every revision ever imported, newest first."""
        return self._list(catalog.NEWEST_FIRST)

    def open(self, revision: Revision) -> "_PostgresReader":
        """A reader of a revision."""
        arguments, options = self.dialect.create_connect_args(self._url)
        return _PostgresReader(revision, arguments, options)

    @contextmanager
    def building(self) -> Iterator["_PostgresBuilder"]:
        """A new revision to fill."""
        try:
            self._complete_catalog()
            with self._building.connect() as connection:
                if not connection.scalar(select(func.pg_try_advisory_xact_lock(_ONE_IMPORT))):
                    raise ConfigurationError(
                        ["another import or check of facts is running: try again when it has ended"]
                    )
                yield _PostgresBuilder(connection)
        except (SQLAlchemyError, psycopg.Error) as error:
            sentence = explain_fault(error, self._url.render_as_string())
            raise ConfigurationError([f"[facts] url: {sentence}"]) from None

    def digest(self, revision: Revision) -> str:
        """The SHA-256 over every row of every table, worked out in the database."""
        try:
            with self._building.connect() as connection:
                return _digest(connection, _schema(revision))
        except SQLAlchemyError:
            raise Unreadable from None

    def mark(self, revision: Revision) -> str:
        """A schema shows no sign of a change: it is read once by each process."""
        return revision.place

    def close(self) -> None:
        """Ends the connection that looks at the catalog, and forgets what it saw."""
        self._seen = _UNSEEN
        self._engine.dispose()
        self._building.dispose()

    def _complete_catalog(self) -> None:
        """Gives the catalog of an earlier version its new columns, in a transaction that no reader waits for long."""
        with self._building.begin() as connection:
            columns = inspect(connection).get_columns("revisions", _CATALOG) if _has_catalog(connection) else []
            for name in _LATER_COLUMNS - {column["name"] for column in columns} if columns else ():
                connection.execute(text(f"ALTER TABLE {_CATALOG}.revisions ADD COLUMN {name} text"))

    def _list(self, statement: Select[Any]) -> list[Revision]:
        try:
            with self._engine.connect() as connection:
                rows = connection.execution_options(**_IN_CATALOG).execute(statement)
                return [catalog.from_row({**row}) for row in rows.mappings()]
        except ProgrammingError as error:
            if isinstance(error.orig, psycopg.errors.UndefinedTable):
                return []
            raise Unreadable from None
        except SQLAlchemyError as error:
            raise Unreadable(explain_fault(error, self._url.render_as_string())) from None
        except (ValueError, TypeError):
            raise Unreadable from None


class _PostgresReader:
    def __init__(self, revision: Revision, arguments: Sequence[Any], options: Mapping[str, Any]) -> None:
        self.revision = revision
        reading = f"-c search_path={_schema(revision)} -c default_transaction_read_only=on -c statement_timeout=2000"
        try:
            self._connection = opener(_ANSWER_S)(
                *arguments, **{**options, "options": reading, **_CONNECT, "autocommit": True}
            )
        except psycopg.Error:
            raise Unreadable from None

    def read(self, statements: Sequence[str], parameters: Mapping[str, Any]) -> list[list[tuple[Any, ...]]]:
        execute = self._connection.execute
        try:
            with TURN.wait(), self._connection.pipeline():
                cursors = [execute(statement, parameters) for statement in statements]
                return [cursor.fetchall() for cursor in cursors]
        except psycopg.Error:
            raise Unreadable from None

    def close(self) -> None:
        self._connection.close()


class _PostgresBuilder:
    def __init__(self, connection: Connection) -> None:
        for schema in (_CATALOG, _BUILDING):
            connection.execute(CreateSchema(schema, if_not_exists=True))
        catalog.METADATA.create_all(connection.execution_options(**_IN_CATALOG))
        self.connection = connection.execution_options(schema_translate_map={None: _BUILDING})

    def load(self, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        driver: Any = self.connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {_BUILDING}.{table.name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        driver.execute(f"ANALYZE {_BUILDING}.{table.name}")

    def publish(self, revision: Revision, seal: Seal, *, keep_days: int) -> Revision:
        complete = seal(replace(revision, sha256=_digest(self.connection, _BUILDING)))
        self._drop_left_over()
        self.connection.execute(text(f"ALTER SCHEMA {_BUILDING} RENAME TO {_schema(revision)}"))
        self._put(complete, keep_days)
        return complete

    def _drop_left_over(self) -> None:
        """Drop revisions that the catalog does not know: after a restore, those that were imported since the back-up."""
        rows = self.connection.execution_options(**_IN_CATALOG).execute(catalog.NEWEST_FIRST).mappings()
        known = {_schema(catalog.from_row({**row})) for row in rows} | {_CATALOG, _BUILDING}
        there = inspect(self.connection).get_schema_names()
        for left in sorted(name for name in there if _OF_A_REVISION.fullmatch(name) and name not in known):
            self.connection.execute(DropSchema(left, cascade=True))

    def reinstate(self, revision: Revision, *, keep_days: int) -> None:
        self.connection.execute(DropSchema(_BUILDING, cascade=True))
        self._put(revision, keep_days)

    def _put(self, revision: Revision, keep_days: int) -> None:
        connection = self.connection
        connection.execution_options(**_IN_CATALOG)
        connection.execute(catalog.REVISIONS.insert(), catalog.to_row(revision))
        newest_first = [catalog.from_row({**row}) for row in connection.execute(catalog.NEWEST_FIRST).mappings()]
        connection.commit()
        kept = {_schema(one) for one in list_kept(newest_first, keep_days=keep_days)}
        for gone in {_schema(old) for old in newest_first} - kept:
            connection.execute(DropSchema(gone, cascade=True, if_exists=True))
        connection.commit()


def _digest(connection: Connection, schema: str) -> str:
    """Each row's digest in the order of the file, then each table's in the order of the names."""
    tables = []
    for table in sorted(METADATA.tables):
        rows = "string_agg(sha256(convert_to(CAST(t AS text), 'UTF8')), CAST('' AS bytea) ORDER BY t.\"row\")"
        whole = f"encode(sha256(coalesce({rows}, CAST('' AS bytea))), 'hex')"
        found = connection.scalar(text(f"SELECT {whole} FROM {schema}.{table} AS t"))  # noqa: S608 - our own names
        tables.append(f"{found}  {table}\n")
    return hashlib.sha256("".join(tables).encode()).hexdigest()


def _has_catalog(connection: Connection) -> bool:
    return inspect(connection).has_table("revisions", _CATALOG)


def _schema(revision: Revision) -> str:
    return f"{_CATALOG}_{revision.place.replace('-', '_')}"
