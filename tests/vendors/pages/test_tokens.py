import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Claims, Context, Declared, Geo, PlateTerm, Query
from gateway.reasons import Reason
from gateway.vendors import PAGE_LIFE, open_page, seal_page
from gateway.vendors.request.target import MAX_TARGET
from tests.vendors.refusals import refused
from tests.vendors.samples import (
    END,
    NOW,
    START,
    cases,
    effective,
    flock_queries,
    opening,
    plate_texts,
    purposes,
    rules,
    windows,
)

KEY = b"k" * 32
WHO = {"user_id": "u17", "key_id": "kabcdefabcdef", "mount": "flock"}


def opened(token, *, key=KEY, now=NOW, **who):
    return open_page(token, key, now=now, **(WHO | who))


terms = st.builds(
    PlateTerm,
    text=plate_texts,
    match=st.sampled_from(["exact", "partial", "fuzzy"]),
    fixed_characters=st.integers(1, 8),
    state=st.none() | st.just("AR"),
)
contexts = st.builds(
    Context,
    context_id=st.just("c1"),
    user_id=st.just("u17"),
    mount=st.just("flock"),
    purpose=purposes,
    case_number=cases,
    declared_at=st.just(START),
    expires_at=st.just(END),
)
declarations = st.builds(
    Declared,
    purpose=st.none() | purposes,
    purpose_source=st.none() | st.just("context"),
    case_number=st.none() | cases,
    case_source=st.none() | st.just("header"),
    reason_text=st.none() | st.text(max_size=20),
    context=st.none() | contexts,
)
queries = st.builds(
    Query,
    vendor=st.just("flock"),
    operation=st.just("plate.search"),
    plate=st.none() | terms,
    window=st.none() | windows,
    limit=st.none() | st.integers(1, 50),
    geo=st.none() | st.builds(Geo, kind=st.just("radius"), size_miles=st.none() | st.floats(1, 2000)),
    claims=st.builds(Claims, purpose=st.none() | purposes, reason_text=st.none() | st.text(max_size=20)),
    rest=st.just({}) | st.just({"sort": [{"field": "capturedAt", "order": "asc"}]}),
)


@settings(max_examples=100)
@given(queries, declarations, flock_queries, st.lists(st.sampled_from([rules(), rules("ABC*", ["id", "link"])])))
def test_what_is_sealed_is_what_is_opened(query, declared, narrowed, sets):
    made = replace(
        opening(query=query, narrowed=replace(narrowed, rules=tuple(sets), page_id="p")),
        declared=declared,
    )
    assert opened(seal_page(made, KEY)) == made


@pytest.mark.parametrize("other", [{"user_id": "u18"}, {"key_id": "kother"}, {"mount": "rekor"}, {"key": b"o" * 32}])
def test_a_token_opens_for_nobody_else(other):
    with refused(Reason.PAGE_UNKNOWN):
        opened(seal_page(opening(), KEY), **other)


def test_person_key_and_mount_cannot_be_shifted_into_one_another():
    token = seal_page(opening(user_id="u1", key_id="7k"), KEY)
    with refused(Reason.PAGE_UNKNOWN):
        opened(token, user_id="u17", key_id="k")


def test_any_changed_character_closes_the_token():
    token = seal_page(opening(), KEY)
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        with refused(Reason.PAGE_UNKNOWN):
            opened(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize(
    "token", ["", "a", "a" * 39, "a" * 100, "a" * 9000, "=" * 60, "é" * 60, "a.b" * 20, "../" * 20]
)
def test_what_is_no_token_of_ours_is_unknown(token):
    with refused(Reason.PAGE_UNKNOWN):
        opened(token)


def test_a_token_ends_at_its_time():
    token = seal_page(opening(expires_at=NOW + PAGE_LIFE), KEY)
    opened(token, now=NOW + PAGE_LIFE - timedelta(seconds=1))
    with refused(Reason.PAGE_UNKNOWN, note="the page token has expired"):
        opened(token, now=NOW + PAGE_LIFE)


def test_a_token_that_would_live_too_long_is_unknown():
    with refused(Reason.PAGE_UNKNOWN):
        opened(seal_page(opening(expires_at=NOW + timedelta(hours=2)), KEY))


def test_nothing_can_be_read_in_a_token_and_no_two_are_alike():
    first, second = seal_page(opening(), KEY), seal_page(opening(), KEY)
    assert first != second
    assert re.fullmatch(r"[A-Za-z0-9_-]+", first)
    assert "FNA579" not in first


def test_the_token_of_the_largest_search_fits_into_a_request_line():
    ring = [[-92.123456789012345 + step / 1000, 34.123456789012345] for step in range(32)]
    rest = {
        "area": {"area": {"type": "Polygon", "coordinates": [ring]}},
        "sort": [{"field": "capturedAt", "order": "asc"}],
    }
    reason = "\U0001f697" * 500
    narrowed = effective(rest=rest, rules=(rules(),) * 2)
    made = opening(narrowed=narrowed, reason_text=reason, page_id="p" * 512)
    made = replace(made, query=replace(made.query, claims=Claims(reason_text=reason)))
    token = seal_page(made, KEY)
    assert len(token) < MAX_TARGET - 200
    assert opened(token) == made
