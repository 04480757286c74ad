"""Where a change begins, and what is said of a draft that takes an earlier one back."""

import re
import tarfile

import pytest

from gateway.app import recorded_changes
from gateway.pdp import load_policies
from gateway.pdp.check import check_policies
from gateway.settings import load_settings
from tests.http.installation import POLICIES
from tests.lifecycle.example_reason import ROOT, write_example


@pytest.fixture
def changed_twice(gateway, draft, activate):
    """Two acts: one changed how long a training counts, the other a rule; the revisions, and the folder before both."""
    before = gateway.folder / "policies"
    first = activate(draft("one", 500))
    folder = draft("two", 500)
    (folder / "lpr/more.rego").write_text("package lpr.more\n\nx := 1\n")
    return first, activate(folder), before


def test_a_draft_is_what_is_in_force_and_not_the_folder(gateway, changed_twice, tmp_path):
    _, second, _ = changed_twice
    told = gateway.run("policy", "draft", tmp_path / "next")
    assert told.stdout.splitlines()[0] == f"{tmp_path}/next: policy {second[:12]}, in force by act 2"
    assert load_policies(tmp_path / "next").revision == second
    assert (tmp_path / "next" / "oversight").is_dir()
    again = gateway.run("policy", "draft", tmp_path / "next")
    assert (again.exit_code, "is there already: name a new folder" in again.stderr) == (2, True)


def test_a_draft_can_begin_from_an_earlier_policy(gateway, changed_twice, tmp_path):
    first, _, _ = changed_twice
    begun = gateway.run_json("policy", "draft", tmp_path / "next", "--from", first[:12])
    assert begun["revision"] == load_policies(tmp_path / "next").revision == first


def test_while_everything_is_stopped_a_draft_begins_from_what_was_stopped_and_is_held_against_it(
    gateway, changed_twice, tmp_path
):
    _, second, _ = changed_twice
    gateway.run("policy", "deactivate", "--why", "The law was misread.")
    gateway.run("policy", "deactivate", "--why", "Once more, to be sure.")
    next_draft = tmp_path / "next"
    begun = gateway.run("policy", "draft", next_draft).stdout.splitlines()[0]
    assert begun == f"{next_draft}: policy {second[:12]}, which act 4 stopped"
    compared = gateway.run("policy", "diff", next_draft)
    assert (compared.exit_code, "no table and no rule differs" in compared.stdout) == (0, True)
    assert f"note: everything is stopped: compared with policy {second[:12]}, which was stopped" in compared.stderr
    assert gateway.run_json("policy", "impact", "--candidate", next_draft)["current"] == second


def test_a_stop_alone_has_nobody_accept_the_rules_of_behavior_again(gateway):
    gateway.run("policy", "draft", gateway.folder / "same")
    gateway.run("policy", "deactivate", "--why", "A leak is looked into.")
    for command in ("diff", "check"):
        assert "rules of behavior" not in gateway.run("policy", command, gateway.folder / "same").stderr


def test_where_what_is_in_force_was_changed_a_check_says_that_nothing_was_held_against_it(gateway, draft, activate):
    force = activate(draft("one", 500))
    begun = gateway.folder / "begun"
    gateway.run("policy", "draft", begun)
    kept = load_settings(gateway.config, {}).paths.state / "revisions" / force
    table = kept / "tables" / "training" / "data.yaml"
    table.write_text(table.read_text().replace("500", "501"))
    for folder in ((begun,), ()):
        told = " ".join(gateway.run("policy", "check", *folder).stderr.split())
        assert "note: not held against what is in force or was: " in told
        assert f"has been changed: {kept}" in told


def test_a_draft_begun_before_one_that_waits_is_told_of_it(gateway, draft, activate, tmp_path):
    waiting = activate(draft("one", 500), "--effective", "2090-01-01T00:00:00Z")
    told = gateway.run("policy", "draft", tmp_path / "next").stderr
    assert f"note: act 1 puts policy {waiting[:12]} in force at 2090-01-01T00:00:00.000Z" in told


