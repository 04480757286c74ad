"""What a case file does not say is named in place of advice that would send the officer in vain."""

import pytest

from gateway.pep.case_gaps import tell_gap
from gateway.reasons import Reason
from gateway.value import replace
from tests.pdp.samples import CASE_FILE


@pytest.mark.parametrize(
    ("reason", "changes", "told"),
    [
        (Reason.PURPOSE_CASE_MISMATCH, {"kind": None}, "No other purpose helps, for the case file does not say whether this case is civil"),
        (Reason.CASE_CLOSED, {"status": None}, "No other search helps, for the case file does not say whether this case is open"),
        (Reason.LOOKBACK_TOO_LONG, {"lookback_from": None}, "No time window helps, for the case file does not say from which day on"),
    ],
)  # fmt: skip
def test_the_gap_that_is_why_is_named_with_who_fills_it_and_nothing_is_where_there_is_none(reason, changes, told):
    found = str.__str__(tell_gap(replace(CASE_FILE, **changes), reason) or "")
    assert found.startswith(told)
    assert f"have whoever keeps it add that ({next(iter(changes))})" in found
    assert tell_gap(CASE_FILE, reason) is None


def test_of_no_case_and_of_another_reason_nothing_is_told():
    assert tell_gap(None, Reason.CASE_CLOSED) is None
    assert tell_gap(replace(CASE_FILE, kind=None), Reason.CASE_NOT_ASSIGNED) is None
