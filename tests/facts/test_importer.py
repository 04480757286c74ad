from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.facts.importer import import_facts
from gateway.facts.queries import revisions
from gateway.facts.revisions import KEPT
from tests.facts.agency import NOW, rows, with_lines, write_agency
from tests.facts.terms import import_terms

FORCED = {"force": True, "why": "the feed was cleaned"}


def problems(call, *arguments, **changes):
    with pytest.raises(ConfigurationError) as caught:
        call(*arguments, **changes)
    return caught.value.problems


def test_an_import_reports_revision_age_and_rows(url, load):
    report = load(url)
    assert report.rows == {table: len(lines) for table, lines in rows().items()}
    assert report.as_of == NOW
    assert report.revision == revisions(url)[0].revision
    assert report.revision.startswith("20261122-0001-")


def test_the_same_files_imported_again_make_a_new_revision_that_says_so(url, load):
    first = load(url)
    second = load(url)
    assert second.revision != first.revision
    assert second.revision.split("-")[2] == first.revision.split("-")[2]
    assert f"the same files as in revision {first.revision}" in second.warnings


def test_without_a_manifest_the_import_warns_that_the_age_runs_from_it(url, load):
    assert "no manifest.json: the age of the facts runs from this import" in load(url).warnings


def test_every_mistake_in_every_file_is_reported_at_once(url, load):
    found = problems(
        load,
        url,
        users=with_lines("users", ["u21,New,ERO,BAL,king,yes"]),
        training=["u1,,2026,2026-13-01"],
        cases=None,
    )
    assert "cases.csv: is missing" in found
    assert "users.csv row 22, column active: must be true, false or empty (found 'yes')" in found
    assert any(problem.startswith("users.csv row 22, column roles: must be a list") for problem in found)
    assert "training.csv row 2, column course: must not be empty" in found
    assert (
        "training.csv row 2, column completed_on: must be a date as 2026-11-22, or empty (found '2026-13-01')" in found
    )


def test_a_delivery_that_lacks_a_file_is_not_told_to_shrink_as_well(url, load, tmp_path):
    load(url)
    with pytest.raises(ConfigurationError) as caught:
        import_facts(tmp_path / "nowhere", url=url, terms=import_terms(now=NOW))
    assert {problem.partition(": ")[2] for problem in caught.value.problems} == {"is missing"}


def test_what_merely_follows_from_a_file_that_cannot_be_read_is_not_told(url, load):
    found = problems(load, url, users=None)
    assert found == ["users.csv: is missing"]


def test_what_merely_follows_from_a_row_that_cannot_be_read_is_not_told(url, load):
    users, cases = rows()["users"], rows()["cases"]
    comma = [users[0].replace(",", ", ", 1).replace(" ", " A,", 1), *users[1:]]
    [found] = problems(load, url, users=comma)
    assert found.startswith("users.csv row 2: must have 6 cells, and has 7: a comma within a cell")
    blank = [cases[0].replace(",", " ,", 1), *cases[1:]]
    [found] = problems(load, url, cases=blank)
    assert found.startswith("cases.csv row 2, column case_number: has spaces before or after it")


def test_a_failed_import_changes_nothing(url, load):
    load(url)
    before = revisions(url)
    problems(load, url, users=with_lines("users", ["u21,New,ERO,BAL,officer,yes"]))
    assert revisions(url) == before


def test_a_failed_import_leaves_no_file_behind(sqlite_url, load, tmp_path):
    problems(load, sqlite_url, users=["x"])
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["facts.db.lock"]


def test_a_directory_that_does_not_exist_reports_nine_missing_files(url, tmp_path):
    found = problems(import_facts, tmp_path / "nowhere", url=url, terms=import_terms(now=NOW))
    assert len([problem for problem in found if problem.endswith(": is missing")]) == 9


