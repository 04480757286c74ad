"""Elastic Common Schema 9: standard fields where ECS has them, the rest below `lpr`."""

from typing import Any

import orjson

from gateway.shipping.formats.event_types import FINDINGS, kind_of
from gateway.shipping.formats.mapping import host_and_port, is_address, present, put, rows
from gateway.shipping.formats.native import json_object
from gateway.shipping.formats.record import PRODUCT, PRODUCT_VERSION, Decoded, Record, read_link, read_text, write_link
from gateway.shipping.formats.verdicts import read_ending, read_outcome
from gateway.shipping.formats.weight import weigh

ECS_VERSION = "9.4.0"
_REQUEST_CATEGORIES = ["api", "web"]
_NANOSECONDS = 1_000_000
_LONGEST_MS = (2**63 - 1) // _NANOSECONDS
"""Of a millisecond; and how many of them a receiver's 64 bits of nanoseconds can hold."""


class Ecs:
    """One ECS document for each record; the ledger line is its `event.original`."""

    name = "ecs"

    def encode(self, record: Record, *, embed: bool = True) -> bytes:
        """The document as JSON with nested objects."""
        document: dict[str, Any] = {"ecs": {"version": ECS_VERSION}, "event": _event(record)}
        paths = {row.field: row.ecs for row in rows(record.fields) if row.ecs and not _is_taken(row.ecs, record)}
        for field, value in present(record.fields):
            put(document, paths.get(field, f"lpr.{field}"), value)
        put(document, "lpr.chain", write_link(record.chain))
        _complete(document, record)
        if record.summary:
            put(document, "lpr.full_record_bytes", len(record.raw))
        elif embed:
            document["event"]["original"] = record.raw.decode()
        return orjson.dumps(document)

    def decode(self, exported: bytes) -> Decoded | None:
        """What `lpr.chain` and `event.original` hold."""
        document = json_object(exported)
        ours = document.get("lpr") if document else None
        if document is None or "ecs" not in document or not isinstance(ours, dict):
            return None
        raw = read_text(document.get("event"), "original")
        installation = read_text(document.get("observer"), "name")
        try:
            return Decoded(read_link(ours.get("chain")), None if raw is None else raw.encode(), installation)
        except ValueError:
            return None


def _event(record: Record) -> dict[str, Any]:
    """What all events share: how they are sorted, and their place in the chain."""
    event: dict[str, Any] = {
        "kind": "alert" if record.event_type == "finding.opened" else "event",
        "module": "lpr_gateway",
        "dataset": "lpr_gateway.audit",
        "provider": PRODUCT,
        "action": record.event_type,
        "sequence": record.chain.seq,
        "hash": record.chain.hash,
        "severity": weigh(record).number,
    }
    if ending := read_ending(record):
        return event | {"category": _REQUEST_CATEGORIES, "type": list(ending.types), "outcome": ending.outcome}
    kind = kind_of(record.event_type)
    return event | {"category": [kind.category], "type": list(kind.types), "outcome": read_outcome(record)}


def _is_taken(path: str, record: Record) -> bool:
    """Whether something else stands there: why it was refused, or the rule of a finding's detector."""
    return (path == "event.reason" and bool(record.reasons)) or (
        path.startswith("rule.") and record.event_type in FINDINGS
    )


def _describe_detector(record: Record) -> dict[str, Any]:
    """A finding is what a detector's rule matched."""
    detector = read_text(record.detection, "detector")
    named = {"name": record.finding_title, "id": [detector] if detector else None}
    found: dict[str, Any] = {member: value for member, value in named.items() if value}
    return found | {"ruleset": "oversight"} if found else {}


def _complete(document: dict[str, Any], record: Record) -> None:
    """The fields that are made of others."""
    fields = record.fields
    document.setdefault("observer", {}).update(vendor=PRODUCT, product=PRODUCT, version=PRODUCT_VERSION)
    if record.reasons:
        document["event"]["reason"] = ", ".join(record.reasons)
    if place := host_and_port(fields):
        document["destination"] = {"domain": place[0], "port": place[1]}
    lasted = fields.get("duration_ms")
    if isinstance(lasted, int) and 0 <= lasted <= _LONGEST_MS:  # what else it may be is in the embedded line
        document["event"]["duration"] = lasted * _NANOSECONDS
    if "rule" in document:
        document["rule"]["ruleset"] = "lpr"
    if rule := _describe_detector(record):
        document["rule"] = rule
    for member, field in (("start", "from"), ("end", "to")):
        if isinstance(fields.get(field), str):
            document["event"][member] = fields[field]
    people = [fields[name] for name in ("operator", "reader", "user_id", "on_behalf_of") if fields.get(name)]
    related = {"user": people, "ip": [fields["src_ip"]] if is_address(fields.get("src_ip")) else []}
    document["related"] = {name: found for name, found in related.items() if found} | {"hash": [record.chain.hash]}
