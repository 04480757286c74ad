"""Pages are held to both decisions."""

from datetime import timedelta

import pytest

from gateway.errors import Refusal
from gateway.model import PageOpening
from gateway.obligations import filter_results, for_page
from gateway.reasons import Reason
from tests.obligations.samples import (
    ANY_DAY,
    NOW,
    SHIPPED,
    days_ago,
    declared,
    known,
    match,
    narrowed,
    obligation,
    query,
    read,
    results,
    term,
)


def opening(effective):
    return PageOpening(
        page_id="v1",
        user_id="u17",
        key_id="k1",
        mount="/flock",
        decision_id="d1",
        expires_at=NOW + timedelta(hours=1),
        query=query(),
        declared=declared(),
        effective=effective,
    )


def test_a_page_is_the_fresh_query_under_the_rules_of_both_decisions():
    opened, fresh = narrowed(), narrowed(now=NOW + timedelta(minutes=5))
    page = for_page(opening(opened), fresh, "v2")
    assert (page.operation, page.page_id) == ("plate.page", "v2")
    assert page.rules == opened.rules + fresh.rules


def test_a_page_shows_no_read_that_only_one_of_the_two_decisions_would():
    opened = narrowed(obligations=(*SHIPPED, obligation("clamp_window", max_lookback_days=10)))
    fresh = narrowed(facts=known(match(valid_from=ANY_DAY)))
    page = for_page(opening(opened), fresh, "v2")
    answer = filter_results(results(*(read(time=days_ago(day)) for day in (5, 15, 25))), page.rules)
    assert [left.time for left in answer.results.reads] == [days_ago(5)]


@pytest.mark.parametrize(
    "fresh",
    [
        narrowed(facts=known(match("ABC12O", spelling="folded"))),
        narrowed(facts=known(match(plate_state="AR"))),
        narrowed(query(vendor="rekor")),
        narrowed(query(plate=term(state="TX"))),
    ],
    ids=["plate", "issued state", "vendor", "asked state"],
)
def test_a_page_of_another_plate_state_or_vendor_than_is_allowed_now_is_unknown(fresh):
    with pytest.raises(Refusal) as refused:
        for_page(opening(narrowed()), fresh, "v2")
    assert refused.value.reason is Reason.PAGE_UNKNOWN
