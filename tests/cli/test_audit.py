import contextlib
import json
import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from gateway.app.audit import open_command_ledger
from gateway.cli import main
from gateway.durable import RealDisk
from gateway.ledger.compression import compress_closed
from gateway.ledger.encryption import keygen
from gateway.ledger.records.event import admin_record, refusal_record
from gateway.ledger.verification.verify import verify
from gateway.settings import load_settings
from tests.auditing.installation import POLICIES, Installation
from tests.auditing.ledgers import START, Ask, LedgerInMaking, begin_segments
from tests.facts.postgres import fresh_database

WHY = ("--why", "inquiry 12")


@pytest.fixture
def installed(tmp_path):
    return Installation(tmp_path).set_up()


def test_search_finds_by_person_case_and_plate_and_records_who_and_why(installed):
    installed.search(Ask(), Ask(person="u02", plate="KLM482", denied=("target_not_subject",)))
    for given in (
        ("--person", "u02"),
        ("--plate", "klm-482"),
        ("--verdict", "deny"),
        ("--reason", "target_not_subject"),
    ):
        [record] = installed.json("audit", "search", *given, *WHY)
        assert record["user_id"] == "u02"
    reads = installed.recorded("audit.read")
    assert [read["filter"].get("plates") for read in reads] == [None, True, None, None]
    assert {(read["what"], read["why"]) for read in reads} == {("search", "inquiry 12")}
    assert all(read["reader"] for read in reads)


def test_what_others_did_about_a_person_is_found_with_the_role_of_each_and_goes_into_evidence(installed, tmp_path):
    [decision_id] = installed.search(Ask())
    with contextlib.closing(open_command_ledger(installed.settings)) as ledger:
        told = {"user_id": "u07", "about": decision_id, "searched_by": "u01", "outcome": "not_justified"}
        ledger.record(admin_record("emergency.reviewed", **told))
    for given in (("--person", "u01"), ("--case", "25-001234"), ("--decision", decision_id)):
        printed = installed.run("audit", "search", *given, *WHY).stdout
        assert any({"emergency.reviewed", "u07", "u01"} <= set(line.split()) for line in printed.splitlines()), given
    installed.run("audit", "evidence", "--person", "u01", "--out", tmp_path / "e", *WHY)
    page = tmp_path / "page.html"
    CliRunner().invoke(main, ["audit", "check-package", str(tmp_path / "e"), "--page", str(page)])
    assert "<td>searched: u01</td>" in page.read_text()


def test_no_plate_that_is_asked_for_lies_open_anywhere(installed):
    installed.search(Ask(plate="QRS771"))
    installed.json("audit", "search", "--plate", "QRS771", *WHY)
    written = [path for path in installed.settings.paths.state.rglob("*") if path.is_file()]
    assert not [path for path in written if b"QRS771" in path.read_bytes()]


@pytest.mark.parametrize(("plate", "why"), [("QRS771", "complaint about qrs 771"), ("BIGCAR", "who saw big-car?")])
def test_a_reason_that_names_the_plate_is_refused(installed, plate, why):
    installed.search(Ask(plate="QRS771"))
    result = installed.invoke("audit", "search", "--plate", plate, "--why", why)
    assert result.exit_code == 2
    assert "in clear" in result.output
    assert plate not in result.output
    assert installed.recorded("audit.read") == []


@pytest.mark.parametrize("typed", ["FNA5*", "fna-5**", "f na5*"])
def test_a_search_by_part_of_a_plate_is_found_by_that_part_and_by_no_other(installed, typed):
    installed.search(Ask(person="u02", plate="FNA5*"), Ask(plate="FNA579"), Ask(plate="FNA*"))
    records = installed.json("audit", "search", "--plate", typed, *WHY)
    assert {(record["event_type"], record["user_id"]) for record in records} == {
        ("decision", "u02"),
        ("outcome", "u02"),
    }
    assert installed.recorded("audit.read")[-1]["filter"] == {"plates": True, "part": True, "limit": 100}
    [whole] = installed.json("audit", "search", "--plate", "FNA579", "--event", "decision", *WHY)
    assert whole["user_id"] == "u01"


def test_a_part_of_a_plate_that_is_asked_for_at_the_prompt_is_found_too(installed):
    installed.search(Ask(plate="FNA5*"))
    result = installed.invoke("audit", "search", "--plate", "-", *WHY, "--json", answer="fna5*\n")
    assert len(json.loads(result.stdout)) == 2


