"""Each obligation by itself: what it takes away, and every shape of parameters it refuses."""

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.model import Window
from gateway.obligation_types import OBLIGATION_TYPES
from gateway.obligations.draft import OBLIGATIONS, execute
from gateway.reasons import Reason
from tests.obligations.samples import (
    AGE,
    CLAMP,
    LIMIT,
    LINKS,
    NOW,
    SHIPPED,
    TARGET,
    counting,
    days_ago,
    known,
    match,
    narrowed,
    obligation,
    query,
)

CLOSED_LIST = {
    "clamp_window",
    "limit_results",
    "drop_reads_older_than",
    "drop_other_plates",
    "mask_fields",
    "strip_links",
    "set_expiry",
    "notify",
    "search_typed_plate",
    "require_review",
    "cite_approvals",
}

ILL_FORMED = [
    obligation("invented"),
    obligation("Clamp_window", max_lookback_days=30),
    obligation("clamp_window"),
    obligation("clamp_window", max_lookback_days=None),
    obligation("clamp_window", max_lookback_days="30"),
    obligation("clamp_window", max_lookback_days=True),
    obligation("clamp_window", max_lookback_days=-1),
    obligation("clamp_window", max_lookback_days=0),
    obligation("clamp_window", max_lookback_days=math.nan),
    obligation("clamp_window", max_lookback_days=math.inf),
    obligation("clamp_window", max_lookback_days=10**9),
    obligation("clamp_window", max_lookback_days=10**30),
    obligation("clamp_window", max_lookback_days=30, unless="asked nicely"),
    obligation("limit_results"),
    obligation("limit_results", max=0),
    obligation("limit_results", max=-5),
    obligation("limit_results", max=1.5),
    obligation("limit_results", max=math.inf),
    obligation("limit_results", max=True),
    obligation("limit_results", max="5"),
    obligation("limit_results", max=5, burst=9),
    obligation("drop_reads_older_than"),
    obligation("drop_reads_older_than", basis="case_start"),
    obligation("drop_reads_older_than", basis=None),
    obligation("drop_other_plates"),
    obligation("drop_other_plates", matches=0),
    obligation("drop_other_plates", matches={"0": 0}),
    obligation("drop_other_plates", matches="0"),
    obligation("drop_other_plates", matches=[1]),
    obligation("drop_other_plates", matches=[-1]),
    obligation("drop_other_plates", matches=[0, 0]),
    obligation("drop_other_plates", matches=[0.5]),
    obligation("drop_other_plates", matches=[False]),
    obligation("drop_other_plates", matches=["0"]),
    obligation("drop_other_plates", matches=[None]),
    obligation("cite_approvals"),
    obligation("cite_approvals", approvals=[]),
    obligation("cite_approvals", approvals="a1"),
    obligation("cite_approvals", approvals=["a1", "a1"]),
    obligation("cite_approvals", approvals=[1]),
    obligation("cite_approvals", approvals=[""]),
    obligation("cite_approvals", approvals=["nobody-gave-it"]),
    obligation("drop_other_plates", matches=[[0]]),
    obligation("strip_links", only="images"),
    obligation("mask_fields"),
    obligation("mask_fields", kinds=[]),
    obligation("mask_fields", kinds="location"),
    obligation("mask_fields", kinds=["location", 1]),
    obligation("mask_fields", kinds=["plate"]),
    obligation("mask_fields", kinds=["time"]),
    obligation("mask_fields", kinds=["colour"]),
    obligation("set_expiry", max_days=30),
    obligation("set_expiry"),
    obligation("notify"),
    obligation("notify", channel=""),
    obligation("notify", channel="two words"),
    obligation("notify", channel=7),
]


def test_every_type_of_the_closed_list_has_its_work():
    assert set(OBLIGATIONS) == set(OBLIGATION_TYPES) == CLOSED_LIST


@pytest.mark.parametrize("wrong", ILL_FORMED, ids=lambda wrong: f"{wrong.type} {dict(wrong.params)}")
def test_an_obligation_that_is_unknown_ill_formed_or_impossible_refuses_the_search(wrong):
    with pytest.raises(Refusal) as refused:
        narrowed(obligations=(*SHIPPED, wrong))
    assert refused.value.reason is Reason.OBLIGATION_NOT_POSSIBLE


