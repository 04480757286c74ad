import pytest

from gateway.auditing.acts import name_subject
from gateway.auditing.verdicts import name_verdict

REVIEWED = {
    "event_type": "finding.reviewed",
    "finding_id": "f1",
    "why": "no case of that number",
    "oversight": {"detector": "D9", "severity": "high", "outcome": "misuse", "reviewer": "u07"},
}


def test_a_review_of_a_finding_says_how_it_ended_and_what_was_found_out():
    assert name_verdict(REVIEWED) == "misuse"
    assert name_subject(REVIEWED) == "D9 high f1 - no case of that number"


@pytest.mark.parametrize(
    ("record", "subject"),
    [
        ({"event_type": "approval.approved", "approval_id": "a1", "scope": "geo_search"}, "a1 geo_search"),
        ({"event_type": "key.renewed", "key_id": "k1", "new_key_id": "k2"}, "k2"),
        ({"event_type": "audit.read", "what": "search", "why": "complaint"}, "search - complaint"),
        ({"event_type": "policy.activated", "what": "1a2b from now", "why": "reviewed"}, "1a2b from now - reviewed"),
        ({"event_type": "decision", "context_id": "c1", "key_id": "k1"}, None),
        ({"event_type": "whoami", "key_id": "k1"}, None),
        ({"event_type": "facts.shown", "kind": "user", "shown_id": "u1", "why": "IG 7"}, "user u1 - IG 7"),
        ({"event_type": "facts.shown", "kind": "plate", "why": "IG 7"}, "plate - IG 7"),
        ({"event_type": "oversight.withdrawn", "what": "row file 3", "why": "twice"}, "row file 3 - twice"),
        ({"event_type": "hold.placed", "case_number": "25-1", "why": "complaint"}, "complaint"),
        (
            {
                "event_type": "export.gap",
                "sink": "siem",
                "found": "gone",
                "chain_id": "w0",
                "first_seq": 3,
                "last_seq": 9,
            },
            "gone at siem w0 3 to 9 (7 records)",
        ),
        (
            {
                "event_type": "export.gap",
                "sink": "siem",
                "found": "refused",
                "chain_id": "w0",
                "first_seq": 3,
                "last_seq": 3,
                "fault": "code 6",
            },
            "refused at siem w0 3 to 3 - code 6",
        ),
    ],
)
def test_a_record_that_is_no_search_is_named_by_what_it_is_about(record, subject):
    assert name_subject(record) == subject


def test_a_reading_of_the_record_says_what_was_asked_for_and_why():
    read = {
        "event_type": "audit.read",
        "what": "search",
        "filter": {"case_number": "INV-1", "plates": True},
        "why": "IG 7",
    }
    assert name_subject(read) == "search (case number INV-1, plates) - IG 7"
    assert name_subject({"event_type": "audit.opened", "what": "open", "filter": {}, "why": "IG 7"}) == "open - IG 7"


def test_of_hundreds_of_records_that_were_opened_at_once_the_first_are_named_and_the_others_counted():
    opened = {"event_type": "audit.opened", "what": "open", "why": "IG 7"}
    ids = [f"e{number}" for number in range(500)]
    told = name_subject(opened | {"filter": {"event_ids": ids}})
    assert told == f"open (event ids {ids[:10]} and 490 more) - IG 7"
    assert "more" not in name_subject(opened | {"filter": {"event_ids": ids[:10]}})


def test_what_a_reading_did_not_ask_for_is_not_named():
    asked = {"opened": False, "until": None, "person": "u07", "event_type": "decision"}
    told = name_subject({"event_type": "audit.read", "what": "search", "filter": asked, "why": "IG 7"})
    assert told == "search (person u07, event type decision) - IG 7"
