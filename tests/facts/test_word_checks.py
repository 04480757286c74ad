from gateway.facts.vocabulary import Vocabulary
from tests.facts.agency import rows
from tests.facts.test_importer import problems

POLICY = {"options": {"vocabulary": Vocabulary(components=frozenset({"ERO", "HSI"}))}}


def changed(table, old, new):
    return [line.replace(old, new) for line in rows()[table]]


def test_a_course_in_capitals_is_a_mistake_named_once_with_its_rows(sqlite_url, load):
    found = problems(load, sqlite_url, training=changed("training", ",lpr,", ",LPR,"))
    assert found == ["training.csv row 2, column course: 'LPR' does not count; write lpr (15 rows)"]


def test_a_document_and_a_relation_that_are_nearly_right_are_mistakes(sqlite_url, load):
    found = problems(
        load,
        sqlite_url,
        acknowledgements=changed("acknowledgements", "rules_of_behavior", "Rules of Behavior"),
        subjects=changed("subjects", ",subject,", ",Subject,"),
    )
    assert [sentence.split(": ", 1)[0] for sentence in found] == [
        "acknowledgements.csv row 2, column document",
        "subjects.csv row 2, column relation",
    ]


def test_a_component_that_is_nearly_one_of_the_policys_is_a_mistake(sqlite_url, load):
    found = problems(load, sqlite_url, users=changed("users", "ERO", "ER0"), **POLICY)
    assert found == ["users.csv row 2, column component: 'ER0' does not count; write ERO (10 rows)"]


def test_where_the_policy_has_a_digit_for_a_letter_the_mistake_is_said_to_be_rather_there(sqlite_url, load):
    mistaken = {"options": {"vocabulary": Vocabulary(components=frozenset({"ER0", "HSI"}))}}
    [told] = problems(load, sqlite_url, **mistaken)
    assert told.startswith(
        "users.csv row 2, column component: 'ERO' does not count; the policy's tables/purposes has ER0"
    )
    assert "where that is the mistake, have the privacy office put it right (10 rows)" in told


def test_a_component_that_no_purpose_lists_is_warned_of_for_those_who_may_search(sqlite_url, load):
    report = load(sqlite_url, users=changed("users", "HSI", "CBP"), **POLICY)
    assert "users.csv: 7 who may search have the component 'CBP', which no purpose lists" in report.warnings
    assert not any("OPLA" in sentence for sentence in report.warnings)


def test_a_training_file_without_the_course_that_counts_is_warned_of(sqlite_url, load):
    report = load(sqlite_url, training=changed("training", ",lpr,", ",cpr,"))
    assert "training.csv: no row has the course lpr; everybody is refused as training_missing" in report.warnings
