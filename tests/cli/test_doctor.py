"""`doctor`: everything looked at, told in one line each; exit code 1 where anything fails."""

import json
import re

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


def test_it_changes_nothing(gateway):
    gateway.run("doctor")
    before = {path: path.read_bytes() for path in gateway.state.rglob("*") if path.is_file()}
    gateway.run("doctor")
    assert {path: path.read_bytes() for path in gateway.state.rglob("*") if path.is_file()} == before
