"""Which plate is sent, and which plates come back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import plates
from gateway.clock import format_instant
from gateway.errors import Refusal
from gateway.model import Tenure, Window
from gateway.obligations import filter_results
from gateway.pep.held_times import tell_held
from gateway.reasons import Reason
from tests.obligations.samples import (
    ANY_DAY,
    counting,
    dates,
    days_ago,
    known,
    match,
    narrowed,
    query,
    read,
    results,
    states,
    term,
)


def test_the_plate_sent_is_the_one_issued_and_not_the_one_typed():
    facts = known(match("abc 12-o", spelling="folded"))
    effective = narrowed(query(plate=term("ABC120")), facts=facts)
    assert effective.plate == "ABC12O"
    assert [rule.text for rule in effective.rules[0].plates] == ["ABC12O"]


def test_a_plate_spelled_as_asked_is_preferred_to_a_look_alike():
    facts = known(match("ABC12O", spelling="folded"), match("ABC120", spelling="same"))
    effective = narrowed(facts=facts, obligations=counting(0, 1))
    assert effective.plate == "ABC120"
    assert [rule.text for rule in effective.rules[0].plates] == ["ABC120"]


def test_a_match_that_does_not_count_is_never_sent():
    facts = known(match("ABC120", spelling="same"), match("ABC12O", spelling="folded"))
    assert narrowed(facts=facts, obligations=counting(1)).plate == "ABC12O"


def test_every_counting_match_of_the_plate_sent_makes_a_rule_with_its_own_state_and_beginning():
    facts = known(
        match("ABC-120", plate_state="AR", valid_from=ANY_DAY),
        match("ABC 120", plate_state="TX"),
        match("ABC12O", spelling="folded"),
    )
    rules = narrowed(facts=facts, obligations=counting(0, 1, 2)).rules[0].plates
    assert [(rule.text, rule.state, rule.not_before.isoformat()) for rule in rules] == [
        ("ABC120", "AR", "2026-11-01T00:00:00+00:00"),
        ("ABC120", "TX", days_ago(30).isoformat()),
    ]


@pytest.mark.parametrize(
    ("asked", "issued", "sent"),
    [
        ("AR", ["AR"], "AR"),
        ("AR", [None], "AR"),
        (None, ["AR"], "AR"),
        (None, ["AR", "AR"], "AR"),
        (None, ["AR", "TX"], None),
        (None, ["AR", None], None),
        (None, [None], None),
    ],
)
def test_the_state_sent_is_the_one_asked_else_the_only_one_issued(asked, issued, sent):
    facts = known(*(match(plate_state=state) for state in issued))
    effective = narrowed(query(plate=term(state=asked)), facts=facts, obligations=counting(*range(len(issued))))
    assert effective.plate_state == sent


def test_reads_are_held_to_the_state_asked_where_the_issued_one_is_unknown():
    assert narrowed(query(plate=term(state="AR"))).rules[0].plates[0].state == "AR"


def test_a_match_of_another_state_than_asked_refuses():
    with pytest.raises(Refusal) as refused:
        narrowed(query(plate=term(state="AR")), facts=known(match(plate_state="TX")))
    assert refused.value.reason is Reason.OBLIGATION_NOT_POSSIBLE


@pytest.mark.parametrize("kind", ["exact", "fuzzy", "none"])
def test_without_a_counting_match_only_a_partial_search_goes_on(kind):
    with pytest.raises(Refusal) as refused:
        narrowed(query(plate=term(match=kind)), obligations=counting())
    assert refused.value.reason is Reason.OBLIGATION_NOT_POSSIBLE


def test_a_partial_search_sends_the_approved_pattern_and_is_held_to_it():
    effective = narrowed(query(plate=term("ABC1*", "partial", "AR")), obligations=counting())
    assert (effective.plate, effective.plate_state) == ("ABC1*", "AR")
    (rule,) = effective.rules[0].plates
    assert (rule.text, rule.state, rule.not_before) == ("ABC1*", "AR", days_ago(30))


def test_a_partial_search_with_counting_plates_sends_the_pattern_and_passes_reads_of_these_plates_alone():
    facts = known(
        match("ABC-120", plate_state="AR", valid_from=ANY_DAY),
        match("ABC 121", plate_state="AR"),
        match("ABC122"),
        match("ABC 121", plate_state="TX"),
    )
    effective = narrowed(query(plate=term("ABC1*", "partial")), facts=facts, obligations=counting(0, 1, 3))
    assert (effective.plate, effective.plate_state) == ("ABC1*", None)
    assert [(rule.text, rule.state, rule.not_before) for rule in effective.rules[0].plates] == [
        ("ABC120", "AR", datetime(2026, 11, 1, tzinfo=UTC)),
        ("ABC121", "AR", days_ago(30)),
        ("ABC121", "TX", days_ago(30)),
    ]
    reads = [read(plate, state="AR", time=days_ago(29)) for plate in ("ABC120", "ABC121", "ABC122", "ABC199")]
    passed = filter_results(results(*reads), effective.rules)
    assert [one.plate for one in passed.results.reads] == ["ABC121"]


def test_a_counting_plate_that_the_pattern_does_not_find_refuses():
    facts = known(match("ABC12O", spelling="folded"), match("ABC120"))
    with pytest.raises(Refusal) as refused:
        narrowed(query(plate=term("ABC1*0", "partial")), facts=facts, obligations=counting(0, 1))
    assert refused.value.reason is Reason.OBLIGATION_NOT_POSSIBLE


@pytest.mark.parametrize("issued", ["ABC*", "*", "", "ABC.20", "\N{LATIN SMALL LETTER SHARP S}12"])
def test_a_known_plate_that_is_no_plate_is_never_sent(issued):
    with pytest.raises(Refusal) as refused:
        narrowed(facts=known(match(issued)))
    assert refused.value.reason is Reason.OBLIGATION_NOT_POSSIBLE


@given(
    matches=st.lists(
        st.builds(match, st.sampled_from(["ABC120", "ABC-12O", "abc 120"]), plate_state=states, valid_from=dates),
        min_size=1,
        max_size=4,
    ),
    data=st.data(),
)
def test_every_rule_is_of_a_counting_plate_and_never_reaches_before_the_window_or_the_plate(matches, data):
    chosen = data.draw(st.sets(st.integers(0, len(matches) - 1), min_size=1))
    asked = query(window=Window(start=days_ago(40), end=days_ago(2)))
    effective = narrowed(asked, facts=known(*matches), obligations=counting(*chosen))
    issued = [matches[index] for index in chosen]
    assert effective.plate in {plates.normalize(each.plate) for each in issued}
    for rule in effective.rules[0].plates:
        assert rule.text == effective.plate
        assert rule.not_before >= days_ago(40)
        assert any(
            each.plate_state == rule.state and (each.valid_from is None or rule.not_before.date() >= each.valid_from)
            for each in issued
        )


@given(
    st.lists(
        st.builds(match, st.just("ABC-120"), plate_state=st.sampled_from(["AR", "TX", None]), valid_from=dates),
        min_size=1,
        max_size=12,
    )
)
def test_many_holders_make_no_more_rules_than_states_and_let_pass_what_each_alone_would(held):
    asked = query(window=Window(start=days_ago(40), end=days_ago(2)))
    merged = narrowed(asked, facts=known(*held), obligations=counting(*range(len(held)))).rules[0].plates
    assert len(merged) == len({each.plate_state for each in held})
    for state in {each.plate_state for each in held}:
        alone = [
            narrowed(asked, facts=known(each), obligations=counting(0)).rules[0].plates[0].not_before
            for each in held
            if each.plate_state == state
        ]
        assert [rule.not_before for rule in merged if rule.state == state] == [min(alone)]


tenures = st.lists(
    st.tuples(st.none() | st.integers(0, 60), st.integers(0, 60)).filter(
        lambda ends: ends[0] is None or ends[0] >= ends[1]
    ),
    max_size=6,
)


@given(tenures, st.none() | st.integers(0, 60), st.integers(0, 1440))
def test_a_read_passes_where_the_subject_held_the_plate_when_it_was_made_and_at_no_other_time(
    before, since, half_hours
):
    held_before = tuple(
        Tenure(first=None if first is None else days_ago(first).date(), last=days_ago(last).date())
        for first, last in before
    )
    now_held = match(valid_from=None if since is None else days_ago(since).date(), held_before=held_before)
    moment = days_ago(30) + timedelta(minutes=30 * half_hours)
    effective = narrowed(facts=known(now_held))
    day = moment.date()
    held = now_held.valid_from is None or now_held.valid_from <= day
    held = held or any((tenure.first or day) <= day <= tenure.last for tenure in held_before)
    passes = filter_results(results(read(time=moment)), effective.rules).returned == 1
    assert passes == (held and moment <= days_ago(1))
    told = dict(tell_held(effective)).get("X-LPR-Held")
    in_window = effective.window.start <= moment <= effective.window.end
    is_told = told is None or any(
        begin <= format_instant(moment) <= end
        for begin, end in (span.split("/") for span in told.split(", ") if "/" in span)
    )
    assert passes == (in_window and is_told)


def test_a_renewal_the_day_after_is_one_time_with_what_went_before():
    first, last = days_ago(20).date(), days_ago(11).date()
    renewed = match(valid_from=days_ago(10).date(), held_before=(Tenure(first=first, last=last),))
    [rule] = narrowed(facts=known(renewed)).rules[0].plates
    assert (rule.not_before.date(), rule.earlier) == (first, ())
