"""The cases beside a detector, as the privacy office writes them: each mistake in words, and a case that does not hold is told."""

import json
import shutil

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.errors import ConfigurationError
from gateway.oversight.detectors import read_detectors
from gateway.oversight.detectors.case_forms import DetectorCase
from gateway.oversight.detectors.cases import read_cases
from gateway.oversight.detectors.sequences import first_moment, moment
from gateway.oversight.detectors.trial import try_case
from gateway.reasons import REASON_TOPICS
from gateway.value import replace
from tests.oversight.scene import FOLDER

REPEATED = read_detectors(FOLDER)[0]
FINDS = {"name": "found", "expect": "alert", "searches": [{"every_days": 1, "times": 60, "tied": False}]}
QUIET = {"name": "quiet", "expect": "none", "searches": [{"days": [0]}]}


def read(tmp_path, text):
    folder = tmp_path / REPEATED.folder
    folder.mkdir(exist_ok=True)
    (folder / "tests.yaml").write_text(text)
    return read_cases(replace(FOLDER, path=tmp_path), REPEATED)


def mistakes(tmp_path, text):
    with pytest.raises(ConfigurationError) as told:
        read(tmp_path, text)
    return told.value.problems


def as_yaml(*cases):
    return json.dumps({"cases": cases})


def test_cases_are_read_in_their_order(tmp_path):
    assert [case.name for case in read(tmp_path, as_yaml(FINDS, QUIET))] == ["found", "quiet"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"expect": "maybe"}, "expect must be one of none, warn, alert"),
        ({"expects": "none"}, "expects is read by nothing; did you mean expect?"),
        ({"by": 0}, "by is 0; it must be at least 1"),
        ({"searches": [{}]}, "searches.0 needs days, or every_days and times"),
        ({"searches": [{"days": [0], "times": 2, "every_days": 1}]}, "searches.0 needs days, or every_days and times"),
        ({"searches": [{"days": [0, 1], "lookback": [30]}]}, "searches.0 lookback needs a number for each search"),
        ({"searches": [{"days": [0], "plat": "P1"}]}, "searches.0.plat is read by nothing"),
        ({"searches": [{"days": [0], "case": 4711}]}, "searches.0.case must be a text, in quotes; here it is 4711"),
        ({"searches": [{"days": [0], "kind": "robot"}]}, "searches.0.kind must be one of person, service"),
        (
            {"searches": [{"days": [0], "about": {"x": "window"}}]},
            "searches.0 about names x, which is none of its reasons",
        ),
        (
            {"searches": [{"days": [0], "reasons": ["x"], "about": {"x": "windwo"}}]},
            f"searches.0.about.x must be one of {', '.join(REASON_TOPICS)}",
        ),
        ({"vendor": [{"days": [0]}]}, "vendor.0.class is missing"),
    ],
)
def test_each_mistake_in_a_case_is_told_by_its_name(tmp_path, change, told):
    assert f'oversight/{REPEATED.folder}/tests.yaml: "quiet": {told}' in mistakes(
        tmp_path, as_yaml(FINDS, QUIET | change)
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "must be a list of cases, under the one word `cases`"),
        ("cases: 3", "must be a list of cases"),
        ("cases: [1]", "case 1 must have name and expect"),
        ("cases: [{expect: none}]", "case 1: name is missing"),
        ("cases: [", "this is not a table that can be read"),
        (as_yaml(FINDS), "needs a case in which something is found, and one in which nothing is"),
        (as_yaml(QUIET), "needs a case in which something is found, and one in which nothing is"),
    ],
)
def test_a_file_that_holds_no_cases_to_try_is_told(tmp_path, text, told):
    assert any(told in problem for problem in mistakes(tmp_path, text))


