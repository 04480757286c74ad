"""The audit record: written before anything is sent, chained, sealed, signed, and checkable by anybody.

A record is made (`event`), sealed (`seal`, `epochs`), chained and committed (`ledger`), its heads signed (`checkpoint`).
Nothing here ever goes on after an error of the disk, holds a key that opens old records, or puts a plate in clear.
"""
