"""Whose bearer token counts, and that nothing about one is believed before its signature holds."""

import base64
import hmac
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.identity.bearer import LONGEST, is_bearer_token
from gateway.reasons import Reason
from gateway.value import replace
from tests.identity.issuers import EC, EC_OTHER, ED, ISSUER, OTHER, RSA, Published, claims, token, tokens
from tests.identity.samples import NOW, SECRET


def refused(text, judge=None, now=NOW):
    with pytest.raises(Refusal) as error:
        (judge or tokens()).verify(text, now)
    return error.value.reason


def part(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize("key", [EC, RSA, ED], ids=["ES256", "RS256", "EdDSA"])
def test_a_token_with_a_listed_algorithm_is_the_person_it_names(key):
    assert tokens(published=Published(a=key)).verify(token(key), NOW).claims.user_id == "u17"


def test_a_token_of_another_key_under_the_same_id_is_not_proved():
    assert refused(token(EC_OTHER)) is Reason.TOKEN_SIGNATURE


def test_a_token_of_one_issuer_is_not_proved_by_the_key_of_another_with_the_same_id():
    judge = tokens(ISSUER, Published(a=EC), (OTHER, Published(a=EC_OTHER)))
    assert judge.verify(token(EC_OTHER, iss=OTHER.issuer), NOW).issuer == OTHER.issuer
    assert refused(token(EC_OTHER), judge) is Reason.TOKEN_SIGNATURE


@pytest.mark.parametrize(
    "named", ["https://login.example/", "HTTPS://login.example", "https://elsewhere.example", "", None, 7]
)
def test_an_issuer_that_is_not_listed_letter_by_letter_is_refused(named):
    assert refused(token(iss=named)) is Reason.TOKEN_ISSUER


def test_a_token_signed_with_the_public_key_as_a_shared_secret_is_refused():
    signed = f"{part({'alg': 'HS256', 'kid': 'a'})}.{part(claims())}"
    digest = hmac.digest(RSA.as_pem(private=False), signed.encode(), "sha256")
    forged = f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
    assert refused(forged, tokens(published=Published(a=RSA))) is Reason.TOKEN_SIGNATURE


def test_a_token_without_a_signature_is_refused():
    assert refused(f"{part({'alg': 'none', 'kid': 'a'})}.{part(claims())}.") is Reason.TOKEN_SIGNATURE


@pytest.mark.parametrize("field", ["jwk", "jku", "x5u", "x5c"])
def test_a_token_that_brings_a_key_of_its_own_is_refused(field):
    brought = {"jwk": EC_OTHER.as_dict(private=False), "x5c": ["MII"]}.get(field, "https://evil.example/keys")
    assert refused(token(EC_OTHER, header={field: brought})) is Reason.TOKEN_SIGNATURE


def test_an_algorithm_that_the_issuer_does_not_list_is_refused():
    narrow = replace(ISSUER, algorithms=("RS256",))
    assert refused(token(EC), tokens(narrow)) is Reason.TOKEN_SIGNATURE


def test_a_critical_header_that_nobody_knows_is_refused():
    assert refused(token(header={"crit": ["urgent"], "urgent": True})) is Reason.TOKEN_SIGNATURE


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", "application/at+jwt", None])
def test_the_usual_types_of_a_token_are_taken(kind):
    assert tokens().verify(token(header={"typ": kind}), NOW)


def test_a_token_of_another_type_is_refused():
    assert refused(token(header={"typ": "logout+jwt"})) is Reason.TOKEN_MALFORMED


def test_a_token_without_a_key_id_counts_only_where_there_is_one_key():
    nameless = token(header={"kid": None})
    assert tokens().verify(nameless, NOW)
    assert refused(nameless, tokens(published=Published(a=EC, b=RSA))) is Reason.TOKEN_SIGNATURE


def test_a_token_longer_than_8_kilobytes_is_refused():
    assert refused(token(padding="x" * LONGEST)) is Reason.TOKEN_MALFORMED


def test_a_token_that_was_proved_is_not_proved_again_and_still_ends():
    published = Published(a=EC)
    judge = tokens(published=published)
    text = token()
    assert judge.verify(text, NOW) is judge.verify(text, NOW + timedelta(minutes=5))
    assert refused(text, judge, NOW + timedelta(hours=1, seconds=ISSUER.skew_s)) is Reason.TOKEN_EXPIRED


def test_a_token_that_was_proved_falls_with_the_key_that_proved_it():
    published = Published(a=EC)
    judge, text = tokens(published=published), token()
    assert judge.verify(text, NOW)
    published.keys, published.ticks = {"b": EC_OTHER}, ISSUER.key_age_s + 1.0
    assert refused(text, judge) is Reason.TOKEN_SIGNATURE


def test_a_token_that_was_proved_does_not_outlive_the_time_that_keys_stay_good():
    published = Published(a=EC)
    judge, text = tokens(published=published), token(exp=int((NOW + timedelta(days=2)).timestamp()))
    assert judge.verify(text, NOW)
    published.up, published.ticks = False, ISSUER.keys_good_s + 1.0
    assert refused(text, judge) is Reason.ISSUER_UNAVAILABLE


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=5))
def test_a_token_with_any_one_bit_changed_is_never_proved(place, bit):
    characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    whole = token()
    place %= len(whole) - 1  # the last character of a signature holds bits that say nothing
    changed = characters[characters.find(whole[place]) ^ 1 << bit] if whole[place] != "." else "A"
    with pytest.raises(Refusal):
        tokens().verify(whole[:place] + changed + whole[place + 1 :], NOW)


@pytest.mark.parametrize("text", ["a.b", "....", "a.b.c", "", "eyJ.eyJ.x", "é.é.é", ".." * 3, "e30.e30.", "W10.W10.x"])
def test_what_is_no_token_is_refused(text):
    assert refused(text) in {Reason.TOKEN_MALFORMED, Reason.TOKEN_ISSUER}


def test_a_gateway_key_is_never_taken_for_a_token():
    assert not is_bearer_token(SECRET)
    assert not is_bearer_token(f"{SECRET}.")  # copied with the full stop of a sentence
    assert is_bearer_token(token())
    assert is_bearer_token(token().rpartition(".")[0])