def test_a_detector_without_cases_is_not_taken_for_one_whose_cases_hold(tmp_path):
    with pytest.raises(ConfigurationError, match="nothing says what it finds"):
        read_cases(replace(FOLDER, path=tmp_path), REPEATED)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, None),
        ({"expect": "none"}, "nothing is expected, and an alert is found"),
        ({"expect": "warn"}, "a warning is expected, and an alert is found"),
        ({"searches": QUIET["searches"]}, "an alert is expected, and nothing is found"),
        ({"searches": []}, "an alert is expected, and nothing is found"),
        ({"by": 60}, "search 60 is to complete it, and search 5 does"),
        ({"by": 5}, None),
    ],
)
def test_a_case_that_does_not_hold_says_what_is_expected_and_what_is_found(change, told):
    assert try_case(REPEATED, DetectorCase.model_validate(FINDS | change), zone="America/New_York") == told


def test_days_count_from_a_monday_at_noon_wherever_the_agency_is():
    assert first_moment("America/New_York").isoformat() == "2026-06-01T16:00:00+00:00"
    assert first_moment("Pacific/Honolulu").isoformat() == "2026-06-01T22:00:00+00:00"
    assert moment(first_moment("UTC"), 0.5).isoformat() == "2026-06-02T00:00:00"


@pytest.fixture
def drafted(tmp_path):
    """A draft of the policy folder with two detectors."""
    for name in ("agency", REPEATED.folder, "d02_after_closure"):
        shutil.copytree(FOLDER.path / name, tmp_path / "draft" / "oversight" / name)
    return tmp_path / "draft"


@pytest.mark.parametrize("below", ["", "oversight"])
def test_a_draft_whose_cases_hold_may_be_followed(drafted, below):
    result = CliRunner().invoke(main, ["oversight", "test", str(drafted / below)])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "11 cases of 2 detectors; none failed"


def test_a_limit_that_makes_a_case_untrue_is_told_with_it_before_it_is_followed(drafted):
    table = drafted / "oversight" / "d02_after_closure" / "detector.yaml"
    text = (FOLDER.path / "d02_after_closure" / "tests.yaml").read_text()
    (table.parent / "tests.yaml").write_text(text.replace("expect: none", "expect: warn", 1))
    result = CliRunner().invoke(main, ["oversight", "test", str(drafted)])
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    failed = lines.index(next(line for line in lines if line.startswith("FAIL  D2  ")))
    assert lines[failed + 1].endswith(": a warning is expected, and nothing is found")
    assert lines[-2] == "11 cases of 2 detectors; 1 failed"
    told = json.loads(CliRunner().invoke(main, ["oversight", "test", str(drafted), "--json"]).stdout)
    assert (told["ok"], [bool(one["problems"]) for one in told["detectors"]]) == (False, [False, True])


def test_a_detector_in_rego_without_tests_in_rego_is_told_before_a_draft_is_refused_for_it(drafted):
    shutil.copytree(FOLDER.path / "d04_own_circle", drafted / "oversight" / "d04_own_circle")
    assert CliRunner().invoke(main, ["oversight", "test", str(drafted)]).exit_code == 0
    (drafted / "oversight" / "d04_own_circle" / "detector_test.rego").unlink()
    result = CliRunner().invoke(main, ["oversight", "test", str(drafted)])
    assert result.exit_code == 1
    assert "oversight/d04_own_circle/detector_test.rego: there is no such file" in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("plate::VARCHAR AS about", "plate AS about", "`about` must be a text, as plate::VARCHAR, and is UBIGINT"),
        (" decision_ids, plate", " decision_ids[1] AS decision_ids, plate", "`decision_ids` must be a list of texts, as [decision_id], and is VARCHAR"),
        ("ts AS made_at", "ts::DATE AS made_at", "`made_at` must be a time, as the ts of a search, and is DATE"),
        ("THEN 'alert' ELSE", "THEN 'Alert' ELSE", "`severity` must be 'warn' or 'alert' in small letters"),
    ],
)  # fmt: skip
def test_a_question_that_gives_something_else_than_a_finding_is_made_of_is_told_by_its_file(drafted, old, new, told):
    query = drafted / "oversight" / REPEATED.folder / "query.sql"
    text = query.read_text()
    assert old in text
    query.write_text(text.replace(old, new))
    result = CliRunner().invoke(main, ["oversight", "test", str(drafted)])
    assert (result.exit_code, f"oversight/{REPEATED.folder}/query.sql: {told}" in result.output) == (1, True)
