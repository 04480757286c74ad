"""What the record holds of one id: who was refused before any policy was asked, and how an allowed search ended."""

from gateway.lifecycle.recorded import describe_refusal, tell_outcome, tell_refusal

AT = "2026-11-28T14:06:33.326Z"
REFUSED = {
    "event_type": "refusal",
    "ts": AT,
    "status": 401,
    "deny_reasons": ["credential_invalid"],
    "deny_note": "not a key of this gateway",
    "mount": "flock",
}


def test_a_refused_credential_is_told_with_its_note_its_sentence_and_its_remedy():
    first, reason, nobody = tell_refusal(REFUSED)
    assert first.endswith("no policy was asked (status 401, note: not a key of this gateway, mount: flock)")
    assert reason.startswith("credential_invalid  This credential is not valid here. Check the key, ")
    assert "names an address and nobody" in nobody


def test_of_a_refusal_whose_person_is_known_it_is_not_said_that_nobody_is():
    assert len(tell_refusal(REFUSED | {"user_id": "u01"})) == 2


def test_a_reason_that_this_version_does_not_know_is_told_by_its_code():
    assert describe_refusal({"deny_reasons": ["of_later"]})["deny_reasons"] == [
        {"code": "of_later", "message": "", "fix": ""}
    ]
    assert "of_later" in tell_refusal({**REFUSED, "deny_reasons": ["of_later"]})


def test_a_search_that_the_vendor_refused_is_told_with_what_the_vendor_answered_and_what_the_officer_got():
    ended = {"outcome": "failed", "reason": "vendor_refused", "forwarded": True, "status": 502, "vendor_status": 500}
    told = tell_outcome(ended | {"ts": AT})
    assert told.startswith(f"then at {AT}: failed: the vendor answered 500, and the officer got 502: vendor_refused  ")


def test_a_search_of_which_nothing_was_sent_is_told_as_such():
    told = tell_outcome({"ts": AT, "outcome": "failed", "reason": "vendor_unreachable", "forwarded": False})
    assert "failed: nothing was sent to the vendor: vendor_unreachable  The vendor cannot be reached." in told


def test_a_search_that_a_crash_cut_off_is_told_as_one_of_which_nobody_knows_whether_it_was_sent():
    told = tell_outcome({"ts": AT, "outcome": "interrupted"})
    assert "whether the vendor was asked is not known" in told


def test_an_answered_search_is_told_with_the_number_of_its_reads():
    assert tell_outcome({"ts": AT, "outcome": "answered", "result_count": 3}).endswith("answered with 3 reads")
