"""What was deleted, said again when the record that said it goes itself.

A hold may last longer than records are kept. Then what was deleted after the held segment would be on record nowhere, and an
export, which has no checkpoints, could not tell it from what was taken away.
"""

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

from gateway.ledger.checkpoints.checkpoint import Deleted
from gateway.ledger.checkpoints.checkpointer import join_heads
from gateway.ledger.segments import Segment, lines_in, segments
from gateway.ledger.verification.deletions import DELETED, Deletion, read_deletion
from gateway.ledger.verification.line import BrokenLineError, check_line

_SAYS_DELETED = b'"event_type":"%b"' % DELETED.encode()


def find_repeated(directory: Path, going: Collection[Segment]) -> tuple[Deleted, ...]:
    """The runs that records in these segments say to be deleted, where older records of the chain stay; adjacent ones as one."""
    said = [item for segment in going for item in _read_deletions(segment)]
    begins = {chain: _find_first(directory, chain, going) for chain in {item.chain_id for item in said}}
    needed = [item for item in said if (first := begins[item.chain_id]) is not None and first < item.first_seq]
    return join_heads(
        [Deleted(item.chain_id, item.first_seq, item.last_seq, item.last_hash, item.before_hash) for item in needed]
    )


def _find_first(directory: Path, chain: str, going: Collection[Segment]) -> int | None:
    return min((item.first_seq for item in segments(directory, chain) if item not in going), default=None)


def _read_deletions(segment: Segment) -> Iterator[Deletion]:
    with contextlib.suppress(OSError, BrokenLineError):  # which `verify` tells; it goes all the same
        for line in lines_in(segment):
            if _SAYS_DELETED in line.raw:
                checked = check_line(line.raw, line.chain_id, line.seq)
                if (deletion := read_deletion(checked.record, checked.link)) is not None:
                    yield deletion
