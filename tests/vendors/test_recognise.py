import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.model import Geo, PlateTerm
from gateway.reasons import Reason
from gateway.vendors import recognise
from tests.vendors.refusals import refused
from tests.vendors.samples import END, FLOCK, LOOKUP, REKOR, SEARCH, START, lookup, raw, search

RADIUS = {"radius": {"latitude": 34.7, "longitude": -92.3, "radius": 5}}
RING = [[-92.3, 34.7], [-92.2, 34.7], [-92.2, 34.8], [-92.3, 34.7]]
AREA = {"area": {"type": "Polygon", "coordinates": [RING]}}


def flock(request, path=LOOKUP):
    return recognise(FLOCK, request, path)


def rekor(request, path="/api/search/plate"):
    return recognise(REKOR, request, path)


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
    ("reason", "purpose"),
    [
        ("criminal_investigation | case 1", "criminal_investigation"),
        ("criminal_investigation: a|b", "criminal_investigation"),
        ("criminal_investigation", "criminal_investigation"),
        ("Tracking vehicle involved with case #103024", None),
        ("CRIM-INV | case 25-001234", None),
        ("ab: too short", None),
        (": nothing before", None),
        ("", None),
    ],
)
def test_the_purpose_is_what_stands_before_the_first_bar_or_colon(reason, purpose):
    assert flock(lookup(reason=reason)).claims.purpose == purpose


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
    "media", ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
def test_utf_8_may_be_said_or_not(media):
    assert flock(lookup(headers=(("content-type", media),))).plate is not None


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"1"])
def test_a_body_that_is_no_object_is_refused(body):
    with refused(Reason.REQUEST_WRONG_TYPE, field="body"):
        flock(lookup(body))


def test_a_field_given_twice_is_refused():
    with refused(Reason.REQUEST_DUPLICATE_FIELD):
        flock(lookup(b'{"plate":"A1","plate":"B2"}'))


@pytest.mark.parametrize("name", ["Plate", "plates", "wildcard", "callbackUrl", "api_key", ""])
def test_an_unknown_field_is_refused_without_being_named(name):
    with refused(Reason.REQUEST_UNKNOWN_FIELD):
        flock(lookup(**{name: "x"}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("plate", 579),
        ("plate", ["FNA579"]),
        ("reason", {"text": "x"}),
        ("caseNumber", 25),
        ("startDate", 1735689600),
        ("state", ["arkansas"]),
        ("limit", "10"),
        ("limit", 10.0),
        ("limit", True),
        ("sort", "desc"),
        ("radius", 5),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(name, value):
    with refused(Reason.REQUEST_WRONG_TYPE, field=name):
        flock(lookup(**{name: value}))


def test_null_is_not_the_same_as_absent():
    with refused(Reason.REQUEST_WRONG_TYPE, field="state"):
        flock(lookup(json.dumps(SEARCH | {"state": None}).encode()))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", 0),
        ("limit", 51),
        ("limit", -1),
        ("limit", 10**30),
        ("state", "Arkansas"),
        ("state", "AR"),
        ("state", "ontario"),
        ("minConfidences", [{}] * 3),
        ("sort", [{}, {}]),
    ],
)
def test_a_value_out_of_range_is_refused_and_never_clamped(name, value):
    with refused(Reason.REQUEST_OUT_OF_RANGE, field=name):
        flock(lookup(**{name: value}))


@pytest.mark.parametrize(
    "time",
    [
        "2025-01-01",
        "2025-01-01 00:00:00Z",
        "2025-01-01T00:00:00",
        "2025-01-01T00:00Z",
        "2025-01-01T00:00:60Z",
        "2025-02-30T00:00:00Z",
        "2025-01-01T00:00:00z",
        "2025-01-01T24:00:00Z",
        "2025-01-01T00:00:00.Z",
        "2025-01-01T00:00:00Z ",
        "\uff12\uff10\uff12\uff15-01-01T00:00:00Z",
        "yesterday",
        "",
    ],
)
def test_a_time_that_is_not_rfc_3339_is_refused(time):
    with refused(Reason.REQUEST_BAD_TIME, field="endDate"):
        flock(lookup(endDate=time))


