"""What keeps detectors from running, and what of a draft they would not follow, is told."""

import shutil

import pytest

from gateway.app.doctor import examine
from gateway.app.oversight_faults import find_oversight_faults, oversight_findings
from gateway.app.symptom import FAILURE
from tests.app.editable_oversight import edit, make_editable
from tests.auditing.installation import POLICIES


@pytest.fixture
def editable(tmp_path):
    return make_editable(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("value: 12\n", "value: twelve\n", "`warn_day.value` must be a number in digits, as 12 or 0.5, without quotes"),
        ("value: 12\n", 'value: "18"\n', "without quotes or commas; here it is the text 18."),
        ("value: 12\n", "value: [12\n", "this is not a table that can be read"),
        (
            "warn_day:",
            "warn_days:",
            "has warn_days, which query.sql does not use; did you mean warn_day?",
        ),
    ],
)
def test_a_limit_that_no_detector_can_use_is_told_by_run_by_the_check_and_by_doctor(editable, old, new, told):
    made, tables = editable
    made.search()
    edit(tables / "d05_volume" / "data.yaml", old, new)
    ran = made.invoke("oversight", "run")
    assert (ran.exit_code, told in ran.output) == (2, True)
    assert "oversight/d05_volume" in ran.output
    [sentence] = {
        one.sentence for one in examine(made.settings) if (one.topic, one.state) == ("detectors", FAILURE)
    } & {fault for fault in find_oversight_faults(made.settings) if told in fault}
    assert "d05_volume" in sentence
    checked = oversight_findings(made.settings, tables.parent)
    assert any(told in finding.sentence for finding in checked)
    assert all(finding.file.startswith("oversight/d05_volume") for finding in checked)


def test_a_limits_misspelt_name_is_found_by_the_check_at_its_line(editable):
    made, tables = editable
    edit(tables / "d05_volume" / "data.yaml", "warn_day:", "warn_dayz:")
    found = {(one.file, one.line, one.sentence) for one in oversight_findings(made.settings, tables.parent)}
    told = "has warn_dayz, which query.sql does not use; did you mean warn_day?"
    assert ("oversight/d05_volume/data.yaml", 1, told) in found


@pytest.mark.parametrize(
    ("detector", "old", "new", "line", "told"),
    [
        ("d05_volume", "value: 12\n", "value: 1,5\n", 2, "`warn_day.value` must be a number in digits, as 12 or 0.5, without quotes or commas; here it is the text 1,5."),
        ("d05_volume", "value: 12\n", "value: -18\n", 2, "`warn_day.value` is -18; plausible is at least 0."),
        ("d05_volume", "value: 12\n", "value: 1.200\n", 2, "`warn_day.value` is written 1.200: a point begins a fraction, so this is 1.2 and not 1200. Write 1200, or 1.2000 where a fraction is meant."),
        ("d08_constant_reason", "value: 0.8", "value: 80", 10, "`share.value` is 80; plausible is at most 1."),
        ("d08_constant_reason", "value: 30", 'value: "30"', 2, "`window_days.value` must be a whole number in digits, as 12, without quotes or commas; here it is the text 30."),
        ("d08_constant_reason", "value: 30", "value: 0", 2, "`window_days.value` is 0; plausible is at least 1."),
        ("d10_forbidden_purpose", "value: [clinic,", "value: clinic # [", 10, "`alert_topics.value` must be a list, as [one, two]; here it is the text clinic."),
        ("d07_off_duty", "value: 5\n", "value: 500\n", 10, "`night_until.value` is 500; plausible is at most 24."),
        ("d09_case_number", "value: '^(?:20)?(\\d{2})-\\d'", "value: 26", 26, "`case_year.value` must be a text, in quotes; here it is 26."),
        ("d04_own_circle", "value: [target_protected]", "value: 1.5", 2, "`protected_reasons.value` must be a list, as [one, two]; here it is 1.5."),
        ("d10_forbidden_purpose", " protest,", "\n    protests,", 11, "`alert_topics.value` names protests, which is no code of oversight/reasons; did you mean protest?"),
        ("d19_hot_list", "[immigration]", "[imigration]", 14, "`topics.value` names imigration, which is no code of oversight/reasons; did you mean immigration?"),
    ],
)  # fmt: skip
def test_a_limit_that_is_another_than_the_question_needs_is_told_at_its_line_with_what_it_is(
    editable, detector, old, new, line, told
):
    made, tables = editable
    edit(tables / detector / "data.yaml", old, new)
    place = f"oversight/{detector}/data.yaml"
    assert (place, line, told) in [
        (one.file, one.line, one.sentence) for one in oversight_findings(made.settings, tables.parent)
    ]
    checked = made.invoke("policy", "check", tables.parent)
    assert f"{place}:{line}: {told}" in checked.output


