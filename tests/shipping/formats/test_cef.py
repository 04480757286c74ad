r"""CEF texts: header and extension escaped, keys of the dictionary, and what they say."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.shipping.formats import Cef
from gateway.shipping.formats.cef import DETECTOR_KEY, EXPLAINED_KEY, RECORD_KEY, parse
from gateway.shipping.formats.mapping import TABLE
from gateway.shipping.formats.sizes import summarise
from tests.shipping.samples import (
    COUNTED,
    DECISION,
    DENIAL,
    DETECTED,
    ISSUED,
    KINDS,
    OUTCOME,
    READ,
    ROLLED_BACK,
    record,
)

# Keys of the CEF extension dictionary that are used; the last are ours, as CEF lets a vendor add.
STANDARD = set(
    "rt externalId deviceExternalId act outcome suid suser spriv sourceServiceName cat app duid dhost dpt src in out reason cnt msg".split()
)
CUSTOM = set("cs1 cs2 cs3 cs4 cs5 cs6 cn1 cn2 cn3 flexString1 flexString2 c6a2".split())
DICTIONARY = STANDARD | CUSTOM | {f"{key}Label" for key in CUSTOM} | {"start", "end"}
OURS = {RECORD_KEY, DETECTOR_KEY, EXPLAINED_KEY, "lprGatewayFindingId"}


def pairs(body: dict[str, Any]) -> dict[str, str]:
    return parse(Cef().encode(record(body)).decode())


@pytest.mark.parametrize("body", KINDS.values(), ids=list(KINDS))
def test_only_keys_of_the_dictionary_are_used_and_custom_ones_have_a_label(body):
    found = pairs(body)
    assert set(found) <= DICTIONARY | OURS
    assert all(f"{key}Label" in found for key in set(found) & CUSTOM)


@pytest.mark.parametrize("row", [row for row in TABLE if row.cef], ids=lambda row: row.field)
def test_each_field_of_the_table_has_its_key(row):
    body = next((body for body in (DECISION, OUTCOME, READ, ISSUED, DETECTED) if row.field in body), DECISION)
    given_record = record(body)
    value = given_record.fields[row.field]
    expected = ",".join(value) if isinstance(value, list) else str(value)
    assert pairs(body)[row.cef] == expected


def test_the_header_is_escaped():
    text = Cef().encode(record({**DECISION, "operation": "a|b\\c\nd"})).decode()
    assert text.startswith("CEF:0|lpr-gateway|lpr-gateway|0.1.0|decision|a\\|b\\\\c d allow|1|")
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", text.split("rt=")[0])) == 7


def test_the_extension_is_escaped():
    text = Cef().encode(record({**OUTCOME, "case_number": "a=b\\c\nd|e"}), embed=False).decode()
    assert " cs2=a\\=b\\\\c\\nd|e " in text


@given(st.text(alphabet=st.characters(min_codepoint=32, codec="utf-8"), max_size=80))
def test_any_value_comes_back(value):
    assert pairs({**OUTCOME, "case_number": value, "user_name": value})["cs2"] == value


def test_a_value_cannot_forge_another_key():
    assert pairs({**DENIAL, "user_name": "x act=allow cs6=00 cn1=1"})["act"] == "deny"


def test_an_ipv6_source_has_the_key_for_it():
    found = pairs(DENIAL)
    assert (found["c6a2"], found["c6a2Label"], "src" in found) == ("2001:db8::7", "Source IPv6 Address", False)


def test_a_source_that_is_no_one_address_is_in_the_record_alone():
    found = pairs({**COUNTED, "src_ip": "2001:db8:9:9::/64"})
    assert not {"src", "c6a2"} & found.keys()
    assert json.loads(found[RECORD_KEY])["src_ip"] == "2001:db8:9:9::/64"


def test_who_acted_and_who_it_concerns_are_told_apart():
    found = pairs(ISSUED)
    assert (found["suid"], found["duid"]) == ("root", "u17")


def test_a_denial_gives_its_reasons_and_counted_refusals_their_count():
    assert pairs(DENIAL)["reason"] == "case_closed,lookback_too_long"
    found = pairs(COUNTED)
    assert (found["cnt"], int(found["end"]) - int(found["start"])) == ("42", 60_000)


def header(body: dict[str, Any]) -> list[str]:
    """Event type, name and severity."""
    return Cef().encode(record(body)).decode().split("|")[4:7]


def test_refusals_that_were_only_counted_are_denied_requests_with_their_reasons_the_most_frequent_first():
    found = pairs(COUNTED)
    assert (found["act"], found["reason"]) == ("deny", "credential_missing,credential_invalid")
    assert header(COUNTED) == ["refusals.counted", "refusals.counted deny", "5"]


def test_a_findings_severity_and_title_are_read_without_the_embedded_line():
    assert header(DETECTED) == ["finding.opened", "finding.opened alert", "8"]
    assert pairs(DETECTED)["msg"] == "The written reason says nothing"


def test_what_shipping_found_is_told_by_its_word_and_in_a_sentence():
    assert header(ROLLED_BACK) == ["export.gap", "export.gap rolled_back", "8"]
    assert pairs(ROLLED_BACK)["msg"].startswith("the ledger ends before what was shipped from it")


def test_what_an_unknown_version_found_is_shipped_all_the_same():
    assert header({**ROLLED_BACK, "found": "moved"}) == ["export.gap", "export.gap", "3"]


@pytest.mark.parametrize("text", [b"", b"CEF:0|a|b", b"CEF:0|a|b|c|d|e|5|cs4=w0", b"CEF:0|a|b|c|d|e|5|cn1=x", b"\xff"])
def test_a_text_without_our_chain_is_none_of_ours(text):
    assert Cef().decode(text) is None


@pytest.mark.parametrize("body", [DECISION, DENIAL])
def test_a_question_is_told_apart_from_a_search_also_where_only_a_summary_fits(body):
    for given_record in (record(body), summarise(record(body))):
        assert EXPLAINED_KEY not in parse(Cef().encode(given_record).decode())
    asked = record({**body, "explain": True})
    for given_record in (asked, summarise(asked)):
        assert parse(Cef().encode(given_record, embed=False).decode())[EXPLAINED_KEY] == "true"