@given(kind=st.sampled_from(sorted(CLOSED_LIST)), params=st.dictionaries(
    st.sampled_from(["max_lookback_days", "max", "basis", "matches", "kinds", "max_days", "channel"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=4,
    ),
    max_size=2,
))  # fmt: skip
def test_no_parameters_bring_forth_anything_but_a_narrower_query_or_a_refusal(kind, params):
    asked = query()
    try:
        effective = narrowed(asked, obligations=(*SHIPPED, obligation(kind, **params)))
    except Refusal:
        return
    assert effective.window.start >= asked.window.start
    assert effective.window.end <= asked.window.end
    assert 1 <= effective.limit <= asked.limit


@pytest.mark.parametrize("missing", [AGE, TARGET, LINKS], ids=lambda missing: missing.type)
def test_a_search_without_one_of_the_three_standing_obligations_is_refused(missing):
    with pytest.raises(Refusal) as refused:
        narrowed(obligations=tuple(kept for kept in SHIPPED if kept is not missing))
    assert refused.value.reason is Reason.OBLIGATION_NOT_POSSIBLE


def test_the_order_of_obligations_makes_no_difference():
    several = (CLAMP, AGE, TARGET, LINKS, LIMIT, obligation("mask_fields", kinds=["location"]))
    assert len({repr(narrowed(obligations=order)) for order in permutations(several)}) == 1


def test_an_obligation_given_twice_costs_what_it_costs_once():
    assert narrowed(obligations=SHIPPED * 2) == narrowed()


def test_of_two_obligations_of_one_type_the_narrower_holds():
    effective = narrowed(
        obligations=(
            *SHIPPED,
            obligation("clamp_window", max_lookback_days=10),
            obligation("limit_results", max=3),
            obligation("mask_fields", kinds=["location"]),
            obligation("mask_fields", kinds=["id"]),
        )
    )
    assert effective.window.start == days_ago(10)
    assert effective.limit == 3
    assert effective.rules[0].masked == {"location", "id"}


def test_two_lists_of_plates_leave_what_both_name():
    facts = known(match(subject_id="s1"), match(subject_id="s2", plate_state="AR"))
    both = (*counting(0, 1), obligation("drop_other_plates", matches=[1]))
    assert [rule.state for rule in narrowed(facts=facts, obligations=both).rules[0].plates] == ["AR"]


def test_two_lists_of_plates_that_share_none_refuse():
    facts = known(match(subject_id="s1"), match(subject_id="s2"))
    with pytest.raises(Refusal):
        narrowed(facts=facts, obligations=(*counting(0), obligation("drop_other_plates", matches=[1])))


def test_the_clamp_moves_the_start_but_never_before_what_was_asked():
    assert narrowed(obligations=(*SHIPPED, obligation("clamp_window", max_lookback_days=7.5))).window == Window(
        start=days_ago(7.5), end=days_ago(1)
    )
    assert narrowed(
        obligations=(*SHIPPED, obligation("clamp_window", max_lookback_days=9999))
    ).window.start == days_ago(30)


def test_an_end_ahead_of_now_is_clamped_to_now():
    effective = narrowed(query(window=Window(start=days_ago(3), end=days_ago(-1))))
    assert effective.window.end == NOW
    assert effective.rules[0].not_after == NOW


def test_a_clamp_that_empties_the_window_refuses():
    with pytest.raises(Refusal) as refused:
        narrowed(obligations=(*SHIPPED, obligation("clamp_window", max_lookback_days=0.5)))
    assert refused.value.reason is Reason.LOOKBACK_TOO_LONG


@pytest.mark.parametrize(
    "window",
    [
        None,
        Window(start=None, end=NOW),
        Window(start=days_ago(1), end=None),
        Window(start=days_ago(1), end=days_ago(2)),
        Window(start=days_ago(-0.5), end=days_ago(-1)),
    ],
    ids=["none", "no start", "no end", "inverted", "not begun"],
)
def test_a_window_that_no_policy_should_have_allowed_refuses(window):
    with pytest.raises(Refusal) as refused:
        narrowed(query(window=window))
    assert refused.value.reason is Reason.OBLIGATION_NOT_POSSIBLE


def test_the_limit_is_the_smaller_of_asked_and_allowed():
    assert narrowed(query(limit=10)).limit == 10
    assert narrowed(query(limit=80)).limit == 50
    assert narrowed(query(limit=None)).limit == 50
    assert repr(narrowed(obligations=(*SHIPPED, obligation("limit_results", max=7.0))).limit) == "7"
    assert narrowed(query(limit=None), obligations=(AGE, TARGET, LINKS)).limit is None


def test_notify_leaves_the_query_as_it_is_for_the_record_tells_the_channel():
    assert narrowed(obligations=(*SHIPPED, obligation("notify", channel="privacy.review"))) == narrowed()


def test_a_refusal_repeats_nothing_of_an_unknown_obligation():
    with pytest.raises(Refusal) as refused:
        execute(None, obligation("surprise_type", secret="surprise_value"))
    assert "surprise" not in f"{refused.value} {refused.value.field} {refused.value.note}"
