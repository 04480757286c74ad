"""OCSF events hold against the published schema, and say what the record says."""

import functools
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from gateway.shipping.formats import Ocsf, Record
from gateway.shipping.formats.event_types import KINDS as EVENT_KINDS
from gateway.shipping.formats.mapping import BULKY, TABLE
from gateway.shipping.formats.sizes import summarise
from tests.shipping.samples import (
    ACTIVATED,
    COUNTED,
    DECISION,
    DENIAL,
    DETECTED,
    EXPLAINED,
    FAILED,
    FAILURE,
    INTERRUPTED,
    ISSUED,
    KINDS,
    NARROWED,
    OUTCOME,
    READ,
    REFUSAL,
    lines,
    record,
)

RELEASED = "1.8.0"
FINGERPRINT = {
    "type": "object",
    "required": ["algorithm_id", "value"],
    "additionalProperties": False,
    "properties": {
        "algorithm_id": {"const": 3},
        "algorithm": {"const": "SHA-256"},
        "value": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "encoding_id": {"const": 1},
        "encoding": {"const": "Hex"},
        "serialization_id": {"const": 99},
        "serialization": {"type": "string"},
    },
}
ATTESTATIONS = {
    # Record Integrity as of 1.9.0-dev, which no released schema holds yet.
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["uid", "authority_uid", "chain_uid", "fingerprint"],
        "additionalProperties": False,
        "properties": {
            "uid": {"type": "string"},
            "authority_uid": {"type": "string"},
            "chain_uid": {"type": "string"},
            "fingerprint": FINGERPRINT,
            "prev_event": {
                "type": "object",
                "required": ["uid"],
                "additionalProperties": False,
                "properties": {"uid": {"type": "string"}, "fingerprint": FINGERPRINT},
            },
        },
    },
}


@functools.cache
def validator(class_name: str) -> Draft202012Validator:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(RELEASED)).get_class_schema(class_name, ["security_control"])
    return Draft202012Validator(schema)


def problems(event: dict[str, Any]) -> list[str]:
    """What the released schema, and the profile that is not yet released, find wrong with an event."""
    rest = {name: value for name, value in event.items() if name != "attestation_list"}
    judge = validator({6003: "api_activity", 3004: "entity_management", 2004: "detection_finding"}[event["class_uid"]])
    found = [*judge.iter_errors(rest), *Draft202012Validator(ATTESTATIONS).iter_errors(event["attestation_list"])]
    return [f"{error.json_path}: {error.message}" for error in found]


def encoded(body: dict[str, Any], *, embed: bool = True) -> dict[str, Any]:
    return orjson.loads(Ocsf().encode(record(body), embed=embed))


