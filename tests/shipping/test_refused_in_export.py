"""Of a gap in an export it is told which of its records a collector refused."""

import pytest

from gateway.ledger.verification.deletions import MissingRun
from gateway.shipping.refused_in_export import SaidRefused, point_at_refused, read_refused

GAP = MissingRun("w0", 5, 8, "aa", "bb")
SAID = {
    "event_type": "export.gap",
    "sink": "siem",
    "found": "refused",
    "chain_id": "w0",
    "first_seq": 7,
    "last_seq": 12,
}


def test_only_those_that_are_missing_are_named():
    said = read_refused(SAID)
    assert said is not None
    told = point_at_refused(GAP, [said, said, SaidRefused("w0", 9, 9, "siem"), SaidRefused("w1", 5, 8, "siem")])
    assert told == "; refused were, as export.gap in it says, 7 to 8 by sink siem: see siem.md, Dead letters"
    assert point_at_refused(GAP, [SaidRefused("w0", 9, 9, "siem")]) == ""


@pytest.mark.parametrize("changed", [{"event_type": "decision"}, {"found": "gap"}, {"first_seq": "7"}, {"sink": None}])
def test_what_says_something_else_says_nothing_of_refusals(changed):
    assert read_refused(SAID | changed) is None
