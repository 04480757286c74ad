import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Claims, Context, Declared, Geo, PlateRule, PlateTerm, Query
from gateway.plates import STATES
from gateway.reasons import Reason
from gateway.value import replace
from gateway.vendors import PAGE_LIFE, is_pageable, open_page, seal_page
from gateway.vendors.pages.content import reckon_most_bytes, write_opening
from gateway.vendors.pages.tokens import LONGEST_PAGE_ID, LONGEST_TOKEN
from gateway.vendors.request.build import PAGE_ID
from tests.properties import examples
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


@settings(max_examples=examples(100))
@given(queries, declarations, flock_queries, st.lists(st.sampled_from([rules(), rules("ABC*", ["id", "link"])])))
def test_what_is_sealed_is_what_is_opened(query, declared, narrowed, sets):
    made = replace(
        opening(query=query, narrowed=replace(narrowed, rules=tuple(sets), page_id="p")),
        declared=declared,
    )
    assert opened(seal_page(made, KEY)) == made


@settings(max_examples=examples(100))
@given(queries, declarations, flock_queries, st.lists(st.sampled_from([rules(), rules("ABC*", ["id", "link"])])))
def test_no_content_is_longer_than_is_reckoned_beforehand(query, declared, narrowed, sets):
    made = replace(opening(query=query, narrowed=replace(narrowed, rules=tuple(sets))), declared=declared)
    assert len(write_opening(made)) <= reckon_most_bytes(made)


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


REQUEST_LINE = 8000
"""What a proxy in front takes at the least, with the method, the longest mount and the longest path around the token."""


def largest(*, reason, rules_of, page_id="p" * LONGEST_PAGE_ID, corner=123456789012345):
    """A search with everything that a search can have at its longest."""
    ring = [[-92 - step / 1000 - corner / 1e18, 34 + step / 997 + corner / 1e18] for step in range(32)]
    area = {"area": {"area": {"type": "Polygon", "coordinates": [ring]}}}
    sort = {"sort": [{"field": "capturedAt", "order": "asc"}]}
    made = opening(narrowed=effective(rest=area | sort, rules=rules_of), reason_text=reason, page_id=page_id)
    return replace(made, query=replace(made.query, claims=Claims(reason_text=reason)))


def rules_of_a_plate_in_every_state():
    plate = rules().plates[0]
    days = [START - timedelta(days=number, seconds=number * 7919) for number in range(len(STATES))]
    held = [
        PlateRule(text=plate.text, state=state, not_before=day) for state, day in zip(sorted(STATES), days, strict=True)
    ]
    return (replace(rules(), plates=tuple(held)),)


def test_the_token_of_the_largest_search_fits_into_a_request_line():
    made = largest(reason="\U0001f697" * 500, rules_of=rules_of_a_plate_in_every_state())
    assert is_pageable(made)
    token = seal_page(made, KEY)
    line = f"GET /{'m' * 64}/api/v3/reads/lookup/page/{token} HTTP/1.1\r\n"
    assert len(line) <= REQUEST_LINE
    assert opened(token) == made


reasons = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), max_size=500)


@settings(max_examples=examples(60))
@given(
    reason=st.one_of(reasons, st.binary(min_size=125, max_size=500).map(lambda text: text.hex()[:500])),
    pages=st.lists(st.from_regex(rf"\A{PAGE_ID.pattern}\Z"), min_size=1, max_size=4),
    corner=st.integers(0, 10**15),
    every_state=st.booleans(),
)
def test_a_search_that_may_begin_has_no_page_that_cannot_be_asked_for(reason, pages, corner, every_state):
    held = rules_of_a_plate_in_every_state() if every_state else (rules(),)
    made = largest(reason=reason, rules_of=held, corner=corner)
    if is_pageable(made):
        for page_id in pages:
            token = seal_page(replace(made, page_id=page_id), KEY)
            assert len(token) <= LONGEST_TOKEN
            assert opened(token).page_id == page_id


def test_a_search_whose_pages_would_not_fit_is_seen_before_it_begins():
    noise = "".join(chr(0x4E00 + (number * number * 7919) % 20000) for number in range(2000))
    made = largest(reason=noise, rules_of=rules_of_a_plate_in_every_state())
    assert not is_pageable(made)
    with refused(Reason.INTERNAL_ERROR):
        seal_page(made, KEY)


def test_a_page_id_that_a_vendor_may_use_is_counted_at_its_longest():
    assert PAGE_ID.fullmatch("p" * LONGEST_PAGE_ID)
    assert not PAGE_ID.fullmatch("p" * (LONGEST_PAGE_ID + 1))
