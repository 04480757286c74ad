"""What a verification tells besides breaks: what a crash or the law leaves, and what nobody else vouches for."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from gateway.clock import format_instant
from gateway.ledger.heads import EMPTY
from gateway.ledger.segments import chains
from gateway.ledger.verification.chain import ChainResult
from gateway.ledger.verification.checkpoints import CheckpointResult, time_of
from gateway.ledger.verification.keys_beside import find_keys_beside
from gateway.ledger.verification.report import Finding, FindingKind
from gateway.ledger.verification.witness_findings import tell_witnesses
from gateway.ledger.verification.witnessing import WitnessResult

K = FindingKind


def findings_of(
    directory: Path,
    joined: Collection[ChainResult],
    checkpoints: CheckpointResult,
    witnesses: Sequence[WitnessResult],
    unwitnessed: str | None,
) -> Iterator[Finding]:
    """All findings of a verification."""
    for chain in joined:
        yield from chain.findings
        yield from _find_in_chain(chain, checkpoints)
    if checkpoints.last is None and checkpoints.broken is None:
        count = sum(chain.records for chain in joined)
        yield Finding(
            kind=K.NOTHING_SIGNED, count=count, sentence="no checkpoint is here: no record of this copy is signed"
        )
    yield from checkpoints.findings
    yield from _files(directory)
    yield from _links(directory)
    yield from find_keys_beside(directory, joined, checkpoints)
    yield from tell_witnesses(directory, checkpoints, witnesses)
    if unwitnessed is not None:
        yield Finding(kind=K.UNWITNESSED, count=1, sentence=f"unwitnessed since {unwitnessed}")


def _find_in_chain(chain: ChainResult, checkpoints: CheckpointResult) -> Iterator[Finding]:
    if chain.interrupted:
        sentence = f"requests of {chain.chain_id} that a stop or a crash interrupted"
        yield Finding(kind=K.INTERRUPTED, count=chain.interrupted, sentence=sentence)
    if chain.open_allows and not chain.breaks:  # else their outcomes may stand in what was changed, or was not read
        file, line = next(iter(chain.open_allows.values()))
        sentence = (
            "allowed requests without an outcome: in hand, or cut off by a crash that no start has recovered from yet"
        )
        yield Finding(kind=K.UNANSWERED, count=len(chain.open_allows), sentence=sentence, file=file, line=line)
    if chain.deleted:
        sentence = f"records of {chain.chain_id} lawfully deleted"
        yield Finding(kind=K.SEGMENTS_DELETED, count=chain.deleted, sentence=sentence)
    signed = checkpoints.last.heads.get(chain.chain_id, EMPTY).seq if checkpoints.last else 0
    if chain.head.seq > signed:
        sentence = f"records of {chain.chain_id} after the last checkpoint"
        yield Finding(kind=K.NOT_CHECKPOINTED, count=chain.head.seq - signed, sentence=sentence)


def _files(directory: Path) -> Iterator[Finding]:
    for folder in [*chains(directory), "checkpoints"]:
        for path in sorted((directory / folder).glob("*")):
            name = f"{folder}/{path.name}"
            if path.suffix == ".torn":
                size = path.stat().st_size
                yield Finding(kind=K.TORN_TAIL, count=1, sentence=f"{size} torn bytes kept aside", file=name)
            elif path.suffix == ".zst" and path.with_suffix("").exists():
                told = f"lies beside {path.with_suffix('').name}, which was read in its place: left by an interrupted compression, or put there"
                yield Finding(kind=K.LEFT_OVER_FILE, count=1, sentence=told, file=name)
            elif path.suffix == ".new":
                yield Finding(kind=K.LEFT_OVER_FILE, count=1, sentence="left by an interrupted start", file=name)


def _links(directory: Path) -> Iterator[Finding]:
    """Parts of the ledger that lie elsewhere: whoever takes the folder away, or keeps it safe, has not got them."""
    for folder, folders, files in os.walk(directory):
        for path in (Path(folder, name) for name in sorted([*folders, *files])):
            if path.is_symlink():
                sentence = f"is a link to {path.readlink()}: what it stands for is not in this folder"
                yield Finding(kind=K.LINK, count=1, sentence=sentence, file=str(path.relative_to(directory)))


def find_unwitnessed_since(
    directory: Path, checkpoints: CheckpointResult, agreed: int | None, joined: Collection[ChainResult]
) -> str | None:
    """The time (RFC 3339) after which no witness vouches for the ledger; None where one has the last checkpoint.

    `agreed` is the last checkpoint that the witnesses asked hold; None where none was asked: then what the last
    checkpoint says of those on other hosts is believed.
    """
    said = checkpoints.last.witnessed if checkpoints.last else ()
    if agreed is None:
        agreed = max((item.number for item in said if item.off_host), default=0)
    if agreed and agreed == checkpoints.count:
        return None
    since = time_of(directory, agreed) if agreed else None
    first = min((chain.first_time for chain in joined if chain.first_time), default=None)
    return since or (format_instant(first) if first else None)
