"""Putting checked segments together: each chain must be without gaps from its first record to its last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.ledger.checkpoints.checkpoint import Deleted
from gateway.ledger.heads import EMPTY, Head
from gateway.ledger.verification.report import Break, BreakReason, ChainSummary, Finding, FindingKind
from gateway.ledger.verification.segment import CLOCK_SLACK, Citation, SegmentResult


@dataclass(slots=True)
class ChainResult:
    """One chain, put together. `head` is the last record that was checked; `breaks` holds the first break, if any."""

    chain_id: str
    head: Head = EMPTY
    first_seq: int = 0
    records: int = 0
    bytes: int = 0
    deleted: int = 0
    interrupted: int = 0
    first_time: datetime | None = None
    latest: datetime | None = None
    breaks: list[Break] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    open_allows: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def summary(self) -> ChainSummary:
        """What was read of it."""
        return ChainSummary(first_seq=self.first_seq, last_seq=self.head.seq, records=self.records)


def join_segments(chain_id: str, results: Iterable[SegmentResult], deleted: Sequence[Deleted]) -> ChainResult:
    """Put the segments of a chain together, in order; `deleted` are the runs of it that are lawfully gone."""
    joined = ChainResult(chain_id)
    cut_off: SegmentResult | None = None
    for result in results:
        if cut_off is not None:
            _break(joined, cut_off, cut_off.records + 1, BreakReason.NOT_A_RECORD, "the line is cut off")
        if not joined.breaks:
            _connect(joined, result, deleted)
            _add(joined, result)
        cut_off = result if result.unfinished else None
    if cut_off is not None:
        sentence = f"{cut_off.unfinished} bytes of a record that is being written, or was torn"
        line = cut_off.records + 1
        joined.findings.append(
            Finding(kind=FindingKind.UNFINISHED_LINE, count=1, sentence=sentence, file=cut_off.segment.name, line=line)
        )
    return joined


def _connect(joined: ChainResult, result: SegmentResult, deleted: Sequence[Deleted]) -> None:
    expected, first = joined.head.seq + 1, result.segment.first_seq
    follows = not result.records or result.before == joined.head.hash
    if first == expected and not follows:
        _break(joined, result, 1, BreakReason.SEGMENT_MISPLACED, "the segment does not follow the one before it")
    elif first < expected:
        _break(joined, result, 1, BreakReason.SEGMENT_MISPLACED, "the segment begins before the one before it ends")
    elif first > expected:
        if any(_covers(run, expected, result) for run in deleted):
            joined.deleted += first - expected
        else:
            sentence = f"records {expected} to {first - 1} are missing before this segment"
            _break(joined, result, None, BreakReason.SEGMENT_MISSING, sentence)


def _covers(run: Deleted, expected: int, result: SegmentResult) -> bool:
    last = result.segment.first_seq - 1
    reaches = run.chain_id == result.segment.chain_id and run.first_seq <= expected and run.last_seq >= last
    return reaches and (run.last_seq > last or not result.records or run.last_hash == result.before)


def _break(joined: ChainResult, result: SegmentResult, line: int | None, reason: BreakReason, sentence: str) -> None:
    if not joined.breaks:
        joined.breaks.append(Break(file=result.segment.name, line=line, reason=reason, sentence=sentence))


def _add(joined: ChainResult, result: SegmentResult) -> None:
    joined.records += result.records
    joined.bytes += result.bytes
    joined.interrupted += result.interrupted
    joined.first_seq = joined.first_seq or result.segment.first_seq
    joined.citations += result.citations
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
