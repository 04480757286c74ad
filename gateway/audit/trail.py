"""All of a process's audit in one place: its chain, the edge chain, checkpoints, and the thread that looks after them."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from gateway.audit.alarms import Alarm, Observer
from gateway.audit.chain import SegmentLimits
from gateway.audit.checkpoint_keys import CheckpointKeys
from gateway.audit.checkpointing import Cadence, Checkpointer, signed_heads
from gateway.audit.compression import compress_closed
from gateway.audit.disk import Disk, RealDisk
from gateway.audit.edge import Edge, EdgeLimits
from gateway.audit.epochs import Epochs
from gateway.audit.heads import EMPTY
from gateway.audit.ledger import Ledger, LedgerOptions, open_ledger
from gateway.audit.preparation import Protection
from gateway.audit.publishing import Publisher
from gateway.audit.retention import active_holds, cutoff, expired, idle_chains, retire
from gateway.audit.seal import Sealer
from gateway.audit.slots import FileLock
from gateway.audit.witnesses import witness
from gateway.clock import now
from gateway.errors import ConfigurationError, GatewayError

_PATIENCE_S = 5.0
"""How long closing waits for what the upkeep thread has in hand; a slow witness must not hold up the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailOptions:
    """Everything that can be chosen. `witnesses` are (kind, target); `retention_days` None keeps everything.

    `secrets` is a folder for the present epoch's key and the checkpoint keys; it is never part of an export.
    """

    directory: Path
    secrets: Path
    slots: tuple[str, ...]
    recipients: tuple[str, ...]
    epoch_days: int = 30
    retention_days: int | None = None
    ledger: LedgerOptions = field(default_factory=LedgerOptions)
    edge: EdgeLimits = field(default_factory=EdgeLimits)
    cadence: Cadence = field(default_factory=Cadence)
    witnesses: tuple[tuple[str, str], ...] = ()
    tick_s: float = 1.0
    upkeep_s: float = 3600.0


class Trail:
    """Made by `open_trail`, after fork. `ledger`, `edge` and `checkpointer` are for whoever joins the parts."""

    def __init__(
        self,
        ledger: Ledger,
        edge: Edge,
        checkpointer: Checkpointer,
        upkeep: "Upkeep",
        *,
        tick_s: float,
        observer: Observer,
    ) -> None:
        self.ledger, self.edge, self.checkpointer = ledger, edge, checkpointer
        self._upkeep, self._tick_s, self._observer = upkeep, tick_s, observer
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-upkeep", daemon=True)

    def start(self) -> None:
        """Begin what happens beside the requests: edge flushes, epochs, checkpoints, compression, retention."""
        self.edge.start()
        self._thread.start()

    def close(self) -> None:
        """Write the rest, close the chain, and sign a last checkpoint."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_S)
        self.edge.close()
        self.ledger.close()
        self._try(Alarm.CHECKPOINT_FAILING, lambda: self.checkpointer.write_if_due(closing=True))

    def tick(self) -> None:
        """One round of everything that may be due."""
        self._try(Alarm.UPKEEP_FAILING, self.ledger.tend)
        self._try(Alarm.CHECKPOINT_FAILING, self.checkpointer.write_if_due)
        self._try(Alarm.UPKEEP_FAILING, lambda: self._upkeep.run_if_due(self.ledger, self.checkpointer))

    def _run(self) -> None:
        while not self._stop.wait(self._tick_s):
            self.tick()

    def _try(self, alarm: Alarm, step: Callable[[], object]) -> None:
        try:
            step()
        except (GatewayError, OSError, ValueError) as error:
            self._observer.alarm(alarm, f"{alarm.value}: {type(error).__name__}")


class Upkeep:
    """Compression and retention: one process at a time, now and then.

    `shipped` gives the last seq of each chain that every sink has, None where nothing is shipped.
    """

    def __init__(
        self,
        options: TrailOptions,
        *,
        disk: Disk,
        clock: Callable[[], datetime],
        shipped: Callable[[], Mapping[str, int] | None],
    ) -> None:
        self._options, self._disk, self._clock, self._shipped = options, disk, clock, shipped
        self._next = time.monotonic()

    def run_if_due(self, ledger: Ledger, checkpointer: Checkpointer) -> None:
        """Compress closed segments, and let go of those whose time is over."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._options.upkeep_s
        lock = FileLock(self._options.directory / "upkeep.lock")
        try:
            if lock.try_take():
                compress_closed(self._options.directory, disk=self._disk)
                self._retain(ledger, checkpointer)
        finally:
            lock.close()

    def _retain(self, ledger: Ledger, checkpointer: Checkpointer) -> None:
        days, directory = self._options.retention_days, self._options.directory
        if days is None:
            return
        before = cutoff(days, self._clock())
        for chain in idle_chains(directory, before=before):
            self._renew_idle(chain)
        if not expired(directory, before=before, holds=()):
            return
        holds = active_holds(directory)
        items = expired(directory, before=before, holds=holds, shipped=self._shipped())
        retire(items, days=days, record=ledger.record, checkpoint=checkpointer.write, disk=self._disk)

    def _renew_idle(self, chain: str) -> None:
        """Begin a new segment in a chain that nobody uses, so that its old ones can go."""
        options = replace(self._options.ledger, slot_s=0.0, segment=SegmentLimits(max_age_s=0.0))
        where = self._options.directory
        with contextlib.suppress(ConfigurationError):  # somebody holds it: then it is quiet, not idle
            open_ledger(
                where, slots=(chain,), protection=None, options=options, disk=self._disk, clock=self._clock
            ).close()


def open_trail(
    options: TrailOptions,
    *,
    observer: Observer,
    disk: Disk | None = None,
    clock: Callable[[], datetime] = now,
    shipped: Callable[[], Mapping[str, int] | None] = lambda: None,
) -> Trail:
    """Open everything that records need. Nothing runs by itself before `start`.

    Raises:
        ConfigurationError: no chain is free, the ledger is damaged, a recipient or witness is none.
        OSError: the disk does not let us.
    """
    disk, directory = disk or RealDisk(), options.directory
    places = [witness(kind, target, ledger=directory, disk=disk) for kind, target in options.witnesses]
    epochs = Epochs(directory, options.secrets, options.recipients, days=options.epoch_days, disk=disk)
    signed = {chain: head.seq for chain, head in signed_heads(directory).items()}
    ledger = open_ledger(
        directory,
        slots=options.slots,
        protection=Protection(Sealer(options.recipients), epochs),
        options=options.ledger,
        observer=observer,
        disk=disk,
        clock=clock,
        signed=lambda chain: signed.get(chain, EMPTY.seq),
    )
    edge = Edge(
        directory,
        disk=disk,
        observer=observer,
        limits=options.edge,
        segment=options.ledger.segment,
        clock=clock,
        signed=lambda chain: signed.get(chain, EMPTY.seq),
    )
    keys = CheckpointKeys(directory, options.secrets, disk=disk)
    publisher = Publisher(directory, places, again_s=options.cadence.seconds, observer=observer)
    checkpointer = Checkpointer(directory, keys, publisher, cadence=options.cadence, disk=disk, clock=clock)
    upkeep = Upkeep(options, disk=disk, clock=clock, shipped=shipped)
    return Trail(ledger, edge, checkpointer, upkeep, tick_s=options.tick_s, observer=observer)
