import os
import shutil
import time
from datetime import UTC, datetime

import pytest

from gateway.errors import ConfigurationError, Refusal
from gateway.ledger.alarms import Alarm
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.checkpoints.checkpointer import Cadence
from gateway.ledger.records.event import refusal_record
from gateway.ledger.verification.verify import verify
from gateway.reasons import Reason
from tests.ledger.ledgers import SENSITIVE, BadDisk, decision, ledger_runtime, of_type, outcome, together, watching


def until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.005)


def test_two_workers_serve_sign_and_close_and_everything_verifies(tmp_path, auditor):
    workers = [ledger_runtime(tmp_path, auditor, cadence=Cadence(records=20, seconds=60)) for _ in range(2)]
    for worker in workers:
        worker.start()

    def serve(number):
        worker = workers[number % 2]
        for turn in range(10):
            worker.ledger.record(decision(100 * number + turn), SENSITIVE)
            worker.ledger.record(outcome(100 * number + turn))
            worker.edge.note_refusal(
                refusal_record(request_id="r", reasons=["x"], disclosed=[], status=401, src_ip="192.0.2.1")
            )

    together(6, serve)
    until(lambda: of_type(tmp_path / "audit", "refusal"))
    until(lambda: verify(tmp_path / "audit").checkpoints >= 1)
    for worker in workers:
        worker.close()
    report = verify(tmp_path / "audit")
    assert report.ok
    assert set(report.chains) == {"edge", "w0", "w1"}
    assert [finding.kind.value for finding in report.findings] == ["unwitnessed"]
    assert sum(sum(record["counts"].values()) for record in of_type(tmp_path / "audit", "refusals.counted")) > 0
    assert watching(workers[0]).alarms == watching(workers[1]).alarms == []


def test_what_fails_beside_the_requests_is_told_and_tried_again(tmp_path, auditor):
    disk = BadDisk(10**9, lambda *_: None)
    audit = ledger_runtime(tmp_path, auditor, disk=disk, cadence=Cadence(records=1, seconds=60))

    def fail(*_):
        raise OSError(5, "input/output error")

    disk._at, disk._how = disk.acts + 1, fail
    audit.tick()
    assert watching(audit).kinds == {Alarm.CHECKPOINT_FAILING}
    [(_, told)] = watching(audit).alarms
    assert told == "no checkpoint can be signed or written: input/output error"
    assert audit.ledger.trouble is None
    audit.tick()
    assert verify(tmp_path / "audit").checkpoints == 1
    audit.close()


def test_what_must_be_private_is(tmp_path, auditor):
    old = os.umask(0)
    try:
        audit = ledger_runtime(tmp_path, auditor)
        audit.ledger.record(decision(), SENSITIVE)
        audit.close()
    finally:
        os.umask(old)
    for path in (tmp_path / "audit", tmp_path / "secrets"):
        for item in [path, *path.rglob("*")]:
            assert item.stat().st_mode & 0o077 == 0, item


def test_a_witness_that_is_none_is_told_before_anything_is_written(tmp_path, auditor):
    with pytest.raises(ConfigurationError):
        ledger_runtime(tmp_path, auditor, witnesses=(("pigeon", "x"),))
    assert not (tmp_path / "audit").exists()


def test_times_are_the_clocks(tmp_path, auditor):
    audit = ledger_runtime(tmp_path, auditor, clock=lambda: datetime(2026, 5, 4, 3, 2, 1, 987654, UTC))
    audit.close()
    assert of_type(tmp_path / "audit", "chain.resumed")[0]["ts"] == "2026-05-04T03:02:01.987Z"


def test_a_chain_that_a_crash_left_open_is_settled_even_if_no_worker_uses_it_any_more(tmp_path, auditor):
    crashed = ledger_runtime(tmp_path, auditor, slots=("w7",))
    crashed.ledger.record(decision(), SENSITIVE)
    os.close(crashed.ledger._lock._descriptor)  # as the kernel does when a process dies
    audit = ledger_runtime(tmp_path, auditor, slots=("w0",))
    audit.tick()
    (made,) = of_type(tmp_path / "audit", "outcome")
    assert (made["outcome"], made["decision_id"], made["chain"]["id"]) == ("interrupted", "d1", "w7")
    audit._upkeep._next = 0.0
    audit.tick()
    assert len(of_type(tmp_path / "audit", "outcome")) == 1
    audit.close()
    assert watching(audit).alarms == []
    assert verify(tmp_path / "audit").ok


@pytest.mark.parametrize("what", ["moved", "deleted", "replaced by a copy"])
def test_a_folder_taken_away_under_a_worker_ends_its_ledger_and_nothing_begins_in_its_place(tmp_path, auditor, what):
    audit = ledger_runtime(tmp_path, auditor, cadence=Cadence(records=1, seconds=60))
    folder, taken = tmp_path / "audit", tmp_path / "taken"
    audit.ledger.record(decision(1), SENSITIVE)
    folder.rename(taken)
    if what == "replaced by a copy":
        shutil.copytree(taken, folder)
    elif what == "deleted":
        shutil.rmtree(taken)
    before = sorted(folder.rglob("*"))
    with pytest.raises(Refusal) as refused:
        audit.ledger.record(decision(2), SENSITIVE)
    assert refused.value.reason is Reason.AUDIT_UNAVAILABLE
    audit.tick()
    audit.close()
    assert sorted(folder.rglob("*")) == before
    assert watching(audit).kinds == {Alarm.LEDGER_DEAD}
    assert "not where it was" in str(audit.ledger.trouble)


def test_a_folder_taken_away_is_found_while_nothing_is_recorded(tmp_path, auditor):
    audit = ledger_runtime(tmp_path, auditor, cadence=Cadence(records=1, seconds=60))
    (tmp_path / "audit").rename(tmp_path / "taken")
    audit.tick()
    assert watching(audit).kinds == {Alarm.LEDGER_DEAD}
    assert not (tmp_path / "audit").exists()
    audit.close()


def test_a_segment_that_ends_is_no_folder_taken_away(tmp_path, auditor):
    limits = SegmentLimits(max_bytes=1, max_age_s=3600)
    audit = ledger_runtime(tmp_path, auditor, cadence=Cadence(records=1, seconds=60), segment=limits)
    for number in range(5):
        audit.ledger.record(decision(number), SENSITIVE)
        audit.tick()
    assert watching(audit).kinds == set()
    audit.close()
