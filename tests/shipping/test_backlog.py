"""What is read of the ledger for shipping: durable, in order, once, and what is odd about it is told."""

from pathlib import Path

import pytest
import zstandard

from gateway.clock import format_instant
from gateway.ledger.heads import Head
from gateway.shipping.backlog import Backlog
from gateway.shipping.formats import Record
from gateway.shipping.ledger_check import marks_that_hold
from gateway.shipping.watch import ShippingFinding
from tests.shipping.samples import DECISION, OUTCOME, Writer


class Reader:
    """Reads a backlog to its end, batch by batch."""

    def __init__(self, directory: Path, marks: dict[str, Head] | None = None) -> None:
        self.findings: list[ShippingFinding] = []
        self.backlog = Backlog(directory, marks or {}, self.findings.append)

    def rest(self, limit: int = 7, limit_bytes: int = 1 << 20) -> list[bytes]:
        raws = []
        while batch := self.backlog.read(limit, limit_bytes):
            assert len(batch.records) <= limit
            raws += [record.raw for record in batch.records]
        return raws

    def found(self) -> list[tuple[str, int | None, int | None]]:
        return [(item.what.value, item.first, item.last) for item in self.findings]


@pytest.fixture
def reader(tmp_path):
    made = Reader(tmp_path / "audit")
    yield made
    made.backlog.close()


def test_every_record_is_read_once_and_in_order_over_segments_and_as_the_ledger_grows(ledger, reader):
    assert reader.rest() == []
    ledger.write(20)
    assert reader.rest() == ledger.written
    ledger.rotate()
    more = ledger.write(5)
    assert reader.rest() == more
    assert reader.rest() == []
    assert reader.findings == []


def test_each_chain_is_read_in_its_own_order(tmp_path, reader):
    first, second = Writer(tmp_path / "audit", "w0"), Writer(tmp_path / "audit", "cli")
    first.write(30)
    second.write(9, DECISION)
    found = [Record.read(raw).chain for raw in reader.rest()]
    assert [place.seq for place in found if place.chain_id == "w0"] == list(range(1, 31))
    assert [place.seq for place in found if place.chain_id == "cli"] == list(range(1, 10))


def test_the_oldest_of_what_waits_is_that_of_all_chains_and_looking_at_it_reads_nothing_away(tmp_path, reader):
    first, second = (Writer(tmp_path / "audit", chain=chain) for chain in ("cli", "w0"))
    first.write(1, {**OUTCOME, "ts": "2026-05-01T08:00:00.000Z"})
    second.write(9, {**OUTCOME, "ts": "2026-05-01T09:00:00.000Z"})
    reader.backlog.look()
    batch = reader.backlog.read(3, 1 << 20)
    assert {record.chain.chain_id for record in batch.records} == {"w0"}
    assert format_instant(reader.backlog.find_oldest()) == "2026-05-01T08:00:00.000Z"
    assert len(batch.records) + len(reader.rest()) == 10
    assert reader.backlog.look() == 0
    assert reader.backlog.find_oldest() is None
    assert reader.found() == []


def test_closed_segments_are_read_where_they_were_compressed(ledger, reader):
    ledger.write(12)
    packed = ledger.path.with_name(ledger.path.name + ".zst")
    packed.write_bytes(zstandard.compress(ledger.path.read_bytes()))
    ledger.path.unlink()
    ledger.rotate()
    ledger.write(3)
    assert reader.rest() == ledger.written


def test_reading_goes_on_after_the_mark(tmp_path, ledger):
    written = ledger.write(10)
    reader = Reader(tmp_path / "audit", {"w0": Head(4, Record.read(written[3]).chain.hash)})
    assert reader.rest() == written[4:]
    assert reader.findings == []
    reader.backlog.close()


def test_a_batch_is_bounded_in_bytes_but_never_empty(ledger, reader):
    written = ledger.write(6)
    sizes = []
    while batch := reader.backlog.read(100, 2 * len(written[0])):
        sizes.append(len(batch.records))
    assert sizes == [2, 2, 2]


