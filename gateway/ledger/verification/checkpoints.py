"""Checking the checkpoints: their signatures, that none is missing, and what the witnesses kept of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.ledger.checkpoints.checkpoint import (
    FIRST,
    Checkpoint,
    Stored,
    digest,
    note_files,
    parse_checkpoint,
    read_stored_notes,
)
from gateway.ledger.checkpoints.keys import read_published_keys
from gateway.ledger.checkpoints.note import Note, VerifierKey, parse, verify_signature
from gateway.ledger.heads import EMPTY
from gateway.ledger.verification.report import Break, BreakReason, Finding, FindingKind
from gateway.ledger.verification.segment import RecordMark


@dataclass(slots=True)
class CheckpointResult:
    """What the checkpoints say, up to the first that is broken."""

    count: int = 0
    last: Checkpoint | None = None
    previous: str = FIRST
    broken: Break | None = None
    findings: list[Finding] = field(default_factory=list)
    trusted: tuple[VerifierKey, ...] = ()


class _Trust:
    """The keys that may sign: at first those published beside the ledger, then as the checkpoints make and retire them.

    A pinned key, known from elsewhere, must have signed somewhere: that vouches for all before it (each cites the one
    before) and all after it (each is signed by a key that a trusted one announced).
    """

    def __init__(self, published: Sequence[VerifierKey], pinned: Sequence[VerifierKey]) -> None:
        self.known = [*published, *pinned]
        self._signing: list[VerifierKey] | None = None
        self._pinned = pinned
        self.vouched = not pinned

    def accepts(self, note: Note) -> bool:
        """Whether a key that may sign now has signed."""
        if self._signing is None:
            self._signing = [key for key in self.known if verify_signature(note, key)]
        self.vouched = self.vouched or any(verify_signature(note, key) for key in self._pinned)
        return any(verify_signature(note, key) for key in self._signing)

    def follow(self, checkpoint: Checkpoint) -> None:
        """Take up the keys that a checkpoint announces, and let go of those it retires."""
        self.known += [key for key in checkpoint.new_keys if key not in self.known]
        together = dict.fromkeys([*(self._signing or ()), *checkpoint.new_keys])
        self._signing = [key for key in together if key.key_id not in checkpoint.retired]


def check_checkpoints(directory: Path, pinned: Sequence[VerifierKey]) -> CheckpointResult:
    """Check every checkpoint of a ledger in order, up to the first that is not as it should be."""
    result = CheckpointResult()
    trust = _Trust(read_published_keys(directory), pinned)
    for stored in _all(directory):
        if stored.whole is None:
            sentence = "a checkpoint was not written to its end"
            result.findings.append(
                Finding(kind=FindingKind.TORN_TAIL, count=1, sentence=sentence, file=stored.file, line=stored.line)
            )
            continue
        problem = _judge(stored.whole, result, trust)
        if problem is not None:
            reason, sentence = problem
            result.broken = Break(file=stored.file, line=stored.line, reason=reason, sentence=sentence)
            return result
    result.trusted = tuple(trust.known)
    if result.count and not trust.vouched:
        sentence = "the key known from elsewhere has signed no checkpoint here"
        result.broken = Break(file="checkpoints", line=None, reason=BreakReason.CHECKPOINT_SIGNATURE, sentence=sentence)
    return result


def _judge(whole: str, result: CheckpointResult, trust: _Trust) -> tuple[BreakReason, str] | None:
    try:
        note = parse(whole)
        checkpoint = parse_checkpoint(note.text)
    except ValueError:
        return BreakReason.CHECKPOINT_UNREADABLE, "this is no checkpoint in its exact form"
    if checkpoint.number != result.count + 1 or checkpoint.previous != result.previous:
        return BreakReason.CHECKPOINT_CHAIN, f"checkpoint {result.count + 1} should stand here, after the one before it"
    if not trust.accepts(note):
        return BreakReason.CHECKPOINT_SIGNATURE, "the checkpoint is not signed by a key that may sign"
    earlier = result.last.heads if result.last else {}
    if any(checkpoint.heads.get(chain, EMPTY).seq < head.seq for chain, head in earlier.items()):
        return BreakReason.CHECKPOINT_CHAIN, "the checkpoint holds less than the one before it"
    trust.follow(checkpoint)
    result.count, result.last, result.previous = checkpoint.number, checkpoint, digest(whole)
    return None


def _all(directory: Path) -> Iterator[Stored]:
    for path in note_files(directory):
        yield from read_stored_notes(path)


def marks_of(directory: Path, chain: str) -> Iterator[RecordMark]:
    """What the checkpoints say of one chain, in order, each head once. Only for checkpoints that were checked."""
    last = 0
    for stored in _all(directory):
        if stored.whole is None:
            continue
        checkpoint = parse_checkpoint(parse(stored.whole).text)
        head = checkpoint.heads.get(chain)
        if head is not None and head.seq > last:
            last = head.seq
            yield RecordMark(head.seq, head.hash, f"checkpoint {checkpoint.number}")


@dataclass(frozen=True, slots=True)
class WitnessResult:
    """What a witness says: the last checkpoint that it and the ledger hold alike, and the first disagreement."""

    agreed: int
    broken: Break | None
    foreign: int


def compare(directory: Path, target: str, notes: Sequence[str], result: CheckpointResult) -> WitnessResult:
    """Hold a witness's notes against the ledger's. Notes that no key of ours signed are somebody else's, and counted."""
    kept = {number: whole for whole in notes if (number := _ours(whole, result.trusted)) is not None}
    foreign, agreed = len(set(notes)) - len(kept), 0
    for number, stored in enumerate((item for item in _all(directory) if item.whole is not None), 1):
        whole = kept.pop(number, None)
        if whole is not None and whole != stored.whole:
            sentence = f"the witness holds another checkpoint {number}"
            broken = Break(file=stored.file, line=stored.line, reason=BreakReason.WITNESS_DIFFERS, sentence=sentence)
            return WitnessResult(agreed, broken, foreign)
        agreed = number if whole is not None else agreed
    if kept:
        sentence = f"the witness holds checkpoint {max(kept)}, the ledger's last is {result.count}"
        rolled_back = Break(file=target, line=None, reason=BreakReason.ROLLED_BACK, sentence=sentence)
        return WitnessResult(agreed, rolled_back, foreign)
    return WitnessResult(agreed, None, foreign)


def _ours(whole: str, trusted: Sequence[VerifierKey]) -> int | None:
    try:
        note = parse(whole)
        number = parse_checkpoint(note.text).number
    except ValueError:
        return None
    return number if any(verify_signature(note, key) for key in trusted) else None


def time_of(directory: Path, number: int) -> str | None:
    """When this checkpoint was made."""
    for stored in _all(directory):
        if stored.whole is not None:
            checkpoint = parse_checkpoint(parse(stored.whole).text)
            if checkpoint.number == number:
                return checkpoint.time
    return None
