import pytest

from gateway.errors import ConfigurationError
from gateway.facts.importer import import_facts
from tests.facts.agency import NOW, days_ago, with_lines, write_agency
from tests.facts.terms import import_terms


@pytest.mark.parametrize(
    ("table", "line", "sentence"),
    [
        ("users", "u1,Twin,,,,", "users.csv row 22, column user_id: repeats row 2"),
        ("training", "u14,lpr,,", "training.csv row 17, column user_id, course, version, completed_on: repeats row 16"),
        ("cases", "25-000404,,,,,,,", "cases.csv row 6, column case_number: repeats row 5"),
        ("case_members", "25-001234,u1", "case_members.csv row 6, column case_number, user_id: repeats row 2"),
        ("subjects", "s1,25-000777,subject,true", "subjects.csv row 7, column subject_id: repeats row 2"),
        (
            "subject_plates",
            "s2,xyz-789,MD,,",
            "subject_plates.csv row 8, column subject_id, plate, plate_state, valid_from: repeats row 3",
        ),
        ("approvals", "a1,u1,,,,,", "approvals.csv row 5, column approval_id: repeats row 2"),
        ("protected_plates", "judge-0,,", "protected_plates.csv row 4, column plate, plate_state: repeats row 3"),
        ("training", "u99,lpr,,", "training.csv row 17, column user_id: names no row of users.csv (found 'u99')"),
        (
            "acknowledgements",
            "u99,x,1,",
            "acknowledgements.csv row 11, column user_id: names no row of users.csv (found 'u99')",
        ),
        (
            "case_members",
            "none,u1",
            "case_members.csv row 6, column case_number: names no row of cases.csv (found 'none')",
        ),
        (
            "case_members",
            "25-001234,u99",
            "case_members.csv row 6, column user_id: names no row of users.csv (found 'u99')",
        ),
        ("subjects", "s9,none,,", "subjects.csv row 7, column case_number: names no row of cases.csv (found 'none')"),
        ("subject_plates", "s99,A1,,,", "subject_plates.csv row 8, column subject_id: names no row of subjects.csv"),
        ("approvals", "a9,u99,,,,,", "approvals.csv row 5, column user_id: names no row of users.csv"),
        ("approvals", "a9,u1,none,,,,", "approvals.csv row 5, column case_number: names no row of cases.csv"),
        ("approvals", "a9,u1,,,,u99,", "approvals.csv row 5, column approved_by: names no row of users.csv"),
        ("training", f"u2,lpr,,{days_ago(-1)}", "training.csv row 17, column completed_on: lies in the future"),
        (
            "acknowledgements",
            "u1,x,1,2026-11-22T14:00:01Z",
            "acknowledgements.csv row 11, column accepted_at: lies in the future",
        ),
        ("cases", f"c,,,{days_ago(-1)},,,,", "cases.csv row 6, column opened_on: lies in the future"),
        ("cases", f"c,,,,{days_ago(-1)},,,", "cases.csv row 6, column closed_on: lies in the future"),
        ("cases", f"c,,,,,,{days_ago(-1)},", "cases.csv row 6, column lookback_from: lies in the future"),
        ("cases", f"c,,,{days_ago(1)},{days_ago(2)},,,", "cases.csv row 6, column closed_on: lies before opened_on"),
        (
            "subject_plates",
            f"s1,A1,,{days_ago(-1)},",
            "subject_plates.csv row 8, column valid_from: lies in the future",
        ),
        (
            "subject_plates",
            f"s1,A1,,{days_ago(1)},{days_ago(2)}",
            "subject_plates.csv row 8, column valid_to: lies before valid_from",
        ),
    ],
)
def test_what_cannot_be_between_rows_is_named_by_row_and_column(url, load, table, line, sentence):
    with pytest.raises(ConfigurationError) as caught:
        load(url, **{table: with_lines(table, [line])})
    assert sentence in caught.value.problems


def test_the_same_mistake_in_many_rows_is_told_of_three_and_then_of_all_others_at_once(url, load):
    yes = [f"v{n},N,ERO,BAL,officer,{'true' if n == 6 else 'yes'}" for n in range(1, 10)]
    with pytest.raises(ConfigurationError) as caught:
        load(url, users=with_lines("users", yes))
    sentence = "column active: must be true, false or empty"
    assert caught.value.problems == [
        *(f"users.csv row {row}, {sentence} (found 'yes')" for row in (22, 23, 24)),
        f"users.csv rows 25-26, 28-30, {sentence} (5 more)",
    ]


