"""Where a refusal becomes a record and an answer: what is told, what is kept, and what if it cannot be kept."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from gateway.errors import Refusal
from gateway.model import VendorAnswer
from gateway.pep.lookback import Lookbacks
from gateway.pep.ports import UntoldFailures
from gateway.pep.refuse import disclosure_context, refuse
from gateway.reasons import Reason
from gateway.value import replace
from gateway.vendors import load_profile
from tests.ledger.records.test_decision import dossier, full

MOUNTED = SimpleNamespace(profile=load_profile("flock"))


@dataclass
class Records:
    """A recorder that keeps in memory what it is told, or fails as a full disk does."""

    fails: bool = False
    refusals: list[dict] = field(default_factory=list)
    outcomes: list = field(default_factory=list)

    def record_refusal(self, _case, refusal, told, *, status):
        self._fail()
        told = {"true": refusal.reasons, "told": told, "status": status}
        self.refusals.append(told | {"field": refusal.field, "note": refusal.note})

    def record_outcome(self, _case, outcome):
        self._fail()
        self.outcomes.append(outcome)

    def _fail(self):
        if self.fails:
            raise Refusal(Reason.AUDIT_UNAVAILABLE)


def refused(case, refusal, *, fails=False, mounted=MOUNTED, version=None, ended=False):
    records = Records(fails=fails)
    answer = refuse(
        SimpleNamespace(
            purposes=dict,
            circumstances=tuple,
            ceilings=dict,
            lookbacks=Lookbacks,
            open_cases=lambda _user_id: (),
            course_version=lambda: version,
            policy_ended=lambda: ended,
            failures=UntoldFailures(),
            recorder=records,
        ),
        case,
        refusal,
        mounted,
    )
    return answer, json.loads(answer.body), records


def test_the_true_reason_is_recorded_and_the_disclosed_one_told():
    case = full()
    case.known = replace(case.known, case=replace(case.known.case, assigned=False))
    answer, document, records = refused(case, Refusal(Reason.PURPOSE_CASE_MISMATCH, note="a note of ours"))
    [kept] = records.refusals
    assert kept["true"] == (Reason.PURPOSE_CASE_MISMATCH,)
    assert [one["code"] for one in document["reasons"]] == [reason.value for reason in kept["told"]]
    assert kept["told"].reasons == (Reason.CASE_NOT_ASSIGNED,)
    assert kept["status"] == answer.status == 403
    assert "a note of ours" not in answer.body.decode()


def test_a_field_to_put_right_is_told_and_recorded():
    _, document, records = refused(dossier(), Refusal(Reason.REQUEST_BAD_TIME, field="startDate"))
    assert document["reasons"][0]["field"] == records.refusals[0]["field"] == "startDate"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, "Compare each value"),
        (404, "Compare each value"),
        (422, "Compare each value"),
        (500, "Try again later; the vendor's service is at fault"),
        (503, "Try again later; the vendor's service is at fault"),
    ],
)
def test_an_officer_is_told_to_look_at_the_request_only_where_the_vendor_blames_that(status, told):
    case = full()
    case.recorded = case.forwarded = True
    case.answered = VendorAnswer(status=status, headers=(), body=b"")
    answer, document, _ = refused(case, Refusal(Reason.VENDOR_REFUSED, retry_after_s=17))
    assert document["reasons"][0]["fix"].startswith(told)
    assert dict(answer.headers)["Retry-After"] == "17"


def test_of_a_page_that_the_vendor_does_not_know_any_more_the_search_is_to_be_repeated():
    case = full()
    case.recorded = case.forwarded = True
    case.opening, case.answered = (
        SimpleNamespace(query=case.query, declared=case.declared),
        VendorAnswer(status=404, headers=(), body=b""),
    )
    _, document, _ = refused(case, Refusal(Reason.VENDOR_REFUSED))
    assert document["reasons"][0]["fix"].startswith("Repeat the search")


def test_a_vendor_that_blames_the_request_is_told_so_in_an_emergency_too_beside_what_that_counts_for():
    case = full()
    case.recorded = case.forwarded = True
    case.answered = VendorAnswer(status=400, headers=(), body=b"")
    _, document, _ = refused(case, Refusal(Reason.VENDOR_REFUSED, hint="It counts."))
    assert document["reasons"][0]["fix"].startswith("Compare each value")
    assert document["reasons"][0]["fix"].endswith("call the gateway's operator. It counts.")


def test_what_was_already_recorded_as_allowed_ends_in_an_outcome():
    case = full()
    case.recorded = case.forwarded = True
    answer, _, records = refused(case, Refusal(Reason.VENDOR_ANSWER_UNUSABLE))
    assert records.refusals == []
    [outcome] = records.outcomes
    assert (outcome.reason, outcome.forwarded, outcome.status) == ("vendor_answer_unusable", True, answer.status)


@pytest.mark.parametrize("forwarded", [False, True])
@pytest.mark.parametrize("recorded", [False, True])
def test_a_refusal_that_cannot_be_recorded_is_told_as_that_and_whether_the_vendor_was_asked(recorded, forwarded):
    case = full()
    case.recorded, case.forwarded = recorded, forwarded
    answer, document, _ = refused(case, Refusal(Reason.CASE_CLOSED), fails=True)
    assert answer.status == 503
    assert [one["code"] for one in document["reasons"]] == ["audit_unavailable"]
    assert document["forwarded"] is forwarded


def test_a_record_that_failed_is_not_tried_again():
    _, document, records = refused(full(), Refusal(Reason.AUDIT_UNAVAILABLE))
    assert (records.refusals, records.outcomes) == ([], [])
    assert document["type"].endswith("audit_unavailable")


def test_an_explained_denial_is_an_answer_and_is_recorded():
    case = full()
    case.explain = True
    answer, document, records = refused(case, Refusal(Reason.TRAINING_LAPSED))
    assert answer.status == 200
    assert (document["allow"], document["decision_id"]) == (False, case.decision_id)
    assert [one["code"] for one in document["reasons"]] == ["training_lapsed"]
    assert len(records.refusals) == 1


def test_an_explained_request_that_is_no_denial_stays_an_error():
    case = full()
    case.explain = True
    answer, _, _ = refused(case, Refusal(Reason.ENGINE_UNAVAILABLE))
    assert answer.status >= 500


def test_without_a_vendor_the_shape_is_the_plain_one():
    answer, _, _ = refused(dossier(), Refusal(Reason.MOUNT_UNKNOWN), mounted=None)
    assert dict(answer.headers)["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("missing", ["known", "declared"])
def test_before_the_case_is_known_nothing_of_it_is_disclosed(missing):
    case = full()
    setattr(case, missing, None)
    context = disclosure_context(case)
    assert (context.assigned, context.target_in_case) == (False, False)


def test_a_plate_of_another_case_is_not_disclosed_as_one_of_the_cited_case():
    case = full()
    assert disclosure_context(case).target_in_case
    case.known = replace(case.known, matches=tuple(replace(one, case_number="other") for one in case.known.matches))
    assert not disclosure_context(case).target_in_case


def test_a_policy_that_its_own_table_ends_is_told_as_ended_and_no_other():
    told = [
        refused(full(), Refusal(Reason.POLICY_EXPIRED), ended=ended)[1]["reasons"][0]["fix"] for ended in (True, False)
    ]
    assert told[0].endswith("The office itself has ended the one in force, whether or not its time was up.")
    assert told[1] == Reason.POLICY_EXPIRED.text.fix


@pytest.mark.parametrize(
    ("version", "fix"),
    [(None, "Repeat the LPR training course."), ("2027", "Repeat the LPR training course. Version 2027 of it counts.")],
)
def test_whose_training_has_lapsed_is_told_which_version_counts_where_not_any_does(version, fix):
    _, document, _ = refused(full(), Refusal(Reason.TRAINING_LAPSED), version=version)
    assert [reason["fix"] for reason in document["reasons"]] == [fix]
