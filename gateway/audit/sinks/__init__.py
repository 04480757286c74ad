"""Shipping the ledger to SIEMs: read in order (`backlog`), sent (`sink` and its kinds), remembered (`cursor`).

A `Shipper` runs one `Courier` a sink, outside every request. At least once and in order in each chain: a cursor moves
only past what its sink surely has, and nothing here ever drops, shortens or waits for a record on a request's time.
"""

from gateway.audit.sinks.cursor import Mark, shipped_up_to
from gateway.audit.sinks.open import open_sink
from gateway.audit.sinks.options import SinkOptions, Timing
from gateway.audit.sinks.shipper import Shipper
from gateway.audit.sinks.sink import Attempt, Sink, Standing
from gateway.audit.sinks.watch import Finding, Lag, Trouble, Watch

__all__ = [
    "Attempt",
    "Finding",
    "Lag",
    "Mark",
    "Shipper",
    "Sink",
    "SinkOptions",
    "Standing",
    "Timing",
    "Trouble",
    "Watch",
    "open_sink",
    "shipped_up_to",
]
