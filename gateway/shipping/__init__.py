"""Shipping the ledger to SIEMs: read in order (`backlog`), sent (`sink` and its kinds), remembered (`cursor`).

A `Shipper` runs one `Courier` a sink, outside every request. At least once and in order in each chain: a cursor moves
only past what its sink surely has, and nothing here ever drops, shortens or waits for a record on a request's time.
"""

from gateway.shipping.options import SinkOptions, Timing
from gateway.shipping.progress import find_shipped
from gateway.shipping.shipper import Shipper
from gateway.shipping.sinks.open import open_sink
from gateway.shipping.sinks.sink import Attempt, DeliveryState, Sink
from gateway.shipping.watch import Lag, ShippingFinding, Trouble, Watch

__all__ = [
    "Attempt",
    "DeliveryState",
    "Lag",
    "Shipper",
    "ShippingFinding",
    "Sink",
    "SinkOptions",
    "Timing",
    "Trouble",
    "Watch",
    "find_shipped",
    "open_sink",
]