def test_a_part_of_a_plate_is_opened_reported_and_given_as_evidence_like_a_plate(installed, tmp_path):
    installed.search(Ask(plate="FNA5*"), Ask(plate="FNA579"))
    asked = ("--plate", "FNA5*", "--key", installed.key, *WHY)
    [opened] = installed.json("audit", "open", *asked)
    assert opened["opened"]["plate"] == "FNA5*"
    installed.run("audit", "report", "plate", *asked, "--out", tmp_path / "report")
    page = (tmp_path / "report" / "plate.html").read_text()
    assert "searches by one part of a license plate" in page
    assert "not here" in page
    assert "is on record under that part" not in page
    assert "FNA579" not in page
    assert installed.json("audit", "evidence", *asked, "--out", tmp_path / "evidence")["records"] == 2


def test_who_finds_no_plate_is_told_how_a_search_by_part_of_it_is_found(installed):
    installed.search(Ask(plate="FNA5*"))
    result = installed.invoke("audit", "search", "--plate", "FNA5", *WHY)
    assert result.exit_code == 2
    assert "a search by part of a plate is found by that part as it was asked, with its *" in result.stderr
    assert "FNA5" not in result.stderr


@pytest.mark.parametrize("plate", ["*", " * ", "FNA5%"])
def test_what_is_neither_a_plate_nor_a_part_of_one_is_refused(installed, plate):
    result = installed.invoke("audit", "search", "--plate", plate, *WHY)
    assert result.exit_code == 2
    assert "a plate has letters, digits, spaces and hyphens only, and * for what is not known of it" in result.stderr


def test_a_character_of_a_plate_that_nobody_sees_is_named_and_the_plate_is_not(installed):
    result = installed.invoke("audit", "search", "--plate", "FNA\u200b579", *WHY)
    assert "character 4 (ZERO WIDTH SPACE, U+200B) cannot be seen" in result.stderr
    assert "FNA" not in result.stderr


@pytest.mark.parametrize("command", ["search", "open", "export", "report", "evidence"])
def test_what_shows_personal_content_asks_why(installed, command):
    result = installed.invoke("audit", command)
    assert result.exit_code == 2


def test_open_shows_what_is_sealed_and_records_each_opening(installed):
    installed.search(Ask(plate="QRS771"), Ask(person="u02"))
    [record] = installed.json("audit", "open", "--person", "u01", "--key", installed.key, *WHY)
    assert record["opened"]["plate"] == "QRS771"
    assert record["opened"]["reason_text"] == "seen near the warehouse"
    [opening] = installed.recorded("audit.opened")
    assert opening["filter"]["event_ids"] == [record["event_id"]]
    assert "QRS771" in installed.run("audit", "open", "--person", "u01", "--key", installed.key, *WHY).stdout


def test_several_keys_are_all_tried_as_after_an_auditors_key_was_changed(installed, tmp_path):
    installed.search(Ask(plate="QRS771"))
    other = tmp_path / "other.key"
    other.write_text(f"{keygen().private}\n")
    given = ("--key", other, "--key", installed.key), ("--key", installed.key, "--key", other)
    both = tmp_path / "both.key"
    both.write_text(other.read_text() + installed.key.read_text())
    for keys in (*given, ("--key", both)):
        [record] = installed.json("audit", "open", "--person", "u01", *keys, *WHY)
        assert record["opened"]["plate"]


def test_where_nothing_is_sealed_in_the_records_that_is_told(installed):
    installed.run("audit", "search", "--event", "audit.read", *WHY)
    told = installed.invoke("audit", "open", "--event", "audit.read", "--key", installed.key, *WHY)
    assert (told.exit_code, "note: nothing is sealed in these records" in told.stderr) == (0, True)


def test_open_with_another_key_shows_nothing_and_says_it_is_not_so(installed, tmp_path):
    installed.search(Ask(plate="QRS771"))
    assert CliRunner().invoke(main, ["audit", "keygen", "--out", str(tmp_path / "other.key")]).exit_code == 0
    result = installed.invoke("audit", "open", "--key", tmp_path / "other.key", *WHY)
    assert result.exit_code == 1
    assert "QRS771" not in result.output


def test_keygen_keeps_the_private_key_in_a_private_file_and_prints_only_the_public_one(tmp_path):
    result = CliRunner().invoke(main, ["audit", "keygen", "--out", str(tmp_path / "a.key"), "--json"])
    public = json.loads(result.stdout)["public"]
    text = (tmp_path / "a.key").read_text()
    assert public in text
    assert "AGE-SECRET-KEY-1" in text
    assert "AGE-SECRET-KEY-1" not in result.output
    assert (tmp_path / "a.key").stat().st_mode & 0o077 == 0
    assert CliRunner().invoke(main, ["audit", "keygen", "--out", str(tmp_path / "a.key")]).exit_code == 2


