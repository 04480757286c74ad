"""Approvals and emergencies over HTTP: asked for, given, used, withdrawn; claimed, overdue, reviewed."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.clock import now, parse_instant
from gateway.demo.agency import CASE, NOBODYS_PLATE, OTHERS_PLATE, PLATE, SPOUSES_PLATE
from gateway.kept_words import WITHHELD
from gateway.pep.suggestion import SCOPES
from tests.http.agency import OWN_PROTECTED_PLATE, PROTECTED_PLATE
from tests.http.asking import days_ago
from tests.http.installation import POLICIES

SUPERVISOR, PRIVACY = "u05", "u07"
CALL = "26-11274711"
CANDIDATES = "/rekor/api/search/platecandidate"


def fuzzy(person):
    return person.plates(target="/rekor/api/search/platecandidate")


def emergency(person, plate=NOBODYS_PLATE, mount="/flock", **changes):
    fields = {
        "reason": "exigent_circumstances: kidnapping: child taken, call 4711",
        "startDate": days_ago(1),
        "endDate": days_ago(0),
        "caseNumber": CALL,
    }
    return person.lookup(plate=plate, state=None, mount=mount, **(fields | changes))


def decide(person, approval_id, verb, **body):
    return person.ask("POST", f"/gateway/approvals/{approval_id}/{verb}", body={"reason": "seen and judged"} | body)


def ask_from(person, refused, **changes):
    body = {"decision_id": refused.document["decision_id"], "reason": "last two letters unknown", "hours": 4} | changes
    return person.ask("POST", "/gateway/approvals", body=body)


def test_a_refused_search_is_asked_for_approved_allowed_revoked_and_refused(world, officer):
    supervisor = world.person(SUPERVISOR)
    refused = fuzzy(officer)
    assert "partial_plate_not_approved" in refused.codes
    asked = ask_from(officer, refused)
    assert (asked.status, asked.document["status"], asked.document["scope"]) == (201, "requested", "partial_plate")
    approval_id = asked.document["approval_id"]
    assert fuzzy(officer).status == 403
    assert decide(supervisor, approval_id, "approve", hours=4).status == 200
    allowed = fuzzy(officer)
    assert allowed.status == 200
    record = world.ledger.where(user_id=officer.user_id, decision="allow")[-1]
    assert record["supervisor_approval_id"] == [approval_id]
    assert officer.lookup().status == 200
    ordinary = world.ledger.where(user_id=officer.user_id, decision="allow")[-1]
    assert "supervisor_approval_id" not in ordinary, "an approval in force that this search did not need"
    assert decide(supervisor, approval_id, "revoke").document["status"] == "revoked"
    assert "partial_plate_not_approved" in fuzzy(officer).codes
    done = [record["event_type"] for record in world.ledger.where(approval_id=approval_id)]
    assert {"approval.requested", "approval.approved", "approval.revoked"} <= set(done)
    [given] = world.ledger.where(approval_id=approval_id, event_type="approval.approved")
    assert (given["status"], given["hours"]) == ("approved", 4)


def test_a_part_asked_for_with_two_wildcards_in_a_row_is_refused_and_with_one_is_approved_for_just_that_part(
    world, officer
):
    wanted = {"case_number": CASE, "scope": "partial_plate", "plate": "fna-5**", "hours": 4, "reason": "a witness"}
    refused = officer.ask("POST", "/gateway/approvals", body=wanted)
    assert (refused.codes, "Write one * for each gap" in refused.document["detail"]) == (["request_out_of_range"], True)
    asked = officer.ask("POST", "/gateway/approvals", body=wanted | {"plate": "fna-5*"})
    assert decide(world.person(SUPERVISOR), asked.document["approval_id"], "approve", hours=4).status == 200
    searched = [officer.plates(target="/rekor/api/search/platecandidate", plate=part) for part in ("FNA5**", "FNA5*")]
    assert [(answer.status, answer.codes) for answer in searched] == [(400, ["request_out_of_range"]), (200, [])]


def give(world, person, **wanted):
    """An approval asked for in words and given; its id."""
    body = {"case_number": CASE, "hours": 4, "reason": "a witness"} | wanted
    asked = person.ask("POST", "/gateway/approvals", body=body)
    assert decide(world.person(SUPERVISOR), asked.document["approval_id"], "approve", hours=4).status == 200
    return asked.document["approval_id"]


def test_an_approval_that_names_no_plate_opens_parts_of_the_subjects_plates_and_passes_their_reads_alone(
    world, officer
):
    approval_id = give(world, officer, scope="partial_plate")
    found = officer.plates(target=CANDIDATES, plate=PLATE[:4] + "*")
    assert {read["fields"]["plate_number"] for read in found.document} == {PLATE}
    [record] = world.ledger.where(user_id=officer.user_id, decision="allow")
    assert (record["supervisor_approval_id"], record["subject_id"]) == ([approval_id], ["s01"])
    assert fuzzy(officer).status == 200


def test_an_approval_that_names_no_plate_opens_nobody_elses_and_every_part_is_refused_alike(world, officer):
    give(world, officer, scope="partial_plate")
    others = {  # a part of a plate, and why it is refused
        SPOUSES_PLATE + "*": "target_not_subject",
        OTHERS_PLATE + "*": "target_unknown",
        "CLS2*": "target_unknown",
        "OLD1*": "target_plate_expired",
        PROTECTED_PLATE + "*": "target_protected",
        OWN_PROTECTED_PLATE[:4] + "*": "target_protected",
        "QQX8*": "target_unknown",
        "B0Y1*": "target_unknown",  # the subject's is spelled with an O
    }
    told = [officer.plates(target=CANDIDATES, plate=plate) for plate in others]
    assert [reply.codes for reply in told] == [["partial_plate_not_approved"]] * len(told)
    assert len({json.dumps(reply.document["reasons"]) for reply in told}) == 1
    assert (
        "names no plate. Such a one opens at most parts that fit a plate which a subject of the case holds"
        in told[0].document["reasons"][0]["fix"]
    )
    found = [world.ledger.one(event_type="decision", decision_id=reply.document["decision_id"]) for reply in told]
    assert [record["deny_reasons"] for record in found] == [[reason] for reason in others.values()]


def test_an_approval_that_names_the_part_opens_it_whoever_holds_the_plate(world, officer):
    give(world, officer, scope="partial_plate")
    part = SPOUSES_PLATE[:4] + "*"
    refused = officer.plates(target=CANDIDATES, plate=part)
    named = ask_from(officer, refused).document["approval_id"]
    assert decide(world.person(SUPERVISOR), named, "approve", hours=4).document["would_then"]["allow"] is True
    found = officer.plates(target=CANDIDATES, plate=part)
    assert {read["fields"]["plate_number"] for read in found.document} == {SPOUSES_PLATE}
    assert world.ledger.where(user_id=officer.user_id, decision="allow")[-1]["supervisor_approval_id"] == [named]


def test_a_protected_plate_that_is_not_named_is_not_asked_for(officer):
    wanted = {"case_number": CASE, "scope": "protected_plate", "hours": 1, "reason": "x"}
    refused = officer.ask("POST", "/gateway/approvals", body=wanted)
    [told] = refused.document["reasons"]
    assert (refused.status, refused.codes, told["field"]) == (400, ["request_missing_field"], "plate")
    assert "Name the protected plate: none is approved unseen." in told["fix"]


def test_a_request_says_to_all_who_see_it_whether_it_names_a_plate_and_for_how_long_it_was_given(world, officer):
    supervisor, wanted = world.person(SUPERVISOR), {"case_number": CASE, "scope": "partial_plate", "reason": "x"}
    asked = officer.ask("POST", "/gateway/approvals", body=wanted | {"hours": 1}).document
    address = f"/gateway/approvals/{asked['approval_id']}"
    shown = [asked, supervisor.ask("GET", address).document]
    shown += [
        one
        for one in supervisor.ask("GET", "/gateway/approvals?status=requested").document["approvals"]
        if one["approval_id"] == asked["approval_id"]
    ]
    shown.append(decide(supervisor, asked["approval_id"], "approve", hours=8).document)
    shown.append(officer.ask("GET", address).document)
    assert [one["covers"] for one in shown] == ["any plate of the case's own subjects"] * 5
    assert [(one["hours"], one["hours_given"]) for one in shown] == [(1, None)] * 3 + [(1, 8)] * 2


@pytest.mark.parametrize("plate", ["FNA*", "FNA"])
def test_part_of_a_plate_too_short_for_any_approval_is_asked_for_in_vain_neither_from_the_refusal_nor_in_words(
    officer, plate
):
    refused = officer.plates(target="/rekor/api/search/platecandidate", plate=plate)
    assert refused.codes == ["partial_plate_not_approved"]
    asked = ask_from(officer, refused)
    assert asked.codes == ["approval_not_needed"]
    assert "At least 4 characters must be fixed" in asked.document["reasons"][0]["fix"]
    wanted = {"case_number": CASE, "scope": "partial_plate", "plate": plate, "hours": 4, "reason": "a witness"}
    in_words = officer.ask("POST", "/gateway/approvals", body=wanted)
    assert "at least 4 fixed characters" in in_words.document["reasons"][0]["fix"]
    assert officer.ask("GET", "/gateway/approvals").document["approvals"] == []


@pytest.mark.parametrize("asked", [{}, {"scope": "geo_search"}])
def test_from_a_refusal_in_which_the_case_was_forgotten_nothing_is_asked_and_that_is_what_is_to_be_put_right(
    officer, asked
):
    circle = {"radius": {"latitude": 39.3, "longitude": -76.6, "radius": 2}}
    refused = officer.lookup(caseNumber=None, radius=circle)
    assert set(refused.codes) == {"case_missing", "geo_search_not_approved"}
    told = ask_from(officer, refused, **asked)
    fix = told.document["reasons"][0]["fix"]
    assert (told.codes, "What it lets you ask for" in fix) == (["approval_not_needed"], False)
    assert "Send it in X-LPR-Case, the vendor's case field, or a declared context." in fix


def test_who_approves_is_told_whether_the_refused_search_is_allowed_then(world, officer):
    supervisor = world.person(SUPERVISOR)
    enough = ask_from(officer, fuzzy(officer)).document["approval_id"]
    assert decide(supervisor, enough, "approve", hours=4).document["would_then"] == {"allow": True, "reasons": []}
    body = {"target": "/rekor/api/search/platecandidate", "plate": "QQX8*", "headers": {"X-LPR-Case": CASE}}
    lacking = ask_from(officer, officer.plates(**body)).document["approval_id"]
    told = decide(supervisor, lacking, "approve", hours=4).document["would_then"]
    assert (told["allow"], told["reasons"]) == (False, ["purpose_missing"])


def test_a_double_click_asks_once_and_is_told_of_the_one_request(world, officer):
    refused = fuzzy(officer)
    with ThreadPoolExecutor(8) as clicks:
        answers = [*clicks.map(lambda _: ask_from(officer, refused), range(8))]
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    [approval_id] = {answer.document["approval_id"] for answer in answers}
    assert decide(world.person(SUPERVISOR), approval_id, "deny").status == 200


def test_asking_again_for_what_nobody_decided_yet_is_answered_with_the_open_request(world, officer):
    first = ask_from(officer, fuzzy(officer))
    again, longer = ask_from(officer, fuzzy(officer)), ask_from(officer, fuzzy(officer), hours=5)
    assert (again.status, again.document["approval_id"]) == (200, first.document["approval_id"])
    assert longer.status == 201, "more hours are another thing to decide on"
    assert decide(world.person(SUPERVISOR), first.document["approval_id"], "deny").status == 200
    assert ask_from(officer, fuzzy(officer)).status == 201, "what was decided on may be asked for anew"


def test_the_plate_is_shown_to_who_may_decide_and_lies_nowhere_in_the_open(world, officer):
    supervisor = world.person(SUPERVISOR)
    asked = officer.ask(
        "POST",
        "/gateway/approvals",
        body={"case_number": CASE, "scope": "partial_plate", "plate": "QQX8Z4*", "reason": "seen QQX8Z4", "hours": 1},
    ).document
    address = f"/gateway/approvals/{asked['approval_id']}"
    assert supervisor.ask("GET", address).document["plate"] == "QQX8Z4*"
    own = officer.ask("GET", address).document
    assert "plate" not in own
    assert own["reason"] == "seen QQX8Z4"
    world.ledger.wait(lambda: world.ledger.where(event_type="approval.shown", approval_id=asked["approval_id"]))
    stored = b"".join(path.read_bytes() for path in Path(world.state).rglob("*") if path.is_file())
    assert b"QQX8Z4" not in stored


def opened(world, *chosen):
    """The written reasons that an auditor's key opens in these records, by event type."""
    key = str(world.state / "secrets" / "auditor.key")
    found = world.run_json("audit", "open", *chosen, "--key", key, "--why", "Complaint seven")
    assert all(item["problem"] is None for item in found)
    return {item["event_type"]: item["opened"]["reason_text"] for item in found if "reason_text" in item["opened"]}


