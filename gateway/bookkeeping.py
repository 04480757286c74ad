"""Opens the ledger as the settings say: for a worker's own chain, or for the chain that commands write to."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.audit.alarms import Observer
from gateway.audit.chain import SegmentLimits
from gateway.audit.disk import RealDisk
from gateway.audit.epochs import Epochs
from gateway.audit.event import Body
from gateway.audit.ledger import COMMAND_SLOTS, Ledger, LedgerOptions, open_ledger, worker_slots
from gateway.audit.preparation import Protection
from gateway.audit.seal import Sealer
from gateway.audit.space import Watermarks
from gateway.installation import auditors, prepare, secrets_folder
from gateway.settings import Settings

_MEBIBYTE = 1 << 20
EPOCH_DAYS = 30


class _Edge:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def refused(self, body: Body) -> None:
        self._ledger.record(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What one worker writes to."""

    ledger: Ledger
    edge: _Edge

    def close(self) -> None:
        """Finish what is in hand."""
        self.ledger.close()


def open_books(settings: Settings, observer: Observer | None = None) -> Books:
    """The books of one worker."""
    ledger = open_book(settings, worker_slots(settings.server.workers), observer)
    return Books(ledger=ledger, edge=_Edge(ledger))


def open_book(settings: Settings, slots: Sequence[str] = COMMAND_SLOTS, observer: Observer | None = None) -> Ledger:
    """The first free chain of `slots`, sealed to the auditors, with the limits of the settings.

    Raises:
        ConfigurationError: no chain is free, or the ledger is damaged.
    """
    prepare(settings)
    audit = settings.audit
    recipients = auditors(settings)
    epochs = Epochs(audit.directory, secrets_folder(settings), recipients, days=EPOCH_DAYS, disk=RealDisk())
    options = LedgerOptions(
        segment=SegmentLimits(max_bytes=audit.segment_max_bytes, max_age_s=audit.segment_max_hours * 3600.0),
        watermarks=Watermarks(warn_bytes=audit.warn_free_mb * _MEBIBYTE, refuse_bytes=audit.stop_free_mb * _MEBIBYTE),
    )
    protection = Protection(sealer=Sealer(recipients), epochs=epochs)
    return open_ledger(audit.directory, slots=slots, protection=protection, options=options, observer=observer)
