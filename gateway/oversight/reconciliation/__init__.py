"""Holding a vendor's own record of searches against ours: `reconcile` gives every row its class.

Rows are joined by the decision id that the gateway wrote, else by plate, window and time together; never by a name, and
never where two candidates fit. What the vendor has and we have not was searched around the gateway.
"""

from gateway.oversight.reconciliation.reconcile import CLASSES, Reconciliation, reconcile

__all__ = ["CLASSES", "Reconciliation", "reconcile"]