def test_who_asked_and_who_may_decide_are_told_why_it_was_given_denied_or_revoked(world, officer):
    supervisor = world.person(SUPERVISOR)
    first = ask_from(officer, fuzzy(officer)).document["approval_id"]
    address = f"/gateway/approvals/{first}"
    assert officer.ask("GET", address).document["answer"] is None
    for verb, reason in (("approve", "the witness is sure"), ("revoke", "the witness took it back")):
        decide(supervisor, first, verb, reason=reason, **({"hours": 1} if verb == "approve" else {}))
        shown = [person.ask("GET", address).document for person in (officer, supervisor)]
        assert [(one["reason"], one["answer"]) for one in shown] == [("last two letters unknown", reason)] * 2
    second = ask_from(officer, fuzzy(officer)).document["approval_id"]
    decide(supervisor, second, "deny", reason="not enough")
    assert officer.ask("GET", f"/gateway/approvals/{second}").document["answer"] == "not enough"
    assert "answer" not in officer.ask("GET", "/gateway/approvals").document["approvals"][0]


def test_an_auditors_key_opens_every_written_reason_and_no_plate_in_one_lies_open(world, officer):
    supervisor, plate = world.person(SUPERVISOR), "QQY7Z41"
    said = {verb: f"{verb} of {plate}" for verb in ("requested", "approved", "revoked", "denied", "reviewed")}
    asked = ask_from(officer, fuzzy(officer), reason=said["requested"]).document["approval_id"]
    assert decide(supervisor, asked, "approve", hours=1, reason=said["approved"]).status == 200
    assert decide(supervisor, asked, "revoke", reason=said["revoked"]).status == 200
    denied = ask_from(officer, fuzzy(officer), reason=said["requested"]).document["approval_id"]
    assert decide(supervisor, denied, "deny", reason=said["denied"]).status == 200
    assert emergency(officer).status == 200
    decision_id = world.ledger.where(event_type="emergency.opened", user_id=officer.user_id)[-1]["decision_id"]
    judged = {"outcome": "not_justified", "reason": said["reviewed"]}
    address = f"/gateway/emergencies/{decision_id}/review"
    assert supervisor.ask("POST", address, body=judged).document["review"] == said["reviewed"]
    told = opened(world, "--person", officer.user_id)
    assert told.pop("decision") == "exigent_circumstances: kidnapping: child taken, call 4711"
    acts = {"emergency.reviewed" if verb == "reviewed" else f"approval.{verb}" for verb in said}
    assert told == {act: said[act.partition(".")[2]] for act in acts}
    for person in (officer, supervisor, world.person(PRIVACY)):
        listed = person.ask("GET", "/gateway/emergencies").document["emergencies"]
        [one] = [each for each in listed if each["decision_id"] == decision_id]
        assert (one["status"], one["review"]) == ("not_justified", said["reviewed"])
    stored = b"".join(path.read_bytes() for path in Path(world.folder).rglob("*") if path.is_file())
    assert plate.encode() not in stored


