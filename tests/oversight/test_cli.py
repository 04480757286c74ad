"""The commands, on a whole installation: exports held against the ledger, misuse found, reviewed, nothing twice."""

import json
import re
import shutil
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from gateway.app.audit import open_command_ledger
from gateway.app.oversight import make_detector_runner, oversight_state
from gateway.app.state import secrets_folder
from gateway.cli.oversight_imports import _warn_not_compared
from gateway.clock import format_instant
from gateway.ledger.encryption import keygen
from gateway.ledger.records.decision import Verdict, decision_record
from gateway.ledger.records.outcome import outcome_record
from gateway.oversight.detectors.catalog import read_detectors
from gateway.oversight.detectors.runner import open_detectors_lock
from gateway.value import replace
from tests.app.editable_oversight import edit, make_editable
from tests.auditing.installation import POLICIES, Installation
from tests.auditing.ledgers import Ask, dossier, outcome
from tests.facts.postgres import fresh_database
from tests.oversight.scene import F13, FOLDER, Searched, csv_text, gateway_row, portal_row, stamp
from tests.test_media import HOSTILE

NOW = datetime.now(UTC).replace(microsecond=0)
REVIEWER, SAME_OFFICE = "u07", "u05"


@pytest.fixture
def installed(tmp_path):
    return Installation(tmp_path).set_up()


_APART = timedelta(milliseconds=2)


def searched(installed, *asks):
    """Records searches of the last hour; as the vendor's export is made from them."""
    found = []
    ledger = open_command_ledger(installed.settings)
    for number, ask in enumerate(asks):
        at = NOW - timedelta(minutes=len(asks) - number)
        case = replace(dossier(ask, number, at), decision_id=str(uuid.uuid4()))
        decision = "deny" if ask.denied else "allow"
        verdict = Verdict(decision=decision, reasons=ask.denied, disclosed=ask.denied, about=ask.about)
        ledger.record(*decision_record(case, verdict))
        if not ask.denied:
            ledger.record(outcome_record(case, outcome(ask)))
        found.append(Searched(decision_id=case.decision_id, at=datetime.now(UTC), ask=ask))
        while datetime.now(UTC) - found[-1].at < _APART:
            pass  # no two of people are recorded in one millisecond
    ledger.close()
    return [replace(one, at=one.at.replace(microsecond=0)) for one in found]


def exported(installed, tmp_path, rows):
    path = tmp_path / "export.csv"
    path.write_bytes(csv_text(rows))
    return installed.json("oversight", "import", path, "--kind", "organization")


def row_of(one):
    """With the window that the ledger has, which counts from the time of the request."""
    return gateway_row(one, starts="", ends="")


def test_where_nothing_was_ever_imported_nothing_is_reconciled_and_what_to_do_is_told(installed):
    told = installed.invoke("oversight", "reconcile")
    assert (told.exit_code, "lpr-gateway oversight import FILE" in " ".join(told.stderr.split())) == (2, True)
    assert installed.recorded("oversight.reconciled") == []


def test_an_export_is_imported_and_reconciled_and_what_is_around_the_gateway_fails_where_asked(installed, tmp_path):
    ours = searched(installed, *[Ask()] * 3)
    around = [portal_row(ours[0].at), portal_row(ours[1].at, plate="FNA579")]
    report = exported(installed, tmp_path, [*map(row_of, ours), *around])
    assert {"import_id", "sha256", "rows", "read", "rejected", "duplicates", "first", "last"} <= set(report)
    assert (report["rows"], report["read"]) == (5, 5)
    found = installed.json("oversight", "reconcile")
    assert (found["matched"], found["around_portal"], found["missing_at_vendor"]) == (3, 2, 0)
    assert [(row["class"], row["row"]) for row in found["rows"]] == [("around_portal", 5), ("around_portal", 6)]
    assert installed.invoke("oversight", "reconcile", "--fail-on-around").exit_code == 1
    [first, *_] = installed.recorded("oversight.reconciled")
    assert first["oversight"]["around_portal"] == 2


def test_where_an_auditor_left_a_run_says_that_no_plate_is_followed_across_that_moment(installed):
    installed.search()
    told = "both keys of plates' hashes turned at once, as where an auditor's key is taken out"
    assert told not in installed.run("oversight", "run").stderr
    stays = keygen().public
    installed.config.write_text(installed.config.read_text().replace(installed.pair.public, stays))
    installed.search()
    assert told in " ".join(installed.run("oversight", "run").stderr.split())
    later = format_instant(datetime.now(UTC))
    installed.search()
    assert told not in " ".join(installed.run("oversight", "run", "--since", later).stderr.split())


