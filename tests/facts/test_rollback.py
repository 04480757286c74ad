from datetime import timedelta

import pytest

from gateway.errors import ConfigurationError
from gateway.facts.queries import revisions, show
from gateway.facts.revisions import KEPT, list_kept
from gateway.facts.rollback import roll_back
from gateway.value import replace
from tests.facts.agency import NOW, with_lines

LATER = NOW + timedelta(hours=3)
ADDED = {"case_members": with_lines("case_members", ["25-000777,u5"])}


def back(url, revision=None, why="a wrong delivery", now=LATER):
    return roll_back(url, revision, now=now, why=why, integrity=bytes(32), keep_days=30)


def test_without_a_name_the_facts_before_the_present_ones_are_in_force_again(url, load):
    first, second = load(url), load(url, **ADDED)
    restored = back(url)
    assert revisions(url)[0] == restored
    assert restored.place == first.revision
    assert restored.revision not in (first.revision, second.revision)
    assert len(show(url, "case", "25-000777")["case_members"]) == 1


def test_the_age_of_restored_facts_runs_from_their_delivery(url, load):
    first = load(url)
    load(url, **ADDED)
    assert back(url).as_of == first.as_of


def test_one_can_go_back_and_forth_and_import_again(url, load):
    first, second = load(url), load(url, **ADDED)
    back(url)
    assert back(url, second.revision).place == second.revision
    assert back(url, first.revision).place == first.revision
    third = load(url, **ADDED, options={"now": LATER})
    assert revisions(url)[0].revision == third.revision
    assert [one.number for one in revisions(url)] == [6, 5, 4, 3, 2, 1]


def test_rows_that_a_later_revision_stands_on_are_not_deleted(url, load):
    first = load(url)
    load(url, **ADDED)
    back(url)
    for day in range(KEPT):
        load(url, options={"now": NOW + timedelta(days=40 + day)}, **ADDED)
        back(url, now=NOW + timedelta(days=40 + day, hours=1))
    assert revisions(url)[0].place == first.revision
    assert show(url, "case", "25-000777") is not None


@pytest.mark.parametrize(
    ("revision", "why", "sentence"),
    [
        (None, " ", "--why: say why; the reason is kept with the revision"),
        (None, "x", "there is no earlier revision to go back to"),
        ("20260101-0001-000000000000", "x", "REVISION: there is no facts revision 20260101-0001-000000000000; see `facts revisions`"),
    ],
)  # fmt: skip
def test_what_cannot_be_gone_back_to_is_told(sqlite_url, load, revision, why, sentence):
    load(sqlite_url)
    with pytest.raises(ConfigurationError) as caught:
        back(sqlite_url, revision, why)
    assert caught.value.problems == [sentence]
    assert len(revisions(sqlite_url)) == 1


def test_a_revision_whose_rows_are_gone_cannot_be_gone_back_to(sqlite_url, load):
    first = load(sqlite_url)
    for day in range(KEPT):
        load(sqlite_url, options={"now": NOW + timedelta(days=100 + day)})
    with pytest.raises(ConfigurationError, match="no longer kept"):
        back(sqlite_url, first.revision)


def test_each_days_last_revision_of_a_month_is_kept_beside_the_newest(sqlite_url, load):
    load(sqlite_url)
    [one] = revisions(sqlite_url)
    made = [replace(one, imported_at=NOW + timedelta(hours=hours)) for hours in range(24 * 12 - 8, -1, -8)]
    kept = list_kept(made, keep_days=7)
    assert kept[:KEPT] == made[:KEPT]
    days = [one.imported_at.date() for one in kept[KEPT:]]
    assert len(set(days)) == len(days)
    assert (made[0].imported_at.date() - min(days)).days == 7


def test_a_catalog_of_an_earlier_version_is_still_read(sqlite_url, load, tmp_path):
    import sqlite3

    load(sqlite_url)
    with sqlite3.connect(tmp_path / "state" / "facts.db") as connection:
        connection.execute("ALTER TABLE revisions DROP COLUMN data")
    [read] = revisions(sqlite_url)
    assert read == replace(read, data=None)
    assert load(sqlite_url, **ADDED).revision == revisions(sqlite_url)[0].revision
