"""The wait before the next try: it doubles up to a limit, and a receiver may ask for a longer one; and long work leaves room."""

import time

from gateway.shipping.options import Timing
from gateway.shipping.pacing import Backoff, pace


def test_it_doubles_up_to_a_limit_and_begins_anew_after_success():
    backoff = Backoff(Timing(backoff_s=1, longest_backoff_s=8))
    rests = [backoff.fail(None) for _ in range(6)]
    for rest, expected in zip(rests, [1, 2, 4, 8, 8, 8], strict=True):
        assert 0.75 * expected <= rest <= 1.25 * expected
    backoff.succeed()
    assert backoff.fail(None) <= 1.25


def test_what_the_receiver_asks_for_counts_within_reason():
    backoff = Backoff(Timing(backoff_s=1, longest_asked_s=300))
    assert [backoff.fail(asked) for asked in (7, 1e9)] == [7, 300]


def test_who_asks_for_no_rest_is_rested_for_all_the_same_and_longer_each_time():
    backoff = Backoff(Timing(backoff_s=1, longest_backoff_s=8))
    for asked, expected in zip((0, -5, 0.5, 0), (1, 2, 4, 8), strict=True):
        assert 0.75 * expected <= backoff.fail(asked) <= 1.25 * expected


def test_work_on_a_batch_lets_others_run_in_between():
    pauses, left = [], time.perf_counter()
    for _ in pace(range(200)):
        pauses.append(time.perf_counter() - left)
        busy_until = time.perf_counter() + 0.0001
        while (left := time.perf_counter()) < busy_until:
            pass
    assert sum(pause >= 0.0005 for pause in pauses) >= 20
