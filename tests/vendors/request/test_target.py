import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.vendors.request.target import MAX_TARGET, parameters, split_target
from tests.vendors.refusals import refused

NOT_CANONICAL = [
    "",
    "*",
    "http://vendor.example/api",
    "vendor.example:443",
    "//admin/reads",
    "/a//b",
    "/a/../b",
    "/a/./b",
    "/..",
    "/a/.",
    "/%61dmin",
    "/a%2fb",
    "/a%2Fb",
    "/a/%2e%2e/b",
    "/a\\b",
    "/a%5cb",
    "/a\tb",
    "/a\x00b",
    "/a b",
    "/a#b",
    "/é",
    "?a=b",
]


@pytest.mark.parametrize("target", NOT_CANONICAL)
def test_a_path_that_is_not_in_its_plain_form_is_refused(target):
    with refused(Reason.REQUEST_PATH_NOT_CANONICAL):
        split_target(target)


def test_a_double_slash_is_told_to_come_of_a_base_url_that_ends_with_one():
    for target, is_told in (("/flock//api/v3/reads/lookup", True), ("//api/search/plate", True), ("/a/../b", False)):
        with pytest.raises(Refusal) as refusal:
            split_target(target)
        assert ("base URL without it" in (refusal.value.hint or "")) is is_told


def test_a_target_longer_than_any_token_needs_is_refused():
    with refused(Reason.REQUEST_TOO_LARGE, field="target"):
        split_target("/" + "a" * MAX_TARGET)


def test_no_query_and_an_empty_query_are_told_apart():
    assert split_target("/a").query is None
    assert split_target("/a?").query == ""


@pytest.mark.parametrize("query", ["a=b&", "&a=b", "a=b&&c=d", "a"])
def test_what_is_no_pair_is_told_how_pairs_are_written(query):
    with pytest.raises(Refusal) as refusal:
        parameters(query)
    assert (refusal.value.reason, refusal.value.field) == (Reason.REQUEST_MALFORMED, "query")
    assert "with one & between two of them" in str(refusal.value.hint)


@pytest.mark.parametrize("query", ["a=b c", "a=é", "a=\x00", 'a="b"', "a=b#c", "a=<b>", "a=b\\c"])
def test_a_query_with_characters_that_must_be_escaped_is_told_that(query):
    with pytest.raises(Refusal) as refusal:
        split_target("/a?" + query)
    assert (refusal.value.reason, refusal.value.field) == (Reason.REQUEST_MALFORMED, "query")
    assert "must be escaped" in str(refusal.value.hint)


@pytest.mark.parametrize(
    "query", ["a", "=b", "a=b&", "&a=b", "a=b&&c=d", "a=%", "a=%4", "a=%zz", "a=%ff", "a=%ed%a0%80"]
)
def test_a_broken_query_is_refused(query):
    with refused(Reason.REQUEST_MALFORMED, field="query"):
        parameters(query)


@pytest.mark.parametrize(
    ("query", "told"), [("a=%", "write the sign itself as %25"), ("a=%4z", "as %25"), ("a=%ff", "is not UTF-8")]
)
def test_a_broken_escape_is_told_how_escapes_are_written(query, told):
    with pytest.raises(Refusal) as refusal:
        parameters(query)
    assert told in str(refusal.value.hint)


@pytest.mark.parametrize("query", ["start=2025-01-01T00:00:00Z", "start=2025-01-01T00%3A00%3a00Z"])
def test_a_colon_may_be_escaped_or_not(query):
    assert parameters(query) == [("start", "2025-01-01T00:00:00Z")]


def test_an_escape_is_decoded_once_only():
    assert parameters("a=%2541") == [("a", "%41")]


def test_an_escaped_name_is_the_name():
    assert parameters("api%5Fkey=x") == [("api_key", "x")]


def test_a_plus_sign_is_a_space_and_an_escaped_one_is_a_plus_sign():
    assert parameters("a=b+c&d=b%2Bc") == [("a", "b c"), ("d", "b+c")]


def test_a_second_value_stays_visible():
    assert parameters("a=1&a=2") == [("a", "1"), ("a", "2")]


@given(st.text(max_size=30))
def test_whatever_path_is_accepted_has_no_second_reading(text):
    try:
        path = split_target("/" + text).path
    except Exception:  # noqa: BLE001 - refused, whatever the reason
        return
    assert not set(path) & set("%\\?# ")
    assert "//" not in path
    assert not {".", ".."} & set(path.split("/"))
    assert path.isascii()
    assert path.isprintable()
