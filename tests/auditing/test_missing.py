"""What is missing at the ends of a ledger is told by every reading of it, and what was lawfully deleted is not."""

import shutil
from datetime import timedelta

import pytest

from gateway.auditing.missing import find_missing
from gateway.auditing.source import open_source
from gateway.ledger.heads import head_of
from tests.auditing.ledgers import START, Ask, LedgerInMaking


@pytest.fixture
def signed(tmp_path):
    """Twenty searches in segments of few, all signed; the middle one is of a held case."""
    made = LedgerInMaking(tmp_path, max_bytes=8192)
    made.write([Ask(case="26-000555" if number == 10 else "25-001234") for number in range(20)], step_s=3600)
    made.sign()
    return made


def files(ledger):
    return sorted((ledger.directory / "w0").glob("*.jsonl"))


def cut_lines(ledger, *, lines=1):
    file = files(ledger)[-1]
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-lines]))


def count(ledger):
    return head_of(ledger.directory, "w0").seq


def test_of_a_whole_ledger_nothing_is_missing(signed):
    assert find_missing(signed.directory) == []


def test_an_end_that_a_checkpoint_signed_and_that_is_cut_off_is_told(signed):
    whole = count(signed)
    cut_lines(signed, lines=2)
    [told] = find_missing(signed.directory)
    cut = f"chain w0 ends with record {whole - 2}, and checkpoint 1 says that it had {whole} records"
    assert told == f"{cut}: run `audit verify`"


def test_an_end_after_the_last_checkpoint_that_is_cut_off_is_told_by_the_lock_file(signed):
    signed.write([Ask()])
    whole = count(signed)
    cut_lines(signed)
    [told] = find_missing(signed.directory)
    assert told.startswith(f"chain w0 ends with record {whole - 1}, and its lock file says that it had {whole} records")


def test_a_last_record_that_is_another_than_was_signed_is_told(signed):
    lines = files(signed)[-1].read_bytes().splitlines(keepends=True)
    head = lines[-1].partition(b'"hash":"')[2][:64]
    files(signed)[-1].write_bytes(b"".join(lines).replace(head, b"0" * 64))
    [told] = find_missing(signed.directory)
    assert told.startswith(f"chain w0 ends with another record {count(signed)} than checkpoint 1 says")


def test_a_chain_whose_segments_or_whose_folder_is_gone_is_told(signed):
    whole = count(signed)
    for file in files(signed):
        file.unlink()
    [told] = find_missing(signed.directory)
    assert told == f"chain w0 is not there, and checkpoint 1 says that it had {whole} records: run `audit verify`"
    shutil.rmtree(signed.directory / "w0")
    assert find_missing(signed.directory) == [told]


def test_a_chain_that_was_written_and_never_signed_is_told_where_nothing_of_it_is_there(ledger):
    with ledger.open():
        files(ledger)[0].unlink()
        assert find_missing(ledger.directory) == [
            "chain w0 was written, and nothing of it is there: run `audit verify`"
        ]
        with open_source(ledger.directory) as source:
            assert len(source.problems) == 1


def test_a_folder_in_which_no_chain_was_begun_yet_is_nothing_missing(signed):
    (signed.directory / "w1").mkdir()
    assert find_missing(signed.directory) == []
    with open_source(signed.directory) as source:
        assert source.problems == []


def test_a_first_segment_that_no_checkpoint_says_was_deleted_is_told_and_not_called_old(signed):
    files(signed)[0].unlink()
    with open_source(signed.directory) as source:
        [told] = source.problems
    assert "of chain w0 are missing, and no checkpoint says that they were lawfully deleted" in told


def test_nothing_is_missing_of_a_ledger_of_which_old_records_were_lawfully_deleted_around_a_held_case(signed):
    assert signed.retire(START + timedelta(hours=15), holds=("26-000555",)) > 2
    with open_source(signed.directory) as source:
        assert source.problems == []
        assert source.ask("SELECT count(*) FROM records WHERE case_number = '26-000555'") == [(2,)]


@pytest.mark.parametrize("content", [b"x\n\n\n", b"\xff\xfe\n\nx\n\n"])
def test_a_checkpoint_that_cannot_be_read_is_told(signed, content):
    [notes] = (signed.directory / "checkpoints").glob("*.notes")
    notes.write_bytes(content)
    assert find_missing(signed.directory) == ["the newest checkpoint cannot be read: run `audit verify`"]


def test_checkpoints_that_were_all_taken_away_are_told_where_a_gateway_served_for_long(signed):
    shutil.rmtree(signed.directory / "checkpoints")
    with open_source(signed.directory) as source:
        assert source.problems == [
            "no checkpoint is there, and a gateway served for more than an hour: run `audit verify`"
        ]


def test_a_gateway_that_has_just_begun_need_not_have_signed(tmp_path):
    made = LedgerInMaking(tmp_path)
    made.write([Ask(), Ask()], step_s=60)
    with open_source(made.directory) as source:
        assert source.problems == []
