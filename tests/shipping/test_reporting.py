"""What shipping finds and what troubles it is told once."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gateway import clock
from gateway.shipping.reporting import Reports
from gateway.shipping.watch import Found, ShippingFinding

LONG_AGO = float("-inf")

LATE = "the oldest record that is not known to be received is older than allowed"


def told_by(watching, *, alert_after_s=900, began_at=LONG_AGO):
    return Reports(sink="siem", watch=watching, alert_after_s=alert_after_s, every_s=0, began_at=began_at)


@pytest.fixture
def at(monkeypatch):
    """The seconds that have passed, to be set."""
    passed = [0.0]
    monkeypatch.setattr("gateway.shipping.reporting.time.monotonic", lambda: passed[0])
    return passed


@pytest.fixture
def reports(watching):
    return told_by(watching, alert_after_s=0)


def test_a_finding_is_told_once(reports, watching):
    for _ in range(3):
        reports.finding(ShippingFinding(what=Found.GAP, chain="w0", first=1, last=2))
    reports.finding(ShippingFinding(what=Found.GAP, chain="w1", first=1, last=2))
    assert len(watching.findings) == 2


def test_trouble_is_told_at_each_try_while_it_lasts_and_once_when_it_ends(reports, watching):
    for _ in range(3):
        reports.failing("the receiver is away")
    reports.working()
    reports.working()
    assert [trouble and trouble.why for trouble in watching.troubles] == ["the receiver is away"] * 3 + [None]


def test_a_receiver_that_takes_records_again_is_not_said_to_be_away_until_they_have_settled(reports, watching):
    reports.failing("the receiver is away")
    reports.settling(60.0)
    reports.tell_due()
    reports.lag(1, clock.now() - timedelta(hours=1))
    reports.working()
    told = [trouble.why for trouble in watching.troubles if trouble]
    assert told[0] == "the receiver is away"
    assert all("takes records again, and what it took counts when 60 s have passed" in why for why in told[1:])
    assert len(told) > 1


def test_trouble_that_waiting_does_not_mend_stays_what_it_is_until_the_connection_stands(reports, watching, at):
    def told():
        reports.lag(1, clock.now() - timedelta(hours=1))
        return watching.troubles[-1].why

    reports.failing("our certificate has ended", hopeless=True)
    for at[0] in (1.0, 4.0):
        reports.settling(60.0)
        assert told() == "our certificate has ended"
    at[0] = 20.0
    reports.failing("our certificate has ended", hopeless=True)
    for at[0] in (60.0, 64.9):
        reports.settling(60.0)
        assert told() == "our certificate has ended"
    at[0] = 65.0
    reports.settling(60.0)
    assert "takes records again, and what it took counts when 60 s have passed" in told()


def test_short_trouble_is_not_told(watching):
    reports = told_by(watching)
    reports.failing("the receiver is away")
    reports.working()
    assert watching.troubles == []


def test_each_time_that_delivery_begins_to_fail_and_works_again_is_a_log_line_at_once(watching):
    reports = told_by(watching)
    with capture_logs() as lines:
        reports.failing("the receiver is away")
        reports.failing("the receiver is away")
        reports.working()
        reports.failing("the receiver is away")
    fails = ("shipping_fails", "siem", "the receiver is away")
    told = [(line["event"], line["sink"], line.get("why")) for line in lines]
    assert told == [fails, ("shipping_works_again", "siem", None), fails]


@pytest.mark.parametrize(("hopeless", "bound_s"), [(False, 900), (True, 10)])
def test_the_line_that_delivery_fails_says_after_how_long_the_alarm_comes(watching, at, hopeless, bound_s):
    reports = told_by(watching)
    with capture_logs() as lines:
        reports.failing("the token is not accepted", hopeless=hopeless)
    assert lines[0]["alert_after_s"] == bound_s
    assert ("waiting does not mend this" in lines[0].get("sooner_since", "")) is hopeless
    at[0] = bound_s - 0.1
    reports.failing("the token is not accepted", hopeless=hopeless)
    assert watching.troubles == []
    at[0] = bound_s
    reports.failing("the token is not accepted", hopeless=hopeless)
    assert len(watching.troubles) == 1


def test_a_sink_that_takes_records_too_slowly_is_trouble_too(watching):
    reports = told_by(watching)
    reports.lag(5, clock.now() - timedelta(seconds=1000))
    reports.working()
    assert [trouble and trouble.why for trouble in watching.troubles] == [LATE]
    reports.lag(0, None)
    reports.working()
    assert watching.troubles[-1] is None


def test_why_nothing_is_taken_is_told_also_where_it_was_told_before_that_records_wait(reports, watching):
    reports.lag(1, clock.now() - timedelta(seconds=1))
    reports.failing("the collector does not accept the token")
    assert [trouble.why for trouble in watching.troubles] == [
        LATE,
        "the collector does not accept the token",
    ]


def test_after_a_start_records_that_waited_before_are_late_only_once_the_sink_had_its_time(watching, at):
    reports, waiting_for_hours = told_by(watching, began_at=0.0), clock.now() - timedelta(hours=2)
    for second in (1.0, 899.0):
        at[0] = second
        reports.lag(5, waiting_for_hours)
    assert watching.troubles == []
    at[0] = 901.0
    reports.lag(5, waiting_for_hours)
    assert [(trouble.why, trouble.seconds) for trouble in watching.troubles] == [(LATE, 901)]


def test_a_sink_that_catches_up_after_a_start_is_never_late(watching, at):
    reports = told_by(watching, began_at=0.0)
    at[0] = 1.0
    reports.lag(5, clock.now() - timedelta(hours=2))
    at[0] = 2000.0
    reports.lag(0, None)
    reports.lag(1, clock.now() - timedelta(seconds=3))
    assert watching.troubles == []


def test_a_clock_that_was_set_back_gives_no_negative_age(reports, watching):
    reports.lag(1, clock.now() + timedelta(hours=1))
    assert watching.lags[-1].seconds == 0


@pytest.mark.parametrize("what", [Found.CURSOR_MISSING, Found.ROLLED_BACK, Found.REWRITTEN])
def test_a_sink_that_gets_the_past_anew_is_late_only_once_it_has_caught_up_and_fell_behind_again(watching, at, what):
    reports = told_by(watching)
    reports.finding(ShippingFinding(what=what))
    for days in (400, 300, 1):
        at[0] += 1000.0
        reports.lag(5, clock.now() - timedelta(days=days))
    assert watching.troubles == []
    assert watching.lags[-1].seconds > 80_000
    reports.lag(5, clock.now() - timedelta(seconds=10))
    at[0] += 1000.0
    reports.lag(5, clock.now() - timedelta(seconds=1000))
    assert [trouble and trouble.why for trouble in watching.troubles] == [LATE]


def test_a_new_sink_whose_delivery_fails_is_told_all_the_same(reports, watching):
    reports.finding(ShippingFinding(what=Found.CURSOR_MISSING))
    reports.failing("the receiver is away")
    assert len(watching.troubles) == 1


def test_trouble_that_waiting_does_not_mend_is_told_within_a_minute(watching, at):
    reports = told_by(watching)
    reports.failing("the collector does not accept the token", hopeless=True)
    assert watching.troubles == []
    at[0] = 15.0
    reports.failing("the collector does not accept the token", hopeless=True)
    assert [trouble.why for trouble in watching.troubles] == ["the collector does not accept the token"]


def test_a_failure_is_due_when_its_time_is_over_and_not_only_at_the_next_try(watching, at):
    reports = told_by(watching, alert_after_s=20)
    assert reports.until_due() == float("inf")
    reports.failing("the collector answered 503")
    at[0] = 19.0
    reports.tell_due()
    assert (reports.until_due(), watching.troubles) == (1.0, [])
    at[0] = 20.0
    for _ in range(3):
        reports.tell_due()
    assert [(trouble.why, trouble.seconds) for trouble in watching.troubles] == [("the collector answered 503", 20)]
    assert reports.until_due() == float("inf")
