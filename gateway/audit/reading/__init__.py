"""Reading the audit record: search, opening, export, reports, evidence, holds.

An `Access` puts the reading itself on record, a `Source` opens the ledger as one table, then one of the front doors is
asked. Nothing here writes to a chain of its own, changes a segment, or gives anything out before the access is recorded.
"""
