"""Whether `whoami` calls a credential too weak: whatever it is and says of itself, as the policy does."""

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from gateway.endpoints.assurance import is_assurance_enough
from gateway.model import Assurance
from gateway.pdp import EmbeddedEngine, load_policies, policy_input
from gateway.value import replace
from tests.pdp.samples import DOSSIER, IDENTITY

POLICIES = load_policies(Path(__file__).parents[2] / "policies")
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
CLASSES = [None, "aal1", "aal2", "unlisted"]
MEANS = [None, (), ("pwd",), ("pwd", "otp"), ("unlisted",), ("sc",)]
AGES = [None, 0, 720, 721]


@pytest.fixture(scope="module")
def engine():
    return EmbeddedEngine(POLICIES)


def stated(method, acr, amr, minutes):
    at = None if minutes is None else NOW - timedelta(minutes=minutes)
    return replace(IDENTITY, method=method, assurance=Assurance(acr=acr, amr=amr, authenticated_at=at))


@pytest.mark.parametrize(
    "identity",
    [stated("oidc", *says) for says in product(CLASSES, MEANS, AGES)]
    + [replace(IDENTITY, method=method) for method in ("key", "token", "certificate", "unheard of")],
    ids=repr,
)
def test_a_credential_is_too_weak_where_the_policy_says_so(engine, identity):
    case = replace(DOSSIER, identity=identity)
    case.request = replace(case.request, time=NOW)
    by_policy = "assurance_too_low" not in engine.decide(policy_input(case)).reasons
    assert is_assurance_enough(identity, POLICIES.data["tables"], NOW) == by_policy