def test_a_draft_that_would_undo_an_act_that_is_still_to_come_is_told_so(gateway, draft, activate):
    waiting = activate(draft("one", 500), "--effective", "2090-01-01T00:00:00Z")
    gateway.run("policy", "draft", gateway.folder / "now")
    begun = gateway.run("policy", "draft", gateway.folder / "then", "--from", waiting[:12])
    assert begun.exit_code == 0, begun.stderr
    for command in ("check", "diff"):
        told = gateway.run("policy", command, gateway.folder / "now").stderr
        assert "note: this takes back what act 1 changed: " in told
        assert "; that act is to come (2090-01-01T00:00:00.000Z): where this is not meant" in told
        assert f"`policy draft DIR --from {waiting[:12]}`" in told
        assert "takes back" not in gateway.run("policy", command, gateway.folder / "then").stderr


def test_a_draft_elsewhere_is_told_where_the_sentences_of_the_installation_lie(gateway, draft):
    there = gateway.folder / "elsewhere" / "next"
    told = gateway.run("policy", "draft", there).stdout
    assert "cases:     none lie beside it; those of this installation are tried with --cases " in told
    assert told.rstrip().endswith("tests/cases")
    elsewhere = draft("elsewhere/small")
    for command, begins in (("check", "not checked"), ("test", "not tested")):
        told = gateway.run("policy", command, elsewhere)
        assert f"{begins}: decisions in plain sentences: there is no folder" in told.stderr
        assert f"those of this installation are tried with --cases {ROOT / 'tests' / 'cases'}" in told.stderr
    assert ", no cases on " in told.stdout  # a nought among numbers would be overlooked


def test_a_folder_of_sentences_that_is_empty_is_not_told_as_missing(gateway, draft, tmp_path):
    (tmp_path / "none").mkdir()
    told = gateway.run("policy", "test", draft(), "--cases", tmp_path / "none").stderr
    assert f"not tested: decisions in plain sentences: the folder {tmp_path}/none holds none" in told


@pytest.mark.parametrize("command", ["check", "diff"])
def test_who_declares_a_reason_of_his_own_is_asked_what_it_is_about(gateway, tmp_path, command):
    policies = write_example(tmp_path)
    table = policies / "tables" / "reasons" / "data.yaml"
    asked = "tables/reasons/data.yaml has no `about` for `case_of_another_office`: until it says what such a reason is about"
    assert asked not in gateway.run("policy", command, policies).stderr
    table.write_text(table.read_text().replace("  about: case\n", ""))
    assert f"note: {asked}" in gateway.run("policy", command, policies).stderr


def test_another_remedy_in_a_rule_than_its_codes_is_noted_and_is_no_mistake(gateway):
    gateway.run("policy", "draft", gateway.folder / "changed")
    rules = gateway.folder / "changed" / "lpr" / "training" / "training.rego"
    rules.write_text(rules.read_text().replace("Repeat the LPR training course.", "Ask your training desk."))
    told = gateway.run("policy", "diff", gateway.folder / "changed").stderr
    assert "note: lpr/training/training.rego:" in told
    assert "officers are not told this `fix`, but the remedy of `training_lapsed`" in told
    assert check_policies(gateway.folder / "changed", None).findings == ()


@pytest.mark.parametrize("command", ["check", "diff"])
def test_a_draft_begun_from_an_older_folder_is_told_which_act_it_takes_back(gateway, draft, changed_twice, command):
    second = changed_twice[1]
    stale = draft("stale", 500)  # as act 1 left it: without the rule that act 2 added
    told = gateway.run("policy", command, stale).stderr
    assert "note: this takes back what act 2 changed: lpr/more.rego; where that is not meant, begin" in told
    assert "act 1" not in told
    gateway.run("policy", "draft", gateway.folder / "fresh", "--from", second[:12])
    assert "this takes back" not in gateway.run("policy", command, gateway.folder / "fresh").stderr


