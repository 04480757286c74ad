from gateway.pdp.check.rule_reads import RuleBook
from gateway.pdp.check.usual_request import SAMPLE

CODE = '{"code": "own_code", "message": "Not so.", "fix": "Ask."}'


def reads(body, beside="", *others, tables=None):
    rules = f"package lpr.mine\nimport data.lpr.other as elsewhere\ndeny contains {CODE} if {{\n{body}\n}}\n{beside}"
    return RuleBook([rules, *others], tables or {}).find_reads("own_code")


def paths(*written):
    """Of the whole input, the places read that have nothing below them that is."""
    found = reads(*written).list_paths(SAMPLE)
    return {path for path in found if not any(other.startswith(f"{path}.") for other in found)}


def test_what_a_rule_reads_is_found_through_rules_functions_variables_and_other_packages():
    helper = 'package lpr.other\nfits(file) if file.kind == "civil"\n'
    body = "not _ok\nfile := input.facts.case\nelsewhere.fits(file)"
    assert {"facts.case.kind", "query.limit"} <= paths(body, "_ok if input.query.limit < 9\n", helper)


def test_what_other_rules_of_the_package_read_is_not_found():
    beside = 'deny contains {"code": "other_code"} if input.query.geo == null\n'
    assert paths("input.query.limit > 3", beside) == {"query.limit"}


def test_a_path_in_words_is_read_as_one():
    assert paths('object.get(input, ["facts", "case", "kind"], "") == "civil"') == {"facts.case.kind"}


def test_of_an_object_used_whole_everything_is_read_and_of_one_only_looked_at_nothing():
    assert paths("some _, value in input.facts.case\nvalue == 3") == {
        f"facts.case.{name}" for name in SAMPLE["facts"]["case"]
    }
    assert paths("is_object(input.facts.case)") == {"facts.case"}
    assert paths("some name in {1}\ninput.policy[name] == 3") == {"policy.age_days"}


def test_a_place_is_compared_with_what_stands_in_its_line_else_in_its_rule_else_anywhere():
    found = reads(
        'input.query.limit > 77\ninput.query.purpose == "a"\nnot _ok',
        'kind := input.facts.case.kind\n_ok if kind == "b"\n',
    )
    assert found.list_constants("limit") == [77]
    assert found.list_constants("purpose") == ["a"]
    assert found.list_constants("kind") == ["b"]
    assert sorted(map(str, found.list_constants("status"))) == ["77", "a", "b"]


def test_what_a_table_says_counts_as_written_and_what_is_told_does_not():
    tables = {"mine": {"most": {"value": 5}, "words": ["x", "y"]}}
    body = "input.query.limit > data.tables.mine.most.value\ninput.query.purpose in data.tables.mine.words"
    found = reads(body, tables=tables)
    assert (found.list_constants("limit"), found.list_constants("purpose")) == ([5], ["x", "y"])
    assert sorted(map(str, found.list_constants("kind"))) == ["5", "x", "y"]


def test_rules_that_call_one_another_end():
    assert paths("_a", "_a if _b\n_b if _a\n_b if input.query.limit == 3\n") == {"query.limit"}


def test_a_code_that_no_rule_gives_reads_nothing():
    assert RuleBook(["package lpr.mine\n"], {}).find_reads("own_code").list_paths(SAMPLE) == frozenset()