def test_where_other_gateways_work_with_the_store_a_row_around_this_one_may_be_one_of_theirs(
    installed, tmp_path, postgres
):
    ours = searched(installed, Ask())
    exported(installed, tmp_path, [*map(row_of, ours), portal_row(ours[0].at)])
    told = "every other gateway on this store has a record of its own"
    assert told not in installed.invoke("oversight", "reconcile").stderr
    url = fresh_database(postgres).replace(":@", "@")
    installed.config.write_text(f'{installed.config.read_text()}\n[store]\nurl = "{url}"\n')
    assert told in " ".join(installed.invoke("oversight", "reconcile").stderr.split())


def test_a_period_of_which_no_export_tells_is_not_reconciled_as_if_nobody_had_searched_around(installed, tmp_path):
    ours = searched(installed, *[Ask()] * 3)
    exported(installed, tmp_path, map(row_of, ours))
    for period in (("--until", "2020-01-01"), ("--since", "2020-01-01", "--until", "2020-02-01")):
        told = installed.invoke("oversight", "reconcile", *period)
        assert (told.exit_code, "no imported export has a row of this period" in told.stderr) == (2, True)
    assert installed.recorded("oversight.reconciled") == []
    assert installed.invoke("oversight", "reconcile", "--since", "2020-01-01").exit_code == 0


def test_where_a_row_was_not_read_it_is_told_that_a_search_may_be_in_it_and_not_only_that_it_is_missing(
    installed, tmp_path
):
    rows = [row_of(one) for one in searched(installed, *[Ask()] * 3)]
    rows[1][0] = "no UUID"
    around = [portal_row(NOW + minutes * timedelta(minutes=1)) for minutes in (-90, 90)]
    exported(installed, tmp_path, [*rows, *around])
    told = installed.invoke("oversight", "reconcile")
    assert "missing_at_vendor: 1" in told.stdout
    assert "that were not read (see its import): 1; " in told.stderr
    assert "a search that is said to be missing at the vendor may be one of them" in told.stderr


def test_rows_whose_plates_could_not_be_compared_are_named_with_the_epoch_and_the_remedy(capsys):
    rows = [{"import_id": "organization-1", "sheet": None, "row": row, "epoch": "e000001"} for row in (2, 9)]
    _warn_not_compared(tuple(rows))
    told = capsys.readouterr().err
    assert told.startswith("warning: the plates of row 2, row 9 of organization-1 were not compared: ")
    assert "the key of e000001" in told
    assert "import the file again with --key" in told


def test_a_reconciliation_says_of_each_import_in_how_many_rows_no_time_can_be_read_and_not_that_none_is_missing(
    installed, tmp_path
):
    ours = searched(installed, *[Ask()] * 5)
    rows = [row_of(one) for one in ours]
    for row, one in zip(rows, ours, strict=True):
        row[9] = one.at.strftime("%m/%d/%Y, %I:%M:%S %p IST")
    report = exported(installed, tmp_path, [rows[0], rows[4]])
    again = installed.invoke("oversight", "import", tmp_path / "export.csv", "--kind", "organization", "--json")
    assert (json.loads(again.stdout)["without_time"], "warning: " in again.stderr) == (2, True)
    told = installed.invoke("oversight", "reconcile")
    assert (told.exit_code, "missing_at_vendor: not compared" in told.stdout) == (0, True)
    assert f"in 2 of the 2 rows of {report['import_id']} no time can be read: " in told.stderr
    assert "of searches in the time that they are of not whether the vendor lacks them" in told.stderr
    found = installed.json("oversight", "reconcile")
    assert (found["missing_at_vendor"], found["matched"]) == (None, 2)
    assert found["imports"] == [{"import_id": report["import_id"], "rows": 2, "without_time": 2, "beyond": 2}]
    [*_, last] = installed.recorded("oversight.reconciled")
    assert (last["oversight"]["missing_at_vendor"], last["oversight"]["without_time"]) == (None, 2)


@pytest.fixture
def reconciled(installed, tmp_path, monkeypatch):
    """A reconciliation with one search around the gateway, some minutes ago."""
    ours = searched(installed, *[Ask()] * 2)
    report = exported(installed, tmp_path, [*map(row_of, ours), portal_row(ours[0].at)])
    installed.json("oversight", "reconcile")
    monkeypatch.setattr("gateway.app.oversight.now", lambda: datetime.now(UTC) + timedelta(minutes=5))
    return installed, installed.settings.paths.state / "oversight", report["import_id"]


def found_by_d20(installed):
    installed.run("oversight", "run")
    return [item["decision_ids"] for item in installed.json("oversight", "findings") if item["detector"] == "D20"]


