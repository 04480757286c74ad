"""Every medium's function, and that no other way leads a value of a record to it."""

import ast
import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media import (
    for_cef,
    for_cef_header,
    for_csv,
    for_html,
    for_syslog,
    for_terminal,
    for_terminal_json,
    visible,
)

GATEWAY = Path(__file__).resolve().parents[1] / "gateway"
READS_RECORDS = [*sorted(GATEWAY.glob("cli/audit*.py")), *sorted((GATEWAY / "auditing").rglob("*.py"))]
HOSTILE = "a\r\n2026-11-22 allow\x1b[2J\u202egnp.\u2066\u0085\u2028=1+1|<b>&[/b]\x07"


@given(st.text())
def test_on_a_terminal_everything_is_one_line_of_signs_that_can_be_seen(text):
    assert for_terminal(text).isprintable()
    assert text.isprintable() == (for_terminal(text) == text)


@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=8)
)
def test_json_on_a_terminal_is_the_same_document_and_can_be_seen(value):
    text = for_terminal_json(value)
    assert json.loads(text) == value
    assert all(line.isprintable() for line in text.split("\n"))


@given(st.text())
def test_in_a_page_a_value_is_neither_markup_nor_the_end_of_an_attribute(text):
    assert not set(for_html(text)) & set("<>\"'\n")
    assert for_html(text).isprintable()


@given(st.text())
def test_a_cell_of_a_spreadsheet_begins_no_formula_and_is_one_cell(text):
    cell = for_csv(text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    file = io.StringIO()
    csv.writer(file).writerow([cell, "next"])
    assert list(csv.reader(io.StringIO(file.getvalue()))) == [[cell, "next"]]


@given(st.text())
def test_in_cef_a_value_ends_neither_its_field_nor_its_line(text):
    assert not re.search(r"(?<!\\)(\\\\)*=", for_cef(text))
    assert not re.search(r"[\x00-\x1f]", for_cef(text))
    assert not re.search(r"(?<!\\)(\\\\)*\|", for_cef_header(text))
    assert for_cef_header(text).isprintable()


@given(st.text())
def test_in_a_syslog_header_a_value_is_one_word(text):
    assert re.fullmatch(r"[\x21-\x7e]{1,32}", for_syslog(text, 32))


def calls(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@pytest.mark.parametrize("path", READS_RECORDS, ids=lambda path: path.relative_to(GATEWAY).as_posix())
def test_what_reads_records_prints_them_by_these_functions_only(path):
    allowed = {
        "audit.py": {"click.echo"},
        "verify_package.py": {"sys.stdout.write", "sys.stderr.write"},
        "checked_page.py": {"html.escape"},
    }
    forbidden = {"print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write", "html.escape", "escape"}
    forbidden |= {"Table", "console.print", "Console.print", "json.dumps"} if path.parent.name == "cli" else set()
    assert calls(path) & forbidden <= allowed.get(path.name, set())


def test_the_one_line_that_a_command_prints_as_it_is_holds_a_fresh_key_and_no_record():
    source = (GATEWAY / "cli" / "audit.py").read_text(encoding="utf-8")
    assert [line.strip() for line in source.splitlines() if "click.echo(" in line] == [
        'click.echo(f"public key: {pair.public}" if out else text, nl=out is not None)'
    ]


def test_what_cannot_be_seen_is_written_out():
    assert visible("a\u202eb\nc") == "a\\u202eb\\u000ac"
    assert visible("\U000e0041") == "\\U000e0041"
    assert visible("José Núñez") == "José Núñez"
