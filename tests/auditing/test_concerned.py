"""Whatever a record is about finds it, of every kind of record that there is, also of those that older versions wrote."""

import orjson
import pytest

from gateway.auditing.search import Criteria, search
from gateway.shipping.formats.event_types import FINDINGS, KINDS, REQUESTS
from tests.auditing.ledgers import Ask

SEARCHER, REVIEWER, OFFICE, SERVICE, CASE, DECISION = "u11", "u07", "u05", "svc-desk", "25-004711", "d-000001"
_ASKED = {
    "approval_id": "a1",
    "requested_by": SEARCHER,
    "case_number": CASE,
    "about": DECISION,
    "scope": "partial_plate",
}
_FOUND = {"severity": "alert", "detector": "D1"}
EVENTS = [
    ("refusal", {"user_id": SEARCHER, "key_id": "k11"}),
    ("refusals.counted", {"key_id": "k11", "counts": {"too_many_requests": 9}}),
    ("facts.shown", {"operator": "alex", "kind": "user", "user_id": SEARCHER}),
    ("key.issued", {"operator": "alex", "key_id": "k11", "user_id": SEARCHER}),
    ("key.issued", {"operator": "alex", "key_id": "k20", "user_id": SERVICE, "acts_for": [f"user:{SEARCHER}"]}),
    ("key.revoked", {"operator": "alex", "key_id": "k11", "why": "altered"}),
    ("key.renewed", {"user_id": SEARCHER, "key_id": "k11", "new_key_id": "k12"}),
    ("refusals.counted", {"key_id": "k12", "counts": {"too_many_requests": 2}}),
    ("token.issued", {"user_id": SEARCHER, "key_id": "k12"}),
    ("whoami", {"user_id": SEARCHER}),
    ("reviews.listed", {"user_id": SEARCHER}),
    ("decisions.listed", {"user_id": SEARCHER}),
    ("context.listed", {"user_id": SEARCHER}),
    ("context.declared", {"user_id": SEARCHER, "context_id": "c1", "case_number": CASE}),
    ("context.withdrawn", {"user_id": SEARCHER, "context_id": "c1"}),
    ("acknowledgement.read", {"user_id": SEARCHER}),
    ("acknowledgement.accepted", {"user_id": SEARCHER}),
    ("approval.listed", {"user_id": SEARCHER}),
    ("approval.requested", {"user_id": SEARCHER, **_ASKED}),
    ("approval.shown", {"user_id": OFFICE, "approval_id": "a1", "plate_shown": True}),
    ("approval.approved", {"user_id": OFFICE, **_ASKED}),
    ("approval.denied", {"user_id": OFFICE, **_ASKED}),
    ("approval.revoked", {"user_id": OFFICE, **_ASKED}),
    ("emergency.listed", {"user_id": SEARCHER}),
    ("emergency.not_sent", {"user_id": SEARCHER, "decision_id": DECISION, "case_number": CASE}),
    ("emergency.opened", {"user_id": SEARCHER, "decision_id": DECISION, "case_number": CASE}),
    ("emergency.overdue", {"user_id": SEARCHER, "decision_id": DECISION, "case_number": CASE}),
    ("emergency.reviewed", {"user_id": REVIEWER, "about": DECISION, "searched_by": SEARCHER, "outcome": "referred"}),
    ("policy.shadow_differed", {"decision_id": DECISION}),
    ("policy.signed", {"operator": "alex", "signers": [SEARCHER]}),
    ("policy.activated", {"operator": "alex", "signers": [SEARCHER, REVIEWER]}),
    ("policy.rolled_back", {"operator": "alex", "signers": [SEARCHER]}),
    ("finding.opened", {"finding_id": "D1-1", "operator": "gateway", "user_id": "u12",
                        "oversight": {**_FOUND, "persons": [SEARCHER, "u12"], "decision_ids": [DECISION]}}),
    ("finding.reminded", {"finding_id": "D1-1", "operator": "gateway", "user_id": "u12", "oversight": _FOUND}),
    ("finding.escalated", {"finding_id": "D1-1", "operator": "gateway", "user_id": "u12", "oversight": _FOUND}),
    ("finding.assigned", {"finding_id": "D1-1", "user_id": OFFICE, "oversight": {**_FOUND, "reviewer": REVIEWER}}),
    ("finding.reviewed", {"finding_id": "D1-1", "user_id": REVIEWER, "oversight": {**_FOUND, "reviewer": REVIEWER}}),
    ("finding.withdrawn", {"finding_id": "D1-1", "operator": "alex", "user_id": "u12", "oversight": _FOUND}),
    ("sample.drawn", {"operator": "alex", "oversight": {"name": "may", "seed": "00", "decision_ids": [DECISION]}}),
    ("sample.reviewed", {"operator": "alex", "oversight": {"decision": DECISION, "reviewer": REVIEWER}}),
]  # fmt: skip
"""What older versions wrote of a person's searches, keys and requests; none of it has the fields that came later."""
OF_NOBODY = frozenset(
    "gateway.started gateway.stopped chain.resumed seal.opened segment.closed segment.deleted epoch.rotated epoch.rewrapped epoch.shredded "
    "checkpoint_key.rotated export.gap facts.imported facts.rolled_back policy.deactivated policy.changed policy.loaded "
    "hold.placed hold.released clock.confirmed oversight.imported oversight.withdrawn oversight.reconciled "
    "detectors.changed sample.committed report.published audit.read audit.opened".split()
)
"""Those that concern no person but who acted; a reading that asked for a person stands in that person's report."""