def test_what_was_found_around_the_gateway_is_on_record_row_by_row(reconciled):
    installed, _, import_id = reconciled
    [record] = installed.recorded("oversight.reconciled")
    assert record["oversight"]["around"] == [{"class": "around_portal", "import_id": import_id, "row": 4}]


def test_what_a_reconciliation_finds_of_days_that_were_looked_at_is_found_by_the_next_look(
    installed, tmp_path, monkeypatch
):
    ours = searched(installed, *[Ask()] * 2)
    monkeypatch.setattr("gateway.app.oversight.now", lambda: datetime.now(UTC) + timedelta(days=10))
    runner = make_detector_runner(installed.settings, lambda _: None)
    assert runner.round()
    report = exported(installed, tmp_path, [*map(row_of, ours), portal_row(ours[0].at)])
    installed.json("oversight", "reconcile")
    recorded = []
    runner = make_detector_runner(installed.settings, recorded.append)
    assert runner.round()
    told = [body["oversight"] for body in recorded if body["event_type"] == "finding.opened"]
    assert [f"{report['import_id']}:4"] in [one["decision_ids"] for one in told if one["detector"] == "D20"]


@pytest.mark.parametrize("looked_before", [True, False])
def test_a_row_around_the_gateway_whose_time_cannot_be_read_is_found_once_at_its_import(
    installed, tmp_path, monkeypatch, looked_before
):
    ours = searched(installed, *[Ask()] * 2)
    monkeypatch.setattr("gateway.app.oversight.now", lambda: datetime.now(UTC) + timedelta(minutes=5))
    runner = make_detector_runner(installed.settings, lambda _: None)
    assert not looked_before or runner.round()
    around = portal_row(ours[0].at)
    around[9] = ours[0].at.strftime("%m/%d/%Y %H:%M")  # as a spreadsheet saves it: without a zone
    import_id = exported(installed, tmp_path, [*map(row_of, ours), around])["import_id"]
    installed.json("oversight", "reconcile")
    recorded = []
    assert make_detector_runner(installed.settings, recorded.append).round()
    told = [body["oversight"] for body in recorded if body["event_type"] == "finding.opened"]
    assert [one["decision_ids"] for one in told if one["detector"] == "D20"] == [[f"{import_id}:4"]]
    assert found_by_d20(installed) == [[f"{import_id}:4"]]
    installed.run("oversight", "run")
    assert found_by_d20(installed) == [[f"{import_id}:4"]]


def test_detectors_that_are_asked_of_all_time_look_from_where_something_can_be(reconciled):
    installed, _, _ = reconciled
    began = installed.json("oversight", "run", "--since", "0001-01-01")["since"]
    assert datetime.fromisoformat(began) > datetime.now(UTC) - timedelta(days=1)


def test_who_changes_what_the_last_reconciliation_found_is_found_once(reconciled):
    installed, state, import_id = reconciled
    kept = state / "reconciliation.json"
    document = json.loads(kept.read_text())
    kept.write_text(json.dumps(document | {"rows": []}))
    [[told]] = found_by_d20(installed)
    assert told.startswith("reconciliation.json ")
    kept.unlink()
    assert found_by_d20(installed) == [[told], ["reconciliation.json gone"]]
    installed.json("oversight", "reconcile")
    assert [f"{import_id}:4"] in found_by_d20(installed)


def test_who_changes_or_removes_the_kept_rows_of_an_export_is_found(reconciled):
    installed, state, import_id = reconciled
    kept = state / "imports" / f"{import_id}.parquet"
    whole = kept.read_bytes()
    kept.write_bytes(whole + b" ")
    told = installed.invoke("oversight", "reconcile")
    assert (told.exit_code, "are not those that were imported" in told.output) == (2, True)
    (state / "imports" / "organization-000000000000.parquet").write_bytes(whole)
    assert "are on no record" in installed.invoke("oversight", "reconcile").output
    (state / "imports" / "organization-000000000000.parquet").unlink()
    kept.unlink()
    assert installed.json("oversight", "reconcile")["imports_gone"] == [import_id]
    assert [f"{import_id} gone"] in found_by_d20(installed)


def test_an_import_that_was_withdrawn_counts_for_nothing_and_is_an_alert(reconciled):
    installed, state, import_id = reconciled
    told = installed.invoke("oversight", "withdraw", "organization-0123", "--why", "another agency's file")
    assert (told.exit_code, import_id in told.output) == (2, True)
    installed.run("oversight", "withdraw", import_id, "--why", "another agency's file")
    found = installed.json("oversight", "reconcile")
    assert (found["around_portal"], found["imports_gone"], list((state / "imports").iterdir())) == (0, [], [])
    [record] = installed.recorded("oversight.withdrawn")
    assert (record["oversight"]["import_id"], record["why"]) == (import_id, "another agency's file")
    assert [f"{import_id} withdrawn"] in found_by_d20(installed)
    again = installed.invoke("oversight", "withdraw", import_id, "--why", "twice")
    assert (again.exit_code, "or was withdrawn" in again.output) == (2, True)


