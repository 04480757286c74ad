import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from gateway.errors import ConfigurationError
from gateway.model import Accounts
from gateway.store import open_store
from gateway.store.database import _engine, _exclusive, open_database
from gateway.store.schema import METADATA
from gateway.store.upgrade import upgrade

U1 = Accounts(person="u1")
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
OPENING = "import sys; from gateway.store import open_store; open_store(sys.argv[1], bytes(32)).close()"


def test_migrations_make_exactly_the_tables_that_statements_use(url):
    engine = open_database(url, bytes(32))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_opening_again_keeps_what_is_there(url, opened):
    first = opened(url)
    first.reserve(U1, NOW, {})
    assert opened(url).reserve(U1, NOW, {})["person"].this_hour == 2


def test_processes_that_start_at_once_all_open_the_new_store(url):
    processes = [subprocess.Popen([sys.executable, "-c", OPENING, url]) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0, 0]


def test_an_upgrade_that_is_cut_off_leaves_nothing_and_can_be_repeated(url, opened):
    def cut_off():
        with _exclusive(engine) as connection:
            upgrade(connection, bytes(32))
            raise InterruptedError

    engine = _engine(url)
    with pytest.raises(InterruptedError):
        cut_off()
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    engine.dispose()
    assert opened(url).reserve(U1, NOW, {})["person"].this_hour == 1


def test_a_store_of_a_newer_version_is_not_touched(url):
    engine = open_database(url, bytes(32))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigurationError) as caught:
        open_store(url, bytes(32))
    assert caught.value.problems == ["[store] url: the store was written by a newer version of the gateway"]


def test_a_store_that_a_newer_version_brings_up_to_date_meanwhile_is_no_longer_current(url, opened):
    store = opened(url)
    assert store.is_current()
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not store.is_current()


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "not a url", "postgresql://host/db"], ids=str)
def test_a_url_that_means_no_place_for_a_store_is_a_mistake(url):
    with pytest.raises(ConfigurationError, match=r"\[store\] url: "):
        open_store(url, bytes(32))


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("sqlite:////proc/none/gateway.db", "the database cannot be reached or written"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/none", "nobody answers at 127.0.0.1:1: is PostgreSQL running there"),
    ],
)
def test_a_database_that_cannot_be_reached_is_a_mistake(url, problem):
    with pytest.raises(ConfigurationError) as caught:
        open_store(url, bytes(32))
    [told] = caught.value.problems
    assert told.startswith(f"[store] url: {problem}")


def test_nobody_else_can_read_the_store(sqlite_url, opened, tmp_path):
    opened(sqlite_url).reserve(U1, NOW, {})
    for path in (tmp_path / "state").glob("gateway.db*"):
        assert path.name.endswith(".lock") or stat.S_IMODE(path.stat().st_mode) == 0o600
