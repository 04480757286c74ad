"""An export is held against its own manifest."""

import json

import duckdb
import pytest

from gateway.auditing.export import export_parquet
from gateway.auditing.export_manifest import find_shortfalls
from gateway.cli.audit_verify import verify_copy
from gateway.ledger.verification.report import BreakReason, ChainSummary
from tests.auditing.ledgers import Ask


@pytest.fixture
def exported(ledger, reading, access, tmp_path):
    """The folder of an export of one chain."""
    ledger.write([Ask(person="u01")] * 6)
    export_parquet(reading(), tmp_path / "out", access)
    return tmp_path / "out"


def cut(folder, kept):
    """Keep only these rows of the one file."""
    [path] = folder.glob("day=*/records.parquet")
    duckdb.sql(f"COPY (SELECT * FROM read_parquet('{path}') WHERE {kept}) TO '{path}.new' (FORMAT parquet)")
    path.with_name("records.parquet.new").replace(path)


@pytest.mark.parametrize("kept", ["seq < 9", "seq > 2"])
def test_an_export_whose_end_or_beginning_was_cut_off_is_broken_by_its_manifest(exported, kept):
    assert verify_copy(exported, None).ok
    cut(exported, kept)
    report = verify_copy(exported, None)
    assert {found.file for found in report.breaks} == {"manifest.json"}
    assert BreakReason.SEGMENT_MISSING in {found.reason for found in report.breaks}


def test_an_export_in_which_a_field_beside_the_ledgers_lines_was_changed_is_broken_by_its_manifest(exported):
    [path] = exported.glob("day=*/records.parquet")
    changed = f"SELECT * REPLACE ('u99' AS user_id) FROM read_parquet('{path}', hive_partitioning = false)"
    duckdb.sql(f"COPY ({changed}) TO '{path}.new' (FORMAT parquet)")
    path.with_name("records.parquet.new").replace(path)
    assert [found.reason for found in verify_copy(exported, None).breaks] == [BreakReason.WRONG_HASH]


def test_a_file_that_the_manifest_does_not_list_is_a_break(exported):
    [path] = exported.glob("day=*/records.parquet")
    (exported / "day=1999-01-01").mkdir()
    path.rename(exported / "day=1999-01-01" / "records.parquet")
    told = {found.reason for found in verify_copy(exported, None).breaks}
    assert told == {BreakReason.SEGMENT_MISSING, BreakReason.SEGMENT_MISPLACED}


def test_an_export_of_which_the_only_file_is_gone_is_a_break_and_not_nothing(exported):
    [path] = exported.glob("day=*/records.parquet")
    path.unlink()
    assert BreakReason.SEGMENT_MISSING in {found.reason for found in verify_copy(exported, None).breaks}


def test_a_file_or_chain_that_only_the_manifest_or_only_the_export_has_is_a_break(exported):
    there = {"w9": ChainSummary(first_seq=1, last_seq=2, records=2)}
    told = {found.sentence for found in find_shortfalls(exported, there)}
    assert any("of which none is there" in sentence for sentence in told)
    assert any("nothing of chain w9" in sentence for sentence in told)
    document = json.loads((exported / "manifest.json").read_text())
    (exported / next(iter(document["files"]))).unlink()
    assert any("which is not there" in found.sentence for found in find_shortfalls(exported, {}))


@pytest.mark.parametrize("text", ["", "[]", '{"chains": 1}', '{"chains": {"w0": {}}, "files": {}}'])
def test_a_manifest_that_is_none_is_a_break_and_one_that_is_not_there_says_nothing(exported, text):
    (exported / "manifest.json").write_text(text)
    assert [found.reason for found in find_shortfalls(exported, {})] == [BreakReason.NOT_A_RECORD]
    (exported / "manifest.json").unlink()
    assert list(find_shortfalls(exported, {})) == []