def test_an_import_names_rows_without_a_time_and_columns_that_nothing_reads(installed, tmp_path):
    path = tmp_path / "export.csv"
    timed, timeless = portal_row(NOW), portal_row(NOW)
    timeless[9] = timeless[9].removesuffix(" UTC")
    path.write_bytes(csv_text([[*timed, "note"], [*timeless, "note"]], header=[*F13, "Vehicle Notes"]))
    told = installed.invoke("oversight", "import", path, "--kind", "organization").output
    assert "warning: no time with its zone can be read in row 3: " in told
    assert "Understood is 11/27/2026, 03:01:09 PM or 2026-11-27 15:01:09, and behind it UTC, GMT, Z, -05:00, " in told
    assert "none of these columns for flock: vehicle notes. Is it an export of this vendor?" in told


@pytest.mark.parametrize(
    ("lines", "warned"),
    [
        ("License: QQX7712\ncaseNumber: 26-1\nexpirationDate: 2026-12-01", "`Case: …` and `Expiry: …`"),
        ("License: QQX7712\nCASE: 26-1\nExpiration: 2026-12-01", "`Expiry: …`, by which"),
        ("License: QQX7712\nCase: 26-1\nexpiry: ", None),
    ],
)
def test_an_event_log_whose_entries_have_no_line_of_a_case_or_an_end_is_warned_of(installed, tmp_path, lines, warned):
    header = "Timestamp,User,Event Type,Entity Type,Entity Details,Event Id".split(",")
    path = tmp_path / "events.csv"
    path.write_bytes(csv_text([[stamp(NOW), "User", "create", "Custom Hotlist Entry", lines, ""]], header=header))
    told = installed.run("oversight", "import", path, "--kind", "events").stderr
    assert ("no entry has a line" in told, (warned or "") in told) == (warned is not None, True)


def test_cells_that_were_not_understood_and_rows_that_are_undecided_are_told_with_what_they_may_be(installed, tmp_path):
    ours = searched(installed, *[Ask()] * 25)
    path, rows = tmp_path / "export.csv", [gateway_row(one, reason="***") for one in ours]
    for row in rows:
        row[4] = "the last 30 days"
    path.write_bytes(csv_text(rows))
    told = installed.invoke("oversight", "import", path, "--kind", "organization")
    assert "warning: in row 2, row 3, row 4, " in told.stderr
    assert "row 21 and 5 more the cell below Time Frame is not understood, which should be two times, " in told.stderr
    assert "cells_not_understood: 25" in told.stdout
    [report] = installed.settings.paths.state.glob("oversight/imports/*.json")
    assert [len(item["rows"]) for item in json.loads(report.read_text())["not_understood"]] == [25]
    told = installed.run("oversight", "reconcile").stdout
    assert "missing_at_vendor: 0" in told
    assert "row 2, " in told
    assert "it tells no window to compare; it may be decision " in told
    assert " or one of 22 more" in told
    assert "and 5 more indeterminate rows (--json lists them)" in told


def test_a_reconciliation_of_some_days_leaves_what_was_found_of_the_others(reconciled):
    installed, state, import_id = reconciled
    last = json.loads((state / "imports" / f"{import_id}.json").read_text())["last"]  # the row around is earlier
    while format_instant(datetime.now(UTC)) < last:
        pass  # the vendor's second, of which nothing can be asked before it has come
    installed.json("oversight", "reconcile", "--since", last)
    rows = json.loads((state / "reconciliation.json").read_text())["rows"]
    assert [row["class"] for row in rows if row["class"].startswith("around")] == ["around_portal"]
    assert installed.recorded("oversight.reconciled")[-1]["oversight"]["since"] == last


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """An installation with an export of hostile names and labels, reconciled."""
    made = Installation(tmp_path_factory.mktemp("hostile")).set_up()
    ours = searched(made, *[Ask()] * 2)
    rows = [*map(row_of, ours), portal_row(ours[0].at, name=HOSTILE, reason=HOSTILE, case=HOSTILE)]
    rows.append([HOSTILE] * len(F13))
    path = made.folder / f"{'x' * 20}.csv"
    path.write_bytes(csv_text([[*row, ""] for row in rows], header=[*F13, HOSTILE]))
    return made, path


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["text", "json"])
def test_no_row_of_an_export_acts_on_the_terminal_or_in_a_report(hostile, tmp_path, more):
    made, path = hostile
    out = tmp_path / "report"
    commands = [("import", path), ("reconcile",), ("run",), ("findings",)]
    commands += [("report", law, "--out", out, "--why", "review") for law in ("agency", "washington-yearly")]
    for command in commands:
        told = made.invoke("oversight", *command, *more)
        assert told.exit_code == 0
        assert all(line.isprintable() for line in (told.stdout + told.stderr).split("\n")), command
    assert made.json("oversight", "reconcile")["around_portal"] == 1
    for page in out.glob("*.html"):
        assert "<b>" not in page.read_text()


