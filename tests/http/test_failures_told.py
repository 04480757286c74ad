"""What an operator finds in the log and the metrics when something behind the gateway is wrong."""

import json
import shutil
import subprocess
import time
from importlib.metadata import version

import pytest

from gateway.app.policy_in_force import find_in_force
from gateway.clock import now
from gateway.demo.agency import PLATE
from gateway.demo.processes import free_port
from gateway.pdp.bundle import load_policies, write_bundle
from gateway.settings import load_settings
from tests.facts.postgres import fresh_database, frozen, running
from tests.http.installation import POLICIES
from tests.http.test_vendor_faults import _FAULTS
from tests.pdp.conftest import opa_bin

__all__ = ["opa_bin"]


def told(gateway, event, **wanted):
    """The log's lines of this event that have these values."""
    found = []
    for line in gateway.log.read_text().splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("event") == event and all(entry.get(name) == value for name, value in wanted.items()):
            found.append(entry)
    return found


def await_told(gateway, event, **wanted):
    end = time.monotonic() + 60
    while not (found := told(gateway, event, **wanted)):
        assert time.monotonic() < end, gateway.log.read_text()[-3000:]
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("mount", _FAULTS)
def test_each_fault_of_a_vendor_is_a_line_with_its_reason_the_vendor_and_a_decision(world, officer, mount):
    reason = _FAULTS[mount][1]
    assert officer.lookup(mount=f"/{mount}").status >= 500
    line = await_told(world, "request_failed", reason=reason, vendor=mount)[0]
    assert world.ledger.one(event_type="outcome", decision_id=line["decision_id"])["reason"] == reason
    assert PLATE not in world.log.read_text()
    numbers = world.ask_admin("/metrics")[1].decode()
    assert f'lpr_failures_total{{reason="{reason}",vendor="{mount}"}}' in numbers
    assert f'lpr_vendor_up{{vendor="{mount}"}} 0.0' in numbers


def test_reads_left_out_of_an_answer_are_a_line_with_the_vendor_and_a_decision(world, officer):
    decision = officer.lookup(mount="/partly-undated").headers["x-lpr-decision"]
    line = await_told(world, "reads_unreadable", vendor="partly-undated")[0]
    assert (line["decision_id"], line["reason"]) == (decision, "vendor_answer_unusable")


def test_each_start_is_a_line_that_says_what_serves_by_which_policy_and_facts(world):
    lines = await_told(world, "gateway_started", version=version("lpr-gateway"), engine="embedded")
    [facts] = world.run_json("facts", "revisions")
    policy = find_in_force(load_settings(world.config, {}), now()).bundle.revision
    assert {(line["facts_revision"], line["policy_revision"]) for line in lines} == {(facts["revision"], policy)}
    assert lines[0]["listeners"] == {
        "officers": f"127.0.0.1:{world.port}",
        "operators": f"127.0.0.1:{world.admin_port}",
    }


def read_metrics(world):
    """Each by its name; empty until the workers have looked at what they tell of, which they do soon after a start."""
    lines = world.ask_admin("/metrics")[1].decode().splitlines()
    numbers = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return numbers if "lpr_facts_age_seconds" in numbers else {}


def test_metrics_tell_the_ages_of_facts_and_policy_and_that_all_is_well(world):
    numbers = world.ledger.wait(lambda: read_metrics(world))
    assert 0 < float(numbers["lpr_facts_age_seconds"]) < 86_400
    assert 0 < float(numbers["lpr_policy_age_seconds"]) < 86_400
    assert numbers['lpr_check_ok{check="store"}'] == "1.0"
    assert [value for name, value in numbers.items() if name.startswith("lpr_policy_in_force{")] == ["1.0"]


class Opa:
    """A real OPA at one address, started and ended at will, with one bundle or another."""

    def __init__(self, program, folder) -> None:
        self._program, self._folder, self._process = program, folder, None
        self.url = f"http://127.0.0.1:{free_port()}"

    def start(self, bundle) -> None:
        self.end()
        file = self._folder / "bundle.tar.gz"
        write_bundle(bundle, file)
        command = [self._program, "run", "--server", "--bundle", file, "--addr", self.url.removeprefix("http://")]
        self._process = subprocess.Popen(
            [*command, "--log-level", "error", "--skip-version-check"], stderr=subprocess.DEVNULL
        )

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def opa(opa_bin, tmp_path):
    found = Opa(opa_bin, tmp_path)
    yield found
    found.end()


