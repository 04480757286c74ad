"""What others hold of a ledger's checkpoints: asked where they keep them, or shown by their cosignatures."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from gateway.clock import parse_instant
from gateway.forward_proxy import ForwardProxy
from gateway.ledger.checkpoints.checkpoint import Checkpoint, note_at, parse_checkpoint
from gateway.ledger.checkpoints.cosignature import CosignerKey, find_cosigning_time
from gateway.ledger.checkpoints.cosignatures import read_cosignatures
from gateway.ledger.checkpoints.kept_notes import Damaged, read_kept
from gateway.ledger.checkpoints.note import Note, VerifierKey, parse, verify_signature
from gateway.ledger.verification.checkpoints import CheckpointResult, stored_notes
from gateway.ledger.verification.report import Break, BreakReason
from gateway.ledger.verification.trust import TrustedWitness
from gateway.value import replace

_FORKED = (
    "It holds another history of this ledger, which was restored from a copy or has forked "
    "(operators.md, A restored ledger and its witness)"
)
_BARE = (
    "a copy with the lock files of its gateway in it, as `cp` or an earlier backup.sh made it, looks the same: where you know "
    "that this is a copy, made before that checkpoint, `audit verify FOLDER --copy` judges it as one"
)
_NOT_SHOWN = (
    "This is an older copy, or another history: whether the witness took its last checkpoint too is not shown by what it holds now "
    "(its key in a trust file, and its cosignatures beside the copy, show it)"
)
_NO_COSIGNATURE = (
    "This is an older copy, or another history: no cosignature beside the copy shows that this witness took its last checkpoint. Where "
    "its keeper says that it began after the copy was made, write `since` beside its key (auditors.md, A witness that came later)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessResult:
    """What a witness says: the last checkpoint that it and the ledger hold alike, and the first disagreement.

    `foreign` counts notes of somebody else; `silent`: it was asked and did not answer, and why. `later` is the next checkpoint
    that it holds after the end of a copy with which it agrees to that end, or which ended before it began (`since`).
    `held` is the last one that it holds by its own word, whether anything is here to compare it with or not; `damaged` are the
    lines of its file that hold none, though they should. `in_place`: what it holds now is known.
    """

    name: str
    agreed: int = 0
    broken: Break | None = None
    foreign: int = 0
    silent: str | None = None
    later: Checkpoint | None = None
    since: datetime | None = None
    held: Checkpoint | None = None
    damaged: tuple[Damaged, ...] = ()
    place: str | None = None
    in_place: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLedger:
    """What is held against witnesses: a ledger's folder, what its checkpoints say, whose it is, and whether it is a copy.

    `origin` is told by its checkpoints, or where none is left by what is known from elsewhere, or by what lies beside it. A copy may end before what a witness holds by now; the ledger that a gateway writes may not.
    """

    directory: Path
    result: CheckpointResult
    origin: str | None = None
    copy: bool = False

    @property
    def what(self) -> str:
        """What sentences call it."""
        return "copy" if self.copy else "ledger"

    @property
    def is_signed(self) -> bool:
        """Whether any checkpoint lies in it, good or not."""
        return any(stored.whole is not None for stored in stored_notes(self.directory))

    @property
    def lacks(self) -> str | None:
        """What is wrong with its own checkpoints, so that witnesses' cannot be held against them; None where nothing is."""
        if not self.is_signed:
            return f"no checkpoint is in this {self.what}"
        if self.result.broken is None:
            return None
        held = f"only {self.result.count} hold" if self.result.count else "none holds"
        return f"of this {self.what}'s checkpoints {held}"


class OverHttp(NamedTuple):
    """How places are asked over HTTP: by place, the authorities to trust instead of the system's; and the proxy on the way."""

    ca_files: Mapping[str, Path] = MappingProxyType({})
    proxy: ForwardProxy | None = None


def ask_place(ledger: JudgedLedger, target: str, over_http: OverHttp) -> WitnessResult:
    """Hold the ledger against a place that must hold something of it.

    Raises:
        OSError: the place cannot be read.
    """
    kept = read_kept(target, over_http.ca_files.get(target), over_http.proxy)
    found = replace(_compare(ledger, target, kept.notes), damaged=kept.damaged, place=target)
    if found.agreed or found.broken or ledger.result.broken:
        return found
    if not kept.notes and not kept.damaged:
        sentence = "no checkpoint is in it at all, of no ledger: is it what the witness keeps?"
    else:
        sentence = tell_uncompared(ledger, [found]) or _tell_nothing(ledger, found)
    broken = Break(file=target, line=None, reason=BreakReason.NOT_WITNESSED, sentence=sentence)
    return replace(found, broken=broken)


def tell_uncompared(ledger: JudgedLedger, witnesses: Sequence[WitnessResult]) -> str | None:
    """What witnesses hold of this very ledger where nothing here can be held against it: that is lacking here, not there."""
    told = [f"{one.name} holds checkpoint {one.held.number}, of {one.held.time}" for one in witnesses if one.held]
    broken = ledger.result.broken
    if not told or ledger.lacks is None or (broken is not None and broken.reason is BreakReason.WRONG_ORIGIN):
        return None
    gone = "they were changed here" if ledger.is_signed else "they are gone here"
    return f"{ledger.lacks}: {gone}, and not at a witness, for of {ledger.origin} {', '.join(told)}"


def _tell_nothing(ledger: JudgedLedger, found: WitnessResult) -> str:
    if found.damaged:
        where = f"{len(found.damaged)} that should be one cannot be read, the first in line {found.damaged[0].line}"
        return f"the witness holds no checkpoint of this ledger that is whole: {where}"
    if ledger.origin is None:
        return "nothing here says which ledger this is, so nothing that the witness holds can be told to be of it"
    known = "" if ledger.result.count else f" ({ledger.origin}) that a key known here signed; and {ledger.lacks}"
    return f"the witness holds no checkpoint of this ledger{known}"


