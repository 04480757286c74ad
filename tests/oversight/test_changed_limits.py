"""A limit that is raised or lowered makes no new finding of a pattern that is on record, and hides none that is not."""

import re
import shutil
from datetime import timedelta

import duckdb
import pytest

from gateway.oversight.detectors import read_detectors, run_detectors
from gateway.oversight.detectors.detection import FoundBefore
from gateway.oversight.tables import OversightFolder
from gateway.pdp.backward_rule import answer_by_rule
from gateway.pdp.tables import parse_table
from tests.app.editable_oversight import edit, make_editable
from tests.auditing.ledgers import Ask
from tests.oversight.scene import FOLDER
from tests.oversight.sequences import START, context, sequence

SHIPPED = {detector.detector_id: detector for detector in read_detectors(FOLDER)}
A_DAY = {"every_days": 0.01, "plate": "each"}


@pytest.fixture
def with_limits(tmp_path):
    """A detector whose limits are others than the shipped ones."""

    def change(detector_id, **limits):
        name = SHIPPED[detector_id].folder
        folder = shutil.copytree(FOLDER.path / name, tmp_path / str(len([*tmp_path.iterdir()])) / name)
        text = (folder / "data.yaml").read_text()
        for limit, value in limits.items():
            text = re.sub(rf"^{limit}:\n  value: .*$", f"{limit}:\n  value: {value}", text, flags=re.MULTILINE)
        (folder / "data.yaml").write_text(text)
        [detector] = read_detectors(OversightFolder(path=folder.parent, parse=parse_table, ask_rule=answer_by_rule))
        return detector

    return change


def look(detector, groups, before=(), case=None):
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        case = case or {}
        sequence(groups, case.get("findings", ())).fill(connection)
        asked = {"since": START - timedelta(days=1), "until": START + timedelta(days=89), "zone": "America/New_York"}
        return list(run_detectors(connection, [detector], context(case), before=before, **asked))


def on_record(found, detector):
    return [
        FoundBefore(
            finding_id=item.finding_id,
            detector_id=item.detector_id,
            user_id=item.user_id,
            severity=item.severity,
            at=item.at,
            decision_ids=item.decision_ids,
            digest=detector.digest,
        )
        for item in found
    ]


def told_after(old, new, groups, case=None):
    """What is new on record when the limits were changed from the one detector's to the other's."""
    before = on_record(look(old, groups, case=case), old)
    known = {one.finding_id for one in before}
    assert before
    return [item for item in look(new, groups, before, case) if item.finding_id not in known]


def test_a_person_whose_limit_of_a_day_is_raised_and_lowered_is_found_once_for_a_day(tmp_path):
    made, tables = make_editable(tmp_path)
    made.search(*[Ask()] * 22)
    table = tables / "d05_volume" / "data.yaml"

    def found():
        made.run("oversight", "run")
        return [item for item in made.json("oversight", "findings") if item["detector"] == "D5"]

    [first] = found()
    made.run("oversight", "assign", first["finding_id"], "--to", "u07")
    for former, present in ((12, 15), (15, 18), (18, 6)):
        edit(table, f"value: {former}\n", f"value: {present}\n")
        assert [item["finding_id"] for item in found()] == [first["finding_id"]]
    edit(table, "value: 25\n", "value: 20\n")
    assert sorted(item["severity"] for item in found()) == ["alert", "warn"]


@pytest.mark.parametrize(
    ("detector_id", "limits", "groups"),
    [
        ("D1", {"warn_searches": 4}, [{"every_days": 1, "times": 4, "tied": False}]),
        ("D1", {"alert_searches": 7}, [{"every_days": 1, "times": 9, "tied": False}]),
        ("D3", {"days": 4}, [{"every_days": 1, "times": 6, "plate": plate} for plate in ("P1", "P2")]),
        ("D5", {"warn_day": 15}, [{**A_DAY, "times": 20}]),
        ("D6", {"plate_days": 6}, [{"every_days": 1, "times": 8}]),
        ("D9", {"case_plates": 25}, [{"every_days": 0.9, "times": 40, "plate": "each"}]),
        ("D14", {"plates": 6}, [{"every_days": 0.0005, "times": 9, "plate": "each"}]),
    ],
)
@pytest.mark.parametrize("way", ["raised", "lowered"])
def test_a_pattern_on_record_is_no_new_finding_by_another_limit(with_limits, detector_id, limits, groups, way):
    ways = {"raised": (SHIPPED[detector_id], with_limits(detector_id, **limits))}
    ways["lowered"] = (*reversed(ways["raised"]),)
    old, new = ways[way]
    assert {item.finding_id for item in look(old, groups)} != {item.finding_id for item in look(new, groups)}
    assert told_after(old, new, groups) == []


def test_a_neglect_on_record_is_no_new_finding_by_another_number_of_days(with_limits):
    searched = [{"every_days": 1, "times": 60, "plate": "each", "same": "each"}]
    assert told_after(SHIPPED["D20"], with_limits("D20", days=40), searched, {"imports": [0]}) == []


@pytest.mark.parametrize(
    "more",
    [{"user": "u2", **A_DAY, "times": 14}, {**A_DAY, "times": 26, "start": 5}],
    ids=["of another person", "an alert after a warning"],
)
def test_what_no_limit_found_before_is_found_by_a_lowered_one(with_limits, more):
    stricter = with_limits("D5", warn_day=15, alert_day=30)
    assert len(told_after(stricter, SHIPPED["D5"], [{**A_DAY, "times": 20}, more])) == 1


def test_a_pattern_that_begins_again_after_a_rest_is_found_by_a_lowered_limit(with_limits):
    groups = [{"every_days": 1, "times": 7}, {"every_days": 1, "times": 5, "start": 50}]
    [new] = told_after(with_limits("D6", plate_days=6), SHIPPED["D6"], groups)
    assert new.at > START + timedelta(days=50)


def test_another_plate_of_the_same_person_is_another_pattern(with_limits):
    groups = [{"every_days": 1, "times": 4, "tied": False}, {"every_days": 1, "times": 3, "tied": False, "plate": "P2"}]
    [new] = told_after(with_limits("D1", warn_searches=4), SHIPPED["D1"], groups)
    assert new.severity == "warn"


def test_another_day_of_another_cause_is_another_pattern(with_limits):
    vague = {"every_days": 1, "times": 6, "same": "each", "traits": ["vague"], "plate": "each"}
    numberless = {"every_days": 0.1, "times": 5, "case": "none", "tied": False, "plate": "each"}
    old = with_limits("D9", warn_missing=30)
    groups = [vague | {"case": "20-0001"}, numberless]
    assert {item.cause for item in told_after(old, SHIPPED["D9"], groups)} == {SHIPPED["D9"].causes["missing"]}