def test_an_emergency_of_the_very_days_that_are_allowed_is_searched_and_its_pages_are_and_nothing_from_before(
    world, officer
):
    asked = days_ago(3)
    first = emergency(officer, plate=PLATE, startDate=asked, limit=1)
    assert (first.status, first.codes) == (200, [])
    began, end = first.headers["x-lpr-window"].split("/")
    assert asked[:19] <= began[:19] < end[:19]
    page = first.document["nextPageId"]
    assert officer.ask("GET", f"/flock/api/v3/reads/lookup/page/{page}").status == 200
    records = world.ledger.where(event_type="decision", user_id=officer.user_id)
    assert [(record["lookback_days"], record["notes"]) for record in records] == [(3, ["window_begun_at_limit"])] * 2
    assert emergency(officer, startDate=days_ago(3.01)).codes == ["lookback_too_long"]


def test_the_review_of_an_emergency_stands_under_its_case_and_decision_and_who_searched(world, officer):
    assert emergency(officer).status == 200
    decision_id = world.ledger.where(event_type="emergency.opened", user_id=officer.user_id)[-1]["decision_id"]
    judged = {"outcome": "not_justified", "reason": "no call"}
    assert (
        world.person(PRIVACY).ask("POST", f"/gateway/emergencies/{decision_id}/review", body=judged).status,
        world.person(SUPERVISOR).ask("POST", f"/gateway/emergencies/{decision_id}/review", body=judged).codes,
    ) == (200, ["review_done"])
    [record] = world.ledger.where(event_type="emergency.reviewed", decision_id=decision_id)
    assert (record["user_id"], record["searched_by"], record["case_number"]) == (PRIVACY, officer.user_id, CALL)
    [record] = world.run_json(
        "audit", "search", "--person", officer.user_id, "--event", "emergency.reviewed", "--why", "Complaint seven"
    )
    assert record["outcome"] == "not_justified"


