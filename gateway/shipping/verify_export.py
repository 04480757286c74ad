"""Verifying a SIEM's copy: that it holds every record between its first and last of each chain, unchanged.

Records come in any order and some twice, which shipping allows, and of several gateways, whose chains have the same names. What was exported with the record's own line is
hashed again; of the rest only the links can be followed. What the copy does not reach (before its first record of a
chain, after its last) only the ledger or a checkpoint can tell.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.ledger.records.form import GENESIS, Link
from gateway.ledger.verification.line import BrokenLineError, read_line
from gateway.ledger.verification.report import (
    Break,
    BreakReason,
    ChainSummary,
    Finding,
    FindingKind,
    Proof,
    VerifyReport,
)
from gateway.shipping.formats import ExportedRecord

Seen = tuple[bytes, bytes, int]
"""Of a record the hash before it, its own and its line in the export (200 bytes each)."""


@dataclass(slots=True)
class _Copy:
    """What was seen so far, by installation ("" where a record of an earlier version does not say it) and chain."""

    chains: dict[tuple[str, str], dict[int, Seen]] = field(default_factory=dict)
    bytes: int = 0
    duplicates: int = 0
    not_embedded: int = 0
    breaks: list[Break] = field(default_factory=list)

    def note_break(self, line: int | None, reason: BreakReason, sentence: str) -> None:
        self.breaks.append(Break(file="export", line=line, reason=reason, sentence=sentence))

    def keep(self, of: tuple[str, str], seq: int, seen: Seen) -> bool:
        """Keep a record's place; whether it is the first to stand there."""
        before = self.chains.setdefault(of, {}).setdefault(seq, seen)
        self.duplicates += before is not seen
        if before[:2] != seen[:2]:
            self.note_break(seen[2], BreakReason.WRONG_HASH, f"two different records {seq} of chain {self.name(of)}")
        return before is seen

    def join_unnamed(self) -> None:
        """Count records that do not say it to the one installation that the others name; of several, to none."""
        named = sorted({installation for installation, _ in self.chains if installation})
        if len(named) != 1:
            return
        for of in [of for of in self.chains if not of[0]]:
            for seq, seen in self.chains.pop(of).items():
                self.keep((named[0], of[1]), seq, seen)

    def name(self, of: tuple[str, str]) -> str:
        """A chain, with its installation where there are several."""
        several = len({installation for installation, _ in self.chains}) > 1
        return f"{of[1]} of {of[0] or 'an unnamed installation'}" if several else of[1]


def verify_export(lines: Iterable[ExportedRecord]) -> VerifyReport:
    """Verify an export. `file` of a break is `export`, `line` the line in it."""
    began, copy = time.monotonic(), _Copy()
    for line in lines:
        _take(copy, line)
    copy.join_unnamed()
    for of, records in sorted(copy.chains.items()):
        _follow(copy, copy.name(of), records)
    return VerifyReport(
        records=sum(map(len, copy.chains.values())),
        bytes=copy.bytes,
        checkpoints=0,
        seconds=time.monotonic() - began,
        chains={
            copy.name(of): ChainSummary(first_seq=min(records), last_seq=max(records), records=len(records))
            for of, records in sorted(copy.chains.items())
        },
        breaks=tuple(copy.breaks),
        findings=tuple(_findings(copy)),
        proof=Proof(sentences=tuple(_tell_compared(copy))) if copy.chains and not copy.breaks else Proof(),
    )


def _tell_compared(copy: _Copy) -> Iterator[str]:
    """What a good verdict is about, for it would be taken for more."""
    records = sum(map(len, copy.chains.values()))
    if copy.not_embedded < records:
        which = "each record" if not copy.not_embedded else f"{records - copy.not_embedded} records"
        yield f"the ledger's own line in {which}; the fields beside it, which are searched and shown, were not compared"
    if copy.not_embedded:
        yield (
            f"of {copy.not_embedded} records that none is missing between the first and the last, by the hashes they name; "
            "what they say is not proved, for the ledger's own line is not in them"
        )
    reach = ", ".join(
        f"{copy.name(of)} {min(records)} to {max(records)}" for of, records in sorted(copy.chains.items())
    )
    yield f"the records {reach}; whether there were others before or after them only the ledger tells"


def _take(copy: _Copy, line: ExportedRecord) -> None:
    place = line.chain
    if place is None:
        copy.note_break(line.line_no, BreakReason.NOT_A_RECORD, "the line holds no record of ours")
        return
    installation = line.installation
    if line.native is not None:
        copy.bytes += len(line.native)
        try:
            installation = _check(line.native, place)
        except BrokenLineError as error:
            copy.note_break(line.line_no, error.reason, error.sentence)
    try:
        seen = (bytes.fromhex(place.prev), bytes.fromhex(place.hash), line.line_no)
    except ValueError:
        copy.note_break(line.line_no, BreakReason.NOT_A_RECORD, "the record's hashes are none")
        return
    is_new = copy.keep((installation or "", place.chain_id), place.seq, seen)
    copy.not_embedded += is_new and line.native is None


def _check(raw: bytes, place: Link) -> str | None:
    """Check the line that a record carries; whose ledger it is of by its own word, for what stands beside is not proved."""
    line = read_line(raw)
    if line.link != place:
        raise BrokenLineError(BreakReason.WRONG_SEQUENCE, "the line it carries has another place than the export says")
    line.check_hash()
    installation = line.record.get("installation")
    return installation if isinstance(installation, str) else None


def _follow(copy: _Copy, chain: str, records: dict[int, Seen]) -> None:
    last: tuple[int, bytes] | None = None
    for seq in sorted(records):
        prev, own, line = records[seq]
        if last is not None and seq != last[0] + 1:
            sentence = f"records {last[0] + 1} to {seq - 1} of chain {chain} are missing from the export"
            copy.note_break(None, BreakReason.SEGMENT_MISSING, sentence)
        elif prev != (last[1] if last else bytes.fromhex(GENESIS) if seq == 1 else prev):
            copy.note_break(
                line, BreakReason.WRONG_PREVIOUS, f"record {seq} of chain {chain} does not follow the one before"
            )
        last = (seq, own)


def _findings(copy: _Copy) -> Iterator[Finding]:
    if copy.duplicates:
        sentence = "records that the export holds more than once"
        yield Finding(kind=FindingKind.DUPLICATES, count=copy.duplicates, sentence=sentence)
    if copy.not_embedded:
        sentence = "records without their own line: only their links were checked"
        yield Finding(kind=FindingKind.NOT_EMBEDDED, count=copy.not_embedded, sentence=sentence)
