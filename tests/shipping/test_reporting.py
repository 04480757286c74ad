"""What shipping finds and what troubles it is told once."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gateway import clock
from gateway.shipping.reporting import Reports
from gateway.shipping.watch import Found, ShippingFinding


@pytest.fixture
def reports(watching):
    return Reports(sink="siem", watch=watching, alert_after_s=0, every_s=0)


def test_a_finding_is_told_once(reports, watching):
    for _ in range(3):
        reports.finding(ShippingFinding(what=Found.GAP, chain="w0", first=1, last=2))
    reports.finding(ShippingFinding(what=Found.GAP, chain="w1", first=1, last=2))
    assert len(watching.findings) == 2


def test_trouble_is_told_once_when_it_lasts_and_once_when_it_ends(reports, watching):
    for _ in range(3):
        reports.failing("the receiver is away")
    reports.working()
    reports.working()
    assert [trouble and trouble.why for trouble in watching.troubles] == ["the receiver is away", None]


def test_trouble_that_lasts_is_told_again_before_it_is_forgotten(reports, watching, monkeypatch):
    at = [0.0]
    monkeypatch.setattr("gateway.shipping.reporting.time.monotonic", lambda: at[0])
    for second in range(0, 1000, 10):
        at[0] = float(second)
        reports.failing("the receiver is away")
    assert [trouble.seconds for trouble in watching.troubles] == [0, 300, 600, 900]


def test_short_trouble_is_not_told(watching):
    reports = Reports(sink="siem", watch=watching, alert_after_s=900, every_s=0)
    reports.failing("the receiver is away")
    reports.working()
    assert watching.troubles == []


def test_each_time_that_delivery_begins_to_fail_and_works_again_is_a_log_line_at_once(watching):
    reports = Reports(sink="siem", watch=watching, alert_after_s=900, every_s=0)
    with capture_logs() as lines:
        reports.failing("the receiver is away")
        reports.failing("the receiver is away")
        reports.working()
        reports.failing("the receiver is away")
    fails = ("shipping_fails", "siem", "the receiver is away")
    told = [(line["event"], line["sink"], line.get("why")) for line in lines]
    assert told == [fails, ("shipping_works_again", "siem", None), fails]


def test_a_sink_that_takes_records_too_slowly_is_trouble_too(watching):
    reports = Reports(sink="siem", watch=watching, alert_after_s=900, every_s=0)
    reports.lag(5, clock.now() - timedelta(seconds=1000))
    reports.working()
    assert [trouble and trouble.why for trouble in watching.troubles] == ["records are waiting for too long"]
    reports.lag(0, None)
    reports.working()
    assert watching.troubles[-1] is None


def test_why_nothing_is_taken_is_told_also_where_it_was_told_before_that_records_wait(watching):
    reports = Reports(sink="siem", watch=watching, alert_after_s=0, every_s=0)
    reports.lag(1, clock.now() - timedelta(seconds=1))
    reports.failing("the collector does not accept the token")
    reports.failing("the collector does not accept the token")
    assert [trouble.why for trouble in watching.troubles] == [
        "records are waiting for too long",
        "the collector does not accept the token",
    ]


def test_the_time_in_which_the_gateway_was_stopped_is_not_waited_but_what_follows_is(watching):
    reports = Reports(sink="siem", watch=watching, alert_after_s=900, every_s=0)
    now = clock.now()
    reports.was_off(now - timedelta(hours=30), now - timedelta(seconds=60))
    reports.lag(5, now - timedelta(hours=30, seconds=10))
    assert watching.troubles == []
    reports.was_off(now - timedelta(hours=30), now - timedelta(seconds=1000))
    reports.lag(5, now - timedelta(hours=30, seconds=10))
    assert [trouble and trouble.why for trouble in watching.troubles] == ["records are waiting for too long"]


def test_what_had_waited_before_the_gateway_stopped_is_told_at_its_start(watching):
    reports = Reports(sink="siem", watch=watching, alert_after_s=900, every_s=0)
    now = clock.now()
    reports.was_off(now - timedelta(hours=1), now)
    reports.lag(5, now - timedelta(hours=2))
    assert len(watching.troubles) == 1


def test_a_clock_that_was_set_back_gives_no_negative_age(reports, watching):
    reports.lag(1, clock.now() + timedelta(hours=1))
    assert watching.lags[-1].seconds == 0


def test_a_new_sink_does_not_alarm_about_the_past_but_does_once_it_has_caught_up(watching):
    reports = Reports(sink="siem", watch=watching, alert_after_s=900, every_s=0)
    reports.catching_up()
    for days in (400, 300, 1):
        reports.lag(5, clock.now() - timedelta(days=days))
    assert watching.troubles == []
    assert watching.lags[-1].seconds > 80_000
    reports.lag(5, clock.now() - timedelta(seconds=10))
    reports.lag(5, clock.now() - timedelta(seconds=1000))
    assert [trouble and trouble.why for trouble in watching.troubles] == ["records are waiting for too long"]


def test_a_new_sink_whose_delivery_fails_is_told_all_the_same(watching):
    reports = Reports(sink="siem", watch=watching, alert_after_s=0.0, every_s=0)
    reports.catching_up()
    reports.failing("the receiver is away")
    assert len(watching.troubles) == 1


def test_trouble_that_waiting_does_not_mend_is_told_within_a_minute(watching, monkeypatch):
    at = [0.0]
    monkeypatch.setattr("gateway.shipping.reporting.time.monotonic", lambda: at[0])
    reports = Reports(sink="siem", watch=watching, alert_after_s=900, every_s=0)
    reports.failing("the collector does not accept the token", hopeless=True)
    assert watching.troubles == []
    at[0] = 15.0
    reports.failing("the collector does not accept the token", hopeless=True)
    assert [trouble.why for trouble in watching.troubles] == ["the collector does not accept the token"]
