"""A limit that is raised or lowered makes no new finding of a pattern that is on record, and hides none that is not."""

import re
import shutil
from datetime import UTC, timedelta

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.oversight.detectors import read_detectors, run_detectors
from gateway.oversight.detectors.detection import FoundBefore
from gateway.oversight.detectors.scene import lay_out
from gateway.oversight.tables import OversightFolder
from gateway.pdp.backward_rule import answer_by_rule
from gateway.pdp.tables import parse_table
from tests.app.editable_oversight import edit, make_editable
from tests.auditing.ledgers import Ask
from tests.oversight.scene import FOLDER
from tests.oversight.sequences import START, context, sequence
from tests.properties import SHARING_FIXTURES, examples

SHIPPED = {detector.detector_id: detector for detector in read_detectors(FOLDER)}
A_DAY = {"every_days": 0.01, "plate": "each"}
AT_ONCE = {"every_days": 0.000001, "plate": "each"}
ON_TO_AN_ALERT = [{"days": [0]}, {"start": 0.001, **AT_ONCE, "times": 6, "tied": False}]
REST = timedelta(days=30)
WHOLE = 150
"""Days: more than the detectors look at in one piece."""
ORDERED = {
    ("D1", "warn_searches"): (2, 3, 5),
    ("D1", "alert_searches"): (3, 5, 8),
    ("D5", "warn_day"): (2, 4, 8),
    ("D6", "any_days"): (3, 5, 8),
    ("D8", "empty_searches"): (2, 5, 9),
    ("D9", "warn_missing"): (2, 4, 6),
    ("D14", "plates"): (2, 3, 5),
    ("D16", "warn_searches"): (1, 2, 4),
    ("D17", "persons"): (2, 3),
}
"""Limits of which a lower one finds all that a higher one finds, as severe or severer; the tightest first."""


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


def look(detector, groups, before=(), case=None, days=89):
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        case = case or {}
        sequence(groups, case.get("findings", ())).fill(connection)
        asked = {"since": START - timedelta(days=1), "until": START + timedelta(days=days), "zone": "America/New_York"}
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
        ("D14", {"plates": 3}, ON_TO_AN_ALERT),
        ("D9", {"case_plates": 25}, [{"every_days": 0.9, "times": 40, "plate": "each", "case": "20260001"}]),
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


