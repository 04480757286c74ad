"""A PostgreSQL that lives and answers nothing is waited for no longer than it was said."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from gateway.timely_postgres import hold_to_time, opener
from tests.facts.postgres import fresh_database, frozen, running

LONG_S = 20


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running() as address:
        yield address


@contextmanager
def in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONG_S


def test_an_answer_that_comes_is_given(server):
    with opener(5)(server) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_what_takes_longer_than_an_answer_may_is_given_up_and_its_connection_with_it(server):
    connection = opener(0.2)(server)
    with in_time(), pytest.raises(psycopg.OperationalError):
        connection.execute(f"SELECT pg_sleep({10 * LONG_S})")
    assert connection.closed


def test_a_frozen_server_is_given_up_by_whoever_asks_it_and_asked_anew_once_it_lives(server):
    options = {"connect_timeout": 2}
    engine = hold_to_time(create_engine(fresh_database(server), pool_pre_ping=True, connect_args=options), 0.5)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    with frozen(server), in_time(), pytest.raises(OperationalError), engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 2")) == 2
    engine.dispose()


def test_a_mistake_of_a_statement_closes_nothing(server):
    with opener(5)(server, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM nowhere")
        assert connection.execute("SELECT 1").fetchone() == (1,)