def test_a_look_at_an_approval_is_on_record_under_whose_it_is(world, officer):
    asked = ask_from(officer, fuzzy(officer)).document["approval_id"]
    world.person(SUPERVISOR).ask("GET", f"/gateway/approvals/{asked}")
    [record] = world.ledger.where(event_type="approval.shown", approval_id=asked)
    assert (record["user_id"], record["requested_by"], record["plate_shown"]) == (SUPERVISOR, officer.user_id, True)


def test_the_approver_sees_what_the_policy_saw_and_what_would_then_be_allowed(world, officer):
    asked = ask_from(officer, fuzzy(officer)).document
    shown = world.person(SUPERVISOR).ask("GET", f"/gateway/approvals/{asked['approval_id']}").document
    assert shown["refused_because"] == ["partial_plate_not_approved"]
    assert shown["policy_saw"]["subject"]["id"] == officer.user_id
    assert shown["would_then"] == {"allow": True, "reasons": []}


def test_nobody_decides_for_himself_nor_without_the_role_nor_for_another_office(world, officer):
    supervisor, other_office, stranger = world.person(SUPERVISOR), world.person("u10"), world.officer()
    approval_id = ask_from(officer, fuzzy(officer)).document["approval_id"]
    assert decide(officer, approval_id, "approve", hours=1).codes == ["approval_own"]
    assert decide(stranger, approval_id, "approve", hours=1).codes == ["approval_role"]
    assert decide(other_office, approval_id, "approve", hours=1).codes == ["approval_office"]
    assert decide(stranger, approval_id, "revoke").codes == ["approval_role"]
    assert decide(other_office, approval_id, "revoke").codes == ["approval_office"]
    assert decide(supervisor, approval_id, "approve", hours=73).codes == ["request_out_of_range"]
    assert stranger.ask("GET", f"/gateway/approvals/{approval_id}").codes == ["approval_unknown"]
    assert decide(supervisor, approval_id, "deny").document["status"] == "denied"
    assert decide(supervisor, approval_id, "approve", hours=1).codes == ["approval_decided"]
    listed = officer.ask("GET", "/gateway/approvals?status=denied").document["approvals"]
    assert [each["approval_id"] for each in listed] == [approval_id]


def test_a_refusal_of_somebody_elses_or_one_that_no_approval_helps_is_not_asked_from(world, officer):
    refused = fuzzy(world.officer())
    assert ask_from(officer, refused).codes == ["decision_unknown"]
    assert ask_from(officer, officer.lookup(caseNumber="26-009999")).codes == ["approval_not_needed"]


