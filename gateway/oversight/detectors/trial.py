"""Whether each detector's question can be asked of what this version lays out: tried on a ledger that holds nothing."""

import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from gateway.auditing.source import open_source
from gateway.errors import ConfigurationError
from gateway.oversight.detectors.catalog import Detector
from gateway.oversight.detectors.run import ask
from gateway.oversight.detectors.scene import DetectionContext, lay_out, show_since


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
