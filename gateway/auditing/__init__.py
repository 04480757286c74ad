"""Reading the audit record: search, opening, export, reports, evidence, holds.

An `Access` puts the reading itself on record, `open_source` gives the ledger as one table, then one front door is asked.
Nothing here changes a segment, believes the index for what it gives out, or gives anything out before it is recorded.
"""