def test_a_second_auditor_is_told_to_add_a_key_to_the_list_and_not_to_replace_it(installed, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.delenv("LPR_GATEWAY_CONFIG", raising=False)
    alone = CliRunner().invoke(main, ["audit", "keygen", "--out", str(tmp_path / "a.key")])
    added = alone.stdout.split()[-1]
    assert f'recipients = [ …, "{added}"]' in alone.stderr
    assert "keep the keys that stand there" in alone.stderr
    monkeypatch.setenv("LPR_GATEWAY_CONFIG", str(installed.config))
    beside = CliRunner().invoke(main, ["audit", "keygen", "--out", str(tmp_path / "b.key")])
    assert f'[audit] recipients = ["{installed.pair.public}", "{beside.stdout.split()[-1]}"]' in beside.stderr


def test_verify_needs_no_settings_for_a_folder_and_says_what_is_broken(installed):
    installed.search()
    directory = installed.settings.audit.directory
    good = CliRunner().invoke(main, ["audit", "verify", str(directory), "--json"])
    assert good.exit_code == 0
    assert json.loads(good.stdout)["break"] is None
    segment = directory / "cli" / f"{1:016d}.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b"u01", b"u02", 1))
    bad = CliRunner().invoke(main, ["audit", "verify", str(directory), "--json"])
    assert bad.exit_code == 1
    told = json.loads(bad.stdout)
    assert told["ok"] is False
    assert told["break"].startswith(f"cli/{1:016d}.jsonl:")
    assert installed.invoke("audit", "verify").exit_code == 1
    assert "BREAK" in installed.invoke("audit", "verify").stdout


def test_verify_writes_nothing(installed):
    installed.search()
    before = sorted((path, path.stat().st_size) for path in installed.settings.audit.directory.rglob("*"))
    installed.run("audit", "verify")
    assert sorted((path, path.stat().st_size) for path in installed.settings.audit.directory.rglob("*")) == before


def test_an_export_verifies_by_itself_and_a_copy_as_a_ledger(installed, tmp_path):
    installed.search(Ask(), Ask())
    installed.json("audit", "export", "--out", tmp_path / "parquet", *WHY)
    installed.json("audit", "export", "--copy", "--out", tmp_path / "copy", *WHY)
    for arguments in (["--from-export", str(tmp_path / "parquet")], [str(tmp_path / "copy")]):
        result = CliRunner().invoke(main, ["audit", "verify", *arguments, "--json"])
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["records"] > 4


@pytest.mark.parametrize("command", [["search"], ["hold", "--case", "25-001234"], ["export", "--out", "given"]])
def test_where_other_gateways_work_with_the_store_what_is_asked_of_one_is_said_to_be_of_its_record_alone(
    installed, postgres, tmp_path, command
):
    told = "note: this is of this gateway's record alone; every other one on its store has a record of its own"
    given = [str(tmp_path / "out") if one == "given" else one for one in command]
    assert told not in installed.invoke("audit", *given, *WHY).stderr
    url = fresh_database(postgres).replace(":@", "@")
    installed.config.write_text(f'{installed.config.read_text()}\n[store]\nurl = "{url}"\n')
    given = [f"{one}-2" if "out" in one and "/" in one else one for one in given]
    assert told in " ".join(installed.invoke("audit", *given, *WHY).stderr.split())


def test_an_export_of_a_time_without_records_says_of_which_time_there_are_some(installed, tmp_path):
    installed.search(Ask())
    done = installed.invoke("audit", "export", "--out", tmp_path / "none", "--until", "2001-01-01", *WHY)
    assert (done.exit_code, "records: 0" in done.stdout) == (0, True)
    told = r"no record is of the time that was asked for; those that are here are of 20\d\d-\S+Z to 20\d\d-\S+Z"
    assert re.search(told, " ".join(done.stderr.split()))


def test_an_export_around_a_held_case_ends_well_and_verifies_and_one_that_stops_before_the_deletion_warns(
    installed, tmp_path
):
    made = LedgerInMaking(installed.settings.paths.state, recipients=(installed.pair.public,), max_bytes=8192)
    made.write([Ask(case="26-000555" if number == 10 else "25-001234") for number in range(20)], step_s=3600)
    made.retire_on_record(START + timedelta(hours=16), holds=("26-000555",))
    whole = installed.run("audit", "export", "--out", tmp_path / "whole", *WHY)
    assert "warning" not in whole.stderr
    shown = CliRunner().invoke(main, ["audit", "verify", "--from-export", str(tmp_path / "whole")])
    assert (shown.exit_code, "of chain w0 lawfully deleted, as their age had come: w0 " in shown.stdout) == (0, True)
    until = ("--until", (START + timedelta(hours=18)).isoformat())
    early = installed.run("audit", "export", "--out", tmp_path / "early", *until, *WHY)
    assert "the record that says so is not in this export" in early.stderr
    assert CliRunner().invoke(main, ["audit", "verify", "--from-export", str(tmp_path / "early")]).exit_code == 1


def test_tail_shows_what_happened_and_persons_only_where_it_is_said_why(installed):
    installed.search(Ask(denied=("case_closed",)))
    shown = installed.run("audit", "tail", "-n", "50").stdout
    assert "deny" in shown
    assert "case_closed" in shown
    assert "u01" not in shown
    assert "25-001234" not in shown
    assert "u01" in installed.run("audit", "tail", *WHY).stdout
    assert [read["why"] for read in installed.recorded("audit.read")] == [
        "watching, without persons and cases",
        "inquiry 12",
    ]


def test_what_was_only_asked_is_marked_in_every_list_of_decisions(installed):
    installed.search(Ask(explain=True, answered=False))
    for command in (("search", *WHY), ("open", "--key", installed.key, *WHY), ("tail",)):
        assert "allow, only asked" in installed.run("audit", *command).stdout


def test_a_finding_is_found_by_its_id_where_a_decision_is_asked_for(installed):
    found = {
        "finding_id": "D1-0a1b2c3d4e5f6071",
        "user_id": "u01",
        "oversight": {"detector": "D1", "severity": "alert"},
    }
    with contextlib.closing(open_command_ledger(load_settings(installed.config, {}))) as ledger:
        ledger.record(admin_record("finding.opened", **found))
    [record] = installed.json("audit", "search", "--decision", "D1-0a1b2c3d4e5f6071", *WHY)
    assert record["finding_id"] == "D1-0a1b2c3d4e5f6071"


@pytest.mark.parametrize("kind", ["weekly", "training", "access"])
def test_each_report_is_a_page_and_tables(installed, tmp_path, kind):
    installed.search(Ask(), Ask(person="u02", denied=("training_lapsed",)))
    files = installed.json("audit", "report", kind, "--out", tmp_path / "reports", *WHY)["files"]
    assert files[0].endswith(f"{kind}.html")
    assert len(files) > 1
    page = (tmp_path / "reports" / f"{kind}.html").read_text()
    assert "Avery Stone" in page
    assert "FNA579" not in page


def test_who_asks_the_wrong_one_of_the_two_commands_that_make_reports_is_told_the_other(installed, tmp_path):
    weekly = installed.invoke("oversight", "report", "weekly", "--out", tmp_path, *WHY)
    assert (weekly.exit_code, "weekly is made by `lpr-gateway audit report weekly`" in weekly.stderr) == (2, True)
    law = installed.invoke("audit", "report", "new-jersey-yearly", "--out", tmp_path, *WHY)
    assert (law.exit_code, "is made by `lpr-gateway oversight report`" in law.stderr) == (2, True)


def test_a_report_takes_the_place_of_no_other(installed, tmp_path):
    installed.run("audit", "report", "weekly", "--out", tmp_path, *WHY)
    first = (tmp_path / "weekly.html").read_text()
    again = installed.invoke("audit", "report", "weekly", "--since", "2d", "--out", tmp_path, *WHY)
    assert (again.exit_code, "weekly.html is there already: give another folder" in again.stderr) == (2, True)
    assert (tmp_path / "weekly.html").read_text() == first
    installed.run("audit", "report", "access", "--out", tmp_path, *WHY)


def test_the_training_report_lists_everybody_the_facts_authorize(installed, tmp_path):
    installed.search()
    installed.run("audit", "report", "training", "--out", tmp_path / "reports", *WHY)
    rows = (tmp_path / "reports" / "training-users.csv").read_text().splitlines()
    standing = {row.split(",")[0]: row for row in rows[1:]}
    assert "u06" not in standing  # inactive
    assert "u07" not in standing  # does not search
    assert ",lapsed," in standing["u02"]
    assert ",current," in standing["u01"]
    assert ",none," in standing["u19"]


def test_who_may_search_and_whose_training_counts_is_said_by_the_policy_in_force(installed, tmp_path):
    folder = shutil.copytree(POLICIES, tmp_path / "policies")
    operations, courses = (folder / "tables" / name / "data.yaml" for name in ("operations", "training"))
    operations.write_text(operations.read_text().replace("[officer, supervisor]", "[officer, supervisor, privacy]"))
    courses.write_text(courses.read_text().replace("value: any", 'value: "2099"'))
    installed.config.write_text(installed.config.read_text().replace(str(POLICIES), str(folder)))
    installed.search()
    installed.run("audit", "report", "training", "--out", tmp_path / "reports", *WHY)
    rows = (tmp_path / "reports" / "training-users.csv").read_text().splitlines()
    standing = {row.split(",")[0]: row for row in rows[1:]}
    assert "u07" in standing  # of the privacy office
    assert ",lapsed," in standing["u01"]  # a course of another version


@pytest.mark.parametrize(
    ("period", "told"),
    [
        (["--since", "1h", "--until", "7d"], "before it begins"),
        (["--until", "7d", "--since", "1h"], "before it begins"),
        (["--since", "2026-01-01", "--until", "2026-01-01"], "the period is empty"),
        (["--since", "2999-01-01"], "lies ahead: nothing is on record yet"),
    ],
)
def test_a_period_in_which_nothing_can_be_is_told_and_not_answered_with_nothing(installed, period, told):
    result = installed.invoke("audit", "search", *period, *WHY)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_period_that_goes_on_ahead_ends_now_and_the_report_says_so(installed, tmp_path):
    installed.search()
    result = installed.run("audit", "report", "weekly", "--until", "2100-01-01", "--out", tmp_path / "reports", *WHY)
    assert "note: --until 2100-01-01T00:00:00.000Z lies ahead: this is of what is on record up to now" in result.stderr
    page = (tmp_path / "reports" / "weekly.html").read_text()
    assert ("2100-01" in page, f"{datetime.now(UTC):%Y-%m-%d}" in page) == (False, True)


def test_what_is_written_where_a_file_or_a_folder_stands_is_refused_in_words(installed, tmp_path):
    (tmp_path / "there").write_text("")
    (tmp_path / "reports" / "weekly.html").mkdir(parents=True)
    for out, told in ((tmp_path / "there", "a file has this name"), (tmp_path / "reports", "cannot be written")):
        result = installed.invoke("audit", "report", "weekly", "--out", out, *WHY)
        assert (result.exit_code, told in result.stderr) == (2, True), result.output


def test_a_key_that_opens_nothing_of_the_evidence_is_warned_of(installed, tmp_path):
    assert CliRunner().invoke(main, ["audit", "keygen", "--out", str(tmp_path / "other.key")]).exit_code == 0
    installed.search(Ask(plate="QRS771"))
    result = installed.invoke(
        "audit", "evidence", "--person", "u01", "--out", tmp_path / "package", "--key", tmp_path / "other.key", *WHY
    )
    assert (result.exit_code, "this key does not open it" in result.stderr) == (1, True)


@pytest.mark.parametrize("which", [["access"], ["person", "--person", "u01"]])
def test_a_report_for_which_a_key_opened_nothing_does_not_say_that_it_did(installed, tmp_path, which):
    assert CliRunner().invoke(main, ["audit", "keygen", "--out", str(tmp_path / "other.key")]).exit_code == 0
    installed.search(Ask(plate="QRS771"))
    told = ["--out", tmp_path / "out", "--key", tmp_path / "other.key", *WHY]
    result = installed.invoke("audit", "report", *which, *told)
    assert (result.exit_code, "this key does not open it: it is sealed to age1" in result.stderr) == (1, True)
    page = (tmp_path / "out" / f"{which[0]}.html").read_text()
    assert "were opened" not in page
    assert "opens none of them" in page


def test_a_witness_that_gives_no_answer_is_named_in_words(installed):
    result = installed.invoke("audit", "verify", "--against", "http://127.0.0.1:1/notes")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: http://127.0.0.1:1/notes cannot be read: the witness gives no answer: nobody listens at that port\n",
    )


