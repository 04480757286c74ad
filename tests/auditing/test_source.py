import shutil

import duckdb
import pytest

from gateway.auditing.index import prune
from gateway.auditing.search import Criteria, search
from gateway.auditing.source import open_source
from gateway.durable import RealDisk
from gateway.ledger.compression import compress_closed
from gateway.ledger.records.form import RecordPlace
from gateway.ledger.verification.verify import verify
from tests.auditing.ledgers import Ask, LedgerInMaking

ALL = Criteria(event_type="decision")


def segment(ledger, number=0):
    return sorted((ledger.directory / "w0").glob("*.jsonl"))[number]


def count(source, access):
    return len(list(search(source, ALL, access)))


def test_a_line_that_is_being_written_is_passed_over_in_silence(ledger, reading, access):
    ledger.write([Ask()] * 3)
    with segment(ledger).open("ab") as file:
        file.write(b'{"event_type":"decision","ts":"2026-11-02T')
    source = reading()
    assert (count(source, access), source.problems) == (3, [])


def test_a_line_in_the_middle_that_is_no_record_is_told(ledger, reading, access):
    ledger.write([Ask()] * 3)
    lines = segment(ledger).read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b'":', b'"', 1)
    segment(ledger).write_bytes(b"".join(lines))
    source = reading()
    assert count(source, access) == 2
    changed = f"w0/{1:016d}.jsonl was changed after it was written: run `audit verify`"
    assert source.problems == [changed, f"w0/{1:016d}.jsonl has 1 lines that are no records: run `audit verify`"]


def test_a_record_changed_after_it_was_written_is_not_given_out(ledger, reading, access):
    ledger.write([Ask()] * 3)
    segment(ledger).write_bytes(segment(ledger).read_bytes().replace(b'"decision":"allow"', b'"decision":"deny"', 1))
    source = reading()
    assert count(source, access) == 2
    changed = f"w0/{1:016d}.jsonl was changed after it was written: run `audit verify`"
    assert source.problems == [
        changed,
        "1 records that answer to this are damaged or missing, and left out: run `audit verify`",
    ]


def test_a_record_changed_after_it_was_indexed_is_not_given_out(ledger, access, tmp_path):
    ledger.max_bytes = 4096
    ledger.write([Ask()] * 12)
    with open_source(ledger.directory, tmp_path / "index") as source:
        assert count(source, access) == 12
    segment(ledger).write_bytes(segment(ledger).read_bytes().replace(b'"decision":"allow"', b'"decision":"deny"', 1))
    with open_source(ledger.directory, tmp_path / "index") as source:
        assert count(source, access) == 11
        assert source.problems


def test_an_ended_segment_with_a_record_missing_is_told_and_still_searched(ledger, tmp_path):
    ledger.max_bytes = 4096
    ledger.write([Ask()] * 12)
    lines = segment(ledger).read_bytes().splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if b'"event_type":"decision"' in line)
    segment(ledger).write_bytes(b"".join(lines[:last] + lines[last + 1 :]))
    with open_source(ledger.directory, tmp_path / "index") as source:
        [broken] = verify(ledger.directory).breaks
        assert source.problems == [f"{broken.file}: {broken.sentence}: run `audit verify`"]
        assert len(source.places("event_type = 'decision'", [], None)) == 11


@pytest.mark.parametrize("gone", [1, 2])
def test_a_missing_segment_is_named_in_the_words_of_verify_and_no_whole_one_is_blamed(ledger, tmp_path, gone):
    ledger.max_bytes = 4096
    ledger.write([Ask()] * 12)
    with open_source(ledger.directory, tmp_path / "index"):
        pass
    segment(ledger, gone).unlink()
    [broken] = verify(ledger.directory).breaks
    for index in (None, tmp_path / "index"):
        with open_source(ledger.directory, index) as source:
            assert source.problems == [f"{broken.file}: {broken.sentence}: run `audit verify`"]
            assert "are missing before this segment" in broken.sentence


def test_the_index_of_a_segment_goes_with_it(ledger, access, tmp_path):
    ledger.max_bytes = 4096
    ledger.write([Ask()] * 12)
    with open_source(ledger.directory, tmp_path / "index"):
        before = list((tmp_path / "index").glob("*/*.parquet"))
    segment(ledger).unlink()
    with open_source(ledger.directory, tmp_path / "index") as source:
        after = list((tmp_path / "index").glob("*/*.parquet"))
        assert 0 < count(source, access) < 12
    assert len(after) == len(before) - 1


