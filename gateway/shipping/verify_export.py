"""Verifying a SIEM's copy: that it holds every record between its first and last of each chain, unchanged.

Records come in any order and some twice, which shipping allows, and of several gateways, whose chains have the same names. What was exported with the record's own line is
hashed again; of the rest only the links can be followed. What the copy does not reach (before its first record of a
chain, after its last) only the ledger or a checkpoint can tell.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.ledger.records.form import GENESIS, Link
from gateway.ledger.verification.deletions import (
    Deletion,
    MissingRun,
    account_for,
    read_deletion,
    sort_deletions,
    tell_deleted,
)
from gateway.ledger.verification.line import BrokenLineError, CheckedLine, read_line
from gateway.ledger.verification.report import (
    Break,
    BreakReason,
    ChainSummary,
    Finding,
    FindingKind,
    Proof,
    VerifyReport,
)
from gateway.shipping.cited_heads import Cited, find_beyond, find_other, note_cited
from gateway.shipping.cut_lines import CutLines
from gateway.shipping.formats import ExportedRecord
from gateway.shipping.refused_in_export import SaidRefused, point_at_refused, read_refused

Seen = tuple[bytes, bytes, int, bool]
"""Of a record the hash before it, its own, its line in the export, and whether a copy of it has the ledger's own line (200 bytes each)."""


@dataclass(slots=True)
class _Copy:
    """What was seen so far, by installation ("" where a record of an earlier version does not say it) and chain."""

    chains: dict[tuple[str, str], dict[int, Seen]] = field(default_factory=dict)
    bytes: int = 0
    duplicates: int = 0
    breaks: list[Break] = field(default_factory=list)
    deletions: dict[str, set[Deletion]] = field(default_factory=dict)
    deleted: list[Finding] = field(default_factory=list)
    refused: dict[str, list[SaidRefused]] = field(default_factory=dict)
    cited: Cited = field(default_factory=dict)
    held: CutLines = field(default_factory=CutLines)
    written_again: list[int] = field(default_factory=list)

    def note_break(self, line: int | None, reason: BreakReason, sentence: str) -> None:
        self.breaks.append(Break(file="export", line=line, reason=reason, sentence=sentence))

    def hold(self, line: ExportedRecord, reason: BreakReason, sentence: str) -> None:
        """Note a break, unless a later line shows that this one is its beginning, which was cut off and written again."""
        broken = Break(file="export", line=line.line_no, reason=reason, sentence=sentence)
        if not line.text or not self.held.hold(line.line_no, line.text, broken):
            self.breaks.append(broken)

    def release(self, line: ExportedRecord) -> None:
        """Of the lines that are held, those that are the beginning of this line, of a whole record, are no breaks.

        Whoever cuts a record off to hide it gains nothing: what is left of it stands here whole.
        """
        self.written_again += self.held.release(line.text)

    def settle(self) -> None:
        """What is still held is broken."""
        self.breaks = sorted([*self.breaks, *self.held.list_breaks()], key=lambda item: item.line or 0)

    def keep(self, of: tuple[str, str], seq: int, seen: Seen) -> None:
        """Keep a record's place, once; whichever of its copies has the ledger's own line proves it."""
        before = self.chains.setdefault(of, {}).setdefault(seq, seen)
        self.duplicates += before is not seen
        if before[:2] != seen[:2]:
            self.note_break(seen[2], BreakReason.WRONG_HASH, f"two different records {seq} of chain {self.name(of)}")
        elif seen[3] and not before[3]:
            self.chains[of][seq] = (*before[:3], True)

    def join_unnamed(self) -> None:
        """Count records that do not say it to the one installation that the others name; of several, to none."""
        named = sorted({installation for installation, _ in self.chains if installation})
        if len(named) != 1:
            return
        for of in [of for of in self.chains if not of[0]]:
            for seq, seen in self.chains.pop(of).items():
                self.keep((named[0], of[1]), seq, seen)
        self.deletions.setdefault(named[0], set()).update(self.deletions.pop("", ()))
        self.refused.setdefault(named[0], []).extend(self.refused.pop("", ()))
        for of in [of for of in self.cited if not of[0]]:
            self.cited.setdefault((named[0], of[1]), {}).update(self.cited.pop(of))

    def count_unproved(self) -> int:
        """How many records no copy of which has the ledger's own line."""
        return sum(not seen[3] for records in self.chains.values() for seen in records.values())

    def name(self, of: tuple[str, str]) -> str:
        """A chain, with its installation where there are several."""
        several = len({installation for installation, _ in self.chains}) > 1
        return f"{of[1]} of {of[0] or 'an unnamed installation'}" if several else of[1]


def verify_export(lines: Iterable[ExportedRecord]) -> VerifyReport:
    """Verify an export. `file` of a break is `export`, `line` the line in it."""
    began, copy = time.monotonic(), _Copy()
    for line in lines:
        _take(copy, line)
    copy.settle()
    copy.join_unnamed()
    made_by = {installation: sort_deletions(found) for installation, found in copy.deletions.items()}
    for of, records in sorted(copy.chains.items()):
        _follow(copy, of, records, made_by.get(of[0], {}))
        copy.breaks += find_other(of, copy.name(of), copy.cited, {seq: seen[1] for seq, seen in records.items()})
    unproved = copy.count_unproved()
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
        findings=tuple(_findings(copy, unproved)),
        proof=Proof(sentences=tuple(_tell_compared(copy, unproved))) if copy.chains and not copy.breaks else Proof(),
    )


