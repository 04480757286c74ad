"""A field that is not known is met with the one that was probably meant, and with those there are."""

import pytest

from gateway.vendors.request.field_names import tell_fields

KNOWN = ["plate", "reason", "caseNumber", "startDate", "endDate"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("case_number", "caseNumber"),
        ("CaseNumber", "caseNumber"),
        ("casenumbr", "caseNumber"),
        ("start-date", "startDate"),
        ("enddate", "endDate"),
        ("start", "startDate"),
        ("end", "endDate"),
        ("license_plate", "plate"),
        ("plateNumber", "plate"),
    ],
)
def test_a_name_that_is_nearly_one_is_met_with_it(written, meant):
    told = tell_fields(["reason", written], KNOWN)
    assert told == f"Did you mean {meant}? There are: plate, reason, caseNumber, startDate, endDate."


@pytest.mark.parametrize("written", ["radius", "FNA579", "", "date", "to", "caseNumber" * 9])
def test_what_is_near_to_none_is_not_guessed_at_and_never_repeated(written):
    assert tell_fields([written], KNOWN) == "There are: plate, reason, caseNumber, startDate, endDate."


def test_a_field_that_was_sent_already_is_not_what_was_meant():
    assert tell_fields(["caseNumber", "case_number"], KNOWN).startswith("There are: ")
