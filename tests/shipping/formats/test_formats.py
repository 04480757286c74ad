"""What every format has in common."""

import hashlib
import json

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.clock import format_instant
from gateway.ledger.records.form import SCHEMA, hash_of, link_of
from gateway.shipping.formats import FORMATS, Native, Record, extract, fit, write_fitting
from gateway.shipping.formats.cef import parse
from gateway.shipping.formats.mapping import TABLE
from gateway.shipping.formats.sizes import SMALLEST_LIMIT, summarise
from gateway.shipping.sinks.syslog_message import frame
from tests.properties import examples
from tests.shipping.samples import DECISION, DENIAL, KINDS, OUTCOME, START, lines, record

each_format = pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
each_kind = pytest.mark.parametrize("body", KINDS.values(), ids=list(KINDS))
TEXTS = st.text(max_size=60) | st.sampled_from(["a=b", "\\", "\\=", " cs6=0", "|", "\r\n", "\u2028", "x=\\n"])


@each_format
@each_kind
def test_the_ledger_line_comes_back_byte_for_byte_and_its_hash_verifies(form, body):
    given_record = record(body)
    chain, native, _ = form.decode(form.encode(given_record))
    assert native == given_record.raw
    value = orjson.loads(native)
    assert hash_of(native, value, link_of(value)) == chain.hash == given_record.chain.hash


@pytest.mark.parametrize("host", ["lpr.agency.test", "10.1.0.7", "::1"])
def test_a_vendors_port_stands_in_a_field_of_its_own_in_every_format_of_a_siem(host):
    given_record = record(DECISION | {"vendor_host": f"[{host}]:8443" if ":" in host else f"{host}:8443"})
    ocsf, ecs = (orjson.loads(FORMATS[name].encode(given_record)) for name in ("ocsf", "ecs"))
    assert ocsf["dst_endpoint"] == {"hostname": host, "port": 8443}
    assert ecs["destination"] == {"domain": host, "port": 8443}
    cef = parse(FORMATS["cef"].encode(given_record).decode())
    assert (cef["dhost"], cef["dpt"]) == (host, "8443")


def test_a_status_that_is_a_word_is_no_http_status():
    """As that of an approval; a SIEM that indexed it beside numbers would refuse the record."""
    given_record = record(
        {"ts": format_instant(START), "event_type": "approval.approved", "approval_id": "a1", "status": "approved"}
    )
    ocsf, ecs = (orjson.loads(FORMATS[name].encode(given_record)) for name in ("ocsf", "ecs"))
    assert (ocsf["unmapped"]["status"], "http_response" in ocsf) == ("approved", False)
    assert (ecs["lpr"]["status"], "http" in ecs) == ("approved", False)
    assert "cn3" not in parse(FORMATS["cef"].encode(given_record).decode())


@each_format
@each_kind
def test_the_chain_fields_survive_without_the_embedded_line(form, body):
    given_record = record(body)
    assert form.decode(form.encode(given_record, embed=False))[:2] == (given_record.chain, None)


@each_format
@each_kind
def test_a_text_is_one_line_and_is_known_by_its_own_format_only(form, body):
    text = form.encode(record(body))
    assert b"\n" not in text
    assert [name for name, other in FORMATS.items() if other.decode(text)] == [form.name]


@each_format
@given(name=TEXTS, case=TEXTS)
@settings(max_examples=examples(60))
def test_no_text_in_a_record_breaks_its_export(form, name, case):
    given_record = record({**DECISION, "user_name": name, "case_number": case})
    text = form.encode(given_record)
    assert b"\n" not in text
    assert form.decode(text)[:2] == (given_record.chain, given_record.raw)


