"""The real ledger, shipped while it is written, and the SIEM's copy verified against the chain."""

import threading

import pytest

from gateway.durable import RealDisk
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.compression import compress_closed
from gateway.ledger.ledger import LedgerOptions, open_ledger
from gateway.ledger.segments import read_records
from gateway.ledger.space import Watermarks
from gateway.shipping.formats import FORMATS, extract
from gateway.shipping.verify_export import verify_export
from tests.shipping.conftest import lines_of, until
from tests.shipping.samples import DENIAL, OUTCOME
from tests.shipping.usual import sink_options


def opened(tmp_path, slot="w0"):
    options = LedgerOptions(
        segment=SegmentLimits(max_bytes=1 << 16, max_age_s=86_400), watermarks=Watermarks(warn_bytes=2, refuse_bytes=1)
    )
    return open_ledger(tmp_path / "audit", slots=(slot,), protection=None, options=options)


def written(tmp_path):
    return [line.raw for line in read_records(tmp_path / "audit")]


@pytest.mark.parametrize("form", FORMATS)
def test_a_ledger_shipped_while_it_is_written_rotated_and_compressed_verifies_from_the_copy(
    tmp_path, ship, copy, form, watching
):
    ledgers = [opened(tmp_path, "w0"), opened(tmp_path, "w1")]
    shipper = ship(sink_options(name="copy", kind="jsonl", target=str(copy), format=form))

    def write(ledger):
        for _ in range(60):
            ledger.record(dict(DENIAL))
            ledger.record(dict(OUTCOME))

    threads = [threading.Thread(target=write, args=(ledger,)) for ledger in ledgers]
    for thread in threads:
        thread.start()
    compressed = 0
    while any(thread.is_alive() for thread in threads):
        compressed += compress_closed(tmp_path / "audit", disk=RealDisk())
    for thread in threads:
        thread.join()
    for ledger in ledgers:
        ledger.close()
    until(lambda: shipper.find_shipped() == {ledger.chain_id: ledger.head().seq for ledger in ledgers})
    report = verify_export(extract(lines_of(copy)))
    assert (report.breaks, report.findings) == ((), ())
    assert sorted(item.native for item in extract(lines_of(copy))) == sorted(written(tmp_path))
    assert compressed > 0
    assert [item[0] for item in watching.found()] == ["cursor_missing"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_record_deleted_or_changed_in_the_siem_is_found(tmp_path, ship, copy, form):
    ledger = opened(tmp_path)
    for _ in range(10):
        ledger.record(dict(OUTCOME))
    ledger.close()
    shipper = ship(sink_options(name="copy", kind="jsonl", target=str(copy), format=form))
    until(lambda: shipper.find_shipped() == {"w0": ledger.head().seq})
    lines = lines_of(copy)
    assert verify_export(extract(lines)).breaks == ()
    assert len(verify_export(extract(lines[:4] + lines[5:])).breaks) == 1
    changed = lines[6].replace(b"answered", b"rejected")
    assert len(verify_export(extract([*lines[:6], changed, *lines[7:]])).breaks) == 1
    assert verify_export(extract(reversed(lines + lines))).breaks == ()


def test_in_the_native_format_there_is_no_line_to_leave_out_so_it_stays_the_ledgers_own(tmp_path, ship, copy):
    ledger = opened(tmp_path)
    ledger.record(dict(OUTCOME))
    ledger.close()
    shipper = ship(sink_options(name="copy", kind="jsonl", target=str(copy), format="native", embed=False))
    until(lambda: shipper.find_shipped() == {"w0": ledger.head().seq})
    assert verify_export(extract(lines_of(copy))).findings == ()


def test_a_copy_without_embedded_lines_still_proves_completeness(tmp_path, ship, copy):
    ledger = opened(tmp_path)
    for _ in range(10):
        ledger.record(dict(OUTCOME))
    ledger.close()
    shipper = ship(sink_options(name="copy", kind="jsonl", target=str(copy), format="ecs", embed=False))
    until(lambda: shipper.find_shipped() == {"w0": ledger.head().seq})
    lines = lines_of(copy)
    whole = verify_export(extract(lines))
    assert (whole.breaks, [item.kind.value for item in whole.findings]) == ((), ["not_embedded"])
    assert len(verify_export(extract(lines[:4] + lines[5:])).breaks) == 1