def test_asking_does_not_tell_a_protected_plate_from_an_unknown_one(officer):
    answers = [ask_from(officer, officer.lookup(plate=plate, state=None)) for plate in (NOBODYS_PLATE, PROTECTED_PLATE)]
    assert [(answer.status, answer.document["scope"]) for answer in answers] == [(201, "protected_plate")] * 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"reason": "x", "hours": 1}, "request_missing_field"),
        ({"decision_id": "0" * 36, "reason": "x", "hours": 1, "plate": "A"}, "request_out_of_range"),
        ({"case_number": CASE, "scope": "everything", "reason": "x", "hours": 1}, "request_out_of_range"),
        (
            {"case_number": CASE, "scope": "geo_search", "plate": "A?", "reason": "x", "hours": 1},
            "request_plate_characters",
        ),
        ({"case_number": CASE, "scope": "geo_search", "reason": " ", "hours": 1}, "request_out_of_range"),
        ({"case_number": CASE, "scope": "geo_search", "reason": " . ", "hours": 1}, "request_out_of_range"),
        ({"case_number": CASE, "scope": "geo_search", "reason": "x", "hours": 0}, "request_out_of_range"),
        ({"case_number": CASE, "scope": "geo_search", "reason": "x", "hours": 1, "for": "me"}, "request_unknown_field"),
    ],
)
def test_a_request_that_cannot_be_so_is_refused(officer, body, code):
    assert officer.ask("POST", "/gateway/approvals", body=body).codes == [code]


def test_an_approval_for_more_wildcards_than_any_search_may_have_is_refused_before_anybody_waits_for_it(officer):
    wanted = {"case_number": CASE, "scope": "partial_plate", "plate": "F*N*A*5*79", "reason": "x", "hours": 1}
    asked = officer.ask("POST", "/gateway/approvals", body=wanted)
    assert (asked.codes, "at most 3 wildcards" in asked.document["detail"]) == (["request_out_of_range"], True)


def test_ones_own_decisions_are_listed_with_purpose_reasons_and_remedies_and_without_plates(world, officer):
    assert officer.lookup().status == 200
    refused = officer.lookup(caseNumber="26-009999")

    def both():
        listed = officer.ask("GET", "/gateway/me/decisions?limit=2").document["decisions"]
        return listed if {each["verdict"] for each in listed} == {"allow", "deny"} else None

    listed = world.ledger.wait(both)
    denied = next(each for each in listed if each["verdict"] == "deny")
    assert denied["decision_id"] == refused.document["decision_id"]
    assert denied["reasons"] == refused.document["reasons"]
    assert {(each["purpose"], each["case_number"]) for each in listed} == {
        ("criminal_investigation", CASE),
        ("criminal_investigation", "26-009999"),
    }
    assert PLATE not in json.dumps(listed)
    assert officer.ask("GET", "/gateway/me/decisions?limit=0").codes == ["request_out_of_range"]
    assert officer.ask("GET", "/gateway/me/decisions?user=u01").codes == ["request_unknown_field"]


def test_a_key_is_renewed_by_its_holder(officer):
    renewed = officer.ask("POST", "/gateway/keys/renew", body=b"").document
    headers = {"Authorization": f"Bearer {renewed['secret']}"}
    told = officer.ask("GET", "/gateway/whoami", headers=headers).document
    assert (told["user_id"], told["key"]["key_id"]) == (officer.user_id, renewed["key_id"])
    assert officer.ask("GET", "/gateway/whoami").document["key"]["expires_at"] < renewed["expires_at"]


def test_a_query_where_an_address_takes_nothing_is_not_sent_into_the_body(officer):
    refused = officer.ask("POST", "/gateway/keys/renew?x", body=b"")
    assert (refused.status, "takes nothing" in refused.document["detail"]) == (400, True)
    assert "goes into the body" not in refused.document["detail"]


def test_a_wish_for_another_key_is_refused_and_not_passed_over_by_a_renewal(officer):
    refused = officer.ask("POST", "/gateway/keys/renew", body=b'{"mounts": ["flock"]}')
    assert refused.codes == ["request_body_not_allowed"]
    assert "a new key is like the one sent" in refused.document["reasons"][0]["fix"]
    assert officer.ask("POST", "/gateway/keys/renew", body=b"{}").status == 201


def test_an_emergency_finds_a_plate_that_nobody_knows_and_nothing_else(world, officer, flock):
    before = len(flock.received())
    answer = emergency(officer, plate="zzz-999")
    assert answer.status == 200
    assert flock.received()[before].document["plate"] == NOBODYS_PLATE
    reviewer = world.person(SUPERVISOR)
    due = reviewer.ask("GET", "/gateway/emergencies").document["emergencies"]
    mine = next(each for each in due if each["user_id"] == officer.user_id)
    assert (mine["status"], mine["statement"]) == ("due", "kidnapping: child taken, call 4711")
    assert reviewer.ask("GET", "/gateway/whoami").document["reviews"]["to_review"] >= 1
    told = officer.ask("GET", "/gateway/whoami").document["reviews"]
    assert (told["due"], told["overdue"], told["to_review"]) == (1, 0, 0)


def test_an_approval_for_one_call_that_looks_like_a_plate_counts_for_no_other_call(world, officer):
    def search(call):
        return emergency(officer, plate=OWN_PROTECTED_PLATE, caseNumber=call)

    asked = [ask_from(officer, search(call)) for call in ("CALL-8801", "CALL-9902")]
    assert [one.status for one in asked] == [201, 201], "each call has a request of its own"
    approval_id = asked[0].document["approval_id"]
    assert decide(world.person(SUPERVISOR), approval_id, "approve", hours=1).status == 200
    assert search("CALL-9902").codes == ["emergency_needs_second_person"]
    assert search("CALL-8801").status == 200


