"""What records of an export say that a collector refused: a gap of the copy that they name is no riddle, and yet a gap."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gateway.ledger.verification.deletions import MissingRun
from gateway.shipping.watch import FINDING_EVENT, Found


class SaidRefused(NamedTuple):
    """Records of one chain that a sink's collector would not take."""

    chain_id: str
    first_seq: int
    last_seq: int
    sink: str


def read_refused(record: Mapping[str, Any]) -> SaidRefused | None:
    """What a record says of that; None where it says something else."""
    if record.get("event_type") != FINDING_EVENT or record.get("found") != Found.REFUSED.value:
        return None
    chain, first, last, sink = (record.get(name) for name in ("chain_id", "first_seq", "last_seq", "sink"))
    if isinstance(chain, str) and isinstance(first, int) and isinstance(last, int) and isinstance(sink, str):
        return SaidRefused(chain, first, last, sink)
    return None


def point_at_refused(gap: MissingRun, said: Iterable[SaidRefused]) -> str:
    """The end of a sentence about a gap: of which of its records it is said that a sink has them as dead letters."""
    of_gap = sorted(
        {
            one
            for one in said
            if one.chain_id == gap.chain_id and one.first_seq <= gap.last_seq and gap.first_seq <= one.last_seq
        }
    )
    told = (
        f"{max(one.first_seq, gap.first_seq)} to {min(one.last_seq, gap.last_seq)} by sink {one.sink}" for one in of_gap
    )
    return (
        f"; refused were, as {FINDING_EVENT} in it says, {', '.join(told)}: see siem.md, Dead letters" if of_gap else ""
    )
