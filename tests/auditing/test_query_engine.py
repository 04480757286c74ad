"""The database that reads the ledger: kept to these folders, told nothing else, and quiet when it ends."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from gateway.auditing.query_engine import connect, json_lines, object_lines, quote_text


def test_text_is_quoted_whatever_it_holds(tmp_path):
    with connect([tmp_path]) as database:
        for text in ("plain", "it's", "''", "a\\b", "é\n"):
            assert database.execute(f"SELECT {quote_text(text)}").fetchone() == (text,)


@pytest.mark.parametrize("table", [lambda files: json_lines(files, "{'a': 'INTEGER'}"), object_lines])
def test_only_files_below_the_folders_can_be_read(tmp_path, table):
    inside, outside = tmp_path / "in", tmp_path / "out"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "lines.jsonl").write_text('{"a": 1}\n')
    with connect([inside]) as database:
        assert len(database.execute(f"FROM {table([inside / 'lines.jsonl'])}").fetchall()) == 1
        with pytest.raises(duckdb.Error):
            database.execute(f"FROM {table([outside / 'lines.jsonl'])}").fetchall()


def test_a_line_that_is_no_record_is_a_row_of_nulls_beside_the_others(tmp_path):
    (tmp_path / "lines.jsonl").write_text('{"a": 1}\nnot json\n{"a": 3}\n')
    with connect([tmp_path]) as database:
        table = json_lines([tmp_path / "lines.jsonl"], "{'a': 'INTEGER'}")
        rows = database.execute(f"SELECT a FROM {table}")
        assert rows.fetchall() == [(1,), (None,), (3,)]


def test_a_process_that_leaves_a_database_open_prints_nothing_when_it_ends(tmp_path):
    program = (
        "import sys; from pathlib import Path; from gateway.auditing.query_engine import connect\n"
        "sys.kept = connect([Path(sys.argv[1])]); sys.kept.execute('SELECT 1').fetchall()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, tmp_path],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert (ended.stdout, ended.stderr) == (b"", b"")
