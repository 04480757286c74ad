"""Who watches the record: every alarm is counted, logged, told at `/readyz` and passed on; nothing is raised."""

import os
import re
import signal

import pytest
from structlog.testing import capture_logs

from gateway.errors import Refusal
from gateway.ledger.alarms import Alarm
from gateway.ops import watcher as module
from gateway.ops.metrics import Metrics
from gateway.ops.watcher import Watcher, end_this_worker
from gateway.reasons import Reason
from gateway.shipping.watch import MEANS, Found, Lag, ShippingFinding, Trouble


class Notices:
    """Somebody outside who is told."""

    def __init__(self):
        self.alarms = []
        self.ended = []

    def note_commit(self, _seconds):
        raise AssertionError("nobody outside is told of each commit")

    def alarm(self, alarm, detail, _about=""):
        self.alarms.append((alarm, detail))

    def end_alarm(self, alarm, about=""):
        self.ended.append((alarm, about))


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def notices():
    return Notices()


@pytest.fixture
def ended():
    return []


@pytest.fixture
def watcher(metrics, notices, ended):
    return Watcher(metrics, notices, dead=lambda: ended.append(True))


def warned(watcher):
    """What is warned of, without when it was raised last."""
    return [warning.partition(" (last raised at ")[0] for warning in watcher.warnings()]


def test_a_warning_says_when_it_was_raised_last_for_it_may_be_over(watcher):
    watcher.alarm(Alarm.CLOCK_UNTRUSTED, "the clock jumped")
    [warning] = watcher.warnings()
    assert re.fullmatch(r"the clock jumped \(last raised at \d\d:\d\d UTC: clock_untrusted\)", warning)


def test_an_alarm_is_counted_logged_warned_of_and_passed_on(watcher, metrics, notices, ended):
    with capture_logs() as lines:
        watcher.alarm(Alarm.DISK_LOW, "12 MiB are free")
    assert b'lpr_audit_alarms_total{alarm="disk_low"} 1.0' in metrics.exposition()
    assert lines == [{"event": "audit_alarm", "alarm": "disk_low", "detail": "12 MiB are free", "log_level": "error"}]
    assert warned(watcher) == ["12 MiB are free"]
    assert notices.alarms == [(Alarm.DISK_LOW, "12 MiB are free")]
    assert ended == []


def test_an_alarm_that_is_raised_again_and_again_is_a_line_a_minute_and_counted_each_time(
    watcher, metrics, monkeypatch
):
    at = [0.0]
    monkeypatch.setattr("gateway.ops.watcher.time.monotonic", lambda: at[0])
    with capture_logs() as lines:
        for second in range(62):
            at[0] = float(second)
            watcher.alarm(Alarm.DISK_FULL, "9 MiB are free")
        watcher.alarm(Alarm.CLOCK_UNTRUSTED, "the clock jumped")
    assert [(line["alarm"], line.get("repeated")) for line in lines] == [
        ("disk_full", None), ("disk_full", 59), ("clock_untrusted", None)]  # fmt: skip
    assert b'lpr_audit_alarms_total{alarm="disk_full"} 62.0' in metrics.exposition()


def test_a_truer_cause_of_an_alarm_is_a_line_at_once(watcher):
    first, truer = "the receiver ends the connection at once", "the receiver's certificate is not accepted"
    with capture_logs() as lines:
        for seconds in range(10, 20):
            watcher.trouble("siem", Trouble(why=first, seconds=seconds))
            watcher.trouble("siem", Trouble(why=truer, seconds=seconds))
    assert [line["detail"] for line in lines] == [f"siem: {first} (10 s)", f"siem: {truer} (10 s)"]


def test_an_alarm_that_is_over_is_no_warning_any_more(watcher, notices):
    watcher.alarm(Alarm.DISK_LOW, "12 MiB are free")
    watcher.end_alarm(Alarm.DISK_LOW)
    assert warned(watcher) == []
    assert notices.ended == [(Alarm.DISK_LOW, "")]


@pytest.mark.parametrize("what", [Found.GAP, Found.REPEATED, Found.UNREADABLE, Found.ROLLED_BACK, Found.REWRITTEN])
def test_a_ledger_that_is_not_what_it_was_is_an_alarm_in_words(watcher, notices, what):
    watcher.finding("siem", ShippingFinding(what=what, chain="w0", first=3, last=5))
    assert notices.alarms == [(Alarm.LEDGER_ALTERED, f"siem: {MEANS[what]} (chain w0, 3 to 5)")]
    assert warned(watcher) == [notices.alarms[0][1]]


@pytest.mark.parametrize("what", [Found.CURSOR_MISSING, Found.REFUSED])
def test_what_says_nothing_of_the_ledger_is_no_alarm(watcher, notices, what):
    watcher.finding("siem", ShippingFinding(what=what))
    assert notices.alarms == []


