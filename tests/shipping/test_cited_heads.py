"""Heads that are cited in an export, of chains that it lacks or holds otherwise."""

import orjson
import pytest

from gateway.ledger.records.event import admin_record
from gateway.ledger.segments import read_records
from gateway.ledger.verification.report import BreakReason, FindingKind
from gateway.shipping.cited_heads import Cited, find_other, note_cited
from gateway.shipping.verify_export import verify_export
from tests.ledger.ledgers import plain_ledger
from tests.shipping.test_verify_export import export


def citing(folder):
    """The lines of two chains, the second of which was opened last and cites the first."""
    for slot in ("w0", "w1"):
        ledger = plain_ledger(folder, slots=(slot,))
        ledger.record(admin_record("key.issued", n=1))
        ledger.close()
    return [line.raw for line in read_records(folder)]


def is_of(raw, chain):
    return orjson.loads(raw)["chain"]["id"] == chain


@pytest.mark.parametrize(("kept", "count"), [(0, 2), (1, 1)])
def test_a_chain_that_others_cite_further_than_it_is_in_the_export_is_a_finding(tmp_path, kept, count):
    raws = citing(tmp_path)
    first = [raw for raw in raws if is_of(raw, "w0")]
    report = verify_export(export(first[:kept] + [raw for raw in raws if is_of(raw, "w1")]))
    [finding] = [finding for finding in report.findings if finding.kind is FindingKind.CITED_BEYOND]
    assert (finding.count, report.ok) == (count, True)
    assert "chain w0 is cited up to record 2" in finding.sentence
    assert verify_export(export(raws)).findings == ()


def test_a_record_that_stands_where_another_was_cited_is_a_break(tmp_path):
    raws = citing(tmp_path / "one")
    forged = plain_ledger(tmp_path / "two", slots=("w0",))
    forged.record(admin_record("key.issued", n=2))
    forged.close()
    others = [line.raw for line in read_records(tmp_path / "two")]
    names = [orjson.loads(raw)["installation"] for raw in (raws[0], others[0])]
    put = [raw for raw in raws if is_of(raw, "w1")]
    exported = export([raw for raw in others if is_of(raw, "w0")] + put)
    cited: Cited = {}
    for one in exported:
        note_cited(cited, names[0], orjson.loads(one.native), one.line_no)
    hashes = {one.chain.seq: bytes.fromhex(one.chain.hash) for one in exported if one.chain.chain_id == "w0"}
    [found] = find_other((names[0], "w0"), "w0", cited, hashes)
    assert found.reason is BreakReason.WRONG_HASH