def test_an_index_of_another_ledger_is_never_believed(ledger, access, tmp_path):
    other = LedgerInMaking(tmp_path / "other", max_bytes=4096)
    other.write([Ask(person="u02")] * 12)
    ledger.max_bytes = 4096
    ledger.write([Ask()] * 12)
    with open_source(other.directory, tmp_path / "index"):
        pass
    with open_source(ledger.directory, tmp_path / "index") as source:
        assert list(search(source, Criteria(person="u02"), access)) == []
        assert count(source, access) == 12


def test_the_index_holds_nothing_sealed_and_is_private(ledger, tmp_path):
    ledger.max_bytes = 4096
    ledger.write([Ask()] * 12)
    with open_source(ledger.directory, tmp_path / "index") as source:
        names = {row[0] for row in source.ask("DESCRIBE records")}
    assert not [name for name in names if name.endswith("_sealed")]
    assert (tmp_path / "index").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("statement", ["SELECT * FROM read_text('/etc/hostname')", "SET memory_limit = '2GB'"])
def test_the_database_reaches_nothing_but_the_ledger(ledger, reading, statement):
    ledger.write([Ask()])
    with pytest.raises(duckdb.Error, match=r"disabled|locked"):
        reading().ask(statement)


def test_an_empty_ledger_has_no_records_and_no_problems(tmp_path, access):
    (tmp_path / "audit").mkdir()
    with open_source(tmp_path / "audit") as source:
        assert (count(source, access), source.problems) == (0, [])


@pytest.mark.parametrize("indexed", [False, True], ids=["never indexed", "indexed before"])
@pytest.mark.parametrize("number", [0, -1], ids=["ended", "still written"])
def test_what_stands_behind_a_removed_line_is_given_out_and_that_the_segment_was_changed_is_told(
    ledger, access, tmp_path, indexed, number
):
    ledger.max_bytes = 16384
    ledger.write([Ask(person=f"u0{one}") for one in (1, 2)] * 12)
    index = tmp_path / "index" if indexed else None
    with open_source(ledger.directory, index) as source:
        assert len(list(search(source, Criteria(person="u02"), access))) == 24
    file = segment(ledger, number)
    lines = file.read_bytes().splitlines(keepends=True)
    gone = next(at for at, line in enumerate(lines) if b'"user_id":"u01"' in line)
    file.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
    with open_source(ledger.directory, index) as source:
        source.check()
        assert len(list(search(source, Criteria(person="u02"), access))) == 24
        assert any(problem.startswith(f"w0/{file.name} ") for problem in source.problems)
        assert not any("damaged or missing, and left out" in problem for problem in source.problems)


def test_a_place_that_is_not_there_is_told(ledger, reading):
    ledger.write([Ask()])
    source = reading()
    assert source.lines([RecordPlace("w0", 99)]) == []
    assert source.problems


def test_pruning_removes_what_is_held_of_deleted_segments_and_nothing_else(ledger, tmp_path):
    ledger.max_bytes = 4096
    ledger.write([Ask()] * 12)
    with open_source(ledger.directory, tmp_path / "index"):
        pass
    held = sorted((tmp_path / "index").glob("*/*.parquet"))
    prune(ledger.directory, tmp_path / "index")
    assert sorted((tmp_path / "index").glob("*/*.parquet")) == held
    segment(ledger).unlink()
    prune(ledger.directory, tmp_path / "index")
    assert sorted((tmp_path / "index").glob("*/*.parquet")) == held[1:]


def test_a_record_that_claims_another_folder_as_its_chain_leads_nowhere(ledger, access, tmp_path):
    other = LedgerInMaking(tmp_path / "other")
    other.write([Ask(person="u02")])
    ledger.write([Ask()])
    lines = segment(ledger).read_bytes()
    segment(ledger).write_bytes(lines.replace(b'"id":"w0"', b'"id":"../other/audit/w0"'))
    with open_source(ledger.directory) as source:
        assert list(search(source, Criteria(), access)) == []
        assert source.problems


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_a_chain_of_another_ledger_that_was_laid_in_is_told_and_gives_nobodys_records(ledger, tmp_path, closed):
    other = LedgerInMaking(tmp_path / "other", max_bytes=8192 if closed else 1 << 20)
    other.write([Ask(person="u02")] * 20)
    ledger.write([Ask(person="u01")] * 20)
    shutil.copytree(other.directory / "w0", ledger.directory / "w7")
    with open_source(ledger.directory, tmp_path / "index") as source:
        assert any("w7/" in problem for problem in source.problems)
        assert source.places("user_id = 'u02'", [], None) == []
        assert len(source.places("user_id = 'u01' AND event_type = 'decision'", [], None)) == 20


