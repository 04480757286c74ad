"""Running detectors over a period: each finding once, at the search that completes it, the same however often it is run.

A pattern that goes on is one finding until it has rested for `QUIET_DAYS`. Long periods are gone through a quarter at a
time, each with what went before it, so that memory stays bounded and the cuts change nothing.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from gateway.errors import ConfigurationError
from gateway.oversight.detectors.catalog import Detector
from gateway.oversight.detectors.scene import QUIET_DAYS, DetectionContext, lay_out, show_since

_PIECE = timedelta(days=91)
_FIRST = """
WITH flagged AS ({question}
), placed AS (
  SELECT *, lag(made_at) OVER e AS earlier,
    max(CASE WHEN severity = 'alert' THEN made_at END) OVER (PARTITION BY user_id, about ORDER BY made_at, severity DESC, decision_ids::VARCHAR ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS alerted
  FROM flagged WINDOW e AS (PARTITION BY user_id, about, severity ORDER BY made_at, decision_ids::VARCHAR)
)
SELECT user_id, made_at, severity, decision_ids, about FROM placed, period
WHERE made_at >= since AND made_at < until AND (earlier IS NULL OR made_at - earlier > INTERVAL {quiet} DAY)
  AND (severity = 'alert' OR alerted IS NULL OR made_at - alerted > INTERVAL {quiet} DAY)
ORDER BY made_at, user_id, about
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A pattern found. `decision_ids` are of the searches that make it, the completing one last.

    `user_id` is who made that one; `persons` are all who made any of them, `offices` where these belong.

    `cause` says in words which of the detector's causes it is, where it names several.
    """

    finding_id: str
    detector_id: str
    user_id: str | None
    severity: str
    at: datetime
    decision_ids: tuple[str, ...]
    office: str | None = None
    persons: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    cause: str | None = None


def run_detectors(
    connection: duckdb.DuckDBPyConnection,
    detectors: Sequence[Detector],
    context: DetectionContext,
    *,
    since: datetime,
    until: datetime,
    zone: str,
    progress: Callable[[datetime], object] = lambda _moment: None,
) -> Iterator[Detection]:
    """What the detectors find in a period, in pieces of a quarter. The connection has a table `records`.

    Raises:
        ConfigurationError: a detector's question does not fit what is laid out.
        duckdb.Error: it cannot be answered.
    """
    before, start = max((_reach(detector) for detector in detectors), default=timedelta()), since
    while start < until:
        end = min(until, start + _PIECE)
        lay_out(connection, context, since=start, until=end, before=start - before, zone=zone)
        for detector in detectors:
            show_since(connection, start - _reach(detector))
            yield from ask(connection, detector)
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


def _make_detection(
    detector: Detector, user_id: str | None, at: datetime, severity: str, decision_ids: list[str], about: str
) -> Detection:
    """The id is made of what the finding is, so that the same finding always has the same."""
    completing = decision_ids[-1] if decision_ids else f"{about} {at.isoformat()}"
    named = f"{detector.detector_id}\n{user_id}\n{severity}\n{completing}\n{_kind(about)}"
    return Detection(
        finding_id=f"{detector.detector_id}-{hashlib.sha256(named.encode()).hexdigest()[:16]}",
        detector_id=detector.detector_id,
        user_id=user_id,
        severity=severity,
        at=at.replace(tzinfo=UTC),
        decision_ids=tuple(decision_ids),
        cause=detector.cause(about),
    )


def _kind(about: str) -> str:
    """What a finding is about, but for plates' labels, which are made anew in every scene."""
    return "" if about.replace("+", "").isdigit() else about