def test_a_line_that_is_still_being_written_is_not_read(ledger, reader):
    ledger.write(2)
    rest = ledger.path.read_bytes()
    assert reader.rest() == ledger.written
    with ledger.path.open("ab") as file:
        file.write(rest[:200])
    assert reader.rest() == []


def test_reading_goes_on_where_the_ledger_replaced_a_torn_file(ledger, reader):
    ledger.write(3)
    with ledger.path.open("ab") as file:
        file.write(b'{"torn')
    assert reader.rest() == ledger.written
    renewed = ledger.path.with_name("fresh")
    renewed.write_bytes(b"".join(line + b"\n" for line in ledger.written))
    renewed.replace(ledger.path)
    more = ledger.write(4)
    assert reader.rest() == more
    assert reader.findings == []


def test_missing_records_are_found_and_the_rest_is_shipped(ledger, reader):
    ledger.write(5)
    ledger.rotate()
    ledger.write(5)
    ledger.path.unlink()
    ledger.rotate()
    ledger.write(5)
    assert reader.rest() == ledger.written[:5] + ledger.written[10:]
    assert reader.found() == [("gap", 6, 10)]


def test_a_removed_line_is_found_and_all_others_are_shipped(ledger, reader):
    written = ledger.write(6)
    ledger.path.write_bytes(b"".join(line + b"\n" for line in written[:2] + written[3:]))
    assert reader.rest() == written[:2] + written[3:]
    assert reader.found() == [("gap", 3, 3)]


def test_a_repeated_line_is_found_and_shipped(ledger, reader):
    written = ledger.write(3)
    ledger.path.write_bytes(b"".join(line + b"\n" for line in [*written[:2], written[1], written[2]]))
    reader.rest()
    assert reader.found() == [("repeated", 2, 2)]


def test_a_line_that_is_no_record_is_found_and_passed_over(ledger, reader):
    written = ledger.write(3)
    ledger.path.write_bytes(b"\n".join([written[0], b"no record", written[2], b""]))
    assert reader.rest() == [written[0], written[2]]
    assert ("unreadable", 2, 2) in reader.found()


def test_a_head_that_cannot_be_read_does_not_stop_the_other_chains(tmp_path, reader):
    broken, sound = Writer(tmp_path / "audit", "cli"), Writer(tmp_path / "audit", "w0")
    broken.write(3)
    with broken.path.open("ab") as file:
        file.write(b"no record\n")
    assert len(sound.write(4)) == 4
    assert [raw for raw in reader.rest() if b'"id":"w0"' in raw] == sound.written


class TestWhetherTheLedgerIsStillTheSame:
    @staticmethod
    def check(ledger, seq, digest):
        found: list[ShippingFinding] = []
        kept = marks_that_hold(ledger.directory, {"w0": Head(seq, digest)}, found.append)
        return kept, [item.what.value for item in found]

    def test_a_mark_that_names_its_record_holds(self, ledger):
        written = ledger.write(5)
        digest = Record.read(written[4]).chain.hash
        assert self.check(ledger, 5, digest) == ({"w0": Head(5, digest)}, [])

    def test_a_ledger_that_ends_before_what_was_shipped_is_shipped_anew(self, ledger):
        ledger.write(5)
        assert self.check(ledger, 6, "00" * 32) == ({}, ["rolled_back"])

    def test_a_ledger_with_another_record_at_that_place_is_shipped_anew(self, ledger):
        ledger.write(5)
        assert self.check(ledger, 5, "00" * 32) == ({}, ["rewritten"])

    def test_a_chain_that_vanished_is_found(self, ledger):
        assert self.check(ledger, 3, "00" * 32) == ({}, ["rolled_back"])

    def test_a_record_that_went_with_its_segment_proves_nothing(self, ledger):
        ledger.write(5, OUTCOME)
        first = ledger.path
        ledger.rotate()
        ledger.write(5)
        first.unlink()
        assert self.check(ledger, 3, "00" * 32) == ({"w0": Head(3, "00" * 32)}, [])

    def test_a_record_that_was_shipped_and_is_no_line_any_more_is_passed_over(self, ledger):
        written = ledger.write(6)
        ledger.path.write_bytes(b"\n".join([*written[:4], b"no record", written[5], b""]))
        digest = Record.read(written[4]).chain.hash
        assert self.check(ledger, 5, digest) == ({"w0": Head(5, "")}, ["unreadable"])


