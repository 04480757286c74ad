"""One line of a ledger: what must be true of it, whoever asks."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.records.form import GENESIS, SCHEMA, chain_halves, halves
from gateway.ledger.verification.line import BrokenLineError, check_line, read_line
from gateway.ledger.verification.report import BreakReason

BODY = {"schema": SCHEMA, "event_type": "key.issued", "ts": "2026-11-22T14:00:00.000Z", "note": "ä"}
RAW, LINK = chain_halves(halves(BODY), "w0", 7, "ab" * 32)


def reason(raw: bytes, chain_id: str = "w0", seq: int = 7, prev: str | None = "ab" * 32) -> BreakReason:
    with pytest.raises(BrokenLineError) as broken:
        check_line(raw, chain_id, seq, prev)
    return broken.value.reason


def test_a_line_in_its_place_is_the_record_it_says():
    line = check_line(RAW, "w0", 7, "ab" * 32)
    assert line.link == LINK
    assert line.record == orjson.loads(RAW)
    assert check_line(RAW, "w0", 7) == line


def test_a_line_elsewhere_is_named_by_what_is_wrong_with_its_place():
    assert reason(RAW, chain_id="w1") is BreakReason.WRONG_CHAIN
    assert reason(RAW, seq=8) is BreakReason.WRONG_SEQUENCE
    assert reason(RAW, prev=GENESIS) is BreakReason.WRONG_PREVIOUS


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"null", b"\xff", RAW.replace(SCHEMA.encode(), b"lpr.audit.v0")])
def test_what_is_no_record_of_ours_is_not_read(raw):
    assert reason(raw) is BreakReason.NOT_A_RECORD


def test_the_same_values_written_otherwise_are_not_in_their_one_form():
    assert reason(RAW.replace(b'"note":', b'"note": ')) is BreakReason.NOT_CANONICAL


@given(st.integers(0, len(RAW) - 1), st.integers(0, 255))
def test_whatever_byte_is_changed_the_line_is_not_what_must_stand_there(at, value):
    changed = RAW[:at] + bytes([value]) + RAW[at + 1 :]
    if changed != RAW:
        assert reason(changed)


def test_what_a_line_says_of_its_place_can_be_read_before_its_hash_is_checked():
    changed = RAW.replace(b"key.issued", b"key.revoke")
    assert read_line(changed).link == LINK
    with pytest.raises(BrokenLineError) as broken:
        read_line(changed).check_hash()
    assert broken.value.reason is BreakReason.WRONG_HASH
    assert "key" not in repr(read_line(changed))