def test_while_a_worker_looks_the_command_waits_for_it_and_finds_nothing_a_second_time(installed, monkeypatch):
    searched(installed, *[Ask(person="u01", text="inv", denied=("target_unknown",))] * 12)
    lock = open_detectors_lock(oversight_state(installed.settings))
    assert lock.try_take()
    monkeypatch.setattr("gateway.cli.oversight_findings._LOCK_WAIT_S", 0.1)
    result = installed.invoke("oversight", "run")
    assert (result.exit_code, "the detectors are looking already" in result.stderr) == (2, True)
    assert installed.recorded("finding.opened") == []
    lock.close()
    installed.run("oversight", "run")
    assert installed.recorded("finding.opened") != []


def test_a_person_who_looks_up_one_plate_ever_again_is_found_once_and_reviewed(installed):
    searched(installed, *[Ask(person="u01", text="inv", denied=("target_unknown",))] * 12)
    assert installed.json("oversight", "run")["new"] > 0
    assert installed.json("oversight", "run")["new"] == 0
    findings = installed.json("oversight", "findings")
    assert {"finding_id", "detector", "user_id", "severity", "decision_ids", "at", "status"} <= set(findings[0])
    [one] = [item for item in findings if item["detector"] == "D8" and item["severity"] == "warn"][:1]
    installed.run("oversight", "assign", one["finding_id"], "--to", REVIEWER)
    installed.run("oversight", "review", one["finding_id"], "--outcome", "misuse", "--why", "no case supports it")
    [after] = [item for item in installed.json("oversight", "findings") if item["finding_id"] == one["finding_id"]]
    assert (after["status"], after["reviewer"]) == ("misuse", REVIEWER)
    assert [record["oversight"]["outcome"] for record in installed.recorded("finding.reviewed")] == ["misuse"]
    for record in installed.recorded("finding.assigned") + installed.recorded("finding.reviewed"):
        assert (record["oversight"]["persons"], record["oversight"]["offices"]) == (["u01"], ["BAL"])
        assert record["oversight"]["title"] == one["title"] != ""


@pytest.mark.parametrize(
    ("about", "groups"), [({"span_too_wide": "window"}, 0), ({}, 1), ({"span_too_wide": "case"}, 1)]
)
def test_colleagues_of_one_case_denied_for_an_own_reason_are_a_group_unless_the_record_says_it_is_about_no_case(
    installed, about, groups
):
    denied = [Ask(person=person, denied=("span_too_wide",), about=about) for person in ("u02", "u03")]
    searched(installed, Ask(person="u01"), *denied)
    installed.run("oversight", "run")
    found = [one for one in installed.json("oversight", "findings") if one["detector"] == "D17"]
    assert len(found) == groups


def test_a_period_that_ends_ahead_makes_no_finding_overdue_or_neglected_before_its_time(installed):
    searched(installed, *[Ask(plate="EXX1234", case=None, denied=("target_unknown",))] * 6)
    for _ in range(2):
        installed.run("oversight", "run", "--until", "2090-01-01")
    assert [one["detector"] for one in installed.json("oversight", "findings") if one["detector"] == "D20"] == []
    assert (installed.recorded("finding.escalated"), len(installed.recorded("finding.opened")) > 0) == ([], True)


def test_a_finding_that_was_to_be_reviewed_in_days_is_not_overdue_because_the_table_was_shortened_since(
    installed, tmp_path
):
    searched(installed, *[Ask(plate="EXX1234", case=None, denied=("target_unknown",))] * 6)
    installed.run("oversight", "run")
    before = {item["finding_id"]: item["due_at"] for item in installed.json("oversight", "findings")}
    assert before
    shutil.copytree(POLICIES / "oversight", tmp_path / "oversight")
    table = tmp_path / "oversight" / "agency" / "data.yaml"
    table.write_text(table.read_text().replace("{alert: 3, warn: 14}", "{alert: 0, warn: 0}"))
    installed.config.write_text(f'{installed.config.read_text()}\n[oversight]\ndirectory = "{table.parents[1]}"\n')
    installed.run("oversight", "run")
    after = {item["finding_id"]: item["due_at"] for item in installed.json("oversight", "findings")}
    assert {name: after[name] for name in before} == before
    assert {record["finding_id"] for record in installed.recorded("finding.escalated")}.isdisjoint(before)