def test_a_hold_on_a_case_that_no_record_names_is_warned_of(installed):
    result = installed.invoke("audit", "hold", "--case", "25-00123", *WHY)
    assert result.exit_code == 0
    assert "warning: no record has the case 25-00123 yet: compare the number" in result.stderr
    known = installed.invoke("audit", "hold", "--case", "25-00123", "--release", *WHY)
    assert "warning" not in known.stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--case", ""), "--case: it is empty: write the case's number"),
        (("--release",), "--release: name the case of the hold with --case"),
        (("--release", "--case", ""), "there is no hold on an empty case number; --case names the case"),
    ],
)
def test_a_hold_without_a_case_is_neither_placed_nor_released_and_the_option_is_named(installed, given, told):
    result = installed.invoke("audit", "hold", *given, *WHY)
    assert (result.exit_code, told in " ".join(result.stderr.split())) == (2, True), result.stderr
    assert installed.recorded("hold.placed") == []


def test_a_hold_is_placed_once_listed_and_released_each_with_its_reason(installed):
    installed.run("audit", "hold", "--case", "25-001234", *WHY)
    [held] = installed.json("audit", "hold")
    assert (held["case_number"], held["why"]) == ("25-001234", "inquiry 12")
    assert installed.invoke("audit", "hold", "--case", "25-001234", *WHY).exit_code == 2
    installed.run("audit", "hold", "--case", "25-001234", "--release", "--why", "inquiry closed")
    assert installed.json("audit", "hold") == []
    assert [record["why"] for record in installed.recorded("hold.released")] == ["inquiry closed"]