def test_what_names_a_row_that_a_mistake_kept_out_is_not_told_besides(url, load):
    with pytest.raises(ConfigurationError) as caught:
        load(
            url,
            subjects=with_lines("subjects", ["s9,25#9,subject,true"]),
            subject_plates=with_lines("subject_plates", ["s9,A1,,,", "s98,A2,,,"]),
        )
    first, second = caught.value.problems
    assert first.startswith("subjects.csv row 7, column case_number: must be letters, digits")
    assert second == "subject_plates.csv row 9, column subject_id: names no row of subjects.csv"


def test_a_file_named_in_capitals_is_told_as_such(sqlite_url, tmp_path):
    directory = write_agency(tmp_path / "agency")
    (directory / "users.csv").rename(directory / "Users.csv")
    with pytest.raises(ConfigurationError) as caught:
        import_facts(directory, url=sqlite_url, terms=import_terms(now=NOW))
    assert caught.value.problems == ["users.csv: is missing; Users.csv must be named so, in small letters"]


def test_every_repetition_is_named(url, load):
    with pytest.raises(ConfigurationError) as caught:
        load(url, users=with_lines("users", ["u1,,,,,", "u1,,,,,"]))
    assert caught.value.problems == [f"users.csv row {row}, column user_id: repeats row 2" for row in (22, 23)]


def test_today_and_expiries_ahead_are_no_mistakes(url, load):
    report = load(
        url,
        training=with_lines("training", [f"u2,other,,{days_ago(0)}"]),
        subject_plates=with_lines("subject_plates", [f"s1,A1,,{days_ago(0)},{days_ago(-900)}"]),
        approvals=with_lines("approvals", ["a9,u1,,,,,2099-01-01T00:00:00Z"]),
    )
    assert report.rows["training"] == 16


def test_the_same_plate_at_another_time_or_in_another_state_is_no_repetition(url, load):
    more = ["s2,XYZ789,VA,,", f"s2,XYZ789,MD,{days_ago(9)},"]
    assert load(url, subject_plates=with_lines("subject_plates", more)).rows["subject_plates"] == 8


def test_what_is_odd_but_harmless_is_a_warning(url, load):
    odd = [f"c1,civil,open,,,,{days_ago(9)},", f"c2,criminal,open,,{days_ago(9)},,,"]
    warnings = load(url, cases=with_lines("cases", odd)).warnings
    assert "cases.csv: 1 civil cases have a lookback_from, which does not count" in warnings
    assert "cases.csv: 1 open cases have a closed_on" in warnings
    assert any("open criminal cases have no lookback_from, so that they cannot be searched" in one for one in warnings)


def test_an_approval_of_a_protected_plate_that_names_none_is_warned_of(url, load):
    given = ["p1,u1,,protected_plate,,,2099-01-01T00:00:00Z", "p2,u1,,protected_plate,AB1,,2099-01-01T00:00:00Z"]
    [told] = [one for one in load(url, approvals=with_lines("approvals", given)).warnings if "protected_plate" in one]
    assert told.startswith(
        "approvals.csv: 1 approvals of protected_plate name no plate, so that they count for nothing"
    )


def test_an_approval_with_several_wildcards_in_a_row_is_warned_of(url, load):
    given = [
        f"w{number},u1,,partial_plate,{plate},,2099-01-01T00:00:00Z"
        for number, plate in enumerate(("AB**1", "AB* -*1", "A*B*1"))
    ]
    [told] = [one for one in load(url, approvals=with_lines("approvals", given)).warnings if "several *" in one]
    assert told.startswith("approvals.csv: 2 approvals have several * in a row, so that they count for nothing")


def test_who_may_search_and_could_ask_nobody_for_an_approval_is_warned_of(url, load):
    people = ["n1,,HSI,,officer,true", "n2,,HSI,,officer,false", "n3,,HSI,,privacy,true", "n4,,HSI,,,true"]
    people += ["k1,,HSI,KEY,officer,true", "k2,,HSI,KEY,supervisor,false"]
    people += ["s1,,HSI,SOLO,officer;supervisor,true", "s2,,HSI,SOLO,officer,true"]
    people += [f"m{number},,HSI,M{number},officer,true" for number in range(6)]
    told = [one for one in load(url, users=with_lines("users", people)).warnings if "nobody could decide" in one]
    nowhere, alone = told
    assert nowhere.startswith("users.csv: 1 who may search have no office, ")
    assert "7 who may search have no active supervisor in their office ('KEY', 'M0', " in alone
    assert " and 2 more)" in alone
    assert "SOLO" not in alone
