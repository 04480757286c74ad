import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.records.event import admin_record
from gateway.ledger.records.form import link_of
from gateway.ledger.segments import read_records
from gateway.ledger.verification.report import BreakReason, FindingKind
from gateway.shipping.formats import FORMATS, ExportedRecord, Record, extract
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
    (broken,) = cut.breaks
    assert broken.sentence.startswith(
        f"records 5 to 5 of chain w0 of {name} are missing from the export before this record, and no record"
    )


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


@given(data=st.data())
@settings(max_examples=examples(40))
def test_a_record_is_proved_by_whichever_of_its_copies_has_the_ledgers_own_line(lines, data):
    whole, bare = export(lines), export(lines, embedded=False)
    kept = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    proved = [one for one, is_kept in zip(whole, kept, strict=True) if is_kept]
    report = verify_export(data.draw(st.permutations([*bare, *proved])))
    told = {finding.kind: finding.count for finding in report.findings}
    assert report.ok
    assert told.get(FindingKind.NOT_EMBEDDED, 0) == len(lines) - len(proved)
    assert told.get(FindingKind.DUPLICATES, 0) == len(proved)


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


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_line_that_a_full_disk_cut_off_and_that_stands_whole_later_is_a_finding_and_no_break(lines, form, share):
    texts = [FORMATS[form].encode(Record.read(raw)) for raw in lines]
    cut = texts[4][: int(share * len(texts[4]))]
    report = verify_export(extract([*texts[:4], cut, *texts[3:]]))
    assert (report.ok, report.records) == (True, 22)
    told = {item.kind: (item.count, item.line) for item in report.findings}
    assert told[FindingKind.UNFINISHED_LINE] == (1, 5)


def test_a_cut_off_line_that_is_not_the_beginning_of_a_later_whole_record_is_a_break(lines):
    cut, changed = lines[4][:300], lines[4].replace(b"key.issued", b"key.denied")
    for after in ([*lines[:4], *lines[5:]], [*lines[:4], changed, *lines[5:]], [lines[4][:-5]]):
        found = verify_export(extract([cut, *after])).breaks
        assert (found[0].line, found[0].reason) == (1, BreakReason.NOT_A_RECORD)
    assert not verify_export(extract([lines[4][:300].replace(b"0", b"1"), *lines])).ok


def deletion(chained, first, last, **changed):
    """What the gateway says of a segment that it deleted, of these records."""
    links = [orjson.loads(raw)["chain"] for raw in chained]
    said = {
        "event_type": "segment.deleted",
        "segment": f"{links[0]['id']}/{first:016d}.jsonl",
        "first_seq": first,
        "last_seq": last,
        "last_hash": links[last - 1]["hash"],
        "before_hash": links[first - 1]["prev"],
        "retention_days": 365,
    }
    return said | changed


@pytest.fixture(scope="module")
def chained():
    """Twenty records of a chain."""
    return shipped_lines([{"event_type": "key.issued", "n": number} for number in range(20)], chain="w0")


def with_said(chained, gone, *said, chain="cli", **more):
    """A copy without some records of a chain, with what is said of that after it in another, or in its own."""
    last = orjson.loads(chained[-1])["chain"]
    place = {"seq": last["seq"] + 1, "prev": last["hash"]} if chain == "w0" else {}
    told = shipped_lines(said, chain=chain, **place, **more)
    return [*(raw for number, raw in enumerate(chained, 1) if number not in gone), *told]


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
@pytest.mark.parametrize("chain", ["cli", "w0"])
def test_what_a_record_of_a_siems_copy_says_was_deleted_for_its_age_is_a_finding_in_every_form(chained, form, chain):
    raws = with_said(chained, range(5, 9), deletion(chained, 5, 8), chain=chain)
    report = verify_export(extract([form.encode(Record.read(raw)) + b"\n" for raw in raws]))
    assert report.ok
    (found,) = report.findings
    assert (found.kind, found.count) == (FindingKind.SEGMENTS_DELETED, 4)
    assert "records 5 to 8 of chain w0 lawfully deleted" in found.sentence


@pytest.mark.parametrize(
    "runs", [[(5, 6), (7, 8)], [(7, 8), (5, 6)], [(5, 6), (7, 7), (8, 8)], [(7, 8), (5, 8)], [(5, 8), (5, 8)]]
)
def test_deletions_that_border_on_each_other_account_for_a_gap_together(chained, runs):
    report = verify_export(export(with_said(chained, range(5, 9), *(deletion(chained, *run) for run in runs))))
    assert (report.ok, [found.count for found in report.findings]) == (True, [4])


