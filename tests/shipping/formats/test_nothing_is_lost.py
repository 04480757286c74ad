"""Nothing that a record holds is lost on the way to a SIEM, also where the ledger's line is not within the event."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.shipping.formats import FORMATS, Record
from gateway.shipping.formats.cef import DETECTOR_KEY, FIELDS_KEY, parse
from gateway.shipping.formats.event_types import FINDINGS, REQUESTS
from gateway.shipping.formats.event_types import KINDS as EVENT_KINDS
from gateway.shipping.formats.mapping import BULKY, rows
from tests.properties import examples
from tests.shipping.formats.test_ocsf import problems
from tests.shipping.samples import COUNTED, DETECTED, ISSUED, KINDS, OUTCOME, READ, record

EVENT_TYPES = sorted({*EVENT_KINDS, *REQUESTS, *FINDINGS, "moon.rose"})
EVERYTHING: dict[str, Any] = {
    **{name: value for body in KINDS.values() for name, value in body.items()},
    "vendor_host": "api.vendor.test:8443",
    "outcome": "failed",
    "decision": "error",
    "reason": "vendor_late",
    "deny_reasons": ["engine_late"],
    "counts": COUNTED["counts"],
    "status": 504,
    "src_ip": "192.0.2.7",
    "operator": "alex",
    "reader": READ["reader"],
    "user_id": ISSUED["user_id"],
    "bytes_out": OUTCOME["bytes_out"],
    "oversight": {**DETECTED["oversight"], "outcome": "misuse", "reviewer": "u07"},
    "explain": False,
}
"""A record that has every field which any record has."""
WORDS = {"status": "approved", "oversight": {"import_id": "o-1"}}
"""What stands under the same names in records of another kind."""


def at(document: Any, path: str | None) -> Any:
    """What stands at a dotted path; None where nothing does."""
    for step in path.split(".") if path else ():
        document = document.get(step) if isinstance(document, dict) else None
    return document if path else None


def is_told(document: dict[str, Any], path: str | None, beside: str, field: str, value: Any) -> bool:
    """Whether the value stands where the table says, or else by its own name among what has no place."""
    return value in (at(document, path), at(document, f"{beside}.{field}"))


def lost(name: str, one: Record) -> list[str]:
    """The fields that are found nowhere in the event without the ledger's line."""
    text = FORMATS[name].encode(one, embed=False)
    fields = {field: value for field, value in one.fields.items() if value is not None and field not in BULKY}
    del fields["chain"]
    found = {"native": lose_native, "ocsf": lose_ocsf, "ecs": lose_ecs, "cef": lose_cef}[name](one, fields, text)
    if found == ["vendor_host"]:  # taken apart where it names a port
        event = parse(text.decode()) if name == "cef" else orjson.loads(text)
        port = [at(event, path) for path in ("dst_endpoint.port", "destination.port", "dpt")]
        found = [] if fields["vendor_host"].endswith(f":{next(filter(None, port))}") else found
    return found


def lose_native(_one: Record, fields: dict[str, Any], text: bytes) -> list[str]:
    document = orjson.loads(text)
    return [field for field, value in fields.items() if document[field] != value and field != "schema"]


def lose_ocsf(one: Record, fields: dict[str, Any], text: bytes) -> list[str]:
    event = orjson.loads(text)
    assert problems(event) == []
    paths = {row.field: row.ocsf for row in rows(one.fields)}
    told = [field for field, value in fields.items() if not is_told(event, paths.get(field), "unmapped", field, value)]
    for name, value in one.detection.items():
        if value not in (event["unmapped"].get(name), at(event, f"unmapped.oversight.{name}")):
            return [*told, name]
    return [field for field in told if field != "oversight" or not one.detection]


def lose_ecs(one: Record, fields: dict[str, Any], text: bytes) -> list[str]:
    document = orjson.loads(text)
    paths = {row.field: row.ecs for row in rows(one.fields)}
    return [field for field, value in fields.items() if not is_told(document, paths.get(field), "lpr", field, value)]


def lose_cef(one: Record, fields: dict[str, Any], text: bytes) -> list[str]:
    pairs = parse(text.decode())
    rest, keys = orjson.loads(pairs.get(FIELDS_KEY, "{}")), {row.field: row.cef for row in rows(one.fields)}
    told = {field: pairs.get(keys.get(field) or "", pairs.get("c6a2")) for field in fields}
    told |= {"event_type": text.decode().split("|")[4], "ts": one.fields["ts"] if "rt" in pairs else None}
    written = {field: ",".join(value) if field == "roles" else str(value) for field, value in fields.items()}
    return [field for field, value in fields.items() if rest.get(field) != value and told[field] != written[field]]


each_format = pytest.mark.parametrize("name", FORMATS)


@each_format
@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_no_field_of_a_record_of_any_type_is_lost(name, event_type):
    assert lost(name, record({**EVERYTHING, "event_type": event_type})) == []
    assert lost(name, record({**EVERYTHING, **WORDS, "event_type": event_type})) == []
    assert lost(name, record({**EVERYTHING, "src_ip": "2001:db8:9:9::/64", "event_type": event_type})) == []


@each_format
@given(event_type=st.sampled_from(EVENT_TYPES), names=st.sets(st.sampled_from([*EVERYTHING, *EVERYTHING]), max_size=20))
@settings(max_examples=examples(100))
def test_no_field_is_lost_whichever_a_record_has(name, event_type, names):
    chosen = {field: value for field, value in EVERYTHING.items() if field in names}
    assert lost(name, record({**chosen, "event_type": event_type})) == []


@each_format
@pytest.mark.parametrize("body", KINDS.values(), ids=list(KINDS))
def test_no_field_of_the_samples_is_lost(name, body):
    assert lost(name, record(body)) == []


def test_a_finding_says_from_where_and_under_which_credential_it_was_reviewed():
    given_record = record(
        {
            **DETECTED,
            "event_type": "finding.reviewed",
            "request_id": "r-9",
            "src_ip": "192.0.2.8",
            "key_id": "k4",
            "actor_kind": "person",
            "why": "a reason",
        }
    )
    event = orjson.loads(FORMATS["ocsf"].encode(given_record))
    expected = {"request_id": "r-9", "src_ip": "192.0.2.8", "key_id": "k4", "actor_kind": "person", "detector": "D9"}
    assert {name: event["unmapped"][name] for name in expected} == expected
    assert event["comment"] == "a reason"


def test_cef_names_what_has_no_key_only_where_the_ledgers_line_is_not_within():
    whole, alone = (parse(FORMATS["cef"].encode(record(DETECTED), embed=embed).decode()) for embed in (True, False))
    assert FIELDS_KEY not in whole
    assert orjson.loads(alone[FIELDS_KEY])["oversight"] == DETECTED["oversight"]
    for pairs in (whole, alone):
        assert (pairs[DETECTOR_KEY], pairs["lprGatewayFindingId"]) == ("D9", DETECTED["finding_id"])


def test_a_step_that_an_earlier_version_wrote_without_its_title_is_named_by_its_detector():
    told = {name: value for name, value in DETECTED["oversight"].items() if name != "title"}
    one = record({**DETECTED, "event_type": "finding.reviewed", "oversight": told})
    ocsf, ecs = (orjson.loads(FORMATS[name].encode(one)) for name in ("ocsf", "ecs"))
    title = "A finding of detector D9"
    assert (ocsf["finding_info"]["title"], ecs["rule"]["name"]) == (title, title)
    assert parse(FORMATS["cef"].encode(one).decode())["msg"] == title
