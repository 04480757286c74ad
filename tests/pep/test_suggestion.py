"""The purpose that was probably meant: from the policy's own table, and only where the purpose is what is wrong."""

from types import SimpleNamespace

import pytest

from gateway.model import Dossier
from gateway.pep.ports import ListedPurpose
from gateway.pep.suggestion import list_fitting, suggest_purpose
from gateway.reasons import Reason
from gateway.value import replace
from tests.vendors import samples

PURPOSES = {
    "criminal_investigation": ListedPurpose(("HSI",), case_kinds=("criminal",)),
    "civil_enforcement": ListedPurpose(("ERO",), case_kinds=("civil",)),
    "exigent_circumstances": ListedPurpose(("ERO", "HSI"), needs_reason=True, case_kinds=("civil", "criminal")),
}
WORDLESS = SimpleNamespace(name="rekor", profile=SimpleNamespace(takes_reason=False))
"""A vendor whose searches have no field for a written reason."""


def suggested(header=None, *, reason=Reason.PURPOSE_MISSING, field=None, component=None, mounted=None):
    request = samples.lookup(state=None)
    if header is not None:
        request = replace(request, headers=(*request.headers, ("x-lpr-purpose", header)))
    case = Dossier(decision_id="d1", request=request)
    if component is not None:
        case.known = SimpleNamespace(subject=SimpleNamespace(component=component))
    return suggest_purpose(case, reason, field, PURPOSES, mounted=mounted)


@pytest.mark.parametrize(
    "written", ["Criminal Investigation", "criminal investigation", "CRIMINAL-INVESTIGATION", "criminal_investigatoin"]
)
def test_a_purpose_that_is_nearly_one_is_met_with_its_code(written):
    told = suggested(written, reason=Reason.REQUEST_MALFORMED, field="X-LPR-Purpose")
    assert told == "Did you mean criminal_investigation?"


def test_the_first_word_of_one_code_alone_is_met_with_that_code():
    assert suggested("exigent") == "Did you mean exigent_circumstances?"


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
    told = suggested(written, reason=Reason.REQUEST_MALFORMED, field="X-LPR-Purpose")
    assert told == "It is a code in small letters: GET /gateway/whoami lists yours."
    assert suggested(written) is None


@pytest.mark.parametrize("reason", [Reason.CASE_CLOSED, Reason.TARGET_UNKNOWN, Reason.CREDENTIAL_MISSING])
def test_where_the_purpose_is_not_what_is_wrong_nothing_is_suggested(reason):
    assert suggested("Criminal Investigation", reason=reason) is None


@pytest.mark.parametrize(
    ("component", "kind", "listed"),
    [
        ("HSI", "criminal", "Yours for this kind of case are: criminal_investigation, exigent_circumstances."),
        ("HSI", "civil", "Yours for this kind of case are: exigent_circumstances."),
        ("OPR", "civil", "You have none for this kind of case."),
    ],
)
def test_where_the_kind_of_case_is_what_is_wrong_those_that_fit_it_are_listed(component, kind, listed):
    case = Dossier(decision_id="d1", request=samples.lookup(state=None))
    assert list_fitting(case, PURPOSES) is None
    case.known = SimpleNamespace(subject=SimpleNamespace(component=component), case=SimpleNamespace(kind=kind))
    assert list_fitting(case, PURPOSES) == listed


def test_another_header_out_of_form_suggests_no_purpose():
    assert suggested("Criminal Investigation", reason=Reason.REQUEST_MALFORMED, field="X-LPR-Case") is None


def test_a_right_code_that_is_not_allowed_is_not_suggested_again():
    assert suggested("criminal_investigation", reason=Reason.PURPOSE_NOT_ALLOWED) is None


def test_where_none_is_near_those_of_the_persons_component_are_listed():
    told = suggested("civil_enforcement", reason=Reason.PURPOSE_NOT_ALLOWED, component="HSI")
    assert told == "Yours are: criminal_investigation, exigent_circumstances."
    assert suggested("curiosity", reason=Reason.PURPOSE_NOT_ALLOWED) is None


def test_at_a_vendor_without_a_field_for_words_what_needs_them_is_told_apart():
    apart = "exigent_circumstances would need a written reason. Searches at rekor have no field for a written reason"
    assert suggested(component="HSI", mounted=WORDLESS).startswith(f"Yours are: criminal_investigation. {apart}")
    assert suggested("exigent circumstance", mounted=WORDLESS).startswith(
        f"Did you mean exigent_circumstances? {apart}"
    )


def test_a_purpose_that_was_refused_is_not_listed_as_ones_own_whatever_is_behind_that():
    told = suggested("criminal_investigation", reason=Reason.PURPOSE_NOT_ALLOWED, component="HSI")
    assert told == "Yours are: exigent_circumstances."


def test_whose_component_no_purpose_names_is_told_that_none_would_help():
    told = suggested("criminal_investigation", reason=Reason.PURPOSE_NOT_ALLOWED, component="OPR")
    assert told == "Your component has none: ask the privacy office."


def test_of_whom_no_component_is_on_file_is_told_whom_to_ask():
    told = suggested("criminal_investigation", reason=Reason.PURPOSE_NOT_ALLOWED, component="")
    assert told == "No component is on file for you: ask whoever keeps the list of people."


def test_who_begins_an_emergency_with_its_circumstance_is_shown_how_it_is_claimed():
    request = replace(samples.lookup(state=None), headers=(("x-lpr-purpose", "kidnaping"),))
    case = Dossier(decision_id="d1", request=request)
    told = suggest_purpose(case, Reason.PURPOSE_NOT_ALLOWED, None, PURPOSES, ("kidnapping", "escape"))
    assert (
        told == "An emergency begins with its purpose: exigent_circumstances: kidnapping: and what happened, in words."
    )