@pytest.mark.parametrize(
    ("zone", "place"),
    [("EST", "America/New_York"), ("MST", "America/Phoenix"), ("HST", "Pacific/Honolulu"), ("PST8PDT", "America/Los_Angeles"),
     ("GMT", "America/New_York"), ("Etc/GMT+5", "America/New_York")],
)  # fmt: skip
def test_a_zone_that_is_no_place_s_is_told_at_its_line_with_the_place_that_is_meant(editable, zone, place):
    made, tables = editable
    edit(tables / "agency" / "data.yaml", "America/New_York", zone)
    [fault] = find_oversight_faults(made.settings)
    assert fault.startswith(f"oversight/agency/data.yaml, line 3: time_zone is the text {zone}, ")
    assert place in fault


def test_a_name_of_the_agency_in_quotation_marks_of_a_word_processor_is_told_at_its_line(editable):
    made, tables = editable
    text = (tables / "agency" / "data.yaml").read_text()
    [line] = [at for at, one in enumerate(text.splitlines(), 1) if one.startswith("organizations:")]
    value = text.splitlines()[line]
    edit(
        tables / "agency" / "data.yaml",
        value,
        "  value: [\N{LEFT DOUBLE QUOTATION MARK}Our Agency\N{RIGHT DOUBLE QUOTATION MARK}]",
    )
    [fault] = find_oversight_faults(made.settings)
    assert fault.startswith(f"oversight/agency/data.yaml, line {line + 1}: ")
    assert "with quotation marks as a word processor writes them" in fault


@pytest.mark.parametrize("zone", ["America/Phoenix", "UTC"])
def test_a_place_that_has_no_daylight_saving_time_and_utc_are_zones(editable, zone):
    made, tables = editable
    edit(tables / "agency" / "data.yaml", "America/New_York", zone)
    assert find_oversight_faults(made.settings) == []


def test_an_agency_s_own_detector_is_held_to_how_its_question_uses_a_limit(editable):
    made, tables = editable
    own = tables / "d21_own"
    shutil.copytree(tables / "d16_on_behalf", own)
    edit(own / "detector.yaml", "id: D16", "id: D21")
    edit(own / "data.yaml", "value: 5\n", "value: 5,0\n")
    assert any("d21_own/data.yaml, line" in fault for fault in find_oversight_faults(made.settings))


@pytest.mark.parametrize(
    ("table", "old", "new", "told"),
    [
        ("exports", "  known_sets: {value:", "  known_sets: {vaule:", "exports/data.yaml, line 85: other: known_sets must have value, source and confidence; vaule is read by nothing; did you mean value?"),
        ("exports", "      time: [", "      tyme: [", "exports/data.yaml: flock: tyme is no word for a column; did you mean time?"),
        ("exports", "known_sets: {value: []", "known_set: {value: []", "exports/data.yaml, line 85: other: known_set is read by nothing; did you mean known_sets?"),
        ("exports", "value: true", "value: certainly", "exports/data.yaml, line 63: flock: writes_decision_id must be true or false, without quotes; here it is the text certainly"),
        ("exports", "\nother:", "\nacme: 3\nother:", "exports/data.yaml: acme: must be named values"),
        ("laws", "figure: people", "figure: persons", "laws/data.yaml, line 24: new-jersey-yearly: there is no figure persons"),
        ("laws", "figure: people", "figure: peple", "laws/data.yaml, line 24: new-jersey-yearly: there is no figure peple; did you mean people?"),
        ("exports", "[apilookup,", "[apilokup,", "exports/data.yaml: flock: gateway_kinds names apilokup, which is none of its search_kinds; did you mean apilookup?"),
        ("exports", "flock:", "flock: [", "exports/data.yaml"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_told_by_run_by_the_check_and_by_doctor_and_the_detectors_run(
    editable, table, old, new, told
):
    made, tables = editable
    made.search()
    edit(tables / table / "data.yaml", old, new)
    ran = made.invoke("oversight", "run")
    assert ran.exit_code == 0
    assert "new findings" in ran.output
    assert f"warning: oversight/{told}" in ran.output
    failures = [one.sentence for one in examine(made.settings) if (one.topic, one.state) == ("detectors", FAILURE)]
    assert any(told in sentence for sentence in failures)
    checked = made.invoke("policy", "check", tables.parent)
    assert checked.exit_code == 1
    assert f"oversight/{table}" in checked.output
    assert told.partition(": ")[2] in checked.output


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "shortest:\n  value: 2",
            "shortest:\n  value: two",
            "shortest must be a whole number in digits, as 12, without quotes or commas; here it is the text two",
        ),
        ("immigration:\n", "imigration:\n", "imigration is read by nothing; did you mean immigration?"),
        (
            "religion: ['\\bmosque\\b'",
            'religion: ["\\bmosque\\b"',
            "patterns.religion.0 holds a character that cannot be seen, as \\b is within double quotation marks: write it in single ones",
        ),
        (
            "religion: ['\\bmosque\\b'",
            "religion: ['(mosque'",
            "patterns.religion.0 is no pattern that can be used: missing ), unterminated subpattern at position 0",
        ),
        (
            "religion: ['\\bmosque\\b'",
            "religion: ['|mosque'",
            "patterns.religion.0 fits every reason: it is empty, or has a bar or a star too many",
        ),
    ],
)
def test_a_mistake_in_the_codes_of_reasons_is_told_by_run_by_the_check_and_by_doctor(editable, old, new, told):
    made, tables = editable
    made.search()
    path = tables / "reasons" / "data.yaml"
    edit(path, old, new)
    line = find_value_line(path, new.strip().partition("\n")[0])
    ran = made.invoke("oversight", "run")
    assert ran.exit_code == 2
    assert f"oversight/reasons/data.yaml, line {line}: {told}" in ran.output
    assert any(told in one.sentence for one in examine(made.settings))
    found = oversight_findings(made.settings, tables.parent)
    assert ("oversight/reasons/data.yaml", line) in [(one.file, one.line) for one in found if told in one.sentence]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("value: America/New_York", "value: America/NewYork", "line 3: time_zone is the text America/NewYork, which is the name of no time zone; did you mean America/New_York?"),
        ("sample_percent:\n  value: 1\n", "sample_percent:\n  value: 1,5\n", "line 37: sample_percent must be a number in digits, as 12 or 0.5, without quotes or commas; here it is the text 1,5"),
        ("  value: America", "  vaule: America", "line 3: time_zone must have value, source and confidence; vaule is read by nothing; did you mean value?"),
    ],
)  # fmt: skip
def test_a_mistake_in_what_is_said_of_the_agency_is_told_once_at_its_line(editable, old, new, told):
    made, tables = editable
    edit(tables / "agency" / "data.yaml", old, new)
    faults = set(find_oversight_faults(made.settings))
    assert [told in fault and fault.startswith("oversight/agency/data.yaml, line ") for fault in faults] == [True]


