"""Each detector by its own cases: what completes the pattern, what is just below, what only looks like it."""

import random
import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from gateway.errors import ConfigurationError
from gateway.oversight.detectors import read_detectors, run_detectors
from gateway.oversight.detectors.cases import read_cases
from gateway.oversight.detectors.runner import DetectorRunner
from gateway.oversight.detectors.scene import DetectionContext
from gateway.oversight.detectors.trial import try_case
from gateway.oversight.tables import OversightFolder
from gateway.pdp.backward_rule import answer_by_rule
from gateway.pdp.tables import parse_table
from tests.bench.oversight_clean import Person
from tests.oversight.scene import FOLDER
from tests.oversight.sequences import START, Sequence, context, sequence

DETECTORS = {detector.detector_id: detector for detector in read_detectors(FOLDER)}


WHOLE = (FOLDER.path / "d01_repeat_plate" / "detector.yaml").read_text()


def cases():
    for detector in DETECTORS.values():
        for case in read_cases(FOLDER, detector):
            yield pytest.param(detector, case, id=f"{detector.detector_id} {case.name}")


def run(groups, detector_ids=None, around=None, *, since=START, days=90, pieces=1, findings=()):
    """What is found, and the sequence; in so many runs over parts of the time."""
    chosen = [DETECTORS[one] for one in detector_ids or DETECTORS]
    made = sequence(groups, findings)
    found = []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        made.fill(connection)
        step = timedelta(days=days) / pieces
        for number in range(pieces):
            start = since - timedelta(days=1) + number * step
            found += run_detectors(
                connection,
                chosen,
                around or DetectionContext(),
                since=start,
                until=start + step,
                zone="America/New_York",
            )
    return found, made


@pytest.mark.parametrize(("detector", "case"), [*cases()])
def test_a_detector_finds_what_its_cases_say(detector, case):
    assert try_case(detector, case, zone="America/New_York") is None


@pytest.mark.parametrize("detector_id", DETECTORS)
def test_a_finding_says_in_words_which_of_its_detectors_causes_it_has_and_every_cause_is_one_that_is_found(detector_id):
    path = FOLDER.path / DETECTORS[detector_id].folder / "tests.yaml"
    all_cases = parse_table(path.read_text(), path.name)["cases"]
    found = [
        item.cause
        for case in all_cases
        for item in run(case.get("searches", []), [detector_id], context(case), findings=case.get("findings", ()))[0]
    ]
    assert {*found} == ({*DETECTORS[detector_id].causes.values()} or {None})


@pytest.mark.parametrize("detector_id", DETECTORS)
def test_a_detector_that_looks_at_no_search_asks_for_none_of_earlier_days(detector_id):
    detector = DETECTORS[detector_id]
    looks = detector.rule is not None or re.search(r"\b(all_)?searches\b", detector.question)
    assert looks or detector.looks_back_days == 1  # every day more is laid out for all detectors together


def test_there_are_all_twenty():
    assert list(DETECTORS) == [f"D{number}" for number in range(1, 21)]


@pytest.mark.parametrize("reason", ["service_needs_person", "on_behalf_of_not_allowed"])
def test_a_service_that_may_act_for_nobody_is_no_person_who_searched(reason):
    refused = {"kind": "service", "tied": False, "case": "none", "every_days": 0.1, "times": 60, "reasons": [reason]}
    groups = [refused | {"user": f"svc{number}"} for number in range(5)]
    assert run(groups, ["D1", "D5", "D9", "D17"])[0] == []
    assert {item.detector_id for item in run([one | {"kind": "person"} for one in groups], ["D1", "D9", "D17"])[0]}


def test_a_pattern_that_goes_on_is_one_finding_until_it_has_rested():
    daily = {"every_days": 1, "times": 60, "tied": False}
    again = {"start": 200, "every_days": 1, "times": 60, "tied": False}
    found, _ = run([daily], ["D1"])
    assert [item.severity for item in found] == ["warn", "alert"]
    found, _ = run([daily, again], ["D1"], days=300)
    assert [item.severity for item in found] == ["warn", "alert"] * 2


def test_the_same_is_found_in_one_run_and_in_many_runs_over_parts():
    groups = [
        {"every_days": 3, "times": 50, "tied": False},
        {"user": "u2", "every_days": 0.9, "times": 150, "plate": "each"},
        {"user": "u3", "every_days": 1.5, "times": 80, "plate": "P1", "tied": False, "reasons": ["target_unknown"]},
        {"user": "u3", "every_days": 0.01, "times": 30, "start": 77, "plate": "each"},
    ]
    once, _ = run(groups, days=160)
    often, _ = run(groups, days=160, pieces=7)
    assert once
    assert {item.finding_id for item in once} == {item.finding_id for item in often}
    assert len(often) == len({item.finding_id for item in often})


