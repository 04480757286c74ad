"""The cases themselves: read right, many enough, and true of the shipped policy on the embedded engine."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import regorus

from gateway.pdp.bundle import load_policies
from gateway.pdp.check.cases import apply_changes, case_of
from gateway.reasons import POLICY_REASONS, Reason
from tests.cases import BASE_TEXT, all_cases, base

POLICIES = Path(__file__).parents[2] / "policies"
CASES = all_cases()


@pytest.fixture(scope="module")
def engine():
    bundle = load_policies(POLICIES)
    engine = regorus.Engine()
    for path, text in bundle.rego:
        engine.add_policy(path, text)
    engine.add_data_json(bundle.data_text)
    return engine


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_policy_decides_as_the_case_says(engine, case):
    engine.set_input_json(case.input_text)
    assert case.disagreements(json.loads(engine.eval_rule_as_json("data.lpr.decision"))) == []


def test_there_are_enough_cases_and_no_two_share_a_name():
    names = [case.name for case in CASES]
    assert len(names) >= 150
    assert len(set(names)) == len(names)


def test_no_two_cases_of_a_topic_are_the_same_request_but_the_unchanged_one():
    texts = [(case.topic, case.input_text) for case in CASES]
    assert len(set(texts)) == len(texts)


def test_every_reason_that_a_policy_may_give_now_is_the_only_reason_of_some_case():
    alone = {case.reasons[0] for case in CASES if len(case.reasons) == 1}
    assert alone == {reason.value for reason in POLICY_REASONS} - {Reason.HOTLIST_TOO_LARGE.value}


def test_a_path_that_does_not_fit_is_an_error():
    for entry in ({"set": {"facts.case.state": "open"}}, {"remove": ["facts.nothing"]}, {"add": {"schema": "v2"}}):
        with pytest.raises(ValueError, match="place"):
            apply_changes(base(), entry)


ALLOWED = {"allow": True}


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"name": "A slip.", "sets": {}, "expect": ALLOWED}, "A slip.: a case has no `sets`: did you mean `set`?"),
        (
            {"name": "A slip.", "expect": {"allow": False, "reason": ["case_closed"]}},
            "A slip.: `expect` has no `reason`: did you mean `reasons`?",
        ),
        (
            {"name": "A slip.", "expect": ALLOWED | {"why": 1}},
            "A slip.: `expect` has no `why`: it has `allow`, `reasons`, `obligations`, `cites`",
        ),
        ({"name": "A slip.", "expect": {"allow": "no"}}, "A slip.: its `expect` needs `allow: true` or `allow: false`"),
        ({"name": "A slip."}, "A slip.: its `expect` needs `allow: true` or `allow: false`"),
        ({"expect": ALLOWED}, "a case has no `name`: the sentence that it stands for"),
        (
            {"name": "One.", "expect": {"allow": False, "reasons": "case_closed"}},
            "One.: `reasons` of `expect` is a list: write it in brackets, as `reasons: [case_closed]`",
        ),
        (
            {"name": "One.", "remove": "facts.case", "expect": ALLOWED},
            "One.: `remove` is a list: write it in brackets, as `remove: [facts.case]`",
        ),
        (
            {"name": "One.", "set": {"query.window.lookback_day": 5}, "expect": ALLOWED},
            "no such place: query.window.lookback_day; did you mean query.window.lookback_days?",
        ),
    ],
)
def test_a_word_that_cases_do_not_have_or_that_one_lacks_is_an_error_that_names_it(entry, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        case_of("topic", entry, BASE_TEXT)


def test_what_a_policy_decides_otherwise_is_said_in_words():
    allowed = case_of(
        "x", {"name": "n", "expect": {"allow": True, "obligations": [{"id": "window", "days": 5}]}}, BASE_TEXT
    )
    denied = case_of("x", {"name": "n", "expect": {"allow": False, "reasons": ["case_closed"]}}, BASE_TEXT)
    late = {"allow": False, "reasons": [{"code": "lookback_too_long"}], "obligations": []}
    wider = {"allow": True, "reasons": [], "obligations": [{"id": "window", "days": 9}]}
    free = {"allow": True, "reasons": [], "obligations": []}
    assert allowed.disagreements(late) == ["it should be allowed, and is denied (lookback_too_long)"]
    assert replace(denied, reasons=()).disagreements(late) == [
        "it should be denied (no `reasons` are written), and is denied (lookback_too_long)"
    ]
    assert denied.disagreements(late) == ["it should be denied (case_closed), and is denied (lookback_too_long)"]
    assert allowed.disagreements(wider) == [
        "its condition `window` should have id window, days 5, and has id window, days 9"
    ]
    assert allowed.disagreements(free) == ["its conditions should be window, and are none"]
