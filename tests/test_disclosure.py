"""What is told is made in one place, and says the same of everything that it is to hide."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.disclosure import Disclosed, DisclosureContext, disclose
from gateway.reasons import POLICY_REASONS, OwnReason, Reason, ReasonText

R = Reason
STRANGER = DisclosureContext(assigned=False, target_in_case=False)
MEMBER = DisclosureContext(assigned=True, target_in_case=False)
CLASSES = [
    (STRANGER, [R.CASE_UNKNOWN, R.CASE_NOT_ASSIGNED, R.CASE_CLOSED, R.PURPOSE_CASE_MISMATCH, R.LOOKBACK_TOO_LONG]),
    (
        STRANGER,
        [R.TARGET_UNKNOWN, R.TARGET_OTHER_CASE, R.TARGET_PROTECTED, R.TARGET_NOT_SUBJECT, R.TARGET_PLATE_EXPIRED],
    ),
    (MEMBER, [R.TARGET_UNKNOWN, R.TARGET_OTHER_CASE, R.TARGET_PROTECTED]),
    (
        DisclosureContext(assigned=True, target_in_case=True, pattern=True),
        [R.PARTIAL_PLATE_NOT_APPROVED, R.TARGET_PROTECTED, R.TARGET_UNKNOWN, R.TARGET_NOT_SUBJECT],
    ),
    (
        DisclosureContext(assigned=True, target_in_case=True, pattern=True),
        [R.EMERGENCY_NOT_ALLOWED, R.EMERGENCY_NEEDS_SECOND_PERSON],
    ),
]


@pytest.mark.parametrize(("context", "alike"), CLASSES)
def test_reasons_of_one_class_are_told_alike(context, alike):
    assert len({disclose([reason], context) for reason in alike}) == 1


@given(st.sampled_from(CLASSES), st.data())
def test_nothing_beside_a_hidden_reason_and_no_order_shows_which_it_is(one, data):
    context, alike = one
    others = data.draw(st.lists(st.sampled_from(sorted(POLICY_REASONS - set(alike))), max_size=4))
    asked = [data.draw(st.permutations([*others, hidden])) for hidden in alike]
    assert len({disclose(reasons, context) for reasons in asked}) == 1


@given(st.lists(st.sampled_from(Reason), min_size=1, max_size=6), st.booleans(), st.booleans(), st.booleans())
def test_each_reason_is_told_once_and_never_one_that_only_the_record_may_know(reasons, assigned, in_case, pattern):
    told = disclose(reasons, DisclosureContext(assigned=assigned, target_in_case=in_case, pattern=pattern))
    assert len(set(told)) == len(told.reasons)
    assert {R.TARGET_OTHER_CASE, R.TARGET_PROTECTED, R.CASE_UNKNOWN}.isdisjoint(told)


@given(st.lists(st.sampled_from(sorted(POLICY_REASONS)), max_size=3), st.booleans())
def test_that_a_second_person_is_needed_is_told_alone_or_not_at_all(others, assigned):
    told = disclose(
        [R.EMERGENCY_NEEDS_SECOND_PERSON, *others], DisclosureContext(assigned=assigned, target_in_case=False)
    )
    alone = disclose([R.EMERGENCY_NEEDS_SECOND_PERSON])
    assert told == alone or R.EMERGENCY_NEEDS_SECOND_PERSON not in told.reasons


@pytest.mark.parametrize("made_by", [None, object(), True])
def test_nobody_but_disclosure_makes_what_is_told(made_by):
    with pytest.raises(TypeError):
        Disclosed((R.TARGET_PROTECTED,), made_by)


def test_nothing_is_never_told():
    with pytest.raises(TypeError):
        disclose([])


def test_the_classes_name_every_reason_that_is_ever_told_as_another():
    contexts = [DisclosureContext(*flags) for flags in itertools.product([True, False], repeat=3)]
    hidden = {reason for reason in Reason for context in contexts if disclose([reason], context).first is not reason}
    assert hidden <= {reason for _, alike in CLASSES for reason in alike}


@given(st.sampled_from(sorted(POLICY_REASONS)), st.booleans(), st.booleans(), st.booleans())
def test_a_reason_of_the_agencys_own_that_is_told_as_another_is_told_just_as_that_one_would_be(
    other, assigned, in_case, pattern
):
    context = DisclosureContext(assigned=assigned, target_in_case=in_case, pattern=pattern)
    assert disclose([own("witness_plate", other)], context) == disclose([other], context)


def test_a_reason_of_the_agencys_own_that_is_told_as_itself_comes_after_the_gateways():
    reasons = [own("zone_closed"), R.POLICY_EXPIRED, own("area_closed"), R.TARGET_PROTECTED]
    assert [reason.value for reason in disclose(reasons)] == [
        "target_unknown",
        "policy_expired",
        "area_closed",
        "zone_closed",
    ]


def own(code, told_as=None):
    return OwnReason(value=code, text=ReasonText(403, "So.", "Ask."), told_as=told_as)
