"""What lies in a policy's folder and no engine reads is told, so that nobody believes that it decides."""

from pathlib import Path

import pytest

from gateway.pdp.check.strays import find_strays

POLICIES = Path(__file__).parents[3] / "policies"
DENY = 'package lpr.x\n\ndeny contains {"code": "no", "message": "m", "fix": "f"} if {\n\ttrue\n}\n'


def found(folder, name, text=DENY):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return [(one.file, one.line, one.sentence.partition(":")[0]) for one in find_strays(folder)]


def test_the_shipped_policy_has_none():
    assert list(find_strays(POLICIES)) == []


@pytest.mark.parametrize(
    "name", ["lpr/x/night.rego.txt", "lpr/x/night.REGO", "lpr/x/night.rego.bak", "lpr/x/notes.docx"]
)
def test_a_rule_in_a_file_of_another_ending_is_told(tmp_path, name):
    told = "A rule is in a file whose name ends with `.rego`; this is not read"
    assert found(tmp_path, name) == [(name, 0, told)]


@pytest.mark.parametrize("name", ["case - Copy.rego", "case (1).rego", "~$case.rego", "case copy_test.rego"])
def test_a_copy_of_a_file_of_rules_is_told_by_its_name(tmp_path, name):
    [(file, _, told)] = found(tmp_path, f"lpr/case/{name}")
    assert (file, "this looks like a copy" in told) == (f"lpr/case/{name}", True)


def test_a_rule_in_a_file_of_tests_is_told_at_its_line(tmp_path):
    told = "A file `…_test.rego` holds tests alone, and no decision reads it"
    assert found(tmp_path, "lpr/x/x_test.rego") == [("lpr/x/x_test.rego", 3, told)]


@pytest.mark.parametrize("name", ["data (1).yaml", "data - Copy.yaml", "detector.yml", "tests.yaml.orig", "DATA.YAML"])
def test_a_copy_beside_a_table_of_oversight_is_told_and_what_belongs_there_is_not(tmp_path, name):
    assert found(tmp_path, "oversight/d01/data.yaml", "a: 1\n") == []
    [(file, _, told)] = found(tmp_path, f"oversight/d01/{name}", "a: 1\n")
    assert (file, told.endswith("are read; this is not")) == (f"oversight/d01/{name}", True)


def test_a_test_of_a_denial_is_none(tmp_path):
    assert found(tmp_path, "lpr/x/x_test.rego", "package lpr.x_test\n\ntest_deny if {\n\tcount(x.deny) == 1\n}\n") == []


def test_a_table_of_another_name_and_cases_within_the_policy_are_told(tmp_path):
    assert found(tmp_path, "tables/usage/data.yaml.orig")[0][2].startswith("A table is a file `data.yaml`")
    assert found(tmp_path, "cases/one.yaml")[0][2].startswith("Cases are read from the folder `cases` beside")
