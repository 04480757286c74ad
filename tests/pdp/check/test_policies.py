import shutil
from pathlib import Path

import pytest

from gateway.pdp.check import check_at_start, check_policies
from gateway.pdp.check.opa_commands import judge_text, run_by_opa
from gateway.pdp.check.policies import run_tests
from gateway.pdp.check.report import UNTIL_RULES
from gateway.strict import TAB_REMEDY
from tests.lifecycle.example_reason import copy_shipped

POLICIES = Path(__file__).parents[3] / "policies"


def rules(directory, opa_bin):
    return {(finding.file, finding.rule) for finding in check_policies(directory, opa_bin).findings}


def rewrite(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_shipped_policy_has_no_findings(opa_bin):
    assert check_policies(POLICIES, opa_bin).findings == ()


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory, opa_bin):
    """What is found in a copy with a rule that no test reaches, and a file laid out otherwise."""
    directory = Path(shutil.copytree(POLICIES, tmp_path_factory.mktemp("spoilt") / "policies"))
    with (directory / "lpr" / "usage" / "usage.rego").open("a") as file:
        file.write('\n# METADATA\n# title: More\nmore if input.request.id == "never"\n')
    rewrite(directory / "lpr" / "decision.rego", "default allow := false", "default   allow := false")
    found = [*judge_text(directory, opa_bin), *run_by_opa(directory, opa_bin).findings]
    return {(finding.file, finding.rule) for finding in found}


def test_a_test_that_fails_is_found(copied, opa_bin):
    (copied / "lpr" / "more_test.rego").write_text("package lpr_test\n\ntest_more if 1 == 2\n")
    [finding] = run_tests(copied, opa_bin).findings
    assert (finding.file, finding.rule) == ("lpr/more_test.rego", "opa-test")


def test_tests_of_a_draft_cannot_look_outside(copied, opa_bin):
    test = 'package lpr_test\n\ntest_more if http.send({"method": "get", "url": "http://127.0.0.1:1"}).status_code == 200\n'
    (copied / "lpr" / "more_test.rego").write_text(test)
    [found] = check_policies(copied, opa_bin).findings
    assert found.sentence.startswith("There is no function `http.send` here")


def test_a_rule_that_no_test_reaches_is_found(spoilt):
    assert ("lpr/usage/usage.rego", "coverage") in spoilt


def test_a_file_laid_out_otherwise_is_found(spoilt):
    assert ("lpr/decision.rego", "opa-fmt") in spoilt


def test_a_file_laid_out_otherwise_is_told_at_its_first_such_line_with_how_it_should_be(copied, opa_bin):
    path = copied / "lpr" / "training" / "training.rego"
    rewrite(path, "\tnot _training_is_current\n", "    not _training_is_current\n")
    [finding] = judge_text(copied, opa_bin)
    assert path.read_text().splitlines()[finding.line - 1] == "    not _training_is_current"
    assert "there it is: <tab>not _training_is_current." in finding.sentence
    assert "opa fmt --write lpr/training/training.rego" in finding.sentence


def test_a_file_saved_with_windows_line_ends_is_told_so_and_not_line_by_line(copied, opa_bin):
    path = copied / "lpr" / "training" / "training.rego"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    [finding] = judge_text(copied, opa_bin)
    assert (finding.place, "save it with the line ends of Unix" in finding.sentence) == (
        "lpr/training/training.rego:1",
        True,
    )


def test_a_misspelt_entry_of_a_table_is_told_alone_and_not_all_that_follows_from_it(copied, opa_bin):
    rewrite(copied / "lpr" / "training" / "training.rego", "training.max_age_days.value", "training.max_age_day.value")
    assert rules(copied, opa_bin) == {("lpr/training/training.rego", "unknown-entry")}


def test_a_file_that_opa_cannot_read_is_found(copied, opa_bin):
    (copied / "lpr" / "broken.rego").write_text("package lpr\n\nallow if {\n")
    found = rules(copied, opa_bin)
    assert ("lpr/broken.rego", "opa-check") in found
    assert ("", "load") not in found


