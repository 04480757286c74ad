"""Running detectors over a period: each finding once, at the search that completes it, the same however often it is run.

A pattern that goes on is one finding until it has rested for `QUIET_DAYS`. Long periods are gone through a quarter at a
time, each with what went before it, so that memory stays bounded and the cuts change nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

import duckdb

from gateway.oversight.detectors.catalog import Detector
from gateway.oversight.detectors.detection import QUIET_DAYS, Detection, FoundBefore, LabelsOf
from gateway.oversight.detectors.patterns import ask, follow
from gateway.oversight.detectors.scene import DetectionContext, lay_out, list_labels, show_since

_PIECE = timedelta(days=91)
_MOMENT = timedelta(seconds=1)


def run_detectors(
    connection: duckdb.DuckDBPyConnection,
    detectors: Sequence[Detector],
    context: DetectionContext,
    *,
    since: datetime,
    until: datetime,
    zone: str,
    before: Sequence[FoundBefore] = (),
    progress: Callable[[datetime], object] = lambda _moment: None,
) -> Iterator[Detection]:
    """What the detectors find in a period, in pieces of a quarter. The connection has a table `records`.

    What is a pattern that was found `before`, by another question or other limits, is left out. Where one on record lies after
    a piece or the period, it is looked at later ones for whether the pattern goes on until then.

    Raises:
        ConfigurationError: a detector's question does not fit what is laid out.
        duckdb.Error: it cannot be answered.
    """
    reach = max((_reach(detector) for detector in detectors), default=timedelta())
    start, carried = since, list[Detection]()
    while start < until or carried:
        end = min(start + _PIECE, until if start < until else max(one.at for one in before) + _MOMENT)
        lay_out(connection, context, since=start, until=end, before=start - reach, zone=zone)
        left = list[Detection]()
        for detector in detectors:
            theirs = [item for item in carried if item.detector_id == detector.detector_id]
            if start < until or theirs:
                show_since(connection, start - _reach(detector))
                new = [item for item in ask(connection, detector) if item.at < until]
                labels_of = partial(list_labels, connection)
                found = [*follow(connection, detector, theirs, labels_of), *new]
                told, undecided = _leave_out(found, _list_others(detector, before), labels_of, end)
                left += undecided
                yield from told
        if start < until:
            progress(end)
        start, carried = end, left


def _reach(detector: Detector) -> timedelta:
    """How long before a period searches matter: what the question looks back, and the time of rest before that."""
    return timedelta(days=detector.looks_back_days + QUIET_DAYS)


def _list_others(detector: Detector, before: Sequence[FoundBefore]) -> list[FoundBefore]:
    """What other limits found: what the same limits found is told by its id."""
    return [one for one in before if one.detector_id == detector.detector_id and one.digest != detector.digest]


def _leave_out(
    found: Sequence[Detection], others: Sequence[FoundBefore], labels_of: LabelsOf, end: datetime
) -> tuple[list[Detection], list[Detection]]:
    """What these limits find and no others did; and that of which only what is after `end` can say it."""
    new = [item for item in found if not any(one.is_pattern_of(item, labels_of) for one in others)]
    undecided = [item for item in new if item.lasts_until(end) and any(one.is_later(item, end) for one in others)]
    return [item for item in new if item not in undecided], undecided