@pytest.fixture
def find(ledger, reading, access):
    """What is found after a search of each person, and after all these events."""
    ledger.write([Ask(person=SEARCHER, case=CASE), Ask(person="u12", case="25-2")])
    ledger.events(*EVENTS)
    source = reading()

    def found(**criteria):
        lines = search(source, Criteria(**criteria), access)
        return [orjson.loads(line.raw) for line in lines]

    return found


def kinds(records):
    return {record["event_type"] for record in records}


def test_every_kind_of_record_is_told_here():
    assert {kind for kind, _ in EVENTS} | {"decision", "outcome"} | OF_NOBODY == {*KINDS, *REQUESTS, *FINDINGS}


def test_the_person_concerned_finds_every_kind_of_record_whoever_acted(find):
    found = find(person=SEARCHER)
    assert kinds(found) == {kind for kind, _ in EVENTS} | {"decision", "outcome"}
    assert len(found) == len(EVENTS) + 2
    assert find(person=SEARCHER, event_type="finding.reviewed")[0]["user_id"] == REVIEWER


def test_who_acted_finds_the_record_too(find):
    assert kinds(find(person=OFFICE)) == {"finding.assigned"} | {
        f"approval.{what}" for what in ("shown", "approved", "denied", "revoked")
    }
    reviewed = {"emergency.reviewed", "finding.reviewed", "finding.assigned", "sample.reviewed", "policy.activated"}
    assert kinds(find(person=REVIEWER)) == reviewed
    assert {"key.issued", "key.revoked", "facts.shown", "policy.signed"} <= kinds(find(person="alex"))


def test_nobody_else_finds_any_of_it(find):
    assert kinds(find(person="u12")) == {"decision", "outcome", *FINDINGS}
    assert kinds(find(person=SERVICE)) == {"key.issued"}


@pytest.mark.parametrize("criteria", [{"case": CASE}, {"decision_id": DECISION}])
def test_a_case_and_a_decision_find_how_things_ended(find, criteria):
    told = {"approval", "emergency", "finding", "sample"}
    about = {kind for kind, _ in EVENTS if kind.partition(".")[0] in told} - {"approval.listed", "emergency.listed"}
    about |= {"decision", "outcome", "policy.shadow_differed"}
    about |= {"context.declared", "context.withdrawn"} if "case" in criteria else set()
    assert kinds(find(**criteria)) == about


def test_another_case_and_decision_find_nothing_of_it(find):
    assert kinds(find(case="25-2")) == kinds(find(decision_id="d-000002")) == {"decision", "outcome"}


