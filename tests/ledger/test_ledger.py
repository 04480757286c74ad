import os
import threading
from datetime import UTC, datetime

import orjson
import pytest

from gateway.errors import ConfigurationError, Refusal
from gateway.ledger.alarms import Alarm
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.encryption import keygen
from gateway.ledger.ledger import worker_slots
from gateway.ledger.records.event import Sensitive, admin_record
from gateway.ledger.sealing import new_event_id
from gateway.ledger.segments import read_records, segments
from gateway.ledger.space import Space, Watermarks
from gateway.ledger.verification.report import FindingKind
from gateway.ledger.verification.verify import verify
from gateway.reasons import Reason
from tests.clocks import Clock
from tests.ledger.ledgers import (
    PLATE,
    ROOM,
    SENSITIVE,
    BadDisk,
    Watching,
    decision,
    ledger_options,
    ledger_runtime,
    of_type,
    outcome,
    plain_ledger,
    records,
    together,
)


def test_a_record_lies_there_with_its_place_when_record_returns(tmp_path):
    ledger = plain_ledger(tmp_path)
    recorded = ledger.record(admin_record("facts.imported", revision="r1"))
    last = list(read_records(tmp_path))[-1]
    record = orjson.loads(last.raw)
    assert record["event_type"] == "facts.imported"
    assert record["schema"] == "lpr.audit.v1"
    assert (record["chain"]["id"], record["chain"]["seq"]) == recorded.link[:2] == ("w0", 2)
    assert (record["chain"]["hash"], record["event_id"]) == (recorded.link.hash, recorded.event_id)
    ledger.close()
    assert verify(tmp_path).ok


def test_records_of_many_threads_are_each_there_once_and_verify(tmp_path):
    ledger = plain_ledger(
        tmp_path, options=ledger_options(segment=SegmentLimits(max_bytes=20_000, max_age_s=86_400), watermarks=ROOM)
    )
    together(8, lambda thread: [ledger.record(admin_record("key.issued", n=thread * 100 + n)) for n in range(40)])
    ledger.close()
    assert sorted(record["n"] for record in of_type(tmp_path, "key.issued")) == sorted(
        thread * 100 + n for thread in range(8) for n in range(40)
    )
    assert len(segments(tmp_path, "w0")) > 3
    assert verify(tmp_path).ok


def test_the_first_free_chain_is_taken_and_an_opening_cites_the_heads_of_all_others(tmp_path):
    first, second = plain_ledger(tmp_path, slots=("w0", "w1")), plain_ledger(tmp_path, slots=("w0", "w1"))
    assert (first.chain_id, second.chain_id) == ("w0", "w1")
    opening = records(tmp_path, "w1")[0]
    assert opening["event_type"] == "chain.resumed"
    assert opening["heads"] == {"w0": {"seq": first.head().seq, "hash": first.head().hash}}
    first.close()
    second.close()
    assert verify(tmp_path).ok


def test_when_every_chain_is_taken_another_is_refused_after_waiting(tmp_path):
    ledger = plain_ledger(tmp_path)
    with pytest.raises(ConfigurationError, match="no free chain"):
        plain_ledger(tmp_path)
    ledger.close()
    plain_ledger(tmp_path).close()


def test_a_reopened_chain_goes_on_where_it_was(tmp_path):
    for turn in range(3):
        ledger = plain_ledger(tmp_path)
        ledger.record(admin_record("key.issued", n=turn))
        ledger.close()
    assert [record["chain"]["seq"] for record in records(tmp_path, "w0")] == [1, 2, 3, 4, 5, 6]
    assert len(segments(tmp_path, "w0")) == 1
    assert verify(tmp_path).ok


def test_a_sensitive_record_shows_its_plate_nowhere(tmp_path, auditor):
    audit = ledger_runtime(tmp_path, auditor)
    audit.ledger.record(decision(), SENSITIVE)
    audit.ledger.record(outcome())
    audit.close()
    (record,) = of_type(tmp_path / "audit", "decision")
    assert {"plate_hmac", "plate_hmac_epoch", "plate_sealed", "reason_sealed", "query_sealed", "sealed_key_id"} <= set(
        record
    )
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert PLATE.encode() not in path.read_bytes()
            assert b"depot" not in path.read_bytes()


def test_without_a_key_to_seal_with_a_sensitive_record_is_refused_not_written_without_it(tmp_path):
    ledger = plain_ledger(tmp_path)
    with pytest.raises(Refusal) as refusal:
        ledger.record(decision(), Sensitive(plate=PLATE))
    assert refusal.value.reason is Reason.AUDIT_UNAVAILABLE
    assert PLATE not in str(refusal.value)
    assert of_type(tmp_path, "decision") == []
    ledger.close()