def test_a_segment_laid_in_under_another_number_is_told_and_none_of_its_records_stands_for_another(ledger, tmp_path):
    ledger.max_bytes = 8192
    ledger.write([Ask(person="u01")] * 20)
    first, *_, last = sorted((ledger.directory / "w0").glob("*.jsonl"))
    last.write_bytes(first.read_bytes())
    with open_source(ledger.directory, tmp_path / "index") as source:
        assert any(last.name in problem for problem in source.problems)
        places = source.places("event_type = 'decision'", [], None)
        assert len(places) == len(set(places))


@pytest.mark.parametrize("which", [1, -1])
def test_a_compressed_segment_that_is_damaged_is_told_and_the_others_are_read(ledger, access, tmp_path, which):
    ledger.max_bytes = 4096
    ledger.write([Ask()] * 12)
    damaged = sorted((ledger.directory / "w0").glob("*.jsonl"))[which]
    lost = damaged.read_bytes().count(b'"event_type":"decision"')
    damaged.unlink()
    damaged.with_suffix(".jsonl.zst").write_bytes(b"no frame of zstd" * 9)
    with open_source(ledger.directory, tmp_path / "index") as source:
        assert f"w0/{damaged.name}.zst cannot be read: run `audit verify`" in source.problems
        assert count(source, access) == 12 - lost


def test_a_record_behind_damage_in_a_compressed_segment_is_missed_and_the_others_are_given_out(
    ledger, access, tmp_path
):
    ledger.max_bytes = 4096
    ledger.write([Ask()] * 12)
    compress_closed(ledger.directory, disk=RealDisk())
    with open_source(ledger.directory, tmp_path / "index") as source:
        packed = next((ledger.directory / "w0").glob("*.zst"))
        packed.write_bytes(packed.read_bytes()[:20])
        assert 0 < count(source, access) < 12
        assert "records that answer to this are damaged or missing, and left out" in source.problems[0]


def harm_emptied(path):
    path.write_bytes(b"")


def harm_replaced(path):
    path.write_bytes(b"This was a segment.\n")


def harm_cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def harm_cut_at_its_last_byte(path):
    path.write_bytes(path.read_bytes()[:-1])


def harm_cut_between_lines(path):
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def harm_lengthened(path):
    path.write_bytes(path.read_bytes() + b"and more\n")


HARMS = [harm_emptied, harm_replaced, harm_cut, harm_cut_at_its_last_byte, harm_cut_between_lines, harm_lengthened]


@pytest.fixture(params=["plain", "compressed"])
def closed(ledger, tmp_path, request):
    """A ledger of several segments that was searched before; the second of them, which has ended."""
    ledger.max_bytes = 4096
    ledger.write([Ask()] * 12)
    if request.param == "compressed":
        compress_closed(ledger.directory, disk=RealDisk())
    with open_source(ledger.directory, tmp_path / "index"):
        pass
    return sorted((ledger.directory / "w0").iterdir())[1]


@pytest.mark.parametrize("harm", HARMS)
def test_a_segment_that_was_changed_after_it_was_indexed_is_told_whatever_is_asked_for_until_it_is_whole_again(
    ledger, closed, tmp_path, harm
):
    before = closed.read_bytes()
    harm(closed)
    for _ in range(2):
        with open_source(ledger.directory, tmp_path / "index") as source:
            assert source.problems.count(f"w0/{closed.name} was changed after it was written: run `audit verify`") == 1
            assert source.places("user_id = 'u15'", [], None) == []
    closed.write_bytes(before)
    with open_source(ledger.directory, tmp_path / "index") as source:
        assert source.problems == []


@pytest.mark.parametrize("harm", HARMS)
def test_a_segment_that_was_changed_before_it_was_indexed_is_told_in_the_file_that_verify_names(
    ledger, closed, tmp_path, harm
):
    harm(closed)
    [broken] = verify(ledger.directory).breaks
    if (
        closed.suffix == ".zst" or harm is not harm_cut_between_lines
    ):  # which reads as a segment behind it that is missing
        assert broken.file == f"w0/{closed.name}"
    for index in (None, tmp_path / "another"):
        with open_source(ledger.directory, index) as source:
            assert any(problem.startswith(broken.file) for problem in source.problems)


def test_a_segment_that_is_as_it_was_is_not_read_again_and_one_that_was_copied_is_once(ledger, closed, tmp_path):
    index, read = tmp_path / "index", []
    copied = closed.with_suffix(".draft")
    copied.write_bytes(closed.read_bytes())
    copied.replace(closed)
    for _ in range(2):
        with open_source(
            ledger.directory, index, progress=lambda number, count: read.append((number, count))
        ) as source:
            assert source.problems == []
    assert read == [(1, 1)]
