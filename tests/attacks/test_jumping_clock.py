"""Whoever can set the host's clock: back, to revive what has expired; forward, to let retention delete."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.durable import RealDisk
from gateway.errors import Refusal
from gateway.ledger.alarms import Alarm
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.clock_memory import keep_confirmation, recall
from gateway.ledger.encryption import keygen
from gateway.ledger.records.event import admin_record
from gateway.ledger.runtime import open_ledger_runtime
from gateway.ledger.segments import segments
from tests.ledger.ledgers import SENSITIVE, Watching, decision, options_for, outcome

START = datetime(2026, 1, 1, tzinfo=UTC)


class Host:
    now, seconds = START, 0.0

    def clock(self):
        return self.now

    def pass_(self, **step):
        self.now += timedelta(**step)
        self.seconds += timedelta(**step).total_seconds()


@pytest.fixture
def host():
    return Host()


@pytest.fixture(scope="module")
def auditor():
    return keygen()


def opened(tmp_path, auditor, host, **more):
    options = options_for(
        tmp_path, auditor, segment=SegmentLimits(max_bytes=3_000, max_age_s=86_400), upkeep_s=0.0, **more
    )
    return open_ledger_runtime(options, observer=Watching(), clock=host.clock, elapsed=lambda: host.seconds)


def write(audit, count=12):
    for number in range(count):
        audit.ledger.record(decision(number), SENSITIVE)
        audit.ledger.record(outcome(number))


def kept_segments(folder):
    """The first record of each segment that is there, compressed or not."""
    return {segment.first_seq for segment in segments(folder / "audit", "w0")}


def believed(audit):
    try:
        audit.clock_guard.check()
    except Refusal:
        return False
    return True


def test_retention_deletes_nothing_by_a_clock_set_forward_and_the_alarm_is_raised(tmp_path, auditor, host):
    audit = opened(tmp_path, auditor, host, retention_days=30)
    write(audit)
    before = kept_segments(tmp_path)
    host.now += timedelta(days=3650)
    audit.tick()
    assert kept_segments(tmp_path) == before
    assert Alarm.CLOCK_UNTRUSTED in audit._observer.kinds
    assert not believed(audit)
    audit.close()


def test_retention_deletes_what_is_old_when_the_time_has_really_passed(tmp_path, auditor, host):
    audit = opened(tmp_path, auditor, host, retention_days=30)
    write(audit)
    before = kept_segments(tmp_path)
    host.pass_(days=31)
    audit.tick()
    assert len(kept_segments(tmp_path)) < len(before)
    audit.close()


def test_restarts_with_a_clock_set_ever_further_forward_do_not_add_up_to_a_deletion(tmp_path, auditor, host):
    audit = opened(tmp_path, auditor, host, retention_days=60)
    write(audit)
    audit.tick()
    audit.close()
    kept = kept_segments(tmp_path)
    for _ in range(5):
        host.now += timedelta(days=25)
        audit = opened(tmp_path, auditor, host, retention_days=60)
        audit.ledger.record(admin_record("key.issued"))
        audit.tick()
        audit.close()
    assert kept <= kept_segments(tmp_path)


def test_a_restart_with_the_clock_set_back_refuses_until_it_is_put_right(tmp_path, auditor, host):
    audit = opened(tmp_path, auditor, host)
    write(audit, 2)
    audit.close()
    host.now -= timedelta(days=10)
    again = opened(tmp_path, auditor, host)
    assert not believed(again)
    again.close()
    host.now += timedelta(days=10)
    right = opened(tmp_path, auditor, host)
    assert believed(right)
    right.close()


def test_an_operator_can_confirm_a_clock_and_records_of_the_wrong_time_no_longer_count(tmp_path, auditor, host):
    host.now += timedelta(days=3650)
    audit = opened(tmp_path, auditor, host)
    write(audit, 2)
    audit.close()
    host.now -= timedelta(days=3650)
    audit = opened(tmp_path, auditor, host)
    assert not believed(audit)
    audit.tick()
    assert (Alarm.CLOCK_UNTRUSTED, "") not in audit._observer.ended
    keep_confirmation(tmp_path / "audit", tmp_path / "secrets", host.now, RealDisk())
    audit.tick()
    assert believed(audit), "a running worker takes it up"
    assert (Alarm.CLOCK_UNTRUSTED, "") in audit._observer.ended
    audit.close()
    again = opened(tmp_path, auditor, host)
    assert believed(again)
    again.close()


def test_a_memory_of_the_clock_that_is_none_is_taken_for_nothing(tmp_path):
    (tmp_path / "clock.json").write_text('{"believed": 5, "confirmed": {"at": "x"}}')
    assert recall(tmp_path).believed is None
    assert recall(tmp_path).confirmed is None