class TestWhatWasTakenOutOrPutInBeforeWhatWasShipped:
    """Each with what is still to be shipped: of twelve records in two segments, seven were, or as many as `shipped` says."""

    @staticmethod
    def go_on(tmp_path, ledger, change, shipped=7):
        written = ledger.write(9)
        first = ledger.path
        ledger.rotate()
        ledger.write(3)
        first.write_bytes(b"".join(line + b"\n" for line in change(written)))
        found: list[ShippingFinding] = []
        mark = Head(shipped, Record.read(written[shipped - 1]).chain.hash)
        reader = Reader(tmp_path / "audit", marks_that_hold(ledger.directory, {"w0": mark}, found.append))
        sent = [Record.read(raw).chain.seq for raw in reader.rest()]
        marks = reader.backlog.marks()
        reader.backlog.close()
        assert marks_that_hold(ledger.directory, marks, found.append) == marks
        return sent, [(item.what.value, item.first, item.last) for item in found + reader.findings]

    @pytest.mark.parametrize("cut", [1, 3, 6])
    def test_a_record_cut_out_before_is_the_one_thing_told_and_nothing_is_shipped_again(self, tmp_path, ledger, cut):
        sent, found = self.go_on(tmp_path, ledger, lambda lines: lines[: cut - 1] + lines[cut:])
        assert (sent, found) == ([8, 9, 10, 11, 12], [("gap", cut, cut)])

    def test_the_record_shipped_last_is_missing_and_not_rewritten_where_it_was_cut_out(self, tmp_path, ledger):
        sent, found = self.go_on(tmp_path, ledger, lambda lines: lines[:6] + lines[7:])
        assert (sent, found) == ([8, 9, 10, 11, 12], [("gap", 7, 7)])

    def test_where_all_up_to_the_record_shipped_last_was_cut_out_they_are_missing(self, tmp_path, ledger):
        sent, found = self.go_on(tmp_path, ledger, lambda lines: lines[7:])
        assert (sent, found) == ([8, 9, 10, 11, 12], [("gap", 1, 7)])

    def test_several_cuts_are_told_each(self, tmp_path, ledger):
        sent, found = self.go_on(tmp_path, ledger, lambda lines: [lines[0], *lines[3:5], *lines[7:]])
        assert (sent, found) == ([8, 9, 10, 11, 12], [("gap", 2, 3), ("gap", 6, 7)])

    def test_a_record_cut_out_where_a_segments_last_was_shipped_last_is_told(self, tmp_path, ledger):
        sent, found = self.go_on(tmp_path, ledger, lambda lines: lines[:3] + lines[4:], shipped=9)
        assert (sent, found) == ([10, 11, 12], [("gap", 4, 4)])

    def test_another_record_in_its_place_is_rewritten_though_one_was_cut_out_before(self, tmp_path, ledger):
        def change(lines):
            other = Record.read(lines[6]).chain.hash
            return lines[:2] + [line.replace(other.encode(), b"ab" * 32) for line in lines[3:]]

        sent, found = self.go_on(tmp_path, ledger, change)
        assert (sent, found) == ([1, 2, *range(4, 13)], [("rewritten", 7, 7), ("gap", 3, 3)])

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda lines: lines[:2] + lines[3:], ("gap", 3, 3)),
            (lambda lines: [*lines[:3], lines[2], *lines[3:]], ("repeated", 3, 3)),
        ],
    )
    def test_an_open_segment_that_ends_with_what_was_shipped_last_goes_on_behind_that(
        self, tmp_path, ledger, change, told
    ):
        written = ledger.write(7)
        ledger.path.write_bytes(b"".join(line + b"\n" for line in change(written)))
        found: list[ShippingFinding] = []
        mark = {"w0": Head(7, Record.read(written[6]).chain.hash)}
        reader = Reader(tmp_path / "audit", marks_that_hold(ledger.directory, mark, found.append))
        more = ledger.write(2)
        assert reader.rest() == more
        assert ([(item.what.value, item.first, item.last) for item in found], reader.found()) == ([told], [])
        reader.backlog.close()
