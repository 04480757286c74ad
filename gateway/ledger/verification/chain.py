"""Putting checked segments together: each chain must be without gaps from its first record to its last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.ledger.checkpoints.checkpoint import Deleted
from gateway.ledger.heads import EMPTY, Head
from gateway.ledger.verification.report import Break, BreakReason, ChainSummary, Finding, FindingKind
from gateway.ledger.verification.segment import CLOCK_SLACK, CitedCheckpoint, CitedHead, SegmentResult

_PUT_THERE = "records stand where all were lawfully deleted, and do not lead to the signed end of what was"


@dataclass(slots=True)
class ChainResult:
    """One chain, put together. `head` is the last record that was checked; `breaks` holds the first break, if any.

    `inside` is the deleted run within which the last segment ended, so that the next one must go on with it.
    """

    chain_id: str
    head: Head = EMPTY
    inside: Deleted | None = None
    first_seq: int = 0
    records: int = 0
    bytes: int = 0
    deleted: int = 0
    interrupted: int = 0
    first_time: datetime | None = None
    latest: datetime | None = None
    breaks: list[Break] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    citations: list[CitedHead] = field(default_factory=list)
    cited_checkpoints: list[CitedCheckpoint] = field(default_factory=list)
    open_allows: dict[str, tuple[str, int]] = field(default_factory=dict)
    epochs: set[str] = field(default_factory=set)
    shredded: set[str] = field(default_factory=set)
    wrapped: dict[str, set[str]] = field(default_factory=dict)

    @property
    def summary(self) -> ChainSummary:
        """What was read of it."""
        return ChainSummary(first_seq=self.first_seq, last_seq=self.head.seq, records=self.records)


def join_segments(chain_id: str, results: Iterable[SegmentResult], deleted: Sequence[Deleted]) -> ChainResult:
    """Put the segments of a chain together, in order; `deleted` are the runs of it that are lawfully gone."""
    joined, runs = ChainResult(chain_id), [run for run in deleted if run.chain_id == chain_id]
    cut_off: SegmentResult | None = None
    last: SegmentResult | None = None
    for result in results:
        if cut_off is not None:
            _break(joined, cut_off, cut_off.records + 1, BreakReason.NOT_A_RECORD, "the line is cut off")
        if not joined.breaks:
            _connect(joined, last, result, runs)
            _add(joined, result)
        cut_off = result if result.unfinished else None
        _leave_run(joined, result, runs)
        last = result
    if last is not None and joined.inside is not None:
        _break(joined, last, None, BreakReason.RETIRED_RANGE, _PUT_THERE)
    if cut_off is not None:
        sentence = f"{cut_off.unfinished} bytes of a record that is being written, or was torn"
        line = cut_off.records + 1
        joined.findings.append(
            Finding(kind=FindingKind.UNFINISHED_LINE, count=1, sentence=sentence, file=cut_off.segment.name, line=line)
        )
    return joined


def _connect(joined: ChainResult, last: SegmentResult | None, result: SegmentResult, runs: Sequence[Deleted]) -> None:
    expected, first = joined.head.seq + 1, result.segment.first_seq
    fault = tell_border(joined.head, first, result.before if result.records else joined.head.hash)
    if fault and first <= expected:
        _break(joined, result, 1, BreakReason.SEGMENT_MISPLACED, fault)
    elif fault:
        gone = next((run for run in runs if run.first_seq == expected), None)
        if joined.inside is not None:
            _break(joined, result, None, BreakReason.RETIRED_RANGE, _PUT_THERE)
        elif gone is None or gone.last_seq < first - 1:
            emptied = tell_emptied(last, first) if last else None
            _break(joined, last if last and emptied else result, None, BreakReason.SEGMENT_MISSING, emptied or fault)
        elif not _borders(gone, joined.head, result):
            sentence = f"what stands around the deleted records {expected} to {first - 1} does not link to them"
            _break(joined, result, 1, BreakReason.RETIRED_RANGE, sentence)
        else:
            joined.deleted += first - expected


def tell_emptied(result: SegmentResult, first: int) -> str | None:
    """That a segment holds nothing, though the next one, which begins with this record, shows that it did; None where it does."""
    if result.records or result.broken is not None or result.unfinished:
        return None
    return f"the file is empty: records {result.segment.first_seq} to {first - 1} are missing"


def tell_border(head: Head, first: int, before: str) -> str | None:
    """What is wrong where a segment that begins with this record, and names this hash, comes after that head; None where nothing."""
    if first > head.seq + 1:
        return f"records {head.seq + 1} to {first - 1} are missing before this segment"
    if first < head.seq + 1:
        return "the segment begins before the one before it ends"
    return None if before == head.hash else "the segment does not follow the one before it"


def _borders(gone: Deleted, before: Head, after: SegmentResult) -> bool:
    """Whether the records on both sides of a deleted run are those that it was cut out from between."""
    left = gone.before in (None, before.hash)
    whole = gone.last_seq == after.segment.first_seq - 1
    return left and (not whole or not after.records or after.before == gone.last_hash)


def _leave_run(joined: ChainResult, result: SegmentResult, runs: Sequence[Deleted]) -> None:
    """A segment in a deleted run may only be what an interrupted deletion left: the run's last ones, up to its end.

    Their links lead to the run's signed end; whatever else stands there was put there.
    """
    last = result.segment.first_seq + max(0, result.records - 1)
    run = next((run for run in runs if run.first_seq <= last and result.segment.first_seq <= run.last_seq), None)
    joined.inside = run if run is not None and last < run.last_seq else None
    to_its_end = run is None or last < run.last_seq or result.head == Head(run.last_seq, run.last_hash)
    if not to_its_end or (run is not None and not result.records):
        _break(joined, result, None, BreakReason.RETIRED_RANGE, _PUT_THERE)


def _break(joined: ChainResult, result: SegmentResult, line: int | None, reason: BreakReason, sentence: str) -> None:
    if not joined.breaks:
        joined.breaks.append(Break(file=result.segment.name, line=line, reason=reason, sentence=sentence))


def _add(joined: ChainResult, result: SegmentResult) -> None:
    joined.records += result.records
    joined.bytes += result.bytes
    joined.interrupted += result.interrupted
    joined.first_seq = joined.first_seq or result.segment.first_seq
    joined.citations += result.citations
    joined.cited_checkpoints += result.cited_checkpoints
    joined.epochs |= result.epochs
    joined.shredded |= result.shredded
    for epoch, digests in result.wrapped.items():
        joined.wrapped.setdefault(epoch, set()).update(digests)
    _add_times(joined, result)
    for decision in result.outcomes_elsewhere:
        joined.open_allows.pop(decision, None)
    joined.open_allows |= {key: (result.segment.name, line) for key, line in result.open_allows.items()}
    if result.broken is not None and not joined.breaks:
        joined.breaks.append(result.broken)
    if result.head is not None:
        joined.head = result.head


def _add_times(joined: ChainResult, result: SegmentResult) -> None:
    joined.first_time = joined.first_time or result.first_time
    between = joined.latest and result.first_time and joined.latest - result.first_time > CLOCK_SLACK
    count = result.times_set_back + bool(between)
    if count:
        sentence = "the clock ran backwards before this record"
        line = 1 if between else result.set_back_line
        joined.findings.append(
            Finding(
                kind=FindingKind.CLOCK_BACKWARDS,
                count=count,
                sentence=sentence,
                file=result.segment.name,
                line=line,
            )
        )
    joined.latest = result.latest or joined.latest
