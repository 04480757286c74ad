import time

import orjson
import pytest
from structlog.testing import capture_logs

from gateway.ledger.alarms import Alarm
from gateway.ops.hook_trouble import NotifyFault
from gateway.ops.notify import MOST_WAITING, Notifier
from tests.forward_proxies import LittleProxy
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


def test_an_alarm_says_of_which_installation_it_is_and_goes_without_a_name_that_cannot_be_read():
    def unreadable():
        raise OSError

    with endpoint() as (place, url):
        for name in (lambda: "lpr-gateway-1", unreadable):
            notifier = Notifier(url, installation=name)
            notifier.alarm(Alarm.DISK_LOW, "little room")
            notifier.close()
        place.wait_for(2)
    assert [orjson.loads(body).get("installation") for body in place.bodies] == ["lpr-gateway-1", None]


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


def faults(counted):
    return {fault.value: sum(times for one, times in counted if one is fault) for fault in NotifyFault}


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_hook_that_does_not_take_an_alarm_is_told_once_counted_a_warning_and_over_once_it_takes_it(status):
    counted = []
    with endpoint() as (place, url), capture_logs() as lines:
        place.status = status
        notifier = Notifier(url, lambda *fault: counted.append(fault), retry_s=0.01)
        assert notifier.warnings() == []
        notifier.alarm(Alarm.DISK_LOW, "little room")
        until(lambda: len(counted) >= 3)
        [warning] = notifier.warnings()
        place.status = 200
        until(lambda: not notifier.warnings())
        notifier.close()
    assert warning.startswith(f"[audit] notify_url takes no alarms: it answers {status} (since ")
    tried = faults(counted)["not_taken"]
    assert [(line["event"], line.get("why"), line.get("failed")) for line in lines] == [
        ("notify_fails", f"it answers {status}", None),
        ("notify_works_again", None, tried),
    ]
    assert len(place.bodies) == 1
    assert faults(counted)["lost"] == 0


def test_a_hook_where_nobody_listens_is_told_without_its_address():
    counted = []
    with capture_logs() as lines:
        notifier = Notifier("http://127.0.0.1:1/secret-path", lambda *fault: counted.append(fault), retry_s=0.01)
        notifier.alarm(Alarm.DISK_LOW, "little room")
        until(lambda: counted)
        notifier.close()
    assert (lines[0]["event"], lines[0]["why"]) == ("notify_fails", "nobody listens at that port")
    assert "secret-path" not in str([lines, notifier.warnings()])


def test_alarms_that_still_wait_when_the_gateway_ends_are_told_as_lost():
    counted = []
    with endpoint() as (place, url), capture_logs() as lines:
        place.status = 503
        notifier = Notifier(url, lambda *fault: counted.append(fault), retry_s=60)
        for alarm in (Alarm.DISK_LOW, Alarm.LEDGER_DEAD, Alarm.SHIPPING_LATE):
            notifier.alarm(alarm, "x")
        until(lambda: counted)
        notifier.close()
    ends = [(line["why"], line["alarms"]) for line in lines if line["event"] == "notify_lost"]
    assert ends == [("the gateway ended before they were taken", 3)]
    assert faults(counted)["lost"] == 3


def test_an_alarm_that_was_tried_often_enough_is_lost_and_the_next_one_gets_its_turn():
    counted = []
    with endpoint() as (place, url), capture_logs() as lines:
        place.status = 400
        notifier = Notifier(url, lambda *fault: counted.append(fault), retry_s=0.01, tries=3)
        notifier.alarm(Alarm.DISK_LOW, "first")
        until(lambda: faults(counted)["lost"])
        place.status = 200
        notifier.alarm(Alarm.LEDGER_DEAD, "second")
        place.wait_for(1)
        notifier.close()
    assert [line["why"] for line in lines if line["event"] == "notify_lost"] == ["it was tried often enough"]
    assert [orjson.loads(body)["detail"] for body in place.bodies] == ["second"]


def test_what_more_wait_than_are_kept_is_told_as_lost_and_holds_nobody_up():
    counted = []
    with endpoint() as (place, url), capture_logs() as lines:
        place.status = 503
        notifier = Notifier(url, lambda *fault: counted.append(fault), retry_s=60)
        for sink in range(MOST_WAITING + 5):
            notifier.alarm(Alarm.SHIPPING_LATE, "away", f"siem-{sink}")
        until(lambda: faults(counted)["lost"] >= 4)
        place.status = 200
        notifier.close()
    assert next(line["why"] for line in lines if line["event"] == "notify_lost") == "more wait than are kept"


def test_through_a_proxy_the_hook_is_reached_by_a_tunnel():
    with LittleProxy({}) as proxy:
        notifier = Notifier("https://hooks.example/lpr", proxy=proxy.way())
        notifier.alarm(Alarm.DISK_LOW, "little room")
        notifier.close()
        assert proxy.hosts() == ["hooks.example:443"]