@each_format
@each_kind
def test_a_summary_fits_every_receiver_and_refers_to_the_full_record(form, body):
    given_record = record({**body, "padding": "x" * 100_000})
    assert len(fit(form, given_record, SMALLEST_LIMIT)) <= SMALLEST_LIMIT
    summary = form.encode(summarise(given_record), embed=False)
    assert len(summary) <= SMALLEST_LIMIT
    assert form.decode(summary)[:2] == (given_record.chain, None)
    assert str(len(given_record.raw)).encode() in summary


@each_format
@given(values=st.lists(TEXTS | st.text(min_size=65, max_size=3000), min_size=6, max_size=6))
@settings(max_examples=examples(40))
def test_a_summary_fits_whatever_the_record_holds(form, values):
    names = ("user_id", "operation", "purpose_code", "case_number", "decision_id", "user_name")
    given_record = record({**DECISION, **dict(zip(names, values, strict=True)), "padding": "x" * 10_000})
    assert len(fit(form, given_record, SMALLEST_LIMIT)) <= SMALLEST_LIMIT


@each_format
@pytest.mark.parametrize("text", ["x" * 42, "=" * 42, "\\" * 21, "\x1f" * 7, "é" * 21, "x" * 5000])
@pytest.mark.parametrize("event_type", ["decision", "outcome", "key.issued", "finding.opened"])
def test_a_summary_with_the_longest_values_fits(form, event_type, text):
    names = [name for name in DECISION if isinstance(DECISION[name], str) and name not in ("event_type", "decision")]
    named = [*names, "operator", "reader", "finding_id", "found"]
    body = {
        **DECISION,
        "event_type": event_type,
        **dict.fromkeys(named, text),
        "explain": False,
        "padding": "x" * 10_000,
    }
    given_record = Record.read(lines([body], seq=10**12, prev="ab" * 32)[0])
    assert len(form.encode(summarise(given_record), embed=False)) <= SMALLEST_LIMIT
    odd = record({"event_type": text, "padding": "x" * 10_000})
    assert len(form.encode(summarise(odd), embed=False)) <= SMALLEST_LIMIT


@each_format
@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"])
def test_a_summary_of_a_request_names_where_it_came_from(form, address):
    summary = form.encode(summarise(record({**DECISION, "src_ip": address})), embed=False)
    assert address.encode() in summary


@each_format
def test_what_fits_whole_is_sent_whole(form):
    given_record = record(DECISION)
    assert fit(form, given_record, 1 << 20) == form.encode(given_record)


def test_a_record_just_too_long_loses_the_embedded_line_before_any_field():
    given_record = record(DECISION)
    form = FORMATS["ocsf"]
    limit = len(form.encode(given_record)) - 1
    assert fit(form, given_record, limit) == form.encode(given_record, embed=False)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.sampled_from([0.5, 31.5]) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "input"]), inner, max_size=3),
    max_leaves=6,
)
FIELD_NAMES = sorted({row.field for row in TABLE} | {name for body in KINDS.values() for name in body})


@each_format
@given(odd=st.dictionaries(st.sampled_from(FIELD_NAMES), VALUES, max_size=12), kind=st.sampled_from(list(KINDS)))
@example(odd={"duration_ms": -(2**53)}, kind="decision")
@example(odd={"duration_ms": 2**53}, kind="decision")
@settings(max_examples=examples(100))
def test_a_record_of_any_shape_is_exported(form, odd, kind):
    kept = {"event_type": KINDS[kind]["event_type"], "ts": format_instant(START), "event_id": "e", "schema": SCHEMA}
    given_record = record({**KINDS[kind], **odd, **kept})
    for embed in (True, False):
        chain, native, _ = form.decode(form.encode(given_record, embed=embed))
        assert chain == given_record.chain
        assert native == (given_record.raw if embed else None)


def test_a_record_that_a_format_cannot_write_is_a_summary():
    nested = orjson.loads("[" * 400 + "]" * 400)
    line = lines([OUTCOME], seq=2)[0].replace(b'"dropped":{"other_plate":2}', b'"dropped":' + orjson_free(nested))
    given_record = Record.read(line)
    text = write_fitting(FORMATS["ocsf"], given_record, embed=True)
    assert FORMATS["ocsf"].decode(text)[:2] == (given_record.chain, None)
    assert write_fitting(FORMATS["native"], given_record, embed=True) == line


