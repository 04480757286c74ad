import contextlib
import sqlite3
from datetime import timedelta

import pytest

from gateway.errors import ConfigurationError
from gateway.facts.queries import list_names, revisions, show
from tests.facts.agency import NOW, rows


def test_a_person_is_shown_with_everything_known_of_them(url, load):
    load(url)
    shown = show(url, "user", "u1")
    assert shown["users"] == [
        {
            "row": 2,
            "user_id": "u1",
            "name": "Officer 1",
            "component": "ERO",
            "office": "BAL",
            "roles": "officer",
            "active": True,
        }
    ]
    assert {table: len(rows) for table, rows in shown.items()} == {
        "users": 1,
        "training": 2,
        "acknowledgements": 1,
        "case_members": 2,
        "approvals": 2,
    }


def test_a_case_is_shown_with_members_and_subjects_and_without_plates(url, load):
    load(url)
    shown = show(url, "case", "25-001234")
    assert [row["user_id"] for row in shown["case_members"]] == ["u1", "u2"]
    assert [row["subject_id"] for row in shown["subjects"]] == ["s1", "s2", "s5"]
    assert "subject_plates" not in shown


@pytest.mark.parametrize("written", ["ABC-120", "abc 12o", "ABC120"])
def test_a_plate_is_shown_however_it_is_written(url, load, written):
    load(url)
    shown = show(url, "plate", written)
    assert [row["plate"] for row in shown["subject_plates"]] == ["ABC-120", "abc12O"]
    assert [row["subject_id"] for row in shown["subjects"]] == ["s1", "s3"]
    assert shown["protected_plates"] == []


def test_a_protected_plate_of_nobody_is_shown(url, load):
    load(url)
    assert show(url, "plate", "JUDGE-O")["protected_plates"][0]["note"] == "judge"


@pytest.mark.parametrize("kind", ["user", "case", "plate"])
def test_what_is_not_there_is_none(url, load, kind):
    load(url)
    assert show(url, kind, "nothing") is None


def test_another_kind_or_no_facts_is_a_mistake(url, load):
    with pytest.raises(ConfigurationError, match="no facts were imported yet"):
        show(url, "user", "u1")
    load(url)
    with pytest.raises(ConfigurationError, match="must be one of user, office, case, plate"):
        show(url, "training", "u1")


def test_before_the_first_import_there_are_no_revisions(url):
    assert revisions(url) == []


def test_revisions_remember_what_was_imported(url, load):
    load(url)
    load(url)
    newest, first = revisions(url)
    assert (newest.number, first.number) == (2, 1)
    assert newest.content == first.content
    assert newest.rows["users"] == 20
    assert (newest.why, newest.serial, newest.signed) == (None, None, False)


def test_a_database_that_is_away_is_told_with_its_address():
    with pytest.raises(ConfigurationError) as caught:
        revisions("postgresql+psycopg://gateway@127.0.0.1:1/lpr")
    assert "[facts] url: nobody answers at 127.0.0.1:1" in str(caught.value)


def test_everybody_is_named_as_the_facts_in_force_and_those_that_are_kept_know_them(url, load):
    assert list_names(url, keep_days=30) == []
    load(url)
    before = list_names(url, keep_days=30)
    load(
        url,
        users=["u1,Officer One,ERO,NYC,officer,true", *rows()["users"][1:]],
        options={"now": NOW + timedelta(hours=1)},
    )
    named = list_names(url, keep_days=30)
    assert before[0] == ("Officer 1", "u1", "BAL")
    assert named[0] == ("Officer One", "u1", "NYC")
    assert sorted(named) == sorted([named[0], *before])


def test_a_file_that_holds_other_things_is_told_by_the_setting_that_names_it(tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / "gateway.db")) as other:
        other.executescript("CREATE TABLE revisions (x); INSERT INTO revisions VALUES (1);")
    with pytest.raises(ConfigurationError) as refused:
        revisions(f"sqlite:///{tmp_path}/gateway.db")
    [told] = refused.value.problems
    assert told.startswith("[facts] url: no facts can be read in what it names")
