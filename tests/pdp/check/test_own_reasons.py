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


KIND_OR_REASON = """
_words_are_enough if input.facts.case.kind == "criminal"
_words_are_enough if input.query.reason_present == true
"""


def declare(policies, body, beside="", file="lpr/purpose/purpose.rego"):
    """A code of one's own that is told as itself, given where this holds, beside rules of its own."""
    told = (
        "  sentence: S.\n  remedy: R.\n  told_as: itself\n  about: written_reason\n  source: B\n  confidence: cited\n"
    )
    table = policies / "tables" / "reasons" / "data.yaml"
    table.write_text(f"{table.read_text()}\ncivil_words_missing:\n{told}")
    rule = f'deny contains {{"code": "civil_words_missing", "message": "S.", "fix": "R."}} if {{\n{body}\n}}\n'
    rules = policies / file
    rules.write_text(f"{rules.read_text()}\n{rule}{beside}")


@pytest.mark.parametrize(
    ("body", "beside", "shared"),
    [
        ("is_object(input.facts.case)\nnot _words_are_enough", KIND_OR_REASON, "`query.reason_present` false"),
        (
            "is_object(input.facts.case)\nnot _words_are_enough",
            f"{KIND_OR_REASON}_words_are_enough if input.query.window.lookback_days <= 365\n",
            "`query.reason_present` false and `query.window.lookback_days` 366",
        ),
        (
            "_is_civil(input.facts.case)\ninput.query.limit > 77",
            '_is_civil(file) if {\n\tfile.kind == "civil"\n\tinput.query.plate.match == "partial"\n}\n',
            '`query.plate.match` "partial"',
        ),
        (
            """object.get(input, ["facts", "case", "kind"], "") == "civil"
            input.query.circumstance == "kidnapping"
            data.lpr.emergency.claimed""",
            "",
            '`query.purpose` "exigent_circumstances"',
        ),
        (
            'some _, value in input.facts.case\nvalue == "closed"\n"other_purpose" in data.lpr.approval.in_force',
            "",
            "`facts.approvals` [",
        ),
    ],
    ids=["no reason", "no reason and a long window", "through a function", "in an emergency", "with an approval"],
)
def test_a_code_that_tells_of_a_strangers_case_only_with_what_the_person_sets_is_found(example, body, beside, shared):
    declare(example, body, beside)
    [(_, sentence)] = found(example)
    assert sentence.startswith("`civil_words_missing` is told as itself, and so tells of a case or a plate that is not")
    assert shared in sentence.partition(", alike in all that the person may know,")[0]
    assert "`facts.case" in sentence.partition(" it is told with ")[2]
    assert "`case_is_assigned`" in sentence
    assert "`case_not_assigned`" in sentence


@pytest.mark.parametrize(
    "body",
    [
        "\tinput.facts.case.assigned == false\n\tinput.facts.case.same_office == false\n",
        "\tinput.facts.case.same_office == false\n",
    ],
    ids=["said of who is not assigned", "who is assigned not asked for"],
)
def test_a_code_for_a_case_of_another_office_is_found_where_it_asks_for_no_assignment(example, body):
    rewrite(example / "lpr" / "case" / "case.rego", GUARD, body)
    [(line, sentence)] = found(example)
    assert (example / "tables/reasons/data.yaml").read_text().splitlines()[line - 1] == "  told_as: itself"
    assert "it is told with `facts.case.same_office` false, and not with `facts.case.same_office` true." in sentence


def test_who_is_assigned_may_be_told_of_the_case_and_not_whether_its_plate_is_protected(example):
    declare(example, "data.lpr.case.case_is_assigned\nnot _words_are_enough", KIND_OR_REASON)
    assert found(example) == []
    rewrite(
        example / "lpr" / "purpose" / "purpose.rego",
        "not _words_are_enough",
        "not _words_are_enough\ninput.facts.target.protected == true",
    )
    [(_, sentence)] = found(example)
    assert "it is told with `facts.target.protected` true, and not with `facts.target.protected` false." in sentence
    assert sentence.endswith("Name in `told_as` what is told instead, as `target_unknown`.")


@pytest.mark.parametrize(
    "body",
    [
        "not data.lpr.case.case_is_assigned\ninput.query.reason_present == false",
        "input.query.reason_present == false\ninput.query.window.lookback_days > 90",
        """some match in input.facts.target.matches
        match.assigned == true
        match.in_cited_case == true
        match.plate_valid == false
        input.query.reason_present == false""",
    ],
    ids=["not assigned, case or none", "what the person asks", "a plate of the person's own case"],
)
def test_a_code_that_says_only_what_the_person_may_know_passes(example, body):
    declare(example, body)
    assert found(example) == []


def written(policies, opa_bin):
    """What is wrong with how the rules are written."""
    book = load_policies(policies).reason_book
    paths = [path for path in (policies / "lpr").rglob("*.rego") if not path.name.endswith("_test.rego")]
    sources = [parse_source(policies, path.relative_to(policies).as_posix(), opa_bin) for path in paths]
    return [finding.sentence for finding in convention_findings(sources, book)]


def test_a_rule_whose_code_is_not_declared_is_found_with_opa_and_without(example, opa_bin):
    (example / "tables" / "reasons" / "data.yaml").write_text("{}\n")
    told = [written(example, opa_bin), [finding.sentence for finding in plain_findings(example)]]
    assert all(sentences and all(one.startswith(f"{UNKNOWN_CODE}: `") for one in sentences) for sentences in told)


def test_a_code_that_is_misspelt_is_told_with_the_one_that_was_meant(example, opa_bin):
    path = example / "lpr" / "training" / "training.rego"
    path.write_text(path.read_text().replace('"code": "training_missing"', '"code": "training_mising"'))
    for sentences in (
        written(example, opa_bin),
        [finding.sentence for finding in plain_findings(example)],
    ):
        assert f"{UNKNOWN_CODE}: `training_mising` is none; did you mean `training_missing`?" in sentences


@pytest.mark.parametrize("with_opa", [True, False])
@pytest.mark.parametrize("code", ["office_unknown", "training_mising"])
def test_a_code_that_is_not_declared_is_told_at_its_line_also_where_the_rule_denies_what_nobody_asked(
    example, opa_bin, with_opa, code
):
    path = example / "lpr" / "training" / "training.rego"
    rule = f"""
# METADATA
# title: Your office is not known.
deny contains {{
	"code": "{code}",
	"message": "Your office is not known.",
	"fix": "Ask your supervisor.",
}} if {{
	not _office_is_known
}}

_office_is_known if is_string(input.subject.office)
"""
    path.write_text(path.read_text() + rule)
    found = check_policies(example, opa_bin if with_opa else None).findings
    told = {(finding.file, finding.rule) for finding in found}
    assert ("lpr/training/training.rego", "reason") in told
    assert any(finding.sentence.startswith(f"{UNKNOWN_CODE}: `{code}` is none") for finding in found)
    assert not [finding for finding in found if finding.rule == "load"]


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
    assert not [finding for finding in findings if finding.sentence.startswith(UNKNOWN_CODE)]
