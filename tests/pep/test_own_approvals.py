"""Why an own approval does not count is told as it truly is, and hangs on nothing that the person may not know."""

from datetime import timedelta

import pytest

from gateway.pdp import policy_input
from gateway.pep.own_approvals import tell_own_approval
from gateway.plates import TypedPlate, read_sought
from gateway.reasons import Reason
from gateway.value import replace
from tests.pdp.samples import APPROVAL, DOSSIER, KNOWN, NOW, QUERY

LACKING = Reason.PARTIAL_PLATE_NOT_APPROVED
UNNAMED = (
    "Approval a1 names no plate. Such a one opens at most parts that fit a plate which a subject of the case holds,"
)
LONG = "Approval a1 does not count: it runs longer than the 72 hours that an approval may."


def told(*changes, reason=LACKING, match="partial", longest=72.0, plate="XQZ1*", **known):
    """What is told of these approvals, each the ordinary one with its changes."""
    approvals = tuple(replace(APPROVAL, **one) for one in changes)
    query = replace(QUERY, plate=replace(QUERY.plate, text=read_sought(plate), match=match))
    case = replace(DOSSIER, query=query, known=replace(KNOWN, approvals=approvals, **known))
    case.input_text = policy_input(case)
    return tell_own_approval(case, reason, longest)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"expires_at": NOW + timedelta(days=200)}, LONG),
        ({"first_seen": NOW - timedelta(days=200)}, LONG),
        ({"expires_at": None}, "Approval a1 does not count: it has no end."),
        ({"expires_at": NOW - timedelta(hours=1)}, "Approval a1 has expired."),
        ({"case_number": "25-2"}, "Approval a1 is not for this case."),
        ({"case_number": None}, "Approval a1 is not for this case."),
        ({"approver_active": False}, "Approval a1 counts no more: who gave it is no active supervisor now."),
        ({"approver_roles": ("officer",)}, "Approval a1 counts no more: who gave it is no active supervisor now."),
        ({"approved_by": "u17"}, "Approval a1 does not count: nobody approves a search of their own."),
        ({"approved_by": None}, "Approval a1 does not count: it does not say who gave it."),
        ({"plate": TypedPlate("XQZ1*"), "expires_at": NOW + timedelta(days=9)}, LONG),
        (
            {"plate": TypedPlate("XQZ12*")},
            "Approval a1 is for another part of a plate: each part is asked for anew.",
        ),
    ],
)
def test_the_cause_that_keeps_an_approval_from_counting_is_the_one_that_is_told(changes, sentence):
    assert told(changes) == sentence


@pytest.mark.parametrize(
    ("scope", "reason"),
    [("geo_search", Reason.GEO_SEARCH_NOT_APPROVED), ("other_purpose", Reason.PURPOSE_NEEDS_APPROVAL)],
)
def test_one_of_a_place_or_a_purpose_that_was_given_for_another_plate_is_told_as_that(scope, reason):
    other = {"scope": scope, "plate": TypedPlate("BOY120")}
    exact = {"match": "exact", "plate": "XQZ120", "reason": reason}
    assert told(other, **exact) == "Approval a1 is for another plate: each is asked for anew."


def test_of_one_of_a_protected_plate_that_names_another_nothing_is_told():
    exact = {"match": "exact", "plate": "XQZ120", "reason": Reason.TARGET_UNKNOWN}
    assert told({"scope": "protected_plate", "plate": TypedPlate("BOY120")}, **exact) is None


def test_of_one_that_counts_and_names_no_plate_it_is_told_what_it_opens_at_most_and_what_to_ask_for():
    sentence = told({})
    assert sentence.startswith(UNNAMED)
    assert sentence.endswith(
        "one asked for from this refusal names this part, and the supervisor sees what stands against it."
    )


def test_nothing_told_changes_with_what_a_part_fits_or_with_what_is_protected():
    for changes in ({}, {"expires_at": NOW + timedelta(days=200)}, {"approver_active": False}):
        sentences = {
            told(changes, plate=plate, protected=protected, matches=matches)
            for plate in ("XQZ1*", "QQQQ*")
            for protected in (True, False)
            for matches in (KNOWN.matches, ())
        }
        assert len(sentences) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "geo_search"},
        {"plate": TypedPlate("XQZ1*")},  # it counts: what else is wrong is not told here
        {"plate": TypedPlate("ABC4*"), "expires_at": NOW + timedelta(days=200)},
        {"plate_hash": "h", "plate_matches": False, "approver_active": False},
    ],
)
def test_of_one_that_counts_or_is_for_something_else_nothing_is_told(changes):
    assert told(changes) is None


def test_the_nearest_of_several_is_told_and_one_that_names_the_plate_before_one_that_names_none():
    over, elsewhere = {"expires_at": NOW - timedelta(hours=1)}, {"case_number": "25-2"}
    assert told(elsewhere, over, {"approval_id": "a2", "approver_active": False}).startswith(
        "Approval a2 counts no more"
    )
    assert told(elsewhere, over | {"approval_id": "a2"}) == "Approval a2 has expired."
    assert told({"approval_id": "a2", "plate": TypedPlate("XQZ12*")}, over) == "Approval a1 has expired."
    named = {"approval_id": "a2", "plate": TypedPlate("XQZ1*"), "approver_active": False}
    assert told({}, named).startswith("Approval a2 counts no more")


def test_an_approval_without_a_plate_counts_for_look_alikes_so_that_nothing_is_told_of_it():
    assert told({}, match="fuzzy", plate="XQZ120") is None
    assert told({"approver_active": False}, match="fuzzy", plate="XQZ120").startswith("Approval a1 counts no more")


def test_a_length_is_not_called_too_long_where_the_policy_names_none():
    assert told({"expires_at": NOW + timedelta(days=200)}, longest=None).startswith(UNNAMED)


def test_one_of_a_protected_plate_that_names_none_is_said_to_count_for_nothing():
    exact = {"match": "exact", "plate": "XQZ120", "reason": Reason.TARGET_UNKNOWN}
    sentence = told({"scope": "protected_plate"}, **exact)
    assert sentence.startswith(
        "Approval a1 does not count: it names no plate, and no protected plate is approved unseen."
    )


def test_that_an_approval_of_part_of_a_plate_was_given_for_a_protected_one_too_is_not_told():
    both = [
        {"scope": scope, "plate_hash": "h", "plate_matches": True, "approver_active": False}
        for scope in ("partial_plate", "protected_plate")
    ]
    exact = {"match": "exact", "plate": "XQZ120", "reason": Reason.TARGET_UNKNOWN}
    assert told(*both, **exact) is None
    assert told(both[1], **exact).startswith("Approval a1 counts no more")


def test_a_reason_that_no_approval_helps_against_is_told_nothing_of_approvals():
    assert told({"approver_active": False}, reason=Reason.CASE_CLOSED) is None
