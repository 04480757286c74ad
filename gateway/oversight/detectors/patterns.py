"""The patterns that a detector's question finds in a scene: told at the search that completes one, lasting until it rests.

A warning's pattern is of all that is found without a rest, an alert's of alerts alone: an alert is told beside a warning, and
a warning is not told where an alert has said it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import duckdb

from gateway.auditing.query_engine import table_time
from gateway.errors import ConfigurationError
from gateway.oversight.detectors.catalog import Detector
from gateway.oversight.detectors.detection import QUIET_DAYS, Detection, LabelsOf, is_about, name_finding
from gateway.value import replace

_LASTING: Final = """
WITH flagged AS ({question}
), placed AS (
  SELECT *, lag(made_at) OVER s AS earlier, lag(made_at) OVER a AS any_earlier,
    max(CASE WHEN severity = 'alert' THEN made_at END) OVER (PARTITION BY user_id, about ORDER BY made_at, severity DESC, decision_ids::VARCHAR ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS alerted
  FROM flagged WINDOW s AS (PARTITION BY user_id, about, severity ORDER BY made_at, decision_ids::VARCHAR),
    a AS (PARTITION BY user_id, about ORDER BY made_at, severity DESC, decision_ids::VARCHAR)
), parted AS (
  SELECT *, count(*) FILTER (earlier IS NULL OR made_at - earlier > INTERVAL {quiet} DAY) OVER (PARTITION BY user_id, about, severity ORDER BY made_at, decision_ids::VARCHAR) AS part,
    count(*) FILTER (any_earlier IS NULL OR made_at - any_earlier > INTERVAL {quiet} DAY) OVER (PARTITION BY user_id, about ORDER BY made_at, severity DESC, decision_ids::VARCHAR) AS any_part
  FROM placed
), lasting AS (
  SELECT *, max(made_at) OVER p AS alert_lasts, arg_max(decision_ids, made_at) OVER p AS alert_last,
    max(made_at) OVER q AS warn_lasts, arg_max(decision_ids, made_at) OVER q AS warn_last
  FROM parted WINDOW p AS (PARTITION BY user_id, about, severity, part), q AS (PARTITION BY user_id, about, any_part)
)
"""
_FIRST: Final = """
SELECT user_id, made_at, severity, decision_ids, about, CASE severity WHEN 'alert' THEN alert_lasts ELSE warn_lasts END,
  CASE severity WHEN 'alert' THEN alert_last ELSE warn_last END
FROM lasting, period
WHERE made_at >= since AND made_at < until AND (earlier IS NULL OR made_at - earlier > INTERVAL {quiet} DAY)
  AND (severity = 'alert' OR alerted IS NULL OR made_at - alerted > INTERVAL {quiet} DAY)
ORDER BY made_at, user_id, about
"""
_GOES_ON: Final = """
SELECT about, {severity}_lasts, {severity}_last FROM lasting
WHERE user_id IS NOT DISTINCT FROM ? AND made_at = ? AND severity IN ('alert', '{severity}')
"""


_SEVERITIES: Final = ("warn", "alert")
_COLUMNS: Final = {
    "made_at": ("TIMESTAMP", "a time", "the ts of a search"),
    "severity": ("VARCHAR", "a text", "'warn'"),
    "decision_ids": ("VARCHAR[]", "a list of texts", "[decision_id]"),
    "about": ("VARCHAR", "a text", "plate::VARCHAR"),
}


def ask(connection: duckdb.DuckDBPyConnection, detector: Detector) -> list[Detection]:
    """What one detector finds in the scene that is laid out.

    Raises:
        ConfigurationError: its question asks for what is not there, or is no SQL.
    """
    if detector.rule is not None:
        detector.rule.judge(connection)
    asked = (_LASTING + _FIRST).format(question=detector.question, quiet=QUIET_DAYS)
    try:
        _require_columns(connection, detector)
        rows = connection.execute(asked).fetchall()
    except duckdb.ProgrammingError as error:
        raise ConfigurationError([_explain(detector, error)]) from None
    for row in rows:
        _require_values(detector, *row)
    return [_make_detection(detector, *row) for row in rows]


def _require_columns(connection: duckdb.DuckDBPyConnection, detector: Detector) -> None:
    """Return where the question gives its columns in the form that a finding is made of.

    Raises:
        ConfigurationError: with a sentence for each column that is in another.
    """
    given = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE {detector.question}").fetchall()}
    told = [
        f"{_place(detector)}: `{name}` must be {words}, as {example}, and is {given[name]}"
        for name, (kind, words, example) in _COLUMNS.items()
        if name in given and given[name] != kind
    ]
    if told:
        raise ConfigurationError(told)


def _require_values(
    detector: Detector, _user: str | None, _at: datetime, severity: str, decision_ids: object, about: object, *_: object
) -> None:
    if severity not in _SEVERITIES:
        raise ConfigurationError([f"{_place(detector)}: `severity` must be 'warn' or 'alert' in small letters"])
    if decision_ids is None or about is None:
        raise ConfigurationError([f"{_place(detector)}: `decision_ids` and `about` must not be NULL"])


def _place(detector: Detector) -> str:
    return f"oversight/{detector.folder}/query.sql"


def follow(
    connection: duckdb.DuckDBPyConnection, detector: Detector, found: Iterable[Detection], labels_of: LabelsOf
) -> list[Detection]:
    """Patterns of the scene before, as they go on in this one, in which the detector was asked already."""
    return [_follow_one(connection, detector, item, labels_of) for item in found]


def _follow_one(
    connection: duckdb.DuckDBPyConnection, detector: Detector, found: Detection, labels_of: LabelsOf
) -> Detection:
    asked = (_LASTING + _GOES_ON).format(question=detector.question, quiet=QUIET_DAYS, severity=found.severity)
    for about, lasts, last in connection.execute(asked, [found.user_id, table_time(found.until)]).fetchall():
        if is_about(found.about, found.last_ids, about, labels_of):
            return replace(found, about=about, until=lasts.replace(tzinfo=UTC), last_ids=tuple(last or ()))
    return found


def _explain(detector: Detector, error: duckdb.Error) -> str:
    wrong = str(error).splitlines()[0]
    told = "look at the limits in its data.yaml, where a number has no letters; after an upgrade take the folder oversight "
    told += "that comes with this version, and carry your limits over"
    return f"{_place(detector)}: cannot be asked ({wrong}): {told}"


def _make_detection(
    detector: Detector,
    user_id: str | None,
    at: datetime,
    severity: str,
    decision_ids: list[str],
    about: str,
    lasts: datetime,
    last: list[str] | None,
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
        last_ids=tuple(last or ()),
        cause=detector.cause(about),
    )
