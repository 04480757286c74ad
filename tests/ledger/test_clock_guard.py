from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.ledger.clock_guard import LONGEST_SILENCE, TOLERANCE, ClockGuard
from gateway.reasons import Reason

START = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Host:
    """A clock that can be set, and seconds that nobody can."""

    def __init__(self):
        self.offset, self.seconds = timedelta(0), 1000.0

    def clock(self):
        return START + self.offset + timedelta(seconds=self.seconds - 1000.0)

    def elapsed(self):
        return self.seconds


@pytest.fixture
def host():
    return Host()


def guard(host, seen=START, **more):
    return ClockGuard(seen=seen, clock=host.clock, elapsed=host.elapsed, **more)


def believed(made):
    return made.problem() is None


def test_a_request_under_a_clock_that_is_not_believed_is_refused_by_its_own_reason(host):
    made = guard(host)
    made.check()
    host.offset += timedelta(days=1)
    with pytest.raises(Refusal) as told:
        made.check()
    assert told.value.reason is Reason.CLOCK_UNTRUSTED
    assert told.value.note == "the clock was set forward"


def test_a_clock_that_goes_on_as_seconds_pass_is_believed(host):
    made = guard(host)
    for _ in range(100):
        host.seconds += 86_400
        assert believed(made)


@pytest.mark.parametrize(
    "jump", [timedelta(days=-1), timedelta(minutes=-2), timedelta(minutes=2), timedelta(days=3650)]
)
def test_a_clock_set_back_or_forward_while_serving_is_not_believed_until_it_is_put_right(host, jump):
    made = guard(host)
    host.offset += jump
    assert not believed(made)
    host.offset -= jump
    assert believed(made)


def test_a_start_before_the_last_record_is_not_believed(host):
    assert not believed(guard(host, seen=START + timedelta(hours=1)))
    assert believed(guard(host, seen=START + TOLERANCE / 2))


def test_a_start_far_after_the_last_record_is_not_believed(host):
    assert not believed(guard(host, seen=START - LONGEST_SILENCE - timedelta(days=1)))
    assert believed(guard(host, seen=START - LONGEST_SILENCE + timedelta(days=1)))
    assert believed(guard(host, seen=None))


def test_records_made_while_the_clock_was_far_forward_do_not_make_it_believed(host):
    made = guard(host, seen=START - timedelta(minutes=1), believed=START - timedelta(days=400))
    assert not believed(made)


def test_a_witness_elsewhere_makes_a_clock_believed_or_not(host):
    made = guard(host, seen=START - timedelta(days=100))
    made.corroborate(START + timedelta(seconds=3))
    assert believed(made)
    assert made.count_passed() == host.clock()
    made.corroborate(START - timedelta(days=30))
    assert not believed(made)


def test_what_has_passed_is_counted_and_not_read(host):
    made = guard(host, seen=START, passed=START - timedelta(days=5))
    host.seconds += 3600
    assert made.count_passed() == START - timedelta(days=5) + timedelta(hours=1)
    host.offset += timedelta(days=3650)
    assert made.count_passed() == START - timedelta(days=5) + timedelta(hours=1)


def test_the_operators_word_lets_the_gateway_serve_and_adds_nothing_to_what_has_passed(host):
    made = guard(host, seen=START - timedelta(days=400), passed=START - timedelta(days=405))
    for _ in range(2):
        made.confirm()
        assert believed(made)
        assert made.count_passed() == START - timedelta(days=405)
    host.seconds += 3600
    assert made.count_passed() == START - timedelta(days=405) + timedelta(hours=1)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e8, 1e8)), max_size=20))
def test_whatever_is_done_to_the_clock_what_has_passed_never_runs_ahead_of_the_seconds(steps):
    host = Host()
    made = guard(host)
    for seconds, jump in steps:
        host.seconds += seconds
        host.offset += timedelta(seconds=jump)
        made.confirm()
        assert made.count_passed() <= START + timedelta(seconds=host.seconds - 1000.0, milliseconds=1)
