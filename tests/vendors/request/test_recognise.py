import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.model import PlateTerm
from gateway.reasons import Reason
from tests.vendors.refusals import refused
from tests.vendors.samples import END, FLOCK, LOOKUP, SEARCH, START, flock, lookup, raw, rekor, search


def test_a_search_becomes_a_canonical_query():
    query = flock(lookup(plate="fna-579", state="new_jersey", limit=10))
    assert (query.vendor, query.operation, query.limit) == ("flock", "plate.search", 10)
    assert query.plate == PlateTerm(text="FNA579", match="exact", fixed_characters=6, state="NJ")
    assert (query.window.start, query.window.end) == (START, END)
    assert query.claims.purpose == "criminal_investigation"
    assert query.claims.case_number == "25-001234"
    assert query.claims.reason_text == SEARCH["reason"]


def test_a_tools_base_url_may_hold_the_version_or_not():
    assert flock(lookup(), "/reads/lookup") == flock(lookup())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", LOOKUP),
        ("PUT", LOOKUP),
        ("HEAD", LOOKUP),
        ("OPTIONS", LOOKUP),
        ("POST", LOOKUP + "/"),
        ("POST", LOOKUP.upper()),
        ("POST", "/api/v3/hotlists"),
        ("GET", "/api/v3/devices"),
        ("GET", "/api/v3/reads/lookup/page"),
        ("GET", "/api/v3/reads/lookup/page/"),
        ("GET", "/api/v3/reads/lookup/page/a/b"),
        ("POST", "/api/v3/reads/lookup/page/a"),
        ("POST", "/oauth/token"),
        ("GET", "/"),
        ("GET", ""),
    ],
)
def test_a_route_that_no_profile_lists_is_an_unknown_operation(method, path):
    with refused(Reason.UNKNOWN_OPERATION):
        flock(raw(method, LOOKUP, body=b"not even JSON"), path)


def test_a_page_carries_its_token_and_nothing_else():
    query = flock(raw("GET", f"{LOOKUP}/page/tok-en_1"), f"{LOOKUP}/page/tok-en_1")
    assert (query.operation, query.page, query.plate, query.window) == ("plate.page", "tok-en_1", None, None)


@pytest.mark.parametrize("query", ["?", "?plate=A1"])
def test_a_page_takes_no_query(query):
    with refused(Reason.REQUEST_QUERY_NOT_ALLOWED):
        flock(raw("GET", f"{LOOKUP}/page/t{query}"), f"{LOOKUP}/page/t")


@pytest.mark.parametrize("query", ["?", "?x=1", "?_method=GET"])
def test_a_query_on_post_is_refused(query):
    with refused(Reason.REQUEST_QUERY_NOT_ALLOWED):
        flock(lookup(target=LOOKUP + query))


@pytest.mark.parametrize("name", ["api_key", "access_token", "company_id"])
def test_a_vendor_credential_in_the_query_is_refused(name):
    with refused(Reason.REQUEST_VENDOR_CREDENTIAL, field="query"):
        flock(lookup(target=f"{LOOKUP}?{name}=secret"))


@pytest.mark.parametrize("name", ["company_id", "secret_key"])
def test_a_vendor_credential_beside_the_gateway_key_is_refused(name):
    with refused(Reason.REQUEST_VENDOR_CREDENTIAL, field="query"):
        rekor(search(f"api_key=kabc_x&plate=A1&{name}=secret"))


@pytest.mark.parametrize(
    "media",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; x=y",
        "application/json;",
        "application/jsonx",
        "",
    ],
)
def test_another_content_type_is_refused(media):
    with refused(Reason.REQUEST_MEDIA_TYPE):
        flock(lookup(headers=(("content-type", media),)))


def test_a_missing_content_type_is_refused():
    with refused(Reason.REQUEST_MEDIA_TYPE):
        flock(lookup(headers=()))


@pytest.mark.parametrize(
    "media",
    ["application/json", "Application/JSON", "application/json ; charset=utf-8", 'Application/JSON;charset="UTF-8"'],
)
def test_capitals_in_a_content_type_make_no_difference_and_utf_8_may_be_said_or_not(media):
    assert flock(lookup(headers=(("content-type", media),))).plate is not None


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"1"])
def test_a_body_that_is_no_object_is_refused(body):
    with refused(Reason.REQUEST_WRONG_TYPE, field="body"):
        flock(lookup(body))


def test_a_field_given_twice_is_refused():
    with refused(Reason.REQUEST_DUPLICATE_FIELD, field="plate"):
        flock(lookup(b'{"plate":"A1","plate":"B2"}'))


@pytest.mark.parametrize("name", ["Plate", "plates", "wildcard", "callbackUrl", "api_key", ""])
def test_an_unknown_field_is_refused_without_being_named(name):
    with refused(Reason.REQUEST_UNKNOWN_FIELD):
        flock(lookup(**{name: "x"}))


@pytest.mark.parametrize("missing", ["plate", "reason", "caseNumber"])
def test_what_the_policy_asks_for_may_be_missing_here(missing):
    query = flock(lookup(**{missing: None}))
    assert None in (query.plate, query.claims.reason_text, query.claims.case_number)


def test_a_search_in_the_query_becomes_a_canonical_query():
    query = rekor(search(topn=25, order="desc", api_key="kabc_x", plate="d26-51bf"))
    assert (query.operation, query.limit, query.rest) == ("plate.search", 25, {"order": "desc"})
    assert query.plate == PlateTerm(text="D2651BF", match="exact", fixed_characters=7, state=None)
    assert (query.window.start, query.window.end) == (START, END)


def test_a_body_on_get_is_refused():
    with refused(Reason.REQUEST_BODY_NOT_ALLOWED):
        rekor(search(body=b"{}"))


def test_a_parameter_given_twice_is_refused_even_if_equal():
    with refused(Reason.REQUEST_DUPLICATE_FIELD, field="plate"):
        rekor(search("plate=A1&plate=A1"))


@pytest.mark.parametrize("query", ["format=csv", "wildcard=1", "PLATE=A1", "_method=POST"])
def test_an_unknown_parameter_is_refused(query):
    with refused(Reason.REQUEST_UNKNOWN_FIELD):
        rekor(search(query))


def test_guesses_of_the_reader_are_a_fuzzy_search():
    query = rekor(search(path="/api/search/platecandidate"), "/api/search/platecandidate")
    assert (query.operation, query.plate.match) == ("plate.fuzzy", "fuzzy")


def test_the_header_fields_are_judged_too():
    with refused(Reason.REQUEST_CONTENT_ENCODING):
        flock(lookup(headers=(("content-type", "application/json"), ("content-encoding", "gzip"))))


@given(st.dictionaries(st.sampled_from([*SEARCH, "state", "limit", "sort", "radius", "x"]), st.none() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=3), max_size=2)))  # fmt: skip
def test_whatever_is_refused_is_refused_in_our_own_words(document):
    try:
        flock(lookup(json.dumps(document).encode()))
    except Refusal as refusal:
        assert refusal.field is None or refusal.field.split(".")[0] in {*FLOCK.by_name["plate.search"].fields, "body"}  # noqa: PT017