def orjson_free(value):
    """JSON of a value that is nested too deeply for the fast encoder."""
    return json.dumps(value).encode()


@each_format
def test_a_changed_copy_does_not_verify(form):
    text = form.encode(record(OUTCOME)).replace(b"vendor_ms", b"vendor_mz")
    chain, native, _ = form.decode(text)
    value = orjson.loads(native)
    assert hash_of(native, value, link_of(value)) != chain.hash


def test_native_is_the_line_itself():
    given_record = record(DECISION)
    assert Native().encode(given_record) == given_record.raw


def test_native_finds_the_line_again_where_a_siem_wrote_the_json_differently():
    given_record = record(DECISION)
    rewritten = orjson.dumps(dict(reversed(orjson.loads(given_record.raw).items())), option=orjson.OPT_INDENT_2)
    assert Native().decode(rewritten)[:2] == (given_record.chain, given_record.raw)


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"7", b'{"event_type":"decision"}', b'{"chain":{"id":"w0","seq":true,"prev":"","hash":""}}'],
)
def test_a_line_that_is_no_record_is_refused(line):
    with pytest.raises(ValueError, match=r".*"):
        Record.read(line)


@each_format
def test_extract_finds_records_in_every_wrapping_a_siem_puts_around_them(form):
    given_record = record(DECISION)
    text = form.encode(given_record)
    plain = text.decode()
    wrappings = [
        text,
        b"<109>1 2026-11-22T14:00:00.000Z gw lpr-gateway w0 decision - " + text,
        orjson.dumps({"preview": False, "result": {"_raw": plain}}),
        orjson.dumps({"_index": "lpr", "_source": {"message": plain}}),
        orjson.dumps({"event": plain, "sourcetype": "lpr"}),
    ]
    if form.name != "cef":
        wrappings.append(orjson.dumps({"_index": "lpr", "_source": orjson.loads(text)}))
    found = list(extract(wrappings))
    assert [item.chain for item in found] == [given_record.chain] * len(wrappings)
    assert [item.native for item in found] == [given_record.raw] * len(wrappings)


@each_format
def test_extract_finds_every_record_of_a_stream_of_frames_that_was_kept_as_it_came(form):
    records = [record({**DENIAL, "request_id": f"r-{number}"}) for number in range(3)]
    stream = b"".join(frame(one, form, 100_000) for one in records)
    assert [item.native for item in extract([stream])] == [one.raw for one in records]
    torn = list(extract([stream[:-20]]))
    assert [item.native for item in torn[:2]] == [one.raw for one in records[:2]]
    assert len(torn) == 3, "what a count does not reach is judged too"


def test_extract_yields_what_is_none_of_our_records_with_its_line_number():
    good = record(OUTCOME).raw
    found = list(extract([b"\n", b"something else\n", good + b"\n", b'{"_source": {"_source": 7}}']))
    assert [(item.line_no, item.chain is None) for item in found] == [(2, True), (3, False), (4, True)]


@given(st.binary(max_size=200))
@settings(max_examples=examples(200))
def test_extract_takes_any_bytes(noise):
    assert all(item.chain is None for item in extract([noise]))


def test_no_format_shows_a_sealed_field_beside_the_embedded_line():
    for form in FORMATS.values():
        text = form.encode(record(DECISION), embed=False) if form.name != "native" else b""
        assert b"c2VhbGVk" not in text


def test_the_hash_of_raw_data_is_that_of_the_line():
    given_record = record(DECISION)
    event = orjson.loads(FORMATS["ocsf"].encode(given_record))
    assert event["raw_data_hash"]["value"] == hashlib.sha256(given_record.raw).hexdigest()
