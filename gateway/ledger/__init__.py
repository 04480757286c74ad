"""The audit record: written before anything is sent, chained, sealed, signed, and checkable by anybody.

A record is made (`decision_record`, `outcome_record`), sealed, chained and committed (`Ledger.record`), its chain's head
signed and witnessed (`Checkpointer`); `open_ledger_runtime` opens all of it for a worker, `verify.verify` checks it on any copy.
Nothing here ever goes on after an error of the disk, holds a key that opens old records, or puts a plate in clear.
"""

from gateway.ledger.alarms import Alarm, Observer
from gateway.ledger.ledger import COMMAND_SLOTS, Ledger, LedgerOptions, Recorded, open_ledger, worker_slots
from gateway.ledger.records.decision import Verdict, decision_record
from gateway.ledger.records.event import Body, Sensitive, admin_record, refusal_record
from gateway.ledger.records.outcome import outcome_record
from gateway.ledger.runtime import LedgerRuntime, LedgerRuntimeOptions, open_ledger_runtime
from gateway.ledger.segments import Line, read_records
from gateway.ledger.slots import hold_directory

__all__ = [
    "COMMAND_SLOTS",
    "Alarm",
    "Body",
    "Ledger",
    "LedgerOptions",
    "LedgerRuntime",
    "LedgerRuntimeOptions",
    "Line",
    "Observer",
    "Recorded",
    "Sensitive",
    "Verdict",
    "admin_record",
    "decision_record",
    "hold_directory",
    "open_ledger",
    "open_ledger_runtime",
    "outcome_record",
    "read_records",
    "refusal_record",
    "worker_slots",
]
