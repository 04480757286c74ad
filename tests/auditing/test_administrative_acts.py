import pytest

from gateway.auditing.acts import name_subject
from gateway.auditing.administrative_acts import name_administrative_act

REVISION = "a1b2c3d4e5f6" + "0" * 52


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (
            {"event_type": "facts.imported", "facts_revision": "20261122-1-ab", "rows": {"users": 1200, "cases": 34}, "as_of": "T", "shrunk": ["cases"]},
            "20261122-1-ab: 1,234 rows, as of T (fewer: cases)",
        ),
        (
            {"event_type": "facts.rolled_back", "facts_revision": "r3", "restored_revision": "r1", "rows": {"users": 2}, "why": "feed was cut off"},
            "r3: 2 rows, (again r1) - feed was cut off",
        ),
        ({"event_type": "policy.signed", "policy_revision": REVISION, "why": "reviewed"}, "a1b2c3d4e5f6 - reviewed"),
        ({"event_type": "policy.loaded", "policy_revision": REVISION, "replaces": "f" * 64}, "a1b2c3d4e5f6 in place of ffffffffffff"),
        ({"event_type": "policy.loaded", "policy_revision": None}, "no policy"),
        ({"event_type": "gateway.started", "version": "1.4.0", "policy_revision": REVISION}, "a1b2c3d4e5f6 in gateway 1.4.0"),
        ({"event_type": "segment.closed", "segment": "w0/1.jsonl", "first_seq": 1, "last_seq": 9}, "w0/1.jsonl: records 1 to 9"),
        (
            {"event_type": "segment.deleted", "segment": "w0/1.jsonl", "first_seq": 1, "last_seq": 9, "retention_days": 365},
            "w0/1.jsonl: records 1 to 9 (kept 365 days)",
        ),
        ({"event_type": "chain.resumed", "heads": {"w1": {}, "cli": {}}, "checkpoint": {"number": 7}}, "beside cli, w1 after checkpoint 7"),
        ({"event_type": "seal.opened", "sealed_key_id": "ab12", "recipients": ["age1", "age2"]}, "ab12 to 2 auditors' keys"),
        ({"event_type": "emergency.opened", "due_at": "T"}, "review due T"),
        ({"event_type": "token.issued", "expires_at": "T"}, "until T"),
        ({"event_type": "acknowledgement.accepted", "document": "rules", "version": "3"}, "rules 3"),
        ({"event_type": "clock.confirmed", "latest_seen": "T", "why": "put right"}, "latest before: T - put right"),
        (
            {"event_type": "oversight.imported", "oversight": {"import_id": "events-01", "kind": "events", "vendor": "flock", "rows": 12}},
            "events-01 flock (12 rows)",
        ),
        ({"event_type": "oversight.imported", "oversight": {"kind": "rosters", "rows": 4}}, "rosters (4 rows)"),
        ({"event_type": "oversight.withdrawn", "oversight": {"import_id": "events-01"}, "why": "twice"}, "events-01 - twice"),
        ({"event_type": "oversight.reconciled", "oversight": {"matched": 3, "altered": 0, "imports": ["a"]}}, "matched 3"),
        ({"event_type": "sample.committed", "oversight": {"name": "2026-Q4", "since": "A", "until": "B"}}, "2026-Q4 A to B"),
        ({"event_type": "report.published", "oversight": {"period": {"since": "A", "until": "B"}, "checkpoint": 7}}, "A to B by checkpoint 7"),
    ],
    ids=lambda value: value["event_type"] if isinstance(value, dict) else "",
)  # fmt: skip
def test_an_administrative_act_is_named_by_what_it_changed_and_counts(record, told):
    assert name_subject(record) == told


@pytest.mark.parametrize("event_type", ["decision", "whoami", "gateway.stopped"])
def test_of_what_says_no_more_than_that_it_was_done_nothing_is_made_up(event_type):
    assert name_administrative_act({"event_type": event_type, "policy_revision": REVISION}) is None


@pytest.mark.parametrize(
    "event_type", ["facts.imported", "segment.closed", "chain.resumed", "oversight.imported", "report.published"]
)
@pytest.mark.parametrize("value", ["odd", 7, None, []])
def test_members_of_another_kind_than_ever_written_are_no_error(event_type, value):
    members = ("rows", "heads", "checkpoint", "oversight", "recipients")
    name_administrative_act({"event_type": event_type, **dict.fromkeys(members, value)})
