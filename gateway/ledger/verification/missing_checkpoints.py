"""Checkpoints that are gone: records cite them, or a gateway served for so long that it must have signed one."""

import re
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

from gateway.clock import format_instant
from gateway.ledger.checkpoints.checkpoint import digest
from gateway.ledger.verification.chain import ChainResult
from gateway.ledger.verification.checkpoints import CheckpointResult, stored_notes
from gateway.ledger.verification.report import Break, BreakReason

_OF_A_WORKER = re.compile(r"w\d+")
_SURELY_SIGNED = timedelta(hours=1)
"""A gateway signs its first checkpoint within seconds of its first record; commands alone sign none."""


def find_missing_checkpoints(
    directory: Path, joined: Collection[ChainResult], checkpoints: CheckpointResult
) -> Iterator[Break]:
    """A break where cited checkpoints are gone, one where any is another now, and one where a gateway served and none is here."""
    if checkpoints.broken is not None:
        return  # what follows the first that is broken was not read
    marks = [mark for chain in joined for mark in chain.cited_checkpoints]
    found = _read_digests(directory, {mark.number for mark in marks})
    gone = max((mark for mark in marks if mark.number not in found), default=None)
    other = next((mark for mark in marks if found.get(mark.number, mark.digest) != mark.digest), None)
    if gone is not None:
        yield _break(f"checkpoint {gone.number}, which {gone.source} cites, is not there: {checkpoints.count} are")
    elif not checkpoints.count:
        yield from _find_unsigned_service(joined)
    if other is not None:
        yield _break(f"checkpoint {other.number} is another than the one that {other.source} cites")


def _read_digests(directory: Path, wanted: Collection[int]) -> dict[int, str]:
    """The digests of these checkpoints, read anew: there may be more by now than when they were checked."""
    if not wanted:
        return {}
    wholes = (stored.whole for stored in stored_notes(directory) if stored.whole is not None)
    return {number: digest(whole) for number, whole in enumerate(wholes, 1) if number in wanted}


def _find_unsigned_service(joined: Collection[ChainResult]) -> Iterator[Break]:
    for chain in joined:
        first, last = chain.first_time, chain.latest
        if _OF_A_WORKER.fullmatch(chain.chain_id) and first and last and last - first > _SURELY_SIGNED:
            served = f"a gateway served from {format_instant(first)} to {format_instant(last)} (chain {chain.chain_id})"
            yield _break(f"{served}, and signs its first checkpoint within seconds: none is there")
            return


def _break(sentence: str) -> Break:
    return Break(file="checkpoints", line=None, reason=BreakReason.CHECKPOINT_CHAIN, sentence=sentence)
