"""A command that changes what is in force says whether the gateway that runs follows."""

import json
import os
import signal

import pytest

from gateway.app.taken_up import await_taken_up
from gateway.errors import ConfigurationError
from gateway.settings import load_settings
from tests.app.test_policy import put_in_force
from tests.http.installation import Installation, Place
from tests.lifecycle.example_reason import write_example
from tests.lifecycle.offices import ADA, BOB


@pytest.fixture
def gateway(tmp_path, vendors):
    made = Installation(tmp_path, [Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url)])
    made.import_facts()
    made.start()
    yield made
    made.end()


def stop_everything(gateway):
    return gateway.run("policy", "deactivate", "--why", "The vendor lost data.")


def test_a_stop_is_told_as_taken_up_once_the_gateway_that_runs_decides_by_it(gateway):
    stopped = stop_everything(gateway)
    assert (stopped.exit_code, "The gateway that runs has taken it up" in stopped.stderr) == (0, True)
    stop = {"revision": None, "counter": 1}  # the other worker follows within two seconds
    gateway.ledger.wait(lambda: json.loads(gateway.ask_admin("/readyz")[1])["policy"] == stop)


def test_where_no_gateway_runs_that_is_told(gateway):
    gateway.stop()
    stopped = stop_everything(gateway)
    assert (stopped.exit_code, "No gateway runs now" in stopped.stderr) == (0, True)


def test_a_gateway_that_was_started_before_its_settings_named_the_signers_is_told_not_to_follow_and_why(
    gateway, tmp_path
):
    signers = json.dumps([str(ADA.verifier), str(BOB.verifier)])
    gateway.config.write_text(f"{gateway.config.read_text()}\n[policy]\nsigners = {signers}\n")
    settings = load_settings(gateway.config, {})
    put_in_force(settings, write_example(tmp_path / "example"))
    with pytest.raises(
        ConfigurationError, match=r"(?s)has not taken it up: .*has: nobody.*is registered from the next start"
    ):
        await_taken_up(settings, 1, patience_s=5)
    told = gateway.run("policy", "history").stderr
    assert (
        "warning: the gateway that runs does not follow act 1, and decides by what was in force before any act: "
        in told
    )
    gateway.stop()
    assert "does not follow" not in gateway.run("policy", "history").stderr


def test_an_act_that_a_running_gateway_does_not_follow_ends_it_with_none_of_its_workers(gateway, tmp_path):
    person, before = gateway.officer(), set(gateway.workers())
    allowed = person.lookup()
    signers = json.dumps([str(ADA.verifier), str(BOB.verifier)])
    gateway.config.write_text(f"{gateway.config.read_text()}\n[policy]\nsigners = {signers}\n")
    put_in_force(load_settings(gateway.config, {}), write_example(tmp_path / "example"))
    os.kill(min(before), signal.SIGKILL)
    gateway.ledger.wait(lambda: len(set(gateway.workers()) - {min(before)}) == len(before), seconds=60)
    assert (allowed.status, {person.lookup().status for _ in range(12)}) == (200, {200})
    decided = gateway.ledger.where(event_type="decision")
    assert len({record["policy_revision"] for record in decided}) == 1
    os.kill(max(before), signal.SIGKILL)  # so that a worker answers that began after the act
    told = lambda: json.loads(gateway.ask_admin("/readyz")[1])["warnings"]  # noqa: E731 - asked again and again
    gateway.ledger.wait(lambda: any("of those registered has: nobody" in one for one in told()), seconds=60)


def test_where_the_gateway_that_runs_cannot_be_asked_the_command_says_so_and_does_not_end_well(gateway):
    text = gateway.config.read_text()
    gateway.config.write_text(text.replace(f"127.0.0.1:{gateway.admin_port}", "127.0.0.1:1"))
    stopped = stop_everything(gateway)
    assert stopped.exit_code == 1
    assert "act 1: from" in stopped.stdout
    assert "is not known: none answers at 127.0.0.1:1 ([admin] bind)" in stopped.stderr
