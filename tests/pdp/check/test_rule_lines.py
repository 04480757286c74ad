"""The lines of the rules that decide."""

from gateway.pdp.check.rule_lines import list_rule_lines


def test_the_lines_of_rules_are_told_by_file_and_number_without_comments_and_none_of_tests_or_detectors(tmp_path):
    for name in ("lpr/case/case.rego", "lpr/case/case_test.rego", "oversight/d01/d01.rego"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("package x\n\ny if input.z # a note\n")
    lines = [
        ("lpr/case/case.rego", 1, "package x"),
        ("lpr/case/case.rego", 2, ""),
        ("lpr/case/case.rego", 3, "y if input.z "),
    ]
    assert [*list_rule_lines(tmp_path)] == lines
