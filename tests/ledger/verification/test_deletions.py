"""Which records account for a gap, and how that is told where there are many."""

import pytest

from gateway.ledger.records.form import Link
from gateway.ledger.verification.deletions import MissingRun, account_for, read_deletion, sort_deletions, tell_deleted

HASHES = [f"{number:064x}" for number in range(2_000)]


def said(first, last, before=True, seq=9):
    record = {
        "event_type": "segment.deleted",
        "segment": f"w0/{first:016d}.jsonl.zst",
        "first_seq": first,
        "last_seq": last,
        "last_hash": HASHES[last],
        "retention_days": 365,
        "ts": "2026-11-22T14:00:00.000Z",
    } | ({"before_hash": HASHES[first - 1]} if before else {})
    return read_deletion(record, Link("cli", seq, HASHES[0], HASHES[0]))


@pytest.mark.parametrize("before", [True, False])
def test_many_deletions_that_border_on_each_other_account_for_a_gap_and_the_last_are_named(before):
    gap = MissingRun("w0", 5, 1_504, HASHES[4], HASHES[1_504])
    made_by = account_for(gap, sort_deletions(said(number, number, before) for number in range(2, 1_600)))
    assert [item.first_seq for item in made_by] == list(range(5, 1_505))
    told = tell_deleted(gap, "w0", made_by)
    assert (told.count, "and 1,497 before" in told.sentence) == (1_500, True)


def test_a_deletion_that_does_not_follow_the_one_before_it_accounts_for_nothing():
    gap = MissingRun("w0", 5, 8, HASHES[4], HASHES[8])
    other = said(5, 6)._replace(last_hash=HASHES[99])
    assert account_for(gap, sort_deletions([other, said(7, 8)])) == ()
    assert account_for(gap, sort_deletions([other, said(7, 8), said(5, 6)])) == (said(5, 6), said(7, 8))