def test_who_lists_the_holds_in_force_is_on_record(installed):
    installed.run("audit", "hold")
    installed.run("audit", "hold", *WHY)
    assert [(read["what"], read["why"]) for read in installed.recorded("audit.read")] == [
        ("holds", "listing the holds in force"),
        ("holds", "inquiry 12"),
    ]


def test_a_hold_is_placed_in_a_damaged_record_too_and_the_damage_told(served, tmp_path):
    harmed = served.copy_to(tmp_path / "harmed")
    change_record(sorted((harmed.settings.audit.directory / "w0").glob("*.jsonl"))[:1])
    result = harmed.invoke("audit", "hold", "--case", "25-001234", *WHY)
    assert (result.exit_code, "audit verify" in result.stderr) == (0, True)
    assert [held["case_number"] for held in harmed.json("audit", "hold")] == ["25-001234"]


def test_beside_a_hold_it_is_told_that_a_record_of_the_case_was_altered_where_it_had_been_indexed_before(
    served, tmp_path
):
    harmed = served.copy_to(tmp_path / "harmed")
    directory = harmed.settings.audit.directory
    begin_segments(directory)
    harmed.run("audit", "search", "--case", "25-001234", *WHY)
    before = harmed.invoke("audit", "hold", "--case", "25-001234", *WHY)
    harmed.run("audit", "hold", "--case", "25-001234", "--release", *WHY)
    first = min((directory / "w0").glob("*.jsonl"))
    first.write_bytes(first.read_bytes().replace(b'"user_id":"u01"', b'"user_id":"u05"', 1))
    result = harmed.invoke("audit", "hold", "--case", "25-001234", *WHY)
    assert (before.exit_code, "warning" in before.stderr) == (0, False), before.stderr
    assert (result.exit_code, "audit verify" in result.stderr) == (0, True), result.output


