import pytest

from gateway.pdp import EmbeddedEngine, load_policies
from gateway.pdp.check import check_policies
from gateway.pdp.check.conventions import UNKNOWN_CODE, convention_findings
from gateway.pdp.check.own_reasons import own_reason_findings
from gateway.pdp.check.plain_text import plain_findings
from gateway.pdp.check.source import parse_source
from gateway.pdp.check.table_checks import table_findings
from tests.lifecycle.example_reason import write_example

GUARD = "\tcase_is_assigned\n\tnot _case_is_of_own_office\n"


@pytest.fixture
def example(tmp_path):
    return write_example(tmp_path)


def found(policies):
    bundle = load_policies(policies)
    return [(finding.line, finding.sentence) for finding in own_reason_findings(bundle, EmbeddedEngine(bundle))]


def rewrite(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_example_of_the_page_passes_every_check(example, opa_bin):
    report = check_policies(example, opa_bin)
    assert report.findings == ()
    assert "data.lpr.case_test.test_a_case_is_of_another_office" in report.tests
    assert report.engines == ("embedded", "opa")


def test_a_policy_with_no_reasons_of_its_own_has_nothing_to_put_right(shipped):
    assert list(own_reason_findings(shipped, EmbeddedEngine(shipped))) == []


def test_a_code_that_no_rule_gives_is_found_at_its_line(example):
    table = example / "tables" / "reasons" / "data.yaml"
    rewrite(
        table,
        "case_of_another_office:",
        "case_never_given:\n  sentence: S.\n  remedy: R.\n  told_as: itself\ncase_of_another_office:",
    )
    line = table.read_text().splitlines().index("case_never_given:") + 1
    assert found(example) == [(line, "`case_never_given` is declared, and no rule gives it.")]


@pytest.mark.parametrize(
    "secret",
    [
        "\tinput.facts.target.protected == true\n",
        "\tis_object(input.facts.case)\n\tnot case_is_assigned\n",
        "\tsome match in input.facts.target.matches\n\tmatch.in_cited_case == false\n",
    ],
    ids=["a protected plate", "a case of somebody else's", "a plate of another case"],
)
def test_a_code_told_as_itself_that_comes_with_a_secret_is_found_and_not_where_another_is_told(example, secret):
    rewrite(example / "lpr" / "case" / "case.rego", GUARD, secret)
    [(_, sentence)] = found(example)
    assert "`case_of_another_office` is told as itself, and so tells of a case or a plate" in sentence
    rewrite(
        example / "tables" / "reasons" / "data.yaml", "told_as: itself\n  about", "told_as: target_unknown\n  about"
    )
    assert found(example) == []


def written(policies, opa_bin):
    """What is wrong with how the rules are written."""
    book = load_policies(policies).reason_book
    paths = [path for path in (policies / "lpr").rglob("*.rego") if not path.name.endswith("_test.rego")]
    sources = [parse_source(policies, path.relative_to(policies).as_posix(), opa_bin) for path in paths]
    return [finding.sentence for finding in convention_findings(sources, book)]


def test_a_rule_whose_code_is_not_declared_is_found_with_opa_and_without(example, opa_bin):
    (example / "tables" / "reasons" / "data.yaml").write_text("{}\n")
    assert written(example, opa_bin) == [UNKNOWN_CODE]
    assert [finding.sentence for finding in plain_findings(example)] == [UNKNOWN_CODE]


def test_a_rule_that_says_another_sentence_than_the_table_is_found(example, opa_bin):
    assert written(example, opa_bin) == []
    rewrite(example / "tables" / "reasons" / "data.yaml", "kept by another office", "kept elsewhere")
    assert written(example, opa_bin) == [
        "Title and message of `case_of_another_office` must be the sentence that officers are told: This case is kept elsewhere."
    ]


def test_a_row_without_a_source_is_found(example):
    rewrite(example / "tables" / "reasons" / "data.yaml", '  source: "Privacy Office memorandum 2026-31"\n', "")
    assert [finding.sentence for finding in table_findings(example)] == ["`case_of_another_office.source` is missing."]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("tables/purposes/data.yaml", "fugitive_or_warrant:", "criminal_investigation:"),
        ("tables/reasons/data.yaml", "told_as: itself\n", "told_as: lookback_to_long\n"),
        ("lpr/training/training.rego", "deny contains {", "deny contain {"),
    ],
    ids=["a name given twice", "told_as misspelt", "a slip in another rule"],
)
@pytest.mark.parametrize("with_opa", [True, False])
def test_a_slip_elsewhere_is_told_and_no_sound_rule_with_a_code_of_its_own(example, opa_bin, name, old, new, with_opa):
    path = example / name
    path.write_text(path.read_text().replace(old, new, 1))
    findings = check_policies(example, opa_bin if with_opa else None).findings
    assert findings
    assert UNKNOWN_CODE not in [finding.sentence for finding in findings]
