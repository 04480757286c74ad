"""What is heard of each call to a vendor, whether or not it brought an answer."""

import pytest

from gateway.model import VendorAnswer, VendorRequest
from gateway.reasons import Reason
from gateway.upstream.failures import VendorFailure
from gateway.upstream.measured import MeasuredClient

REQUEST = VendorRequest(method="GET", path="/", query=(), headers=(), body=None)


class Told:
    """A client that answers, or fails, as it was told."""

    def __init__(self, status: int) -> None:
        self.status, self.closed = status, False

    def call(self, _request):
        if self.status == 0:
            raise VendorFailure(Reason.VENDOR_LATE, "answering", sent=True)
        return VendorAnswer(status=self.status, headers=(), body=b"")

    def close(self):
        self.closed = True


@pytest.mark.parametrize(("status", "answered"), [(200, True), (503, False), (401, False)])
def test_each_call_is_heard_of_with_whether_it_brought_an_answer(status, answered):
    heard = []
    client = MeasuredClient(Told(status), lambda seconds, good: heard.append((seconds >= 0, good)))
    assert client.call(REQUEST).status == status
    assert heard == [(True, answered)]


def test_a_call_that_fails_is_heard_of_and_still_fails():
    heard = []
    client = MeasuredClient(Told(0), lambda _seconds, good: heard.append(good))
    with pytest.raises(VendorFailure):
        client.call(REQUEST)
    assert heard == [False]


def test_closing_closes_the_client():
    told = Told(200)
    MeasuredClient(told, lambda _seconds, _good: None).close()
    assert told.closed
