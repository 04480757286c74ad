import contextlib
import json
import os
import shutil
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from gateway.app.audit import open_command_ledger
from gateway.cli import main
from gateway.clock import now
from gateway.ledger.records.decision import Verdict, decision_record
from gateway.ledger.records.event import admin_record
from gateway.pdp import keep_revision, load_policies
from gateway.value import replace
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask, dossier
from tests.cases import all_cases
from tests.http.asking import search

POLICIES = str(Path(__file__).parents[2] / "policies")


def explained(*arguments: str) -> Any:
    result = CliRunner().invoke(main, ["policy", "explain", "--candidate", POLICIES, "--json", *arguments])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_changed_fact_is_explained_with_what_would_turn_it() -> None:
    found = explained("--set", "facts.case.status=closed")
    assert [reason["code"] for reason in found["reasons"]] == ["case_closed"]
    assert [change["path"] for change in found["turning"]] == ["facts.case.status"]


def test_of_a_table_that_is_looked_into_the_names_of_its_entries_are_told() -> None:
    arguments = ["policy", "explain", "--candidate", POLICIES, "--set", "query.purpose=other"]
    lines = CliRunner().invoke(main, arguments).stdout.splitlines()
    [told] = [line for line in lines if line.startswith("  tables.purposes = ")]
    assert told.startswith("  tables.purposes = a table of 6: civil_immigration_enforcement, criminal_investigation, ")


def test_the_usual_request_accepted_the_rules_in_force_and_who_did_not_is_told_which_version_would_turn_it(
    tmp_path,
) -> None:
    draft = tmp_path / "draft"
    shutil.copytree(POLICIES, draft)
    table = draft / "tables" / "training" / "data.yaml"
    table.write_text(table.read_text().replace('value: "1"', 'value: "2"'))
    given = ["policy", "explain", "--json", "--candidate", str(draft), "--set"]
    usual = json.loads(CliRunner().invoke(main, [*given, "facts.training.lpr.age_days=400"]).stdout)
    assert [reason["code"] for reason in usual["reasons"]] == ["training_lapsed"]
    old = json.loads(CliRunner().invoke(main, [*given, 'facts.acknowledgement.version="1"']).stdout)
    assert [(change["path"], change["becomes"]) for change in old["turning"]] == [
        ("facts.acknowledgement.version", "2")
    ]


def test_a_case_is_explained_as_it_would_be_with_another_fact_and_it_is_said_that_it_is_not_so() -> None:
    case = ["policy", "explain", "--candidate", POLICIES, "--case", "Training of exactly 365"]
    assert CliRunner().invoke(main, case).stdout.startswith("allowed")
    changed = CliRunner().invoke(main, [*case, "--set", "facts.training.lpr.age_days=400"])
    assert changed.stdout.startswith("denied")
    assert "note: this is not what was decided" in changed.stderr
    assert "the usual request" not in changed.stderr


def test_a_recorded_decision_and_a_case_are_not_explained_at_once() -> None:
    result = CliRunner().invoke(main, ["policy", "explain", "d1", "--case", "Training"])
    assert result.exit_code == 2
    assert "not both" in result.stderr


def test_a_case_is_found_by_the_beginning_of_its_name() -> None:
    assert explained("--case", "A civil case is searched back five years")["allow"] is True


def test_cases_with_the_same_beginning_are_named_to_choose_from() -> None:
    result = CliRunner().invoke(main, ["policy", "explain", "--candidate", POLICIES, "--case", "Training of"])
    first, *named = result.stderr.splitlines()
    assert first.endswith("cases begin with 'Training of'; name one of")
    assert len(named) > 1
    assert all(line.startswith("error:   Training of") for line in named)


def test_a_place_that_the_request_does_not_have_is_an_error() -> None:
    result = CliRunner().invoke(main, ["policy", "explain", "--candidate", POLICIES, "--set", "facts.nothing=1"])
    assert result.exit_code == 2
    assert "no such place: facts.nothing" in result.stderr


def test_a_place_in_what_the_request_does_not_have_is_an_error_that_says_what_to_give() -> None:
    result = CliRunner().invoke(main, ["policy", "explain", "--candidate", POLICIES, "--set", "actor.assurance.acr=x"])
    assert result.exit_code == 2
    assert "actor.assurance is null here: give all of it, as a JSON object" in result.stderr


def test_from_when_the_dates_of_the_usual_request_count_is_said_beside() -> None:
    result = CliRunner().invoke(
        main, ["policy", "explain", "--candidate", POLICIES, "--set", "facts.training.lpr.age_days=400"]
    )
    assert "is of 2026-11-22T14:00:00.000Z: dates and ages count from then, not from today" in result.stderr


def test_while_everything_is_stopped_the_policy_that_was_stopped_explains_and_it_is_said(gateway, draft, activate):
    activate(draft())
    gateway.run("policy", "deactivate", "--why", "A leak is looked into.")
    result = gateway.run("policy", "explain")
    assert (result.exit_code, "note: everything is stopped" in result.stderr) == (0, True)


