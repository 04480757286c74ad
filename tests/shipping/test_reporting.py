"""What shipping finds and what troubles it is told once."""

from datetime import timedelta

import pytest

from gateway import clock
from gateway.shipping import ShippingFinding
from gateway.shipping.reporting import Reports
from gateway.shipping.watch import Found


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


def test_short_trouble_is_not_told(watching):
    reports = Reports(sink="siem", watch=watching, alert_after_s=900, every_s=0)
    reports.failing("the receiver is away")
    reports.working()
    assert watching.troubles == []


def test_a_sink_that_takes_records_too_slowly_is_trouble_too(watching):
    reports = Reports(sink="siem", watch=watching, alert_after_s=900, every_s=0)
    reports.lag(5, clock.now() - timedelta(seconds=1000))
    reports.working()
    assert [trouble and trouble.why for trouble in watching.troubles] == ["records are waiting for too long"]
    reports.lag(0, None)
    reports.working()
    assert watching.troubles[-1] is None


def test_a_clock_that_was_set_back_gives_no_negative_age(reports, watching):
    reports.lag(1, clock.now() + timedelta(hours=1))
    assert watching.lags[-1].seconds == 0