def at(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document[step]
    return document


@pytest.mark.parametrize("embed", [True, False])
@pytest.mark.parametrize("body", KINDS.values(), ids=list(KINDS))
def test_every_kind_of_record_is_valid(body, embed):
    assert problems(encoded(body, embed=embed)) == []


@pytest.mark.parametrize("event_type", EVENT_KINDS)
def test_every_event_type_is_valid(event_type):
    assert problems(encoded({"event_type": event_type, "user_id": "u1", "src_ip": "192.0.2.1"})) == []


@pytest.mark.parametrize("source", ["2001:db8:9:9::/64", "*"])
def test_a_source_that_is_no_one_address_is_a_name(source):
    event = encoded({**COUNTED, "src_ip": source})
    assert (problems(event), event["src_endpoint"]) == ([], {"name": source})


@pytest.mark.parametrize("body", KINDS.values(), ids=list(KINDS))
def test_every_summary_is_valid_and_says_that_it_is_one(body):
    event = orjson.loads(Ocsf().encode(summarise(record(body)), embed=False))
    assert problems(event) == []
    assert event["metadata"]["is_truncated"] is True


@pytest.mark.parametrize("member", ["api", "actor", "src_endpoint", "time", "metadata", "severity_id"])
def test_the_schema_would_notice_a_missing_member(member):
    event = encoded(DECISION)
    del event[member]
    assert problems(event) != []


@pytest.mark.parametrize("gone", [name for name in DECISION if name not in ("event_type", "decision")])
def test_a_decision_without_any_one_field_is_valid(gone):
    assert problems(encoded({name: value for name, value in DECISION.items() if name != gone})) == []


def test_a_decision_with_nothing_known_is_valid():
    nothing = dict.fromkeys(DECISION) | {"event_type": "decision", "decision": "deny", "deny_reasons": ["x"]}
    event = encoded(nothing)
    assert problems(event) == []
    assert event["actor"] == {"app_name": "unidentified"}


def test_an_answer_size_without_a_status_is_kept_aside():
    event = encoded({"event_type": "outcome", "outcome": "failed", "bytes_out": 7})
    assert problems(event) == []
    assert event["unmapped"]["bytes_out"] == 7


@pytest.mark.parametrize("row", [row for row in TABLE if row.ocsf], ids=lambda row: row.field)
def test_each_field_of_the_table_is_at_its_place(row):
    body = next((body for body in (DENIAL, OUTCOME, READ, ISSUED, DETECTED) if row.field in body), DECISION)
    given_record = record(body)
    assert at(orjson.loads(Ocsf().encode(given_record)), row.ocsf) == given_record.fields[row.field]


def test_a_field_without_a_place_is_kept_by_its_own_name():
    event = encoded(DECISION)
    mapped = {row.field for row in TABLE if row.ocsf}
    expected = {
        name for name, value in DECISION.items() if value is not None and name not in mapped and name not in BULKY
    }
    assert set(event["unmapped"]) == expected
    assert event["unmapped"]["plate_hmac"] == DECISION["plate_hmac"]


def test_people_subjects_and_case_are_named():
    event = encoded(DECISION)
    assert event["actor"]["user"]["groups"] == [
        {"name": "officer", "type": "role"},
        {"name": "supervisor", "type": "role"},
    ]
    assert event["resources"] == [{"type": "subject", "uid": "s9"}, {"type": "case", "uid": "25-001234"}]


@pytest.mark.parametrize(
    ("body", "action", "disposition", "status", "alert"),
    [
        (DECISION, 1, 1, 1, False),
        (NARROWED, 4, 11, 1, False),
        (EXPLAINED, 3, 17, 1, False),
        (DENIAL, 2, 2, 2, False),
        (FAILURE, 2, 27, 2, True),
        (OUTCOME, 1, 1, 1, False),
        (FAILED, 2, 27, 2, True),
        (INTERRUPTED, 0, 27, 2, True),
        (REFUSAL, 2, 2, 2, False),
        (COUNTED, 2, 2, 2, False),
    ],
)
def test_the_verdict_is_said_in_security_controls_numbers(body, action, disposition, status, alert):
    event = encoded(body)
    found = (event["action_id"], event["disposition_id"], event["status_id"], event["is_alert"])
    assert found == (action, disposition, status, alert)


def test_a_denial_names_its_true_reasons_and_the_policy():
    event = encoded(DENIAL)
    assert event["status_code"] == "case_closed"
    assert event["status_detail"] == "case_closed, lookback_too_long"
    policy = {"name": "lpr", "uid": "rev-7", "version": "rev-7", "is_applied": True}
    assert event["policy"] == policy
    assert event["authorizations"] == [{"decision": "deny", "policy": policy}]


def test_activating_a_policy_is_entity_management_with_its_why():
    event = encoded(ACTIVATED)
    assert (event["class_uid"], event["activity_id"], event["type_uid"]) == (3004, 8, 300408)
    assert (event["entity"]["type"], event["comment"]) == ("policy", "new look-back table")


def test_who_acted_and_who_it_concerns_are_told_apart():
    event = encoded(ISSUED)
    assert event["actor"]["user"]["uid"] == "root"
    assert event["entity"] == {"type": "key", "name": "key", "user": {"uid": "u17"}}


def test_counted_refusals_say_how_many_and_from_when_to_when():
    event = encoded(COUNTED)
    assert (event["count"], event["end_time"] - event["start_time"]) == (42, 60_000)


def test_counted_refusals_say_why_the_most_frequent_first():
    event = encoded(COUNTED)
    assert (event["status_code"], event["status_detail"]) == (
        "credential_missing",
        "credential_missing, credential_invalid",
    )


def test_attestations_link_each_event_to_the_one_before_it():
    first, second = (orjson.loads(Ocsf().encode(Record.read(line))) for line in lines([DECISION, OUTCOME]))
    assert "prev_event" not in first["attestation_list"][0]
    link = second["attestation_list"][0]["prev_event"]
    assert link["uid"] == first["metadata"]["uid"]
    assert link["fingerprint"]["value"] == first["attestation_list"][0]["fingerprint"]["value"]
    assert second["metadata"]["sequence"] == 2


JUDGED = ("action_id", "disposition_id", "status_id", "is_alert")


@pytest.mark.parametrize("body", [*KINDS.values(), {**DECISION, "explain": True}, {**DENIAL, "explain": True}])
def test_a_summary_says_of_how_a_request_ended_and_of_who_acted_what_the_whole_says(body):
    whole, summary = encoded(body), orjson.loads(Ocsf().encode(summarise(record(body)), embed=False))
    assert [summary.get(name) for name in JUDGED] == [whole.get(name) for name in JUDGED]
    assert whole.get("actor", {}).get("user", {}).get("uid") == summary.get("actor", {}).get("user", {}).get("uid")
