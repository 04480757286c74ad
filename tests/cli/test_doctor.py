"""`doctor`: everything looked at, told in one line each; exit code 1 where anything fails."""

import json
import re
import sqlite3
from contextlib import closing

import pytest

from tests.http.installation import Installation, Place
from tests.http.vendors import Emulated, emulate


@pytest.fixture(scope="module")
def flock(tmp_path_factory):
    with emulate(tmp_path_factory.mktemp("vendor"), [Emulated(name="flock", profile="flock")]) as running:
        yield running["flock"].url


@pytest.fixture
def gateway(tmp_path, flock):
    """One whose vendor can be logged in at."""
    made = Installation(tmp_path, [Place(profile="flock", at="/flock", upstream=flock)])
    made.import_facts()
    return made


def test_everything_that_is_looked_at_is_told_and_what_runs_well_exits_well(gateway):
    result = gateway.run("doctor")
    lines = [re.match(r" *(ok|warning|failure)  ([^:]+): .+", line) for line in result.stdout.splitlines()]
    assert all(lines)
    topics = {line[2] for line in lines}
    assert {"configuration", "state", "policy engine", "facts", "vendor flock", "clock", "ledger"} <= topics
    assert "failure" not in {line[1] for line in lines if line[2] != "ledger"}


def test_what_fails_is_told_and_exits_with_1(gateway):
    gateway.config.write_text(
        re.sub(r'upstream = "[^"]+"', 'upstream = "http://127.0.0.1:1"', gateway.config.read_text())
    )
    result = gateway.run("doctor")
    assert result.exit_code == 1
    assert "failure  vendor flock: 127.0.0.1 cannot be reached: nobody listens at that port" in result.stdout


def test_json_says_the_same(gateway):
    result = gateway.run("doctor", "--json")
    told = json.loads(result.stdout)
    assert told["ok"] is (result.exit_code == 0)
    assert {"topic", "state", "sentence"} == set(told["symptoms"][0])


def kept(gateway):
    """Every file below the state and what it holds, but for those by which SQLite shares a file that is open."""
    files = (path for path in gateway.state.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm")))
    return {path: path.read_bytes() for path in files}


def test_it_changes_nothing(gateway):
    before = kept(gateway)
    gateway.run("doctor")
    assert kept(gateway) == before
    gateway.person("u01")
    (gateway.state / "secrets" / "tokens").unlink()
    before = kept(gateway)
    gateway.run("doctor")
    assert kept(gateway) == before


def test_a_store_of_an_earlier_version_is_told_and_not_brought_up_to_date(gateway):
    gateway.person("u01")
    with closing(sqlite3.connect(gateway.state / "gateway.db", isolation_level=None)) as store:
        store.execute("UPDATE alembic_version SET version_num = '0004'")
        told = "warning  store: its tables are of an earlier version (0004; this one's: "
        assert told in gateway.run("doctor").stdout
        assert store.execute("SELECT version_num FROM alembic_version").fetchall() == [("0004",)]
