"""The live policy takes up what was activated, whole, and keeps what it has where that cannot be."""

import contextlib
import json
import os
import threading
import time
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from gateway import clock
from gateway.app.audit import open_command_ledger
from gateway.app.policy import LivePolicy
from gateway.app.policy_in_force import find_in_force
from gateway.app.policy_office import open_policy_office
from gateway.app.policy_review import scheduled_act
from gateway.app.vocabulary import read_vocabulary
from gateway.cli import main
from gateway.cli.facts_queries import read_training_rule
from gateway.clock import format_instant
from gateway.errors import ConfigurationError, Refusal
from gateway.ledger.records.event import admin_record
from gateway.lifecycle.acts import activate, deactivate, roll_back
from gateway.lifecycle.statement import ACTIVATE, Statement, sign_statement
from gateway.pdp import keep_revision, load_policies
from gateway.settings import load_settings
from tests.lifecycle.offices import ADA, BOB, sealed_impact
from tests.pdp.policies import ALLOWED, AUDIT, DECISION, DENIED, TABLE, write_policy

TURNED = DECISION.replace("input.subject.active == true", "input.subject.active == false")


@pytest.fixture
def place(tmp_path):
    """Settings of an installation with a small policy, and a way to activate another."""
    write_policy(tmp_path / "policies")
    signers = json.dumps([str(ADA.verifier), str(BOB.verifier)])
    (tmp_path / "gateway.toml").write_text(f"[policy]\nsigners = {signers}\n[paths]\npolicies = 'policies'\n")
    return load_settings(tmp_path / "gateway.toml", {})


def put_in_force(settings, folder, effective=None):
    bundle = load_policies(folder)
    keep_revision(bundle, settings.paths.state)
    with open_policy_office(settings, "op") as office:
        statement = Statement(act=ACTIVATE, counter=office.next_counter(), revision=bundle.revision,
                              replaces=office.current.revision, diff_sha256="d", why="w",
                              evidence=sealed_impact(office, bundle.revision))  # fmt: skip
        signed = sign_statement(statement, BOB, sign_statement(statement, ADA))
        activate(office, signed, now=clock.now(), effective=effective)
    return bundle.revision


def test_an_import_and_a_report_go_by_the_tables_in_force_and_not_by_the_folder(place, tmp_path):
    draft = write_policy(tmp_path / "draft", tables__training__data_yaml=TABLE.replace("365", "90"))
    purposes = draft / "tables" / "purposes" / "data.yaml"
    purposes.parent.mkdir()
    purposes.write_text("fraud: {components: [OPR]}\n")
    before = read_vocabulary(place).components, read_training_rule(place).days
    put_in_force(place, draft)
    assert before == (frozenset(), 365)
    assert (read_vocabulary(place).components, read_training_rule(place).days) == (frozenset({"OPR"}), 90)


def test_the_record_is_kept_as_long_as_the_policy_in_force_says_and_not_the_folder(place, tmp_path):
    put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    (place.paths.policies / "tables/audit/data.yaml").write_text("epoch_days: {value: never}\n")
    with contextlib.closing(open_command_ledger(place)) as ledger:  # the folder alone would be refused
        ledger.record(admin_record("key.issued", operator="op"))
    put_in_force(place, write_policy(tmp_path / "short", tables__audit__data_yaml=AUDIT.replace("9", "0")))
    with pytest.raises(ConfigurationError, match="must be a whole number of days"):
        open_command_ledger(place)


def test_the_folder_decides_until_the_first_activation(place, tmp_path):
    live = LivePolicy(place, print)
    assert live.decide(ALLOWED).allow
    revision = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    live.look()
    assert (live.decide(ALLOWED).allow, live.decide(DENIED).allow) == (False, True)
    assert live.decide(DENIED).policy_revision == revision


def test_a_policy_is_taken_up_under_load_within_two_seconds_and_nothing_is_dropped_or_half_decided(place, tmp_path):
    alarms, records, seen, ended = [], [], [], threading.Event()
    live = LivePolicy(place, alarms.append)
    before = live.force.bundle.revision
    live.start(records.append)

    def ask():
        while not ended.is_set():
            decision = live.decide(ALLOWED)
            seen.append((decision.policy_revision, decision.allow))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    after = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    began = time.monotonic()
    while seen[-1][0] != after:
        assert time.monotonic() < began + 2
        time.sleep(0.01)
    ended.set()
    for thread in threads:
        thread.join()
    live.close()
    assert set(seen) == {(before, True), (after, False)}
    assert [record["policy_revision"] for record in records] == [after]
    assert alarms == []


def test_an_instant_ahead_is_waited_for(place, tmp_path, monkeypatch):
    live = LivePolicy(place, print)
    soon = clock.now().replace(year=clock.now().year + 1)
    put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED), effective=soon)
    live.look()
    assert live.decide(ALLOWED).allow
    assert live.coming is not None
    monkeypatch.setattr("gateway.app.policy.clock.now", lambda: soon)
    live.look()
    assert not live.decide(ALLOWED).allow
    assert live.coming is None


def test_a_folder_nobody_signed_counts_from_when_it_was_first_kept_and_a_restart_changes_nothing(place):
    fresh = clock.now()
    assert find_in_force(place, fresh).reviewed == fresh
    kept = keep_revision(load_policies(place.paths.policies), place.paths.state)
    os.utime(kept, (1e9, 1e9))
    keep_revision(load_policies(place.paths.policies), place.paths.state)
    assert LivePolicy(place, print).reviewed == datetime.fromtimestamp(1e9, UTC)


