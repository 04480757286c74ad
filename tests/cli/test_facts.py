"""`facts`: imported whole or not at all, shown on record, and never a plate in the record of a look."""

import csv
import json

import pytest

from gateway.demo.agency import CASE, OFFICER, PLATE


def test_an_import_is_told_and_recorded_with_its_revision_and_rows(gateway, recorded):
    told = gateway.run_json("facts", "import", gateway.folder / "facts")
    record = recorded("facts.imported")[-1]
    assert record["facts_revision"] == told["revision"]
    assert record["rows"] == told["rows"]
    assert record["operator"]
    assert gateway.run_json("facts", "revisions")[0]["revision"] == told["revision"]


def test_a_person_is_told_the_revision_and_what_is_odd(gateway):
    result = gateway.run("facts", "import", gateway.folder / "facts")
    assert result.stdout.startswith("revision ")
    assert "warning: " in result.stderr


def test_an_import_with_a_mistake_changes_and_records_nothing(gateway, recorded):
    before = gateway.run_json("facts", "revisions")
    file = gateway.folder / "facts" / "users.csv"
    file.write_text(file.read_text().replace("true", "perhaps"))
    result = gateway.run("facts", "import", gateway.folder / "facts")
    assert result.exit_code == 2
    assert "users.csv" in result.stderr
    assert gateway.run_json("facts", "revisions") == before
    assert len(recorded("facts.imported")) == 1


def test_tables_shrink_only_by_force_and_with_a_reason_that_is_kept(gateway, recorded):
    file = gateway.folder / "facts" / "acknowledgements.csv"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:20]))
    assert gateway.run("facts", "import", gateway.folder / "facts").exit_code == 2
    gateway.run_json("facts", "import", gateway.folder / "facts", "--force", "--why", "offices closed")
    assert recorded("facts.imported")[-1]["why"] == "offices closed"
    assert gateway.run_json("facts", "revisions")[0]["why"] == "offices closed"


def test_the_reason_of_an_import_is_kept_with_the_revision_also_where_nothing_is_forced(gateway):
    gateway.run_json("facts", "import", gateway.folder / "facts", "--why", "second delivery of the day")
    assert gateway.run_json("facts", "revisions")[0]["why"] == "second delivery of the day"


@pytest.mark.parametrize(("kind", "identifier"), [("user", OFFICER), ("case", CASE)])
def test_what_is_known_of_a_person_or_case_is_shown_and_that_it_was(gateway, recorded, kind, identifier):
    assert identifier in json.dumps(gateway.run_json("facts", "show", kind, identifier))
    [record] = recorded("facts.shown")
    assert (record["kind"], record["shown_id"]) == (kind, identifier)
    assert identifier in gateway.run("facts", "show", kind, identifier).stdout


def test_of_a_user_or_case_that_looks_like_a_plate_and_is_none_only_the_looking_is_recorded(gateway, recorded):
    for kind in ("user", "case"):
        result = gateway.run("facts", "show", kind, "FNA579")
        assert (result.exit_code, "FNA579" in result.stderr) == (1, False)
    assert ["FNA579" in str(record) for record in recorded("facts.shown")] == [False, False]


def test_the_weekly_report_says_whom_was_looked_up_by_whom_and_why(gateway, recorded, tmp_path):
    gateway.run_json("facts", "show", "user", OFFICER, "--why", "asked by the person")
    gateway.run_json("facts", "show", "case", CASE)
    [person, _] = recorded("facts.shown")
    gateway.run("audit", "report", "weekly", "--out", tmp_path, "--why", "the week")
    rows = csv.DictReader((tmp_path / "weekly-changes.csv").read_text(encoding="utf-8-sig").splitlines())
    looks = [(row["By"], row["For"], row["Case"], row["Why"]) for row in rows if row["Event"] == "facts.shown"]
    assert looks == [(person["operator"], OFFICER, "", "asked by the person"), (person["operator"], "", CASE, "")]


def test_a_look_at_a_plate_is_recorded_without_the_plate(gateway, recorded):
    assert gateway.run_json("facts", "show", "plate", PLATE)
    [record] = recorded("facts.shown")
    assert record["kind"] == "plate"
    assert PLATE not in json.dumps(record)


def test_what_the_facts_do_not_hold_is_said_and_is_not_so(gateway, recorded):
    result = gateway.run("facts", "show", "user", "u99")
    assert (result.exit_code, result.stderr) == (1, "the facts hold nothing on this user\n")
    assert len(recorded("facts.shown")) == 1


@pytest.mark.parametrize("content", [None, "not a key"])
def test_a_manifest_key_that_is_none_is_a_mistake_and_nothing_is_imported(gateway, content):
    key = gateway.folder / "manifest.pem"
    if content is not None:
        key.write_text(content)
    gateway.config.write_text(f'[facts]\nmanifest_key_file = "manifest.pem"\n{gateway.config.read_text()}')
    result = gateway.run("facts", "import", gateway.folder / "facts")
    assert result.exit_code == 2
    assert "is not a readable Ed25519 public key" in result.stderr


def test_a_check_says_what_an_import_would_change_and_whom_it_concerns_and_changes_nothing(gateway):
    before = gateway.run_json("facts", "revisions")
    file = gateway.folder / "facts" / "case_members.csv"
    file.write_text(file.read_text() + f"{CASE},u16\n")
    told = gateway.run("facts", "check", gateway.folder / "facts")
    assert told.exit_code == 0
    assert "case_members.csv" in told.stdout
    assert "people concerned (1): u16" in told.stdout
    assert f"cases concerned (1): {CASE}" in told.stdout
    assert "the import would be taken. Nothing was changed." in told.stdout
    assert gateway.run_json("facts", "check", gateway.folder / "facts")["problems"] == []
    assert gateway.run_json("facts", "revisions") == before


def test_a_check_of_what_is_in_force_finds_the_very_same_rows(gateway):
    told = gateway.run("facts", "check", gateway.folder / "facts")
    assert "the facts in force hold the very same rows" in told.stdout


def test_a_check_tells_mistakes_and_what_would_shrink_too_much(gateway):
    file = gateway.folder / "facts" / "acknowledgements.csv"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:20]))
    told = gateway.run("facts", "check", gateway.folder / "facts")
    assert "--force --why is needed: acknowledgements" in told.stdout
    users = gateway.folder / "facts" / "users.csv"
    users.write_text(users.read_text().replace("true", "perhaps"))
    wrong = gateway.run("facts", "check", gateway.folder / "facts")
    assert wrong.exit_code == 1
    assert "error: users.csv" in wrong.stderr
    assert "the import would be refused" in wrong.stdout


def test_earlier_facts_are_put_in_force_again_and_that_is_on_record(gateway, recorded):
    [first] = gateway.run_json("facts", "revisions")
    file = gateway.folder / "facts" / "case_members.csv"
    file.write_text(file.read_text() + f"{CASE},u16\n")
    gateway.import_facts(gateway.folder / "facts")
    told = gateway.run("facts", "rollback", "--why", "the feed was wrong")
    assert f"the facts of {first['revision']} are in force again" in told.stdout
    [record] = recorded("facts.rolled_back")
    assert (record["restored_revision"], record["why"]) == (first["revision"], "the feed was wrong")
