"""Records of every kind, chained as the ledger chains them, and a ledger folder to ship from."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.clock import format_instant, now
from gateway.ledger.records.form import GENESIS, SCHEMA, chain_halves, halves
from gateway.shipping.formats import Record

INSTALLATION = "lpr-gateway-0123456789abcdef"
START = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)

DECISION: dict[str, Any] = {
    "event_type": "decision",
    "decision": "allow",
    "decision_id": "0193d3f0-0000-7000-8000-00000000d001",
    "request_id": "0193d3f0-0000-7000-8000-00000000a001",
    "operation": "plate.search",
    "mount": "flock",
    "vendor_profile": "flock",
    "vendor_operation": "lookup",
    "vendor_host": "api.vendor.test",
    "deny_reasons": [],
    "disclosed_reasons": [],
    "rule_ids": ["window", "own-plate"],
    "user_id": "u17",
    "user_name": "Zoë Ångström | a=b \\ c",
    "org": "ERO",
    "office": "BAL",
    "roles": ["officer", "supervisor"],
    "actor_kind": "service",
    "actor_method": "key",
    "on_behalf_of": "svc-desk",
    "key_id": "k3",
    "supervisor_approval_id": ["a1"],
    "training_completed_at": "2026-07-25",
    "rules_of_behavior_version": "1",
    "rules_of_behavior_accepted_at": "2026-11-02T00:00:00.000Z",
    "purpose_code": "criminal_investigation",
    "purpose_source": "header",
    "case_number": "25-001234",
    "case_source": "header",
    "offense_code": None,
    "context_id": None,
    "subject_id": ["s9"],
    "plate_hmac": "5f" * 32,
    "plate_hmac_epoch": "2026-11",
    "plate_state": "AR",
    "plate_match": "exact",
    "plate_sealed": "c2VhbGVk" * 8,
    "reason_sealed": "c2VhbGVk" * 20,
    "query_sealed": "c2VhbGVk" * 40,
    "sealed_key_id": "segment-1",
    "window_start": "2026-10-21T14:00:00.000Z",
    "window_end": "2026-11-22T14:00:00.000Z",
    "lookback_days": 31.5,
    "lookback_basis": "criminal",
    "geo": None,
    "limit": 10,
    "input": '{"query":{"limit":10,"window":{"end":"2026-11-22T14:00:00.000Z","lookback_days":31.5,'
    '"start":"2026-10-21T14:00:00.000Z"}},"schema":"lpr.input.v1","subject":{"id":"u17","name":"Zo\u00eb\\n"}}',
    "input_sha256": "ab" * 32,
    "decision_document": '{"allow":true,"reasons":[]}',
    "obligations": [{"id": "window", "type": "clamp_window", "not_before": "2026-10-21T14:00:00.000Z"}],
    "engine": "embedded",
    "engine_version": "0.13.0",
    "engine_us": 212,
    "policy_revision": "rev-7",
    "facts_revision": "f-12",
    "effective": {
        "operation": "plate.search",
        "window_start": "2026-10-21T14:00:00.000Z",
        "window_end": "2026-11-22T14:00:00.000Z",
        "limit": 10,
    },
    "src_ip": "192.0.2.7",
    "bytes_in": 311,
    "notes": ["forwarded_for_ignored"],
}
DENIAL = {
    **DECISION,
    "decision": "deny",
    "deny_reasons": ["case_closed", "lookback_too_long"],
    "disclosed_reasons": ["case_not_assigned", "lookback_too_long"],
    "status": 403,
    "src_ip": "2001:db8::7",
}
NARROWED = {**DECISION, "effective": {**DECISION["effective"], "window_start": "2026-11-01T00:00:00.000Z"}}
EXPLAINED = {**DECISION, "explain": True}
FAILURE = {**DECISION, "decision": "error", "deny_reasons": ["engine_late"], "status": 503}
OUTCOME: dict[str, Any] = {
    "event_type": "outcome",
    "outcome": "answered",
    "decision_id": DECISION["decision_id"],
    "request_id": DECISION["request_id"],
    "forwarded": True,
    "status": 200,
    "vendor_status": 200,
    "vendor_request_id": "v-88",
    "result_count": 3,
    "dropped": {"other_plate": 2},
    "withheld": 4,
    "bytes_from_vendor": 9000,
    "bytes_out": 4100,
    "vendor_ms": 80,
    "duration_ms": 95,
    "user_id": "u17",
    "case_number": "25-001234",
    "purpose_code": "criminal_investigation",
    "operation": "plate.search",
    "vendor_profile": "flock",
}
FAILED = {**OUTCOME, "outcome": "failed", "reason": "vendor_late", "status": 504}
INTERRUPTED = {"event_type": "outcome", "outcome": "interrupted", "decision_id": "d-1", "request_id": "r-1"}
REFUSAL: dict[str, Any] = {
    "event_type": "refusal",
    "request_id": "r-2",
    "decision": "deny",
    "deny_reasons": ["credential_missing"],
    "disclosed_reasons": ["credential_missing"],
    "status": 401,
    "src_ip": "192.0.2.8",
    "mount": "flock",
}
COUNTED: dict[str, Any] = {
    "event_type": "refusals.counted",
    "src_ip": "192.0.2.8",
    "from": "2026-11-22T14:00:00.000Z",
    "to": "2026-11-22T14:01:00.000Z",
    "counts": {"credential_missing": 40, "credential_invalid": 2},
}
ACTIVATED = {
    "event_type": "policy.activated",
    "policy_revision": "rev-8",
    "user_id": "u3",
    "why": "new look-back table",
}
ISSUED = {"event_type": "key.issued", "operator": "root", "key_id": "k9", "user_id": "u17", "actor_kind": "person"}
SEALED = {"event_type": "seal.opened", "sealed_key_id": "5a", "wrapped_key": "c2VhbGVk" * 30, "recipients": ["age1x"]}
READ = {"event_type": "audit.read", "reader": "u5", "what": "search", "why": "inquiry 12", "filter": {"case": "25-1"}}
STARTED = {"event_type": "gateway.started", "gateway": {"instance": "i-1", "version": "0.1.0"}}
RESUMED = {"event_type": "chain.resumed", "heads": {"w1": {"seq": 4, "hash": "00" * 32}}}
DETECTED: dict[str, Any] = {
    "event_type": "finding.opened",
    "operator": "gateway",
    "finding_id": "5f" * 16,
    "user_id": "u17",
    "office": "BAL",
    "oversight": {
        "detector": "D9",
        "title": "The written reason says nothing",
        "severity": "alert",
        "at": "2026-11-22T14:00:00.000Z",
        "persons": ["u17"],
        "decision_ids": ["d-1", "d-2"],
    },
}
WARNED = {**DETECTED, "oversight": {**DETECTED["oversight"], "severity": "warn"}}
ROLLED_BACK = {
    "event_type": "export.gap",
    "sink": "siem",
    "found": "rolled_back",
    "chain_id": "w0",
    "first_seq": 9,
    "last_seq": 9,
}
UNHEARD_OF = {"event_type": "moon.rose", "bytes_out": 3, "operation": "moon.rise"}
KINDS: dict[str, dict[str, Any]] = {
    "decision": DECISION,
    "denial": DENIAL,
    "narrowed": NARROWED,
    "explained": EXPLAINED,
    "failure": FAILURE,
    "outcome": OUTCOME,
    "failed": FAILED,
    "interrupted": INTERRUPTED,
    "refusal": REFUSAL,
    "counted": COUNTED,
    "activated": ACTIVATED,
    "issued": ISSUED,
    "read": READ,
    "sealed": SEALED,
    "started": STARTED,
    "resumed": RESUMED,
    "detected": DETECTED,
    "warned": WARNED,
    "rolled_back": ROLLED_BACK,
    "unheard_of": UNHEARD_OF,
}


def lines(
    bodies: Iterable[Mapping[str, Any]],
    *,
    chain: str = "w0",
    prev: str = GENESIS,
    seq: int = 1,
    installation: str | None = INSTALLATION,
) -> list[bytes]:
    """Ledger lines, each with the hash of the one before it; without an installation, as earlier versions wrote them."""
    named = {} if installation is None else {"installation": installation}
    made = []
    for number, body in enumerate(bodies, start=seq):
        event_id = hashlib.sha256(f"{chain}/{number}/{prev}".encode()).hexdigest()[:32]
        stamp = format_instant(START + timedelta(milliseconds=number))
        whole = {"schema": SCHEMA, "event_id": event_id, **named, "ts": stamp, **body}
        line, link = chain_halves(halves(whole), chain, number, prev)
        made.append(line)
        prev = link.hash
    return made


def record(body: Mapping[str, Any], *, chain: str = "w0") -> Record:
    """One record that is not the first of its chain."""
    return Record.read(lines([body], chain=chain, prev="ab" * 32, seq=17)[0])


class Writer:
    """Writes a ledger folder, one chain each."""

    def __init__(self, directory: Path, chain: str = "w0") -> None:
        self.directory, self.chain = directory, chain
        self.seq, self.prev = 0, GENESIS
        self.path: Path | None = None
        self.written: list[bytes] = []

    def write(self, count: int, body: Mapping[str, Any] = OUTCOME) -> list[bytes]:
        """Append this many records, begin a segment where none is open."""
        fresh = lines(
            [{"ts": format_instant(now()), **body}] * count, chain=self.chain, prev=self.prev, seq=self.seq + 1
        )
        if self.path is None:
            self.path = self.directory / self.chain / f"{self.seq + 1:016d}.jsonl"
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.writelines(line + b"\n" for line in fresh)
        self.seq, self.prev = self.seq + count, Record.read(fresh[-1]).chain.hash
        self.written += fresh
        return fresh

    def rotate(self) -> None:
        """Let the next record begin a segment."""
        self.path = None
