import time

import orjson
import pytest

from gateway.ledger.alarms import Alarm
from gateway.ops.notify import Notifier
from tests.ledger.places import endpoint
from tests.shipping.conftest import until


def test_an_alarm_is_posted_and_not_again_while_it_is_fresh():
    with endpoint() as (place, url):
        notifier = Notifier(url)
        for _ in range(5):
            notifier.alarm(Alarm.LEDGER_DEAD, "the ledger cannot be written")
        notifier.alarm(Alarm.DISK_LOW, "little room")
        place.wait_for(2)
        notifier.close()
    found = [orjson.loads(body) for body in place.bodies]
    assert [item["alarm"] for item in found] == ["ledger_dead", "disk_low"]
    assert found[0]["detail"] == "the ledger cannot be written"
    assert found[0]["time"].endswith("Z")


def test_the_same_alarm_about_another_sink_is_another_one():
    with endpoint() as (place, url):
        notifier = Notifier(url)
        for sink in ("splunk", "elastic", "splunk"):
            notifier.alarm(Alarm.SHIPPING_LATE, f"{sink}: the token is not accepted", sink)
        place.wait_for(2)
        notifier.close()
    assert [orjson.loads(body)["detail"].split(":")[0] for body in place.bodies] == ["splunk", "elastic"]


def test_what_lasts_is_told_again():
    with endpoint() as (place, url):
        notifier = Notifier(url, again_s=0.0)
        notifier.alarm(Alarm.DISK_LOW, "1")
        place.wait_for(1)
        notifier.alarm(Alarm.DISK_LOW, "2")
        place.wait_for(2)
        notifier.close()


REFUSED = "siem: the collector does not accept the token"


def told(passed_on):
    """The details that the hook was sent for what happens in `passed_on`, a last one besides to know that it was all."""
    with endpoint() as (place, url):
        notifier = Notifier(url)
        passed_on(notifier)
        notifier.alarm(Alarm.DISK_LOW, "the last")
        until(lambda: any(b"the last" in body for body in place.bodies))
        notifier.close()
    return [orjson.loads(body)["detail"] for body in place.bodies][:-1]


@pytest.fixture
def at(monkeypatch):
    """The seconds that have passed, to be set."""
    passed = [1000.0]
    monkeypatch.setattr("gateway.ops.notify.time.monotonic", lambda: passed[0])
    return passed


def test_an_alarm_that_was_over_for_a_minute_is_told_at_once_when_it_comes_again(at):
    def fail_again(notifier):
        notifier.alarm(Alarm.SHIPPING_LATE, f"{REFUSED} (10 s)", "siem")
        at[0] += 60
        notifier.end_alarm(Alarm.SHIPPING_LATE, "siem")
        at[0] += 61
        notifier.end_alarm(Alarm.SHIPPING_LATE, "siem")
        notifier.alarm(Alarm.SHIPPING_LATE, f"{REFUSED} (11 s)", "siem")

    assert told(fail_again) == [f"{REFUSED} (10 s)", f"{REFUSED} (11 s)"]


def test_an_alarm_that_comes_and_goes_is_told_once_until_it_stays_for_a_minute(at):
    def flap(notifier):
        for second in range(300):
            notifier.alarm(Alarm.SHIPPING_LATE, f"{REFUSED} ({second} s)", "siem")
            notifier.end_alarm(Alarm.SHIPPING_LATE, "siem")
            at[0] += 1
        for _ in range(70):
            notifier.alarm(Alarm.SHIPPING_LATE, f"{REFUSED} (1 s)", "siem")
            at[0] += 1

    assert told(flap) == [f"{REFUSED} (0 s)", f"{REFUSED} (1 s)"]


def test_another_cause_of_an_alarm_is_told_at_once_and_each_only_once_while_they_take_turns(at):
    def take_turns(notifier):
        for second in range(0, 800, 20):
            notifier.alarm(Alarm.SHIPPING_LATE, f"{REFUSED} ({second} s)", "siem")
            notifier.alarm(Alarm.SHIPPING_LATE, f"siem: the receiver refuses every record ({second} s)", "siem")
            at[0] += 20

    assert told(take_turns) == [f"{REFUSED} (0 s)", "siem: the receiver refuses every record (0 s)"]


def test_what_ended_at_one_sink_goes_on_at_the_other(at):
    def end_one(notifier):
        for sink in ("splunk", "elastic"):
            notifier.alarm(Alarm.SHIPPING_LATE, f"{sink}: away", sink)
        notifier.end_alarm(Alarm.SHIPPING_LATE, "splunk")
        at[0] += 61
        for sink in ("splunk", "elastic"):
            notifier.alarm(Alarm.SHIPPING_LATE, f"{sink}: away", sink)

    assert told(end_one) == ["splunk: away", "elastic: away", "splunk: away"]


def test_a_hook_that_is_down_gets_it_when_it_is_back_and_holds_nobody_up():
    with endpoint() as (place, url):
        place.status = 503
        notifier = Notifier(url, retry_s=0.01)
        began = time.monotonic()
        for alarm in Alarm:
            notifier.alarm(alarm, "x")
        assert time.monotonic() - began < 1
        place.status = 200
        place.wait_for(len(Alarm))
        notifier.close()
