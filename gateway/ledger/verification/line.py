"""The one check of a record's line: its form, its place in the chain, its link to the line before, its own hash.

What takes up a chain, verifies it, gives a record out or verifies a SIEM's copy asks here. (The checker that goes with
an evidence package stands alone on purpose: who receives one needs nothing of the gateway.)
"""

from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.ledger.records.form import SCHEMA, Link, hash_of, is_form, link_of
from gateway.ledger.verification.report import BreakReason

_OF_WINDOWS = "it ends as Windows ends lines, so the file was saved or sent as a text; copy it anew, byte for byte"


class BrokenLineError(Exception):
    """The line is not the record that must stand there; `sentence` says why, without a word of the line."""

    def __init__(self, reason: BreakReason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason, self.sentence = reason, sentence


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A record in its RFC 8785 form, and what it says of its place; whether that is so is for the two checks below."""

    raw: bytes = field(repr=False)
    record: dict[str, Any] = field(repr=False)
    link: Link

    def check_place(self, chain_id: str, seq: int, prev: str | None) -> None:
        """Raise BrokenLineError unless it is this record of this chain; with `prev`, unless it follows that hash."""
        if self.link.chain_id != chain_id:
            raise BrokenLineError(BreakReason.WRONG_CHAIN, "the record belongs to another chain")
        if self.link.seq != seq:
            sentence = f"record {seq} should stand here, and {self.link.seq} does"
            raise BrokenLineError(BreakReason.WRONG_SEQUENCE, sentence)
        if prev is not None and self.link.prev != prev:
            raise BrokenLineError(BreakReason.WRONG_PREVIOUS, "the record does not follow the one before it")

    def check_hash(self) -> None:
        """Raise BrokenLineError unless its content has the hash it states."""
        if hash_of(self.raw, self.record, self.link) != self.link.hash:
            raise BrokenLineError(BreakReason.WRONG_HASH, "the record was changed after it was written")


def read_line(raw: bytes) -> CheckedLine:
    """The record in a line (without its line feed).

    Raises:
        BrokenLineError: it is no record of ours, or not in its RFC 8785 form.
    """
    try:
        record = orjson.loads(raw)
    except ValueError:
        record = None
    if type(record) is not dict:
        raise BrokenLineError(BreakReason.NOT_A_RECORD, "the line is not a JSON object")
    link = link_of(record)
    if link is None or record.get("schema") != SCHEMA:
        raise BrokenLineError(BreakReason.NOT_A_RECORD, "the line has no schema or chain of ours")
    if not is_form(raw, record):
        told = "the line is not in its RFC 8785 form"
        raise BrokenLineError(BreakReason.NOT_CANONICAL, f"{told}: {_OF_WINDOWS}" if raw.endswith(b"\r") else told)
    return CheckedLine(raw, record, link)


def check_line(raw: bytes, chain_id: str, seq: int, prev: str | None = None) -> CheckedLine:
    """The record in a line, if it is what must stand there; with `prev`, it must follow the record of that hash.

    Raises:
        BrokenLineError: it is not.
    """
    line = read_line(raw)
    line.check_place(chain_id, seq, prev)
    line.check_hash()
    return line
