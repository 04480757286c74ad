"""Purpose and case: one answer from three sources, or none."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.identity import declare, header_claims
from gateway.identity.declared import SEARCH
from gateway.model import EMERGENCY, Claims, Context
from gateway.reasons import Reason
from tests.identity.samples import NOW, request

CIVIL, CRIMINAL = "civil_immigration_enforcement", "criminal_investigation"


def context(purpose=CIVIL, case="25-1", **changes):
    declared = {
        "context_id": "c1",
        "user_id": "u17",
        "mount": "rekor",
        "purpose": purpose,
        "case_number": case,
        "declared_at": NOW - timedelta(hours=1),
        "expires_at": NOW + timedelta(hours=1),
    }
    return Context(**(declared | changes))


def declaring(header=None, vendor=None, kept=None):
    return declare(header or Claims(), vendor or Claims(), kept, now=NOW)


def test_nothing_said_is_nothing_declared():
    said = declaring()
    assert (said.purpose, said.purpose_source, said.case_number, said.case_source, said.context) == (None,) * 5


@pytest.mark.parametrize(
    ("sources", "purpose_source"),
    [
        ({"header": Claims(purpose=CIVIL)}, "header"),
        ({"vendor": Claims(purpose=CIVIL)}, "vendor_field"),
        ({"kept": context()}, "context"),
        ({"vendor": Claims(purpose=CIVIL), "kept": context()}, "vendor_field"),
        ({"header": Claims(purpose=CIVIL), "vendor": Claims(purpose=CIVIL), "kept": context()}, "header"),
    ],
)
def test_the_purpose_comes_from_the_first_source_that_says_one(sources, purpose_source):
    said = declaring(**sources)
    assert (said.purpose, said.purpose_source) == (CIVIL, purpose_source)


def test_purpose_and_case_may_come_from_different_sources():
    said = declaring(Claims(purpose=CIVIL), Claims(case_number="25-1"))
    assert (said.purpose_source, said.case_source) == ("header", "vendor_field")


@pytest.mark.parametrize(
    "sources",
    [
        {"header": Claims(purpose=CIVIL), "vendor": Claims(purpose=CRIMINAL)},
        {"header": Claims(purpose=CRIMINAL), "kept": context(CIVIL)},
        {"vendor": Claims(purpose=CRIMINAL), "kept": context(CIVIL)},
        {"header": Claims(purpose=CIVIL), "vendor": Claims(purpose=CIVIL), "kept": context(CRIMINAL)},
    ],
)
def test_two_purposes_that_differ_are_refused(sources):
    with pytest.raises(Refusal) as refused:
        declaring(**sources)
    assert refused.value.reason is Reason.PURPOSE_AMBIGUOUS


@pytest.mark.parametrize(
    "sources",
    [
        {"header": Claims(case_number="25-1"), "vendor": Claims(case_number="25-2")},
        {"header": Claims(case_number="25-2"), "kept": context(case="25-1")},
        {"vendor": Claims(case_number="25-01"), "kept": context(case="25-1")},
    ],
)
def test_two_case_numbers_that_differ_are_refused(sources):
    with pytest.raises(Refusal) as refused:
        declaring(**sources)
    assert refused.value.reason is Reason.CASE_AMBIGUOUS


def test_who_contradicts_a_context_is_told_when_they_declared_it_and_that_it_can_be_ended():
    for header in (Claims(purpose=CRIMINAL), Claims(case_number="25-2")):
        with pytest.raises(Refusal) as refused:
            declaring(header, kept=context())
        declared = (
            f"the context that you declared at {NOW - timedelta(hours=1):%H:%M} UTC (GET /gateway/contexts: end it"
        )
        assert declared in refused.value.hint


def test_an_expired_context_says_nothing():
    ended = context(expires_at=NOW)
    assert declaring(kept=ended).purpose is None
    assert declaring(Claims(purpose=CRIMINAL, case_number="9"), kept=ended).purpose == CRIMINAL


def test_the_context_is_kept_only_where_something_came_from_it():
    assert declaring(kept=context()).context == context()
    assert declaring(Claims(purpose=CIVIL), kept=context()).context == context()
    assert declaring(Claims(purpose=CIVIL, case_number="25-1"), kept=context()).context is None


def test_the_reason_is_the_vendor_fields():
    assert declaring(vendor=Claims(reason_text="as told")).reason_text == "as told"


def test_headers_are_read_in_their_form():
    raw = request(b"", ("x-lpr-purpose", CIVIL), ("x-lpr-case", "25-001234/A b.c"))
    assert header_claims(raw) == Claims(purpose=CIVIL, case_number="25-001234/A b.c")
    assert header_claims(request()) == Claims()


@pytest.mark.parametrize("value", ["", "ab", "Civil", "civil-x", "a1b", "x" * 65, "civil\n", "_civil", "c\u0131vil"])
def test_a_purpose_header_in_another_form_is_refused(value):
    with pytest.raises(Refusal) as refused:
        header_claims(request(b"", ("x-lpr-purpose", value)))
    assert (refused.value.reason, refused.value.field) == (Reason.REQUEST_MALFORMED, "X-LPR-Purpose")


@pytest.mark.parametrize("value", ["", " 25", "25 ", "-25", "x" * 65, "25|1", "25\n", "25;1", "\u0662\u0665"])
def test_a_case_header_in_another_form_is_refused(value):
    with pytest.raises(Refusal) as refused:
        header_claims(request(b"", ("x-lpr-case", value)))
    assert (refused.value.reason, refused.value.field) == (Reason.REQUEST_MALFORMED, "X-LPR-Case")


@pytest.mark.parametrize(
    ("wrong", "field"), [(Claims(case_number="25\n1"), "case_number"), (Claims(purpose="A b"), "purpose")]
)
def test_a_vendor_field_in_another_form_is_refused_without_being_repeated(wrong, field):
    with pytest.raises(Refusal) as refused:
        declaring(vendor=wrong)
    assert (refused.value.reason, refused.value.field) == (Reason.REQUEST_MALFORMED, field)


claims = st.builds(
    Claims, purpose=st.sampled_from([None, CIVIL, CRIMINAL]), case_number=st.sampled_from([None, "1", "2"])
)
contexts = st.none() | st.builds(context, st.sampled_from([CIVIL, CRIMINAL]), st.sampled_from(["1", "2"]))


@given(claims, claims, contexts)
def test_what_is_declared_is_what_every_source_that_speaks_says(header, vendor, kept):
    sources = [source for source in (header, vendor, kept) if source is not None]
    purposes = {source.purpose for source in sources} - {None}
    cases = {source.case_number for source in sources} - {None}
    if len(purposes) > 1 or len(cases) > 1:
        with pytest.raises(Refusal):
            declaring(header, vendor, kept)
        return
    said = declaring(header, vendor, kept)
    assert {said.purpose} - {None} == purposes
    assert {said.case_number} - {None} == cases


@pytest.mark.parametrize("source", ["header", "context"])
def test_an_emergency_that_is_claimed_elsewhere_leaves_the_statements_first_word_to_the_statement(source):
    claimed = Claims(purpose=EMERGENCY) if source == "header" else Claims()
    kept = None if source == "header" else context(EMERGENCY, "1")
    stated = Claims(purpose="kidnapping", reason_text="kidnapping: child taken")
    said = declare(claimed, stated, kept, now=NOW, circumstances=("kidnapping", "escape"))
    assert (said.purpose, said.purpose_source, said.circumstance) == (EMERGENCY, source, "kidnapping")
    for other in (Claims(purpose=CRIMINAL), Claims(purpose="flood")):
        with pytest.raises(Refusal) as refused:
            declare(claimed, other, kept, now=NOW, circumstances=("kidnapping", "escape"))
        assert refused.value.reason is Reason.PURPOSE_AMBIGUOUS


@pytest.mark.parametrize("written", ["kidnapping: a child", "Kidnapping: a child", "KIDNAPPING | a child"])
def test_a_circumstance_counts_in_whatever_letters_it_is_written(written):
    reason = f"{EMERGENCY}: {written}"
    said = declare(
        Claims(), Claims(purpose=EMERGENCY, reason_text=reason), None, now=NOW, circumstances=("kidnapping",)
    )
    assert (said.circumstance, said.written) == ("kidnapping", "a child")


def test_a_circumstance_is_a_purpose_like_any_other_word_where_no_emergency_is_claimed():
    with pytest.raises(Refusal) as refused:
        declare(Claims(purpose=CRIMINAL), Claims(purpose="escape"), None, now=NOW, circumstances=("escape",))
    assert refused.value.reason is Reason.PURPOSE_AMBIGUOUS


@pytest.mark.parametrize("text", ["burglary", " burglary "])
def test_a_word_that_is_the_whole_field_and_means_no_purpose_is_a_reason_where_another_source_says_the_purpose(text):
    alone = Claims(purpose="burglary", reason_text=text)
    said = declare(Claims(purpose=CRIMINAL), alone, None, now=NOW, may_mean_purpose=lambda word: word != "burglary")
    assert (said.purpose, said.purpose_source, said.reason_text) == (CRIMINAL, "header", text)
    alone_everywhere = declare(Claims(), alone, None, now=NOW, may_mean_purpose=lambda _: False)
    assert (alone_everywhere.purpose, alone_everywhere.purpose_source) == ("burglary", "vendor_field")


def test_what_is_said_beside_a_page_is_held_against_the_search_whose_page_it_is():
    opened, said = Claims(purpose=None, case_number="25-001"), Claims(purpose=None, case_number="25-002")
    with pytest.raises(Refusal) as refused:
        declare(said, opened, None, now=NOW, said_in=SEARCH)
    assert refused.value.hint is not None
    assert "the header X-LPR-Case; the search whose page this is" in refused.value.hint


def test_a_word_that_begins_an_emergencys_statement_and_is_no_purpose_is_left_to_the_policy_to_judge():
    said = declare(
        Claims(purpose=EMERGENCY),
        Claims(purpose="kidnaping", reason_text="kidnaping: a child"),
        None,
        now=NOW,
        circumstances=("kidnapping",),
        may_mean_purpose=lambda word: word in (CIVIL, CRIMINAL),
    )
    assert (said.purpose, said.circumstance, said.reason_text) == (EMERGENCY, "kidnaping", "kidnaping: a child")
