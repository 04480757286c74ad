"""Files made to do harm: each ends in rows or in a clear sentence, and never in more memory than a few long rows take."""

import io
import random
import resource
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import ConfigurationError
from gateway.oversight.imports.sheets import read_rows
from tests.auditing.ledgers import START
from tests.oversight.scene import F13, csv_text, portal_row
from tests.properties import SHARING_FIXTURES, examples

BOUND = 64 << 20


@pytest.fixture
def rows_of(tmp_path):
    """The rows of a file of these bytes; no more memory than the bound is taken for them."""

    def read(content, name="export.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        tracemalloc.start()
        try:
            rows = list(read_rows(path))
            assert tracemalloc.get_traced_memory()[1] < BOUND
        finally:
            tracemalloc.stop()
        return rows

    return read


def workbook(change):
    """An ordinary workbook, one of whose files is changed."""
    book = openpyxl.Workbook()
    book.active.append(F13)
    book.active.append(portal_row(START))
    made, out = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for info in before.infolist():
            text = before.read(info.filename)
            after.writestr(info.filename, change(text) if info.filename.endswith("sheet1.xml") else text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"ID,Name\r\n1," + b"x" * (1 << 19), "row 2: it has a cell of more than 262,144 characters"),
        (b'ID,Name\r\n1,"never closed\r\n' + b"2,b\r\n" * 200_000, "a quotation mark that is never closed"),
        (b"x" * (80 << 20), "row 1: it has a cell of more than"),
        (b"ID" + b"," * 1_000_000, "1,000,001 cells; no export of a vendor has"),
        (b'"a\n",' * 2_000_000, "row 1: it has a cell of more than"),
    ],
)
def test_a_row_beyond_all_measure_is_named_and_ends_the_import(rows_of, content, told):
    with pytest.raises(ConfigurationError, match=told):
        rows_of(content)


def test_a_workbook_that_claims_the_last_cell_of_the_last_column_harms_nobody(rows_of):
    far = workbook(lambda text: text.replace(b'r="K2"', b'r="XFD1048576"'))
    with pytest.raises(ConfigurationError, match="larger than any export"):
        rows_of(far, "far.xlsx")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < (2 << 20)


def test_a_workbook_that_unfolds_to_gigabytes_is_refused(rows_of):
    cell = b'<c r="A1" t="inlineStr"><is><t>' + b"x" * (300 << 10) + b"</t></is></c>"
    with pytest.raises(ConfigurationError, match="larger than any export"):
        rows_of(
            workbook(
                lambda text: text.replace(
                    text[text.index(b"<row") :], b'<row r="1">' + cell + b"</row></sheetData></worksheet>"
                )
            ),
            "bomb.xlsx",
        )


@pytest.mark.parametrize("content", [b"PK\x03\x04 no zip", workbook(lambda _text: b"<worksheet><sheetData><row")])
def test_a_damaged_zip_or_workbook_is_said_to_be_one(rows_of, content):
    with pytest.raises(ConfigurationError, match=r"damaged or locked zip|no workbook|larger than"):
        rows_of(content, "broken.xlsx")


def test_a_formula_is_text_and_nuls_and_mixed_encodings_are_survived(rows_of):
    [row] = rows_of("=cmd|'/c calc'!A1,Jos\u00e9,".encode() + b"Jos\xe9,\0x\0\r\n")
    assert row.cells == ["=cmd|'/c calc'!A1", "Jos\u00e9", "Jos\u00e9", "x"]


@settings(max_examples=examples(60), deadline=None, suppress_health_check=SHARING_FIXTURES)
@given(
    st.binary(max_size=400) | st.lists(st.text(max_size=40), max_size=30).map(lambda cells: ",".join(cells).encode())
)
def test_any_bytes_give_rows_or_one_sentence(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        numbers = [row.number for row in read_rows(path)]
    except ConfigurationError:
        return
    assert numbers == sorted(set(numbers))


@settings(max_examples=examples(40), deadline=None, suppress_health_check=SHARING_FIXTURES)
@given(st.integers(), st.text(alphabet='",\r\n\0=\ufeffx9/: ', max_size=12))
def test_an_export_with_any_cell_damaged_is_read_to_its_end_or_refused(bring_in, seed, damage):
    dice, rows = random.Random(seed), [portal_row(START) for _ in range(5)]
    rows[dice.randrange(5)][dice.randrange(len(F13))] = damage
    try:
        report = bring_in(csv_text(rows))
    except ConfigurationError as mistake:
        pytest.fail(f"one damaged cell must not cost the other rows: {mistake}")
    assert report["rows"] == 5
    assert report["read"] + report["rejected"] == 5
    assert report["read"] >= 4
