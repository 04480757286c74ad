"""The audit record: written before anything is sent, chained, sealed, signed, and checkable by anybody.

A record is made (`decision_record`, `outcome_record`), sealed, chained and committed (`Ledger.record`), its chain's head
signed and witnessed (`Checkpointer`); `open_trail` opens all of it for a worker, `verify.verify` checks it on any copy.
Nothing here ever goes on after an error of the disk, holds a key that opens old records, or puts a plate in clear.
"""

from gateway.audit.alarms import Alarm, Observer
from gateway.audit.decision_event import Verdict, decision_record
from gateway.audit.event import Body, Sensitive, admin_record, refusal_record
from gateway.audit.ledger import COMMAND_SLOTS, Ledger, LedgerOptions, Recorded, open_ledger, worker_slots
from gateway.audit.outcome_event import outcome_record
from gateway.audit.segments import Line, read_records
from gateway.audit.slots import hold_directory
from gateway.audit.trail import Trail, TrailOptions, open_trail

__all__ = [
    "COMMAND_SLOTS",
    "Alarm",
    "Body",
    "Ledger",
    "LedgerOptions",
    "Line",
    "Observer",
    "Recorded",
    "Sensitive",
    "Trail",
    "TrailOptions",
    "Verdict",
    "admin_record",
    "decision_record",
    "hold_directory",
    "open_ledger",
    "open_trail",
    "outcome_record",
    "read_records",
    "refusal_record",
    "worker_slots",
]