@pytest.mark.parametrize("commands", [("oversight", "run"), ("oversight", "test"), ("policy", "check", "FOLDER")])
def test_a_copy_beside_a_table_and_a_table_that_is_not_there_are_told_wherever_oversight_is_read(editable, commands):
    made, tables = editable
    made.search()
    shutil.copy(tables / "agency" / "data.yaml", tables / "agency" / "data (1).yaml")
    shutil.rmtree(tables / "exports")
    shutil.copytree(POLICIES / "lpr", tables.parent / "lpr")
    shutil.copytree(POLICIES / "tables", tables.parent / "tables")
    told = made.invoke(*(str(tables.parent) if one == "FOLDER" else one for one in commands)).output
    assert told.count("oversight/agency/data (1).yaml: Of oversight the files") == 1
    assert told.count("oversight/exports/data.yaml: there is no such table that can be read") == 1
    assert any("data (1).yaml" in one.sentence for one in examine(made.settings) if one.state == FAILURE)


def find_value_line(path, text):
    """Where what is written so has its value: there, or in the line below."""
    lines = path.read_text().splitlines()
    number = next(number for number, line in enumerate(lines) if line.strip().startswith(text))
    return number + 1 + lines[number + 1].strip().startswith("value:")


def test_mistakes_in_several_tables_and_detectors_are_told_all_at_once(editable):
    made, tables = editable
    made.search()
    edit(tables / "exports" / "data.yaml", "      time: [", "      tyme: [")
    edit(tables / "laws" / "data.yaml", "figure: people", "figure: persons")
    edit(tables / "agency" / "data.yaml", "publish_least:", "publish_lest:")
    for name in ("d01_repeat_plate", "d19_hot_list"):
        edit(tables / name / "detector.yaml", "title:", "titel:")
    ran = made.invoke("oversight", "run")
    faults = find_oversight_faults(made.settings)
    assert ran.exit_code == 2
    assert {fault.partition(":")[0].split("/")[1] for fault in faults} == {
        *("agency", "exports", "laws", "d01_repeat_plate", "d19_hot_list")
    }
    assert all(fault in ran.output for fault in faults)


def test_every_detector_that_cannot_be_asked_is_told_by_run(editable):
    made, tables = editable
    made.search()
    edit(tables / "d05_volume" / "query.sql", "SELECT", "SELECT former_column,")
    edit(tables / "d19_hot_list" / "query.sql", "SELECT", "SELECT former_column,")
    ran = made.invoke("oversight", "run")
    assert ran.exit_code == 2
    assert all(f"oversight/{name}/query.sql: cannot be asked" in ran.output for name in ("d05_volume", "d19_hot_list"))


def test_a_draft_with_another_oversight_is_told_that_no_signature_changes_it(editable):
    made, tables = editable
    draft = made.folder / "draft"
    shutil.copytree(POLICIES, draft)
    assert "note:" not in made.invoke("policy", "diff", draft).output
    edit(draft / "oversight" / "d05_volume" / "data.yaml", "value: 12\n", "value: 1200\n")
    told = made.invoke("policy", "diff", draft).output
    assert "oversight/d05_volume.warn_day.value: 12 -> 1200" in told
    assert f"followed where they lie, in {tables}" in told
