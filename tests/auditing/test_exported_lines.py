import duckdb
import pytest

from gateway.auditing.export import export_parquet
from gateway.auditing.exported_lines import ExportedLines
from gateway.cli.audit_verify import verify_copy
from tests.auditing.ledgers import Ask


@pytest.fixture
def exported(ledger, reading, access, tmp_path):
    """The files of an export of two days, and its folder."""
    ledger.write([Ask()] * 4)
    ledger.clock.on(days=1)
    ledger.write([Ask(person="u02")] * 4)
    export_parquet(reading(), tmp_path / "out", access)
    return sorted((tmp_path / "out").glob("day=*/records.parquet")), tmp_path / "out"


def rewrite(file, raw):
    """The same file with this expression in place of its records' own lines; what was there, by row."""
    numbered = f"SELECT *, row_number() OVER () AS row FROM read_parquet('{file}')"
    duckdb.sql(
        f"COPY (SELECT * EXCLUDE (row) REPLACE ({raw} AS raw) FROM ({numbered})) TO '{file}.new' (FORMAT parquet)"
    )
    file.with_name("records.parquet.new").replace(file)


def test_each_line_of_an_export_is_located_in_the_file_and_row_that_it_stands_in(exported):
    files, folder = exported
    lines = ExportedLines(folder)
    read = list(lines)
    for number, raw in enumerate(read, start=1):
        name, row = lines.locate(number)
        [(there,)] = duckdb.sql(f"SELECT raw FROM read_parquet('{name}') LIMIT 1 OFFSET {row - 1}").fetchall()
        assert there.encode() == raw
    assert {lines.locate(number)[0] for number in range(1, len(read) + 1)} == {str(file) for file in files}
    assert lines.locate(None) == (str(folder), None)


def in_files(folder):
    """The breaks that are told in a file of the export; that it is not the one which its manifest lists is told as well."""
    return [found for found in verify_copy(folder, None).breaks if found.file != "manifest.json"]


def test_damage_in_the_second_file_of_an_export_is_told_with_its_row_there(exported):
    files, folder = exported
    rewrite(files[1], "CASE WHEN row = 3 THEN replace(raw, 'ts\":\"2026', 'ts\":\"2027') ELSE raw END")
    [found] = in_files(folder)
    assert (found.file, found.line) == (str(files[1]), 3)
    assert found.sentence == "the record was changed after it was written"


def test_a_file_whose_lines_were_all_emptied_is_one_break_that_says_which_rows(exported):
    files, folder = exported
    [(count,)] = duckdb.sql(f"SELECT count(*) FROM read_parquet('{files[0]}')").fetchall()
    rewrite(files[0], "''")
    named = [found for found in verify_copy(folder, None).breaks if found.file == str(files[0])]
    assert [(found.line, found.sentence) for found in named] == [
        (1, f"the line holds no record of ours ({count} such: 1 to {count})")
    ]


def test_a_record_that_is_missing_is_told_at_the_row_of_the_one_after_it(exported):
    files, folder = exported
    [(gone,)] = duckdb.sql(f"SELECT seq FROM read_parquet('{files[1]}') LIMIT 1 OFFSET 1").fetchall()
    duckdb.sql(f"COPY (FROM read_parquet('{files[1]}') WHERE seq <> {gone}) TO '{files[1]}.new' (FORMAT parquet)")
    files[1].with_name("records.parquet.new").replace(files[1])
    [found] = in_files(folder)
    assert (found.file, found.line) == (str(files[1]), 2)
    assert found.sentence.startswith(
        f"records {gone} to {gone} of chain w0 are missing from the export before this record"
    )


def test_damage_in_a_text_file_is_told_with_the_file_and_its_line(exported, tmp_path):
    _, folder = exported
    lines = list(ExportedLines(folder))
    lines[4] = lines[4].replace(b"u0", b"u7", 1)
    copy = tmp_path / "siem.json"
    copy.write_bytes(b"\n\n" + b"\n".join(lines))
    [found] = verify_copy(copy, None).breaks
    assert (found.file, found.line) == (str(copy), 7)
