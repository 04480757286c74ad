import time

import orjson

from gateway.ledger.alarms import Alarm
from gateway.ops.notify import Notifier
from tests.ledger.places import endpoint


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
