"""What goes with an import that is withdrawn, and what does not."""

import time
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from gateway.app.audit import open_command_ledger
from gateway.auditing.reports.document import Period
from gateway.auditing.source import open_source
from gateway.clock import format_instant
from gateway.ledger.heads import heads
from gateway.ledger.records.event import admin_record
from gateway.oversight.detectors.detection import name_finding
from gateway.oversight.publication.figures import count_figures
from gateway.oversight.reviews.findings import fold
from gateway.oversight.withdrawal import leave_out, put_back, raised_by
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask
from tests.oversight.scene import csv_text, portal_row
from tests.oversight.test_cli import row_of, searched
from tests.oversight.test_reviews import AT, DUE, opened, record


@pytest.fixture
def export(tmp_path):
    return tmp_path / "export.csv"


@pytest.fixture
def installed(tmp_path, export):
    """An installation, and an export that was imported as another vendor's: every row of it seems to be around the gateway."""
    made = Installation(tmp_path).set_up()
    ours = searched(made, *[Ask()] * 2)
    export.write_bytes(csv_text([*map(row_of, ours), portal_row(ours[0].at)]))
    made.json("oversight", "import", export, "--vendor", "other")
    made.json("oversight", "reconcile")
    while datetime.now(UTC) < ours[-1].at + timedelta(seconds=1):  # the export's times are whole seconds
        time.sleep(0.02)
    made.run("oversight", "run")
    return made


def found(installed, status="open"):
    told = installed.json("oversight", "findings", "--status", status)
    return [item["decision_ids"][-1] for item in told if item["detector"] == "D20"]


def kept_id(installed):
    return installed.recorded("oversight.imported")[-1]["oversight"]["import_id"]


@pytest.mark.parametrize("options", [["--vendor", "flock"], ["--vendor", "other", "--kind", "portal"]])
def test_a_file_that_is_kept_as_another_vendors_or_of_another_kind_is_told_and_not_replaced(installed, export, options):
    told = installed.invoke("oversight", "import", export, *options)
    kept = installed.recorded("oversight.imported")[-1]
    assert told.exit_code == 2
    assert f"as {kept_id(installed)}, organization of other, since {kept['ts']}; nothing was changed" in told.output
    assert f"oversight withdraw {kept_id(installed)} --why TEXT" in told.output
    assert installed.json("oversight", "reconcile")["around_portal"] == 3


def test_the_same_file_of_the_same_vendor_again_replaces_itself(installed, export):
    installed.json("oversight", "import", export, "--vendor", "other")
    assert len(installed.recorded("oversight.imported")) == 2


def test_what_only_a_withdrawn_import_had_raised_is_withdrawn_with_it_on_record(installed, export):
    before, import_id = found(installed), kept_id(installed)
    assert len(before) == 3
    told = installed.json("oversight", "withdraw", import_id, "--why", "of the wrong vendor")
    assert (found(installed), sorted(found(installed, "withdrawn"))) == ([], sorted(before))
    records = installed.recorded("finding.withdrawn")
    assert {(one["why"], one["oversight"]["import_id"]) for one in records} == {("of the wrong vendor", import_id)}
    assert sorted(told["findings"]) == sorted(one["finding_id"] for one in records)
    installed.json("oversight", "import", export)
    installed.json("oversight", "reconcile")
    installed.run("oversight", "run")
    assert found(installed) == [f"{import_id}:4", f"{import_id} withdrawn"]


def count(installed, period, *formerly):
    directory = installed.settings.audit.directory
    with open_source(directory, None) as source:
        counted = count_figures(source, period, heads(directory), formerly)
    return counted["totals"]["findings"], counted["tables"]["by_detector"]


@pytest.mark.parametrize("published", [False, True], ids=["before", "after"])
def test_what_was_withdrawn_is_in_no_public_number_unless_the_period_was_published_before(installed, published):
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    period = Period(since=until - timedelta(days=2), until=until)
    assert count(installed, period) == (3, [("D20", 3)])
    if published:
        ledger = open_command_ledger(installed.settings)
        told = {"since": format_instant(period.since), "until": format_instant(until)}
        ledger.record(admin_record("report.published", oversight={"period": told}))
        ledger.close()
    installed.json("oversight", "withdraw", kept_id(installed), "--why", "of the wrong vendor")
    assert count(installed, period) == ((3, [("D20", 3)]) if published else (0, []))
    assert count(installed, period, "findings") == (3, [("D20", 3)])  # as earlier versions published it
    out = installed.settings.audit.directory.parent / "reports"
    installed.run("oversight", "report", "agency", "--since", "2d", "--out", out, "--why", "the week")
    [written] = out.glob("*findings*.csv")
    assert "D20" not in written.read_text()


