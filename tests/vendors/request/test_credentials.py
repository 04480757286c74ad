import pytest

from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.vendors import find_credential
from tests.vendors.refusals import refused
from tests.vendors.samples import FLOCK, REKOR, raw, search

BEARER = ("authorization", "Bearer kabc_secret")


@pytest.mark.parametrize("value", ["Bearer kabc_secret", "bearer  kabc_secret", " Bearer kabc_secret\t"])
def test_a_bearer_is_found_in_the_header(value):
    assert find_credential(FLOCK, raw(headers=(("authorization", value),))) == "kabc_secret"


def test_a_key_is_found_in_the_query_however_its_name_is_escaped():
    assert find_credential(REKOR, search("api_key=kabc_secret&plate=A1")) == "kabc_secret"
    assert find_credential(REKOR, search("plate=A1&api%5Fkey=kabc%5Fsecret")) == "kabc_secret"


@pytest.mark.parametrize("request_", [raw(), raw("GET", "/x?api_key=kabc_secret")])
def test_a_credential_in_another_vendors_place_is_none(request_):
    assert find_credential(FLOCK, request_) is None


def test_without_query_there_is_no_key():
    assert find_credential(REKOR, raw("GET", "/api/search/plate")) is None


@pytest.mark.parametrize("query", ["api_key=a&api_key=b", "api_key=a&api_key=a", "api_key=a&api%5fkey=b"])
def test_two_keys_are_ambiguous_even_if_equal(query):
    with refused(Reason.CREDENTIAL_AMBIGUOUS) as caught:
        find_credential(REKOR, search(query))
    assert caught.value.hint == "The parameter api_key= came 2 times."


def test_a_key_in_the_query_beside_a_bearer_is_ambiguous():
    with refused(Reason.CREDENTIAL_AMBIGUOUS) as caught:
        find_credential(REKOR, search("api_key=a", headers=(BEARER,)))
    assert caught.value.hint == "They stand in api_key= and in the Authorization header: leave the header out."


def test_two_authorization_headers_are_ambiguous_even_if_equal():
    with refused(Reason.CREDENTIAL_AMBIGUOUS) as caught:
        find_credential(FLOCK, raw(headers=(BEARER, BEARER)))
    assert caught.value.hint == "The Authorization header came twice."


@pytest.mark.parametrize(
    "value", ["Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "kabc_secret", "Bearer a,b", "Bearer \xe9"]
)
def test_anything_but_a_bearer_is_invalid_and_told_how_the_header_is_written(value):
    with refused(Reason.CREDENTIAL_INVALID, note="not a Bearer authorization") as caught:
        find_credential(FLOCK, raw(headers=(("authorization", value),)))
    assert caught.value.hint.startswith("The header is Authorization: Bearer")


def test_a_bearer_alone_is_not_where_a_query_vendor_looks():
    assert find_credential(REKOR, search("plate=A1", headers=(BEARER,))) is None


@pytest.mark.parametrize(
    "headers", [(("authorization", "Basic YTpi"),), (("authorization", "kabc_secret"),), (BEARER, BEARER)]
)
def test_a_header_in_any_form_where_the_key_belongs_into_a_parameter_is_to_be_left_out(headers):
    with pytest.raises(Refusal) as caught:
        find_credential(REKOR, search("api_key=a", headers=headers))
    assert caught.value.hint == "Here the key stands in api_key= alone: leave the Authorization header out."
