"""Operators hear of a review that is due, and of the policy that comes next."""

from datetime import timedelta

import pytest

from gateway.app.policy_review import tell_review
from tests.pdp.samples import NOW

OVER = "the policy expired: nobody has reviewed it for 366 days, and every search is denied"
DUE = "the policy must be reviewed: the last review was 365 days ago; after 365 days every search is denied"


@pytest.mark.parametrize(("age", "told"), [(334, []), (365, [DUE]), (366, [OVER])])
def test_a_review_is_called_for_before_the_policy_expires_and_after(age, told):
    assert tell_review(NOW - timedelta(days=age), NOW, 335, 365) == told


def test_a_policy_without_these_ages_has_no_review_to_wait_for():
    assert tell_review(NOW - timedelta(days=9999), NOW, None, None) == []
