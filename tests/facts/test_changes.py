from gateway.facts.importer import preview_facts
from gateway.facts.queries import revisions
from tests.facts.agency import NOW, rows, with_lines, write_agency
from tests.facts.terms import import_terms


def preview(tmp_path, url, **changes):
    return preview_facts(write_agency(tmp_path / "next", **changes), url=url, terms=import_terms(now=NOW))


def test_a_preview_changes_nothing(url, load, tmp_path):
    load(url)
    before = revisions(url)
    preview(tmp_path, url, case_members=with_lines("case_members", ["25-000777,u5"]))
    assert revisions(url) == before


def test_a_preview_counts_rows_and_names_people_and_cases(url, load, tmp_path):
    load(url)
    found = preview(
        tmp_path,
        url,
        users=[line.replace("u3,Officer 3,ERO", "u3,Officer 3,HSI") for line in rows()["users"]],
        case_members=with_lines("case_members", ["25-000777,u5"]),
    )
    assert [(change.table, change.added, change.removed) for change in found.changes.tables] == [
        ("users", 1, 1),
        ("case_members", 1, 0),
    ]
    assert found.changes.people == ("u3", "u5")
    assert found.changes.cases == ("25-000777",)
    assert found.problems == ()


def test_the_same_files_change_nothing(url, load, tmp_path):
    load(url)
    assert preview(tmp_path, url).changes.tables == ()


def test_of_plates_a_preview_tells_the_number_only(url, load, tmp_path):
    load(url)
    found = preview(tmp_path, url, subject_plates=with_lines("subject_plates", ["s1,SECRET77,MD,,"]))
    assert [(change.table, change.added) for change in found.changes.tables] == [("subject_plates", 1)]
    assert "SECRET77" not in repr(found)


def test_a_preview_names_the_cases_whose_plates_and_approvals_change(url, load, tmp_path):
    load(url)
    plates = [*(line for line in rows()["subject_plates"] if not line.startswith("s3,")), "s1,NEW123,MD,,"]
    found = preview(tmp_path, url, subject_plates=plates)
    assert found.changes.cases == ("25-000777", "25-001234")
    approved = "a4,u3,24-000009,geo_search,,u16,2026-11-23T10:00:00Z"
    assert preview(tmp_path, url, approvals=with_lines("approvals", [approved])).changes.cases == ("24-000009",)


def test_a_preview_of_a_first_import_shows_all_as_new(url, tmp_path):
    found = preview(tmp_path, url)
    assert {change.table: change.added for change in found.changes.tables}["users"] == 20


def test_a_preview_tells_why_an_import_would_be_refused(url, load, tmp_path):
    load(url)
    found = preview(tmp_path, url, protected_plates=[], users=None)
    assert found.problems == ("users.csv: is missing",)
    assert "protected_plates" in found.shrunk
    assert found.changes is None
