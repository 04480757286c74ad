import json
from datetime import timedelta

import duckdb
import orjson
import pytest

from gateway.auditing.export import export_parquet
from gateway.auditing.exported_lines import ExportedLines
from gateway.errors import ConfigurationError
from gateway.ledger.segments import read_records, segments
from gateway.ledger.verification.report import FindingKind
from gateway.shipping.formats import extract
from gateway.shipping.verify_export import verify_export
from tests.auditing.ledgers import START, Ask


@pytest.fixture
def three_days(ledger):
    """Two chains over three days, in several segments."""
    ledger.max_bytes = 4096
    for slot in ("w0", "w1"):
        ledger.clock.now = START
        ledger.write([Ask(person=f"u0{number % 3}") for number in range(12)], slot=slot, step_s=6 * 3600)
    return ledger


def verified(out):
    return verify_export(extract(ExportedLines(out)))


def test_every_record_is_in_the_folder_of_its_day_as_the_line_it_is(three_days, reading, access, tmp_path):
    exported = export_parquet(reading(), tmp_path / "out", access)
    lines = [line.raw for line in read_records(three_days.directory)]
    assert sorted(ExportedLines(tmp_path / "out")) == sorted(lines)
    assert exported.records == len(lines)
    for folder in (tmp_path / "out").glob("day=*"):
        days = {orjson.loads(raw)["ts"][:10] for raw in ExportedLines(folder / "records.parquet")}
        assert days == {folder.name.removeprefix("day=")}
    assert exported.days == ("2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05")


def test_any_sql_engine_reads_typed_columns_and_the_day(three_days, reading, access, tmp_path):
    three_days.write([Ask(denied=("training_lapsed",))])
    export_parquet(reading(), tmp_path / "out", access)
    files = str(tmp_path / "out" / "day=*" / "records.parquet")
    table = f"read_parquet('{files}', hive_partitioning = true)"
    assert duckdb.sql(f"SELECT DISTINCT deny_reasons FROM {table} WHERE decision = 'deny'").fetchall() == [
        (["training_lapsed"],)
    ]
    types = dict(duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {table})").fetchall())
    assert types["ts"] == "TIMESTAMP WITH TIME ZONE"
    assert (types["duration_ms"], types["forwarded"], types["day"]) == ("BIGINT", "BOOLEAN", "DATE")
    assert types["training_completed_at"] == "DATE"


def test_the_export_alone_verifies(three_days, reading, access, tmp_path):
    export_parquet(reading(), tmp_path / "out", access)
    report = verified(tmp_path / "out")
    assert report.ok
    assert report.records == len(list(read_records(three_days.directory)))
    assert report.findings == ()


@pytest.mark.usefixtures("three_days")
def test_a_period_has_no_gaps_and_verifies(reading, access, tmp_path):
    until = START + timedelta(days=2)
    exported = export_parquet(reading(), tmp_path / "out", access, since=START + timedelta(days=1), until=until)
    assert exported.days == ("2026-11-03", "2026-11-04")
    assert verified(tmp_path / "out").ok


@pytest.mark.usefixtures("three_days")
def test_a_record_left_out_of_the_export_is_found(reading, access, tmp_path):
    export_parquet(reading(), tmp_path / "out", access)
    file = tmp_path / "out" / "day=2026-11-03" / "records.parquet"
    duckdb.sql(
        f"COPY (SELECT * FROM '{file}' WHERE seq <> (SELECT min(seq) + 1 FROM '{file}')) TO '{file}.new' (FORMAT parquet)"
    )
    (tmp_path / "out" / "day=2026-11-03" / "records.parquet.new").replace(file)
    report = verified(tmp_path / "out")
    assert not report.ok
    assert "missing from the export" in report.breaks[0].sentence


@pytest.mark.usefixtures("three_days")
def test_the_manifest_names_every_file_with_its_digest(reading, access, tmp_path):
    export_parquet(reading(), tmp_path / "out", access)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert set(manifest["files"]) == {f"day=2026-11-0{day}/records.parquet" for day in (2, 3, 4, 5)}
    assert manifest["chains"]["w0"]["first_seq"] == 1


