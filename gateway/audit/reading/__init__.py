"""Reading the audit record: search, opening, export, reports, evidence, holds.

An `Access` puts the reading itself on record, `open_source` gives the ledger as one table, then one front door is asked.
Nothing here changes a segment, believes the index for what it gives out, or gives anything out before it is recorded.
"""

from gateway.audit.reading.access import Access, Journal
from gateway.audit.reading.copying import export_copy
from gateway.audit.reading.evidence import Evidence, Surroundings, make_evidence
from gateway.audit.reading.export import Exported, export_parquet, exported_lines
from gateway.audit.reading.holds import holds_in_force, place_hold, release_hold
from gateway.audit.reading.index import prune
from gateway.audit.reading.opening import open_records
from gateway.audit.reading.plates import PlateHashes, look_up
from gateway.audit.reading.query import Criteria, search
from gateway.audit.reading.source import Place, Source, open_source

__all__ = [
    "Access",
    "Criteria",
    "Evidence",
    "Exported",
    "Journal",
    "Place",
    "PlateHashes",
    "Source",
    "Surroundings",
    "export_copy",
    "export_parquet",
    "exported_lines",
    "holds_in_force",
    "look_up",
    "make_evidence",
    "open_records",
    "open_source",
    "place_hold",
    "prune",
    "release_hold",
    "search",
]
