import re
from string import ascii_uppercase, digits

import pytest
from hypothesis import given
from hypothesis import settings as examined
from hypothesis import strategies as st

from gateway.kept_words import SAYS_SOMETHING, tell_plates
from tests.properties import examples

LETTERS = sorted(set(ascii_uppercase) - {"F"})  # FY 2026 and RFC 5424 are known for what they are
SHAPES = ("LLLDDD", "LLLDDDD", "DLLLDDD", "DDDLLL", "LLDDDDD", "LDDLLL", "DDDDLL", "DDLDDD", "LLLLDD", "LDDDDD")
ORDINARY = [
    "the car of his brother",
    "the case has",
    "seen near",
    "I was told of",
    "who asked for",
    "twice in 2026 for",
]
IDS = st.one_of(
    st.uuids().map(str),
    st.from_regex(r"D1?[0-9]-[0-9a-f]{16}", fullmatch=True),
    st.from_regex(r"[0-9]{2}-[0-9]{6}", fullmatch=True),
    st.from_regex(r"20[0-9]{2}-[0-9]{3}", fullmatch=True),
    st.from_regex(r"[0-9]{2}-(cr|CV|mj)-[0-9]{5}", fullmatch=True),
    st.from_regex(r"[0-9a-f]{12}|[0-9a-f]{64}", fullmatch=True),
    st.from_regex(r"network-[0-9a-f]{12}", fullmatch=True),
    st.from_regex(r"u[0-9]{2}", fullmatch=True),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.dates().map(str),
    st.from_regex(r"[1-9][0-9]? (USC|U\.S\.C\.|CFR) (§ )?[1-9][0-9]{1,3}", fullmatch=True),
)


@st.composite
def written_plates(draw):
    """A plate as people write it: in one, or parted where letters and digits meet, by a blank or a hyphen."""
    shape = draw(st.sampled_from(SHAPES))
    signs = [draw(st.sampled_from(LETTERS if sign == "L" else digits)) for sign in shape]
    parting = draw(st.sampled_from(["", " ", "-", "\u2013", "."])) if shape.count("DL") + shape.count("LD") == 1 else ""
    return signs[0] + "".join(
        (parting if shape[at - 1] != shape[at] else "") + sign for at, sign in enumerate(signs[1:], 1)
    )


@examined(max_examples=examples(300))
@given(plate=written_plates(), before=st.sampled_from(ORDINARY), after=st.sampled_from(ORDINARY))
def test_a_plate_of_letters_and_digits_is_told_wherever_it_stands_and_not_repeated(plate, before, after):
    told = tell_plates(f"{before} {plate} {after}")
    assert told is not None
    assert plate not in told
    assert f"word{'s' if ' ' in plate else ''} {len(before.split()) + 1} " in told


@pytest.mark.parametrize("plate", ["A 12345", "I-123456", "A.00000"])
def test_a_letter_that_is_a_word_too_is_of_a_plate_before_many_digits(plate):
    assert tell_plates(f"the car {plate} of his brother") is not None
    assert tell_plates("A 2026 memo says so, and I 95 is closed") is None


@pytest.mark.parametrize(
    "plate",
    [
        "F N A 5 7 9",
        "F-N-A-5-7-9",
        "FN A 5 79",
        "F N A 579",
        "F N A-579",
        "f n a 5 7 9",
        "A F N 5 7 9",
        "5 7 9 F N A",
        "I B P 2 0 8",
    ],
)
def test_a_letter_that_is_a_word_too_is_of_a_plate_that_is_spelled(plate):
    assert tell_plates(f"his car {plate} was seen") is not None


@examined(max_examples=examples(300))
@given(named=IDS, before=st.sampled_from(ORDINARY), after=st.sampled_from(ORDINARY))
def test_ids_case_numbers_times_and_sections_of_a_law_are_no_plates(named, before, after):
    assert tell_plates(f"{before} {named}, {after} ({named})") is None


@pytest.mark.parametrize(
    "text",
    ["rvt208 is his", "see plate:RVT208.", "RVT208's owner", "R V T 2 0 8", "\uff32\uff36\uff34\uff12\uff10\uff18",
     "7 ABC 123", "a12 bcd", "CAR 1234", "qrs 771", "abc\n1234", "RVT - 208"],
)  # fmt: skip
def test_a_plate_is_told_however_it_is_disguised_by_accident(text):
    assert tell_plates(text)


@pytest.mark.parametrize(
    "text",
    ["18 USC 2721", "18 U.S.C. § 2721(b)", "28 CFR part 20", "CJIS5.9", "Civil Code 1798.90.52", "Section 2721b", "P.L.2026 c.4",
     "House Bill 2724", "NIST SP 800-53", "D15 told it", "D3 sees that too", "exit 0 after 200 ms", "FY 2026", "2026-Q4", "Q4-2026", "2026-W48", "MAY 2026", "the 100th search", "only 10 of 345 reads",
     "Complaint 2026-118", "OIG-24-17", "BAL 25-001234", "page 12, line 345", "e000001",
     "INA 287(g)", "at 1430 UTC", "12 noon", "0800-1600, 1200 hrs", "revision 20261126-0001-6a7bfca162e9", "", "No. 1234"],
)  # fmt: skip
def test_what_people_write_in_reasons_is_let_pass(text):
    assert tell_plates(text) is None


@pytest.mark.parametrize("text", ["form DD214", "asked by u00017", "HB 2724", "WEEK 1234"])
def test_what_cannot_be_told_apart_is_taken_for_a_plate_and_how_to_write_it_is_said(text):
    assert "write it otherwise: a number in words" in (tell_plates(text) or "")


@pytest.mark.parametrize("text", ["7", "Überprüfung", "audit of the second quarter", "内部監査", " -\nb"])
def test_a_reason_holds_a_letter_or_digit_of_any_script(text):
    assert re.search(SAYS_SOMETHING, text)


@pytest.mark.parametrize("text", ["", "  ", " . ", "--", "…", "?!", "_", "\u200b\u200b\u200b"])
def test_what_says_nothing_is_no_reason(text):
    assert not re.search(SAYS_SOMETHING, text)
