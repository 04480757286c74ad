"""Reading the audit record: search, opening, export, reports, evidence, holds.

An `Access` puts the reading itself on record, `open_source` gives the ledger as one table, then one front door is asked.
Nothing here changes a segment, believes the index for what it gives out, or gives anything out before it is recorded.
"""

from gateway.auditing.access import Access
from gateway.auditing.copy import export_copy
from gateway.auditing.evidence import DecisionContext, Evidence, make_evidence
from gateway.auditing.export import ExportSummary, export_parquet, read_exported_lines
from gateway.auditing.holds import holds_in_force, place_hold, release_hold
from gateway.auditing.index import prune
from gateway.auditing.plate_hashes import PlateHashes, look_up
from gateway.auditing.search import Criteria, search
from gateway.auditing.source import LedgerTable, open_source
from gateway.auditing.unseal import open_records
from gateway.ledger.records.form import RecordPlace

__all__ = [
    "Access",
    "Criteria",
    "DecisionContext",
    "Evidence",
    "ExportSummary",
    "LedgerTable",
    "PlateHashes",
    "RecordPlace",
    "export_copy",
    "export_parquet",
    "holds_in_force",
    "look_up",
    "make_evidence",
    "open_records",
    "open_source",
    "place_hold",
    "prune",
    "read_exported_lines",
    "release_hold",
    "search",
]