def test_a_dead_ledger_ends_the_worker(watcher, ended):
    watcher.alarm(Alarm.LEDGER_DEAD, "cannot be written")
    assert ended == [True]


def test_a_worker_is_ended_as_gunicorn_ends_one(monkeypatch):
    sent = []
    monkeypatch.setattr(os, "kill", lambda process, number: sent.append((process, number)))
    end_this_worker()
    assert sent == [(os.getpid(), signal.SIGTERM)]


def test_of_one_alarm_only_the_latest_is_warned_of_and_an_old_one_is_forgotten(watcher, monkeypatch):
    watcher.alarm(Alarm.DISK_LOW, "12 MiB are free")
    watcher.alarm(Alarm.DISK_LOW, "8 MiB are free")
    assert warned(watcher) == ["8 MiB are free"]
    monkeypatch.setattr(module, "_REMEMBERED_S", -1.0)
    assert warned(watcher) == []


def test_each_commit_and_each_lag_is_measured(watcher, metrics):
    watcher.note_commit(0.02)
    watcher.lag("siem", Lag(records=7, seconds=3.5))
    numbers = metrics.exposition()
    assert b"lpr_ledger_commit_seconds_count 1.0" in numbers
    assert b'lpr_shipping_lag_records{sink="siem"} 7.0' in numbers
    assert b'lpr_shipping_lag_seconds{sink="siem"} 3.5' in numbers


def test_trouble_with_a_sink_is_an_alarm_until_it_works_again(watcher, notices):
    watcher.trouble("siem", Trouble(why="the receiver is away", seconds=900))
    assert warned(watcher) == ["siem: the receiver is away (900 s)"]
    assert [alarm for alarm, _ in notices.alarms] == [Alarm.SHIPPING_LATE]
    watcher.trouble("siem", None)
    assert warned(watcher) == []
    assert notices.ended == [(Alarm.SHIPPING_LATE, "siem")]


def test_a_finding_is_recorded_once_there_is_somewhere_to(watcher):
    finding, recorded = ShippingFinding(what=Found.GAP, chain="w0", first=3, last=5), []
    watcher.finding("siem", finding)
    watcher.writes_to(recorded.append)
    watcher.finding("siem", finding)
    [record] = recorded
    assert (record["event_type"], record["sink"], record["chain_id"]) == ("export.gap", "siem", "w0")
    assert (record["found"], record["first_seq"], record["last_seq"]) == (Found.GAP.value, 3, 5)


def test_the_receivers_word_for_why_it_refused_records_is_in_the_record_of_it(watcher):
    recorded = []
    watcher.writes_to(recorded.append)
    watcher.finding("siem", ShippingFinding(what=Found.REFUSED, chain="w0", first=3, last=5, fault="code 6"))
    assert recorded[0]["fault"] == "code 6"


def test_a_finding_about_the_record_of_a_finding_is_counted_and_not_recorded_in_turn(watcher, metrics):
    recorded = []
    watcher.writes_to(recorded.append)
    watcher.finding("siem", ShippingFinding(what=Found.REFUSED, chain="w0", first=7, last=7, is_to_record=False))
    assert recorded == []
    assert b'found="refused"' in metrics.exposition()


def test_a_finding_is_counted_and_told_with_its_place_and_what_it_means(watcher, metrics):
    with capture_logs() as lines:
        watcher.finding("siem", ShippingFinding(what=Found.REFUSED, chain="w0", first=3, last=5))
        watcher.finding("siem", ShippingFinding(what=Found.CURSOR_MISSING))
    assert [(line["what"], line.get("chain"), line.get("first_seq"), line.get("last_seq")) for line in lines] == [
        ("refused", "w0", 3, 5),
        ("cursor_missing", None, None, None),
    ]
    assert all(len(line["means"].split()) > 5 for line in lines)
    assert b'lpr_shipping_findings_total{found="refused",sink="siem"} 1.0' in metrics.exposition()


@pytest.mark.parametrize("found", Found)
def test_everything_that_can_be_found_is_explained(found):
    assert found in MEANS


def test_a_finding_that_cannot_be_recorded_raises_nothing(watcher):
    def full(_body):
        raise Refusal(Reason.AUDIT_UNAVAILABLE)

    watcher.writes_to(full)
    watcher.finding("siem", ShippingFinding(what=Found.GAP, chain="w0", first=3, last=5))


def test_without_anybody_outside_an_alarm_still_warns(metrics):
    alone = Watcher(metrics)
    alone.alarm(Alarm.DISK_LOW, "12 MiB are free")
    assert warned(alone) == ["12 MiB are free"]