def test_no_mistake_repeats_a_plate(url, load):
    secret = "SECRET7?"
    columns = len(rows()["subject_plates"][0].split(","))
    lines = [",".join(secret if at == bad else "" for at in range(columns)) for bad in range(columns)]
    found = problems(
        load,
        url,
        subject_plates=[*lines, "s1,SECRET77,,,", "s1,secret-77,,,", "nobody,SECRET78,,,", secret],
        protected_plates=[f"{secret},,", f"SECRET79,{secret},", "SECRET79,,", "SECRET79,,"],
        approvals=[f"a1,u1,,,{secret},,"],
    )
    assert len(found) >= 8
    assert "SECRET" not in "\n".join(found).upper()


def test_a_flood_of_mistakes_is_told_in_part_and_counted(sqlite_url, load):
    found = problems(load, sqlite_url, protected_plates=["?,,"] * 1500)
    assert len(found) == 5
    assert "protected_plates.csv rows 5-1001, column plate: " in found[-2]
    assert found[-1] == "protected_plates.csv: 500 more mistakes"


def test_a_table_that_shrinks_by_more_than_a_fifth_needs_force(url, load):
    load(url)
    kept = rows()["users"]
    fewer = {"users": kept[:15], "approvals": [], "acknowledgements": [], "training": rows()["training"][:12]}
    found = problems(load, url, **fewer)
    assert "shrunk too much without --force --why: users, acknowledgements, approvals" in found
    report = load(url, options=FORCED, **fewer)
    assert set(report.shrunk) == {"users", "acknowledgements", "approvals"}
    assert revisions(url)[0].why == FORCED["why"]


def test_a_table_that_shrinks_by_exactly_a_fifth_does_not(url, load):
    load(url)
    assert load(url, training=rows()["training"][:12]).shrunk == ()


def test_any_shrinking_of_protected_plates_needs_force(url, load):
    many = [f"GOV{number}00,," for number in range(20)]
    load(url, protected_plates=many)
    assert problems(load, url, protected_plates=many[1:]) == ["shrunk too much without --force --why: protected_plates"]
    assert load(url, options=FORCED, protected_plates=many[1:]).shrunk == ("protected_plates",)


@pytest.mark.parametrize("replacement", [["GOV-002,MD,", "JUDGE0,,"], ["GOV-001,MD,", "JUDGE0,MD,", "MORE1,,"]])
def test_a_plate_that_is_no_longer_protected_needs_force_however_many_rows_there_are(url, load, replacement):
    load(url)
    assert "protected_plates" in problems(load, url, protected_plates=replacement)[0]


def test_protection_that_is_spelled_otherwise_or_widened_is_no_shrinking(url, load):
    load(url)
    assert load(url, protected_plates=["g0v001,,", "JUDGEO,,"]).shrunk == ()


@pytest.mark.parametrize("why", [None, "", "  "])
def test_force_without_a_reason_is_refused(url, load, why):
    assert problems(load, url, options={"force": True, "why": why}) == [
        "--force needs --why: the reason is kept with the revision"
    ]


def test_the_newest_revisions_are_kept_and_all_are_remembered(url, load):
    made = [load(url, options={"now": NOW + timedelta(days=day)}).revision for day in range(KEPT + 2)]
    assert [revision.revision for revision in revisions(url)] == made[::-1]


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "not a url", "postgresql://host/db"], ids=str)
def test_a_url_that_means_no_place_for_facts_is_a_mistake(url, load):
    assert problems(load, url)[0].startswith("[facts] url: ")


def test_a_folder_that_cannot_be_made_is_a_mistake(load, tmp_path):
    (tmp_path / "file").touch()
    assert "cannot be written" in problems(load, f"sqlite:///{tmp_path}/file/facts.db")[0]


def test_a_database_that_is_away_is_a_mistake(load):
    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    [problem] = problems(load, url)
    assert problem.startswith("[facts] url: nobody answers at 127.0.0.1:1: ")


def test_a_file_with_a_byte_order_mark_columns_in_another_order_and_blank_lines_is_read(url, tmp_path):
    directory: Path = write_agency(tmp_path / "agency")
    lines = ["user_id,case_number", "", *(",".join(line.split(",")[::-1]) for line in rows()["case_members"]), "", ", "]
    (directory / "case_members.csv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    assert import_facts(directory, url=url, terms=import_terms(now=NOW)).rows["case_members"] == 4
