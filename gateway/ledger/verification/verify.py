"""`audit verify`: offline, on any copy of a ledger, with only public keys.

Every record is checked for itself and against the one before it, every checkpoint by its signature and against the
records, every head that one chain cites of another. What changed anything is a break, named by file, line and reason;
what a crash or the law leaves is a finding.
"""

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from gateway.ledger.checkpoints.keys import read_origin
from gateway.ledger.checkpoints.note import VerifierKey
from gateway.ledger.segments import Segment, chains, segments
from gateway.ledger.verification.chain import ChainResult, join_segments
from gateway.ledger.verification.checkpoints import CheckpointResult, check_checkpoints, marks_of
from gateway.ledger.verification.findings import find_unwitnessed_since, findings_of
from gateway.ledger.verification.keys_beside import find_altered_epochs
from gateway.ledger.verification.missing_checkpoints import find_missing_checkpoints
from gateway.ledger.verification.proof import find_agreed, find_lacking_agreement, prove
from gateway.ledger.verification.report import Break, BreakReason, Proof, VerifyReport
from gateway.ledger.verification.segment import CitedHead, SegmentResult, check_segment, hashes_at, on_disk
from gateway.ledger.verification.trust import NO_TRUST, Trust
from gateway.ledger.verification.witnessing import JudgedLedger, OverHttp, ask_place, ask_witness
from gateway.value import replace

Progress = Callable[[int, int], None]
"""Called with the bytes (as they lie on disk) checked so far, and in all."""

_WORTH_PROCESSES = 32 << 20
_TRIES = 3
_SYSTEM = OverHttp()
_Task = tuple[Segment, tuple[CitedHead, ...]]


class _Elsewhere(NamedTuple):
    """What a ledger is held against: places asked, what is known from elsewhere, and how those over HTTP are asked."""

    against: Sequence[str]
    trust: Trust
    over_http: OverHttp
    copy: bool