def test_a_hold_is_placed_and_the_others_listed_where_a_compressed_part_of_the_record_is_damaged(served, tmp_path):
    harmed = served.copy_to(tmp_path / "harmed")
    directory = harmed.settings.audit.directory
    begin_segments(directory)
    compress_closed(directory, disk=RealDisk())
    harmed.run("audit", "hold", "--case", "25-000777", *WHY)
    damaged = min((directory / "w0").glob("*.zst"))
    damaged.write_bytes(b"no frame of zstd" * 9)
    result = harmed.invoke("audit", "hold", "--case", "25-001234", *WHY)
    assert (result.exit_code, "audit verify" in result.stderr) == (0, True), result.output
    listed = harmed.invoke("audit", "hold")
    assert (listed.exit_code, f"warning: w0/{damaged.name} cannot be read" in listed.stderr) == (1, True)
    assert "25-000777" in listed.stdout
    assert "25-001234" in listed.stdout


def test_evidence_is_made_for_exactly_one_of_person_case_and_plate(installed, tmp_path):
    installed.search(Ask(), Ask(person="u02"))
    for given in ((), ("--person", "u01", "--case", "25-001234")):
        assert installed.invoke("audit", "evidence", *given, "--out", tmp_path / "e", *WHY).exit_code == 2
    made = installed.json("audit", "evidence", "--person", "u01", "--out", tmp_path / "e.zip", *WHY)
    assert (made["records"], made["signed"]) == (2, 2)
    assert (tmp_path / "e.zip").exists()
    assert installed.recorded("audit.read")[-1]["what"] == "evidence"


def test_a_reading_that_could_not_read_all_of_the_ledger_says_so_and_is_not_so(installed):
    installed.search(Ask(), Ask())
    segment = installed.settings.audit.directory / "cli" / f"{1:016d}.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b'"decision":"allow"', b'"decision":"deny"', 1))
    result = installed.invoke("audit", "search", "--event", "decision", *WHY)
    assert result.exit_code == 1
    assert "run `audit verify`" in result.stderr
    assert "d-000002" in result.stdout


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """An installation with a worker's chain beside the commands' one, in segments of few, all signed."""
    made = Installation(tmp_path_factory.mktemp("served")).set_up()
    made.search()
    worker = LedgerInMaking(made.settings.paths.state, recipients=(made.pair.public,), max_bytes=8192)
    worker.write([Ask()] * 12)
    worker.sign()
    return made