def test_each_gap_needs_a_deletion_of_its_own(chained):
    gone, said = (5, 6, 11, 12), [deletion(chained, 5, 6), deletion(chained, 11, 12)]
    assert [found.count for found in verify_export(export(with_said(chained, gone, *said))).findings] == [2, 2]
    report = verify_export(export(with_said(chained, gone, said[0])))
    assert [found.sentence[:16] for found in report.breaks] == ["records 11 to 12"]


def test_a_deletion_of_an_earlier_version_which_does_not_say_what_stood_before_counts_and_is_told(chained):
    said = deletion(chained, 5, 8)
    del said["before_hash"]
    report = verify_export(export(with_said(chained, range(5, 9), said)))
    assert report.ok
    assert "did not say what stood before" in report.findings[0].sentence


@pytest.mark.parametrize(
    ("gone", "changed"),
    [
        (range(5, 10), {}),
        (range(4, 9), {}),
        (range(5, 8), {}),
        (range(6, 9), {}),
        (range(5, 9), {"last_hash": "ab" * 32}),
        (range(5, 9), {"before_hash": "ab" * 32}),
        (range(5, 9), {"before_hash": 7}),
        (range(5, 9), {"segment": "w1/0000000000000005.jsonl"}),
        (range(5, 9), {"segment": "w0/0000000000000004.jsonl"}),
        (range(5, 9), {"segment": None}),
        (range(5, 9), {"last_seq": "8"}),
        (range(5, 9), {"first_seq": "5"}),
        (range(5, 9), {"event_type": "segment.closed"}),
        (range(5, 9), {"installation": "lpr-gateway-ffffffffffffffff"}),
    ],
)
def test_what_is_not_there_and_no_deletion_says_exactly_is_a_break(chained, gone, changed):
    report = verify_export(export(with_said(chained, gone, deletion(chained, 5, 8, **changed))))
    assert BreakReason.SEGMENT_MISSING in {found.reason for found in report.breaks}


def refused(first, last, chain="w0"):
    """What the gateway says of records that a collector would not take."""
    return {
        "event_type": "export.gap",
        "sink": "siem",
        "found": "refused",
        "chain_id": chain,
        "first_seq": first,
        "last_seq": last,
    }


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([refused(6, 9), refused(5, 5)], "5 to 5 by sink siem, 6 to 8 by sink siem"),
        ([refused(9, 12), refused(5, 8, "w1"), refused(5, 8) | {"found": "gap"}, refused("5", None)], None),
    ],
)
def test_of_records_that_are_missing_it_is_told_which_ones_a_sink_refused_by_a_record_of_the_export(
    chained, said, told
):
    report = verify_export(export(with_said(chained, range(5, 9), *said)))
    assert [one.reason for one in report.breaks] == [BreakReason.SEGMENT_MISSING]
    assert (
        report.breaks[0]
        .sentence.partition("; ")[2]
        .startswith(f"refused were, as export.gap in it says, {told}" if told else "")
    )
    assert ("refused" in report.breaks[0].sentence) == bool(told)


def test_a_deletion_counts_only_by_its_own_line_and_hash(chained):
    raws = with_said(chained, range(5, 9), deletion(chained, 5, 8))
    assert not verify_export([*export(raws[:-1]), *export(raws[-1:], embedded=False)]).ok
    forged = raws[-1].replace(b'"retention_days":365', b'"retention_days":366')
    reasons = {found.reason for found in verify_export(export([*raws[:-1], forged])).breaks}
    assert reasons == {BreakReason.WRONG_HASH, BreakReason.SEGMENT_MISSING}


def test_a_forged_deletion_stands_where_the_chain_has_another_record(chained):
    last = orjson.loads(chained[11])["chain"]
    (forged,) = shipped_lines([deletion(chained, 5, 8)], chain="w0", seq=13, prev=last["hash"])
    raws = [raw for number, raw in enumerate(chained, 1) if not 5 <= number <= 8]
    assert not verify_export(export([*raws, forged])).ok
    replaced = [raw for number, raw in enumerate(chained, 1) if not 5 <= number <= 8 and number != 13]
    assert [found.reason for found in verify_export(export([*replaced, forged])).breaks] == [BreakReason.WRONG_PREVIOUS]


def test_a_chain_cannot_say_of_what_it_has_not_come_to_yet_that_it_was_deleted(chained):
    before = orjson.loads(chained[2])["chain"]
    said = shipped_lines([deletion(chained, 5, 8)], chain="w0", seq=4, prev=before["hash"])
    gapped = [*chained[:3], *said, *chained[8:]]
    assert BreakReason.SEGMENT_MISSING in {found.reason for found in verify_export(export(gapped)).breaks}
