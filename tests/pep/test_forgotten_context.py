"""Who is refused for a purpose or a case that a context named is told so, and nobody else is."""

from datetime import timedelta

import pytest

from gateway.errors import Refusal
from gateway.model import Context
from gateway.pep.forgotten_context import find_about_context, tell_context
from gateway.reasons import Reason
from gateway.value import replace
from tests.ledger.records.test_decision import full, key
from tests.pep.test_refuse import refused


def declared(purpose="context", number="context", kind="person"):
    case = full()
    now = case.request.time
    context = Context(
        context_id="c1",
        user_id="u17",
        mount="flock",
        purpose="criminal_investigation",
        case_number="25-001",
        declared_at=now.replace(hour=2, minute=41),
        expires_at=now + timedelta(hours=1),
    )
    case.declared = replace(case.declared, purpose_source=purpose, case_source=number, context=context)
    case.identity = replace(case.identity, key=key(kind))
    return case


@pytest.mark.parametrize(
    ("purpose", "number", "told"),
    [
        ("context", "context", "The purpose and the case come of the context that you declared at 02:41 UTC"),
        ("header", "context", "The case comes of the context that you declared at 02:41 UTC"),
        ("context", "vendor_field", "The purpose comes of the context that you declared at 02:41 UTC"),
    ],
)
def test_what_a_context_named_is_told_with_the_time_at_which_it_was_declared(purpose, number, told):
    assert tell_context(declared(purpose, number)).startswith(told)


def test_by_way_of_a_service_it_is_told_as_that_of_the_person_who_is_searched_for():
    told = "The purpose and the case come of the context that the person searched for declared at 02:41 UTC"
    assert tell_context(declared(kind="service")).startswith(told)


def test_a_context_is_told_of_once_and_beside_a_reason_that_another_purpose_or_case_could_have_spared():
    told = {
        reasons: [one["fix"] for one in refused(declared(), Refusal(*reasons))[1]["reasons"]]
        for reasons in (
            (Reason.TRAINING_LAPSED, Reason.PURPOSE_CASE_MISMATCH, Reason.LOOKBACK_TOO_LONG),
            (Reason.TRAINING_LAPSED, Reason.WINDOW_MISSING),
        )
    }
    assert [sum("context that you declared" in fix for fix in fixes) for fixes in told.values()] == [1, 0]


@pytest.mark.parametrize(
    "reason",
    [
        Reason.EMERGENCY_CIRCUMSTANCE,
        Reason.EMERGENCY_NEEDS_SECOND_PERSON,
        Reason.EMERGENCY_NOT_ALLOWED,
        Reason.GEO_SEARCH_NOT_APPROVED,
        Reason.PARTIAL_PLATE_NOT_APPROVED,
        Reason.TARGET_UNKNOWN,
    ],
)
def test_every_refusal_that_is_about_purpose_case_or_plate_may_be_for_a_forgotten_context(reason):
    assert find_about_context((Reason.TRAINING_LAPSED, reason)) is reason