def test_nobody_reviews_what_is_about_themselves_nor_twice(installed):
    searched(installed, *[Ask(person=REVIEWER, text="inv", denied=("target_unknown",))] * 12)
    installed.run("oversight", "run")
    [one, *_] = installed.json("oversight", "findings")
    told = installed.invoke("oversight", "assign", one["finding_id"], "--to", REVIEWER)
    assert told.exit_code == 2
    assert "nobody reviews a finding about themselves" in told.output
    installed.run("oversight", "review", one["finding_id"], "--outcome", "explained", "--why", "a test", "--by", "u16")
    assert (
        installed.invoke(
            "oversight", "review", one["finding_id"], "--outcome", "misuse", "--why", "again", "--by", "u16"
        ).exit_code
        == 2
    )


def test_who_is_concerned_neither_closes_a_finding_in_anothers_name_nor_gives_it_away(installed, monkeypatch):
    denied = ("target_unknown",)
    searched(installed, Ask(person="u01", denied=denied), Ask(person="u02", denied=denied))
    installed.run("oversight", "run")
    [one] = [item for item in installed.json("oversight", "findings") if item["detector"] == "D15"]
    assert (one["user_id"], one["persons"]) == ("u02", ["u01", "u02"])
    of_another = installed.json("oversight", "findings", "--person", "u01")
    assert one["finding_id"] in [item["finding_id"] for item in of_another], (
        "whose search is in it, though not the last"
    )
    monkeypatch.setattr("gateway.cli.operator.operator", lambda: "u01 as root")
    ways = (("assign", one["finding_id"], "--to", REVIEWER), ("review", one["finding_id"], "--outcome", "explained"))
    for way in (ways[0], (*ways[1], "--why", "x", "--by", REVIEWER), (*ways[1], "--why", "x")):
        told = installed.invoke("oversight", *way)
        assert (told.exit_code, "about themselves" in told.output) == (2, True)


def test_a_listed_finding_says_in_words_what_it_is_and_fits_a_screen(installed):
    searched(installed, Ask(person="u01", denied=("target_protected",)))
    installed.run("oversight", "run")
    told = installed.invoke("oversight", "findings").stdout.splitlines()
    [title] = [each.title for each in read_detectors(FOLDER) if each.detector_id == "D4"]
    assert any(f"D4 {title}" in line for line in told)
    assert max(map(len, told)) <= 200


def test_a_finding_of_a_detector_with_several_causes_is_listed_with_the_one_it_has(installed):
    missing, old = (
        Ask(person="u01", case=None, denied=("case_missing",)),
        Ask(person="u02", case="2019-001234", text="seen at the scene of 12 May"),
    )
    searched(installed, *[missing] * 4, old)
    installed.run("oversight", "run")
    found = [item for item in installed.json("oversight", "findings") if item["detector"] == "D9"]
    causes = {item["user_id"]: item["cause"] for item in found}
    assert causes == {
        "u01": "No case number that counts, again and again",
        "u02": "A case number of a year long past",
    }
    lines = installed.invoke("oversight", "findings").stdout.splitlines()
    assert all(any(f"D9 {cause}" in line for line in lines) for cause in causes.values())


def test_where_the_detector_says_so_the_same_office_does_not_review(installed):
    searched(installed, Ask(person="u01", denied=("target_protected",)))
    installed.run("oversight", "run")
    [one] = [item for item in installed.json("oversight", "findings") if item["detector"] == "D4"]
    told = installed.invoke("oversight", "assign", one["finding_id"], "--to", SAME_OFFICE)
    assert told.exit_code == 2
    assert "another office" in told.output
    installed.run("oversight", "assign", one["finding_id"], "--to", REVIEWER)


def test_a_shared_audit_is_not_read_while_nobody_said_how_this_agency_is_called_in_it(installed, tmp_path):
    path = tmp_path / "network.csv"
    path.write_bytes(csv_text([portal_row(NOW)]))
    done = installed.invoke("oversight", "import", path, "--kind", "network")
    assert done.exit_code == 2
    assert "agency/data.yaml: nobody's rows of a shared audit are known as ours" in done.stderr