NAMED = [
    ("decision", {"decision_id": "d8", "supervisor_approval_id": ["AP-7", "AP-9"], "context_id": "c8", "key_id": "k8"}),
    ("approval.approved", {"approval_id": "AP-9", "user_id": OFFICE}),
    ("context.declared", {"context_id": "c8", "user_id": SEARCHER}),
    ("key.issued", {"key_id": "k8", "user_id": SEARCHER}),
    ("key.renewed", {"key_id": "k8", "new_key_id": "k9", "user_id": SEARCHER}),
    ("oversight.imported", {"operator": "alex", "oversight": {"import_id": "events-0a1b"}}),
    ("oversight.withdrawn", {"operator": "alex", "oversight": {"import_id": "events-0a1b"}}),
    ("oversight.reconciled", {"operator": "alex", "oversight": {"imports": ["events-0a1b", "events-2c3d"]}}),
    ("oversight.reconciled", {"operator": "alex", "oversight": {"around": [{"import_id": "events-4e5f", "row": 3}]}}),
    ("emergency.opened", {"decision_id": "d8", "user_id": SEARCHER}),
]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ap-9", ["approval.approved", "decision"]),
        ("ap-7", ["decision"]),
        ("ap-", []),
        ("c8", ["context.declared", "decision"]),
        ("k8", ["decision", "key.issued", "key.renewed"]),
        ("k9", ["key.renewed"]),
        ("events-0a1b", ["oversight.imported", "oversight.reconciled", "oversight.withdrawn"]),
        ("events-2c3d", ["oversight.reconciled"]),
        ("events-4e5f", ["oversight.reconciled"]),
        ("d8", ["decision", "emergency.opened"]),
    ],
)
def test_whatever_id_a_record_names_finds_the_records_that_name_it(ledger, reading, access, given, expected):
    ledger.events(*NAMED)
    lines = search(reading(), Criteria(decision_id=given), access)
    assert sorted(orjson.loads(line.raw)["event_type"] for line in lines) == expected


def test_a_record_is_found_by_its_own_id(ledger, reading, access):
    ledger.events(*NAMED)
    source = reading()
    [first, *_] = search(source, Criteria(), access)
    [found] = search(source, Criteria(decision_id=orjson.loads(first.raw)["event_id"]), access)
    assert found == first


def test_who_opened_what_is_sealed_is_found_by_the_decision_and_by_the_record_that_was_opened(ledger, reading, access):
    ledger.events(("decision", {"decision_id": "d8"}), ("decision", {"decision_id": "d9"}))
    source = reading()
    event_id = {}
    for line in search(source, Criteria(), access):
        record = orjson.loads(line.raw)
        event_id[record.get("decision_id")] = record["event_id"]
    ledger.events(("audit.opened", {"reader": "alex", "filter": {"event_ids": [event_id["d8"], "e-other"]}}))
    source = reading()
    for given, expected in (
        ("d8", ["audit.opened", "decision"]),
        (event_id["d8"], ["audit.opened", "decision"]),
        ("d9", ["decision"]),
    ):
        lines = search(source, Criteria(decision_id=given), access)
        assert sorted(orjson.loads(line.raw)["event_type"] for line in lines) == expected


def test_a_service_finds_the_outcomes_of_what_it_asked_and_who_it_claimed_to_act_for_finds_the_refusal(
    ledger, reading, access
):
    through = {"decision_id": "d1", "user_id": "u01", "on_behalf_of": SERVICE, "decision": "allow"}
    claimed = {"decision_id": "d2", "user_id": SERVICE, "claimed_user_id": "u02", "decision": "deny"}
    outcome = {"decision_id": "d1", "user_id": "u01", "outcome": "answered"}
    ledger.events(("decision", through), ("outcome", outcome), ("decision", claimed))
    source = reading()
    assert len(list(search(source, Criteria(person=SERVICE), access))) == 3
    assert len(list(search(source, Criteria(person="u02"), access))) == 1
