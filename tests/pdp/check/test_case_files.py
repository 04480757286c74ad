"""Files of cases: what keeps one from being read is told at its line, and none is left out in silence."""

import pytest

from gateway.pdp.check.case_files import BASE, UnreadableCases, cases_in, read_cases
from tests.cases import BASE_TEXT


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("- name: One.\n  expect: {allow: true\n", 2, "the bracket that begins in this line is not closed"),
        ("- name: One: two.\n  expect: {allow: true}\n", 1, "the text in this line has a colon in it"),
        (
            "- name: One.\n  set: {usage.person.queries_1h: 400,5}\n",
            2,
            "or write a point where its comma begins a fraction",
        ),
        ("- name: One.\n  set: {}\n  set: {}\n", 3, "the name `set` is given twice in one block"),
        ("# to be written\n", 1, "no case is in it"),
    ],
)
def test_a_file_of_cases_that_is_no_yaml_is_told_as_a_table_is(tmp_path, text, line, told):
    (tmp_path / BASE).write_text(BASE_TEXT)
    (tmp_path / "case.yaml").write_text(text)
    with pytest.raises(UnreadableCases) as found:
        cases_in(tmp_path / "case.yaml")
    [mistake] = found.value.mistakes
    assert (mistake.line, told in mistake.sentence) == (line, True), mistake


@pytest.mark.parametrize(
    ("encoding", "line", "told"),
    [
        ("latin-1", 2, "the byte 0xe9 behind “expect: {} # caf” is no UTF-8, as in a file saved as Windows or Latin-1 text"),
        ("utf-16", 1, "the file is UTF-16 (“Unicode”), not UTF-8"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("file", ["case.yaml", BASE])
def test_a_file_of_cases_in_another_encoding_is_told_so_at_its_line_with_how_to_save_it(tmp_path, file, encoding, line, told):  # fmt: skip
    (tmp_path / BASE).write_text(BASE_TEXT)
    (tmp_path / "case.yaml").write_text("[]\n")
    (tmp_path / file).write_text("- name: One.\n  expect: {} # café\n", encoding=encoding)
    with pytest.raises(UnreadableCases) as found:
        cases_in(tmp_path / "case.yaml")
    [mistake] = found.value.mistakes
    assert (mistake.file, mistake.line) == (file, line)
    assert mistake.sentence == f"{told}: save the file as UTF-8 in the editor (“Encoding”)"


@pytest.mark.parametrize("name", ["our.yml", "OUR.yaml", "our.YAML", "our.yaml.txt", "our.txt", "our", "_our.yaml"])
def test_a_file_that_looks_like_one_of_cases_and_is_not_read_is_told(tmp_path, name):
    (tmp_path / BASE).write_text(BASE_TEXT)
    (tmp_path / name).write_text("- name: One.\n  expect: {allow: true}\n")
    with pytest.raises(UnreadableCases) as found:
        read_cases(tmp_path)
    [mistake] = found.value.mistakes
    assert (mistake.file, "this is not read: rename it" in mistake.sentence) == (name, True)


def test_what_is_no_file_of_cases_may_lie_beside_them(tmp_path):
    for name, text in ((BASE, BASE_TEXT), ("README.md", ""), ("test_cases.py", ""), (".our.yaml.swp", "")):
        (tmp_path / name).write_text(text)
    assert read_cases(tmp_path) == []
