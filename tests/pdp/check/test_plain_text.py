from pathlib import Path

import pytest

from gateway.pdp.check.plain_text import plain_findings

POLICIES = Path(__file__).parents[3] / "policies"
RULE = "package lpr.x\n\n# METADATA\n# title: Good\ngood if input.a == 1\n"


def found(tmp_path, text):
    (tmp_path / "lpr").mkdir(exist_ok=True)
    (tmp_path / "lpr" / "x.rego").write_text(text)
    return [(finding.rule, finding.line) for finding in plain_findings(tmp_path)]


def test_the_shipped_rules_have_no_findings():
    assert list(plain_findings(POLICIES)) == []


@pytest.mark.parametrize(
    "call", ["http.send({})", "time.now_ns()", "rand.intn(1)", "opa.runtime()", "rego.metadata.rule()"]
)
def test_a_call_that_looks_outside_is_found(tmp_path, call):
    assert found(tmp_path, RULE.replace("input.a == 1", f"{call} == 1")) == [("builtin", 5)]


def test_words_in_texts_and_comments_are_no_calls(tmp_path):
    assert found(tmp_path, RULE.replace("input.a == 1", 'input.a == "http.send(x)" # time.now_ns()')) == []


@pytest.mark.parametrize(
    "what", ["input.bad", "input.n > 10", 'startswith(input.x, "a")', "data.t[input.k]", "count(x) > 2"]
)
def test_a_negation_of_anything_but_a_rules_name_is_found(tmp_path, what):
    text = RULE.replace("if input.a == 1", "if {\n\tinput.a == 1\n\tnot " + what + "\n}")
    assert ("negation", 7) in found(tmp_path, text)


def test_a_rule_without_heading_and_an_unknown_code_are_found(tmp_path):
    text = RULE + '\ndeny contains {"code": "because", "message": "m", "fix": "f"} if good\n'
    assert sorted(found(tmp_path, text)) == [("metadata", 7), ("reason", 7)]


def test_a_draft_in_the_folder_is_found(tmp_path):
    (tmp_path / "new" / "lpr").mkdir(parents=True)
    (tmp_path / "new" / "lpr" / "x.rego").write_text(RULE)
    [finding] = plain_findings(tmp_path)
    assert (finding.rule, finding.line) == ("directory", 1)
    assert finding.sentence == (
        "A file in `new/lpr` belongs to `package new.lpr`. Is `new` a draft? Move it out of this folder, whose rules it joins."
    )
