"""What an officer is told must not show whom a plate or a case belongs to, nor that there is such a plate or case."""

import re

import pytest

from gateway.demo.agency import (
    CASE,
    CIVIL_CASE,
    CLOSED_CASE,
    NOBODYS_PLATE,
    OTHERS_CASE,
    OTHERS_PLATE,
    SPOUSES_PLATE,
    UNLISTED_CASE,
)
from tests.http.agency import (
    APPROVED,
    OTHERS_PLATE_LIKE_CASE,
    OTHERS_PROTECTED_PLATE,
    OWN_PROTECTED_PLATE,
    PROTECTED_PLATE,
)
from tests.http.asking import days_ago

_IDS = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OTHERS_CLOSED_CASE = "23-000077"
_CANDIDATES = "/rekor/api/search/platecandidate"
_PROTECTED_PART = OWN_PROTECTED_PLATE[:4] + "*"


def told(reply):
    """Everything an officer can see of an answer, but for its ids."""
    assert reply.status == 403
    headers = {name: value for name, value in reply.headers.items() if name != "date"}
    return _IDS.sub(b"<id>", reply.body), headers


def true_reasons(world, reply):
    return world.ledger.one(event_type="decision", decision_id=reply.document["decision_id"])["deny_reasons"]


def test_nobodys_plate_anothers_plate_and_a_protected_one_are_answered_alike(world, officer):
    plates = [NOBODYS_PLATE, OTHERS_PLATE, PROTECTED_PLATE, OTHERS_PROTECTED_PLATE, "CLS204"]
    replies = [officer.lookup(plate=plate, state=None) for plate in plates]
    assert [true_reasons(world, reply) for reply in replies] == [
        ["target_unknown"],
        ["target_other_case"],
        ["target_protected"],
        ["target_protected"],
        ["target_other_case"],
    ]
    assert all(told(reply) == told(replies[0]) for reply in replies)
    assert replies[0].codes == ["target_unknown"]


@pytest.mark.parametrize("plate", [NOBODYS_PLATE, OTHERS_PLATE, PROTECTED_PLATE, SPOUSES_PLATE, "FNA579"])
def test_a_case_of_others_and_none_at_all_are_answered_alike(world, officer, plate):
    cases = [UNLISTED_CASE, OTHERS_CASE, CIVIL_CASE, CLOSED_CASE, _OTHERS_CLOSED_CASE]
    replies = [officer.lookup(plate=plate, state=None, caseNumber=case) for case in cases]
    assert true_reasons(world, replies[0]) == ["case_unknown"]
    assert all("case_not_assigned" in true_reasons(world, reply) for reply in replies[1:3])
    assert all(told(reply) == told(replies[0]) for reply in replies)
    assert replies[0].codes == ["case_not_assigned"]


@pytest.mark.parametrize("purpose", ["fugitive_or_warrant", "civil_immigration_enforcement", "other", "curiosity"])
def test_neither_do_other_purposes_show_what_kind_of_case_it_would_be(officer, purpose):
    cases = [UNLISTED_CASE, OTHERS_CASE, CIVIL_CASE, _OTHERS_CLOSED_CASE]
    replies = [officer.lookup(reason=f"{purpose}: text", caseNumber=case) for case in cases]
    assert "case_not_assigned" in replies[0].codes
    assert all(told(reply) == told(replies[0]) for reply in replies)


def test_neither_does_the_length_of_the_look_back(officer):
    cases = [UNLISTED_CASE, OTHERS_CASE, CIVIL_CASE, _OTHERS_CLOSED_CASE]
    replies = [officer.lookup(caseNumber=case, startDate="2017-01-01T00:00:00Z") for case in cases]
    assert all(told(reply) == told(replies[0]) for reply in replies)


def test_a_relatives_plate_is_named_as_such_only_in_the_officers_own_case(world, officer):
    assert officer.lookup(plate=SPOUSES_PLATE).codes == ["target_not_subject"]
    stranger = world.person("u11")
    assert stranger.lookup(plate=SPOUSES_PLATE).codes == ["case_not_assigned"]
    assert stranger.lookup(plate=SPOUSES_PLATE, caseNumber="26-000602", state=None).codes == ["target_unknown"]


def test_a_plate_that_the_subject_no_longer_has_is_named_as_such_only_in_the_officers_own_case(world, officer):
    assert officer.lookup(plate="OLD111").codes == ["target_plate_expired"]
    assert world.person("u11").lookup(plate="OLD111", caseNumber="26-000602", state=None).codes == ["target_unknown"]


