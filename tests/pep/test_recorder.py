"""What becomes a record, where it goes, and what is counted of it."""

import time
from dataclasses import dataclass, field

import pytest

from gateway.disclosure import disclose
from gateway.errors import Refusal
from gateway.ledger import Recorded
from gateway.model import Outcome
from gateway.pep.recorder import Recorder
from gateway.reasons import OwnReason, Reason, ReasonText
from gateway.value import replace
from tests.ledger.records.test_decision import dossier, full
from tests.obligations.samples import SHIPPED, narrowed


@dataclass
class Ledger:
    """Keeps what is recorded; refuses to where it is full."""

    full: bool = False
    records: list = field(default_factory=list)

    def record(self, body, _sensitive=None):
        if self.full:
            raise Refusal(Reason.AUDIT_UNAVAILABLE)
        self.records.append(body)
        return Recorded(link=None, event_id="e", size=len(str(body)))


@dataclass
class Edge:
    """Keeps what was refused before anybody was known."""

    records: list = field(default_factory=list)

    def note_refusal(self, body):
        self.records.append(body)


@dataclass
class Counts:
    """Counts; or cannot, as on a full disk."""

    broken: bool = False
    answers: list = field(default_factory=list)
    at_edge: list = field(default_factory=list)

    def count_answer(self, operation, verdict, reason, seconds):
        if self.broken:
            raise OSError(28, "No space left on device")
        self.answers.append((operation, verdict, reason, seconds))

    def count_edge_refusal(self, reason):
        if self.broken:
            raise OSError(28, "No space left on device")
        self.at_edge.append(reason)


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def edge():
    return Edge()


@pytest.fixture
def counts():
    return Counts()


@pytest.fixture
def recorder(ledger, edge, counts):
    return Recorder(ledger, edge, counts)


def narrow():
    """A case that is allowed, with what remains of its query."""
    case = full()
    case.effective, case.decision = narrowed(), replace(case.decision, obligations=SHIPPED)
    return case


def test_an_allow_is_recorded_with_its_obligations_and_counted_only_when_it_ends(recorder, ledger, counts):
    case = narrow()
    recorder.record_allow(case)
    [record] = ledger.records
    assert (record["event_type"], record["decision"], record["user_id"]) == ("decision", "allow", "u17")
    assert [one["id"] for one in record["obligations"]] == [obligation.id for obligation in SHIPPED]
    assert all("not_before" in one for one in record["obligations"] if one["type"] == "clamp_window")
    assert counts.answers == []
    recorder.record_outcome(case, Outcome(forwarded=True, reason=None, status=200))
    assert [count[:3] for count in counts.answers] == [("plate.search", "allow", "")]


def test_an_explained_allow_has_no_outcome_and_is_counted_at_once(recorder, counts):
    case = narrow()
    case.explain = True
    recorder.record_allow(case)
    assert [count[:3] for count in counts.answers] == [("plate.search", "allow", "")]


def test_a_denial_is_recorded_with_true_and_told_reasons(recorder, ledger, edge, counts):
    recorder.record_refusal(
        full(), Refusal(Reason.CASE_CLOSED, Reason.TRAINING_LAPSED), disclose([Reason.CASE_NOT_ASSIGNED]), status=403
    )
    [record] = ledger.records
    assert record["decision"] == "deny"
    assert record["deny_reasons"] == ["case_closed", "training_lapsed"]
    assert record["disclosed_reasons"] == ["case_not_assigned"]
    assert [count[:3] for count in counts.answers] == [("plate.search", "deny", "case_closed")]
    assert edge.records == []


def test_a_denial_says_what_the_agencys_own_reasons_are_about_where_its_policy_says_so(recorder, ledger):
    own = [
        OwnReason(value=code, text=ReasonText(403, "So.", "Do."), about=about)
        for code, about in (("span_too_wide", "window"), ("not_today", None))
    ]
    recorder.record_refusal(full(), Refusal(Reason.CASE_CLOSED, *own), disclose(own), status=403)
    recorder.record_refusal(full(), Refusal(Reason.CASE_CLOSED), disclose([Reason.CASE_CLOSED]), status=403)
    assert [record.get("reasons_about") for record in ledger.records] == [{"span_too_wide": "window"}, None]


