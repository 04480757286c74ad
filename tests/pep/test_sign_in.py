"""Whose sign-in is too old is told that, and for how long one counts."""

from datetime import timedelta

import pytest

from gateway.model import Assurance
from gateway.pep.sign_in import tell_old_sign_in
from gateway.value import replace
from tests.ledger.records.test_decision import full


def signed_in(minutes, method="oidc"):
    case = full()
    at = None if minutes is None else case.request.time - timedelta(minutes=minutes)
    assurance = Assurance(acr="aal3", amr=("hwk",), authenticated_at=at)
    case.identity = replace(case.identity, method=method, assurance=assurance)
    return case


@pytest.mark.parametrize(
    ("most", "told"), [(720, "12 hours."), (60, "an hour."), (90, "90 minutes."), (30, "30 minutes.")]
)
def test_a_sign_in_that_is_too_old_is_told_for_how_long_one_counts(most, told):
    assert tell_old_sign_in(signed_in(most + 1), most).endswith(f"one counts for {told}")


@pytest.mark.parametrize(
    ("minutes", "most", "method"),
    [(720, 720, "oidc"), (-5, 720, "oidc"), (None, 720, "oidc"), (721, None, "oidc"), (721, 720, "key")],
)
def test_nothing_is_told_of_the_age_of_a_sign_in_that_is_not_too_old_or_of_none(minutes, most, method):
    assert tell_old_sign_in(signed_in(minutes, method), most) is None