def remove_all(files):
    for file in files:
        file.unlink()


def put_folder(files):
    files[1].unlink()
    files[1].mkdir()


def pack_badly(files):
    files[1].unlink()
    files[1].with_suffix(".jsonl.zst").write_bytes(b"no frame of zstd" * 9)


@pytest.mark.parametrize(
    "harm",
    [
        remove_all,
        put_folder,
        pack_badly,
        lambda files: files[0].unlink(),
        lambda files: files[1].unlink(),
        lambda files: files[-1].unlink(),
        lambda files: files[0].write_bytes(b""),
        lambda files: files[1].write_bytes(b""),
        lambda files: files[-1].write_bytes(b""),
        lambda files: files[-1].write_bytes(b"\n[]\n1\n{}\n\xff\n"),
    ],
)
def test_every_reading_of_a_damaged_folder_says_so_in_words_and_is_not_so(served, tmp_path, harm):
    harmed = served.copy_to(tmp_path / "harmed")
    harm(sorted((harmed.settings.audit.directory / "w0").glob("*.jsonl")))
    for number, command in enumerate(
        (
            ("search", "--plate", "FNA579"),
            ("open", "--person", "u01", "--key", harmed.key),
            ("report", "weekly", "--out", tmp_path / "weekly"),
            ("report", "person", "--person", "u01", "--out", tmp_path / "person"),
            ("export", "--out", tmp_path / "export"),
            ("evidence", "--person", "u01", "--out", tmp_path / "evidence"),
        )
    ):
        result = harmed.invoke("audit", *command, *WHY)
        told = (result.exit_code, "audit verify" in result.stderr)
        assert told == (1, True) or (result.exit_code == 2 and "error: " in result.stderr), (number, result.stderr)


def test_an_export_says_that_a_record_was_changed_also_after_a_search_had_indexed_it(served, tmp_path):
    harmed = served.copy_to(tmp_path / "harmed")
    harmed.run("audit", "search", "--person", "u01", *WHY)
    first = min((harmed.settings.audit.directory / "w0").glob("*.jsonl"))
    first.write_bytes(first.read_bytes().replace(b'"user_id":"u01"', b'"user_id":"u09"', 1))
    result = harmed.invoke("audit", "export", "--out", tmp_path / "export", *WHY)
    assert result.exit_code == 1
    assert "does not hold what its chain says" in result.stderr


def test_a_copy_of_a_folder_of_which_something_is_missing_says_so(served, tmp_path):
    harmed = served.copy_to(tmp_path / "harmed")
    max((harmed.settings.audit.directory / "w0").glob("*.jsonl")).unlink()
    result = harmed.invoke("audit", "export", "--copy", "--out", tmp_path / "copy", *WHY)
    assert result.exit_code == 1
    assert "chain w0 ends with record" in result.stderr


def test_a_copy_of_a_damaged_record_is_made_and_says_what_verify_will_say_of_it(served, tmp_path):
    harmed = served.copy_to(tmp_path / "harmed")
    first = min((harmed.settings.audit.directory / "w0").glob("*.jsonl"))
    first.write_bytes(first.read_bytes().replace(b'"user_id":"u01"', b'"user_id":"u09"', 1))
    result = harmed.invoke("audit", "export", "--copy", "--out", tmp_path / "copy", *WHY)
    assert result.exit_code == 1
    assert (tmp_path / "copy" / "w0" / first.name).read_bytes() == first.read_bytes()
    [broken] = verify(tmp_path / "copy", copy=True).breaks
    assert f"the copy is of a damaged record: {broken.file}:{broken.line}: {broken.reason}: " in result.stderr


def test_a_record_that_was_changed_is_told_by_tail_and_not_shown(served, tmp_path):
    harmed = served.copy_to(tmp_path / "harmed")
    first = max((harmed.settings.audit.directory / "w0").glob("*.jsonl"))
    first.write_bytes(first.read_bytes().replace(b'"user_id":"u01"', b'"user_id":"u09"', 1))
    result = harmed.invoke("audit", "tail", "-n", "1000", *WHY)
    assert (result.exit_code, "was changed after it was written: run `audit verify`" in result.stderr) == (1, True)
    assert "u09" not in result.stdout


