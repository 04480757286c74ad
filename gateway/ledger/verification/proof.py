"""The verdict: what has been proved of a ledger that has no break, by whom, and up to when."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.ledger.checkpoints.checkpoint import Checkpoint
from gateway.ledger.verification.checkpoints import CheckpointResult, time_of
from gateway.ledger.verification.report import Break, BreakReason, Proof
from gateway.ledger.verification.trust import Trust
from gateway.ledger.verification.witnessing import JudgedLedger, WitnessResult, tell_uncompared

_WHOLE = "the record is in one piece: nothing between its first and its last record was changed, removed or moved"
_LINKED = "each record follows the one before it, from the first to the last that lie here"
NOTHING_SIGNED = "nothing here is signed, for there is no checkpoint: whoever can write there can change, make up and cut off records"
_NO_KEY = (
    "it is not proved who signed it: the keys lie beside it, and whoever can write there can sign it anew "
    "(give a trust file, or --trust with the agency's published key)"
)
_NO_WITNESS = "no witness was asked: whoever holds the signing key could have rewritten it, or cut off its end"


def _tell_end(last: Checkpoint, witnesses: Sequence[WitnessResult]) -> Iterator[str]:
    later = [item.name for item in witnesses if item.later and item.agreed == last.number]
    for item in witnesses:
        if item.later and item.agreed < last.number:
            so_far = f" beyond checkpoint {item.agreed}" if item.agreed else ""
            yield f"{item.name} began after it ended (checkpoint {last.number}, {last.time}), as the trust file says: it proves nothing of it{so_far}"
    if later:
        yield f"it ends with checkpoint {last.number} ({last.time}), and {', '.join(later)} holds more: what was recorded since is not here"


def find_lacking_agreement(ledger: JudgedLedger, trust: Trust, witnesses: Sequence[WitnessResult]) -> Iterator[Break]:
    """The break where fewer witnesses than must hold any checkpoint of this ledger, and whose lack it is."""
    holding = sum(witness.agreed > 0 for witness in witnesses)
    if holding < trust.agree:
        uncompared = tell_uncompared(ledger, [one for one in witnesses if not one.agreed])
        sentence = f"{holding} witnesses hold a checkpoint of this ledger, and {trust.agree} must"
        if uncompared:
            sentence = (
                f"{holding} witnesses can be held against this {ledger.what}, and {trust.agree} must: {uncompared}"
            )
        began = [one.name for one in witnesses if one.later and not one.agreed]
        if began:
            sentence += f"; {', '.join(began)} began after this copy ended: give the trust file of that time"
        yield Break(file="checkpoints", line=None, reason=BreakReason.NOT_WITNESSED, sentence=sentence)


def find_agreed(trust: Trust, asked: Sequence[WitnessResult], witnesses: Sequence[WitnessResult]) -> int | None:
    """The last checkpoint that every place asked, or as many witnesses as must agree, hold; None where none was asked."""
    numbers = [max(item.agreed for item in asked)] if asked else []
    ranked = sorted((item.agreed for item in witnesses), reverse=True)
    numbers += [ranked[trust.agree - 1] if trust.agree <= len(ranked) else 0] if trust.agree else []
    return max(numbers) if numbers else None


def prove(
    directory: Path,
    trust: Trust,
    checkpoints: CheckpointResult,
    agreed: int | None,
    witnesses: Sequence[WitnessResult],
) -> Proof:
    """What follows from a verification without a break."""
    last = checkpoints.last
    if last is None:
        return Proof(sentences=(_LINKED, NOTHING_SIGNED))
    signed = last.time if trust.keys else None
    witnessed = time_of(directory, agreed) if agreed else None
    names = tuple(item.name for item in witnesses if agreed and item.agreed >= agreed)
    return Proof(
        origin=last.origin,
        signed_until=signed,
        witnessed_until=witnessed,
        witnesses=names,
        sentences=(
            _WHOLE,
            f"up to {signed} (checkpoint {checkpoints.count}) it is what {last.origin} signed, by a key known from elsewhere"
            if signed
            else _NO_KEY,
            f"up to {witnessed} (checkpoint {agreed}) it is what {', '.join(names)} took then: later it was not changed"
            if witnessed
            else _NO_WITNESS,
            *_tell_end(last, witnesses),
            "what is newer than these times rests on this copy alone",
        ),
    )