@pytest.mark.parametrize("command", ["check", "diff"])
def test_a_number_that_was_changed_twice_since_is_told_as_taken_back_of_both_acts(gateway, draft, activate, command):
    activate(draft("one", 300))
    gateway.run("policy", "deactivate", "--why", "The law was misread.")
    activate(draft("two", 200))  # in place of nothing, by its signatures
    told = gateway.run("policy", command, draft("one-of-old", 300)).stderr
    place = "tables/training.max_age_days.value"
    assert f"note: this takes back what act 3 changed: {place}; where that is not meant" in told
    activate(draft("three", 100))
    told = gateway.run("policy", command, draft("stale", 300)).stderr
    assert f"note: this takes back what acts 3 and 4 changed: {place}; where that is not meant" in told


def test_who_signs_reads_first_what_changes_and_what_is_taken_back(gateway, activate, keys, tmp_path):
    for days in (300, 200):
        gateway.run("policy", "draft", gateway.folder / f"of-{days}")
        training = gateway.folder / f"of-{days}" / "tables" / "training" / "data.yaml"
        training.write_text(re.sub("value: [0-9]+", f"value: {days}", training.read_text(), count=1))
        activate(gateway.folder / f"of-{days}")
    cases = tmp_path / "cases"
    cases.mkdir()
    for name in ("_base.yaml", "case.yaml"):
        (cases / name).write_text((ROOT / "tests" / "cases" / name).read_text())
    stale = ("policy", "sign", POLICIES, "--key", keys[0], "--cases", cases)
    told = gateway.run(*stale).stderr  # and is refused, for nothing says why
    place = "tables/training.max_age_days.value"
    assert f"note: this is signed to change\n  {place}: 200 -> 365\n" in told
    assert f"note: this takes back what acts 1 and 2 changed: {place}; where that is not meant" in told


def test_of_acts_that_are_too_many_it_is_told_which_were_not_looked_at(gateway, draft, activate, monkeypatch):
    monkeypatch.setattr(recorded_changes, "MOST_ACTS", 2)
    for name, days in (("one", 300), ("two", 200), ("three", 100)):
        activate(draft(name, days))
    told = gateway.run("policy", "diff", draft("stale", 300)).stderr
    assert "note: this takes back what acts 2 and 3 changed: tables/training.max_age_days.value" in told
    only = "note: only the last 2 acts were looked at: what this takes back of those before act 2 is not told"
    assert only in told
    assert only not in gateway.run("policy", "diff", gateway.folder / "three").stderr


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1", "the text of version 1 of the rules of behavior is another one, so everybody must accept it"),
        ("2", "version 2 of the rules of behavior counts from the activation on: everybody must accept it"),
    ],
)
@pytest.mark.parametrize("command", ["diff", "impact"])
def test_a_draft_for_which_everybody_must_accept_the_rules_again_says_so(gateway, command, version, told):
    before, changed = gateway.folder / "same", gateway.folder / "changed"
    for folder in (before, changed):
        gateway.run("policy", "draft", folder)
    texts, training = (changed / "tables" / topic / "data.yaml" for topic in ("documents", "training"))
    texts.write_text(texts.read_text().replace('"1":', f'"{version}":').replace("curiosity", "idle curiosity"))
    training.write_text(training.read_text().replace('value: "1"', f'value: "{version}"'))
    given = ("--candidate",) if command == "impact" else ()
    assert f"note: {told}" in gateway.run("policy", command, *given, changed).stderr
    assert "rules of behavior" not in gateway.run("policy", command, *given, before).stderr


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1", "accept them anew before the next search, and no number here shows that"),
        ("2", "the searches of 0 persons are denied here for that (`rules_not_accepted`), as each would be until then"),
    ],
)
def test_an_impact_says_in_every_form_how_it_is_to_be_read_where_the_rules_must_be_accepted_again(
    gateway, version, told
):
    changed, page = gateway.folder / "changed", gateway.folder / "impact.html"
    gateway.run("policy", "draft", changed)
    assert gateway.run_json("policy", "impact", "--candidate", changed)["acceptance"] is None
    texts, training = (changed / "tables" / topic / "data.yaml" for topic in ("documents", "training"))
    texts.write_text(texts.read_text().replace('"1":', f'"{version}":').replace("curiosity", "idle curiosity"))
    training.write_text(training.read_text().replace('value: "1"', f'value: "{version}"'))
    assert told in gateway.run("policy", "impact", "--candidate", changed, "--html", page).stdout
    assert told.split("(`")[0] in page.read_text()
    assert told in gateway.run_json("policy", "impact", "--candidate", changed)["acceptance"]