@pytest.fixture
def kept_around(ledger):
    """Twenty searches of which the tenth is of a held case, in segments of few records."""
    ledger.max_bytes = 8192
    ledger.write([Ask(case="26-000555" if number == 10 else "25-001234") for number in range(20)], step_s=3600)
    return ledger


def by_age(kept_around, **more):
    return kept_around.retire_on_record(START + timedelta(hours=16), holds=("26-000555",), **more)


@pytest.mark.parametrize("slot", ["w0", "w1"])
def test_what_was_deleted_around_a_held_case_is_a_finding_of_the_export_wherever_that_was_recorded(
    kept_around, reading, access, tmp_path, slot
):
    by_age(kept_around, slot=slot)
    source = reading()
    exported = export_parquet(source, tmp_path / "out", access)
    assert (source.problems, exported.warnings) == ([], ())
    report = verified(tmp_path / "out")
    (found,) = report.findings
    (gone,) = json.loads((tmp_path / "out" / "manifest.json").read_text())["chains"]["w0"]["deleted"]
    assert (report.ok, found.kind) == (True, FindingKind.SEGMENTS_DELETED)
    assert f"records {gone['first_seq']} to {gone['last_seq']} of chain w0 lawfully deleted" in found.sentence
    assert found.count == gone["last_seq"] - gone["first_seq"] + 1
    assert "nothing in a copy is signed" in " ".join(report.proof.sentences)


def test_a_period_without_the_record_of_the_deletion_is_exported_with_a_warning_and_does_not_verify(
    kept_around, reading, access, tmp_path
):
    by_age(kept_around)
    source = reading()
    exported = export_parquet(source, tmp_path / "out", access, until=START + timedelta(hours=18))
    assert source.problems == []
    assert "the record that says so is not in this export" in exported.warnings[0]
    (broken,) = verified(tmp_path / "out").breaks
    assert "no record in it says that just these were deleted" in broken.sentence


def test_what_was_deleted_beyond_what_the_law_took_is_missing_from_the_export(kept_around, reading, access, tmp_path):
    by_age(kept_around)
    last = segments(kept_around.directory, "w0")[-2]
    last.path.unlink()
    source = reading()
    export_parquet(source, tmp_path / "out", access)
    assert any("does not hold every record of w0" in told for told in source.problems)
    assert not verified(tmp_path / "out").ok


def test_what_was_deleted_long_ago_is_still_accounted_for_when_the_record_of_that_went_too(
    kept_around, reading, access, tmp_path
):
    by_age(kept_around)
    kept_around.write([Ask()] * 12, step_s=3600)
    kept_around.retire_on_record(kept_around.clock.now - timedelta(hours=4), holds=("26-000555",))
    said = [record for line in read_records(kept_around.directory) if (record := orjson.loads(line.raw)).get("again")]
    assert said
    source = reading()
    assert export_parquet(source, tmp_path / "out", access).warnings == ()
    assert (source.problems, verified(tmp_path / "out").ok) == ([], True)


def test_a_folder_with_something_in_it_is_refused(ledger, reading, access, tmp_path):
    ledger.write([Ask()])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").touch()
    with pytest.raises(ConfigurationError, match="is not empty"):
        export_parquet(reading(), tmp_path / "out", access)


def test_the_export_is_on_record_with_its_period(ledger, reading, access, reads, tmp_path):
    ledger.write([Ask()])
    export_parquet(reading(), tmp_path / "out", access, since=START)
    [(event_type, fields)] = reads.entries
    assert (event_type, fields["what"]) == ("audit.read", "export")
    assert fields["filter"] == {"form": "parquet", "since": "2026-11-02T08:00:00.000Z"}


def test_a_period_without_records_gives_an_empty_export(ledger, reading, access, tmp_path):
    ledger.write([Ask()])
    assert export_parquet(reading(), tmp_path / "out", access, until=START).records == 0
    assert verified(tmp_path / "out").records == 0
