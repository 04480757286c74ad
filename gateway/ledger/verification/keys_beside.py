"""What lies in `keys/`, which no hash covers, against what checkpoints and records say of it. Findings: nothing proved rests on it.

A wrapped key of which a record has the digest is covered by the chain, and another in its place is a break.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from gateway.ledger.checkpoints.keys import read_origin, sift_published_keys
from gateway.ledger.checkpoints.note import VerifierKey
from gateway.ledger.epoch_keys import WrappedKey, read_wrapped, wrapped_folder
from gateway.ledger.verification.chain import ChainResult
from gateway.ledger.verification.checkpoints import CheckpointResult
from gateway.ledger.verification.report import Break, BreakReason, Finding, FindingKind

PUT_BACK = (
    "put it back from a copy that was made after the epoch ended and after the last epoch.rewrapped on record, for the wrapping of before "
    "looks the same as an altered one"
)


def find_keys_beside(
    directory: Path, joined: Collection[ChainResult], checkpoints: CheckpointResult
) -> Iterator[Finding]:
    """What is missing of it, another than the signed checkpoints name, or there though a record says that it was destroyed."""
    beside, faults = sift_published_keys(directory)
    for file, fault in faults.items():
        yield Finding(kind=FindingKind.KEYS_DIFFER, count=1, sentence=f"{fault}: it counts for nothing", file=file)
    if checkpoints.broken is None and checkpoints.last is not None:
        yield from _find_other_name(directory, checkpoints.last.origin)
        yield from _find_other_keys(set(beside), checkpoints.announced)
    yield from _find_lost_and_returned_epochs(directory, joined)
    yield from _find_useless_epochs(directory, joined)


def find_altered_epochs(directory: Path, joined: Collection[ChainResult]) -> Iterator[Break]:
    """The wrapped keys that are not those whose digest was recorded as their epoch ended."""
    for found in read_wrapped(directory):
        recorded = {digest for chain in joined for digest in chain.wrapped.get(found.name, ())}
        if recorded and found.digest not in recorded:
            yield Break(
                file=f"keys/epochs/{found.name}.age",
                line=None,
                reason=BreakReason.EPOCH_KEY_ALTERED,
                sentence=f"the wrapped key of epoch {found.name} is not the one on record (epoch.rotated): {PUT_BACK}",
            )


def _find_other_name(directory: Path, origin: str) -> Iterator[Finding]:
    found = read_origin(directory)
    if found != origin:
        told = "it is not there" if found is None else f"it names {found[:40]!a}"
        sentence = f"{told}, and the checkpoints are of {origin}"
        yield Finding(kind=FindingKind.KEYS_DIFFER, count=1, sentence=sentence, file="keys/installation")


def _find_other_keys(beside: set[VerifierKey], announced: set[VerifierKey]) -> Iterator[Finding]:
    for keys, told in (
        (announced - beside, "is not there, and checkpoints name it as one that signs"),
        (beside - announced, "is named by no checkpoint: believe nothing that it signed"),
    ):
        for key in sorted(keys, key=str):
            sentence = f"the public key {key.key_id} {told}"
            yield Finding(kind=FindingKind.KEYS_DIFFER, count=1, sentence=sentence, file="keys")


def _find_lost_and_returned_epochs(directory: Path, joined: Collection[ChainResult]) -> Iterator[Finding]:
    named = {epoch for chain in joined for epoch in chain.epochs}
    shredded = {epoch for chain in joined for epoch in chain.shredded}
    there = {path.stem for path in wrapped_folder(directory).glob("*.age")}
    if back := sorted(shredded & there):
        sentence = (
            f"the wrapped keys of epochs {', '.join(back)} are there, and records say that they were destroyed (epoch.shredded): put back, "
            "as with a backup, or never removed. Whoever can open them can follow plates of that time; `audit shred` destroys them again"
        )
        yield Finding(kind=FindingKind.EPOCH_KEY_BACK, count=len(back), sentence=sentence, file="keys/epochs")
    if lost := sorted(named - shredded - there):
        sentence = (
            f"the wrapped keys of epochs {', '.join(lost)} are not there, and no record here says that they were destroyed: "
            "plates of that time can be followed by nobody once the gateway has erased its own"
        )
        yield Finding(kind=FindingKind.EPOCH_KEY_MISSING, count=len(lost), sentence=sentence, file="keys/epochs")


def _find_useless_epochs(directory: Path, joined: Collection[ChainResult]) -> Iterator[Finding]:
    """Files in the place of wrapped keys that surely are none of that epoch's; of those with a digest on record that is a break."""
    judged = {epoch for chain in joined for epoch in chain.wrapped}
    by_digest: dict[str | None, list[WrappedKey]] = {}
    for found in read_wrapped(directory):
        by_digest.setdefault(found.digest, []).append(found)
    for alike in by_digest.values():
        for one in alike:
            fault = f"cannot be that: {one.fault}" if one.fault else _tell_alike(one, alike)
            if fault is None or one.name in judged:
                continue
            sentence = (
                f"the wrapped key of epoch {one.name} {fault}. Plates of that time can be followed by nobody once the "
                "gateway has erased its own; of a present epoch a restart of the gateway wraps it again"
            )
            yield Finding(
                kind=FindingKind.EPOCH_KEY_MISSING, count=1, sentence=sentence, file=f"keys/epochs/{one.name}.age"
            )


def _tell_alike(one: WrappedKey, alike: Sequence[WrappedKey]) -> str | None:
    """That one file is that of several epochs, of which it can be that of one; None where it is of one alone."""
    others = ", ".join(other.name for other in alike if other.name != one.name)
    return f"is the file of {others} too, and can be of one of them alone" if others else None
