"""What a failed emergency is told to count for."""

import pytest

from gateway.errors import Refusal
from gateway.model import Dossier
from gateway.pep.emergency_end import settle_emergency
from gateway.reasons import Reason
from gateway.upstream import VendorFailure
from tests.approvals.staff import request_at


class Reviews:
    """Closes what was not sent, or cannot."""

    def __init__(self, *, sound=True):
        self.sound, self.closed = sound, 0

    def close_unsent(self, _case):
        if not self.sound:
            raise Refusal(Reason.AUDIT_UNAVAILABLE)
        self.closed += 1


def settle(refusal, *, sound=True):
    reviews, case = Reviews(sound=sound), Dossier(decision_id="d1", request=request_at("/flock/reads/lookup"))
    settle_emergency(reviews, case, refusal)
    return reviews.closed, refusal.hint


def unreachable(*, sent):
    return VendorFailure(Reason.VENDOR_UNREACHABLE, "not_connected", sent=sent)


def test_an_emergency_of_which_not_a_byte_can_have_left_is_told_to_count_for_nothing():
    closed, told = settle(unreachable(sent=False))
    assert closed == 1
    assert (
        told
        == "Nothing was sent to the vendor: it counts as no emergency, and no review of it is due; as a search it counts."
    )


@pytest.mark.parametrize("failure", [unreachable(sent=True), Refusal(Reason.INTERNAL_ERROR)])
def test_an_emergency_that_the_vendor_may_have_seen_counts_and_the_answer_says_so(failure):
    closed, told = settle(failure)
    assert (closed, told) == (0, "It may have reached the vendor: this emergency counts, and its review is due.")


def test_where_the_taking_back_cannot_be_noted_the_emergency_counts_and_the_answer_says_so():
    closed, told = settle(unreachable(sent=False), sound=False)
    assert closed == 0
    assert told.endswith("this emergency counts, and its review is due.")
