"""What the claims of a proven token must say."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import Refusal
from gateway.identity.token_claims import read_claims
from gateway.reasons import Reason
from gateway.value import replace
from tests.identity.issuers import ISSUER, claims
from tests.identity.samples import NOW


def at(offset):
    return int((NOW + timedelta(seconds=offset)).timestamp())


def refused(issuer=ISSUER, **changes):
    with pytest.raises(Refusal) as error:
        read_claims(claims(**changes), issuer, NOW)
    return error.value.reason


@pytest.mark.parametrize("audience", ["lpr", "LPR-GATEWAY", ["other"], [], None, {"lpr-gateway": 1}])
def test_a_token_for_another_audience_is_refused(audience):
    assert refused(aud=audience) is Reason.TOKEN_AUDIENCE


def test_a_token_for_several_audiences_names_who_it_was_given_to():
    several = ["lpr-gateway", "other"]
    assert refused(aud=several) is Reason.TOKEN_AUDIENCE
    assert read_claims(claims(aud=several, azp="tool"), ISSUER, NOW)


@pytest.mark.parametrize("party", ["another", None, 5])
def test_where_parties_are_listed_a_token_given_to_no_such_party_is_refused(party):
    assert refused(replace(ISSUER, authorized_parties=("tool",)), azp=party) is Reason.TOKEN_AUDIENCE


def test_a_token_expired_by_a_second_more_than_the_skew_is_refused():
    assert refused(exp=at(-ISSUER.skew_s)) is Reason.TOKEN_EXPIRED
    assert read_claims(claims(exp=at(1 - ISSUER.skew_s)), ISSUER, NOW)


def test_without_any_skew_a_token_is_refused_in_the_very_second_it_ends():
    strict = replace(ISSUER, skew_s=0)
    assert refused(strict, exp=at(0)) is Reason.TOKEN_EXPIRED
    assert read_claims(claims(exp=at(1)), strict, NOW)


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_token_not_yet_valid_is_refused(claim):
    assert refused(**{claim: at(ISSUER.skew_s + 1)}) is Reason.TOKEN_NOT_YET_VALID


@pytest.mark.parametrize("moment", [None, "1795641324", True, 1e300])
def test_a_token_without_a_readable_end_is_refused(moment):
    assert refused(exp=moment) is Reason.TOKEN_MALFORMED


@pytest.mark.parametrize("name", [None, "", 17, ["u17"], "u17\n", "u" * 257])
def test_a_token_that_does_not_name_a_person_is_refused(name):
    assert refused(preferred_username=name) is Reason.TOKEN_MALFORMED


def test_no_other_claim_stands_in_for_the_one_that_names_the_person():
    assert refused(preferred_username=None, sub="u17", email="u17@agency.example") is Reason.TOKEN_MALFORMED


def test_a_token_by_exchange_names_the_service_that_acts():
    assert read_claims(claims(act={"sub": "svc1"}), ISSUER, NOW).actor_id == "svc1"


@pytest.mark.parametrize(
    "act", ["svc1", {}, {"sub": ""}, {"sub": "svc1", "act": {"sub": "svc2"}}, {"sub": "svc1", "iss": "https://x"}]
)
def test_a_delegation_that_nobody_could_answer_for_is_refused(act):
    assert refused(act=act) is Reason.TOKEN_MALFORMED


def test_what_the_provider_says_of_the_sign_in_is_kept_and_what_it_does_not_say_is_unknown():
    told = read_claims(claims(acr="aal2", amr=["pwd", "hwk"], auth_time=at(-60)), ISSUER, NOW).assurance
    assert (told.acr, told.amr, told.authenticated_at) == ("aal2", ("pwd", "hwk"), datetime.fromtimestamp(at(-60), UTC))
    untold = read_claims(claims(), ISSUER, NOW).assurance
    assert (untold.acr, untold.amr, untold.authenticated_at) == (None, None, None)


@pytest.mark.parametrize(
    "change", [{"acr": 2}, {"amr": "pwd"}, {"amr": [1]}, {"amr": ["x"] * 17}, {"auth_time": "now"}]
)
def test_an_assurance_in_another_form_is_refused(change):
    assert refused(**change) is Reason.TOKEN_MALFORMED