def test_a_zone_is_taken_into_account_and_fractions_end_at_milliseconds():
    window = flock(lookup(startDate="2025-01-01T02:00:00.123999+02:00")).window
    assert window.start == START.replace(microsecond=123000)


def test_an_unescaped_plus_in_a_query_time_is_refused_and_said_to_be_one():
    with refused(Reason.REQUEST_BAD_TIME, field="start", note="a plus sign stood unescaped in a query string"):
        rekor(search("plate=A1&start=2025-01-01T00:00:00+02:00&end=2025-02-01T00:00:00Z"))


def test_an_escaped_plus_in_a_query_time_is_read():
    query = rekor(search("plate=A1&start=2025-01-01T02:00:00%2B02:00&end=2025-02-01T00:00:00Z"))
    assert query.window.start == START


@pytest.mark.parametrize(
    "plate", ["", " ", "--", "ABC*", "AB%", "ABC?", "\u0410BC123", "ABC\n", "A" * 33, "ABC.1", "A\u00df1"]
)
def test_plate_characters_that_plates_do_not_have_are_refused(plate):
    with refused(Reason.REQUEST_PLATE_CHARACTERS, field="plate"):
        flock(lookup(plate=plate))


def test_a_reason_of_500_characters_is_read_and_one_more_refused():
    assert flock(lookup(reason="x" * 500)).claims.reason_text == "x" * 500
    with refused(Reason.REQUEST_REASON_TOO_LONG, field="reason"):
        flock(lookup(reason="x" * 501))


@pytest.mark.parametrize("reason", ["a\x00b", "a\x1bb", "a\x85b", "a\u2028b"])
def test_control_characters_in_a_reason_are_refused(reason):
    with refused(Reason.REQUEST_MALFORMED, field="reason"):
        flock(lookup(reason=reason))


@pytest.mark.parametrize("case", ["", " 25", "25\n", "x" * 65, "25|1", "25:1", "\uff12\uff15"])
def test_a_case_number_outside_its_form_is_refused(case):
    with refused(Reason.REQUEST_MALFORMED, field="caseNumber"):
        flock(lookup(caseNumber=case))


@pytest.mark.parametrize("missing", ["plate", "reason", "caseNumber"])
def test_what_the_policy_asks_for_may_be_missing_here(missing):
    query = flock(lookup(**{missing: None}))
    assert None in (query.plate, query.claims.reason_text, query.claims.case_number)


def test_an_open_window_stays_open_for_the_policy_to_judge():
    assert rekor(search(start=None)).window.start is None
    assert rekor(search(end=None)).window.end is None
    assert rekor(search(start=None, end=None)).window is None


def test_a_circle_is_a_limit_by_place_with_its_radius():
    query = flock(lookup(radius=RADIUS))
    assert query.geo == Geo(kind="radius", size_miles=5.0)
    assert query.rest == {"radius": RADIUS}


def test_a_polygon_is_a_limit_by_place():
    assert flock(lookup(area=AREA)).geo == Geo(kind="area", size_miles=None)


def test_a_circle_and_a_polygon_at_once_are_refused():
    with refused(Reason.REQUEST_MALFORMED, field="radius"):
        flock(lookup(radius=RADIUS, area=AREA))


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"radius": 2001}, Reason.REQUEST_OUT_OF_RANGE, "radius.radius.radius"),
        ({"radius": 0.5}, Reason.REQUEST_OUT_OF_RANGE, "radius.radius.radius"),
        ({"latitude": 90.1}, Reason.REQUEST_OUT_OF_RANGE, "radius.radius.latitude"),
        ({"latitude": 1e-9}, Reason.REQUEST_OUT_OF_RANGE, "radius.radius.latitude"),
        ({"latitude": "34"}, Reason.REQUEST_WRONG_TYPE, "radius.radius.latitude"),
        ({"height": 1}, Reason.REQUEST_UNKNOWN_FIELD, "radius.radius"),
    ],
)
def test_a_nested_value_is_held_to_its_shape(changes, reason, field):
    with refused(reason, field=field):
        flock(lookup(radius={"radius": RADIUS["radius"] | changes}))


