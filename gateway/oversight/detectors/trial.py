"""Whether each detector's question can be asked of what this version lays out, and finds what the cases beside it say.

The first is tried on a ledger that holds nothing; the second on searches that the cases make up.
"""

import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from gateway.auditing.source import open_source
from gateway.errors import ConfigurationError
from gateway.oversight.detectors.case_forms import DetectorCase
from gateway.oversight.detectors.cases import NOTHING, context_of
from gateway.oversight.detectors.catalog import Detector
from gateway.oversight.detectors.detection import Detection
from gateway.oversight.detectors.patterns import ask
from gateway.oversight.detectors.run import run_detectors
from gateway.oversight.detectors.scene import DetectionContext, lay_out, show_since
from gateway.oversight.detectors.sequences import SearchSequence, first_moment, make_sequence

_DAYS = 90


def try_detectors(detectors: Sequence[Detector], *, at: datetime, zone: str) -> list[str]:
    """What keeps any of them from being asked, a sentence each."""
    problems: list[str] = []
    day_before = at - timedelta(days=1)
    with (
        tempfile.TemporaryDirectory(prefix="lpr-no-ledger-") as empty,
        open_source(Path(empty), threads=1) as source,
    ):
        lay_out(source.connection, DetectionContext(), since=day_before, until=at, before=day_before, zone=zone)
        show_since(source.connection, day_before)
        for detector in detectors:
            try:
                ask(source.connection, detector)
            except ConfigurationError as error:
                problems += error.problems
    return problems


def try_case(detector: Detector, case: DetectorCase, *, zone: str) -> str | None:
    """What the detector says of a case that the case does not; None where it holds.

    Raises:
        ConfigurationError: the detector's question cannot be asked.
    """
    start = first_moment(zone)
    made = make_sequence(case.searches, case.findings, start=start)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        made.fill(connection)
        since = start - timedelta(days=1)
        until, context = since + timedelta(days=_DAYS), context_of(case, start)
        found = list(run_detectors(connection, [detector], context, since=since, until=until, zone=zone))
    return _compare(case, found, made)


def _compare(case: DetectorCase, found: Sequence[Detection], made: SearchSequence) -> str | None:
    """A case that expects nothing holds where nothing is found; one that expects a warning, where no alert is."""
    severities = {item.severity for item in found}
    told = "an alert is" if "alert" in severities else "a warning is" if severities else "nothing is"
    if case.expect == NOTHING:
        return f"nothing is expected, and {told} found" if found else None
    if case.expect not in severities or (case.expect == "warn" and "alert" in severities):
        expected = "an alert is" if case.expect == "alert" else "a warning is"
        return f"{expected} expected, and {told} found"
    if case.by is None:
        return None
    first = next(item for item in found if item.severity == case.expect)
    completing = made.number_of(first.decision_ids[-1])
    return None if completing == case.by else f"search {case.by} is to complete it, and search {completing} does"