def test_each_segment_has_its_own_data_key_and_every_record_is_sealed_with_its_segments(tmp_path, auditor):
    audit = ledger_runtime(tmp_path, auditor, segment=SegmentLimits(max_bytes=6_000, max_age_s=86_400))
    together(6, lambda thread: [audit.ledger.record(decision(100 * thread + n), SENSITIVE) for n in range(10)])
    audit.close()
    files = segments(tmp_path / "audit", "w0")
    assert len(files) > 3
    seen = set()
    for segment in files:
        found = [orjson.loads(line) for line in segment.path.read_bytes().splitlines()]
        (key_id,) = {record["sealed_key_id"] for record in found if record["event_type"] == "seal.opened"}
        assert {record.get("sealed_key_id", key_id) for record in found} == {key_id}
        seen.add(key_id)
    assert len(seen) == len(files)


def test_a_record_that_cannot_be_written_down_is_refused_and_the_ledger_goes_on(tmp_path):
    ledger = plain_ledger(tmp_path)
    for bad in ("\ud800", float("nan"), 2**60):
        with pytest.raises(Refusal):
            ledger.record(admin_record("key.issued", bad=bad))
    ledger.record(admin_record("key.issued", good=1))
    ledger.close()
    assert len(of_type(tmp_path, "key.issued")) == 1


@pytest.mark.parametrize("act", ["write", "sync"])
def test_after_an_error_of_the_disk_the_ledger_is_dead_says_so_once_and_its_chain_is_taken_up_again(tmp_path, act):
    plain_ledger(tmp_path).close()
    watching, disk = Watching(), BadDisk(10**9, lambda *_: None)
    ledger = plain_ledger(tmp_path, disk=disk, observer=watching)
    kept = ledger.record(admin_record("key.issued", n=1))

    def fail(at, *_):
        assert at == act
        raise OSError(5, "input/output error")

    disk._at, disk._how = disk.acts + (1 if act == "write" else 2), fail
    for _ in range(3):
        with pytest.raises(Refusal) as refusal:
            ledger.record(admin_record("key.issued", n=2))
        assert refusal.value.reason is Reason.AUDIT_UNAVAILABLE
    assert str(ledger.trouble).lower().endswith("cannot be written: input/output error")
    assert [alarm for alarm, _ in watching.alarms] == [Alarm.LEDGER_DEAD]
    ledger.close()
    again = plain_ledger(tmp_path)
    again.record(admin_record("key.issued", n=3))
    again.close()
    assert verify(tmp_path).ok
    assert kept.event_id in {record["event_id"] for record in of_type(tmp_path, "key.issued")}
    assert of_type(tmp_path, "chain.resumed")[-1]["clean"] is False


def test_a_late_decision_is_refused_and_the_chain_says_that_nothing_was_sent(tmp_path):
    watching, disk = Watching(), BadDisk(10**9, lambda *_: None)
    ledger = plain_ledger(
        tmp_path, disk=disk, observer=watching, options=ledger_options(commit_s=0.05, watermarks=ROOM)
    )
    disk._at, disk._how = disk.acts + 2, lambda *_: threading.Event().wait(0.1)
    with pytest.raises(Refusal):
        ledger.record(decision(7))
    ledger.record(decision(8))
    ledger.record(outcome(8))
    ledger.close()
    made, _ = of_type(tmp_path, "outcome")
    assert (made["decision_id"], made["outcome"], made["reason"], made["forwarded"]) == (
        "d7",
        "failed",
        "audit_unavailable",
        False,
    )
    assert watching.kinds == {Alarm.COMMIT_LATE}


def test_an_orderly_close_tells_the_outcome_of_what_it_cuts_off_and_of_nothing_else(tmp_path):
    ledger = plain_ledger(tmp_path)
    for number in (1, 2):
        ledger.record(decision(number))
    ledger.record(outcome(1))
    ledger.record(decision(3, decision="deny"))
    ledger.close()
    plain_ledger(tmp_path).close()
    told = [(record["decision_id"], record["outcome"]) for record in of_type(tmp_path, "outcome")]
    assert told == [("d1", "answered"), ("d2", "interrupted")]
    assert of_type(tmp_path, "chain.resumed")[-1]["clean"] is True
    assert not [item for item in verify(tmp_path).findings if item.kind is FindingKind.UNANSWERED]