def test_an_auditor_finds_and_holds_a_call_by_the_number_that_a_complaint_quotes_though_it_looks_like_a_plate(
    world, officer
):
    assert emergency(officer, caseNumber="CALL-7213").status == 200
    why = ("--why", "Complaint eleven")
    found = world.run_json("audit", "search", "--case", "CALL-7213", "--event", "decision", *why)
    assert [(one["user_id"], one["case_number"][: len(WITHHELD)]) for one in found] == [(officer.user_id, WITHHELD)]
    held = world.run("audit", "hold", "--case", "CALL-7213", *why)
    assert (held.exit_code, "no record has" in held.stderr) == (0, False)
    assert world.run("audit", "hold", "--case", "CALL-7213", "--release", *why).exit_code == 0
    assert "CALL-7213" not in json.dumps(world.run_json("audit", "search", "--event", "audit.read", *why))
    assert world.run("audit", "search", "--case", "CALL-9999", *why).exit_code == 2


def test_a_call_that_looks_like_a_plate_is_told_to_reviewers_alone_and_kept_from_record_and_vendor(
    world, officer, flock
):
    before = len(flock.received())
    assert emergency(officer, caseNumber="KLM-4829").status == 200
    assert "KLM" not in json.dumps(flock.received()[before].document)
    due = world.person(SUPERVISOR).ask("GET", "/gateway/emergencies").document["emergencies"]
    [mine] = [each for each in due if each["user_id"] == officer.user_id]
    assert mine["case_number"].startswith(WITHHELD)
    assert mine["statement"] == "kidnapping: child taken, call 4711 (case or call as given: KLM-4829)"
    assert "KLM-4829" not in json.dumps(world.ledger.where(user_id=officer.user_id))
    body = {"case_number": "KLM-4829", "scope": "protected_plate", "plate": "ABC777", "reason": "x", "hours": 1}
    refused = officer.ask("POST", "/gateway/approvals", body=body)
    assert (refused.codes, "looks like a license plate" in refused.body.decode()) == (["request_out_of_range"], True)


def test_an_emergency_whose_purpose_is_in_the_header_begins_its_statement_with_the_circumstance(world, officer):
    answer = emergency(
        officer, reason="kidnapping: child taken, call 4711", headers={"X-LPR-Purpose": "exigent_circumstances"}
    )
    assert answer.status == 200
    record = world.ledger.where(event_type="decision", user_id=officer.user_id, decision="allow")[-1]
    assert (record["purpose_code"], record["purpose_source"]) == ("exigent_circumstances", "header")


@pytest.mark.parametrize("scope", ["other_purpose", "geo_search", "protected_plate"])
def test_part_of_a_plate_is_asked_for_in_words_as_partial_plate_alone(officer, scope):
    body = {"case_number": CASE, "scope": scope, "plate": "FNA5*", "reason": "needed for it", "hours": 1}
    refused = officer.ask("POST", "/gateway/approvals", body=body)
    assert (refused.codes, "Allowed: a whole plate." in refused.document["detail"]) == (["request_out_of_range"], True)


def test_an_emergency_searches_no_protected_plate_without_a_second_person(world, officer):
    refused = emergency(officer, plate=OWN_PROTECTED_PLATE)
    assert refused.codes == ["emergency_needs_second_person"]
    asked = ask_from(officer, refused).document
    assert decide(world.person(SUPERVISOR), asked["approval_id"], "approve", hours=1).status == 200
    assert emergency(officer, plate=OWN_PROTECTED_PLATE).status == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": "exigent_circumstances"}, "reason_missing"),
        ({"reason": "exigent_circumstances: kidnapping"}, "reason_missing"),
        ({"reason": "exigent_circumstances: kidnapping: "}, "reason_missing"),
        ({"reason": "exigent_circumstances: child taken"}, "emergency_circumstance"),
        ({"reason": "exigent_circumstances: haste: my shift ends"}, "emergency_circumstance"),
        ({"caseNumber": None}, "case_missing"),
        ({"startDate": days_ago(4)}, "lookback_too_long"),
    ],
)
def test_an_emergency_without_statement_or_call_or_too_far_back_is_refused(officer, changes, code):
    fields = {
        "reason": "exigent_circumstances: kidnapping: child taken",
        "startDate": days_ago(1),
        "caseNumber": "CALL-1",
    } | changes
    assert code in officer.lookup(plate=NOBODYS_PLATE, state=None, endDate=days_ago(0), **fields).codes


def test_an_emergency_cannot_be_tried_out_so_that_nobody_learns_unseen_what_is_protected(officer):
    told = []
    for plate in (NOBODYS_PLATE, PROTECTED_PLATE, OWN_PROTECTED_PLATE):
        fields = {"plate": plate, "reason": "exigent_circumstances: kidnapping: child taken", "caseNumber": "CALL-1"}
        fields |= {"startDate": days_ago(1), "endDate": days_ago(0)}
        asked = {"mount": "flock", "method": "POST", "path": "/api/v3/reads/lookup", "body": fields}
        answer = officer.ask("POST", "/gateway/explain", body=asked).document
        told.append((answer["allow"], [reason["code"] for reason in answer["reasons"]]))
    assert told == [(False, ["emergency_not_allowed"])] * 3