def ask_witness(ledger: JudgedLedger, witness: TrustedWitness, over_http: OverHttp) -> WitnessResult:
    """What a trusted witness vouches for: by what it holds now, and by cosignatures that lie with the ledger.

    Of a witness that has a key only what that key cosigned counts, wherever it lies.
    """
    cosigned = _find_cosigned(ledger.directory, witness.key, ledger.result) if witness.key else 0
    if witness.place is None:
        return WitnessResult(name=witness.name, agreed=cosigned, in_place=False)
    try:
        kept = read_kept(witness.place, over_http.ca_files.get(witness.place), over_http.proxy)
    except OSError as error:
        of_file = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        why = of_file + (error.strerror or type(error).__name__)
        return WitnessResult(name=witness.name, agreed=cosigned, silent=why, in_place=False)
    taken = [whole for whole in kept.notes if _is_from(whole, witness.key)]
    asked = _compare(ledger, witness.name, taken, cosigned, witness)
    return replace(asked, agreed=max(cosigned, asked.agreed), damaged=kept.damaged, place=witness.place)


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
    ledger: JudgedLedger, name: str, notes: Sequence[str], cosigned: int = 0, witness: TrustedWitness | None = None
) -> WitnessResult:
    """Hold a witness's notes against the ledger's. Notes of other installations, or by no key of ours, are foreign.

    Where the witness is trusted by its key, the notes of this installation are `vouched` for by its cosignature, whichever
    key signed them: it takes only what follows, and a key that came later is not known here.
    """
    result, vouched = ledger.result, bool(witness and witness.key)
    read = sorted(_read(notes), key=lambda item: item[0].number)
    mine = [item for item in read if item[0].origin == ledger.origin]
    kept = _by_number(((item.number, note.text) for item, note in mine) if vouched else _ours(mine, result.trusted))
    ours = {text for texts in kept.values() for text in texts}
    foreign = len({note.text for _, note in read} - ours)
    if {note.text for _, note in mine} - ours and (not result.anchored or not ours) and result.count:
        sentence = f"the witness holds checkpoints of this installation{_by_another_key(ledger, mine[-1][0].number)}"
        broken = Break(file=name, line=None, reason=BreakReason.WITNESS_DIFFERS, sentence=sentence)
        return WitnessResult(name=name, broken=broken, foreign=foreign)
    held = max((one for one, note in mine if note.text in ours), key=lambda one: one.number, default=None)
    found = WitnessResult(name=name, foreign=foreign, held=held, since=witness.since if witness else None)
    return _hold_against(ledger, found, kept, cosigned, vouched=vouched)


def _hold_against(
    ledger: JudgedLedger, found: WitnessResult, kept: dict[int, set[str]], cosigned: int, *, vouched: bool
) -> WitnessResult:
    """What the witness holds against what is here, as far as that is in order; what is broken is told as such."""
    agreed, end, result = 0, max(kept, default=0), ledger.result
    for number, stored in enumerate((item for item in stored_notes(ledger.directory) if item.whole is not None), 1):
        if number > result.count:
            break
        texts = kept.pop(number, set())
        same = {text for text in texts if stored.whole is not None and stored.whole.startswith(f"{text}\n")}
        if texts - same and _began_later(ledger, found.since):
            return replace(found, agreed=agreed, later=parse_checkpoint(min(texts - same)))
        if texts - same:
            lasts = f"its last is {end}, the {ledger.what}'s {result.count}"
            sentence = f"the witness holds another checkpoint {number} ({lasts}): {found.name}. {_FORKED}{'' if ledger.copy else f'; {_BARE}'}"
            broken = Break(file=stored.file, line=stored.line, reason=BreakReason.WITNESS_DIFFERS, sentence=sentence)
            return replace(found, agreed=agreed, broken=broken)
        agreed = number if same else agreed
    found = replace(found, agreed=agreed)
    compared = kept and ledger.lacks is None
    return _judge_later(ledger, found, kept, max(agreed, cosigned), vouched=vouched) if compared else found


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
    ledger: JudgedLedger, found: WitnessResult, kept: Mapping[int, set[str]], agreed: int, *, vouched: bool
) -> WitnessResult:
    """What it means that a witness holds checkpoints after the last one here.

    A copy was made before them where the witness took its last checkpoint, by its own word, or by what it took after it. Of a
    copy that ended before the witness began, by the auditor's word, it cannot say so, and counts for nothing.
    """
    next_ones, count = [parse_checkpoint(text) for text in sorted(kept[min(kept)])], ledger.result.count
    later = next((one for one in next_ones if one.previous == ledger.result.previous), next_ones[0])
    if later.previous == ledger.result.previous:
        agreed = count
    if _began_later(ledger, found.since) or (ledger.copy and agreed == count):
        return replace(found, agreed=agreed, later=later)
    not_shown = _NO_COSIGNATURE if vouched else _NOT_SHOWN
    sentence = f"the witness holds checkpoint {max(kept)}, the {ledger.what}'s last is {count}"
    broken = Break(
        file=found.name,
        line=None,
        reason=BreakReason.ROLLED_BACK,
        sentence=f"{sentence}. {not_shown if ledger.copy else f'{_FORKED}; {_BARE}'}",
    )
    return replace(found, broken=broken)


def _began_later(ledger: JudgedLedger, since: datetime | None) -> bool:
    """Whether this is a copy that ended before the witness began, by the auditor's word: it says nothing of it then."""
    ended = parse_instant(ledger.result.last.time) if ledger.result.last else None
    return ledger.copy and since is not None and ended is not None and ended < since


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
