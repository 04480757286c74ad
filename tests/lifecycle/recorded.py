"""Decision records as the ledger holds them, made by deciding cases with a policy."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.ledger import Line
from gateway.ledger.records.form import GENESIS, chain_halves, halves
from gateway.pdp import Bundle, EmbeddedEngine


def decided(bundle: Bundle, inputs: Sequence[str], **fields: Any) -> Iterator[Line]:
    """One record an input, each of another person unless `fields` says otherwise."""
    engine = EmbeddedEngine(bundle)
    for number, text in enumerate(inputs, 1):
        decision = engine.decide(text)
        record = {
            "event_type": "decision",
            "ts": "2026-11-22T14:00:00.000Z",
            "decision_id": f"d{number:05d}",
            "user_id": f"u{number % 7}",
            "office": ["BAL", "NYC"][number % 2],
            "org": "ERO",
            "purpose_code": "criminal_investigation",
            "policy_revision": bundle.revision,
            "input": text,
            "decision_document": decision.document,
        } | fields
        raw, _ = chain_halves(halves(record), "w0", number, GENESIS)
        yield Line("w0", number, "w0/1.jsonl", number, raw)
