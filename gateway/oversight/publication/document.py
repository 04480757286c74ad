"""The public report put together: what may be shown, bound to a checkpoint, signed by the key that signs checkpoints."""

import hashlib
from collections.abc import Sequence
from typing import Any

from gateway.auditing.reports.document import Period
from gateway.auditing.source import LedgerTable
from gateway.canonical import canonical
from gateway.clock import format_instant
from gateway.ledger.checkpoints.checkpoint import Checkpoint
from gateway.ledger.checkpoints.note import SigningKey, sign
from gateway.oversight.detectors.catalog import Detector
from gateway.oversight.publication.figures import TABLES, TOTALS, count_figures
from gateway.oversight.publication.suppression import show_total, suppress

SCHEMA = "lpr.public-report.v1"


def make_report(
    source: LedgerTable,
    period: Period,
    checkpoint: Checkpoint,
    digest: str,
    *,
    detectors: Sequence[Detector],
    least: int,
) -> dict[str, Any]:
    """The report of a period, with nothing in it that must not be shown."""
    counted = count_figures(source, period, checkpoint.heads)
    revisions = source.ask(
        "SELECT DISTINCT policy_revision FROM records WHERE policy_revision IS NOT NULL AND ts >= ? AND ts < ? ORDER BY 1",
        [period.since.replace(tzinfo=None), period.until.replace(tzinfo=None)],
    )
    return {
        "schema": SCHEMA,
        "origin": checkpoint.origin,
        "period": {"since": format_instant(period.since), "until": format_instant(period.until)},
        "least": least,
        **show_figures(counted, least),
        "rules": [row[0] for row in revisions],
        "detectors": [{"id": item.detector_id, "title": item.title, "digest": item.digest} for item in detectors],
        "checkpoint": {"number": checkpoint.number, "digest": digest},
    }


def show_figures(counted: dict[str, Any], least: int) -> dict[str, Any]:
    """Counted figures as they may be shown.

    The results of searches sum to their total in two ways, so a result that is hidden is hidden among the totals too.
    """
    tables = {}
    for table in TABLES:
        rows = suppress([(str(label), number) for label, number in counted["tables"][table.name]], least)
        tables[table.name] = {
            "title": table.title,
            "total": table.total,
            "rows": None if rows is None else [list(row) for row in rows],
        }
    totals = {
        name: {"title": title, "number": show_total(counted["totals"][name], least)}
        for name, (title, _) in TOTALS.items()
    }
    _agree(tables, totals)
    kept = {name: show_total(number, least) for name, number in sorted(counted["reconciliation"].items())}
    return {"totals": totals, "tables": tables, "reconciliation": kept}


def _agree(tables: dict[str, Any], totals: dict[str, Any]) -> None:
    results = tables["by_result"]["rows"]
    shown = {} if results is None else dict(map(tuple, results))
    for name, label in (("allowed", "allow"), ("denied", "deny")):
        if results is None or shown.get(label, 0) is None:
            totals[name]["number"] = None
    for table in tables.values():
        if table["total"] and totals[table["total"]]["number"] is None:
            table["rows"] = None


def sign_report(report: dict[str, Any], keys: list[SigningKey]) -> str:
    """The signed note that names the report's digest, period and checkpoint."""
    return sign(note_text(report), keys)


def note_text(report: dict[str, Any]) -> str:
    """What is signed of a report."""
    period, checkpoint = report["period"], report["checkpoint"]
    return (
        f"{report['origin']}\nreport {period['since']} {period['until']}\ndata sha256 {digest_of_report(report)}\n"
        f"checkpoint {checkpoint['number']} {checkpoint['digest']}\n"
    )


def digest_of_report(report: dict[str, Any]) -> str:
    """SHA-256 (hex) of the report's RFC 8785 form."""
    return hashlib.sha256(canonical(report).encode()).hexdigest()
