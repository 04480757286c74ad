"""What others hold of a ledger's checkpoints: asked where they keep them, or shown by their cosignatures."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.ledger.checkpoints.checkpoint import Checkpoint, note_at, parse_checkpoint
from gateway.ledger.checkpoints.cosignature import CosignerKey, find_cosigning_time
from gateway.ledger.checkpoints.cosignatures import read_cosignatures
from gateway.ledger.checkpoints.note import Note, VerifierKey, parse, verify_signature
from gateway.ledger.checkpoints.witnesses import read_kept
from gateway.ledger.verification.checkpoints import CheckpointResult, stored_notes
from gateway.ledger.verification.report import Break, BreakReason
from gateway.ledger.verification.trust import TrustedWitness
from gateway.value import replace

_FORKED = (
    "It holds another history of this ledger, which was restored from a copy or has forked "
    "(operators.md, A restored ledger and its witness)"
)
_BARE = "a copy of its folder that was not made by `audit export --copy` looks the same"
_NOT_SHOWN = (
    "This is an older copy, or another history: whether the witness took its last checkpoint too is not shown by what it holds now "
    "(its key in a trust file, and its cosignatures beside the copy, show it)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessResult:
    """What a witness says: the last checkpoint that it and the ledger hold alike, and the first disagreement.

    `foreign` counts notes of somebody else; `silent`: it was asked and did not answer, and why. `later` is the next checkpoint
    that it holds after the end of a copy with which it agrees to that end.
    """

    name: str
    agreed: int = 0
    broken: Break | None = None
    foreign: int = 0
    silent: str | None = None
    later: Checkpoint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLedger:
    """What is held against witnesses: a ledger's folder, what its checkpoints say, and whether it is a copy.

    A copy may end before what a witness holds by now; the ledger that a gateway writes may not.
    """

    directory: Path
    result: CheckpointResult
    copy: bool = False

    @property
    def what(self) -> str:
        """What sentences call it."""
        return "copy" if self.copy else "ledger"


def ask_place(ledger: JudgedLedger, target: str, ca_file: Path | None = None) -> WitnessResult:
    """Hold the ledger against a place that must hold something of it.

    Raises:
        OSError: the place cannot be read.
    """
    result, found = ledger.result, _compare(ledger, target, read_kept(target, ca_file))
    if found.agreed or found.broken or result.broken:
        return found
    sentence = "the witness holds no checkpoint of this ledger"
    broken = Break(file=target, line=None, reason=BreakReason.NOT_WITNESSED, sentence=sentence)
    return WitnessResult(name=target, foreign=found.foreign, broken=broken)


def ask_witness(ledger: JudgedLedger, witness: TrustedWitness, ca_file: Path | None = None) -> WitnessResult:
    """What a trusted witness vouches for: by what it holds now, and by cosignatures that lie with the ledger.

    Of a witness that has a key only what that key cosigned counts, wherever it lies.
    """
    cosigned = _find_cosigned(ledger.directory, witness.key, ledger.result) if witness.key else 0
    if witness.place is None:
        return WitnessResult(name=witness.name, agreed=cosigned)
    try:
        kept = read_kept(witness.place, ca_file)
    except OSError as error:
        return WitnessResult(name=witness.name, agreed=cosigned, silent=error.strerror or type(error).__name__)
    taken = [whole for whole in kept if _is_from(whole, witness.key)]
    asked = _compare(ledger, witness.name, taken, cosigned, vouched=witness.key is not None)
    return replace(asked, agreed=max(cosigned, asked.agreed))


def _is_from(whole: str, key: CosignerKey | None) -> bool:
    try:
        return key is None or find_cosigning_time(parse(whole), key) is not None
    except ValueError:
        return False


def _find_cosigned(directory: Path, key: CosignerKey, result: CheckpointResult) -> int:
    """The newest checkpoint with a good cosignature of this key."""
    begins = f"\u2014 {key.name} "
    for number, lines in sorted(read_cosignatures(directory).items(), reverse=True):
        mine = "".join(line for line in lines if line.startswith(begins))
        whole = note_at(directory, number) if mine and number <= result.count else None
        if whole is not None and _is_from(f"{whole}{mine}", key):
            return number
    return 0


def _compare(
    ledger: JudgedLedger, name: str, notes: Sequence[str], cosigned: int = 0, *, vouched: bool = False
) -> WitnessResult:
    """Hold a witness's notes against the ledger's. Notes of other installations, or by no key of ours, are foreign.

    Where the witness is trusted by its key, the notes of this installation are `vouched` for by its cosignature, whichever
    key signed them: it takes only what follows, and a key that came later is not known here.
    """
    result = ledger.result
    read = sorted(_read(notes), key=lambda item: item[0].number)
    mine = [item for item in read if result.last is not None and item[0].origin == result.last.origin]
    kept = _by_number(((item.number, note.text) for item, note in mine) if vouched else _ours(mine, result.trusted))
    ours = {text for texts in kept.values() for text in texts}
    foreign = len({note.text for _, note in read} - ours)
    if {note.text for _, note in mine} - ours and (not result.anchored or not ours):
        sentence = f"the witness holds checkpoints of this installation{_by_another_key(ledger, mine[-1][0].number)}"
        broken = Break(file=name, line=None, reason=BreakReason.WITNESS_DIFFERS, sentence=sentence)
        return WitnessResult(name=name, broken=broken, foreign=foreign)
    agreed, end = 0, max(kept, default=0)
    for number, stored in enumerate((item for item in stored_notes(ledger.directory) if item.whole is not None), 1):
        texts = kept.pop(number, set())
        same = {text for text in texts if stored.whole is not None and stored.whole.startswith(f"{text}\n")}
        if texts - same:
            lasts = f"its last is {end}, the {ledger.what}'s {result.count}"
            sentence = f"the witness holds another checkpoint {number} ({lasts}): {name}. {_FORKED}"
            broken = Break(file=stored.file, line=stored.line, reason=BreakReason.WITNESS_DIFFERS, sentence=sentence)
            return WitnessResult(name=name, agreed=agreed, broken=broken, foreign=foreign)
        agreed = number if same else agreed
    found = WitnessResult(name=name, agreed=agreed, foreign=foreign)
    return _judge_later(ledger, found, kept, max(agreed, cosigned)) if kept else found


def _by_another_key(ledger: JudgedLedger, last: int) -> str:
    known = "that was given" if ledger.result.anchored else f"that is beside the {ledger.what}"
    return (
        f" by a key other than any {known} (its last is {last}, the {ledger.what}'s {ledger.result.count}): the key was changed after "
        f"this {ledger.what} ended, which is an older copy or was rolled back, or somebody else signs for it. Give the key that is published now"
    )


def _by_number(notes: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    """The texts of each number: a witness that takes whatever it is given may hold two histories of one ledger."""
    found: dict[int, set[str]] = {}
    for number, text in notes:
        found.setdefault(number, set()).add(text)
    return found


def _judge_later(
    ledger: JudgedLedger, found: WitnessResult, kept: Mapping[int, set[str]], agreed: int
) -> WitnessResult:
    """What it means that a witness holds checkpoints after the last one here.

    A copy was made before them where the witness took its last checkpoint, by its own word, or by what it took after it.
    """
    next_ones, count = [parse_checkpoint(text) for text in sorted(kept[min(kept)])], ledger.result.count
    later = next((one for one in next_ones if one.previous == ledger.result.previous), next_ones[0])
    if later.previous == ledger.result.previous:
        agreed = count
    if ledger.copy and agreed == count:
        return replace(found, agreed=agreed, later=later)
    sentence = f"the witness holds checkpoint {max(kept)}, the {ledger.what}'s last is {count}"
    broken = Break(
        file=found.name,
        line=None,
        reason=BreakReason.ROLLED_BACK,
        sentence=f"{sentence}. {_NOT_SHOWN if ledger.copy else f'{_FORKED}; {_BARE}'}",
    )
    return replace(found, broken=broken)


def _read(notes: Sequence[str]) -> Iterator[tuple[Checkpoint, Note]]:
    for whole in notes:
        with contextlib.suppress(ValueError):
            note = parse(whole)
            yield parse_checkpoint(note.text), note


def _ours(notes: Sequence[tuple[Checkpoint, Note]], trusted: Sequence[VerifierKey]) -> Iterator[tuple[int, str]]:
    """Number and text of each note that a key of ours signed, keys that such notes announce included."""
    known = list(trusted)
    for checkpoint, note in notes:
        if any(verify_signature(note, key) for key in known):
            known += [key for key in checkpoint.new_keys if key not in known]
            yield checkpoint.number, note.text