def test_a_shared_audit_without_a_row_of_ours_is_warned_of_with_the_names_that_may_be_ours(installed, tmp_path):
    shutil.copytree(POLICIES / "oversight", tmp_path / "oversight")
    table = tmp_path / "oversight" / "agency" / "data.yaml"
    named = table.read_text().replace("organizations:\n  value: []", 'organizations:\n  value: ["Example City PD"]')
    table.write_text(named)
    installed.config.write_text(f'{installed.config.read_text()}\n[oversight]\ndirectory = "{table.parents[1]}"\n')
    path = tmp_path / "network.csv"

    def told(*names):
        path.write_bytes(csv_text([portal_row(NOW + timedelta(minutes=at), org=name) for at, name in enumerate(names)]))
        done = installed.invoke("oversight", "import", path, "--kind", "network")
        return (
            done.exit_code,
            f"rows_of_ours: {sum(name == 'Example City PD' for name in names)}" in done.stdout,
            done.stderr,
        )

    code, counted, warned = told("Elsewhere PD", "Example City Police Department")
    assert (code, counted) == (0, True)
    assert "no row bears a name of this agency" in warned
    assert "Is it one of these: Example City Police Department (1 rows)? Then write it into `organizations`" in warned
    code, counted, warned = told("Elsewhere PD")
    assert (code, counted) == (0, True)
    assert "If it is called otherwise here, write it into `organizations`" in warned
    code, counted, warned = told("Example City PD", "Example City Police Department")
    assert (code, counted) == (0, True)
    assert "not counted as ours, though they may be: Example City Police Department (1 rows)" in warned
    assert "organizations" not in told("Example City PD", "Elsewhere PD")[2]


def test_a_vehicle_on_the_list_of_households_is_found_and_the_list_holds_no_plate(installed, tmp_path):
    searched(installed, Ask())
    path = tmp_path / "households.csv"
    path.write_text("plate,relation\nFNA-579,spouse of u03\n")
    assert installed.json("oversight", "import", path, "--kind", "households") == {"kind": "households", "rows": 1}
    searched(installed, Ask())
    installed.run("oversight", "run")
    assert "D4" in {item["detector"] for item in installed.json("oversight", "findings")}
    kept = (installed.settings.paths.state / "oversight" / "households.json").read_text()
    assert "FNA" not in kept
    assert len(json.loads(kept)) == 2


@pytest.mark.parametrize(("kind", "header"), [("households", "plate,relation"), ("registrations", "plate,holder")])
def test_a_plate_that_a_spreadsheet_made_a_date_is_no_vehicle(installed, tmp_path, kind, header):
    searched(installed, Ask())
    path = tmp_path / "list.csv"
    path.write_text(f"{header}\n21-Jun,spouse\n")
    told = installed.invoke("oversight", "import", path, "--kind", kind)
    assert (told.exit_code, "row 2: the plate is written as a spreadsheet writes a date" in told.stderr) == (2, True)


def test_a_roster_with_mistakes_changes_nothing_and_names_each_by_its_row(installed, tmp_path):
    path = tmp_path / "rosters.csv"
    path.write_text("user_id,starts_at,ends_at\nu01,2026-01-01T08:00:00Z,2026-01-01T16:00:00Z\nu02,x,y\n,a,b\n")
    told = installed.invoke("oversight", "import", path, "--kind", "rosters")
    assert told.exit_code == 2
    assert "row 3: needs a user_id and two times of the form 2026-11-27T08:00:00-05:00 or" in told.output
    assert "row 4" in told.output


@pytest.mark.parametrize(
    ("kind", "header"),
    [("rosters", "user_id,starts_at,ends_at"), ("households", "plate,relation"), ("registrations", "plate,holder")],
)
def test_a_list_for_detectors_that_is_given_as_an_export_is_told_by_its_kind(installed, tmp_path, kind, header):
    path = tmp_path / "list.csv"
    path.write_text(f"{header}\nu01,2026-01-01T08:00:00Z,2026-01-01T16:00:00Z\n")
    told = installed.invoke("oversight", "import", path)
    assert (
        told.exit_code,
        f"list.csv is a list of {kind}, no vendor's export: import it with --kind {kind}" in told.stderr,
    ) == (2, True)


def test_a_roster_of_people_whom_the_facts_do_not_know_is_warned_of_and_one_of_none_but_such_is_refused(
    installed, tmp_path
):
    path, shift = tmp_path / "rosters.csv", "2026-01-01T08:00:00Z,2026-01-01T16:00:00Z"
    path.write_text(f"user_id,starts_at,ends_at\nu01,{shift}\nU04,{shift}\n")
    told = installed.invoke("oversight", "import", path, "--kind", "rosters")
    assert (told.exit_code, "2 rows of rosters" in told.stdout) == (0, True)
    assert "warning: the facts do not know 1 of its people, whom no detector judges by it: U04" in told.stderr
    path.write_text(f"user_id,starts_at,ends_at\njo@agency.example,{shift}\n")
    refused = installed.invoke("oversight", "import", path, "--kind", "rosters")
    assert refused.exit_code == 2
    assert "the facts know none of its people (jo@agency.example the first)" in refused.stderr


