"""The purpose that was probably meant: from the policy's own table, and only where the purpose is what is wrong."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from gateway.model import Approval, Dossier
from gateway.pep.suggestion import suggest_purpose, tell_approver_gone, tell_unnamed_part
from gateway.plates import TypedPlate
from gateway.reasons import Reason
from gateway.value import replace
from tests.vendors import samples

PURPOSES = {
    "criminal_investigation": ("HSI",),
    "civil_enforcement": ("ERO",),
    "exigent_circumstances": ("ERO", "HSI"),
}


def suggested(header=None, *, reason=Reason.PURPOSE_MISSING, field=None, component=None):
    request = samples.lookup(state=None)
    if header is not None:
        request = replace(request, headers=(*request.headers, ("x-lpr-purpose", header)))
    case = Dossier(decision_id="d1", request=request)
    if component is not None:
        case.known = SimpleNamespace(subject=SimpleNamespace(component=component))
    return suggest_purpose(case, reason, field, PURPOSES)


@pytest.mark.parametrize(
    "written", ["Criminal Investigation", "criminal investigation", "CRIMINAL-INVESTIGATION", "criminal_investigatoin"]
)
def test_a_purpose_that_is_nearly_one_is_met_with_its_code(written):
    told = suggested(written, reason=Reason.REQUEST_MALFORMED, field="X-LPR-Purpose")
    assert told == "Did you mean criminal_investigation?"


@pytest.mark.parametrize("separator", [": ", "|", " : "])
def test_words_after_the_code_in_the_header_are_shown_where_they_belong_and_never_repeated(separator):
    written = f"exigent_circumstances{separator}kidnapping: FNA579"
    told = suggested(written, reason=Reason.REQUEST_MALFORMED, field="X-LPR-Purpose")
    assert told == (
        "This header has the code alone: exigent_circumstances. "
        "Words go into the vendor's reason field, where it has one."
    )


@pytest.mark.parametrize("written", ["curiosity", "", "FNA579", "x" * 5000])
def test_what_is_near_to_none_is_not_guessed_at_and_never_repeated(written):
    assert suggested(written, reason=Reason.REQUEST_MALFORMED, field="X-LPR-Purpose") is None


@pytest.mark.parametrize("reason", [Reason.CASE_CLOSED, Reason.TARGET_UNKNOWN, Reason.CREDENTIAL_MISSING])
def test_where_the_purpose_is_not_what_is_wrong_nothing_is_suggested(reason):
    assert suggested("Criminal Investigation", reason=reason) is None


def test_another_header_out_of_form_suggests_no_purpose():
    assert suggested("Criminal Investigation", reason=Reason.REQUEST_MALFORMED, field="X-LPR-Case") is None


def test_a_right_code_that_is_not_allowed_is_not_suggested_again():
    assert suggested("criminal_investigation", reason=Reason.PURPOSE_NOT_ALLOWED) is None


def test_where_none_is_near_those_of_the_persons_component_are_listed():
    told = suggested("civil_enforcement", reason=Reason.PURPOSE_NOT_ALLOWED, component="HSI")
    assert told == "Yours are: criminal_investigation, exigent_circumstances."
    assert suggested("curiosity", reason=Reason.PURPOSE_NOT_ALLOWED) is None


def test_a_purpose_that_was_refused_is_not_listed_as_ones_own_whatever_is_behind_that():
    told = suggested("criminal_investigation", reason=Reason.PURPOSE_NOT_ALLOWED, component="HSI")
    assert told == "Yours are: exigent_circumstances."


def test_whose_component_no_purpose_names_is_told_that_none_would_help():
    told = suggested("criminal_investigation", reason=Reason.PURPOSE_NOT_ALLOWED, component="OPR")
    assert told == "Your component has none: ask the privacy office."


def test_of_whom_no_component_is_on_file_is_told_whom_to_ask():
    told = suggested("criminal_investigation", reason=Reason.PURPOSE_NOT_ALLOWED, component="")
    assert told == "No component is on file for you: ask whoever keeps the list of people."


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        ({}, True),
        ({"approver_active": True}, False),
        ({"scope": "geo_search"}, False),
        ({"case_number": "25-2"}, False),
        ({"plate_matches": False}, False),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, False),
    ],
)
def test_an_approval_that_counts_no_more_because_of_who_gave_it_is_named(changes, is_told):
    given = {"approval_id": "a1", "case_number": "25-1", "scope": "partial_plate", "plate": None, "approved_by": "u5"}
    given |= {"approver_active": False, "approver_roles": ("supervisor",), "expires_at": None}
    case = Dossier(decision_id="d1", request=samples.lookup(state=None), declared=SimpleNamespace(case_number="25-1"))
    case.known = SimpleNamespace(approvals=(Approval(**given | changes),))
    told = tell_approver_gone(case, Reason.PARTIAL_PLATE_NOT_APPROVED)
    assert (told is not None and told.startswith("Approval a1 counts no more")) is is_told


@pytest.mark.parametrize(
    ("changes", "match", "is_told"),
    [
        ({}, "partial", True),
        ({}, "fuzzy", False),
        ({"plate": TypedPlate("FNA5*")}, "partial", False),
        ({"plate_hash": "h"}, "partial", False),
        ({"scope": "geo_search"}, "partial", False),
        ({"case_number": "25-2"}, "partial", False),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "partial", False),
    ],
)
def test_whose_approval_names_no_plate_is_told_what_it_opens_and_to_ask_for_one_that_does(changes, match, is_told):
    given = {"approval_id": "a1", "case_number": "25-1", "scope": "partial_plate", "plate": None, "approved_by": "u5"}
    given |= {"approver_active": True, "approver_roles": ("supervisor",)}
    given |= {"expires_at": datetime(2099, 1, 1, tzinfo=UTC)}
    case = Dossier(decision_id="d1", request=samples.lookup(state=None), declared=SimpleNamespace(case_number="25-1"))
    case.query = SimpleNamespace(plate=SimpleNamespace(match=match))
    case.known = SimpleNamespace(approvals=(Approval(**given | changes),))
    told = tell_unnamed_part(case)
    assert (told is not None and told.startswith("Approval a1 names no plate, so it opens")) is is_told
