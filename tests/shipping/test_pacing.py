"""The wait before the next try: it doubles up to a limit, and a receiver may ask for a longer one."""

from gateway.shipping import Timing
from gateway.shipping.pacing import Backoff


def test_it_doubles_up_to_a_limit_and_begins_anew_after_success():
    patience = Backoff(Timing(backoff_s=1, longest_backoff_s=8))
    rests = [patience.refused(None) for _ in range(6)]
    for rest, expected in zip(rests, [1, 2, 4, 8, 8, 8], strict=True):
        assert 0.75 * expected <= rest <= 1.25 * expected
    patience.rewarded()
    assert patience.refused(None) <= 1.25


def test_what_the_receiver_asks_for_counts_within_reason():
    patience = Backoff(Timing(longest_asked_s=300))
    assert [patience.refused(asked) for asked in (7, 0, -5, 1e9)] == [7, 0, 0, 300]
