import re
from datetime import UTC, datetime

from gateway.lifecycle.impact_page import impact_page
from tests.lifecycle.test_impact import change, report

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def test_the_page_loads_nothing_and_tells_reasons_in_words():
    html = impact_page(report(change("newly_denied", 1, "lookback_too_long")), since=SINCE, until=UNTIL)
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert "The search goes further back than this case allows." in html
    assert html.count("<svg") == 4


def test_the_page_of_a_draft_that_changes_nothing_says_so():
    html = impact_page(report(), since=SINCE, until=UNTIL)
    assert "No decision would change." in html
    assert "<svg" not in html


def test_the_page_says_that_all_was_reproduced_only_where_nothing_was_left_out():
    told = "Every recorded decision was reproduced."
    assert told in impact_page(report(), since=SINCE, until=UNTIL)
    partly = impact_page(report(by_no_policy={"no policy made it": 7}), since=SINCE, until=UNTIL)
    assert told not in partly
    assert "100 compared and 7 not compared are 107: every recorded decision of the period." in partly
    sampled = impact_page(report(sample=0.1), since=SINCE, until=UNTIL)
    assert told not in sampled
    assert "Every decision in a sample of 0.1 was reproduced." in sampled


def test_what_stands_in_a_record_cannot_become_markup():
    html = impact_page(report(change("newly_denied", 1, "x", office="<b>BAL</b>")), since=SINCE, until=UNTIL)
    assert "<b>BAL" not in html


def test_each_kind_of_change_has_a_colour_of_its_own():
    html = impact_page(report(change("newly_denied", 1, "x")), since=SINCE, until=UNTIL)
    legend = re.findall(r'class="swatch ([a-z]+)"', html.partition('class="legend"')[2].partition("</ul>")[0])
    assert len(legend) == len(set(legend)) == 4
