"""The one shape of every refusal, and what of it depends on the reason."""

import json

import pytest

from gateway.disclosure import DisclosureContext, disclose
from gateway.pep.problem import PROBLEM, problem
from gateway.reasons import REASON_TEXTS, Reason

ID = "3d5cd4c8-3f0c-4c55-9a7b-0b8a5f0d5a2e"


def told_as_it_is(*reasons):
    """What somebody is told who may know the case and the plate; of the others' plates nobody may."""
    return disclose(reasons, DisclosureContext(assigned=True, target_in_case=True))


def document(answer):
    return json.loads(answer.body)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_with_its_sentence_its_remedy_and_its_status(reason):
    answer = problem(told_as_it_is(reason), request_id=ID)
    reason = told_as_it_is(reason).first
    told, text = document(answer), REASON_TEXTS[reason]
    assert answer.status == told["status"] == text.status
    assert told["type"] == f"urn:lpr-gateway:reason:{reason.value}"
    assert told["title"] == text.sentence
    assert told["detail"] == f"{text.sentence} {text.fix}"
    assert told["reasons"] == [{"code": reason.value, "message": text.sentence, "fix": text.fix}]
    assert told["instance"] == f"urn:uuid:{ID}"
    assert "decision_id" not in told


def test_the_first_of_several_reasons_gives_type_and_status_and_all_are_told():
    reasons = [Reason.TRAINING_LAPSED, Reason.CASE_CLOSED]
    told = document(problem(told_as_it_is(*reasons), request_id=ID, decision_id="d1"))
    assert told["type"].endswith("training_lapsed")
    assert [one["code"] for one in told["reasons"]] == ["training_lapsed", "case_closed"]
    assert all(REASON_TEXTS[reason].fix in told["detail"] for reason in reasons)
    assert told["decision_id"] == "d1"


def test_what_is_to_be_put_right_is_named_in_sentence_and_member():
    [told] = document(problem(told_as_it_is(Reason.REQUEST_BAD_TIME), request_id=ID, field="startDate"))["reasons"]
    assert told["field"] == "startDate"
    assert told["message"].endswith(": startDate.")


def test_a_vendors_own_members_stand_beside_ours_and_never_replace_them():
    extensions = {"error": "for the vendor's tool", "status": 200, "reasons": []}
    told = document(problem(told_as_it_is(Reason.CASE_CLOSED), request_id=ID, extensions=extensions))
    assert told["error"] == "for the vendor's tool"
    assert told["status"] == REASON_TEXTS[Reason.CASE_CLOSED].status
    assert [one["code"] for one in told["reasons"]] == ["case_closed"]


@pytest.mark.parametrize(("asked", "told"), [(None, "30"), (7, "7")])
@pytest.mark.parametrize("reason", [one for one in Reason if REASON_TEXTS[one].status in {429, 503}])
def test_who_should_come_again_is_told_when(reason, asked, told):
    assert dict(problem(told_as_it_is(reason), request_id=ID, retry_after_s=asked).headers)["Retry-After"] == told


def test_who_is_unknown_is_told_how_to_say_who():
    headers = dict(problem(told_as_it_is(Reason.CREDENTIAL_MISSING), request_id=ID).headers)
    assert headers["WWW-Authenticate"] == 'Bearer realm="lpr-gateway"'


@pytest.mark.parametrize("reason", Reason)
def test_no_refusal_is_kept_by_anybody_on_the_way(reason):
    headers = dict(problem(told_as_it_is(reason), request_id=ID).headers)
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"] == PROBLEM


def test_a_vendors_media_type_is_used_where_it_has_one():
    answer = problem(told_as_it_is(Reason.CASE_CLOSED), request_id=ID, media_type="application/json")
    assert dict(answer.headers)["Content-Type"] == "application/json"
