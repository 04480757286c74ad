from datetime import UTC, datetime, timedelta

import pytest

from gateway.durable import RealDisk
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.compression import compress_closed
from gateway.ledger.records.event import admin_record
from gateway.ledger.retention import active_holds, find_expired, idle_chains, retire
from gateway.ledger.segments import read_records, segments
from gateway.ledger.verification.report import BreakReason, FindingKind
from gateway.ledger.verification.verify import verify
from tests.clocks import Clock
from tests.ledger.ledgers import SENSITIVE, decision, ledger_runtime, of_type, outcome

START = datetime(2025, 1, 1, tzinfo=UTC)
SMALL = SegmentLimits(max_bytes=3_000, max_age_s=86_400)


@pytest.fixture
def clock():
    return Clock(START)


def year(folder, auditor, clock, **more):
    """One case a month, each in segments of its own."""
    audit = ledger_runtime(folder, auditor, clock=clock, segment=SMALL, **more)
    for month in range(12):
        for number in range(3):
            audit.ledger.record(decision(10 * month + number, case_number=f"25-{month:03d}"), SENSITIVE)
            audit.ledger.record(outcome(10 * month + number, case_number=f"25-{month:03d}"))
        audit.checkpointer.write()
        clock.now += timedelta(days=30)
    return audit


def go(audit, folder, before, **more):
    items = find_expired(folder / "audit", before=before, holds=more.pop("holds", ()), **more)
    retire(items, days=365, record=audit.ledger.record, checkpoint=audit.checkpointer.write, disk=RealDisk())
    return items


def test_old_segments_go_recorded_and_signed_and_the_rest_verifies(tmp_path, auditor, clock):
    audit = year(tmp_path, auditor, clock)
    before = segments(tmp_path / "audit", "w0")
    items = go(audit, tmp_path, START + timedelta(days=100))
    audit.close()
    left = segments(tmp_path / "audit", "w0")
    assert left[: len(before) - len(items)] == before[len(items) :]
    assert len(items) >= 3
    first = min(record["ts"] for record in of_type(tmp_path / "audit", "decision"))
    assert first >= "2025-03"
    recorded = of_type(tmp_path / "audit", "segment.deleted")
    assert [record["segment"] for record in recorded] == [item.segment.name for item in items]
    report = verify(tmp_path / "audit")
    assert report.ok
    (found,) = [finding for finding in report.findings if finding.kind is FindingKind.SEGMENTS_DELETED]
    assert found.count == left[0].first_seq - 1


def test_a_segment_deleted_without_the_law_is_found_beside_those_that_went_lawfully(tmp_path, auditor, clock):
    audit = year(tmp_path, auditor, clock)
    go(audit, tmp_path, START + timedelta(days=100))
    audit.close()
    segments(tmp_path / "audit", "w0")[0].path.unlink()
    assert verify(tmp_path / "audit").breaks[0].reason is BreakReason.SEGMENT_MISSING


def test_what_names_a_held_case_stays_and_what_lies_around_it_goes(tmp_path, auditor, clock):
    audit = year(tmp_path, auditor, clock)
    audit.ledger.record(admin_record("hold.placed", case_number="25-002"))
    audit.ledger.record(admin_record("hold.placed", case_number="25-009"))
    audit.ledger.record(admin_record("hold.released", case_number="25-009"))
    holds = active_holds(tmp_path / "audit")
    assert holds == {"25-002"}
    go(audit, tmp_path, START + timedelta(days=200), holds=holds)
    left = {record["case_number"] for record in of_type(tmp_path / "audit", "decision")}
    assert "25-002" in left
    assert not left & {"25-000", "25-004"}
    assert verify(tmp_path / "audit").ok
    audit.ledger.record(admin_record("hold.released", case_number="25-002"))
    go(audit, tmp_path, START + timedelta(days=200), holds=active_holds(tmp_path / "audit"))
    audit.close()
    assert "25-002" not in {record["case_number"] for record in of_type(tmp_path / "audit", "decision")}
    assert verify(tmp_path / "audit").ok


