"""OCSF: requests as API Activity (6003), findings as Detection Finding (2004), all else as Entity Management (3004).

All carry the Record Integrity profile, which 1.9.0 adds; every other member is of 1.8.0. `metadata.uid` is the record's
hash, so that an attestation's `prev_event.uid` can name the event before it without having seen it.
"""

import hashlib
from typing import Any

import orjson

from gateway import clock
from gateway.shipping.formats.event_types import COUNTED, FINDINGS, REQUESTS, kind_of
from gateway.shipping.formats.mapping import host_and_port, present, put, rows
from gateway.shipping.formats.native import json_object
from gateway.shipping.formats.ocsf_base import base, find_place
from gateway.shipping.formats.ocsf_control import control
from gateway.shipping.formats.ocsf_finding import make_finding
from gateway.shipping.formats.ocsf_integrity import attestation, chain_in, fingerprint
from gateway.shipping.formats.record import PRODUCT, Decoded, Record, read_text


class Ocsf:
    """One OCSF event for each record; the ledger line is its `raw_data`."""

    name = "ocsf"

    def encode(self, record: Record, *, embed: bool = True) -> bytes:
        """The event as JSON, its members as OCSF names them."""
        event = make_finding(record) if record.event_type in FINDINGS else self._event(record)
        event["attestation_list"] = [attestation(record.chain)]
        if embed and not record.summary:
            event["raw_data"] = record.raw.decode()
            event["raw_data_size"] = len(record.raw)
            event["raw_data_hash"] = fingerprint(hashlib.sha256(record.raw).hexdigest())
        return orjson.dumps(event)

    @staticmethod
    def _event(record: Record) -> dict[str, Any]:
        is_request = record.event_type in REQUESTS
        event = base(record, is_request=is_request)
        paths = {row.field: row.ocsf for row in rows(record.fields) if row.ocsf}
        for field, value in present(record.fields):
            put(event, find_place(event["class_uid"], paths.get(field), field), value)
        _complete_api_activity(event, record) if is_request else _complete_entity_management(event, record)
        event.update(control(record))
        return event

    def decode(self, exported: bytes) -> Decoded | None:
        """What `attestation_list` and `raw_data` hold."""
        event = json_object(exported)
        chain = chain_in(event) if event else None
        if event is None or chain is None:
            return None
        raw, metadata = read_text(event, "raw_data"), event.get("metadata")
        product = metadata.get("product") if isinstance(metadata, dict) else None
        return Decoded(chain, None if raw is None else raw.encode(), read_text(product, "uid"))


def _complete_api_activity(event: dict[str, Any], record: Record) -> None:
    """The members that API Activity requires, where the record did not name them, and those made of several fields."""
    fields = record.fields
    event.setdefault("api", {}).setdefault("operation", "unknown")
    event.setdefault("actor", {"app_name": "unidentified"})
    event.setdefault("src_endpoint", {"name": PRODUCT})
    _complete_user(event["actor"], record)
    if place := host_and_port(fields):
        event["dst_endpoint"] = {"hostname": place[0], "port": place[1]}
    if "code" not in event.get("http_response", {"code": 0}):
        event.setdefault("unmapped", {})["bytes_out"] = event.pop("http_response")["length"]
    subjects = fields.get("subject_id")
    resources = [{"type": "subject", "uid": str(subject)} for subject in subjects] if isinstance(subjects, list) else []
    if fields.get("case_number"):
        resources.append({"type": "case", "uid": str(fields["case_number"])})
    if resources:
        event["resources"] = resources
    if record.event_type == COUNTED:
        _complete_count(event, record)


def _complete_count(event: dict[str, Any], record: Record) -> None:
    event["count"] = record.count
    for member, field in (("start_time", "from"), ("end_time", "to")):
        instant = clock.parse_instant(str(record.fields.get(field)))
        if instant is not None:
            event[member] = round(instant.timestamp() * 1000)


def _complete_entity_management(event: dict[str, Any], record: Record) -> None:
    entity = kind_of(record.event_type).entity
    event.setdefault("entity", {}).update(type=entity, name=entity)
    if "code" not in event.get("http_response", {"code": 0}):
        event.setdefault("unmapped", {})["bytes_out"] = event.pop("http_response")["length"]
    if "actor" in event:
        _complete_user(event["actor"], record)


def _complete_user(actor: dict[str, Any], record: Record) -> None:
    user = actor.get("user")
    if user is None:
        return
    user.setdefault("uid", "unknown")
    if "org" in user:
        user["org"].setdefault("name", "unknown")
    user["type_id"], user["type"] = 1, "User"
    roles = record.fields.get("roles")
    if isinstance(roles, list):
        user["groups"] = [{"name": str(role), "type": "role"} for role in roles]
