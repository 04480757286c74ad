"""New facts while searches run: each search sees one revision whole, and none waits or fails."""

import csv
import shutil

import pytest

from gateway.demo.agency import CASE
from tests.http.agency import write_agency
from tests.http.asking import search
from tests.http.loads import load

PLATE, ELSEWHERE = "MOVES01", "26-000602"


def write(directory, officer, case):
    """The agency, in which one officer, one subject and one plate are all of one case."""
    write_agency(directory)
    rows = {
        "users": (officer, "Moving", "HSI", "BAL", "officer", "true"),
        "training": (officer, "lpr", "2026", ""),
        "acknowledgements": (officer, "rules_of_behavior", "1", ""),
        "case_members": (case, officer),
        "subjects": ("moving", case, "subject", "true"),
        "subject_plates": ("moving", PLATE, "AR", "", ""),
    }
    for table, row in rows.items():
        path = directory / f"{table}.csv"
        last = path.read_text().splitlines()[-1].split(",")  # trained and signed like the officer before
        with path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow([given or seen for given, seen in zip(row, last, strict=True)])


@pytest.fixture
def moving(install):
    """A gateway, the officer, and for each of two sets of facts the case that everything is of."""
    gateway = install()
    sets = {CASE: gateway.folder / "first", ELSEWHERE: gateway.folder / "second"}
    for case, directory in sets.items():
        write(directory, "mover", case)
    gateway.import_facts(sets[CASE])
    gateway.start()
    return gateway, gateway.person("mover"), sets


def test_no_search_sees_half_of_an_import_and_none_fails(moving):
    gateway, officer, sets = moving
    first = gateway.ledger.one(event_type="facts.imported", facts_revision=current(gateway))["facts_revision"]
    revisions = {first: CASE}

    def searches(_thread):
        while True:
            for case in (CASE, ELSEWHERE):
                yield officer, search(plate=PLATE, caseNumber=case, state=None)

    with load(searches, threads=2) as running:
        for case in (ELSEWHERE, CASE, ELSEWHERE):
            before = len(running.replies)
            gateway.ledger.wait(lambda at=before: len(running.replies) > at + 10)
            revisions[gateway.import_facts(sets[case])] = case
        before = len(running.replies)
        gateway.ledger.wait(lambda: len(running.replies) > before + 10)
    assert running.lost == 0
    decisions = gateway.ledger.where(event_type="decision", user_id="mover")
    assert {record["facts_revision"] for record in decisions} == set(revisions)
    for record in decisions:
        of_this_case = revisions[record["facts_revision"]] == record["case_number"]
        assert (record["decision"], record.get("deny_reasons")) in (
            [("allow", None), ("deny", ["usage_ceiling"])]
            if of_this_case
            else [("deny", ["case_not_assigned"]), ("deny", ["case_not_assigned", "usage_ceiling"])]
        )
    assert {answer.status for _, answer in running.replies} <= {200, 403}


def current(gateway):
    return gateway.run_json("facts", "revisions")[0]["revision"]


def test_an_import_with_a_mistake_changes_nothing_and_names_file_row_and_column(moving):
    gateway, officer, sets = moving
    before = current(gateway)
    broken = gateway.folder / "broken"
    shutil.copytree(sets[ELSEWHERE], broken)
    with (broken / "training.csv").open("a") as file:
        file.write("mover,lpr,2026,yesterday\n")
    result = gateway.run("facts", "import", broken)
    assert result.exit_code == 2
    assert "training.csv" in result.stderr
    assert "completed_on" in result.stderr
    assert current(gateway) == before
    assert officer.lookup(plate=PLATE).status == 200