def test_who_read_the_record_about_a_held_case_stays_too(tmp_path, auditor, clock):
    audit = ledger_runtime(tmp_path, auditor, clock=clock, segment=SMALL)
    audit.ledger.record(admin_record("audit.read", reader="alex", what="search", filter={"case": "25-002"}))
    for number in range(20):
        audit.ledger.record(decision(number))
    go(audit, tmp_path, START + timedelta(days=200), holds={"25-002"})
    audit.close()
    assert [record["reader"] for record in of_type(tmp_path / "audit", "audit.read")] == ["alex"]


def test_what_was_not_shipped_stays(tmp_path, auditor, clock):
    audit = year(tmp_path, auditor, clock)
    files = segments(tmp_path / "audit", "w0")
    later = START + timedelta(days=1000)
    assert find_expired(tmp_path / "audit", before=later, holds=(), shipped={}) == []
    found = find_expired(tmp_path / "audit", before=later, holds=(), shipped={"w0": files[2].first_seq})
    assert [item.segment for item in found] == files[:2]
    audit.close()


def test_the_last_segment_never_goes(tmp_path, auditor, clock):
    audit = year(tmp_path, auditor, clock)
    go(audit, tmp_path, START + timedelta(days=10_000))
    assert len(segments(tmp_path / "audit", "w0")) >= 1
    audit.ledger.record(admin_record("key.issued"))
    audit.close()
    assert verify(tmp_path / "audit").ok


def test_interrupted_between_the_signature_and_the_deletion_it_is_done_again(tmp_path, auditor, clock):
    audit = year(tmp_path, auditor, clock)

    class Failing(RealDisk):
        left = 1

        def remove(self, path):
            if not self.left:
                raise OSError(5, "input/output error")
            self.left -= 1
            super().remove(path)

    items = find_expired(tmp_path / "audit", before=START + timedelta(days=100), holds=())
    with pytest.raises(OSError, match="input/output"):
        retire(items, days=1, record=audit.ledger.record, checkpoint=audit.checkpointer.write, disk=Failing())
    assert verify(tmp_path / "audit").ok
    go(audit, tmp_path, START + timedelta(days=100))
    audit.close()
    assert verify(tmp_path / "audit").ok


def test_upkeep_compresses_retires_and_renews_chains_that_nobody_uses(tmp_path, auditor, clock):
    year(tmp_path, auditor, clock, slots=("w1",)).close()
    audit = year(tmp_path, auditor, clock, slots=("w0",), retention_days=200, upkeep_s=0.0)
    assert idle_chains(tmp_path / "audit", before=clock.now - timedelta(days=200)) == ["w1"]
    audit.tick()
    audit.tick()
    audit.close()
    oldest = min(record["ts"] for record in of_type(tmp_path / "audit", "decision"))
    assert oldest > (clock.now - timedelta(days=240)).isoformat()
    assert all(segment.compressed for segment in segments(tmp_path / "audit", "w0")[:-1])
    assert audit._observer.alarms == []
    assert verify(tmp_path / "audit").ok


def test_compression_keeps_every_line_and_is_taken_up_where_it_was_interrupted(tmp_path, auditor, clock):
    audit = year(tmp_path, auditor, clock)
    directory = tmp_path / "audit"
    before = [line.raw for line in read_records(directory)]
    size = sum(segment.path.stat().st_size for segment in segments(directory, "w0"))
    closed = len(segments(directory, "w0")) - 1

    class Failing(RealDisk):
        def remove(self, _):
            raise OSError(5, "input/output error")

    with pytest.raises(OSError, match="input/output"):
        compress_closed(directory, disk=Failing())
    assert [line.raw for line in read_records(directory)] == before
    assert compress_closed(directory, disk=RealDisk()) == closed
    assert [line.raw for line in read_records(directory)] == before
    assert [segment.compressed for segment in segments(directory, "w0")] == [True] * closed + [False]
    assert sum(segment.path.stat().st_size for segment in segments(directory, "w0")) < size
    audit.close()
    assert verify(directory).ok