def test_a_part_of_the_time_gives_the_same_whenever_it_begins():
    groups = [
        {"every_days": 3, "times": 40, "tied": False},
        {
            "user": "u2",
            "every_days": 0.9,
            "times": 130,
            "plate": "each",
            "traits": ["vague"],
            "case": "20-1",
            "for": "u1",
        },
        {"user": "u3", "every_days": 0.4, "times": 300, "plate": "P2", "ip": "198.51.100.9", "lookback": range(300)},
        {
            "user": "u3",
            "every_days": 0.4,
            "times": 300,
            "start": 0.2,
            "plate": "P3",
            "subjects": ["s1"],
            "case": "none",
        },
    ]
    around = context(
        {"imports": [0], "vendor": [{"days": range(0, 120, 2), "class": "around_portal", "networks": 700}]}
    )
    unread = [{"opened": 0}]
    midnight = START.replace(hour=0)
    whole = {item.finding_id: item for item in run(groups, around=around, days=130, findings=unread)[0]}
    for first in (36.5, 40, 73, 97.3):
        since = midnight + timedelta(days=first + 1)
        part = {item.finding_id for item in run(groups, around=around, since=since, days=20, findings=unread)[0]}
        begins, ends = since - timedelta(days=1), since + timedelta(days=19)
        assert part == {name for name, item in whole.items() if begins <= item.at < ends}


def test_a_plate_is_followed_across_epochs_by_the_hash_that_neighbours_share():
    made = sequence([{"every_days": 10, "times": 12, "tied": False}])
    rows = []
    for number, row in enumerate(made.rows):
        row = list(row)  # noqa: PLW2901 - the row, to be changed
        row[13], row[14] = f"h-{number * 10 // 30}", f"t-{(number * 10 + 15) // 30}"
        rows.append(tuple(row))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        type(made)(rows).fill(connection)
        found = list(
            run_detectors(
                connection,
                [DETECTORS["D1"]],
                DetectionContext(),
                since=START,
                until=START + timedelta(days=120),
                zone="UTC",
            )
        )
        assert {len(item.decision_ids) for item in found if item.severity == "alert"} == {3}
        plates = connection.execute("SELECT count(DISTINCT plate) FROM searches").fetchone()
    assert plates == (1,)


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("data.yaml", "{}\n", "which data.yaml has not"),
        ("data.yaml", "window_days: {value: 3}\n", "must have value, source and confidence"),
        ("detector.yaml", "id: D1\n", "detector.yaml: title is missing"),
        ("detector.yaml", WHOLE.replace("id: D1", "id: 21"), "id must be a text, in quotes; here it is 21"),
        ("detector.yaml", WHOLE.replace("id: D1", "id: d1"), "id must be a capital"),
        (
            "detector.yaml",
            WHOLE.replace("office: true", 'office: "yes"'),
            "reviewed_by_another_office must be true or false, without quotes; here it is the text yes",
        ),
        ("detector.yaml", WHOLE.replace("title:", "titel:"), "titel is read by nothing; did you mean title"),
        (
            "detector.yaml",
            WHOLE.replace("long_days]", "long_dayz]"),
            "looks_back_days must list .*; long_dayz is none; did you mean long_days\\?",
        ),
        ("detector.yaml", f"{WHOLE}causes: [missing]\n", "causes must be a block of named values"),
    ],
)
def test_a_detector_that_is_not_whole_is_refused_with_every_mistake(tmp_path: Path, file, text, told):
    folder = tmp_path / "d01_repeat_plate"
    folder.mkdir()
    for name in ("data.yaml", "detector.yaml", "query.sql"):
        (folder / name).write_text((FOLDER.path / "d01_repeat_plate" / name).read_text())
    (folder / file).write_text(text)
    with pytest.raises(ConfigurationError, match=told):
        read_detectors(OversightFolder(path=tmp_path, parse=parse_table, ask_rule=answer_by_rule))


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("query.sql", "SELECT 1", "may have only one of them"),
        ("data.yaml", "{}\n", "which data.yaml has not"),
        ("data.yaml", "other: {value: 3, source: x, confidence: agency}\n", "does not use"),
    ],
)
def test_a_rule_about_one_decision_uses_every_limit_of_its_table_and_has_no_query_beside_it(tmp_path, file, text, told):
    folder = copy_of_d4(tmp_path)
    (folder / file).write_text(text)
    with pytest.raises(ConfigurationError, match=told):
        read_detectors(OversightFolder(path=tmp_path, parse=parse_table, ask_rule=answer_by_rule))


