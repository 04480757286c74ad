import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.records.event import admin_record
from gateway.ledger.records.form import link_of
from gateway.ledger.segments import read_records
from gateway.ledger.verification.report import BreakReason, FindingKind
from gateway.shipping.formats import ExportedRecord
from gateway.shipping.verify_export import verify_export
from gateway.value import replace
from tests.ledger.ledgers import plain_ledger
from tests.properties import examples
from tests.shipping.samples import lines as shipped_lines


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    for slot in ("w0", "w1"):
        ledger = plain_ledger(folder, slots=(slot,))
        for number in range(10):
            ledger.record(admin_record("key.issued", n=number))
        ledger.close()
    return [line.raw for line in read_records(folder)]


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """The chain w0 of another gateway."""
    folder = tmp_path_factory.mktemp("another")
    ledger = plain_ledger(folder, slots=("w0",))
    for number in range(10):
        ledger.record(admin_record("key.issued", n=number))
    ledger.close()
    return [line.raw for line in read_records(folder)]


def unnamed(count):
    """Lines as versions wrote them that did not name the installation, and what comes after them under a name."""
    before = shipped_lines([{"event_type": "key.issued"}] * count, installation=None)
    last = orjson.loads(before[-1])["chain"]
    return before, shipped_lines([{"event_type": "key.issued"}] * count, seq=last["seq"] + 1, prev=last["hash"])


def export(raws, *, embedded=True):
    return [
        ExportedRecord(
            line_no=number,
            chain=link_of(orjson.loads(raw)),
            native=raw if embedded else None,
            installation=orjson.loads(raw).get("installation"),
        )
        for number, raw in enumerate(raws, 1)
    ]


def test_a_whole_export_verifies(lines):
    report = verify_export(export(lines))
    assert report.ok
    assert report.records == 22
    assert (report.chains["w1"].first_seq, report.chains["w1"].last_seq) == (1, 11)
    assert report.findings == ()


@pytest.mark.parametrize("embedded", [True, False])
def test_the_records_of_two_gateways_verify_together_and_a_gap_of_either_is_told_by_its_name(lines, others, embedded):
    whole = verify_export(export([*lines, *others], embedded=embedded))
    assert (whole.ok, len(whole.chains)) == (True, 3)
    cut = verify_export(export([*lines, *others[:4], *others[5:]], embedded=embedded))
    name = orjson.loads(others[0])["installation"]
    assert [item.sentence for item in cut.breaks] == [
        f"records 5 to 5 of chain w0 of {name} are missing from the export"
    ]


def test_what_stands_beside_a_line_makes_no_other_gateways_record_of_it(lines):
    moved = [replace(one, installation="lpr-gateway-ffffffffffffffff") for one in export(lines[5:11])]
    assert not verify_export([*export(lines[:4]), *moved]).ok


def test_records_of_before_installations_were_named_are_followed_by_those_of_the_one_that_is(others):
    before, after = unnamed(3)
    assert (report := verify_export(export([*before, *after]))).ok
    assert list(report.chains) == ["w0"]
    assert not verify_export(export([*before[:2], *after])).ok
    assert verify_export(export([*before, *after, *others])).ok


@given(data=st.data())
@settings(max_examples=examples(40))
def test_order_and_repetition_do_not_matter(lines, data):
    again = data.draw(st.lists(st.sampled_from(lines), max_size=5))
    report = verify_export(export(data.draw(st.permutations(lines + again))))
    assert report.ok
    assert [finding.count for finding in report.findings] == ([len(again)] if again else [])


@pytest.mark.parametrize("embedded", [True, False])
@pytest.mark.parametrize("gone", [1, 5, 9])
def test_a_record_missing_in_the_middle_is_found(lines, gone, embedded):
    report = verify_export(export(lines[:gone] + lines[gone + 1 :], embedded=embedded))
    assert report.breaks[0].reason is BreakReason.SEGMENT_MISSING
    assert f"records {gone + 1} to {gone + 1} of chain w0" in report.breaks[0].sentence


def test_an_export_may_begin_and_end_anywhere(lines):
    assert verify_export(export(lines[3:8])).ok


@pytest.mark.parametrize("place", range(3))
def test_a_changed_record_is_found_by_its_line(lines, place):
    changed = [raw if n != place else raw.replace(b'"ts":"2', b'"ts":"3') for n, raw in enumerate(lines)]
    (found,) = verify_export(export(changed)).breaks
    assert (found.line, found.reason) == (place + 1, BreakReason.WRONG_HASH)


def test_two_records_of_one_place_are_found(lines):
    other = orjson.loads(lines[5])
    other["chain"]["hash"] = "ab" * 32
    report = verify_export(export([*lines, orjson.dumps(other)], embedded=False))
    assert {found.reason for found in report.breaks} == {BreakReason.WRONG_HASH}


def test_a_link_that_does_not_hold_is_found_without_the_lines_themselves(lines):
    other = orjson.loads(lines[5])
    other["chain"]["hash"] = "ab" * 32
    report = verify_export(export([*lines[:5], orjson.dumps(other), *lines[6:]], embedded=False))
    assert [found.reason for found in report.breaks] == [BreakReason.WRONG_PREVIOUS]
    assert {finding.kind for finding in report.findings} == {FindingKind.NOT_EMBEDDED}


@pytest.mark.parametrize("bare", [22, 7, 0])
def test_of_records_without_their_own_line_nothing_but_their_order_is_said_to_be_proved(lines, bare):
    report = verify_export([*export(lines[:bare], embedded=False), *export(lines[bare:])])
    told = " ".join(report.proof.sentences)
    assert ("the ledger's own line in" in told) == (bare < 22)
    assert ("what they say is not proved" in told, f"of {bare} records" in told) == (
        (True, True) if bare else (False, False)
    )
    assert ("own line in each record" in told) == (bare == 0)


def test_a_line_that_is_no_record_and_one_whose_place_is_another_are_found(lines):
    moved = ExportedRecord(line_no=2, chain=link_of(orjson.loads(lines[1])), native=lines[2])
    report = verify_export([ExportedRecord(line_no=1, chain=None, native=None), moved])
    assert [(found.line, found.reason) for found in report.breaks] == [
        (1, BreakReason.NOT_A_RECORD),
        (2, BreakReason.WRONG_SEQUENCE),
    ]
