"""What is missing at a ledger's ends, as far as its newest checkpoint and its lock files say; `audit verify` looks everywhere.

Between two segments nothing can be missing unnoticed, for the second names the hash that the first ends with. Before the
first and after the last it can.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from gateway.ledger.checkpoints.checkpoint import Checkpoint, Deleted, latest
from gateway.ledger.heads import EMPTY, Head, head_of
from gateway.ledger.recovery import OPEN, read_closed_mark
from gateway.ledger.segments import chains, segments
from gateway.ledger.slots import read_mark

ADVICE = "run `audit verify`"
_UNREADABLE = f"the newest checkpoint cannot be read: {ADVICE}"


def find_missing(directory: Path) -> list[str]:
    """A sentence for each chain of which the end or the beginning is missing. What was lawfully deleted is not."""
    try:
        signed = _read_newest(directory)  # before the heads, which may have grown since and never shrink
        return [*_find_ends(directory, signed), *_find_beginnings(directory)]
    except (OSError, ValueError):
        return [_UNREADABLE]


def list_deleted(directory: Path) -> tuple[Deleted, ...]:
    """The runs of records that are lawfully gone. Asked after the segments were listed, it has all that were by then."""
    with contextlib.suppress(OSError, ValueError):  # which `find_missing` tells
        newest = _read_newest(directory)
        return newest.deleted if newest else ()
    return ()


def is_unsigned(directory: Path) -> bool:
    """Whether no checkpoint is there at all, which only commands that record something do without."""
    try:
        return _read_newest(directory) is None
    except (OSError, ValueError):
        return False  # which `find_missing` tells


def _read_newest(directory: Path) -> Checkpoint | None:
    found = latest(directory)
    return found[0] if found else None


def _find_ends(directory: Path, signed: Checkpoint | None) -> Iterator[str]:
    heads = signed.heads if signed else {}
    for chain in sorted({*chains(directory), *heads}):
        mark = read_mark(directory, chain)
        closed = read_closed_mark(mark)
        claims = [(heads.get(chain, EMPTY), f"checkpoint {signed.number if signed else 0}"), (closed, "its lock file")]
        present = _read_head(directory, chain)
        if present == EMPTY and mark == OPEN and chain not in heads:
            yield f"chain {chain} was written, and nothing of it is there: {ADVICE}"
        found = (_tell_end(chain, present, claim, who) for claim, who in claims if present is not None)
        yield from [sentence for sentence in found if sentence][:1]


def _read_head(directory: Path, chain: str) -> Head | None:
    """None where its last line is no record, or cannot be read: then that is told of the segment."""
    try:
        return head_of(directory, chain)
    except OSError:
        return None


def _tell_end(chain: str, present: Head, claim: Head, who: str) -> str | None:
    if present.seq < claim.seq:
        there = f"ends with record {present.seq}" if present.seq else "is not there"
        return f"chain {chain} {there}, and {who} says that it had {claim.seq} records: {ADVICE}"
    if present.seq == claim.seq and present.hash != claim.hash:
        return f"chain {chain} ends with another record {present.seq} than {who} says: {ADVICE}"
    return None


def _find_beginnings(directory: Path) -> Iterator[str]:
    begins = {chain: files[0].first_seq for chain in chains(directory) if (files := segments(directory, chain))}
    signed = _read_newest(directory)  # after the segments were listed, for a deletion is signed before it is done
    for chain, first in begins.items() if signed else ():
        gone = [run for run in signed.deleted if run.chain_id == chain and run.first_seq == 1] if signed else []
        if first > max((run.last_seq + 1 for run in gone), default=1):
            yield (
                f"records 1 to {first - 1} of chain {chain} are missing, and no checkpoint says that they were lawfully "
                f"deleted: {ADVICE}"
            )