def test_whoever_names_no_circumstance_is_told_which_there_are(officer):
    told = emergency(officer, reason="exigent_circumstances: it is urgent").document["reasons"][0]
    assert told["fix"].endswith("The circumstances are: life_in_danger, kidnapping, escape.")


def test_emergencies_at_the_same_moment_are_no_more_than_the_table_allows_and_refused_ones_count_for_nothing(officer):
    most = 5
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: emergency(officer), range(10)))
    refused = {code for answer in answers for code in answer.codes}
    assert refused <= {"gateway_busy", "emergency_ceiling"}
    allowed = sum(answer.status == 200 for answer in answers)
    assert allowed <= most
    while (answer := emergency(officer)).status == 200:
        allowed += 1
    assert (answer.codes, allowed) == (["emergency_ceiling"], most)
    told = answer.document["reasons"][0]["fix"]
    [end] = re.findall(r"The ceiling is 5 emergency searches of yours in 24 hours; it ends at (\S+)\.$", told)
    assert timedelta(hours=23) < parse_instant(end) - now() <= timedelta(hours=24)
    left = officer.ask("GET", "/gateway/whoami").document["emergencies"]
    assert left == {"hours": 24, "used": most, "ceiling": most, "left": 0, "ends_at": end}


def test_emergencies_that_never_reached_the_vendor_use_up_none_of_the_days_and_leave_no_review(world, officer):
    failed = [emergency(officer, mount="/nobody") for _ in range(6)]
    assert {(one.status, *one.codes) for one in failed} == {(502, "vendor_unreachable")}
    assert "counts as no emergency, and no review of it is due" in failed[-1].document["reasons"][0]["fix"]
    assert officer.ask("GET", "/gateway/whoami").document["reviews"]["due"] == 0
    listed = officer.ask("GET", "/gateway/emergencies").document["emergencies"]
    assert [one["status"] for one in listed] == ["not_sent"] * 6
    ids = {one.document["decision_id"] for one in failed}
    noted = world.ledger.where(event_type="emergency.not_sent", user_id=officer.user_id)
    assert {record["decision_id"] for record in noted} == ids
    assert emergency(officer).status == 200


@pytest.mark.parametrize(("mount", "code"), [("/slow", "vendor_late"), ("/failing", "vendor_refused")])
def test_an_emergency_that_may_have_reached_the_vendor_counts_and_the_answer_says_so(officer, mount, code):
    failed = emergency(officer, mount=mount)
    assert failed.codes == [code]
    assert "this emergency counts, and its review is due" in failed.document["reasons"][0]["fix"]
    assert officer.ask("GET", "/gateway/whoami").document["reviews"]["due"] == 1


def test_an_overdue_review_ends_a_persons_emergencies_until_another_person_reviews(install, tmp_path):
    policies = tmp_path / "policies"
    for path in POLICIES.rglob("*"):
        if path.is_file():
            (policies / path.relative_to(POLICIES)).parent.mkdir(parents=True, exist_ok=True)
            (policies / path.relative_to(POLICIES)).write_bytes(path.read_bytes())
    table = policies / "tables" / "emergencies" / "data.yaml"
    table.write_text(table.read_text().replace("review_hours:\n  value: 72", "review_hours:\n  value: 0.0005"))
    gateway = install(settings="")
    gateway.config.write_text(gateway.config.read_text().replace(str(POLICIES), str(policies)))
    gateway.start()
    officer, privacy = gateway.officer(), gateway.person(PRIVACY)
    searched = emergency(officer)
    assert searched.status == 200
    decision_id = gateway.ledger.where(user_id=officer.user_id, decision="allow")[-1]["decision_id"]
    gateway.ledger.wait(lambda: gateway.ledger.where(event_type="emergency.overdue", decision_id=decision_id), 60)
    assert "review_overdue" in emergency(officer).codes
    review = {"outcome": "justified", "reason": "the child was found"}
    assert officer.ask("POST", f"/gateway/emergencies/{decision_id}/review", body=review).codes == ["review_own"]
    assert gateway.officer().ask("POST", f"/gateway/emergencies/{decision_id}/review", body=review).codes == [
        "review_role"
    ]
    for due in privacy.ask("GET", "/gateway/emergencies").document["emergencies"]:
        told = privacy.ask("POST", f"/gateway/emergencies/{due['decision_id']}/review", body=review)
        assert (told.status, told.document["status"]) == (200, "justified")
    assert privacy.ask("POST", f"/gateway/emergencies/{decision_id}/review", body=review).codes == ["review_done"]
    assert "review_overdue" not in emergency(officer).codes
    assert gateway.run_json("audit", "verify")["ok"] is True


GEO = {"radius": {"radius": {"latitude": 39.3, "longitude": -76.6, "radius": 2}}}