def test_a_vendor_that_nobody_knows_is_refused_for_its_rows_would_look_like_misuse(installed, tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes(csv_text([portal_row(NOW)]))
    result = installed.invoke("oversight", "import", path, "--vendor", "flok")
    assert result.exit_code == 2
    assert "did you mean flock?" in result.stderr
    assert not list(installed.settings.paths.state.glob("oversight/imports/*.json"))


def test_a_person_whom_no_record_knows_has_not_merely_no_findings(installed):
    searched(installed, Ask())
    unknown = installed.invoke("oversight", "findings", "--person", "Avery Stone")
    assert unknown.exit_code == 2
    assert "no record has the person Avery Stone; a person is asked for by the user id" in unknown.stderr
    assert installed.json("oversight", "findings", "--person", "u01") == []


def test_an_export_that_could_still_be_reconciled_is_told_before_its_period_is_published(installed, tmp_path):
    ours = searched(installed, *[Ask()] * 2)
    exported(installed, tmp_path, [gateway_row(one, starts="", ends="", at=stamp(one.at)) for one in ours])
    installed.json("oversight", "reconcile")
    bounds = ["--since", "2026-01-01T00:00:00Z", "--until", format_instant(datetime.now(UTC))]
    refused = installed.invoke("oversight", "publish", *bounds, "--out", tmp_path / "out")
    assert (refused.exit_code, (tmp_path / "out").exists()) == (2, False)
    [told] = re.findall(r"oversight (reconcile --since \S+ --until \S+);", refused.stderr)
    installed.run("oversight", *told.split())
    installed.run("oversight", "publish", *bounds, "--out", tmp_path / "out")
    assert json.loads((tmp_path / "out" / "public-report.json").read_text())["reconciliation"] != {}


def test_a_period_is_published_unreconciled_where_that_is_asked_for_and_the_page_says_it(installed, tmp_path):
    [one] = searched(installed, Ask())
    exported(installed, tmp_path, [gateway_row(one, starts="", ends="", at=stamp(one.at))])
    bounds = ["--since", "2026-01-01T00:00:00Z", "--until", format_instant(datetime.now(UTC))]
    installed.run("oversight", "publish", *bounds, "--unreconciled", "--out", tmp_path / "out")
    page = (tmp_path / "out" / "public-report.html").read_text()
    assert "No reconciliation of exactly this period" in page
    assert "No export" not in page
    installed.run("oversight", "publish", *bounds, "--out", tmp_path / "again")  # a reconciliation would come too late


def test_rows_whose_key_was_destroyed_on_record_are_told_so_and_no_further_key_is_asked_for(installed, tmp_path):
    [old] = searched(installed, Ask())
    for key in (secrets_folder(installed.settings) / "epochs").glob("?000001.key"):
        key.write_text(json.dumps(json.loads(key.read_text()) | {"began": "2026-01-01T00:00:00.000Z"}))
    searched(installed, Ask())
    for epoch in ("e000001", "t000001"):
        installed.json("audit", "shred", epoch, "--why", "Schedule of 2026")
    file = tmp_path / "vendor.csv"
    file.write_bytes(csv_text([row_of(old), portal_row(old.at - timedelta(hours=3))]))
    imported = installed.invoke("oversight", "import", file, "--key", installed.key)
    assert "the keys of e000001 were destroyed, which is on record (epoch.shredded)" in imported.stderr
    reconciled = installed.invoke("oversight", "reconcile")
    assert "under the key of e000001, which was destroyed, which is on record" in reconciled.stderr
    assert "--key" not in imported.stderr + reconciled.stderr


def test_a_finding_is_listed_by_the_title_that_its_detector_had_when_it_was_found(tmp_path):
    made, tables = make_editable(tmp_path)
    made.search(*[Ask(denied=("role_may_not_query",))] * 2)
    made.run("oversight", "run")
    [found] = [one for one in made.json("oversight", "findings") if one["detector"] == "D18"]
    edit(tables / "d18_role" / "detector.yaml", f'title: "{found["title"]}"', 'title: "Another detector"')
    told = " ".join(made.run("oversight", "findings").stdout.split())
    assert ("Another detector" in told, found["finding_id"] in told) == (False, True)
