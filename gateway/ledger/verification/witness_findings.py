"""What a verification tells of witnesses besides breaks: who is silent, damaged, behind the others, or ahead of a copy."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.clock import format_instant
from gateway.ledger.checkpoints.checkpoint import Checkpoint
from gateway.ledger.verification.checkpoints import CheckpointResult, time_of
from gateway.ledger.verification.report import Finding, FindingKind
from gateway.ledger.verification.witnessing import WitnessResult

K = FindingKind
_CUT = (
    "a checkpoint begins there and was cut off: the witness says nothing of that one. Where a receiver cuts messages, let it "
    "take those of 8 kB whole"
)
_FOREIGN = "notes of somebody else at a witness: of another gateway that sends its own there, or by a key that is not known here"
_OTHER = "what stands there under the name lpr-checkpoint is none"


def tell_witnesses(
    directory: Path, checkpoints: CheckpointResult, witnesses: Sequence[WitnessResult]
) -> Iterator[Finding]:
    """All findings about witnesses."""
    foreign = sum(witness.foreign for witness in witnesses)
    if foreign:
        yield Finding(kind=K.FOREIGN_NOTES, count=foreign, sentence=_FOREIGN)
    most = max((witness.agreed for witness in witnesses), default=0)
    for witness in witnesses:
        yield from _tell_silence(witness)
        if witness.later and checkpoints.last:
            yield _tell_later(witness, witness.later, checkpoints.last)
        if not witness.in_place and 0 < witness.agreed < most:
            yield _tell_behind(directory, witness, most)


def _tell_silence(witness: WitnessResult) -> Iterator[Finding]:
    if witness.silent:
        sentence = f"the witness {witness.name} cannot be asked: {witness.silent}"
        yield Finding(kind=K.WITNESS_SILENT, count=1, sentence=sentence)
    if witness.in_place and witness.held is None and witness.broken is None and witness.agreed:
        sentence = (
            f"the witness {witness.name} was asked, and holds no checkpoint of this ledger at {witness.place}: it has lost what it held, "
            "or that is another place. Ask its keeper; what is told of it here rests on its cosignatures in this folder alone"
        )
        yield Finding(kind=K.WITNESS_SILENT, count=1, sentence=sentence)
    for cut_off, told in ((True, _CUT), (False, _OTHER)):
        lines = [one.line for one in witness.damaged if one.cut_off is cut_off]
        if lines:
            sentence = f"{told}; the rest of what {witness.name} holds was read"
            yield Finding(
                kind=K.WITNESS_DAMAGED,
                count=len(lines),
                sentence=sentence,
                file=witness.place or witness.name,
                line=lines[0],
            )


def _tell_later(witness: WitnessResult, held: Checkpoint, last: Checkpoint) -> Finding:
    if held.number <= last.number and witness.since:
        sentence = (
            f"this copy ends with checkpoint {last.number}, of {last.time}, before the witness {witness.name} began ({format_instant(witness.since)}), "
            f"which holds another checkpoint {held.number}: of a ledger that went on from an older copy it says nothing of this one"
        )
        return Finding(kind=K.ENDS_EARLIER, count=1, sentence=sentence)
    began = ""
    if witness.agreed < last.number and witness.since:
        began = f", but began on {format_instant(witness.since)} and shows nothing of this copy's end"
    sentence = (
        f"this copy ends with checkpoint {last.number}, of {last.time}; the witness {witness.name} holds {held.number}, of "
        f"{held.time}{began}. Was the copy made between the two, as its date must say, then all is right. Was it made later, or is "
        "this the gateway's own ledger, then its end was cut off or rolled back: ask for a copy that reaches what the witness holds"
    )
    return Finding(kind=K.ENDS_EARLIER, count=held.number - last.number, sentence=sentence)


def _tell_behind(directory: Path, witness: WitnessResult, most: int) -> Finding:
    """Of a witness that is not asked: what it did not take may be what it would not take."""
    sentence = (
        f"the cosignatures here of the witness {witness.name} end with checkpoint {witness.agreed}, of {time_of(directory, witness.agreed)}; "
        f"of what follows another vouches, up to checkpoint {most}. Ask its keeper, not the operator, whether its log was ended there, and "
        "why (operators.md, A restored ledger and its witness)"
    )
    return Finding(kind=K.WITNESS_ENDS, count=most - witness.agreed, sentence=sentence)