def lookup_until(person, reason):
    """Search until it ends for this reason; it takes a moment until each worker has noticed."""
    end = time.monotonic() + 60
    while (reply := person.lookup()).status < 500 or reason not in reply.codes:
        assert time.monotonic() < end, reply.body
        time.sleep(0.05)


def test_an_engine_that_is_gone_or_holds_another_policy_and_a_database_that_is_gone_are_a_line_each(
    install, opa, tmp_path
):
    other = tmp_path / "other"
    shutil.copytree(POLICIES, other)
    table = other / "tables" / "usage" / "data.yaml"
    table.write_text(table.read_text().replace("confidence: ", "confidence: not ", 1))
    with running() as address:
        url = fresh_database(address).replace(":@", "@")
        gateway = install(settings=f'[engine]\nkind = "opa"\nopa_url = "{opa.url}"\n[store]\nurl = "{url}"')
        person = gateway.officer()
        opa.start(load_policies(POLICIES))
        gateway.start()
        assert person.lookup().status == 200
        opa.start(load_policies(other))
        lookup_until(person, "policy_revision_mismatch")
        assert await_told(gateway, "request_failed", reason="policy_revision_mismatch", vendor="flock")
        opa.end()
        lookup_until(person, "engine_unavailable")
        assert await_told(gateway, "request_failed", reason="engine_unavailable", vendor="flock")
        assert await_told(gateway, "not_ready", check="policy_engine")
    lookup_until(person, "store_unavailable")
    assert await_told(gateway, "request_failed", reason="store_unavailable", vendor="flock")
    assert await_told(gateway, "not_ready", check="store")
    assert gateway.get("/readyz")[0] == 503


@pytest.mark.parametrize("table", ["store", "facts"])
def test_a_database_that_lives_and_answers_nothing_is_told_and_refuses_in_seconds_until_it_answers_again(
    install, table
):
    with running() as address:
        url = fresh_database(address).replace(":@", "@")
        gateway = install(settings=f'[{table}]\nurl = "{url}"')
        person = gateway.officer()
        gateway.start()
        assert person.lookup().status == 200
        with frozen(address):
            for _ in range(3):  # with a connection that was kept, and with none
                began = time.monotonic()
                assert (person.lookup().codes, time.monotonic() - began < 20) == ([f"{table}_unavailable"], True)
            assert await_told(gateway, "request_failed", reason=f"{table}_unavailable", vendor="flock")
            assert await_told(gateway, "not_ready", check=table)
            assert gateway.ask_admin("/readyz")[0] == 503
        answered = time.monotonic() + 60
        while person.lookup().status != 200:
            assert time.monotonic() < answered


def test_a_proxy_that_the_settings_do_not_name_is_told_in_the_log_by_its_own_address_alone(install):
    gateway = install()
    gateway.start()
    person = gateway.officer()
    for hop in ("10.9.8.7", "10.9.8.8", "10.9.8.9"):
        assert person.lookup(headers={"X-Forwarded-For": hop}).status == 200
    lines = await_told(gateway, "forwarded_for_ignored")
    assert {(line["level"], line["address"]) for line in lines} == {("warning", "127.0.0.1")}
    assert "[server] trusted_proxies" in lines[0]["remedy"]
    assert "10.9.8" not in gateway.log.read_text()


def test_a_proxy_that_is_named_is_believed_without_a_word(install):
    gateway = install()
    gateway.config.write_text(
        gateway.config.read_text().replace("[server]", '[server]\ntrusted_proxies = ["127.0.0.1"]')
    )
    gateway.start()
    assert gateway.officer().lookup(headers={"X-Forwarded-For": "10.9.8.7"}).status == 200
    assert told(gateway, "forwarded_for_ignored") == []
