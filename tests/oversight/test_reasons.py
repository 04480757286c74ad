"""What a written reason is told to be like, in the record: of the person's own words, however the purpose is given."""

from datetime import timedelta

import pytest

from gateway.auditing.source import open_source
from gateway.oversight.detectors.catalog import read_detectors
from gateway.oversight.detectors.runner import find_new
from gateway.oversight.detectors.scene import DetectionContext
from tests.auditing.ledgers import Ask
from tests.ledger.ledgers import of_type
from tests.oversight.scene import FOLDER

CIVIL = "civil_immigration_enforcement"


@pytest.mark.parametrize(
    ("words", "traits"),
    [
        (".", ["case_number_only", "short", "vague"]),
        ("investigation", ["generic"]),
        ("", ["short"]),
        ("overstay", None),
        ("26-00417", ["case_number_only"]),
        ("more like this", ["vendor_text"]),
        ("hsi asked", ["immigration"]),
    ],
)
@pytest.mark.parametrize("given", ["{}", "{purpose}: {}", "{purpose}|{}", "  {purpose} :  {} "])
@pytest.mark.parametrize("purpose", ["criminal_investigation", CIVIL])
def test_codes_are_of_the_words_after_the_purpose_however_the_purpose_is_given(agency, purpose, given, words, traits):
    agency.search(Ask(purpose=purpose, text=given.format(words, purpose=purpose)))
    [record] = of_type(agency.directory, "decision")
    assert record.get("reason_traits") == traits


def test_the_code_of_an_emergency_is_none_of_the_persons_words(agency):
    agency.search(Ask(purpose="exigent_circumstances", text="exigent_circumstances: missing_person: inv"))
    [record] = of_type(agency.directory, "decision")
    assert record["reason_traits"] == ["generic"]


def test_a_purpose_that_stands_in_the_field_hides_no_full_stops_and_makes_no_search_one_for_immigration(agency):
    stops = agency.search(*[Ask(text="criminal_investigation: .")] * 15)
    agency.search(*[Ask(text=f"{CIVIL}: overstay {number}", purpose=CIVIL, person="u02") for number in range(15)])
    with open_source(agency.directory) as source:
        period = {"since": stops[0].at - timedelta(days=1), "until": agency.clock.now + timedelta(days=1)}
        found = find_new(source, read_detectors(FOLDER), DetectionContext(), **period, zone="America/New_York")
    told = [(one.detector_id, one.severity, one.user_id) for one in found if one.detector_id in ("D8", "D10")]
    assert ("D8", "alert", "u01") in told
    assert {(detector, person) for detector, _, person in told} == {("D8", "u01")}
