"""Checking the checkpoints: their signatures, whose they are, and that none is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.ledger.checkpoints.checkpoint import (
    FIRST,
    Checkpoint,
    Stored,
    digest,
    note_at,
    note_files,
    parse_checkpoint,
    read_stored_notes,
)
from gateway.ledger.checkpoints.keys import sift_published_keys
from gateway.ledger.checkpoints.note import Note, VerifierKey, parse, verify_signature
from gateway.ledger.heads import EMPTY
from gateway.ledger.verification.report import Break, BreakReason, Finding, FindingKind
from gateway.ledger.verification.segment import CitedHead


@dataclass(slots=True)
class CheckpointResult:
    """What the checkpoints say, up to the first that is broken.

    `trusted` are the keys that may have signed; `anchored`: they lead back to one that is known from elsewhere; `announced`
    are those that the checkpoints name.
    """

    count: int = 0
    last: Checkpoint | None = None
    previous: str = FIRST
    broken: Break | None = None
    findings: list[Finding] = field(default_factory=list)
    trusted: tuple[VerifierKey, ...] = ()
    announced: set[VerifierKey] = field(default_factory=set)
    anchored: bool = False


_NOT_SIGNED = "the checkpoint is not signed by a key that may sign"
_NO_KEY = (
    "no public key lies beside the ledger (keys/*.vkey), so nobody can say who signed the checkpoint: give the key that was published, by "
    "--trust or a trust file, or a copy with its folder keys"
)


class _SigningKeys:
    """The keys that may sign: at first those published beside the ledger, then as the checkpoints make and retire them.

    Keys pinned, known from elsewhere, take the place of those beside the ledger from the first checkpoint that one of
    them has signed. That vouches for all before it (each cites the one before) and for all after it (each is signed by a
    key that a trusted one announced); whatever else signed along, or lies in the folder, counts for nothing.
    """

    def __init__(self, published: Sequence[VerifierKey], pinned: Sequence[VerifierKey]) -> None:
        self.known = [*([] if pinned else published), *pinned]
        self._published, self._pinned = published, pinned
        self._signing: list[VerifierKey] | None = None
        self.vouched = not pinned

    def accepts(self, note: Note) -> bool:
        """Whether a key that may sign now has signed."""
        if not self.vouched:
            signed = [key for key in self._pinned if verify_signature(note, key)]
            self.vouched, self._signing = bool(signed), signed or self._signing
        if self._signing is None:
            candidates = [*self._published, *self._pinned]
            self._signing = [key for key in candidates if verify_signature(note, key)]
        return any(verify_signature(note, key) for key in self._signing)

    def follow(self, checkpoint: Checkpoint) -> None:
        """Take up the keys that a checkpoint announces, and let go of those it retires."""
        if self.vouched:
            self.known += [key for key in checkpoint.new_keys if key not in self.known]
        together = dict.fromkeys([*(self._signing or ()), *checkpoint.new_keys])
        self._signing = [key for key in together if key.key_id not in checkpoint.retired]


def check_checkpoints(
    directory: Path, pinned: Sequence[VerifierKey] = (), origin: str | None = None
) -> CheckpointResult:
    """Check every checkpoint of a ledger in order, up to the first that is not as it should be.

    `origin` is whose ledger it must be, where that is known from elsewhere.
    """
    result = CheckpointResult(anchored=bool(pinned))
    keys = _SigningKeys(sift_published_keys(directory)[0], pinned)
    for stored in stored_notes(directory):
        if stored.whole is None:
            sentence = "a checkpoint was not written to its end"
            result.findings.append(
                Finding(kind=FindingKind.TORN_TAIL, count=1, sentence=sentence, file=stored.file, line=stored.line)
            )
            continue
        problem = _judge(stored.whole, result, keys, origin)
        if problem is not None:
            reason, sentence = problem
            result.broken = Break(file=stored.file, line=stored.line, reason=reason, sentence=sentence)
            break
    result.trusted = tuple(keys.known)
    if result.broken is not None:
        return result
    if not keys.vouched:
        sentence = "no checkpoint here is signed by a key known from elsewhere: of a copy from before the key was changed, give the key that was published then, too"
        result.broken = Break(file="checkpoints", line=None, reason=BreakReason.CHECKPOINT_SIGNATURE, sentence=sentence)
    return result


def _judge(
    whole: str, result: CheckpointResult, keys: _SigningKeys, origin: str | None
) -> tuple[BreakReason, str] | None:
    try:
        note = parse(whole)
        checkpoint = parse_checkpoint(note.text)
    except ValueError:
        return BreakReason.CHECKPOINT_UNREADABLE, "this is no checkpoint in its exact form"
    wanted = origin or (result.last.origin if result.last else checkpoint.origin)
    if checkpoint.origin != wanted:
        return (
            BreakReason.WRONG_ORIGIN,
            f"the checkpoint is of another installation, {checkpoint.origin} and not {wanted}",
        )
    if checkpoint.number != result.count + 1 or checkpoint.previous != result.previous:
        return BreakReason.CHECKPOINT_CHAIN, f"checkpoint {result.count + 1} should stand here, after the one before it"
    if not keys.accepts(note):
        return BreakReason.CHECKPOINT_SIGNATURE, _NOT_SIGNED if keys.known else _NO_KEY
    earlier = result.last.heads if result.last else {}
    if any(checkpoint.heads.get(chain, EMPTY).seq < head.seq for chain, head in earlier.items()):
        return BreakReason.CHECKPOINT_CHAIN, "the checkpoint holds less than the one before it"
    keys.follow(checkpoint)
    result.announced.update(checkpoint.new_keys)
    result.count, result.last, result.previous = checkpoint.number, checkpoint, digest(whole)
    return None


def stored_notes(directory: Path) -> Iterator[Stored]:
    """Every note of a ledger's checkpoints, in order, unjudged."""
    for path in note_files(directory):
        yield from read_stored_notes(path)


def marks_of(directory: Path, chain: str) -> Iterator[CitedHead]:
    """What the checkpoints say of one chain, in order, each head once. Only for checkpoints that were checked."""
    last = 0
    for stored in stored_notes(directory):
        if stored.whole is None:
            continue
        checkpoint = parse_checkpoint(parse(stored.whole).text)
        head = checkpoint.heads.get(chain)
        if head is not None and head.seq > last:
            last = head.seq
            yield CitedHead(chain, head.seq, head.hash, f"checkpoint {checkpoint.number}")


def time_of(directory: Path, number: int) -> str | None:
    """When this checkpoint was made."""
    whole = note_at(directory, number)
    return None if whole is None else parse_checkpoint(parse(whole).text).time
