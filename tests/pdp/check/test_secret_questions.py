import orjson
import pytest

from gateway.pdp.check.rule_reads import RuleBook
from gateway.pdp.check.secret_questions import vary_jointly


@pytest.fixture
def ask(shipped):
    """The questions for a rule with these lines."""
    tables = shipped.data["tables"]

    def asked(lines, most=1000):
        rules = f'package lpr.mine\ndeny contains {{"code": "own_code"}} if {{\n{lines}\n}}\n'
        return [*vary_jointly(tables, RuleBook([rules], tables).find_reads("own_code"), most)]

    return asked


def without_secrets(document):
    facts = {name: value for name, value in document["facts"].items() if name not in {"case", "target"}}
    return orjson.dumps(document | {"facts": facts})


EVERYTHING = "some one in input\none == 3"


def test_what_rules_read_that_is_no_secret_is_asked_of_nobody(ask):
    assert ask("input.query.reason_present == false") == []


def test_one_question_is_the_same_but_for_what_is_secret(ask):
    for questions in ask(EVERYTHING):
        assert len({without_secrets(document) for document in questions.documents}) <= 1


def test_a_stranger_is_asked_with_no_case_and_with_each_kind_of_case_for_all_that_he_or_she_sets(ask):
    found = ask('input.facts.case.kind == "civil"\ninput.query.reason_present == false')
    assert [one.documents[0]["query"]["reason_present"] for one in found] == [True, False, None]
    for questions in found:
        cases = [document["facts"]["case"] for document in questions.documents]
        assert None in cases
        assert {case["kind"] for case in cases if case} >= {"civil", "criminal"}
        assert {case["assigned"] for case in cases if case} == {False}


def test_of_a_plate_each_person_is_asked_with_what_he_or_she_may_not_know(ask):
    seen = set()
    for questions in ask("some match in input.facts.target.matches\ninput.facts.target.protected == true"):
        for document in questions.documents:
            case, target = document["facts"]["case"], document["facts"]["target"]
            whose = tuple((one["in_cited_case"], one["assigned"]) for one in target["matches"])
            seen.add((case and case["assigned"], whose))
    others, cited, own = (False, False), (True, False), (True, True)
    assert seen == {
        *((assigned, whose) for assigned in (None, False, True) for whose in ((), (others,))),
        (False, (cited,)),
        (True, (own,)),
        (True, (own, others)),
    }


def test_where_no_case_is_named_there_is_none_and_nobody_is_assigned_to_it(ask):
    found = ask('input.query.case_number == ""\ninput.facts.case.kind == 3\ninput.facts.target.protected == true')
    nameless = [one for questions in found for one in questions.documents if not one["query"]["case_number"]]
    assert nameless
    assert {orjson.dumps(document["facts"]["case"]) for document in nameless} == {b"null"}
    assert not any(match["in_cited_case"] for one in nameless for match in one["facts"]["target"]["matches"])


@pytest.mark.parametrize("most", [120, 1000])
def test_no_more_is_asked_than_may_be_and_the_same_each_time(ask, most):
    first, second = ask(EVERYTHING, most), ask(EVERYTHING, most)
    assert first == second
    assert 60 <= sum(len(questions.documents) for questions in first) <= most


def test_what_is_set_otherwise_than_usual_is_said_with_what_is_usual(ask):
    found = ask("input.facts.case.kind == 3\ninput.query.reason_present == false")
    assert [one.usual for one in found] == [{}, {"query.reason_present": True}, {"query.reason_present": True}]