def test_where_the_outcome_of_what_is_cut_off_cannot_be_written_the_next_start_tells_it(tmp_path):
    disk = BadDisk(10**9, lambda *_: None)
    ledger = plain_ledger(tmp_path, disk=disk)
    ledger.record(decision(1))

    def fail(*_):
        raise OSError(28, "no space left on device")

    disk._at, disk._how = disk.acts + 1, fail
    ledger.close()
    assert of_type(tmp_path, "outcome") == []
    plain_ledger(tmp_path).close()
    assert [record["outcome"] for record in of_type(tmp_path, "outcome")] == ["interrupted"]


def test_a_nearly_full_disk_refuses_decisions_and_still_takes_outcomes(tmp_path):
    watching = Watching()
    marks = Watermarks(warn_bytes=1 << 62, refuse_bytes=1 << 61)
    ledger = plain_ledger(tmp_path, observer=watching, options=ledger_options(watermarks=marks))
    with pytest.raises(Refusal) as refusal:
        ledger.record(decision())
    assert refusal.value.reason is Reason.AUDIT_UNAVAILABLE
    ledger.record(outcome())
    assert "MiB ([audit] stop_free_mb) no search is served" in ledger.trouble
    assert watching.kinds == {Alarm.DISK_FULL}
    ledger.close()


def test_a_disk_that_is_getting_full_is_told_and_goes_on(tmp_path):
    watching = Watching()
    marks = Watermarks(warn_bytes=1 << 62, refuse_bytes=1)
    ledger = plain_ledger(tmp_path, observer=watching, options=ledger_options(watermarks=marks))
    ledger.record(decision())
    assert watching.kinds == {Alarm.DISK_LOW}
    ledger.close()


def test_room_on_the_disk_ends_what_was_told_of_it(tmp_path, monkeypatch):
    watching, free = Watching(), [1]
    monkeypatch.setattr("gateway.ledger.space.free_bytes", lambda _directory: free[0])
    monkeypatch.setattr("gateway.ledger.space._CHECKED_EVERY_S", 0)
    space = Space(tmp_path, Watermarks(warn_bytes=20, refuse_bytes=10), watching)
    assert space.shortage() is not None
    free[0] = 15
    assert space.shortage() is None
    assert watching.ended == {(Alarm.DISK_FULL, "")}
    free[0] = 25
    assert space.shortage() is None
    assert watching.ended == {(Alarm.DISK_FULL, ""), (Alarm.DISK_LOW, "")}


def test_a_ledger_carried_over_a_fork_refuses(tmp_path):
    ledger = plain_ledger(tmp_path)
    ledger._process = os.getpid() + 1
    with pytest.raises(Refusal):
        ledger.record(decision())
    ledger.close()


def test_a_segment_ends_by_age_too(tmp_path):
    ledger = plain_ledger(
        tmp_path, options=ledger_options(segment=SegmentLimits(max_bytes=1 << 26, max_age_s=0.0), watermarks=ROOM)
    )
    ledger.record(admin_record("key.issued", n=1))
    ledger.record(admin_record("key.issued", n=2))
    ledger.close()
    assert [segment.first_seq for segment in segments(tmp_path, "w0")] == [1, 2, 4]
    closed = of_type(tmp_path, "segment.closed")[-1]
    assert (closed["segment"], closed["first_seq"], closed["last_seq"]) == ("w0/0000000000000002.jsonl", 2, 3)


def test_a_segment_ends_by_its_age_however_often_its_chain_is_opened_meanwhile(tmp_path):
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC))
    for _ in range(4):
        ledger = plain_ledger(tmp_path, slots=("cli",), clock=clock)
        ledger.record(admin_record("key.issued"))
        ledger.close()
        clock.on(hours=9)
    assert [segment.first_seq for segment in segments(tmp_path, "cli")] == [1, 7]
    assert verify(tmp_path).ok


def test_event_ids_are_uuids_of_version_7_and_sort_by_time():
    ids = [new_event_id() for _ in range(100)]
    assert len(set(ids)) == 100
    assert [text[14] for text in ids] == ["7"] * 100
    assert {text[19] for text in ids} <= set("89ab")
    assert [text[:13] for text in ids] == sorted(text[:13] for text in ids)


def test_a_ledger_cannot_be_opened_for_sealing_to_no_key_at_all(tmp_path, auditor):
    with pytest.raises(ConfigurationError, match="recipient"):
        ledger_runtime(tmp_path, auditor, recipients=("age1nonsense",))
    with pytest.raises(ConfigurationError, match="none to seal to"):
        ledger_runtime(tmp_path, auditor, recipients=())
    ledger_runtime(tmp_path, auditor, recipients=(keygen().public,)).close()


def test_worker_slots_are_numbered():
    assert worker_slots(3) == ("w0", "w1", "w2")
