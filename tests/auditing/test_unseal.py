import pytest

from gateway.auditing.search import Criteria, search
from gateway.auditing.unseal import cited_case, open_records
from gateway.errors import ConfigurationError
from tests.auditing.ledgers import AUDITOR, STRANGER, Ask


@pytest.fixture
def opened(ledger, reading, access):
    def open_(private_key, event_type="decision"):
        lines = list(search(reading(), Criteria(event_type=event_type), access))
        return list(open_records(ledger.directory, lines, private_key, access))

    return open_


def test_an_auditors_key_opens_plate_reason_and_query(ledger, opened):
    ledger.write([Ask()])
    [record] = opened(AUDITOR.private)
    assert record.content["plate"] == "FNA579"
    assert record.content["reason_text"] == "seen near the warehouse"
    assert record.content["query"]["effective"]["plate"] == "FNA579"


def test_a_case_that_is_withheld_is_told_once_it_is_opened():
    record = {"case_number": "withheld - looks like a plate"}
    assert cited_case(record, {}) == record["case_number"]
    assert cited_case(record, {"query": {"asked": {}}}) == record["case_number"]
    assert cited_case(record, {"query": {"cited_case": "ZZZ9999"}}) == "ZZZ9999"


def test_records_of_many_segments_and_chains_come_back_in_the_order_asked_for(ledger, opened):
    ledger.max_bytes = 4096
    for number in range(6):
        ledger.write([Ask(plate=f"AAA{number:03d}"), Ask(plate=f"BBB{number:03d}")], slot=f"w{number % 2}")
    plates = [record.content["plate"] for record in opened(AUDITOR.private)]
    assert plates == [f"{letters}{number:03d}" for number in reversed(range(6)) for letters in ("BBB", "AAA")]


def test_another_key_opens_nothing_and_says_so(ledger, opened):
    ledger.write([Ask()])
    [record] = opened(STRANGER.private)
    assert record.content == {}
    assert record.problem == f"this key does not open it: it is sealed to {AUDITOR.public}"


def test_only_what_is_opened_is_put_on_record_as_opened(ledger, reading, access, reads):
    ledger.write([Ask(), Ask()])  # each leaves an outcome too, in which nothing is sealed
    lines = list(search(reading(), Criteria(), access))
    before = len(reads.entries)
    list(open_records(ledger.directory, lines, STRANGER.private, access))
    assert reads.entries[before:] == []
    found = list(open_records(ledger.directory, lines, AUDITOR.private, access))
    [(event_type, fields)] = reads.entries[before:]
    assert event_type == "audit.opened"
    assert fields["filter"]["event_ids"] == [item.record["event_id"] for item in reversed(found) if item.content]


def test_a_record_without_sealed_fields_opens_to_nothing(ledger, opened):
    ledger.write([Ask()])
    [record] = opened(AUDITOR.private, "outcome")
    assert (record.content, record.problem) == ({}, None)


def test_opening_is_on_record_by_event_before_anything_is_opened(ledger, reading, access, reads):
    ledger.write([Ask()])
    lines = list(search(reading(), Criteria(event_type="decision"), access))
    open_records(ledger.directory, lines, AUDITOR.private, access)
    event_type, fields = reads.entries[-1]
    assert event_type == "audit.opened"
    assert (fields["reader"], fields["why"]) == ("alex", "inquiry 12")
    assert [len(event) for event in fields["filter"]["event_ids"]] == [36]


def test_a_text_that_is_no_private_key_is_refused_and_nothing_is_recorded(ledger, access, reads):
    ledger.write([Ask()])
    with pytest.raises(ConfigurationError, match="not an age private key"):
        open_records(ledger.directory, [], AUDITOR.public, access)
    assert reads.entries == []
