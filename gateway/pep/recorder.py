"""Turns what happened into audit records, and counts it. The only part of a request that knows the ledger."""

import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from gateway.disclosure import Disclosed, disclose
from gateway.errors import Refusal
from gateway.ledger.records.decision import Verdict, decision_record
from gateway.ledger.records.event import Body, Sensitive, admin_record, refusal_record
from gateway.ledger.records.outcome import outcome_record
from gateway.model import Dossier, Identity, Json, Outcome
from gateway.obligations import absolute
from gateway.pep.budget import Budget
from gateway.pep.ports import DEFAULT_BUDGET, MetricsPort
from gateway.reasons import AnyReason, OwnReason, Reason


class WrittenRecord(Protocol):
    """A record that is on disk."""

    @property
    def size(self) -> int:
        """Bytes, less its place in its chain."""
        ...


class LedgerPort(Protocol):
    """Where records become durable."""

    def record(self, body: Body, sensitive: Sensitive | None = None) -> WrittenRecord:
        """Return once the record is on disk, or raise `audit_unavailable`."""
        ...


class EdgePort(Protocol):
    """Where refusals before a person is known go: bounded, and out of the way of everybody else."""

    def note_refusal(self, body: Body) -> None:
        """Keep one, singly or counted."""
        ...


class Recorder:
    """Writes one worker's records. Every method returns once the record is on disk, or raises `audit_unavailable`."""

    def __init__(self, ledger: LedgerPort, edge: EdgePort, metrics: MetricsPort, budget: Budget | None = None) -> None:
        self._ledger, self._edge, self._metrics = ledger, edge, metrics
        self._budget = budget or Budget(DEFAULT_BUDGET)

    def record_allow(self, dossier: Dossier) -> None:
        """Record an allow, with the effective query and the obligations as absolute instants."""
        obligations: list[dict[str, Json]] = []
        if dossier.effective is not None and dossier.decision is not None:
            obligations = absolute(dossier.effective, dossier.decision.obligations)
        verdict = Verdict(decision="allow", obligations=tuple(obligations))
        self._write(dossier, *decision_record(dossier, verdict))
        if dossier.explain:
            self._count(dossier, "allow")

    def record_refusal(self, dossier: Dossier, refusal: Refusal, told: Disclosed, *, status: int) -> None:
        """Record a refusal, with everything the dossier holds by then."""
        field, note = refusal.field, refusal.note
        if dossier.identity is None or refusal.reason is Reason.TOO_MANY_REQUESTS:
            self._note_at_edge(dossier, refusal, told)
            return
        decision = "error" if refusal.reason.text.is_failure else "deny"
        verdict = Verdict(
            decision=decision,
            reasons=_codes(refusal.reasons),
            disclosed=_codes(told),
            about=_tell_topics(refusal.reasons),
            status=status,
            field=field,
            note=note,
        )
        self._write(dossier, *decision_record(dossier, verdict))
        self._count(dossier, decision, refusal.reason)

    def record_outcome(self, dossier: Dossier, outcome: Outcome) -> None:
        """Record how an allowed request ended."""
        self._write(dossier, outcome_record(dossier, outcome))
        self._count(dossier, "allow" if outcome.reason is None else "error", outcome.reason or "")

    def done(self, case: Dossier, event_type: str, reason_text: str | None = None, /, **fields: Json) -> None:
        """Record one thing a person did besides searching; the reason they wrote for it is sealed, as a search's is."""
        identity = case.identity
        who: dict[str, Json] = {"request_id": case.request.request_id, "src_ip": case.request.source_ip}
        if identity is not None:
            who |= {"user_id": identity.user_id, "key_id": identity.key.key_id, "actor_kind": identity.key.kind}
        sealed = None if reason_text is None else Sensitive(reason_text=reason_text)
        self._write(case, admin_record(event_type, **(who | fields)), sealed)
        self._count(case, "allow")

    def _count(self, dossier: Dossier, verdict: str, reason: str | OwnReason = "") -> None:
        seconds = (time.monotonic_ns() - dossier.started_ns) / 1e9
        with suppress(OSError):  # numbers that cannot be kept, as on a full disk, decide nothing
            self._metrics.count_answer(dossier.operation or "other", verdict, reason, seconds)

    def _note_at_edge(self, dossier: Dossier, refusal: Refusal, told: Disclosed) -> None:
        """Record a refusal before a person is known, or beyond the budget of a credential: the first few, then counted."""
        body = refusal_record(
            request_id=dossier.request.request_id,
            decision_id=dossier.decision_id,
            reasons=_codes(refusal.reasons),
            disclosed=_codes(told),
            status=refusal.reasons[0].text.status,
            src_ip=dossier.request.source_ip,
            mount=dossier.mount,
        )
        where = {"deny_field": refusal.field, "deny_note": refusal.note}
        if dossier.identity is not None:
            where |= {"key_id": dossier.identity.key.key_id, "user_id": dossier.identity.key.user_id}
        self._edge.note_refusal(body | {name: value for name, value in where.items() if value is not None})
        with suppress(OSError):
            self._metrics.count_edge_refusal(refusal.reasons[0])

    def framing(self, reason: Reason, peer_ip: str, note: str) -> None:
        """Record what the HTTP server refused before there was a request; `note` is one of its fixed words."""
        body = refusal_record(
            request_id=str(uuid.uuid4()),
            reasons=(reason,),
            disclosed=_codes(disclose((reason,))),
            status=reason.text.status,
            src_ip=peer_ip,
        )
        self._edge.note_refusal(body | {"deny_note": note})
        with suppress(OSError):
            self._metrics.count_edge_refusal(reason)

    def _write(self, dossier: Dossier, body: Body, sensitive: Sensitive | None = None) -> None:
        """Make a record durable, and take its size from the budget of who caused it."""
        written = self._ledger.record(body, sensitive)
        if dossier.identity is not None:
            self._budget.spend(accounts(dossier.identity), written.size)


def _codes(reasons: Iterable[AnyReason]) -> tuple[str, ...]:
    return tuple(reason.value for reason in reasons)


def _tell_topics(reasons: Iterable[AnyReason]) -> dict[str, str]:
    """What the agency's own among these are about, as the policy that decided declares it: no later one changes that."""
    return {one.value: one.about for one in reasons if isinstance(one, OwnReason) and one.about is not None}


def accounts(identity: Identity) -> tuple[str, ...]:
    """The accounts that a request of this credential is taken from: the key's, and its holder's."""
    return (f"key:{identity.key.key_id}", f"user:{identity.key.user_id}")
