import time

import pytest

from gateway.disclosure import disclose
from gateway.pep.release import HELD_S, hold
from gateway.reasons import Reason


def took(*reasons, ago_s=0.0):
    """Seconds from when the request came to when its refusal may leave."""
    came = time.monotonic_ns() - int(ago_s * 1e9)
    hold(disclose(reasons), came)
    return (time.monotonic_ns() - came) / 1e9


@pytest.mark.parametrize("ago_s", [0.0, 0.01])
@pytest.mark.parametrize(
    "reason",
    [Reason.TARGET_UNKNOWN, Reason.TARGET_PROTECTED, Reason.TARGET_OTHER_CASE, Reason.CASE_UNKNOWN, Reason.CASE_CLOSED],
)
def test_what_is_told_for_several_true_reasons_leaves_no_sooner_than_the_others(reason, ago_s):
    assert took(reason, ago_s=ago_s) >= HELD_S


@pytest.mark.parametrize("reason", [Reason.TRAINING_LAPSED, Reason.WINDOW_OPEN_ENDED])
def test_what_stands_for_itself_need_not_wait(reason):
    hold(disclose([reason]), time.monotonic_ns() - int(1e9))
    assert took(reason) < HELD_S


def test_what_took_longer_leaves_at_once():
    assert took(Reason.TARGET_UNKNOWN, ago_s=10.0) < 10.0 + HELD_S