def test_a_table_that_is_not_strict_or_not_read_is_found(copied, opa_bin):
    (copied / "tables" / "usage" / "data.yml").write_text("more: 1\n")
    with (copied / "tables" / "training" / "data.yaml").open("a") as file:
        file.write("more: &x 1\n")
    assert {("tables/usage/data.yml", "load"), ("tables/training/data.yaml", "load")} == rules(copied, opa_bin)


@pytest.mark.parametrize("judge", [check_policies, run_tests])
def test_cases_within_the_policy_instead_of_beside_it_are_told_where_they_belong(copied, opa_bin, judge):
    (copied / "cases").mkdir()
    (copied / "cases" / "case.yaml").write_text("- name: a\n")
    [finding] = judge(copied, opa_bin).findings
    assert (finding.file, "`cases` beside the policy, not within it" in finding.sentence) == ("cases/case.yaml", True)


def put_case(copied, name, text):
    """A sentence in a file beside the policy, which begins from what the shipped ones begin from."""
    folder = copied.parent / "cases"
    folder.mkdir(exist_ok=True)
    shutil.copy(POLICIES.parent / "tests" / "cases" / "_base.yaml", folder)
    (folder / name).write_text(text)


@pytest.mark.parametrize("judge", [check_policies, run_tests])
def test_every_sentence_that_cannot_be_read_is_told_at_its_line(copied, judge):
    wrong = (
        "  - name: A.\n    set: {query.nothing: 1}\n    expect: {allow: true}\n  - name: B.\n    expect: {alow: true}\n"
    )
    put_case(copied, "case.yaml", wrong)
    put_case(copied, "usage.yaml", "- name: C.\n  set: {a: 1\n")
    found = [finding for finding in judge(copied, None).findings if finding.rule == "case-form"]
    assert [finding.place for finding in found] == ["cases/case.yaml:1", "cases/case.yaml:4", "cases/usage.yaml:2"]
    assert found[0].sentence == "A.: no such place: query.nothing; _base.yaml shows which there are"


@pytest.mark.parametrize("judge", [check_policies, run_tests])
def test_what_all_sentences_begin_from_is_told_once_where_it_cannot_be_read(copied, judge):
    for name in ("case.yaml", "usage.yaml"):
        put_case(copied, name, "- name: C.\n  expect: {allow: true}\n")
    (copied.parent / "cases" / "_base.yaml").write_text("operation:\n  name: [\n")
    [finding] = [finding for finding in judge(copied, None).findings if finding.rule == "case-form"]
    assert finding.place == "cases/_base.yaml:3"


@pytest.mark.parametrize("judge", [check_policies, run_tests])
def test_two_sentences_of_one_name_are_told_with_both_places(copied, judge):
    put_case(copied, "case.yaml", "- name: One of two.\n  expect: {allow: true}\n")
    put_case(copied, "usage.yaml", "\n- name: One  of two.\n  expect: {allow: true}\n")
    [finding] = judge(copied, None).findings
    assert finding.place == "cases/usage.yaml:2"
    assert "stands at cases/case.yaml:1 already" in finding.sentence


@pytest.mark.parametrize("judge", [check_policies, run_tests])
def test_a_copy_of_a_file_of_sentences_is_told_once(copied, judge):
    sentences = "".join(f"- name: Sentence {number}.\n  expect: {{allow: true}}\n" for number in range(4))
    for name in ("usage.yaml", "usage (1).yaml"):
        put_case(copied, name, sentences)
    [finding] = judge(copied, None).findings
    assert finding.place == "cases/usage.yaml"
    assert (
        "All 4 sentences stand in cases/usage (1).yaml already, so one of the two files is a copy" in finding.sentence
    )


@pytest.mark.parametrize("judge", [check_policies, run_tests])
def test_a_code_that_no_reason_has_is_told_in_place_of_what_is_decided_with_the_nearest_that_one_has(copied, judge):
    said = "expect: {allow: false, reasons: [look_back_too_long, my_own]}"
    put_case(copied, "case.yaml", f"- name: A.\n  set: {{query.window.lookback_days: 9000}}\n  {said}\n")
    found = judge(copied, None).findings
    assert [(finding.place, finding.rule, finding.sentence) for finding in found] == [
        (
            "cases/case.yaml:1",
            "case-form",
            "“A.” expects the reason `look_back_too_long`, which this policy has not. Did you mean `lookback_too_long`?",
        ),
        ("cases/case.yaml:1", "case-form", "“A.” expects the reason `my_own`, which this policy has not."),
    ]


