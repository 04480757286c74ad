"""ECS documents use only fields that ECS 9.4 has, with values it allows, and say what the record says."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from gateway.shipping.formats import Ecs
from gateway.shipping.formats.event_types import KINDS as EVENT_KINDS
from gateway.shipping.formats.mapping import TABLE
from gateway.shipping.formats.record import write_link
from tests.shipping.samples import (
    COUNTED,
    DECISION,
    DENIAL,
    DETECTED,
    FAILED,
    INTERRUPTED,
    ISSUED,
    KINDS,
    OUTCOME,
    READ,
    record,
)

# The fields of ECS 9.4.0 that are used, with their types; from `generated/ecs/ecs_flat.yml` of that release.
FIELDS = {
    "@timestamp": "date",
    "ecs.version": "keyword",
    "event.action": "keyword",
    "event.category": "keyword[]",
    "event.code": "keyword",
    "event.dataset": "keyword",
    "event.duration": "long",
    "event.end": "date",
    "event.hash": "keyword",
    "event.id": "keyword",
    "event.kind": "keyword",
    "event.module": "keyword",
    "event.original": "keyword",
    "event.outcome": "keyword",
    "event.provider": "keyword",
    "event.reason": "keyword",
    "event.sequence": "long",
    "event.severity": "long",
    "event.start": "date",
    "event.type": "keyword[]",
    "destination.domain": "keyword",
    "destination.port": "long",
    "http.request.bytes": "long",
    "http.request.id": "keyword",
    "http.response.bytes": "long",
    "http.response.status_code": "long",
    "observer.name": "keyword",
    "observer.product": "keyword",
    "observer.vendor": "keyword",
    "observer.version": "keyword",
    "organization.name": "keyword",
    "related.hash": "keyword[]",
    "related.ip": "ip[]",
    "related.user": "keyword[]",
    "rule.id": "keyword[]",
    "rule.name": "keyword",
    "rule.ruleset": "keyword",
    "rule.version": "keyword",
    "source.ip": "ip",
    "user.full_name": "keyword",
    "user.group.name": "keyword",
    "user.id": "keyword",
    "user.roles": "keyword[]",
    "user.target.id": "keyword",
}
EXPECTED_TYPES = {
    "api": {
        "access",
        "admin",
        "allowed",
        "change",
        "creation",
        "deletion",
        "denied",
        "end",
        "info",
        "start",
        "user",
    },
    "web": {"access", "error", "info"},
    "configuration": {"access", "change", "creation", "deletion", "info"},
    "iam": {"admin", "change", "creation", "deletion", "group", "info", "user"},
}
BODIES = {**KINDS, **{name: {"event_type": name, "user_id": "u1"} for name in EVENT_KINDS}}


def encoded(body: dict[str, Any]) -> dict[str, Any]:
    return orjson.loads(Ecs().encode(record(body)))


def leaves(document: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{name}.")
        else:
            yield path + name, value


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_every_field_is_one_of_ecs_or_lies_below_lpr(body):
    for path, value in leaves(encoded(body)):
        if not path.startswith("lpr."):
            kind = FIELDS[path]
            values = value if kind.endswith("[]") else [value]
            assert isinstance(values, list), path
            expected = int if kind == "long" else str
            assert all(isinstance(item, expected) for item in values), path


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_every_event_type_is_one_that_its_category_expects(body):
    event = encoded(body)["event"]
    allowed = set().union(*(EXPECTED_TYPES[category] for category in event["category"]))
    assert set(event["type"]) <= allowed
    assert event["outcome"] in ("success", "failure", "unknown")


def test_a_new_finding_alone_is_an_alert():
    alerts = {body["event_type"] for body in BODIES.values() if encoded(body)["event"]["kind"] == "alert"}
    assert alerts == {"finding.opened"}


@pytest.mark.parametrize("row", [row for row in TABLE if row.ecs], ids=lambda row: row.field)
def test_each_field_of_the_table_is_at_its_place(row):
    body = next((body for body in (DENIAL, OUTCOME, READ, ISSUED) if row.field in body), DECISION)
    given_record = record(body)
    found = dict(leaves(orjson.loads(Ecs().encode(given_record))))
    assert found[row.ecs] == given_record.fields[row.field]


def test_a_field_without_a_place_lies_below_lpr_by_its_own_name():
    ours = encoded(DECISION)["lpr"]
    assert ours["purpose_code"] == "criminal_investigation"
    assert ours["obligations"] == DECISION["obligations"]
    assert not set(ours) & {row.field for row in TABLE if row.ecs}


@pytest.mark.parametrize(
    ("body", "types", "outcome"),
    [
        (DECISION, ["access", "allowed"], "success"),
        (DENIAL, ["access", "denied"], "failure"),
        (OUTCOME, ["access", "end"], "success"),
        (FAILED, ["access", "end", "error"], "failure"),
        (INTERRUPTED, ["access", "end", "error"], "unknown"),
        (COUNTED, ["access", "denied"], "failure"),
        (ISSUED, ["admin", "creation"], "success"),
    ],
)
def test_the_verdict_is_said_in_types_and_outcome(body, types, outcome):
    event = encoded(body)["event"]
    assert (event["type"], event["outcome"]) == (types, outcome)


@pytest.mark.parametrize("source", ["2001:db8:9:9::/64", "*", "fe80::1%eth0"])
def test_a_source_that_is_no_one_address_stands_in_no_field_of_the_type_ip(source):
    document = encoded({**COUNTED, "src_ip": source})
    assert (document["source"], "ip" in document["related"]) == ({"address": source}, False)


def test_derived_fields_are_made_of_the_records():
    document = encoded({**OUTCOME, "src_ip": "192.0.2.9", "on_behalf_of": "svc"})
    assert document["event"]["duration"] == 95_000_000
    assert document["related"]["user"] == ["u17", "svc"]
    assert document["related"]["ip"] == ["192.0.2.9"]
    assert encoded(DENIAL)["event"]["reason"] == "case_closed, lookback_too_long"
    assert encoded(DECISION)["rule"] == {"version": "rev-7", "id": ["window", "own-plate"], "ruleset": "lpr"}
    assert encoded(COUNTED)["event"]["start"] == COUNTED["from"]


def test_a_finding_names_the_detectors_rule():
    assert encoded(DETECTED)["rule"] == {
        "name": "The written reason says nothing",
        "id": ["D9"],
        "ruleset": "oversight",
    }


def test_refusals_that_were_only_counted_say_why_the_most_frequent_first():
    assert encoded(COUNTED)["event"]["reason"] == "credential_missing, credential_invalid"


def test_who_acted_and_who_it_concerns_are_told_apart():
    document = encoded(ISSUED)
    assert (document["user"], document["related"]["user"]) == ({"id": "root", "target": {"id": "u17"}}, ["root", "u17"])


def test_the_chain_is_in_event_and_lpr():
    given_record = record(DECISION)
    document = orjson.loads(Ecs().encode(given_record))
    assert document["lpr"]["chain"] == write_link(given_record.chain)
    assert (document["event"]["sequence"], document["event"]["hash"]) == (17, given_record.chain.hash)
