import shutil
from pathlib import Path

import pytest

from gateway.pdp import EmbeddedEngine, load_policies
from gateway.pdp.check.guardrails import guardrail_findings, undecided_findings
from gateway.pdp.check.usual_request import SAMPLE, make_sample
from tests.cases import base

POLICIES = Path(__file__).parents[3] / "policies"


def breaches(directory, examples=500):
    """What is found, one by one: the search for the next begins when it is asked for."""
    bundle = load_policies(directory)
    return (finding.sentence for finding in guardrail_findings(bundle, EmbeddedEngine(bundle), examples))


def spoilt(tmp_path, name, old, new):
    folder = shutil.copytree(POLICIES, tmp_path / "policies")
    path = Path(folder) / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return Path(folder)


def test_the_shipped_policy_breaks_no_law():
    assert list(breaches(POLICIES)) == []


def test_the_sample_is_the_request_that_cases_change():
    assert base() == SAMPLE == make_sample(load_policies(POLICIES).data["tables"])


AGENCIES = {
    "terms": [
        ("training", 'value: "1"', 'value: "2"'),
        ("documents", '  "1":\n', '  "2":\n'),
    ],
    "components": [("purposes", "ERO", "PATROL"), ("purposes", "HSI", "DETECTIVES")],
    "training": [("training", "value: 365", "value: 90"), ("training", "value: any", 'value: "2027"')],
    "look-back": [("retention", "value: 1826", "value: 20"), ("retention", "value: 3652", "value: 20"), ("emergencies", "value: 3\n", "value: 1\n")],
    "ceilings": [("usage", "value: 150", "value: 2"), ("usage", "value: 200", "value: 10"), ("approvals", "value: 72", "value: 4")],
    "sign-on": [("assurance", "plate.search: 1", "plate.search: 3"), ("assurance", "plate.fuzzy: 1", "plate.fuzzy: 2")],
    "circumstances": [("emergencies", "[life_in_danger, kidnapping, escape]", "[amber_alert]"), ("emergencies", "[officer, supervisor]", "[supervisor]")],
    "roles": [("operations", "roles: [officer, supervisor]", "roles: [supervisor]")],
}  # fmt: skip


def of_an_agency(tmp_path, changes):
    folder = shutil.copytree(POLICIES, tmp_path / "policies")
    for table, old, new in changes:
        path = folder / "tables" / table / "data.yaml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    return folder


@pytest.mark.parametrize("changes", AGENCIES.values(), ids=list(AGENCIES))
def test_by_an_agencys_own_tables_what_no_policy_may_allow_is_found_as_by_the_shipped_ones(tmp_path, changes):
    folder = of_an_agency(tmp_path, changes)
    assert list(breaches(folder, 60)) == []
    for file, old, new in (
        (
            "emergency/emergency.rego",
            "input.facts.target.protected == false",
            "is_boolean(input.facts.target.protected)",
        ),
        ("case/case.rego", 'input.facts.case.status == "open"', "is_object(input.facts.case)"),
    ):
        path = folder / "lpr" / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    told = " ".join(breaches(folder, 60))
    assert "for a protected plate without a second person" in told
    assert "without an open case" in told


def test_where_nothing_is_allowed_to_begin_from_that_is_told_and_not_taken_for_a_law_that_holds(tmp_path):
    folder = spoilt(tmp_path, "lpr/usage/usage.rego", "is_number(", "is_string(")
    told = list(breaches(folder))
    assert [sentence.partition(" could not be tried ")[2][:20] for sentence in told] == [
        "on a usual search, f",
        "on a search by part ",
        "in an emergency, for",
    ]


def test_a_policy_that_stops_everything_by_its_table_need_allow_nothing(tmp_path):
    assert list(breaches(spoilt(tmp_path, "tables/policy/data.yaml", "value: true", "value: false"))) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "lpr/identity/identity.rego",
            "input.subject.active == true",
            "is_string(input.subject.id)",
            "no active person",
        ),
        ("lpr/case/case.rego", 'input.facts.case.status == "open"', "is_object(input.facts.case)", "an open case"),
        ("lpr/target/target.rego", '\t_matches[place].relation == "subject"\n', "", "no known subject's"),
        ("lpr/target/target.rego", "\t_matches[place].in_cited_case == true\n", "", "no known subject's"),
        ("lpr/retention/retention.rego", "<= max_lookback_days", "<= 99999", "the ceiling is"),
        ("lpr/approval/approval.rego", "\tgiven.same_person == false\n", "", "by the person who asks"),
        (
            "lpr/emergency/emergency.rego",
            "\tinput.operation.name in data.tables.emergencies.operations\n",
            "",
            "outside its table (operation",
        ),
        ("lpr/emergency/emergency.rego", "== 0\n", ">= 0\n", "outside its table (earlier reviews"),
    ],
    ids=["person", "case", "relation", "other case", "look-back", "own approval", "emergency", "reviews"],
)
def test_a_rule_that_lost_a_condition_breaks_a_law_and_the_request_is_told(tmp_path, file, old, new, words):
    folder = spoilt(tmp_path, file, old, new)
    assert any(words in sentence and "the usual request with `" in sentence for sentence in breaches(folder))


def test_an_obligation_of_one_purpose_that_cannot_be_carried_out_is_told_also_where_no_sentence_is_for_it(tmp_path):
    folder = spoilt(tmp_path, "lpr/obligations/obligations.rego", "owed, _cited)", "owed, array.concat(_cited, _told))")
    path = folder / "lpr" / "obligations" / "obligations.rego"
    path.write_text(path.read_text() + _TOLD)
    bundle = load_policies(folder)
    [finding] = undecided_findings(bundle, EmbeddedEngine(bundle))
    assert finding.sentence == (
        "A search for fugitive_or_warrant gets no decision at all "
        "(the `channel` of an obligation notify is lacking or of another form)."
    )


_TOLD = """
# METADATA
# title: Who is told
_told := [{"id": "told", "type": "notify", "channel": "Fleet Desk"}] if input.query.purpose == "fugitive_or_warrant"

# METADATA
# title: Nobody is told of another search
# scope: document
default _told := []
"""
