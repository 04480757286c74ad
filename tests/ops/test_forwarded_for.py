"""That an address was not believed is told, and a flood of such requests does not fill the log."""

from structlog.testing import capture_logs

from gateway.ops.forwarded_for import ForwardedForNotice


def test_many_requests_of_one_minute_are_one_line():
    notice = ForwardedForNotice()
    with capture_logs() as lines:
        for _ in range(1000):
            notice.tell("10.1.0.7", ["192.0.2.1"])
    assert [(line["event"], line["address"], line["log_level"]) for line in lines] == [
        ("forwarded_for_ignored", "10.1.0.7", "warning")
    ]


def test_who_names_no_address_but_their_own_is_no_forgotten_proxy():
    with capture_logs() as lines:
        ForwardedForNotice().tell("10.1.0.7", ["10.1.0.7", " 10.1.0.7 ,10.1.0.7"])
    assert lines == []
