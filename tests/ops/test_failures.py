"""One log line a failure, and not one a request where the same failure goes on."""

import pytest
from structlog.testing import capture_logs

from gateway.ops.failures import FailureLog
from gateway.reasons import Reason


class Minutes:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def passing():
    return Minutes()


@pytest.fixture
def counted():
    return []


@pytest.fixture
def failures(passing, counted):
    def count(vendor, reads) -> None:
        counted.append((vendor, reads))

    return FailureLog(lambda reason, vendor: counted.append((reason, vendor)), count, elapsed=passing)


def lines(act, event="request_failed") -> list[dict]:
    with capture_logs() as captured:
        act()
    return [line for line in captured if line["event"] == event]


def fail(failures, decision_id, reason=Reason.VENDOR_REFUSED, vendor="flock"):
    failures.note_failure(reason, vendor=vendor, decision_id=decision_id, note="status 500")


def test_a_failure_is_told_at_once_with_its_reason_vendor_and_decision(failures):
    [line] = lines(lambda: fail(failures, "d1"))
    assert (line["reason"], line["vendor"], line["decision_id"]) == ("vendor_refused", "flock", "d1")
    assert (line["note"], line["log_level"]) == ("status 500", "error")


def test_what_repeats_is_counted_and_told_once_a_minute(failures, passing, counted):
    def repeat() -> None:
        for number in range(5):
            fail(failures, f"d{number}")
        failures.tell_repeated()

    assert len(lines(repeat)) == 1
    passing.now += 61
    [line] = lines(failures.tell_repeated)
    assert (line["repeated"], line["decision_id"]) == (4, "d4")
    assert counted == [(Reason.VENDOR_REFUSED, "flock")] * 5


def test_what_was_counted_is_told_where_the_gateway_ends_before_the_minute_is_over(failures):
    lines(lambda: [fail(failures, f"d{number}") for number in range(3)])
    [line] = lines(lambda: failures.tell_repeated(at_end=True))
    assert (line["repeated"], line["decision_id"]) == (2, "d2")


def test_what_did_not_come_again_for_a_minute_is_told_at_once_the_next_time(failures, passing):
    lines(lambda: fail(failures, "d1"))
    passing.now += 61
    assert lines(failures.tell_repeated) == []
    assert len(lines(lambda: fail(failures, "d2"))) == 1


def test_one_vendors_failure_does_not_hide_anothers(failures):
    assert len(lines(lambda: [fail(failures, "d1"), fail(failures, "d2", vendor="rekor")])) == 2


@pytest.mark.parametrize("reason", [Reason.CASE_CLOSED, Reason.CREDENTIAL_MISSING, Reason.TOO_MANY_REQUESTS])
def test_what_a_request_is_itself_at_fault_for_is_not_told(failures, counted, reason):
    assert lines(lambda: fail(failures, "d1", reason=reason)) == []
    assert counted == []


@pytest.mark.parametrize(
    "reason", [Reason.ENGINE_UNAVAILABLE, Reason.POLICY_REVISION_MISMATCH, Reason.STORE_UNAVAILABLE, Reason.VENDOR_LATE,
               Reason.VENDOR_RATE_LIMITED, Reason.AUDIT_UNAVAILABLE]
)  # fmt: skip
def test_every_failure_of_the_gateway_or_a_vendor_is_told(failures, reason):
    assert len(lines(lambda: fail(failures, "d1", reason=reason, vendor=None))) == 1


def test_reads_left_out_of_an_answer_are_counted_and_told_beside_answers_that_failed(failures, counted):
    def leave_out() -> None:
        fail(failures, "d1", Reason.VENDOR_ANSWER_UNUSABLE)
        for reads in (3, 2):
            failures.note_unread(vendor="flock", decision_id="d2", reads=reads)

    [line] = lines(leave_out, "reads_unreadable")
    assert (line["reason"], line["vendor"], line["decision_id"]) == ("vendor_answer_unusable", "flock", "d2")
    assert counted == [(Reason.VENDOR_ANSWER_UNUSABLE, "flock"), ("flock", 3), ("flock", 2)]
