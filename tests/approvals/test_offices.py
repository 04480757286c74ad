"""Whose office decides: nobody asks where nobody could, and a request follows who asked to another office."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from gateway.approvals import ApprovalRules, Approvals
from gateway.endpoints.approvals import ask_approval
from gateway.errors import Refusal
from gateway.model import Dossier
from gateway.reasons import Reason
from tests.approvals.staff import STAFF, Staff, request_at, subject
from tests.approvals.test_deciders import keep_request

BODY = b'{"case_number": "25-1", "scope": "geo_search", "hours": 4, "reason": "a witness"}'
FACTS = SimpleNamespace(
    look_up=lambda _question: SimpleNamespace(
        case=SimpleNamespace(assigned=True, status="open"), subject=SimpleNamespace(active=True)
    )
)


def settle(parts, *people, other_office=False):
    """The approvals where these people are known besides, or otherwise than usual."""
    staff = Staff(STAFF.people | {one.user_id: one for one in people})
    return Approvals(replace(parts, people=staff), lambda: ApprovalRules(max_hours=72, other_office=other_office))


def ask(approvals, records, user_id="officer"):
    endpoint = SimpleNamespace(
        approvals=approvals,
        acts=records,
        ports=SimpleNamespace(fixed_characters=lambda: 4, facts=FACTS),
        tables=lambda: {"approvals": {}},
    )
    who = SimpleNamespace(user_id=user_id, direct=True, on_behalf_of=None)
    case = Dossier(decision_id="x1", request=request_at("/gateway/approvals", BODY), identity=who)
    return ask_approval(endpoint, case).status


def waiting(approvals, user_id):
    return [one["approval_id"] for one in approvals.visible(user_id, "requested")]


@pytest.fixture
def records(records):
    records.full = False
    return records


@pytest.mark.parametrize(
    ("people", "asker", "other_office", "remedy"),
    [
        ([subject("officer", office=None)], "officer", False, "no office on file"),
        ([subject("officer", office="LRK")], "officer", False, "no other active supervisor"),
        ([subject("supervisor", roles=("supervisor",), active=False)], "officer", False, "no other active supervisor"),
        ([], "supervisor", False, "no other active supervisor"),
        (
            [subject(name, active=False, roles=("supervisor",)) for name in ("supervisor", "elsewhere", "homeless")],
            "officer",
            True,
            "no other active supervisor",
        ),
    ],
)
def test_what_nobody_could_decide_is_not_asked_for_and_who_asks_is_told_what_to_put_right(
    parts, records, people, asker, other_office, remedy
):
    approvals = settle(parts, *people, other_office=other_office)
    with pytest.raises(Refusal) as caught:
        ask(approvals, records, asker)
    assert caught.value.reason is Reason.APPROVAL_OFFICE
    assert remedy in caught.value.hint
    assert approvals.visible(asker, None) == []
    assert records.kept == []


@pytest.mark.parametrize("office", [None, "LRK"])
def test_where_other_offices_decide_anybody_asks(parts, records, office):
    approvals = settle(parts, subject("officer", office=office), other_office=True)
    assert ask(approvals, records) == 201
    assert len(waiting(approvals, "elsewhere")) == 1


@pytest.mark.parametrize("before", [None, "NYC"])
def test_asked_again_from_another_office_a_request_is_decided_on_there_and_the_old_one_is_withdrawn(
    parts, records, before
):
    keep_request(parts, "old", "officer", office=before)
    approvals = settle(parts)
    assert ask(approvals, records) == 201
    [new] = waiting(approvals, "supervisor")
    assert new != "old"
    assert waiting(approvals, "elsewhere") == []
    assert waiting(approvals, "officer") == [new]
    [old] = approvals.visible("officer", "revoked")
    shown = approvals.show("officer", approvals.find("officer", "old"))
    assert (old["approval_id"], shown["answer"]) == ("old", "asked for anew from another office")
    assert records.kept == ["approval.requested", "approval.revoked"]
    assert ask(approvals, records) == 200


def test_a_withdrawal_that_could_not_be_recorded_is_made_up_for_by_asking_once_more(parts, records):
    keep_request(parts, "old", "officer", office="NYC")
    approvals, take = settle(parts), records.take

    def refuse_withdrawals(event_type, **fields):
        records.full = event_type == "approval.revoked"
        take(event_type, **fields)

    records.take = refuse_withdrawals
    with pytest.raises(Refusal):
        ask(approvals, records)
    assert len(waiting(approvals, "officer")) == 2
    records.take, records.full = take, False
    assert ask(approvals, records) == 200
    assert len(waiting(approvals, "officer")) == 1


def test_what_was_asked_for_otherwise_is_not_withdrawn_with_it(parts, records):
    keep_request(parts, "stranger", "stranger", office="NYC")
    keep_request(parts, "decided", "officer", office="NYC", status="approved")
    assert ask(settle(parts), records) == 201
    assert records.kept == ["approval.requested"]


def test_where_other_offices_decide_the_open_request_is_shown_from_whichever_office_it_came(parts, records):
    keep_request(parts, "old", "officer", office="NYC")
    approvals = settle(parts, other_office=True)
    assert ask(approvals, records) == 200
    assert waiting(approvals, "officer") == ["old"]
