"""Each change of detectors and tables of oversight is on record, with the difference."""

import pytest

from tests.app.editable_oversight import edit, make_editable
from tests.oversight.scene import FOLDER


@pytest.fixture
def editable(tmp_path):
    return make_editable(tmp_path)


def test_a_change_of_a_detector_or_a_table_is_on_record_with_the_difference_and_no_change_is_not(editable):
    made, tables = editable
    for _ in range(2):
        made.run("oversight", "run")
    edit(tables / "d01_repeat_plate" / "data.yaml", "value: 3\n", "value: 3000\n")
    edit(tables / "d01_repeat_plate" / "tests.yaml", "\n", "\n# not read by a detector\n")
    made.run("oversight", "run")
    edit(tables / "agency" / "data.yaml", "America/New_York", "America/Chicago")
    (tables / "d05_volume" / "query.sql").write_text((tables / "d05_volume" / "query.sql").read_text() + "-- seen\n")
    made.run("oversight", "run")
    first, second, third = (record["oversight"] for record in made.recorded("detectors.changed"))
    assert (len(first["changed"]), second["changed"], third["changed"]) == (20, ["D1"], ["D5"])
    assert first["digests"]["D2"] == second["digests"]["D2"]
    assert (first["changes"], second["replaces"], third["replaces"]) == (
        [],
        first["rules_sha256"],
        second["rules_sha256"],
    )
    limits = {
        "oversight/d01_repeat_plate.alert_days.value: 3 -> 3000",
        "oversight/d01_repeat_plate.warn_searches.value: 3 -> 3000",
    }
    assert set(second["changes"]) == limits
    assert third["changes"] == [
        "oversight/agency.time_zone.value: America/New_York -> America/Chicago",
        "oversight/d05_volume/query.sql: 1 lines added, 0 removed",
    ]
    kept = made.settings.paths.state / "oversight-rules" / first["rules_sha256"] / "d01_repeat_plate" / "data.yaml"
    assert kept.read_text() == (FOLDER.path / "d01_repeat_plate" / "data.yaml").read_text()


def test_the_history_of_oversight_and_the_weekly_report_tell_a_change_of_a_limit_in_words(editable, tmp_path):
    made, tables = editable
    made.run("oversight", "run")
    edit(tables / "d05_volume" / "data.yaml", "value: 12\n", "value: 1200\n")
    made.run("oversight", "run")
    told = "oversight/d05_volume.warn_day.value: 12 -> 1200"
    newest, first = made.json("oversight", "history")
    assert (newest["what"], first["what"]) == (told, "20 detectors look from now on")
    assert told in made.run("oversight", "history").stdout
    made.run("audit", "report", "weekly", "--out", tmp_path / "report", "--why", "weekly review")
    assert told in (tmp_path / "report" / "weekly-changes.csv").read_text()


def test_a_limit_is_told_in_every_list_however_many_words_about_values_were_changed_with_it(editable, tmp_path):
    made, tables = editable
    made.run("oversight", "run")
    limits = tables / "d05_volume" / "data.yaml"
    limits.write_text(limits.read_text().replace("confidence: ", "confidence: un"))
    edit(limits, "value: 12\n", "value: 1200\n")
    made.run("oversight", "run")
    told = "oversight/d05_volume.warn_day.value: 12 -> 1200"
    assert made.recorded("detectors.changed")[-1]["what"].startswith(told)
    changes = made.json("oversight", "history")[0]["changes"]
    assert len(changes) > 5
    listed = made.run("oversight", "history").stdout
    assert all(change in listed for change in changes)
    made.run("audit", "report", "weekly", "--out", tmp_path / "weekly", "--why", "weekly review")
    made.run("oversight", "report", "cjis-weekly", "--out", tmp_path / "cjis", "--why", "weekly review")
    for page in (tmp_path / "weekly" / "weekly-changes.csv", tmp_path / "cjis" / "cjis-weekly.json"):
        assert all(change in page.read_text() for change in changes), page


def test_where_what_was_used_before_is_gone_or_altered_the_change_is_told_all_the_same(editable):
    made, tables = editable
    made.run("oversight", "run")
    edit(
        next((made.settings.paths.state / "oversight-rules").rglob("d05_volume/data.yaml")),
        "value: 12\n",
        "value: 13\n",
    )
    edit(tables / "d05_volume" / "data.yaml", "value: 12\n", "value: 1200\n")
    made.run("oversight", "run")
    assert made.recorded("detectors.changed")[-1]["what"] == "what was used before can no longer be read"
