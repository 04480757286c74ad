import pytest

from gateway.model import PlateTerm
from gateway.reasons import Reason
from gateway.vendors.request.terms import state_code
from tests.vendors.refusals import refused
from tests.vendors.samples import FLOCK, START, flock, lookup, rekor, search


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
    "time",
    [
        "2025-01-01",
        "2025-01-01 00:00:00Z",
        "2025-01-01T00:00:00",
        "2025-01-01T00:00Z",
        "2025-01-01T00:00:60Z",
        "2025-02-30T00:00:00Z",
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


@pytest.mark.parametrize("plate", ["", " ", "--", "ABC*", "AB%", "ABC?", "\u0410BC123", "ABC\n", "ABC.1", "A\u00df1"])
def test_plate_characters_that_plates_do_not_have_are_refused(plate):
    with refused(Reason.REQUEST_PLATE_CHARACTERS, field="plate"):
        flock(lookup(plate=plate))


def test_a_plate_of_more_than_32_characters_is_told_to_be_too_long():
    with refused(Reason.REQUEST_OUT_OF_RANGE, field="plate") as caught:
        flock(lookup(plate="A" * 33))
    assert caught.value.hint == "Allowed: at most 32 characters."
    assert flock(lookup(plate="A" * 32)).plate.fixed_characters == 32


def test_a_reason_of_500_characters_is_read_and_one_more_refused():
    assert flock(lookup(reason="x" * 500)).claims.reason_text == "x" * 500
    with refused(Reason.REQUEST_REASON_TOO_LONG, field="reason"):
        flock(lookup(reason="x" * 501))


@pytest.mark.parametrize("reason", ["a\x00b", "a\x1bb", "a\x85b", "a\u2028b"])
def test_control_characters_in_a_reason_are_refused_with_what_is_meant(reason):
    with refused(Reason.REQUEST_MALFORMED, field="reason") as refusal:
        flock(lookup(reason=reason))
    assert "a character that cannot be seen" in refusal.value.hint


@pytest.mark.parametrize("case", ["", " 25", "25 ", "25\n", "x" * 65, "25|1", "25:1", "\uff12\uff15"])
def test_a_case_number_outside_its_form_is_refused(case):
    with refused(Reason.REQUEST_MALFORMED, field="caseNumber"):
        flock(lookup(caseNumber=case))


def test_an_open_window_stays_open_for_the_policy_to_judge():
    assert rekor(search(start=None)).window.start is None
    assert rekor(search(end=None)).window.end is None
    assert rekor(search(start=None, end=None)).window is None


def test_a_wildcard_makes_a_partial_plate_where_the_profile_names_one():
    query = rekor(search(path="/api/search/platecandidate", plate="ab-c*1"), "/api/search/platecandidate")
    assert query.plate == PlateTerm(text="ABC*1", match="partial", fixed_characters=4, state=None)


@pytest.mark.parametrize("plate", ["F****579", "F**579", "F*-*579", "F* *579"])
def test_wildcards_side_by_side_are_refused_for_as_many_characters_can_be_asked_of_no_vendor(plate):
    with refused(Reason.REQUEST_OUT_OF_RANGE, field="plate") as caught:
        rekor(search(path="/api/search/platecandidate", plate=plate), "/api/search/platecandidate")
    assert caught.value.hint == "Write one * for each gap: it stands for any number of characters, also for none."


@pytest.mark.parametrize("plate", ["*", "****", " * "])
def test_a_wildcard_alone_is_no_plate_and_the_remedy_is_not_to_write_one(plate):
    with refused(Reason.REQUEST_PLATE_CHARACTERS, field="plate") as caught:
        rekor(search(path="/api/search/platecandidate", plate=plate), "/api/search/platecandidate")
    assert caught.value.hint.startswith("It is * alone: write the letters and digits that are known")


def test_many_wildcards_are_refused():
    with refused(Reason.REQUEST_OUT_OF_RANGE, field="plate"):
        rekor(search(path="/api/search/platecandidate", plate="A*B*C*D*"), "/api/search/platecandidate")


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (
            FLOCK.states,
            "Allowed: the vendor's names of states, in full, in small letters, with _ for a blank. For a plate of none of these leave it out.",
        ),
        ({"Ark.": "AR"}, "Allowed: the vendor's names of states. For a plate of none of these leave it out."),
    ],
)
def test_a_state_that_nobody_can_guess_is_told_the_form_of_names_and_none_of_them(states, told):
    with refused(Reason.REQUEST_OUT_OF_RANGE, field="state") as refusal:
        state_code("ontario", "state", states)
    assert refusal.value.hint == told