def test_a_line_that_is_no_record_is_told_by_tail_and_the_others_are_shown(served, tmp_path):
    harmed = served.copy_to(tmp_path / "harmed")
    with max((harmed.settings.audit.directory / "w0").glob("*.jsonl")).open("ab") as file:
        file.write(b"\xff{\n")
    result = harmed.invoke("audit", "tail", "-n", "100")
    assert result.exit_code == 1
    assert "is no record: run `audit verify`" in result.stderr
    assert "flock" in result.stdout


def test_a_public_key_beside_the_ledger_that_is_none_is_told_by_evidence(served, tmp_path):
    harmed = served.copy_to(tmp_path / "harmed")
    [key] = (harmed.settings.audit.directory / "keys").glob("*.vkey")
    key.write_text("none")
    result = harmed.invoke("audit", "evidence", "--person", "u01", "--out", tmp_path / "evidence", *WHY)
    assert result.exit_code == 2
    assert "a public key beside the ledger is not written as name+id+key" in result.stderr


def change_record(files):
    files[-1].write_bytes(files[-1].read_bytes().replace(b'"user_id":"u01"', b'"user_id":"u09"', 1))


def cut_off(files):
    files[-1].write_bytes(b"".join(files[-1].read_bytes().splitlines(keepends=True)[:-2]))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (change_record, "was changed after it was written: run `audit verify`"),
        (cut_off, "records: run `audit verify`"),
        (lambda files: files[1].unlink(), "are missing before this segment: run `audit verify`"),
    ],
)
@pytest.mark.parametrize("kind", [["weekly"], ["training"], ["access"], ["person", "--person", "u01"]])
def test_a_report_on_a_damaged_record_says_so_at_its_head(served, tmp_path, harm, told, kind):
    harmed = served.copy_to(tmp_path / "harmed")
    harm(sorted((harmed.settings.audit.directory / "w0").glob("*.jsonl")))
    result = harmed.invoke("audit", "report", *kind, "--out", tmp_path / "out", *WHY)
    assert result.exit_code == 1
    head = (tmp_path / "out" / f"{kind[0]}.html").read_text().partition("</header>")[0]
    assert "not everything in it checks out" in head
    assert told in head


def test_a_report_on_a_whole_record_says_nothing_of_the_kind(served, tmp_path):
    served.run("audit", "report", "weekly", "--out", tmp_path / "out", *WHY)
    assert "checks out" not in (tmp_path / "out" / "weekly.html").read_text()


def test_refusals_of_nobody_proven_are_shown_and_found_by_the_address_they_came_from(installed):
    installed.search(Ask())
    with contextlib.closing(open_command_ledger(load_settings(installed.config, {}))) as ledger:
        refusal = {"request_id": "r", "reasons": ("key_unknown",), "disclosed": ("key_unknown",), "status": 401}
        for address in ("192.0.2.77", "198.51.100.9", "2001:db8::7"):
            ledger.record(refusal_record(**refusal, src_ip=address))
        counts = {"key_unknown": 12}
        ledger.record(
            admin_record("refusals.counted", src_ip="2001:db8::/64", counts=counts, **{"from": "a", "to": "b"})
        )
    table = installed.run("audit", "search", "--reason", "key_unknown", *WHY).stdout
    assert "ADDRESS" in table
    assert "192.0.2.77" in table
    [found] = installed.json("audit", "search", "--address", "192.0.2.77", *WHY)
    assert found["src_ip"] == "192.0.2.77"
    counted = installed.run("audit", "search", "--address", "2001:DB8:0::7", *WHY).stdout
    assert "2001:db8::/64" in counted
    assert "key_unknown 12" in counted
    assert "198.51.100.9" not in counted
    assert installed.recorded("audit.read")[-1]["filter"]["address"] == "2001:db8::7"
    for address, told in (("203.0.113.1", "no record has the address 203.0.113.1"), ("somewhere", "write an address")):
        command = ["audit", "search", "--address", address, *WHY, "--config", str(installed.config)]
        refused = CliRunner().invoke(main, command)
        assert (refused.exit_code, told in refused.stderr) == (2, True)


@pytest.mark.parametrize("name", ["e.zip", "notes.txt"])
def test_a_page_takes_the_place_of_nothing_and_not_of_the_package_that_it_is_of(installed, tmp_path, name):
    installed.search(Ask())
    package, place = tmp_path / "e.zip", tmp_path / name
    (tmp_path / "notes.txt").write_text("what I found")
    installed.run("audit", "evidence", "--person", "u01", "--out", package, *WHY)
    before = place.read_bytes()
    told = CliRunner().invoke(main, ["audit", "check-package", str(package), "--page", str(place)])
    assert (told.exit_code, told.stdout) == (2, "")
    assert f"{place} exists already, and a page takes the place of nothing" in told.stderr
    assert place.read_bytes() == before
