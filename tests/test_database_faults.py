"""What an operator is told where a real PostgreSQL cannot be used: each cause its own sentence, no password in any."""

import contextlib
import os
import sqlite3
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from gateway.database_faults import explain_fault, lacks_room
from gateway.errors import ConfigurationError
from gateway.store import open_store


@pytest.fixture(scope="session")
def guarded(postgres):
    """A role of that server that must show a password."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        file = Path(connection.execute("SHOW hba_file").fetchone()[0])
        file.write_text("local all guarded scram-sha-256\n" + file.read_text())
        connection.execute("SELECT pg_reload_conf()")
    address = postgres.replace("postgres:@", "guarded:wrong@")
    end = time.monotonic() + 30
    while "password" not in failure(address):
        assert time.monotonic() < end
    return postgres


def failure(address):
    try:
        psycopg.connect(address).close()
    except psycopg.Error as error:
        return str(error)
    return ""


def sentence(address):
    url = address.replace("postgresql://", "postgresql+psycopg://")
    with pytest.raises(ConfigurationError) as caught, contextlib.closing(open_store(url, b"i" * 32)):
        pass
    [told] = caught.value.problems
    return told


def test_a_missing_password_says_where_to_put_it_and_what_is_wrong_with_the_usual_file(guarded, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    file, address = tmp_path / ".pgpass", guarded.replace("postgres:@", "guarded@")
    asked = "asks for a password of guarded, and"
    assert sentence(address).endswith(f"{asked} none was given: put it into {file}, or the file that PGPASSFILE names")
    file.write_text("")
    file.chmod(0o644)
    assert sentence(address).endswith(f"{asked} PostgreSQL does not read {file}, which others can read: chmod 600 it")


def test_a_database_of_another_encoding_is_named_with_how_to_make_one_that_can_hold_every_name(postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE narrow ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    make = "CREATE DATABASE narrow OWNER postgres ENCODING 'UTF8' TEMPLATE template0"
    told = f"[store] url: narrow is encoded as SQL_ASCII, not as UTF-8: {make}"
    assert sentence(postgres.replace("/postgres?", "/narrow?")) == told


def test_a_wrong_password_is_said_to_be_wrong_and_not_shown(guarded):
    told = sentence(guarded.replace("postgres:@", "guarded:wrong@"))
    assert told.endswith("does not accept the password of guarded")
    assert "wrong" not in told


@pytest.mark.parametrize("limited", ["ROLE guarded", "DATABASE crowded"])
def test_a_server_without_a_connection_left_is_not_said_to_refuse_the_password(guarded, limited):
    with psycopg.connect(guarded, autocommit=True) as connection:
        if "crowded" in limited:
            connection.execute("CREATE DATABASE crowded")
        connection.execute(f"ALTER {limited} CONNECTION LIMIT 0")
        try:
            address = guarded.replace("postgres:@", "guarded:right@")
            told = sentence(address.replace("/postgres?", "/crowded?") if "crowded" in limited else address)
        finally:
            connection.execute(f"ALTER {limited} CONNECTION LIMIT -1")
    assert "takes no connection now: has it any left (max_connections)" in told


def test_a_missing_database_is_named_with_how_to_make_it(postgres):
    told = sentence(postgres.replace("/postgres?", "/nowhere?"))
    assert "[store] url: there is no database nowhere at " in told
    assert told.endswith("may use: CREATE DATABASE nowhere OWNER postgres ENCODING 'UTF8' TEMPLATE template0")


@pytest.mark.parametrize("database", ["nowhere", "guarded"])
def test_a_missing_database_is_named_where_a_password_was_right(guarded, database):
    told = sentence(guarded.replace("postgres:@", "guarded:right@").replace("/postgres?", f"/{database}?"))
    assert f"there is no database {database} at " in told


def test_a_password_file_that_is_of_no_use_is_named_with_what_is_wrong(guarded, tmp_path):
    file = tmp_path / "pgpass"
    address = f"{guarded.replace('postgres:@', 'guarded@')}&passfile={file}"
    assert sentence(address).endswith(f"and {file} cannot be read (No such file or directory)")
    file.write_text("elsewhere:5432:*:guarded:right\n")
    file.chmod(0o600)
    assert sentence(address).endswith(f"and {file} has no line for it: host:port:database:user:password")
    file.chmod(0o644)
    assert sentence(address).endswith(f"which others can read: chmod 600 {'it'}")
    file.unlink()
    file.mkdir(mode=0o700)  # as one that belongs to somebody else: it is there, and cannot be opened
    assert sentence(address).endswith(f"and {file} cannot be read (Is a directory)")


def test_a_user_whom_the_server_lets_in_by_no_rule_is_told_where_the_rules_are(guarded):
    file = Path(guarded.partition("host=")[2]) / "pg_hba.conf"
    file.write_text("local all unwanted reject\n" + file.read_text())
    with psycopg.connect(guarded, autocommit=True) as connection:
        connection.execute("CREATE ROLE unwanted LOGIN")
        connection.execute("SELECT pg_reload_conf()")
    told = sentence(guarded.replace("postgres:@", "unwanted@"))
    assert told.endswith("lets unwanted into postgres from this host by no line of its pg_hba.conf")


def test_a_refused_connection_asks_whether_the_server_runs():
    assert sentence("postgresql://127.0.0.1:1/lpr") == (
        "[store] url: nobody answers at 127.0.0.1:1: is PostgreSQL running there, and may this host reach it?"
    )


def test_a_role_that_may_make_nothing_is_told_what_to_grant(guarded):
    told = sentence(guarded.replace("postgres:@", "guarded:right@"))
    assert (
        told
        == "[store] url: guarded may not make tables and schemas in postgres: ALTER DATABASE postgres OWNER TO guarded"
    )


def test_what_a_role_is_told_to_be_granted_lets_it_begin(guarded):
    with psycopg.connect(guarded, autocommit=True) as connection:
        connection.execute("CREATE DATABASE begun")
    address = guarded.replace("postgres:@", "guarded:right@").replace("/postgres?", "/begun?")
    remedy = sentence(address).rpartition(": ")[2]
    with psycopg.connect(guarded, autocommit=True) as connection:
        connection.execute(remedy)
    open_store(address.replace("postgresql://", "postgresql+psycopg://"), b"i" * 32).close()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("secret")])
def test_what_no_database_driver_says_is_told_without_its_words(error):
    assert explain_fault(error, "sqlite:///x.db") == "the database cannot be reached or written"


def test_a_file_that_may_not_be_written_is_named():
    assert explain_fault(PermissionError(13, "no", "/state/x.db"), "sqlite:///x") == (
        "/state/x.db cannot be written by this user"
    )


def test_of_sqlite_the_file_beside_it_that_this_user_may_not_write_is_named():
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        database = Path(folder) / "gateway.db"
        for path in (database, Path(f"{database}-wal")):
            path.touch()
            path.chmod(0o666)
        Path(folder).chmod(0o755)
        Path(f"{database}-wal").chmod(0o400 if os.geteuid() else 0o600)
        user = os.geteuid()
        os.seteuid(user or 65534)
        try:
            told = explain_fault(sqlite3.OperationalError("attempt to write"), f"sqlite:///{database}")
        finally:
            os.seteuid(user)
    assert told.startswith(f"{database}-wal cannot be read and written by this user")


def test_of_sqlite_a_full_disk_is_told_as_that(tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / "gateway.db")) as connection:
        connection.execute("PRAGMA max_page_count = 1")  # for SQLite the same as a disk that is full
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("CREATE TABLE t (a)")
    assert lacks_room(caught.value)
    told = explain_fault(caught.value, f"sqlite:///{tmp_path}/gateway.db")
    assert told == f"there is no room on the disk of {tmp_path}/gateway.db"
