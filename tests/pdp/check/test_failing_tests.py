"""Why tests beside the rules fail, on copies of the shipped policy with a rule and a number of one's own."""

import pytest

from gateway.pdp.check import check_policies
from gateway.pdp.check.opa_commands import run_by_opa
from gateway.pdp.check.policies import run_tests
from gateway.pdp.check.report import UNTIL_SHARED
from tests.lifecycle.example_reason import read_section, write_number

PAGE = read_section("Add a rule with a number of your own")
STATED = '\t"retention": {\n'
MERGED = "tables := object.union(_added, _stated)"
SOURCED = '  value: 60\n  source: "Board"\n  confidence: cited\n'


@pytest.fixture
def numbered(tmp_path):
    """The shipped policy with the page's rule and its number."""
    return write_number(tmp_path)


def rewrite(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def forget_added(policies):
    """The tests' tables as they were before they took an agency's own entries by themselves."""
    rewrite(policies / "lpr" / "examples_test.rego", MERGED, "tables := _stated")


def find_line(policies, name, text):
    return next(n for n, line in enumerate((policies / name).read_text().splitlines(), 1) if text in line)


def test_who_does_what_the_page_says_has_a_number_of_ones_own_and_the_answer_of_the_page(numbered, opa_bin):
    report = check_policies(numbered, opa_bin)
    assert report.findings == ()
    told = f"({len(report.tests)} tests, {report.cases} cases, {report.examples} generated requests)"
    assert f"\nthe policy may be used {told}\n" in PAGE


def test_a_number_that_the_tests_tables_lack_is_told_alone_at_the_rule_that_reads_it_as_the_page_prints_it(
    numbered, opa_bin
):
    forget_added(numbered)
    report = check_policies(numbered, opa_bin)
    [finding] = report.findings
    assert (finding.file, finding.rule) == ("lpr/retention/retention.rego", "test-tables")
    assert finding.line == find_line(numbered, finding.file, "data.tables.retention.span_days_at_most")
    told, _, place = finding.sentence.rpartition(":")
    assert f"\n{finding.place}: {told}:" in PAGE
    assert int(place.rstrip(".")) == find_line(numbered, "lpr/examples_test.rego", STATED.strip())
    assert UNTIL_SHARED in report.not_made
    assert [each.rule for each in run_tests(numbered, opa_bin).findings] == ["test-tables"]


def test_who_adds_what_is_told_where_it_is_told_has_it_right(numbered, opa_bin):
    forget_added(numbered)
    [finding] = run_by_opa(numbered, opa_bin).findings
    entry = finding.sentence.split("add `")[1].split("`")[0]
    rewrite(numbered / "lpr" / "examples_test.rego", STATED, f"{STATED}\t\t{entry}\n")
    assert run_by_opa(numbered, opa_bin).findings == ()


def test_a_number_by_which_the_request_of_all_tests_is_denied_is_told_at_the_rule_as_the_page_prints_it(
    numbered, opa_bin
):
    rewrite(numbered / "tables" / "retention" / "data.yaml", "value: 400", "value: 5")
    [finding] = run_by_opa(numbered, opa_bin).findings
    assert f"\n{finding.place}: {finding.sentence} [{finding.rule}]\n" in PAGE


def test_a_topic_that_is_not_satisfied_by_the_request_of_all_tests_is_told_where_it_says_so(numbered, opa_bin):
    rewrite(
        numbered / "lpr" / "case" / "case.rego",
        "\tcase_is_assigned\n}",
        "\tcase_is_assigned\n\tinput.query.limit == 3\n}",
    )
    [finding] = run_by_opa(numbered, opa_bin).findings
    assert (finding.place, finding.rule) == (
        f"lpr/case/case.rego:{find_line(numbered, 'lpr/case/case.rego', 'satisfied if')}",
        "test-request",
    )
    assert "By `satisfied` of the topic `case` the request is denied" in finding.sentence


def test_of_a_test_that_fails_the_line_is_told_that_does_not_hold_down_to_what_it_asks_for(numbered, opa_bin):
    rewrite(numbered / "lpr/retention/retention.rego", "\t_span_is_within_limit\n}", "}")
    with (numbered / "lpr/retention/retention_test.rego").open("a") as file:
        file.write('\ntest_wide if _denied(examples.with_value("query/window/span_days", 401), "span_too_wide")\n')
    told = {finding.sentence.split("`")[1]: finding.sentence for finding in run_by_opa(numbered, opa_bin).findings}
    assert told.keys() == {"test_wide", "test_a_window_spans_too_many_days"}
    line = find_line(numbered, "lpr/retention/retention_test.rego", "not retention.satisfied")
    assert (
        f"fails: lpr/retention/retention_test.rego:{line} does not hold, `not retention.satisfied with"
        in told["test_wide"]
    )
    assert all("the condition belongs in `satisfied` of `retention` as well." in each for each in told.values())


@pytest.mark.parametrize(
    ("change", "path", "told"),
    [
        ('with_value("facts/case/same_ofice", false)', "facts/case/same_ofice", "near is `facts/case/same_office`"),
        ('with_values({"query/limit": 1, "query/purpos": "x"})', "query/purpos", "near is `query/purpose`"),
        ('without("facts/trainin")', "facts/trainin", "near is `facts/training`"),
        ('with_table("purposes/warrant/shut", 1)', "purposes/warrant/shut", "in `purposes` there are "),
    ],
)
def test_a_test_that_changes_what_the_tests_do_not_have_is_told_so_at_its_own_line(
    numbered, opa_bin, change, path, told
):
    file = "lpr/retention/retention_test.rego"
    with (numbered / file).open("a") as test:
        test.write(f"\ntest_mine if {{\n\tchanged := examples.{change}\n\tchanged != null\n}}\n")
    [finding] = run_by_opa(numbered, opa_bin).findings
    line = find_line(numbered, file, "changed :=")
    assert f"fails: {file}:{line} names `{path}`, a place that is not in the tests' own" in finding.sentence
    assert told in finding.sentence


@pytest.mark.parametrize(
    ("request_", "compared", "told"),
    [
        ("examples.request", 'examples.codes(reasons) == {"span_too_wide"}', "; the codes there are none."),
        ("examples.request", "count(reasons) == 1", "; there it is 0."),
        (
            'examples.with_value("query/window", null)',
            'examples.codes(reasons) == {"span_too_wide"}',
            "; the codes there are window_",
        ),
    ],
)
def test_of_a_test_that_compares_something_it_is_told_what_there_is_instead(
    numbered, opa_bin, request_, compared, told
):
    with (numbered / "lpr/retention/retention_test.rego").open("a") as test:
        reasons = "reasons := retention.deny with input as request with data.tables as examples.tables"
        test.write(f"\ntest_mine if {{\n\trequest := {request_}\n\t{reasons}\n\t{compared}\n}}\n")
    [finding] = run_by_opa(numbered, opa_bin).findings
    assert f"does not hold, `{compared}`{told}" in finding.sentence


def write_rule(policies, table, rules):
    """A number in this table, and a rule that reads it in this file, with its test: what an officer asks at most at once."""
    _, topic, name = rules.split("/")
    number = policies / "tables" / table / "data.yaml"
    number.parent.mkdir(exist_ok=True)
    with number.open("a") as file:
        file.write(f"asked_at_most:\n{SOURCED}")
    own = 'asks_too_much:\n  sentence: "Too much."\n  remedy: "Ask less."\n  told_as: itself\n  source: B\n  confidence: cited\n'
    rewrite(policies / "tables" / "reasons" / "data.yaml", "span_too_wide:", f"{own}span_too_wide:")
    path, is_new_topic = policies / rules, not (policies / "lpr" / topic).exists()
    path.parent.mkdir(exist_ok=True)
    if is_new_topic:
        path.write_text(f"# METADATA\n# title: How much?\n# description: Little.\npackage lpr.{topic}\n")
        joined = "against contains reason if some reason in data.lpr.usage.deny"
        rewrite(policies / "lpr" / "decision.rego", joined, f"{joined}\n{joined.replace('usage', topic)}")
    elif not path.exists():
        path.write_text(f"package lpr.{topic}\n")
    deny = '{\n\t"code": "asks_too_much",\n\t"message": "Too much.",\n\t"fix": "Ask less.",\n}'
    with path.open("a") as file:
        file.write(
            "\n# METADATA\n# title: Too much.\n# description: Less is enough.\n# custom:\n#   code: asks_too_much\n#   basis: B\n"
            f"deny contains {deny} if {{\n\tnot _asks_little\n}}\n\n# METADATA\n# title: Little is asked\n_asks_little if {{\n"
            f"\tmost := data.tables.{table}.asked_at_most.value\n\tis_number(most)\n\tis_number(input.query.limit)\n"
            "\tinput.query.limit <= most\n}\n"
        )
    (path.parent / f"own_{name.removesuffix('.rego')}_test.rego").write_text(
        f"package lpr.{topic}_test\n\nimport data.lpr.examples_test as examples\nimport data.lpr.{topic} as own\n\n"
        'test_too_much[limit] if {\n\tsome limit in [8, null]\n\trequest := examples.with_value("query/limit", limit)\n'
        f'\ttables := examples.with_table("{table}/asked_at_most/value", 7)\n'
        '\treasons := own.deny with input as request with data.tables as tables\n\texamples.codes(reasons) == {"asks_too_much"}\n}\n'
    )


@pytest.mark.parametrize(
    ("table", "rules"),
    [
        ("usage", "lpr/usage/usage.rego"),
        ("training", "lpr/training/training.rego"),
        ("extent", "lpr/operation/own.rego"),
        ("retention", "lpr/extent/extent.rego"),
        ("extent", "lpr/extent/extent.rego"),
    ],
)
def test_an_own_number_in_any_table_is_read_by_a_rule_in_any_topic_without_a_second_place_or_its_lack_is_told(
    numbered, opa_bin, table, rules
):
    write_rule(numbered, table, rules)
    assert run_by_opa(numbered, opa_bin).findings == ()
    forget_added(numbered)
    found = run_by_opa(numbered, opa_bin).findings
    [told] = [finding for finding in found if "asked_at_most" in finding.sentence]
    assert (told.file, told.rule) == (rules, "test-tables")
    assert told.line == find_line(numbered, rules, f"data.tables.{table}.asked_at_most")