def flagged(detector, groups):
    """All that the question finds, whether it is told or not, as it stands in one piece."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        sequence(groups).fill(connection)
        since, until = START - timedelta(days=1), START + timedelta(days=WHOLE)
        lay_out(connection, context({}), since=since, until=until, before=since, zone="America/New_York")
        asked = f"SELECT user_id, about, made_at, severity FROM ({detector.question}) ORDER BY made_at, severity DESC"
        rows = connection.execute(asked).fetchall()
    return [(user, about, at.replace(tzinfo=UTC), severity) for user, about, at, severity in rows]


def patterns(rows):
    """Of each person and about each thing, what was found without a rest between."""
    for one in sorted({row[:2] for row in rows}):
        pattern = []
        for row in (row for row in rows if row[:2] == one):
            if pattern and row[2] - pattern[-1][2] > REST:
                yield pattern
                pattern = []
            pattern.append(row)
        yield pattern


def truly_new(detector, groups, recorded, days):
    """The first of each pattern in which nothing as severe is on record, worked out from all that there is."""
    rows = flagged(detector, groups)
    for severity in ("warn", "alert"):
        severe = {severity, "alert"}
        for pattern in patterns([row for row in rows if row[3] in severe]):
            user, about, first, how = pattern[0]
            theirs = [one for one in recorded if (one.user_id, one.about) == (user, about) and one.severity in severe]
            met = any(first <= one.at <= pattern[-1][2] for one in theirs)
            if how == severity and not met and first < START + timedelta(days=days):
                yield user, about, first, severity


@st.composite
def searches(draw):
    groups = st.fixed_dictionaries(
        {
            "user": st.sampled_from(["u1", "u1", "u2"]),
            "start": st.sampled_from([0, 1, 6, 29, 33, 80, 88, 118]),
            "every_days": st.sampled_from([0.001, 0.9, 11]),
            "times": st.integers(2, 12),
            "plate": st.sampled_from(["P1", "each"]),
            "tied": st.booleans(),
        }
    )
    chosen = draw(st.lists(groups, min_size=2, max_size=4))
    words = {"traits": ["vague", "for_another"]}
    cited = [group | words | ({} if group["tied"] else {"case": "none"}) for group in chosen]
    return [group | {"start": group["start"] + number * 0.0003} for number, group in enumerate(cited)]


@settings(max_examples=examples(50), suppress_health_check=SHARING_FIXTURES, deadline=None)
@given(
    limit=st.sampled_from(sorted(ORDERED)),
    groups=searches(),
    former=st.lists(st.tuples(st.sampled_from([1, 2, 0]), st.sampled_from([WHOLE, 40])), min_size=1, max_size=2),
    days=st.sampled_from([WHOLE, 40]),
)
@example(limit=("D14", "plates"), groups=ON_TO_AN_ALERT, former=[(2, WHOLE)], days=WHOLE)
@example(limit=("D14", "plates"), groups=ON_TO_AN_ALERT, former=[(2, WHOLE), (1, WHOLE)], days=40)
def test_the_tightest_limit_tells_each_pattern_that_is_not_on_record_and_none_that_is(
    with_limits, limit, groups, former, days
):
    (detector_id, name), recorded, before = limit, [], []
    numbers = ORDERED[limit]
    for number, until in [*former, (0, days)]:
        detector = with_limits(detector_id, **{name: numbers[min(number, len(numbers) - 1)]})
        known = {one.finding_id for one in before}
        found = {item.finding_id: item for item in look(detector, groups, before, days=until)}
        new = [item for finding_id, item in found.items() if finding_id not in known]
        earlier = [*recorded]
        recorded += new
        before += on_record(new, detector)
    expected = set(truly_new(detector, groups, earlier, days))
    assert {(item.user_id, item.about, item.at, item.severity) for item in new} == expected


@pytest.mark.parametrize("days", [89, 200], ids=["of which only the first part is looked at", "of several quarters"])
@pytest.mark.parametrize(
    ("detector_id", "former", "present"),
    [
        ("D6", {"plate_days": 140, "any_days": 300}, {"any_days": 300}),
        ("D1", {"alert_long": 25, "alert_searches": 40}, {}),
    ],
)
def test_a_pattern_that_was_told_months_later_is_the_same_by_a_lowered_limit(
    with_limits, detector_id, former, present, days
):
    weekly = {"every_days": 7, "plate": "P1", "times": 18}
    daily = {"every_days": 1, "plate": "P1", "times": 30, "start": 120.2}
    groups = [weekly, daily] if detector_id == "D1" else [{**daily, "start": 0, "times": 150}]
    old = with_limits(detector_id, **former)
    recorded = on_record(look(old, groups, days=200), old)
    assert [item.at > START + timedelta(days=130) for item in recorded] == [True]
    new = with_limits(detector_id, **present)
    assert look(new, groups, days=days) != []
    assert look(new, groups, recorded, days=days) == []


def test_a_pattern_that_rested_before_one_that_was_told_months_later_is_new(with_limits):
    old = with_limits("D6", plate_days=20, any_days=300)
    one_a_day = {"every_days": 1, "plate": "P1"}
    groups = [{**one_a_day, "times": 10, "start": 75}, {**one_a_day, "times": 40, "start": 125}]
    recorded = on_record(look(old, groups, days=200), old)
    [new] = look(with_limits("D6", any_days=300), groups, recorded, days=200)
    assert new.at < START + timedelta(days=85)
