"""A small index beside the ledger, so that a question about ten million records takes seconds.

    <index>/<chain id>/<first seq>-<last hash>.<edition of the columns>.parquet

One file for each ended segment: its searchable columns, and nothing that is sealed in it. A file is named by the hash of
the segment's last record, which fixes all its content; so an index can be deleted at any time, is made anew where it is
missing, and is never taken for another ledger's. What it holds is believed only with its keyed digest (`index_digests`),
and it is made only of a segment whose every record was checked. It goes with its segment.
"""

import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import duckdb
import orjson

from gateway.auditing.columns import EDITION, INDEXED, read_as, type_row
from gateway.auditing.index_digests import IndexDigests, forget
from gateway.auditing.missing import list_deleted
from gateway.auditing.private import private_file
from gateway.auditing.query_engine import json_lines, quote_text
from gateway.ledger.checkpoints.checkpoint import Deleted
from gateway.ledger.heads import Head
from gateway.ledger.records.form import link_of
from gateway.ledger.segments import Segment, chains, lines_in, segments
from gateway.ledger.verification.chain import tell_border, tell_emptied
from gateway.ledger.verification.segment import SegmentResult, check_segment

Progress = Callable[[int, int], object]
"""Told how many segments are indexed, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A segment that has a successor, which says where it ends."""

    segment: Segment
    last_seq: int
    last_hash: str
    successor: Segment

    def locate_index(self, index: Path) -> Path:
        """Where its index is kept."""
        name = f"{self.segment.first_seq:016d}-{self.last_hash}.{EDITION}.parquet"
        return index / self.segment.chain_id / name


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The segments of a ledger at one moment: those that have ended, and those still (or only) to be read as they are."""

    ended: tuple[Ended, ...]
    others: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """An index as it is now: its files, the segments that have none, and what is wrong in segments or between them and the next.

    A segment that was changed after it was indexed keeps its index, which says what is missing in it now.
    """

    files: Sequence[Path]
    unindexed: tuple[Segment, ...]
    faults: tuple[str, ...]


def survey(directory: Path) -> Survey:
    """Look at which segments there are."""
    ended: list[Ended] = []
    others: list[Segment] = []
    listed = [segments(directory, chain) for chain in chains(directory)]
    deleted = list_deleted(directory)
    for files in listed:
        for segment, successor in zip_longest(files, files[1:]):
            end = _list_ended(segment, successor, deleted) if successor else None
            others += [segment] if end is None else []
            ended += [end] if end else []
    return Survey(ended=tuple(ended), others=tuple(others))


def _list_ended(segment: Segment, successor: Segment, deleted: Sequence[Deleted]) -> Ended | None:
    """Where a segment ends: at its successor, or at what was lawfully deleted between the two."""
    last, end = successor.first_seq - 1, _read_previous(successor)
    for run in deleted:
        if run.chain_id == segment.chain_id and segment.first_seq < run.first_seq <= last <= run.last_seq:
            last, end = run.first_seq - 1, run.before
    if not end or not _is_digest(end):
        return None
    return Ended(segment=segment, last_seq=last, last_hash=end, successor=successor)


def _read_previous(segment: Segment) -> str | None:
    """The hash of the record before the first of a segment, as that states it; None where it cannot be read."""
    try:
        line = next(lines_in(segment), None)
        value = orjson.loads(line.raw) if line else None
    except (OSError, ValueError):
        return None
    link = link_of(value) if isinstance(value, dict) else None
    return link.prev if link else None


def _is_digest(text: str) -> bool:
    """It becomes a file's name."""
    return len(text) == 64 and text.isalnum()  # noqa: PLR2004 - hex digits of SHA-256


