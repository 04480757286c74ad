"""Operators hear of a review that is due, and of a policy that expired for want of one."""

from datetime import timedelta

import pytest

from gateway import clock
from gateway.app.policy_in_force import PolicyInForce
from gateway.app.policy_review import review_warnings, tell_expired
from gateway.pdp import load_policies
from gateway.value import replace
from tests.http.installation import POLICIES

OVER = "the policy expired: nobody has reviewed it for 366 days, and every search is denied"
DUE = "the policy must be reviewed: the last review was 365 days ago; after 365 days every search is denied"


@pytest.fixture(scope="module")
def shipped():
    return load_policies(POLICIES)


def aged(days, bundle):
    return PolicyInForce(bundle=bundle, standing=None, reviewed=clock.now() - timedelta(days=days, minutes=1))


@pytest.mark.parametrize(("age", "due", "over"), [(334, [], None), (365, [DUE], None), (366, [], OVER)])
def test_a_review_is_called_for_before_the_policy_expires_and_its_end_told_after(shipped, age, due, over):
    assert (review_warnings(aged(age, shipped)), tell_expired(aged(age, shipped))) == (due, over)


def test_a_policy_without_these_ages_has_no_review_to_wait_for(shipped):
    ageless = replace(shipped, data={"tables": {}})
    assert (review_warnings(aged(9999, ageless)), tell_expired(aged(9999, ageless))) == ([], None)