def test_an_activation_is_a_review_and_going_back_is_none(place, tmp_path):
    put_in_force(place, place.paths.policies)
    live = LivePolicy(place, print)
    first = live.reviewed
    revision = live.force.bundle.revision
    put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    live.look()
    assert live.reviewed > first
    with open_policy_office(place, "op") as office:
        roll_back(office, revision, ADA, "w", now=clock.now())
    live.look()
    assert (live.force.bundle.revision, live.reviewed) == (revision, first)


def test_operators_hear_of_the_act_that_comes_next(place, tmp_path):
    soon = clock.now().replace(year=clock.now().year + 1)
    revision = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED), effective=soon)
    assert scheduled_act(LivePolicy(place, print)) == {
        "counter": 1, "act": "activate", "policy_revision": revision, "effective_at": format_instant(soon)
    }  # fmt: skip


def test_a_policy_that_was_changed_after_signing_leaves_the_old_one_and_alarms_once(place, tmp_path):
    alarms, ended = [], []
    live = LivePolicy(place, alarms.append, lambda: ended.append(True))
    revision = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    kept = place.paths.state / "revisions" / revision / "lpr" / "decision.rego"
    kept.write_text(kept.read_text().replace("false", "true"))
    live.look()
    live.look()
    assert live.decide(ALLOWED).allow
    assert len(alarms) == 1
    assert "the one before it stays" in alarms[0]
    assert not ended
    kept.write_text(kept.read_text().replace("true", "false"))
    live.look()
    assert ended, "it is over once a policy is loaded"


def test_a_history_that_goes_back_leaves_what_is_in_force_and_alarms(place, tmp_path):
    alarms = []
    live = LivePolicy(place, alarms.append)
    put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    live.look()
    (place.paths.state / "policy" / "history.jsonl").unlink()
    live.look()
    assert not live.decide(ALLOWED).allow
    assert "gone back" in alarms[0]


def test_everything_stops_by_one_person_and_says_so(place):
    live = LivePolicy(place, print)
    with open_policy_office(place, "op") as office:
        deactivate(office, "Stop.", now=clock.now())
    live.look()
    with pytest.raises(Refusal, match="searches_stopped"):
        live.decide(ALLOWED)
    assert "deactivated" in live.health().note


def test_while_everything_is_stopped_the_tables_are_those_of_the_last_signed_policy_whatever_the_stop_names(
    place, tmp_path
):
    revision = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    with open_policy_office(place, "op") as office:
        deactivate(office, "Stop.", now=clock.now())
    history = place.paths.state / "policy" / "history.jsonl"
    written = history.read_text().splitlines()
    written[-1] = json.dumps(json.loads(written[-1]) | {"replaces": load_policies(place.paths.policies).revision})
    history.write_text("".join(f"{line}\n" for line in written))
    force = find_in_force(place, clock.now())
    assert (force.bundle, force.governing.revision) == (None, revision)


def test_a_running_gateway_stops_also_where_what_is_in_force_was_changed_on_the_disk(place, tmp_path):
    revision = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    live = LivePolicy(place, print)
    kept = place.paths.state / "revisions" / revision / "tables" / "training" / "data.yaml"
    kept.chmod(0o600)
    kept.write_text(TABLE.replace("365", "90"))
    with open_policy_office(place, "op", damaged=True) as office:
        deactivate(office, "It is damaged.", now=clock.now())
    live.look()
    assert live.force.bundle is None
    assert "deactivated" in live.health().note


def test_a_history_that_is_behind_the_record_does_not_start(place, tmp_path):
    put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    (place.paths.state / "policy" / "history.jsonl").unlink()
    result = CliRunner().invoke(main, ["config", "check", "--config", str(tmp_path / "gateway.toml")])
    assert result.exit_code == 2
    assert "holds 0 acts, but 1 are on record" in result.stderr


def test_a_policy_that_does_not_pass_its_check_does_not_start(place, tmp_path):
    (place.paths.policies / "lpr" / "bad.rego").write_text("package lpr.bad\n\nnow := time.now_ns()\n")
    result = CliRunner().invoke(main, ["config", "check", "--config", str(tmp_path / "gateway.toml")])
    assert result.exit_code == 2
    assert "lpr/bad.rego:3: `time.now_ns` looks outside" in result.stderr


def test_a_worker_that_begins_after_an_act_of_unknown_signers_goes_on_with_what_was_before_it(place, tmp_path):
    put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    unknown = place.model_copy(update={"policy": place.policy.model_copy(update={"signers": ()})})
    told = []
    live = LivePolicy(unknown, told.append)
    live.look()
    assert (live.force.counter, live.decide(ALLOWED).allow, len(told)) == (0, True, 1)
    with pytest.raises(ConfigurationError, match="of those registered has: nobody"):
        find_in_force(unknown, clock.now())


def test_a_worker_that_begins_after_a_forged_act_goes_on_with_the_last_that_two_signed_and_not_with_one_called_off(
    place, tmp_path
):
    put_in_force(place, write_policy(tmp_path / "later"), datetime(2090, 1, 1, tzinfo=UTC))
    signed = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    history = place.paths.state / "policy" / "history.jsonl"
    forged = json.loads(history.read_text().splitlines()[-1]) | {"counter": 3, "revision": "0" * 64}
    history.write_text(history.read_text() + json.dumps(forged) + "\n")
    live = LivePolicy(place, print)
    assert (live.force.counter, live.force.bundle.revision) == (2, signed)
