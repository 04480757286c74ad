"""Reports that oversight asks for: weekly (CJIS AU-6), training (New Jersey), access (California), one person or plate.

Each counts a period through a `LedgerTable`, then `page` shows it as one HTML file and `write_report` adds a CSV file a table.
A report changes neither content nor order of the record, judges nobody, and opens no plate without an auditor's key.
"""

from gateway.auditing.reports.accesses import accesses
from gateway.auditing.reports.document import BEGINNING, Period, Report, refuse_second, write_report
from gateway.auditing.reports.page import page
from gateway.auditing.reports.subject import subject
from gateway.auditing.reports.training import Person, training
from gateway.auditing.reports.training_rules import TrainingRule
from gateway.auditing.reports.weekly import weekly

__all__ = [
    "BEGINNING",
    "Period",
    "Person",
    "Report",
    "TrainingRule",
    "accesses",
    "page",
    "refuse_second",
    "subject",
    "training",
    "weekly",
    "write_report",
]
