"""What a refusal lets somebody ask for: only what could help, by what was told alone."""

from gateway.approvals.scopes import describe_request, list_scopes, tell_instead

LEAVE_OUT = {"code": "emergency_not_allowed", "remedy": "Leave out the place."}


def test_an_emergency_that_is_not_open_in_its_way_lets_one_ask_for_its_protected_plate_alone():
    told = [{"code": "geo_search_not_approved"}, LEAVE_OUT]
    assert list_scopes(told) == []
    assert list_scopes([*told, {"code": "emergency_needs_second_person"}]) == ["protected_plate"]
    assert list_scopes(told[:1]) == ["geo_search"]


def test_where_no_approval_helps_the_remedies_of_the_refusal_are_told_each_once():
    own = {"code": "closed_today", "message": "Closed.", "fix": "Wait."}
    told = tell_instead([LEAVE_OUT, LEAVE_OUT, own], [])
    assert told == "Put right what the refusal names, then search again: Leave out the place. Wait."
    assert tell_instead([LEAVE_OUT], ["geo_search"]) == "What it lets you ask for is: geo_search."


def test_who_asked_sees_the_scope_asked_for_and_who_decides_both():
    row = {"user_id": "officer", "scope": "partial_plate+protected_plate", "status": "approved"}
    own, others = describe_request(row, "officer"), describe_request(row, "supervisor")
    assert (own["scope"], "also" in own) == ("partial_plate", False)
    assert (others["scope"], others["also"]) == ("partial_plate", "protected_plate")


def test_what_is_to_be_given_also_with_a_request_that_waits_is_not_said_where_its_plate_was_not_opened():
    row = {"user_id": "officer", "scope": "partial_plate", "status": "requested"}
    assert "also" not in describe_request(row, "supervisor")
    assert describe_request(row | {"status": "denied"}, "supervisor")["also"] is None