def refresh(
    connection: duckdb.DuckDBPyConnection,
    index: Path,
    found: Survey,
    digests: IndexDigests,
    progress: Progress | None = None,
) -> Refreshed:
    """Make what is missing, or is not as it was made, and remove what has lost its segment.

    A segment whose file is not the one that was indexed is held against its chain again.
    """
    wanted = {end.locate_index(index): end for end in found.ended}
    _prune(index, wanted)
    there = {path for path in wanted if digests.holds(path)}
    stale = [path for path, end in wanted.items() if path not in there or not digests.knows(path, present(end.segment))]
    faults: dict[Path, str] = {}

    def bring_up(path: Path) -> str | None:
        return _bring_up(connection.cursor(), path, wanted[path], digests, indexed=path in there)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for number, (path, fault) in enumerate(zip(stale, pool.map(bring_up, stale), strict=True), start=1):
            faults |= {path: fault} if fault else {}
            if progress is not None:
                progress(number, len(stale))
    unindexed = tuple(end.segment for path, end in wanted.items() if path in faults and path not in there)
    return Refreshed(
        files=[path for path in wanted if path in there or path not in faults],
        unindexed=unindexed,
        faults=tuple(faults.values()),
    )


def prune(directory: Path, index: Path) -> None:
    """Remove what the index holds of segments that are gone; cheap enough to be done whenever segments are deleted."""
    _prune(index, {end.locate_index(index) for end in survey(directory).ended})


def _prune(index: Path, wanted: Collection[Path]) -> None:
    for path in index.glob("*/*.parquet"):
        if path not in wanted:
            forget(path)


def _bring_up(
    connection: duckdb.DuckDBPyConnection, path: Path, end: Ended, digests: IndexDigests, *, indexed: bool
) -> str | None:
    """Hold one segment against its chain, and index it where it is not yet; what is wrong there, else None."""
    seen = digests.look(path, present(end.segment))
    if indexed and not seen:  # deleted by its age since it was listed
        return None
    result, name = check_segment(end.segment), end.segment.name
    if result.head != Head(end.last_seq, end.last_hash) or result.broken or result.unfinished:
        if indexed:
            return f"{name} was changed after it was written"
        return _tell_border(end, result) or f"{name} does not hold what its chain says"
    if not indexed and not _build(connection, path, end, digests):
        return f"{name} does not hold what its chain says"
    digests.remember(path, seen)
    return None


def _build(connection: duckdb.DuckDBPyConnection, path: Path, end: Ended, digests: IndexDigests) -> bool:
    """Index one segment; whether the index has exactly the records that the chain says."""
    draft = private_file(path.with_suffix(f".{os.getpid()}"))
    try:
        columns = f"{list_indexed_columns()}, CASE WHEN chain.seq = {end.last_seq} THEN chain.hash END AS hash"
        select = f"SELECT {columns} FROM {json_lines([present(end.segment)], read_as())}"  # noqa: S608
        connection.execute(
            f"COPY ({select}) TO {quote_text(draft)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
        )
        checked = "SELECT count(seq), count(*), min(seq), max(seq), max(hash) FROM read_parquet(?)"
        count = end.last_seq - end.segment.first_seq + 1
        row = connection.execute(checked, [str(draft)]).fetchone()
        if row != (count, count, end.segment.first_seq, end.last_seq, end.last_hash):
            return False
        digests.seal(draft, path)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return True


def _tell_border(end: Ended, result: SegmentResult) -> str | None:
    """What `audit verify` says of the next segment, where this one is whole in itself: then what lay between them is missing."""
    if result.broken is not None or result.unfinished:
        return None
    emptied = tell_emptied(result, end.successor.first_seq)
    if emptied:
        return f"{end.segment.name}: {emptied}"
    head = result.head or Head(end.segment.first_seq - 1, "")
    fault = tell_border(head, end.successor.first_seq, end.last_hash)
    return f"{end.successor.name}: {fault}" if fault else None


def list_indexed_columns() -> str:
    """The select list of what the index holds, from the lines themselves."""
    return f"chain.id AS chain_id, chain.seq AS seq, {type_row(INDEXED)}"


def present(segment: Segment) -> Path:
    """The segment's file, which may have been compressed since it was listed."""
    return segment.path if segment.path.exists() else segment.path.with_suffix(".jsonl.zst")