def _tell_compared(copy: _Copy, unproved: int) -> Iterator[str]:
    """What a good verdict is about, for it would be taken for more."""
    records = sum(map(len, copy.chains.values()))
    if unproved < records:
        which = f"{records - unproved} records" if unproved else "each record"
        yield f"the ledger's own line in {which}; the fields beside it, which are searched and shown, were not compared"
    if unproved:
        yield (
            f"of {unproved} records that none is missing between the first and the last, by the hashes they name; "
            "what they say is not proved, for the ledger's own line is not in them"
        )
    if copy.deleted:
        yield (
            "records that are named above say what was lawfully deleted, and what follows it names the same hash; nothing in a copy is "
            "signed: whether these records, like all that stand here, are the ledger's own only the ledger tells"
        )
    reach = ", ".join(
        f"{copy.name(of)} {min(records)} to {max(records)}" for of, records in sorted(copy.chains.items())
    )
    yield f"the records {reach}; whether there were others before or after them only the ledger tells"


def _take(copy: _Copy, line: ExportedRecord) -> None:
    place = line.chain
    if place is None:
        copy.hold(line, BreakReason.NOT_A_RECORD, "the line holds no record of ours")
        return
    installation = line.installation
    if line.native is not None:
        copy.bytes += len(line.native)
        try:
            checked = _check(line.native, place)
            installation = _name_of(checked)
            note_cited(copy.cited, installation or "", checked.record, line.line_no)
            if (deletion := read_deletion(checked.record, place)) is not None:
                copy.deletions.setdefault(installation or "", set()).add(deletion)
            if (refused := read_refused(checked.record)) is not None:
                copy.refused.setdefault(installation or "", []).append(refused)
        except BrokenLineError as error:
            copy.hold(line, error.reason, error.sentence)
        else:
            copy.release(line)
    try:
        seen = (bytes.fromhex(place.prev), bytes.fromhex(place.hash), line.line_no, line.native is not None)
    except ValueError:
        copy.note_break(line.line_no, BreakReason.NOT_A_RECORD, "the record's hashes are none")
        return
    if line.native is None:
        copy.release(line)
    copy.keep((installation or "", place.chain_id), place.seq, seen)


def _check(raw: bytes, place: Link) -> CheckedLine:
    """The line that a record carries, if it has the place that the export says and the hash that it states itself."""
    line = read_line(raw)
    if line.link != place:
        raise BrokenLineError(BreakReason.WRONG_SEQUENCE, "the line it carries has another place than the export says")
    line.check_hash()
    return line


def _name_of(line: CheckedLine) -> str | None:
    """Whose ledger a record is of by its own word, for what stands beside it is not proved."""
    installation = line.record.get("installation")
    return installation if isinstance(installation, str) else None


def _follow(
    copy: _Copy, of: tuple[str, str], records: dict[int, Seen], deletions: Mapping[str, Sequence[Deletion]]
) -> None:
    last: tuple[int, bytes] | None = None
    for seq in sorted(records):
        prev, own, line, _ = records[seq]
        if last is not None and seq != last[0] + 1:
            gap = MissingRun(of[1], last[0] + 1, seq - 1, last[1].hex(), prev.hex())
            _judge_gap(copy, of, gap, account_for(gap, deletions), line)
        elif prev != (last[1] if last else bytes.fromhex(GENESIS) if seq == 1 else prev):
            sentence = f"record {seq} of chain {copy.name(of)} does not follow the one before"
            copy.note_break(line, BreakReason.WRONG_PREVIOUS, sentence)
        last = (seq, own)


def _judge_gap(copy: _Copy, of: tuple[str, str], gap: MissingRun, made_by: Sequence[Deletion], line: int) -> None:
    """What is not there before this line's record is a break, but for what the gateway itself says in this export that it deleted."""
    chain = copy.name(of)
    if made_by:
        copy.deleted.append(tell_deleted(gap, chain, made_by))
        return
    sentence = (
        f"records {gap.first_seq} to {gap.last_seq} of chain {chain} are missing from the export "
        "before this record, and no record in it says that just these were deleted for their age"
    ) + point_at_refused(gap, copy.refused.get(of[0], ()))
    copy.note_break(line, BreakReason.SEGMENT_MISSING, sentence)


def _findings(copy: _Copy, unproved: int) -> Iterator[Finding]:
    yield from copy.deleted
    for of in sorted({*copy.cited, *copy.chains}):
        yield from find_beyond(of, copy.name(of), copy.cited, max(copy.chains.get(of, {0: None})))
    if copy.written_again:
        sentence = "lines cut off as by a full disk or a crash: each is the beginning of a later line, which is whole"
        number, first = len(copy.written_again), min(copy.written_again)
        yield Finding(kind=FindingKind.UNFINISHED_LINE, count=number, sentence=sentence, file="export", line=first)
    if copy.duplicates:
        sentence = "records that the export holds more than once"
        yield Finding(kind=FindingKind.DUPLICATES, count=copy.duplicates, sentence=sentence)
    if unproved:
        sentence = "records without their own line: only their links were checked"
        yield Finding(kind=FindingKind.NOT_EMBEDDED, count=unproved, sentence=sentence)