def test_a_nested_value_without_a_member_it_needs_is_refused():
    with refused(Reason.REQUEST_MISSING_FIELD, field="radius.radius.radius"):
        flock(lookup(radius={"radius": {"latitude": 1, "longitude": 1}}))


def test_an_infinite_number_written_as_a_large_one_is_refused():
    body = json.dumps(SEARCH | {"radius": RADIUS}).replace("34.7", "1e999").encode()
    with refused(Reason.REQUEST_OUT_OF_RANGE, field="radius.radius.latitude"):
        flock(lookup(body))


def test_a_search_in_the_query_becomes_a_canonical_query():
    query = rekor(search(topn=25, order="desc", api_key="kabc_x", plate="d26-51bf"))
    assert (query.operation, query.limit, query.rest) == ("plate.search", 25, {"order": "desc"})
    assert query.plate == PlateTerm(text="D2651BF", match="exact", fixed_characters=7, state=None)
    assert (query.window.start, query.window.end) == (START, END)


@pytest.mark.parametrize("name", ["camera", "site"])
def test_a_camera_or_site_is_a_limit_by_place(name):
    assert rekor(search(**{name: 12})).geo == Geo(kind=name, size_miles=None)


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


@pytest.mark.parametrize("topn", ["0", "1001", "20000", "-1"])
def test_a_number_of_results_out_of_range_is_refused(topn):
    with refused(Reason.REQUEST_OUT_OF_RANGE, field="topn"):
        rekor(search(topn=topn))


@pytest.mark.parametrize("topn", ["", "ten", "1e2", "0x10", "\uff11", "1 ", "1.0"])
def test_a_number_of_results_that_is_no_number_is_refused(topn):
    with refused(Reason.REQUEST_WRONG_TYPE, field="topn"):
        rekor(search(topn=topn))


def test_guesses_of_the_reader_are_a_fuzzy_search():
    query = rekor(search(path="/api/search/platecandidate"), "/api/search/platecandidate")
    assert (query.operation, query.plate.match) == ("plate.fuzzy", "fuzzy")


def test_a_wildcard_makes_a_partial_plate_where_the_profile_names_one():
    query = rekor(search(path="/api/search/platecandidate", plate="ab-c**1"), "/api/search/platecandidate")
    assert query.plate == PlateTerm(text="ABC*1", match="partial", fixed_characters=4, state=None)


@pytest.mark.parametrize("plate", ["*", "**", " * "])
def test_a_wildcard_alone_is_no_plate(plate):
    with refused(Reason.REQUEST_PLATE_CHARACTERS, field="plate"):
        rekor(search(path="/api/search/platecandidate", plate=plate), "/api/search/platecandidate")


def test_many_wildcards_are_refused():
    with refused(Reason.REQUEST_OUT_OF_RANGE, field="plate"):
        rekor(search(path="/api/search/platecandidate", plate="A*B*C*D*"), "/api/search/platecandidate")


def test_the_header_fields_are_judged_too():
    with refused(Reason.REQUEST_CONTENT_ENCODING):
        flock(lookup(headers=(("content-type", "application/json"), ("content-encoding", "gzip"))))


@given(st.dictionaries(st.sampled_from([*SEARCH, "state", "limit", "sort", "radius", "x"]), st.none() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=3), max_size=2)))  # fmt: skip
def test_whatever_is_refused_is_refused_in_our_own_words(document):
    try:
        flock(lookup(json.dumps(document).encode()))
    except Refusal as refusal:
        assert refusal.field is None or refusal.field.split(".")[0] in {*FLOCK.by_name["plate.search"].fields, "body"}  # noqa: PT017