def test_a_tab_in_a_sentence_is_told_at_its_line(copied):
    put_case(copied, "case.yaml", "- name: A.\n\texpect: {allow: true}\n")
    [finding] = check_policies(copied, None).findings
    assert (finding.place, finding.sentence) == ("cases/case.yaml:2", TAB_REMEDY)


def test_a_mistake_in_a_table_is_told_alone_and_no_case_says_it_again(copied, opa_bin):
    rewrite(copied / "tables" / "training" / "data.yaml", "value: 365", 'value: "365"')
    report = check_policies(copied, opa_bin, POLICIES.parent / "tests" / "cases")
    assert [finding.place for finding in report.findings] == ["tables/training/data.yaml:5"]
    assert report.not_made[0].endswith("put the tables right first, for every test and case would say it again")


def test_findings_come_by_file_and_line_each_once(copied, opa_bin):
    with (copied / "lpr" / "usage" / "usage.rego").open("a") as file:
        file.write("\nmore if input.a > 1\n\nmost if time.now_ns() > 1\n")
    found = list(check_policies(copied, opa_bin).findings)
    assert found == sorted(set(found), key=lambda finding: (finding.file, finding.line, finding.rule, finding.sentence))
    assert {finding.rule for finding in found} >= {"guard", "builtin", "metadata", "opa-check"}


def test_a_fact_that_the_input_does_not_have_is_told_alone_and_no_test_says_it_again(copied, opa_bin):
    rewrite(copied / "lpr/case/case.rego", "input.facts.case.status", "input.facts.case.statuss")
    report = check_policies(copied, opa_bin)
    assert {finding.rule for finding in report.findings} == {"unknown-entry"}
    assert "The input has no `input.facts.case.statuss`" in report.findings[0].sentence
    assert UNTIL_RULES in report.not_made


@pytest.mark.parametrize("topic", ["usage", "training", "target"])
def test_a_policy_that_lacks_a_topic_does_not_start(copied, topic):
    shutil.rmtree(copied / "lpr" / topic)
    told = [finding.sentence for finding in check_at_start(copied)]
    assert told == [
        "A usual request gets no decision at all: a topic that the decision reads is missing, or undefined."
    ]


def test_a_policy_that_decides_otherwise_than_its_sentences_say_does_not_start(tmp_path):
    copy_shipped(tmp_path)
    rules = tmp_path / "policies" / "lpr" / "target" / "target.rego"
    rules.write_text(rules.read_text() + "\n# METADATA\n# title: Always\n_protection_is_respected if true\n")
    told = check_at_start(tmp_path / "policies")
    assert {finding.rule for finding in told} == {"case"}
    assert any("A protected plate of a subject" in finding.sentence for finding in told)


def test_the_shipped_policy_starts():
    assert check_at_start(POLICIES) == ()


@pytest.mark.parametrize("folder", [".", "policies/lpr", "policies/tables", "elsewhere"])
def test_a_folder_that_holds_no_policy_is_told_in_one_sentence(copied, opa_bin, folder):
    (copied.parent / "elsewhere").mkdir()
    [finding] = check_policies(copied.parent / folder, opa_bin).findings
    assert "holds no policy" in finding.sentence
    assert ("did you mean" in finding.sentence) == (folder != "elsewhere")


@pytest.mark.parametrize(
    ("added", "told"),
    [("\ntest_more if {\n", "a bracket"), ("\ntest_more if {1} == [2]\n", "match error")],
    ids=["no end", "two types"],
)
def test_a_slip_in_a_test_beside_a_detector_is_told_at_its_file_and_line(copied, opa_bin, added, told):
    path = copied / "oversight" / "d04_own_circle" / "detector_test.rego"
    path.write_text(path.read_text() + added)
    for found in (check_policies(copied, opa_bin).findings, run_tests(copied, opa_bin).findings):
        placed = [one for one in found if one.file == "oversight/d04_own_circle/detector_test.rego" and one.line]
        assert any(told in one.sentence for one in placed), found
        assert all("OPA cannot run" not in one.sentence for one in found)