def test_an_expired_policy_is_noted_beside_what_it_explains(gateway):
    before = (now() - timedelta(days=370)).timestamp()
    os.utime(keep_revision(load_policies(Path(POLICIES)), gateway.state), (before, before))
    result = gateway.run("policy", "explain")
    assert result.stdout.startswith("allowed")
    assert "note: the policy expired: nobody has reviewed it for 370 days, and every search is denied" in result.stderr


def test_a_decision_is_explained_also_after_the_record_was_searched_for_it(gateway):
    gateway.start()
    try:
        denied = gateway.officer().lookup(plate="ZZZ999").document["decision_id"]
    finally:
        gateway.end()
    gateway.run_json("audit", "search", "--event", "decision", "--decision", denied, "--why", "to see")
    explained = gateway.run_json("policy", "explain", denied)
    assert explained["allow"] is False
    record = gateway.ledger.one(event_type="decision", decision_id=denied)
    assert explained["recorded"] == {name: record[name] for name in ("ts", "decision", "disclosed_reasons")}
    first = gateway.run("policy", "explain", denied).stdout.splitlines()[0]
    told = ", ".join(record["disclosed_reasons"])
    assert first == f"on record at {record['ts']}: deny, and the officer was told {told}"
    assert explained["reasons"]


def test_a_refusal_of_an_unknown_key_and_a_search_without_an_answer_are_explained_by_what_is_on_record(gateway):
    gateway.config.write_text(gateway.config.read_text().replace("timeout_s = 10", "timeout_s = 1"))
    gateway.start()
    try:
        officer = gateway.officer()
        failed = officer.lookup().document["decision_id"]
        refused = replace(officer, key="of nobody").lookup().document["decision_id"]
        gateway.ledger.one(event_type="refusal", decision_id=refused)
    finally:
        gateway.end()
    by_nobody = gateway.run("policy", "explain", refused).stdout
    assert "the officer was told credential_invalid" in by_nobody
    assert "refused by the gateway itself, and no policy was asked (status 401" in by_nobody
    [reason] = gateway.run_json("policy", "explain", refused)["refused_by_gateway"]["deny_reasons"]
    assert reason["code"] == "credential_invalid"
    assert reason["fix"].startswith("Check the key")
    assert "vendor_late" in gateway.run("policy", "explain", failed).stdout.splitlines()[-1]
    explained = gateway.run_json("policy", "explain", failed)
    assert explained["allow"] is True
    assert [(one["outcome"], one["reason"]) for one in explained["outcomes"]] == [("failed", "vendor_late")]
    assert "there is nothing to replay" in gateway.run("policy", "explain", refused, "--candidate", POLICIES).stderr


def test_of_a_record_that_was_changed_nothing_is_told_but_that(gateway):
    gateway.start()
    try:
        denied = gateway.officer().lookup(plate="ZZZ999").document["decision_id"]
        gateway.ledger.one(event_type="decision", decision_id=denied)
    finally:
        gateway.end()
    wanted = denied.encode()
    [path] = [one for one in (gateway.state / "audit").glob("*/*.jsonl") if wanted in one.read_bytes()]
    path.write_bytes(path.read_bytes().replace(b'"officer"', b'"0fficer"'))
    result = gateway.run("policy", "explain", denied)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "was changed after it was written, so nothing is told by it: run `audit verify`" in result.stderr


def test_a_recorded_question_is_explained_as_one_that_was_only_asked(gateway):
    gateway.start()
    try:
        described = {"mount": "flock", "method": "POST", "path": "/api/v3/reads/lookup", "body": search()}
        gateway.officer().ask("POST", "/gateway/explain", body=described)
        gateway.officer().lookup()
    finally:
        gateway.end()
    found = gateway.run_json("audit", "search", "--event", "decision", "--why", "to see")
    searched, asked = (record["decision_id"] for record in found)  # the newest first
    assert ", only asked: " in gateway.run("policy", "explain", asked).stdout.splitlines()[1]
    assert gateway.run_json("policy", "explain", asked)["explain"] is True
    assert "only asked" not in gateway.run("policy", "explain", searched).stdout


def test_an_emergency_that_a_late_review_stopped_is_explained_with_the_emergency_and_when_it_was_due(tmp_path):
    installed = Installation(tmp_path).set_up()
    [late] = [case for case in all_cases() if case.name.startswith("With a review overdue")]
    refused = replace(dossier(Ask(denied=("review_overdue",)), 1, datetime.now(UTC)), decision_id=str(uuid.uuid4()))
    with contextlib.closing(open_command_ledger(installed.settings)) as ledger:
        told = {"decision_id": "d-earlier", "user_id": "u01", "due_at": "2026-01-02T08:00:00.000Z"}
        ledger.record(admin_record("emergency.opened", **told))
        verdict = Verdict(decision="deny", reasons=("review_overdue",), status=403)
        ledger.record(*decision_record(replace(refused, input_text=late.input_text), verdict))
    given = ("policy", "explain", refused.decision_id, "--candidate", POLICIES)
    assert (
        "late then: the review of emergency search d-earlier, due at 2026-01-02T08:00:00.000Z"
        in installed.run(*given).stdout
    )
    assert installed.json(*given)["late_reviews"] == [
        {"decision_id": "d-earlier", "due_at": "2026-01-02T08:00:00.000Z"}
    ]