@pytest.mark.parametrize(
    ("reason", "search"),
    [
        ("partial_plate_not_approved", lambda person: person.plates(target=CANDIDATES, plate="FNA5*")),
        ("partial_plate_not_approved", lambda person: person.plates(target=CANDIDATES, plate="PRO8*")),
        ("partial_plate_not_approved", lambda person: person.plates(target=CANDIDATES, plate=OWN_PROTECTED_PLATE)),
        ("geo_search_not_approved", lambda person: person.lookup(**GEO)),
        ("purpose_needs_approval", lambda person: person.lookup(reason="other: an audit of ours")),
        ("target_unknown", lambda person: person.lookup(plate=OWN_PROTECTED_PLATE)),
        ("emergency_needs_second_person", lambda person: emergency(person, plate=OWN_PROTECTED_PLATE)),
    ],
)
def test_asking_from_a_refusal_whatever_its_reason_leads_to_one_approval_after_which_the_search_is_allowed(
    world, officer, reason, search
):
    supervisor, refused = world.person(SUPERVISOR), search(officer)
    assert refused.codes == [reason]
    approval_id = ask_from(officer, refused).document["approval_id"]
    also = supervisor.ask("GET", f"/gateway/approvals/{approval_id}").document["also"]
    given = decide(supervisor, approval_id, "approve", hours=1, **({"also": also} if also else {}))
    assert given.document["would_then"] == {"allow": True, "reasons": []}
    assert search(officer).status == 200


def test_every_reason_that_an_approval_is_asked_from_is_held_to_lead_to_a_search():
    [held] = [
        mark
        for mark in test_asking_from_a_refusal_whatever_its_reason_leads_to_one_approval_after_which_the_search_is_allowed.pytestmark
        if mark.name == "parametrize"
    ]
    assert {reason for reason, _ in held.args[1]} == {reason.value for reason in SCOPES}


def test_who_asks_by_part_of_a_plate_sees_the_same_whether_it_takes_in_a_protected_one_and_who_decides_does_not(world):
    seen, supervisor = [], world.person(SUPERVISOR)
    for plate in ("FNA5*", "PRO8*"):
        person = world.officer()
        asked = ask_from(person, person.plates(target=CANDIDATES, plate=plate))
        address = f"/gateway/approvals/{asked.document['approval_id']}"
        also = supervisor.ask("GET", address).document["also"]
        listed = supervisor.ask("GET", "/gateway/approvals?status=requested").document["approvals"]
        assert ["also" in one for one in listed if one["approval_id"] == asked.document["approval_id"]] == [False]
        if also is not None:
            refused = decide(supervisor, asked.document["approval_id"], "approve", hours=1)
            assert (refused.codes, refused.document["reasons"][0]["field"]) == (["request_missing_field"], "also")
        needed = {"also": also} if also else {}
        assert decide(supervisor, asked.document["approval_id"], "approve", hours=1, **needed).document["also"] == also
        shown = [asked.document, person.ask("GET", address).document]
        shown += person.ask("GET", "/gateway/approvals").document["approvals"]
        shown.append(person.ask("POST", f"{address}/revoke", body={"reason": "done"}).document)
        seen.append((also, [(one["scope"], one["status"], sorted(one)) for one in shown]))
    [(none, plain), (also, protected)] = seen
    assert (none, also) == (None, "protected_plate")
    assert plain == protected
    records = world.ledger.where(event_type="approval.approved", user_id=SUPERVISOR)
    assert records[-1]["scope"] == "partial_plate+protected_plate"


def test_a_protected_plate_is_not_approved_beside_a_part_that_takes_in_none(world, officer):
    approval_id = ask_from(officer, fuzzy(officer)).document["approval_id"]
    refused = decide(world.person(SUPERVISOR), approval_id, "approve", hours=1, also="protected_plate")
    assert (refused.codes, refused.document["reasons"][0]["field"]) == (["request_out_of_range"], "also")
    assert "no protected plate is among those" in refused.document["detail"]


@pytest.mark.parametrize(
    ("scope", "told"),
    [("protected_plate", "the request itself is for protected_plate"), ("geo_search", "goes with partial_plate alone")],
)
def test_of_a_request_that_takes_nothing_beside_it_nothing_is_said_of_its_plate(world, officer, scope, told):
    body = {"case_number": CASE, "scope": scope, "plate": OWN_PROTECTED_PLATE, "reason": "needed for it", "hours": 1}
    approval_id = officer.ask("POST", "/gateway/approvals", body=body).document["approval_id"]
    refused = decide(world.person(SUPERVISOR), approval_id, "approve", hours=1, also="protected_plate")
    assert (refused.codes, told in refused.document["detail"]) == (["request_out_of_range"], True)


def test_an_emergency_with_a_place_is_told_to_leave_it_out_and_offers_no_approval(officer):
    refused = emergency(officer, **GEO)
    assert set(refused.codes) == {"geo_search_not_approved", "emergency_not_allowed"}
    [fix] = {reason["fix"] for reason in refused.document["reasons"]}
    assert fix.startswith("Leave out the place: ")
    asked = ask_from(officer, refused)
    assert (asked.codes, asked.document["reasons"][0]["fix"].endswith(fix)) == (["approval_not_needed"], True)
    assert emergency(officer).status == 200


def test_an_emergency_by_part_of_a_plate_does_not_tell_whether_it_fits_a_protected_one(officer):
    headers = {"X-LPR-Purpose": "exigent_circumstances", "X-LPR-Case": CALL}
    told = [officer.plates(target=CANDIDATES, plate=plate, headers=headers).codes for plate in ("QQX8*", "PRO8*")]
    assert "emergency_not_allowed" in told[0]
    assert told[0] == told[1]