def verify(
    directory: Path,
    *,
    against: Sequence[str] = (),
    pinned: Sequence[VerifierKey] = (),
    trust: Trust = NO_TRUST,
    over_http: OverHttp = _SYSTEM,
    copy: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Verify a ledger, and hold it against what witnesses kept (a file, a URL, a syslog receiver's file).

    `pinned` are checkpoint keys known from elsewhere, `trust` all that is; without either the keys beside the ledger are
    believed, and the report says that nothing but wholeness was proved. Each place in `against` must hold a checkpoint
    of this ledger, and a `copy` may end before what they hold by now. `over_http` is how places are asked over HTTP. `jobs` processes work at a time (default: one a processor).

    Raises:
        OSError: the directory or a place in `against` cannot be read at all.
    """
    trust = replace(trust, keys=(*trust.keys, *pinned))
    _require_open(directory)
    for _ in range(_TRIES):
        report = _verify(directory, _Elsewhere(against, trust, over_http, copy), jobs, progress)
        gone = any(item.reason is BreakReason.UNREADABLE for item in report.breaks)
        if report.ok or (report.checkpoints == check_checkpoints(directory, trust.keys).count and not gone):
            break  # else segments may have gone lawfully while they were read: the newer checkpoints say which
    return report


def _require_open(directory: Path) -> None:
    """Return where every folder can be listed: one that cannot would look like one from which all was taken away.

    Raises:
        OSError: one cannot, and which.
    """
    for folder in (directory, *(path for path in directory.iterdir() if path.is_dir())):
        with os.scandir(folder) as found:
            next(found, None)


def _verify(directory: Path, elsewhere: _Elsewhere, jobs: int | None, progress: Progress | None) -> VerifyReport:
    began, (against, trust, over_http, copy) = time.monotonic(), elsewhere
    checkpoints = check_checkpoints(directory, trust.keys, trust.origin)
    judged = JudgedLedger(
        directory=directory, result=checkpoints, origin=_origin_of(directory, checkpoints, trust), copy=copy
    )
    asked = [ask_place(judged, target, over_http) for target in against]
    witnesses = [ask_witness(judged, one, over_http) for one in trust.witnesses]
    joined = _join_chains(directory, checkpoints, jobs, progress)
    breaks = [item for chain in joined.values() for item in chain.breaks]
    breaks += [] if checkpoints.broken is None else [checkpoints.broken]
    breaks += _heads_not_there(directory, joined, checkpoints)
    breaks += find_altered_epochs(directory, joined.values())
    breaks += find_missing_checkpoints(directory, joined.values(), checkpoints)
    breaks += [witness.broken for witness in [*asked, *witnesses] if witness.broken is not None]
    breaks += find_lacking_agreement(judged, trust, witnesses)
    agreed = find_agreed(trust, asked, witnesses)
    unwitnessed = find_unwitnessed_since(directory, checkpoints, agreed, joined.values())
    return VerifyReport(
        records=sum(chain.records for chain in joined.values()),
        bytes=sum(chain.bytes for chain in joined.values()),
        checkpoints=checkpoints.count,
        seconds=time.monotonic() - began,
        chains={name: chain.summary for name, chain in joined.items()},
        breaks=tuple(breaks),
        findings=tuple(findings_of(directory, joined.values(), checkpoints, [*asked, *witnesses], unwitnessed)),
        unwitnessed_since=unwitnessed,
        proof=Proof() if breaks else prove(directory, trust, checkpoints, agreed, [*asked, *witnesses]),
    )


def _origin_of(directory: Path, checkpoints: CheckpointResult, trust: Trust) -> str | None:
    """Whose ledger it is: what checkpoints say that hold, or, where none does, what is known from elsewhere or lies beside it."""
    if checkpoints.last is not None:
        return checkpoints.last.origin
    return trust.origin or next((key.name for key in checkpoints.trusted), None) or read_origin(directory)


def _join_chains(
    directory: Path, checkpoints: CheckpointResult, jobs: int | None, progress: Progress | None
) -> dict[str, ChainResult]:
    last = checkpoints.last
    names = sorted({*chains(directory), *(last.heads if last else ())})
    deleted = last.deleted if last else ()
    total = sum(on_disk(segment) for name in names for segment in segments(directory, name))
    jobs = (jobs or os.cpu_count() or 1) if total > _WORTH_PROCESSES else 1
    tasks = (task for name in names for task in _tasks(directory, name, marked=checkpoints.broken is None))
    results = _report_progress(_run(tasks, jobs), total, progress)
    found = {
        name: join_segments(name, group, deleted)
        for name, group in groupby(results, lambda item: item.segment.chain_id)
    }
    return {name: found.get(name) or ChainResult(name) for name in names}


def _tasks(directory: Path, chain: str, *, marked: bool) -> Iterator[_Task]:
    """Each segment with the marks that fall into it. Never more than one segment's marks in memory."""
    files = segments(directory, chain)
    marks = marks_of(directory, chain) if marked else iter(())
    mark = next(marks, None)
    for index, segment in enumerate(files):
        end = files[index + 1].first_seq if index + 1 < len(files) else None
        mine = []
        while mark is not None and (end is None or mark.seq < end):
            mine.append(mark)
            mark = next(marks, None)
        yield segment, tuple(mine)


def _run(tasks: Iterable[_Task], jobs: int) -> Iterator[SegmentResult]:
    """The results in order; at most a few segments ahead of what is asked for."""
    if jobs == 1:
        yield from (check_segment(*task) for task in tasks)
        return
    waiting: deque[Future[SegmentResult]] = deque()
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        for task in tasks:
            waiting.append(pool.submit(check_segment, *task))
            if len(waiting) >= 2 * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _report_progress(
    results: Iterable[SegmentResult], total: int, progress: Progress | None
) -> Iterator[SegmentResult]:
    done = 0
    for result in results:
        if progress is not None:
            done = min(total, done + result.on_disk)
            progress(done, total)
        yield result


def _heads_not_there(directory: Path, joined: dict[str, ChainResult], checkpoints: CheckpointResult) -> Iterator[Break]:
    """Heads that were cited or signed last, and are not in their chain. Broken chains have been named already."""
    last = checkpoints.last
    said = [citation for chain in joined.values() for citation in chain.citations]
    if last is not None:
        source = f"checkpoint {last.number}"
        said += [CitedHead(chain, head.seq, head.hash, source) for chain, head in last.heads.items()]
    gone = last.deleted if last else ()
    by_chain: dict[str, list[CitedHead]] = {}
    for mark in said:
        chain = mark.chain_id
        lawful = any(run.chain_id == chain and run.first_seq <= mark.seq <= run.last_seq for run in gone)
        if not lawful and not (chain in joined and joined[chain].breaks):
            by_chain.setdefault(chain, []).append(mark)
    for chain, marks in by_chain.items():
        yield from _not_there(directory, chain, marks)


def _not_there(directory: Path, chain: str, marks: list[CitedHead]) -> Iterator[Break]:
    found: dict[int, str] = {}
    files = segments(directory, chain)  # listed anew: a chain that is in use has grown since it was checked
    for index, segment in enumerate(files):
        end = files[index + 1].first_seq if index + 1 < len(files) else float("inf")
        wanted = frozenset(mark.seq for mark in marks if segment.first_seq <= mark.seq < end)
        found |= hashes_at(segment, wanted) if wanted else {}
    wrong: dict[tuple[int, str], list[str]] = {}  # of each record, all who hold it: told once
    for mark in marks:
        if found.get(mark.seq) != mark.hash:
            wrong.setdefault((mark.seq, mark.hash), []).append(mark.source)
    for (seq, _), sources in wrong.items():
        reason = BreakReason.HEAD_DIFFERS if seq in found else BreakReason.HEAD_MISSING
        who = f"{sources[0]} and {len(sources) - 1} others hold" if len(sources) > 1 else f"{sources[0]} holds"
        sentence = f"record {seq} of chain {chain}, which {who}, is not there"
        yield Break(file=chain, line=None, reason=reason, sentence=sentence)