def test_a_pattern_that_fits_a_protected_plate_is_answered_like_one_that_fits_none(world, officer):
    approved = world.person(APPROVED)
    protected, nobodys = (approved.plates(target=_CANDIDATES, plate=plate) for plate in (_PROTECTED_PART, "QQX8*"))
    unapproved = officer.plates(target=_CANDIDATES, plate=_PROTECTED_PART)
    assert true_reasons(world, protected) == ["target_protected"]
    assert true_reasons(world, unapproved) == ["partial_plate_not_approved"]
    assert told(protected) == told(nobodys)
    assert protected.codes == unapproved.codes == ["partial_plate_not_approved"]


@pytest.mark.parametrize(
    ("claim", "codes"),
    [
        ({"reason": "exigent_circumstances: kidnap: child gone away"}, ["emergency_circumstance"]),
        ({"startDate": days_ago(9)}, ["lookback_too_long"]),
        ({"caseNumber": None}, ["case_missing"]),
    ],
)
def test_an_emergency_that_is_claimed_amiss_does_not_show_which_plates_are_protected(world, officer, claim, codes):
    sound = {"reason": "exigent_circumstances: kidnapping: child gone away", "caseNumber": "call 12"}
    asked = sound | {"state": None, "startDate": days_ago(1), "endDate": days_ago(0)} | claim
    replies = [officer.lookup(plate=plate, **asked) for plate in (NOBODYS_PLATE, PROTECTED_PLATE)]
    assert replies[0].codes == codes
    assert told(replies[0]) == told(replies[1])
    assert [*codes, "emergency_needs_second_person"] == sorted(true_reasons(world, replies[1]), key=codes.__contains__)[
        ::-1
    ]


_NOBODYS_PLATE_LIKE_CASE = "AB-1235"


def test_a_case_of_others_whose_number_looks_like_a_plate_is_told_like_none_by_a_context_and_an_approval(officer):
    for path, body in (
        ("/gateway/contexts", {"purpose": "exigent_circumstances", "mount": "flock", "hours": 1}),
        ("/gateway/approvals", {"scope": "protected_plate", "plate": "XYZ123", "reason": "seen there", "hours": 1}),
    ):
        cases = (OTHERS_PLATE_LIKE_CASE, _NOBODYS_PLATE_LIKE_CASE)
        replies = [officer.ask("POST", path, body=body | {"case_number": case}) for case in cases]
        assert replies[0].codes == ["request_out_of_range"]
        assert _IDS.sub(b"", replies[0].body) == _IDS.sub(b"", replies[1].body)


def test_what_one_is_shown_of_ones_own_searches_says_of_no_case_whose_number_looks_like_a_plate_that_it_exists(officer):
    for case in (OTHERS_PLATE_LIKE_CASE, _NOBODYS_PLATE_LIKE_CASE, CASE):
        officer.lookup(plate=NOBODYS_PLATE, caseNumber=case)
    shown = [row["case_number"] for row in officer.ask("GET", "/gateway/me/decisions").document["decisions"]]
    assert sorted(number.partition(" - ")[0] for number in shown) == [CASE, "withheld", "withheld"]
    assert len(set(shown)) == 3


def test_an_emergency_in_such_a_case_is_shown_so_and_the_reviewer_sees_it_as_it_was_kept(world, officer):
    reason = "exigent_circumstances: kidnapping: child gone away"
    asked = {"reason": reason, "state": None, "startDate": days_ago(1), "endDate": days_ago(0)}
    assert officer.lookup(caseNumber=OTHERS_PLATE_LIKE_CASE, **asked).status == 200
    [own] = officer.ask("GET", "/gateway/emergencies").document["emergencies"]
    assert own["case_number"].startswith("withheld")
    seen = world.person("u16").ask("GET", "/gateway/emergencies").document["emergencies"]
    assert OTHERS_PLATE_LIKE_CASE in [one["case_number"] for one in seen]


def test_explaining_shows_no_more_than_searching(officer):
    def explained(plate, case):
        body = {"plate": plate, "reason": "criminal_investigation: x", "caseNumber": case}
        window = {"startDate": "2026-09-01T00:00:00Z", "endDate": "2026-09-02T00:00:00Z"}
        asked = {"mount": "flock", "method": "POST", "path": "/api/v3/reads/lookup", "body": body | window}
        return _IDS.sub(b"<id>", officer.ask("POST", "/gateway/explain", body=asked).body)

    assert len({explained(plate, CASE) for plate in (NOBODYS_PLATE, OTHERS_PLATE, PROTECTED_PLATE)}) == 1
    assert len({explained(NOBODYS_PLATE, case) for case in (UNLISTED_CASE, OTHERS_CASE, CIVIL_CASE)}) == 1
