"""The public report put together: what may be shown, bound to a checkpoint, signed by the key that signs checkpoints."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.auditing.gone import find_beginning
from gateway.auditing.reports.document import Period
from gateway.auditing.source import LedgerTable
from gateway.canonical import canonical
from gateway.clock import format_instant
from gateway.ledger.checkpoints.checkpoint import Checkpoint
from gateway.ledger.checkpoints.note import SigningKey, sign
from gateway.model import EMERGENCY
from gateway.oversight.detectors.catalog import Detector
from gateway.oversight.publication.figures import (
    TABLES,
    TOTALS,
    PublicTable,
    count_figures,
    list_revisions,
)
from gateway.oversight.publication.suppression import show_total, suppress

SCHEMA = "lpr.public-report.v1"


def make_report(
    source: LedgerTable,
    period: Period,
    checkpoint: Checkpoint,
    digest: str,
    *,
    detectors: Sequence[Detector],
    rules: Mapping[str, Any],
    least: int,
) -> dict[str, Any]:
    """The report of a period, with nothing in it that must not be shown. `rules` are those in force when it is made."""
    counted = count_figures(source, period, checkpoint.heads)
    return {
        "schema": SCHEMA,
        "origin": checkpoint.origin,
        "period": {"since": format_instant(period.since), "until": format_instant(period.until)},
        **show_beginning(source, period),
        "least": least,
        **show_figures(counted, least),
        "rules": list_revisions(source, period, checkpoint.heads),
        "rules_in_force": dict(rules),
        "detectors": [{"id": item.detector_id, "title": item.title, "digest": item.digest} for item in detectors],
        "checkpoint": {"number": checkpoint.number, "digest": digest},
    }


def show_beginning(source: LedgerTable, period: Period) -> dict[str, str]:
    """From when on there is a record, as `record_begins`, where that is within the period: nothing before it is counted."""
    begins = find_beginning(source, period.since)
    return {} if begins is None else {"record_begins": format_instant(begins)}


def show_figures(counted: dict[str, Any], least: int) -> dict[str, Any]:
    """Counted figures as they may be shown.

    The results of searches sum to their total in two ways, so a result that is hidden is hidden among the totals too.
    """
    tables = {table.name: show_table(table, counted, least) for table in TABLES}
    totals = {
        name: {"title": title, "number": show_total(counted["totals"][name], least)}
        for name, (title, _) in TOTALS.items()
    }
    kept = show_reconciliation(counted, least)
    _agree(tables, totals, kept)
    return {"totals": totals, "tables": tables, "reconciliation": kept, "reconciliation_rate": rate(kept)}


def show_reconciliation(counted: dict[str, Any], least: int) -> dict[str, int | None]:
    """What the reconciliation counted, as it may be shown where it stands alone."""
    return {name: show_total(number, least) for name, number in sorted(counted["reconciliation"].items())}


def show_table(table: PublicTable, counted: dict[str, Any], least: int) -> dict[str, Any]:
    """One table as it may be shown where it is the only one."""
    rows = suppress([(str(label), number) for label, number in counted["tables"][table.name]], least)
    return {
        "title": table.title,
        "total": table.total,
        "rows": None if rows is None else [list(row) for row in rows],
    }


def rate(kept: Mapping[str, int | None]) -> float | None:
    """Per cent of the vendor's searches of ours that came through the gateway unchanged; of shown numbers alone."""
    shown = [number for name in _OF_THE_VENDOR if (number := kept.get(name, 0)) is not None]
    if len(shown) < len(_OF_THE_VENDOR) or not sum(shown):
        return None
    return round(100 * shown[0] / sum(shown), 2)


_OF_OURS = ("matched", "altered", "missing_at_vendor", "indeterminate")
"""What becomes of our answered searches at the vendor: of these classes all are shown, or none, and beside their number alone."""
_OF_THE_VENDOR = ("matched", "around_portal", "around_credential", "around_after_denial", "altered", "indeterminate")


SAME = (("allowed", "by_result", "allow"), ("denied", "by_result", "deny"), ("emergencies", "by_purpose", EMERGENCY))
"""Totals that are also a row of a table."""
_NOT_BESIDE = (("approvals_used", "allowed"),)
"""Totals that say how large another is at least, and so are not shown where that is hidden."""

PARTED_ALIKE = (("by_purpose", "by_kind"),)
"""Tables of the same searches of which rows of one make up a row of the other: which kinds of case a purpose is for, everybody
knows. The second is shown only where neither hides anything."""


def _agree(tables: dict[str, Any], totals: dict[str, Any], kept: dict[str, int | None]) -> None:
    """Hide whatever, beside what is shown elsewhere, would give a hidden number away; in the order of what follows from what."""
    for name, table, label in SAME:
        rows = tables[table]["rows"]
        if rows is None or dict(map(tuple, rows)).get(label, 0) is None:
            totals[name]["number"] = None
        for other in TABLES:
            if any(needed and totals[needed]["number"] is None for needed in (other.total, other.needs)):
                tables[other.name]["rows"] = None
    for name, larger in _NOT_BESIDE:
        if totals[larger]["number"] is None:
            totals[name]["number"] = None
    for first, second in PARTED_ALIKE:
        if any(_hides(tables[each]["rows"]) for each in (first, second)):
            tables[second]["rows"] = None
    hides_answered = totals["allowed"]["number"] is None or _hides(tables["by_ended"]["rows"])
    if hides_answered or any(kept.get(name, 0) is None for name in _OF_OURS):
        kept |= {name: None for name in _OF_OURS if name in kept}


def _hides(rows: list[list[Any]] | None) -> bool:
    return rows is None or any(number is None for _, number in rows)


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