def test_each_withdrawal_is_an_alert_of_its_own_and_what_was_kept_of_the_reconciliation_is_none(installed, export):
    import_id = kept_id(installed)
    for _ in range(2):
        installed.json("oversight", "withdraw", import_id, "--why", "of the wrong vendor")
        installed.json("oversight", "import", export, "--vendor", "other")
        installed.run("oversight", "run")
    assert found(installed) == [f"{import_id} withdrawn", f"{import_id} withdrawn again (2)"]


def test_what_a_person_judged_stays_judged_and_what_is_about_who_withdraws_stays_open(installed, monkeypatch):
    judged, *_ = installed.json("oversight", "findings")
    installed.run("oversight", "review", judged["finding_id"], "--outcome", "misuse", "--why", "seen")
    monkeypatch.setattr("gateway.cli.operator.operator", lambda: "u01")
    told = installed.json("oversight", "withdraw", kept_id(installed), "--why", "of the wrong vendor")
    assert (told["findings"], len(told["findings_left"]), len(found(installed, "misuse"))) == ([], 2, 1)


def test_where_what_was_found_was_changed_on_the_disk_a_withdrawal_settles_nothing_and_keeps_the_trace(
    installed, monkeypatch
):
    state = installed.settings.paths.state / "oversight"
    kept = state / "reconciliation.json"
    kept.write_bytes(orjson.dumps(orjson.loads(kept.read_bytes()) | {"counts": {}}))
    changed = kept.read_bytes()
    monkeypatch.setattr("gateway.oversight.kept._UNDER_WAY", timedelta(0))
    told = installed.json("oversight", "withdraw", kept_id(installed), "--why", "of the wrong vendor")
    assert (told["findings"], len(told["findings_left"]), kept.read_bytes()) == ([], 3, changed)


def about_row(row, decision_ids, **details):
    named = name_finding("D20", "u1", "alert", AT, decision_ids, row)
    at = AT.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return opened(named, detector="D20", at=at, decision_ids=decision_ids, **details)


def kept_rows(state, *import_ids):
    rows = [{"import_id": name, "row": 4} for name in import_ids]
    state.joinpath("reconciliation.json").write_bytes(orjson.dumps({"rows": rows, "reach": []}))


def test_a_finding_rests_on_an_import_by_its_rows_or_by_the_row_that_it_is_about_and_on_no_other(tmp_path):
    kept_rows(tmp_path, "one-1", "two-2")
    told = [
        about_row("one-1:4", ["d7"]),
        about_row("two-2:4", ["d8"]),
        opened("D15-1", decision_ids=["d9", "one-1:5"]),
        opened("D15-2", decision_ids=["one-1:5", "two-2:5"]),
        opened("D1-1", decision_ids=["d7"]),
        opened("D20-9", decision_ids=["one-1 gone"]),
    ]
    raised = raised_by("one-1", fold(told, DUE), tmp_path)
    assert [item.decision_ids for item in raised] == [("d7",), ("d9", "one-1:5")]


def test_the_rows_of_other_imports_stay_in_what_is_kept_of_the_reconciliation(tmp_path):
    assert leave_out("one-1", tmp_path) is None
    kept_rows(tmp_path, "one-1", "two-2")
    assert leave_out("three-3", tmp_path) is None
    put_back(leave_out("one-1", tmp_path), tmp_path)
    kept = orjson.loads((tmp_path / "reconciliation.json").read_bytes())
    assert kept == {"rows": [{"import_id": "two-2", "row": 4}], "reach": []}


def test_a_finding_that_was_withdrawn_is_open_anew_when_it_is_found_again_and_before_that_judged_by_nobody():
    withdrawn = record("finding.withdrawn", why="x", import_id="one-1")
    judged = record("finding.reviewed", outcome="misuse", reviewer="u7")
    told = [opened(), withdrawn, judged, opened()]
    assert [fold(told[:n], DUE)[0].status for n in (2, 3, 4)] == ["withdrawn", "withdrawn", "open"]