@pytest.mark.parametrize("name", ["a01_own", "d1_own", "d21-own", "D21_own", "own"])
@pytest.mark.parametrize("part", ["detector.yaml", "tests.yaml", "query.sql", "detector.rego"])
def test_a_detector_in_a_folder_that_is_not_named_as_one_is_told_and_not_passed_over(tmp_path, name, part):
    copy_of_d4(tmp_path)
    (tmp_path / "agency").mkdir()
    (tmp_path / name).mkdir()
    (tmp_path / name / part).write_text("")
    with pytest.raises(
        ConfigurationError, match=f"oversight/{name}: holds a detector, whose folder is named d, two digits"
    ):
        read_detectors(OversightFolder(path=tmp_path, parse=parse_table, ask_rule=answer_by_rule))


def test_a_detector_that_was_copied_with_its_id_is_told(tmp_path):
    shutil.copytree(copy_of_d4(tmp_path), tmp_path / "d23_copy")
    told = "oversight/d23_copy/detector.yaml: its id D4 is that of oversight/d04_own_circle: give it one of its own"
    with pytest.raises(ConfigurationError, match=told):
        read_detectors(OversightFolder(path=tmp_path, parse=parse_table, ask_rule=answer_by_rule))


def copy_of_d4(tmp_path):
    folder = tmp_path / "d04_own_circle"
    folder.mkdir()
    for name in ("data.yaml", "detector.yaml", "detector.rego"):
        (folder / name).write_text((FOLDER.path / "d04_own_circle" / name).read_text())
    return folder


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (
            "input.search.verdit",
            "line 22: a rule about one search is told no input.search.verdit; did you mean verdict?",
        ),
        ("input.searches.verdict", "is told no input.searches; did you mean search?"),
        ("input.query.plate", "is told no input.query"),
    ],
)
def test_a_rule_that_reads_what_it_is_not_told_of_a_search_is_a_mistake_at_its_line(tmp_path, read, told):
    rule = copy_of_d4(tmp_path) / "detector.rego"
    rule.write_text(rule.read_text().replace("input.search.on_list == true", f'{read} == "x" # not input.nothing'))
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        read_detectors(OversightFolder(path=tmp_path, parse=parse_table, ask_rule=answer_by_rule))


@pytest.mark.parametrize(
    "rule",
    [
        'findings contains {"severity": "panic", "about": "x"} if input.search.verdict == "deny"',
        'findings := "all"',
        "findings contains 1 / 0",
        "nothing here",
    ],
)
def test_a_rule_that_says_something_else_than_findings_is_refused(tmp_path, rule):
    folder = copy_of_d4(tmp_path)
    (folder / "data.yaml").write_text("{}\n")
    (folder / "detector.rego").write_text(f"package oversight.d04_own_circle\n\n{rule}\n")
    [detector] = read_detectors(OversightFolder(path=tmp_path, parse=parse_table, ask_rule=answer_by_rule))
    with pytest.raises(ConfigurationError, match=r"d04_own_circle/detector\.rego"):
        detector.rule.say(['{"search": {"verdict": "deny"}}'])


def test_a_rule_is_asked_once_about_searches_that_are_alike():
    asked = []

    def count(rego, data, rule, inputs):
        asked.append(len(inputs))
        return answer_by_rule(rego, data, rule, inputs)

    folder = OversightFolder(path=FOLDER.path, parse=parse_table, ask_rule=count)
    [detector] = [item for item in read_detectors(folder) if item.detector_id == "D4"]
    made = sequence([{"every_days": 0.5, "times": 100, "plate": "each", "same": "each"}])
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        made.fill(connection)
        until = START + timedelta(days=90)
        found = run_detectors(connection, [detector], DetectionContext(), since=START, until=until, zone="UTC")
        assert list(found) == []
    assert asked == [1]


def test_days_in_which_no_round_succeeded_are_looked_at_afterwards_and_without_a_note_all_is(tmp_path):
    asked, clock = [], [START]
    (tmp_path / "audit").mkdir()

    def look(since):
        asked.append(since)
        if len(asked) == 2:
            raise ValueError("a broken table")

    def go_round():
        runner = DetectorRunner(tmp_path / "audit", tmp_path / "state", look, every_s=1, clock=lambda: clock[0])
        runner.round()

    go_round()
    clock[0] = START + timedelta(days=9)
    with pytest.raises(ValueError, match="broken"):
        go_round()
    clock[0] = START + timedelta(days=10)
    go_round()
    assert asked == [None, START - timedelta(days=2), START - timedelta(days=2)]


