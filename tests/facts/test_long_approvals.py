"""An approval that counts for nothing because of how long it runs is named when it is delivered."""

from datetime import timedelta

from gateway.facts.importer import preview_facts
from gateway.facts.queries import find_long_approvals
from gateway.facts.vocabulary import Vocabulary
from tests.facts.agency import NOW, write_agency
from tests.facts.terms import import_terms

POLICY = {"vocabulary": Vocabulary(longest_approval=72.0)}
LONG = "an expires_at beyond the 72 hours that the policy lets one run (max_hours), so that they count for nothing"


def lines(*rows):
    return {"approvals": [f"{name},u1,25-001234,partial_plate,,u16,{until}" for name, until in rows]}


def about_approvals(report):
    return [sentence for sentence in report.warnings if sentence.startswith("approvals.csv")]


def test_one_that_runs_longer_than_the_policy_lets_it_is_named_and_one_of_just_so_long_is_not(url, load):
    just = (NOW + timedelta(hours=72)).strftime("%Y-%m-%dT%H:%M:%SZ")
    report = load(url, options=POLICY, **lines(("a05", "2027-06-01T00:00:00Z"), ("a06", just)))
    assert about_approvals(report) == [f"approvals.csv: 1 approvals ('a05') have {LONG}"]


def test_a_check_names_them_as_the_import_does_and_counts_from_the_import_that_first_had_one(url, load, tmp_path):
    until = (NOW + timedelta(hours=71)).strftime("%Y-%m-%dT%H:%M:%SZ")
    longer = lines(("rolling", (NOW + timedelta(hours=80)).strftime("%Y-%m-%dT%H:%M:%SZ")))
    assert about_approvals(load(url, options=POLICY, **lines(("rolling", until)))) == []
    later = {"now": NOW + timedelta(hours=20)} | POLICY
    directory = write_agency(tmp_path / "next", **longer)
    preview = preview_facts(directory, url=url, terms=import_terms(**later))
    assert about_approvals(preview) == [f"approvals.csv: 1 approvals ('rolling') have {LONG}"]
    assert about_approvals(load(url, options=later, **longer)) == about_approvals(preview)


def test_one_that_is_too_long_only_since_the_policy_lets_none_run_so_long_is_named_when_it_is_looked_for(url, load):
    assert find_long_approvals(url, 24, NOW) == []
    until = (NOW + timedelta(hours=70)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert about_approvals(load(url, options=POLICY, **lines(("a05", until)))) == []
    assert find_long_approvals(url, 72, NOW) == []
    assert find_long_approvals(url, 24, NOW) == [f"approvals.csv: 1 approvals ('a05') have {LONG.replace('72', '24')}"]
    assert len(find_long_approvals(url, 24, NOW + timedelta(hours=60))) == 1
    assert find_long_approvals(url, 24, NOW + timedelta(hours=71)) == []


def test_one_that_is_over_is_not_told_however_long_it_ran(url, load):
    until = "2027-06-01T00:00:00Z"
    load(url, options=POLICY, **lines(("a05", until)))
    report = load(url, options={"now": NOW + timedelta(days=300)} | POLICY, **lines(("a05", until)))
    assert about_approvals(report) == []


def test_without_a_policy_no_length_is_judged_but_one_without_an_end_is_named(url, load):
    report = load(url, **lines(("a05", "2027-06-01T00:00:00Z"), ("a06", "")))
    assert about_approvals(report) == [
        "approvals.csv: 1 approvals ('a06') have no expires_at, so that they count for nothing"
    ]


def test_of_many_five_are_named_and_the_rest_counted(url, load):
    report = load(url, options=POLICY, **lines(*((f"a{number}", "2027-06-01T00:00:00Z") for number in range(8))))
    assert about_approvals(report) == [
        f"approvals.csv: 8 approvals ('a0', 'a1', 'a2', 'a3', 'a4' and 3 more) have {LONG}"
    ]


def test_an_id_that_could_be_a_plate_is_told_by_its_row(url, load):
    report = load(url, options=POLICY, **lines(("a05", "2026-11-23T00:00:00Z"), ("FNA579", "2027-06-01T00:00:00Z")))
    assert about_approvals(report) == [f"approvals.csv: 1 approvals (row 3) have {LONG}"]
