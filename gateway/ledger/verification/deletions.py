"""Which gap of an export was lawfully made, by the records of it alone: those that say `segment.deleted`.

A checkpoint signs what was deleted, and an export has none. So a gap is accounted for by records of the same export only,
whose own lines have their hash, and which say exactly what is not there: a gap that is longer or shorter stays a break.
"""

import bisect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from gateway.ledger.records.form import GENESIS, Link, RecordPlace
from gateway.ledger.segments import segment_chain
from gateway.ledger.verification.report import Finding, FindingKind

DELETED = "segment.deleted"
_NAMED = 3
_FIRST_SEQ = attrgetter("first_seq")
_HASH = re.compile(f"[0-9a-f]{{{len(GENESIS)}}}")


class Deletion(NamedTuple):
    """A run of records that were deleted for their age, and the record that says so.

    `last_hash` is the hash of the last of them, `before_hash` that of the record before them (None in records of earlier versions).
    """

    chain_id: str
    first_seq: int
    last_seq: int
    last_hash: str
    before_hash: str | None
    said_in: RecordPlace
    said_at: str
    days: int


class MissingRun(NamedTuple):
    """Records of a chain that are not there, the hash of the one before them, and what the one after them names as its `prev`."""

    chain_id: str
    first_seq: int
    last_seq: int
    before_hash: str
    last_hash: str


_Reached = dict[int, dict[str, Deletion | None]]
"""By the seq that is reached and the hash of the record before it, the last deletion on the way there."""


def read_deletion(record: Mapping[str, Any], link: Link) -> Deletion | None:
    """What a record says that was deleted; None where it says nothing of that, or what cannot be.

    `record` must have the hash that it states. A chain is deleted from while it goes on, so a record of the chain itself
    stands after what it says is gone.
    """
    if record.get("event_type") != DELETED:
        return None
    named = segment_chain(str(record.get("segment")))
    first, last, days = (record.get(name) for name in ("first_seq", "last_seq", "retention_days"))
    own, before = record.get("last_hash"), record.get("before_hash")
    if named is None or type(first) is not int or type(last) is not int or type(days) is not int:
        return None
    if not _is_hash(own) or not (before is None or _is_hash(before)):
        return None
    if named[1] != first or not 1 <= first <= last or (link.chain_id == named[0] and link.seq <= last):
        return None
    place = RecordPlace(link.chain_id, link.seq)
    return Deletion(named[0], first, last, str(own), before, place, str(record.get("ts")), days)


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def sort_deletions(deletions: Iterable[Deletion]) -> dict[str, list[Deletion]]:
    """The deletions of each chain, in the order in which `account_for` asks for them."""
    found: dict[str, list[Deletion]] = {}
    for item in sorted(set(deletions), key=lambda item: (item.first_seq, item.last_seq, item.said_in)):
        found.setdefault(item.chain_id, []).append(item)
    return found


def account_for(gap: MissingRun, deletions: Mapping[str, Sequence[Deletion]]) -> tuple[Deletion, ...]:
    """The deletions that made a gap, in order: together exactly the records of it, each joined to the next; () where there are none."""
    listed = deletions.get(gap.chain_id, ())
    begin, end = (bisect.bisect_left(listed, seq, key=_FIRST_SEQ) for seq in (gap.first_seq, gap.last_seq + 1))
    came_by: _Reached = {gap.first_seq: {gap.before_hash: None}}
    for item in listed[begin:end]:
        heads = came_by.get(item.first_seq, {})
        if heads and (item.before_hash is None or item.before_hash in heads):
            came_by.setdefault(item.last_seq + 1, {}).setdefault(item.last_hash, item)
    return tuple(reversed(list(_walk_back(came_by, gap))))


def _walk_back(came_by: _Reached, gap: MissingRun) -> Iterator[Deletion]:
    item = came_by.get(gap.last_seq + 1, {}).get(gap.last_hash)
    while item is not None:
        yield item
        heads = came_by[item.first_seq]
        item = heads[next(iter(heads)) if item.before_hash is None else item.before_hash]


def tell_deleted(gap: MissingRun, chain: str, made_by: Sequence[Deletion]) -> Finding:
    """The finding of a gap that is accounted for, with what accounts for it: a reader can hold that against the ledger."""
    said = ", ".join(
        f"{item.said_in.chain_id} {item.said_in.seq} of {item.said_at} (kept {item.days} days)"
        for item in made_by[-_NAMED:]
    )
    more = f", and {len(made_by) - _NAMED:,} before" if len(made_by) > _NAMED else ""
    sentence = f"records {gap.first_seq} to {gap.last_seq} of chain {chain} lawfully deleted, as their age had come: {said}{more}"
    if any(item.before_hash is None for item in made_by):
        sentence += "; written by an earlier version, which did not say what stood before them"
    return Finding(kind=FindingKind.SEGMENTS_DELETED, count=gap.last_seq - gap.first_seq + 1, sentence=sentence)
