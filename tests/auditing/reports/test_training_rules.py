"""Which allowed searches were allowed with lapsed training, by the policy that decided each of them."""

from datetime import date, timedelta

import pytest

from gateway.auditing.reports import Person, TrainingRule, page, training
from gateway.errors import ConfigurationError
from gateway.ledger.records.decision import Verdict, decision_record
from gateway.value import replace
from tests.auditing.ledgers import Ask, dossier
from tests.auditing.reports.test_reports import WEEK, figures, rows

LONG, SHORT, GONE = "a" * 64, "b" * 64, "c" * 64
NOT_KEPT = "its text is not kept on this host"
AGO_200 = date(2026, 4, 16)
"""Two hundred days before the searches."""


def find_rule(revision):
    rules = {LONG: TrainingRule(days=365), SHORT: TrainingRule(days=180)}
    if revision not in rules:
        raise ConfigurationError([NOT_KEPT])
    return rules[revision]


@pytest.fixture
def made(reading, access):
    """The report while this many days are in force."""

    def make(days, find=find_rule, people=()):
        given = {"rule": TrainingRule(days=days), "find_rule": find, "people": people}
        return training(reading(), access, period=WEEK, made_at=WEEK.until, **given)

    return make


def search(ledger, policy, *asks):
    ledger.policy = policy
    ledger.write(asks or [Ask(trained=AGO_200)])


def told_by(ledger, input_text, trained=AGO_200, after_s=60.0):
    """An allowed search of which the record holds this input, written so many seconds after it was judged."""
    with ledger.open() as chain:
        case = replace(dossier(Ask(trained=trained), 1, ledger.clock(), LONG), input_text=input_text)
        ledger.clock.on(seconds=after_s)
        chain.record(*decision_record(case, Verdict(decision="allow", reasons=(), disclosed=())))


def of_section(report, heading):
    return next((section for section in report.sections if section.heading == heading), None)


LAPSED, UNJUDGED = "Searches allowed with lapsed or missing training", "Searches that could not be judged"


def test_a_search_that_was_in_time_by_its_own_policy_is_not_accused_by_a_shorter_limit_of_today(ledger, made):
    search(ledger, LONG)
    report = made(180)
    assert (rows(report, "lapsed"), figures(report)["With lapsed training"]) == ([], "0")
    assert {row["Training age"]: row["Searches"] for row in rows(report, "ages")}["183 to 273 days"] == 1


def test_a_search_that_was_too_late_by_its_own_policy_is_not_excused_by_a_longer_limit_of_today(ledger, made):
    search(ledger, SHORT)
    [row] = rows(made(365), "lapsed")
    assert (row["Training"], row["Policy"]) == ("200 days before, at most 180 days allowed", SHORT[:12])


def test_the_page_says_by_which_limit_of_which_policy_it_judged(ledger, made):
    search(ledger, LONG)
    search(ledger, SHORT, Ask())
    text = of_section(made(180), LAPSED).text
    assert f"Judged by: at most 365 days (policy {LONG[:12]}); at most 180 days (policy {SHORT[:12]})." in text


def test_a_search_whose_policy_cannot_be_read_any_more_is_neither_accused_nor_passed_over(ledger, made):
    search(ledger, GONE, Ask(trained=AGO_200), Ask(trained=None))
    search(ledger, LONG)
    report = made(180)
    [row] = rows(report, "not-judged")
    assert (row["Policy"], row["Searches"], row["Oldest training (days)"]) == (GONE, 2, 200)
    assert (row["None on record"], row["Why not judged"]) == (1, NOT_KEPT)
    assert (rows(report, "lapsed"), figures(report)["Not judged"]) == ([], "2")
    assert "None: every search that could be judged was allowed" in page(report)
    assert report.lacking[0].startswith("2 allowed searches were not judged")


def test_where_every_search_could_be_judged_nothing_is_said_of_others(ledger, made):
    search(ledger, LONG)
    report = made(180)
    assert (of_section(report, UNJUDGED), report.lacking, "Not judged" in figures(report)) == (None, (), False)
    assert "None: every search was allowed with current training." in page(report)


def test_an_emergency_needs_current_training_like_any_other_search(ledger, made):
    search(ledger, SHORT, Ask(trained=AGO_200, purpose="exigent_circumstances"))
    assert len(rows(made(180), "lapsed")) == 1


def test_a_search_judged_before_midnight_is_not_a_day_older_because_it_was_recorded_after(ledger, made):
    ledger.clock.on(seconds=16 * 3600 - 30)
    judged = '{"facts":{"training":{"lpr":{"age_days":365,"version":"2026"}}}}'
    told_by(ledger, judged, trained=ledger.clock().date() - timedelta(days=365))
    assert rows(made(365), "lapsed") == []
    assert len(rows(made(365, lambda _: TrainingRule(days=364)), "lapsed")) == 1


@pytest.mark.parametrize(("version", "told"), [("2026", []), ("2025", ["version 2025, 2026 asked for"])])
def test_a_course_of_a_version_that_the_deciding_policy_did_not_accept_counts_as_none(ledger, made, version, told):
    text = '{"facts":{"training":{"lpr":{"age_days":200,"version":"%s"}}}}'
    told_by(ledger, text % version)
    report = made(365, lambda _: TrainingRule(days=365, version="2026"))
    assert [row["Training"] for row in rows(report, "lapsed")] == told


@pytest.mark.parametrize(("version", "standing"), [("2026", "current"), ("2025", "lapsed")])
def test_who_did_a_version_that_the_policy_in_force_does_not_accept_is_not_called_current(
    reading, access, ledger, version, standing
):
    search(ledger, LONG)
    day = WEEK.until.date() - timedelta(days=10)
    somebody = Person(
        user_id="u01", name="A", component="HSI", office="BAL", roles="officer", trained_on=day, version=version
    )
    rule = TrainingRule(days=365, version="2026")
    report = training(
        reading(), access, people=[somebody], rule=rule, find_rule=find_rule, period=WEEK, made_at=WEEK.until
    )
    assert rows(report, "users")[0]["Standing"] == standing
