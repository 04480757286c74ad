"""What docs/siem.md says is so."""

import dataclasses
import re
import tomllib
from pathlib import Path

import orjson
import pytest

from gateway.auditing.columns import DAY, FIELDS, INSTANT
from gateway.shipping.formats.event_types import ACTIVITY_NAMES, FINDINGS
from gateway.shipping.formats.event_types import KINDS as EVENT_KINDS
from gateway.shipping.formats.mapping import BULKY, CONCERNED, SEVERAL, TABLE
from gateway.shipping.formats.ocsf_finding import find_activity
from gateway.shipping.options import SinkOptions
from gateway.shipping.watch import Found
from tests.shipping.certificates import Authority
from tests.shipping.usual import sink_options

TEXT = (Path(__file__).parents[2] / "docs" / "siem.md").read_text(encoding="utf-8")


def code(value):
    return f"`{value}`" if value else ""


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.field)
def test_every_mapped_field_is_in_the_table(row):
    cef = code(row.cef) + (f" ({row.label})" if row.label else "")
    assert f"| `{row.field}` | {code(row.ocsf)} | {code(row.ecs)} | {cef} |\n" in TEXT


@pytest.mark.parametrize("event_type", EVENT_KINDS)
def test_every_event_type_is_in_the_table(event_type):
    kind = EVENT_KINDS[event_type]
    activity, entity = f"{kind.activity} {ACTIVITY_NAMES[kind.activity]}", kind.entity
    if event_type in FINDINGS:
        number, name = find_activity(event_type)
        activity, entity = f"{number} {name} (2004)", ""
    types = ", ".join(map(code, kind.types))
    assert f"| `{event_type}` | {activity} | {code(entity)} | `{kind.category}` | {types} |\n" in TEXT


def test_fields_that_are_only_embedded_and_those_that_concern_another_are_named():
    assert all(code(name) in TEXT for name in BULKY)
    assert f"{code(CONCERNED.ocsf)}, {code(CONCERNED.ecs)}, {code(CONCERNED.cef)}" in TEXT
    assert f"{code(SEVERAL.ocsf)}, {code(SEVERAL.ecs)}" in TEXT


SETTINGS = [field for field in dataclasses.fields(SinkOptions) if field.name != "proxy"]  # which `[outbound]` gives


@pytest.mark.parametrize("field", SETTINGS, ids=lambda field: field.name)
def test_every_setting_is_explained_with_its_default(field):
    [line] = [line for line in TEXT.splitlines() if line.startswith("| `") and f"`{field.name}`" in line.split("|")[1]]
    if isinstance(field.default, int | float):
        expected = str(field.default).lower()
        assert expected in line.split("|")[2]


@pytest.mark.parametrize("found", Found)
def test_every_finding_is_explained(found):
    assert f"| `{found.value}` |" in TEXT


def test_the_example_settings_are_good(tmp_path):
    [block] = blocks("toml")
    sinks = tomllib.loads(block)["audit"]["sinks"]
    assert {sink["kind"] for sink in sinks} == {"jsonl", "syslog", "splunk_hec", "elasticsearch"}
    (tmp_path / "any").write_text("x")
    pair = Authority(tmp_path).issue("lpr-gateway", server=False)
    made = {"certificate_file": pair.certificate, "key_file": pair.key}
    for sink in sinks:
        files = {name: made.get(name, tmp_path / "any") for name in sink if name.endswith("_file")}
        assert sink_options(**sink | files).problems() == []


def test_the_index_template_is_json_for_the_fields_we_send():
    properties = orjson.loads(blocks("json")[0])["template"]["mappings"]["properties"]
    assert set(properties["lpr"]["properties"]["chain"]["properties"]) == {"id", "seq", "prev", "hash"}


def test_what_opensearch_wants_in_the_template_is_said_of_each_field_whose_type_only_elasticsearch_has():
    of_elastic, of_opensearch = map(orjson.loads, blocks("json"))
    fields = of_elastic["template"]["mappings"]["properties"]["lpr"]["properties"]
    flattened = {name for name, field in fields.items() if field.get("type") == "flattened"}
    assert of_opensearch == {name: {"type": "flat_object"} for name in flattened}
    assert blocks("json")[0].count('"flattened"') == len(flattened)


def test_the_index_template_guesses_no_dates_and_names_every_field_that_is_one():
    mappings = orjson.loads(blocks("json")[0])["template"]["mappings"]
    assert mappings["date_detection"] is False
    fields = mappings["properties"]
    times = {name for name, kind in FIELDS.items() if kind in (INSTANT, DAY)} - {"ts"} | {"from", "to"}
    assert {name for name, field in fields["lpr"]["properties"].items() if field.get("type") == "date"} == times
    assert {
        fields["@timestamp"]["type"],
        *(fields["event"]["properties"][end]["type"] for end in ("start", "end")),
    } == {"date"}