def test_a_fault_of_ours_is_recorded_as_an_error_and_no_denial(recorder, ledger, counts):
    recorder.record_refusal(
        full(), Refusal(Reason.ENGINE_UNAVAILABLE), disclose([Reason.ENGINE_UNAVAILABLE]), status=503
    )
    assert ledger.records[0]["decision"] == "error"
    assert counts.answers[0][1] == "error"


def test_whoever_is_not_known_goes_to_the_edge(recorder, ledger, edge, counts):
    case = dossier(mount="flock")
    recorder.record_refusal(
        case,
        Refusal(Reason.CREDENTIAL_INVALID, note="revoked"),
        disclose([Reason.CREDENTIAL_INVALID]),
        status=401,
    )
    assert ledger.records == []
    [record] = edge.records
    assert (record["request_id"], record["src_ip"], record["mount"]) == ("r1", "192.0.2.1", "flock")
    assert (record["deny_note"], "deny_field" in record) == ("revoked", False)
    assert counts.at_edge == [Reason.CREDENTIAL_INVALID]


def test_what_the_server_refused_before_there_was_a_request_has_an_id_of_its_own_each(recorder, edge):
    for _ in range(2):
        recorder.framing(Reason.REQUEST_FRAMING, "192.0.2.9", "two lengths")
    first, second = edge.records
    assert first["request_id"] != second["request_id"]
    assert (first["src_ip"], first["deny_note"], first.get("mount")) == ("192.0.2.9", "two lengths", None)


def test_a_failed_search_is_counted_by_its_reason(recorder, counts):
    recorder.record_outcome(full(), Outcome(forwarded=True, reason="vendor_late", status=504))
    assert [count[:3] for count in counts.answers] == [("plate.search", "error", "vendor_late")]


def test_the_duration_runs_from_the_arrival(recorder, counts):
    case = full()
    case.started_ns = time.monotonic_ns() - 2_000_000_000
    recorder.record_outcome(case, Outcome(forwarded=True, reason=None, status=200))
    assert counts.answers[0][3] >= 2


def test_an_act_is_recorded_with_who_did_it_from_where(recorder, ledger):
    recorder.done(full(), "context.declared", mount="flock")
    [record] = ledger.records
    assert (record["event_type"], record["user_id"], record["mount"]) == ("context.declared", "u17", "flock")
    assert (record["request_id"], record["src_ip"]) == ("r1", "192.0.2.1")


def test_an_act_of_nobody_known_is_recorded_without_a_person(recorder, ledger):
    recorder.done(dossier(), "token.issued", key_id="k9")
    [record] = ledger.records
    assert "user_id" not in record
    assert record["key_id"] == "k9"


def test_nothing_is_counted_that_was_not_recorded(recorder, ledger, counts):
    ledger.full = True
    with pytest.raises(Refusal):
        recorder.record_refusal(full(), Refusal(Reason.CASE_CLOSED), disclose([Reason.CASE_CLOSED]), status=403)
    with pytest.raises(Refusal):
        recorder.record_outcome(full(), Outcome(forwarded=True, reason=None, status=200))
    assert counts.answers == []


def test_numbers_that_cannot_be_kept_hold_up_nothing(recorder, ledger, edge, counts):
    counts.broken = True
    recorder.record_refusal(full(), Refusal(Reason.CASE_CLOSED), disclose([Reason.CASE_CLOSED]), status=403)
    recorder.record_refusal(
        dossier(), Refusal(Reason.CREDENTIAL_INVALID), disclose([Reason.CREDENTIAL_INVALID]), status=401
    )
    assert (len(ledger.records), len(edge.records)) == (1, 1)
