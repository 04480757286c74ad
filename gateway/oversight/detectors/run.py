"""Running detectors over a period: each finding once, at the search that completes it, the same however often it is run.

A pattern that goes on is one finding until it has rested for `QUIET_DAYS`. Long periods are gone through a quarter at a
time, each with what went before it, so that memory stays bounded and the cuts change nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import duckdb

from gateway.errors import ConfigurationError
from gateway.oversight.detectors.catalog import Detector
from gateway.oversight.detectors.detection import QUIET_DAYS, Detection, FoundBefore, PlatesOf, name_finding
from gateway.oversight.detectors.scene import DetectionContext, lay_out, list_plates, show_since

_PIECE = timedelta(days=91)
_FIRST = """
WITH flagged AS ({question}
), placed AS (
  SELECT *, lag(made_at) OVER e AS earlier,
    max(CASE WHEN severity = 'alert' THEN made_at END) OVER (PARTITION BY user_id, about ORDER BY made_at, severity DESC, decision_ids::VARCHAR ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS alerted
  FROM flagged WINDOW e AS (PARTITION BY user_id, about, severity ORDER BY made_at, decision_ids::VARCHAR)
), parted AS (
  SELECT *, count(*) FILTER (earlier IS NULL OR made_at - earlier > INTERVAL {quiet} DAY) OVER (PARTITION BY user_id, about, severity ORDER BY made_at, decision_ids::VARCHAR) AS pattern
  FROM placed
), lasting AS (
  SELECT *, max(made_at) OVER (PARTITION BY user_id, about, severity, pattern) AS lasts FROM parted
)
SELECT user_id, made_at, severity, decision_ids, about, lasts FROM lasting, period
WHERE made_at >= since AND made_at < until AND (earlier IS NULL OR made_at - earlier > INTERVAL {quiet} DAY)
  AND (severity = 'alert' OR alerted IS NULL OR made_at - alerted > INTERVAL {quiet} DAY)
ORDER BY made_at, user_id, about
"""


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

    What is a pattern that was found `before`, by another question or other limits, is left out.

    Raises:
        ConfigurationError: a detector's question does not fit what is laid out.
        duckdb.Error: it cannot be answered.
    """
    reach, start = max((_reach(detector) for detector in detectors), default=timedelta()), since
    while start < until:
        end = min(until, start + _PIECE)
        lay_out(connection, context, since=start, until=end, before=start - reach, zone=zone)
        for detector in detectors:
            show_since(connection, start - _reach(detector))
            yield from _leave_out(ask(connection, detector), detector, before, partial(list_plates, connection))
        progress(end)
        start = end


def _reach(detector: Detector) -> timedelta:
    """How long before a period searches matter: what the question looks back, and the time of rest before that."""
    return timedelta(days=detector.looks_back_days + QUIET_DAYS)


def ask(connection: duckdb.DuckDBPyConnection, detector: Detector) -> list[Detection]:
    """What one detector finds in the scene that is laid out.

    Raises:
        ConfigurationError: its question asks for what is not there, or is no SQL.
    """
    if detector.rule is not None:
        detector.rule.judge(connection)
    try:
        rows = connection.execute(_FIRST.format(question=detector.question, quiet=QUIET_DAYS)).fetchall()
    except duckdb.ProgrammingError as error:
        raise ConfigurationError([_explain(detector, error)]) from None
    return [_make_detection(detector, *row) for row in rows]


def _explain(detector: Detector, error: duckdb.Error) -> str:
    wrong = str(error).splitlines()[0]
    told = "look at the limits in its data.yaml, where a number has no letters; after an upgrade take the folder oversight "
    told += "that comes with this version, and carry your limits over"
    return f"oversight/{detector.folder}/query.sql: cannot be asked ({wrong}): {told}"


def _leave_out(
    found: Sequence[Detection], detector: Detector, before: Sequence[FoundBefore], plates_of: PlatesOf
) -> Iterator[Detection]:
    """What these limits find and no others did: what the same limits found is told by its id."""
    others = [one for one in before if one.detector_id == detector.detector_id and one.digest != detector.digest]
    for item in found:
        if not any(one.is_pattern_of(item, plates_of) for one in others):
            yield item


def _make_detection(
    detector: Detector,
    user_id: str | None,
    at: datetime,
    severity: str,
    decision_ids: list[str],
    about: str,
    lasts: datetime,
) -> Detection:
    at = at.replace(tzinfo=UTC)
    return Detection(
        finding_id=name_finding(detector.detector_id, user_id, severity, at, decision_ids, about),
        detector_id=detector.detector_id,
        user_id=user_id,
        severity=severity,
        at=at,
        decision_ids=tuple(decision_ids),
        about=about,
        until=lasts.replace(tzinfo=UTC),
        cause=detector.cause(about),
    )
