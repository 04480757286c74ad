"""Shipping the ledger to SIEMs: read in order (`backlog`), sent (`sink` and its kinds), remembered (`cursor`).

A `Shipper` runs one `Courier` a sink, outside every request. At least once and in order in each chain: a cursor moves
only past what its sink surely has, and nothing here ever drops, shortens or waits for a record on a request's time.
"""
