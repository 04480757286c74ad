"""A vendor that is wrong, late or gone: told as the vendor's fault, with nothing of its answer, and recorded as such."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

_FAULTS = {
    "failing": (502, "vendor_refused"),
    "garbage": (502, "vendor_answer_unusable"),
    "truncated": (502, "vendor_answer_unusable"),
    "undated": (502, "vendor_answer_unusable"),
    "estranged": (502, "vendor_credential_refused"),
    "nobody": (502, "vendor_unreachable"),
    "slow": (504, "vendor_late"),
}


@pytest.mark.parametrize("mount", _FAULTS)
def test_each_fault_has_its_own_reason_and_an_outcome_on_record(world, officer, mount):
    status, code = _FAULTS[mount]
    started = time.monotonic()
    reply = officer.lookup(mount=f"/{mount}")
    assert (reply.status, reply.codes) == (status, [code])
    assert time.monotonic() - started < 3
    outcome = world.ledger.one(event_type="outcome", decision_id=reply.document["decision_id"])
    assert (outcome["outcome"], outcome["reason"], outcome["status"]) == ("failed", code, status)
    assert world.ledger.one(event_type="decision", decision_id=outcome["decision_id"])["decision"] == "allow"


@pytest.mark.parametrize("mount", _FAULTS)
def test_a_search_that_was_allowed_and_then_failed_is_listed_as_it_was_told(world, officer, mount):
    assert officer.lookup().status == 200
    reply = officer.lookup(mount=f"/{mount}")

    def listed():
        found = officer.ask("GET", "/gateway/me/decisions").document["decisions"]
        return found if [one["verdict"] for one in found] == ["failed", "allow"] else None

    failed, answered = world.ledger.wait(listed)
    assert (failed["decision_id"], failed["reasons"]) == (reply.document["decision_id"], reply.document["reasons"])
    assert answered["reasons"] == []


@pytest.mark.parametrize(
    ("mount", "forwarded"), [("nobody", False), ("estranged", False), ("slow", True), ("failing", True)]
)
def test_the_outcome_says_whether_the_vendor_may_have_been_asked(world, officer, mount, forwarded):
    reply = officer.lookup(mount=f"/{mount}")
    outcome = world.ledger.one(event_type="outcome", decision_id=reply.document["decision_id"])
    assert outcome["forwarded"] is forwarded


def test_the_vendors_own_error_is_recorded_by_its_status_and_never_passed_on(world, officer):
    reply = officer.lookup(mount="/failing")
    assert b"Internal error" not in reply.body
    assert world.ledger.one(event_type="outcome", decision_id=reply.document["decision_id"])["vendor_status"] == 500


@pytest.mark.parametrize("mount", ["garbage", "truncated", "undated"])
def test_not_a_byte_of_an_answer_that_cannot_be_read_is_passed_on(officer, mount):
    reply = officer.lookup(mount=f"/{mount}")
    assert b"FNA579" not in reply.body
    assert b"capturedAt" not in reply.body


def test_reads_that_cannot_be_read_are_told_beside_those_that_pass_and_counted(world, officer):
    reply = officer.lookup(mount="/partly-undated", limit=50)
    outcome = world.ledger.one(event_type="outcome", decision_id=reply.headers["x-lpr-decision"])
    told = int(reply.headers["x-lpr-unreadable"])
    assert (reply.status, told, len(reply.document["results"])) == (
        200,
        outcome["dropped"]["unreadable"],
        outcome["result_count"],
    )
    numbers = dict(line.rsplit(" ", 1) for line in world.ask_admin("/metrics")[1].decode().splitlines())
    assert float(numbers['lpr_unreadable_reads_total{vendor="partly-undated"}']) >= told
    assert numbers['lpr_vendor_up{vendor="partly-undated"}'] == "1.0"


def test_a_fault_at_one_vendor_holds_up_no_search_at_another(world, officer):
    people = [world.officer() for _ in range(3)]
    with ThreadPoolExecutor(12) as pool:
        late = [pool.submit(people[number % 3].lookup, mount="/slow") for number in range(8)]
        started = time.monotonic()
        assert officer.lookup().status == 200
        assert time.monotonic() - started < 0.9
        assert {one.result().status for one in late} == {504}


def test_an_answered_search_says_what_came_and_what_was_held_back(world, officer):
    reply = officer.lookup(limit=50)
    (outcome,) = world.ledger.where(event_type="outcome", user_id=officer.user_id)
    assert (outcome["outcome"], outcome["status"], outcome["vendor_status"]) == ("answered", 200, 200)
    assert outcome["result_count"] == len(reply.document["results"]) > 0
    assert set(outcome["dropped"]) == {"other_plate", "outside_window"}
    assert outcome["withheld"] > 0
    assert outcome["bytes_out"] == len(reply.body)
