"""What was deleted beside a held case stays on record for as long as the case is held."""

from datetime import timedelta

import pytest

from gateway.ledger.retention import active_holds
from gateway.ledger.segments import segments
from gateway.ledger.verification.verify import verify
from tests.auditing.ledgers import START, Ask, LedgerInMaking
from tests.ledger.ledgers import of_type


@pytest.fixture
def kept(tmp_path):
    """A held case's segment, and what was deleted before and after it."""
    made = LedgerInMaking(tmp_path, max_bytes=8192)
    made.write([Ask(case="26-000555" if number == 10 else "25-001234") for number in range(20)], step_s=3600)
    made.retire_on_record(START + timedelta(hours=16), holds=("26-000555",))
    return made


def age(kept, **more):
    """Write on, and let go of what is older than four hours."""
    kept.write([Ask()] * 12, step_s=3600)
    kept.retire_on_record(kept.clock.now - timedelta(hours=4), **more)
    return [item for item in of_type(kept.directory, "segment.deleted") if item.get("again")]


def test_a_deletion_after_what_is_held_is_said_again_in_one_record_each_time_that_its_record_goes(kept):
    (held, *_) = segments(kept.directory, "w0")
    first = of_type(kept.directory, "segment.deleted")[-1]
    for _ in range(3):
        (again,) = age(kept, holds=("26-000555",))
        assert again["first_seq"] == first["first_seq"] > held.first_seq
        assert again["before_hash"] == first["before_hash"]
        assert verify(kept.directory).ok


def test_what_lies_before_all_that_stays_is_not_said_again(kept):
    assert active_holds(kept.directory) == frozenset()
    assert age(kept) == []
    assert verify(kept.directory).ok