def test_an_event_log_that_comes_in_late_is_looked_at_once_from_its_first_day_on(tmp_path):
    asked, clock = [], [START]
    (tmp_path / "audit").mkdir()
    runner = DetectorRunner(tmp_path / "audit", tmp_path / "state", asked.append, every_s=1, clock=lambda: clock[0])
    runner.round()
    log = tmp_path / "state" / "imports" / "events-0123.json"
    log.parent.mkdir()
    log.write_text('{"first": "2020-02-29T00:00:00.000Z"}')
    assert [runner.round(), runner.round()] == [True, False]
    clock[0] += timedelta(days=1)
    runner.round()
    assert asked == [None, datetime(2020, 2, 29, tzinfo=UTC), START - timedelta(days=2)]


def test_it_is_looked_again_after_a_quiet_hour_for_reviews_fall_due_without_a_search(tmp_path):
    asked, clock = [], [START]
    (tmp_path / "audit").mkdir()
    runner = DetectorRunner(tmp_path / "audit", tmp_path / "state", asked.append, every_s=1, clock=lambda: clock[0])
    rounds = []
    for minutes in (0, 1, 58, 2, 1):
        clock[0] += timedelta(minutes=minutes)
        rounds.append(runner.round())
    assert rounds == [True, False, False, True, False]


def test_a_worker_warns_that_the_detectors_cannot_run_and_why_until_they_do(tmp_path):
    wrong, clock = [True], [START]
    (tmp_path / "audit").mkdir()

    def look(_since):
        if wrong[0]:
            raise ConfigurationError(["oversight/d05_volume: a limit is no number"])

    def show(told):
        end = time.monotonic() + 30
        while runner.warnings() != told:
            assert time.monotonic() < end, runner.warnings()
            time.sleep(0.01)

    runner = DetectorRunner(tmp_path / "audit", tmp_path / "state", look, every_s=0.01, clock=lambda: clock[0])
    runner.start()
    show(["the detectors cannot run: oversight/d05_volume: a limit is no number"])
    wrong[0] = False
    show([])
    runner.close()


def test_the_invented_clean_agency_is_measured_on_records_of_every_field_that_a_question_reads():
    person = Person(1, random.Random(1))
    made = Sequence([row for day in range(120) for row in person.searches(day)])
    with duckdb.connect() as connection:
        made.fill(connection)
        [(found,)] = connection.execute("SELECT count(*) FROM records WHERE vendor_profile IS NOT NULL").fetchall()
    assert found == len(made.rows) > 0


def test_a_plate_that_was_denied_and_is_then_searched_in_the_colleagues_own_case_is_asked_of_who_was_denied():
    denied = {"days": [0], "user": "u10", "tied": False, "reasons": ["target_unknown"], "case": "26-0009"}
    found, _ = run([denied, {"days": [0.2], "user": "u01"}], ["D15"])
    assert [(item.user_id, item.severity) for item in found] == [("u10", "alert")]
    for reason in (
        "lookback_too_long",
        "reason_missing",
    ):  # who is denied for that alone asks in the own case all the same
        own = {"days": [0.2], "user": "u01", "tied": False, "reasons": [reason]}
        found, _ = run([denied, own], ["D15"])
        assert [(item.user_id, item.severity) for item in found] == [("u10", "alert")]
    neither = {"days": [0.2], "user": "u11", "tied": False, "reasons": ["target_unknown"], "case": "26-0003"}
    found, _ = run([denied, neither], ["D15"])
    assert [(item.user_id, item.severity) for item in found] == [("u11", "alert")]


def test_whatever_a_look_raises_is_told_and_the_next_look_comes(tmp_path):
    asked = []
    (tmp_path / "audit").mkdir()

    def look(since):
        asked.append(since)
        if len(asked) == 1:
            raise KeyError("of a question that nobody foresaw")

    runner = DetectorRunner(tmp_path / "audit", tmp_path / "state", look, every_s=0.01, clock=lambda: START)
    runner.start()
    end = time.monotonic() + 10
    while (len(asked) < 2 or runner.warnings()) and time.monotonic() < end:
        time.sleep(0.005)
    runner.close()
    assert (len(asked), runner.warnings()) == (2, [])
