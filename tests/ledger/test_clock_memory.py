"""What is kept of the clock between starts, held against an operator who would have records deleted early by it."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from gateway.clock import format_instant
from gateway.durable import RealDisk
from gateway.ledger.clock_memory import find_passed, keep_confirmation, recall
from gateway.ledger.records.event import admin_record
from tests.clocks import Clock
from tests.ledger.ledgers import SENSITIVE, decision, ledger_runtime, of_type
from tests.ledger.test_retention import SMALL

START = datetime(2025, 10, 1, tzinfo=UTC)
STANDSTILL = timedelta(days=400)


@pytest.fixture
def clock():
    return Clock(START)


@pytest.fixture
def stopped(tmp_path, auditor, clock):
    """A gateway that served for two weeks; since then it stands still, and a command has recorded something of today."""
    audit = ledger_runtime(tmp_path, auditor, clock=clock, segment=SMALL, slots=("w0",))
    for day in range(14):
        audit.ledger.record(decision(day), SENSITIVE)
        audit.checkpointer.write()
        clock.now += timedelta(days=1)
        audit.tick()
    audit.close()
    clock.now += STANDSTILL
    command = ledger_runtime(tmp_path, auditor, clock=clock, slots=("c0",))
    command.ledger.record(admin_record("audit.read", reader="root"))
    command.close()
    return tmp_path


def confirm(folder, clock):
    return keep_confirmation(folder / "audit", folder / "secrets", clock.now, RealDisk())


def serve(folder, auditor, clock):
    """Start, look after the ledger and stop; whether the clock was believed, and what was deleted."""
    audit = ledger_runtime(folder, auditor, clock=clock, segment=SMALL, slots=("w0",), retention_days=365, upkeep_s=0.0)
    audit.tick()
    audit.tick()
    believed = audit.clock_guard.problem() is None
    audit.close()
    return believed, of_type(folder / "audit", "segment.deleted")


def rewrite(folder, change):
    file = folder / "secrets" / "clock.json"
    told = orjson.loads(file.read_bytes())
    change(told)
    file.write_bytes(orjson.dumps(told))


def test_a_clock_confirmed_after_a_standstill_serves_and_deletes_nothing_at_the_next_starts(stopped, auditor, clock):
    assert serve(stopped, auditor, clock) == (False, [])
    for _ in range(2):
        assert confirm(stopped, clock) <= START + timedelta(days=15)
        assert serve(stopped, auditor, clock) == (True, [])


def test_a_running_gateway_that_takes_up_a_confirmation_deletes_nothing_by_it(stopped, auditor, clock):
    audit = ledger_runtime(stopped, auditor, clock=clock, segment=SMALL, slots=("w0",), retention_days=365, upkeep_s=0)
    confirm(stopped, clock)
    for _ in range(3):
        audit.tick()
    assert audit.clock_guard.problem() is None
    audit.close()
    assert of_type(stopped / "audit", "segment.deleted") == []


def test_a_clock_set_ahead_and_confirmed_deletes_nothing_by_the_time_it_was_ahead(stopped, auditor, clock):
    for _ in range(3):
        clock.now += timedelta(days=400)
        confirm(stopped, clock)
        assert serve(stopped, auditor, clock) == (True, [])


def test_what_a_witness_said_is_kept_and_records_whose_time_is_over_go_by_it(stopped, auditor, clock):
    confirm(stopped, clock)
    audit = ledger_runtime(stopped, auditor, clock=clock, segment=SMALL, slots=("w0",), retention_days=365)
    audit.clock_guard.corroborate(clock.now)
    audit.tick()
    audit.close()
    assert of_type(stopped / "audit", "segment.deleted")
    assert recall(stopped / "secrets").passed == clock.now
    assert confirm(stopped, clock) == clock.now


@pytest.mark.parametrize("text", [None, b"", b"{}", b'{"passed":"tomorrow"}', b"[]"])
def test_a_memory_that_was_lost_or_spoilt_lets_nothing_be_deleted_by_a_record_of_today(stopped, auditor, clock, text):
    file = stopped / "secrets" / "clock.json"
    file.unlink() if text is None else file.write_bytes(text)
    assert find_passed(stopped / "audit") <= START + timedelta(days=15)
    serve(stopped, auditor, clock)
    confirm(stopped, clock)
    assert serve(stopped, auditor, clock) == (True, [])


def test_a_memory_of_an_earlier_version_in_which_the_operator_said_what_had_passed_is_not_deleted_by(
    stopped, auditor, clock
):
    confirm(stopped, clock)

    def make_older(told):
        del told["edition"]
        told["passed"] = format_instant(clock.now)

    rewrite(stopped, make_older)
    assert serve(stopped, auditor, clock) == (True, [])
    assert recall(stopped / "secrets").passed <= START + timedelta(days=15)


def test_a_memory_of_an_earlier_version_without_an_operators_word_is_believed(stopped):
    rewrite(stopped, lambda told: told.pop("edition"))
    assert recall(stopped / "secrets").passed == START + timedelta(days=1)