def test_a_draft_by_which_acceptances_become_too_old_says_so(gateway):
    changed = gateway.folder / "changed"
    gateway.run("policy", "draft", changed)
    texts = changed / "tables" / "documents" / "data.yaml"
    texts.write_text(texts.read_text().replace("from: 2018-01-01", "from: 2026-01-01"))
    told = gateway.run("policy", "diff", changed).stderr
    assert "note: version 1 of the rules of behavior counts from 2026-01-01 on: whoever accepted it before" in told


@pytest.mark.parametrize(("days", "told"), [("400", True), ("1095", False), ("2000", False)])
def test_a_draft_by_which_records_are_deleted_that_are_kept_now_says_so(gateway, days, told):
    folder = gateway.folder / "shorter"
    gateway.run("policy", "draft", folder)
    table = folder / "tables" / "audit" / "data.yaml"
    table.write_text(table.read_text().replace("value: 1095", f"value: {days}"))
    note = (
        f"note: records older than {days} days are deleted from the gateway's next start on, until now 1095 were kept"
    )
    assert (note in gateway.run("policy", "check", folder).stderr) == told


@pytest.mark.parametrize(("hours", "told"), [("12", False), ("26.5", True)])
def test_a_draft_by_which_facts_may_be_older_than_the_settings_let_them_be_says_so(gateway, hours, told):
    folder = gateway.folder / "older"
    gateway.run("policy", "draft", folder)
    table = folder / "tables" / "policy" / "data.yaml"
    table.write_text(table.read_text().replace("value: 26", f"value: {hours}"))
    note = f"note: facts older than 26 hours are refused as before, by `[facts] max_age_hours`: for {hours} hours have"
    assert (note in gateway.run("policy", "diff", folder).stderr) == told


def test_which_folder_is_checked_is_told_where_none_is_named(gateway, changed_twice):
    second = changed_twice[1]
    told = gateway.run("policy", "check").stderr
    assert "which is not what is in force: that is policy " + second[:12] + ", by act 2" in told
    assert "note: this is about" not in gateway.run("policy", "check", gateway.folder / "two").stderr


def test_a_bundle_is_built_of_what_is_in_force_where_no_folder_is_named(gateway, changed_twice, tmp_path):
    told = gateway.run("policy", "build", "--out", tmp_path / "bundle.tar.gz").stdout
    assert told.splitlines()[0] == f"revision {changed_twice[1]}, in force by act 2"
    with tarfile.open(tmp_path / "bundle.tar.gz") as bundle:
        assert "lpr/more.rego" in bundle.getnames()


@pytest.mark.parametrize("place", ["new", "oversight/new", "lpr/../new"])
def test_no_draft_is_written_into_the_folder_that_is_followed(gateway, place):
    followed = load_settings(gateway.config, {}).paths.policies
    refused = gateway.run("policy", "draft", followed / place)
    assert (refused.exit_code, "whose rules a draft must not join: name a folder beside it" in refused.stderr) == (
        2,
        True,
    )
    assert not (followed / "new").exists()


@pytest.mark.parametrize("program", ["/bin/true", "/bin/false"])
def test_what_is_no_opa_is_told_as_that(gateway, monkeypatch, program):
    monkeypatch.setenv("OPA_BIN", program)
    told = gateway.run("policy", "check", POLICIES)
    assert (told.exit_code, f"{program} is no OPA that can be used" in told.stderr) == (2, True)
