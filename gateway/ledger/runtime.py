"""All of a process's audit in one place: its chain, the edge chain, checkpoints, and the thread that looks after them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.clock import now
from gateway.durable import Disk, RealDisk
from gateway.errors import GatewayError
from gateway.ledger.alarms import Alarm, Observer
from gateway.ledger.checkpoints.checkpointer import Cadence, Checkpointer, read_signed
from gateway.ledger.checkpoints.keys import CheckpointKeys
from gateway.ledger.checkpoints.publisher import Publisher
from gateway.ledger.checkpoints.witnesses import WitnessAddress, witness
from gateway.ledger.clock_guard import ClockGuard, count_seconds
from gateway.ledger.clock_watch import ClockWatch
from gateway.ledger.edge import Edge, EdgeLimits
from gateway.ledger.encryption import Sealer
from gateway.ledger.epochs import Epochs
from gateway.ledger.ledger import Ledger, LedgerOptions, open_ledger
from gateway.ledger.sealing import Protection
from gateway.ledger.upkeep import Upkeep, UpkeepOptions
from gateway.periodic import PeriodicTask

_CLOSING_WAIT_S = 5.0
"""How long closing waits for what the upkeep thread has in hand; a slow witness must not hold up the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRuntimeOptions:
    """Everything that can be chosen. `retention_days` None keeps everything.

    `secrets` is a folder for the present epoch's key and the checkpoint keys; it is never part of an export.
    """

    directory: Path
    secrets: Path
    slots: tuple[str, ...]
    recipients: tuple[str, ...]
    epoch_days: int = 30
    retention_days: int | None = None
    ledger: LedgerOptions
    edge: EdgeLimits = field(default_factory=EdgeLimits)
    cadence: Cadence
    witnesses: tuple[WitnessAddress, ...] = ()
    describe_reason: Callable[[str], Sequence[str]] = lambda _text: ()
    tick_s: float = 1.0
    upkeep_s: float = 3600.0


class LedgerRuntime:
    """Made by `open_ledger_runtime`, after fork. `ledger`, `edge` and `checkpointer` are for whoever joins the parts."""

    def __init__(
        self,
        ledger: Ledger,
        edge: Edge,
        checkpointer: Checkpointer,
        upkeep: Upkeep,
        clocks: ClockWatch,
        *,
        tick_s: float,
        observer: Observer,
    ) -> None:
        self.ledger, self.edge, self.checkpointer = ledger, edge, checkpointer
        self._upkeep, self._clocks, self._observer = upkeep, clocks, observer
        self.clock_guard = clocks.guard
        self._task = PeriodicTask("audit-upkeep", self.tick, every_s=tick_s, tell=self._tell_upkeep)

    def start(self) -> None:
        """Begin what happens beside the requests: edge flushes, epochs, checkpoints, compression, retention."""
        self.edge.start()
        self._task.start()

    def close(self) -> None:
        """Write the rest, close the chain, and sign a last checkpoint."""
        if self._task.end(_CLOSING_WAIT_S):
            self._try(Alarm.UPKEEP_FAILING, self._clocks.close)
        self.edge.close()
        self.ledger.close()
        if not self.ledger.is_dead:
            self._try(Alarm.CHECKPOINT_FAILING, lambda: self.checkpointer.write_if_due(closing=True))

    def tick(self) -> None:
        """One round of everything that may be due; nothing of a ledger that cannot be written, so that none begins in its place."""
        self.ledger.look()
        if self.ledger.is_dead:
            return
        self._try(Alarm.UPKEEP_FAILING, self.ledger.tend)
        self._try(Alarm.CHECKPOINT_FAILING, self.checkpointer.write_if_due)
        self._try(Alarm.UPKEEP_FAILING, lambda: self._upkeep.run_if_due(self.ledger, self.checkpointer))
        self._try(Alarm.UPKEEP_FAILING, self._clocks.tick)

    def _try(self, alarm: Alarm, step: Callable[[], object]) -> None:
        try:
            step()
        except (GatewayError, OSError, ValueError) as error:
            self._tell(alarm, error)

    def _tell_upkeep(self, error: Exception) -> None:
        self._tell(Alarm.UPKEEP_FAILING, error)

    def _tell(self, alarm: Alarm, error: Exception) -> None:
        self._observer.alarm(alarm, f"{_FAILED[alarm]}: {_explain(error)}")


_FAILED: Final = {
    Alarm.UPKEEP_FAILING: "compression, retention or an epoch's turn failed",
    Alarm.CHECKPOINT_FAILING: "no checkpoint can be signed or written",
}


def _explain(error: Exception) -> str:
    """Why, by what names no person: the system's words and its file, or what the gateway says itself."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error) if isinstance(error, GatewayError | ValueError) and str(error) else type(error).__name__


def open_ledger_runtime(
    options: LedgerRuntimeOptions,
    *,
    observer: Observer,
    disk: Disk | None = None,
    clock: Callable[[], datetime] = now,
    elapsed: Callable[[], float] | None = None,
    shipped: Callable[[], Mapping[str, int] | None] = lambda: None,
    retired: Callable[[], object] = lambda: None,
) -> LedgerRuntime:
    """Open everything that records need. Nothing runs by itself before `start`.

    `elapsed` counts the seconds that the clock is held against: the kernel's; for a clock of the caller's own, that clock.

    Raises:
        ConfigurationError: no chain is free, the ledger is damaged, a recipient or witness is none.
        OSError: the disk does not let us.
    """
    disk, directory = disk or RealDisk(), options.directory
    counted = elapsed or (count_seconds if clock is now else lambda: clock().timestamp())
    clocks = ClockWatch(directory, options.secrets, disk=disk, observer=observer, clock=clock, elapsed=counted)
    checkpointer = _make_checkpointer(options, disk, clock, observer, clocks)
    signed = read_signed(directory)
    ledger = open_ledger(
        directory,
        slots=options.slots,
        protection=_make_protection(options, disk, clocks.guard),
        options=options.ledger,
        observer=observer,
        disk=disk,
        clock=clock,
        signed=signed,
    )
    edge = Edge(
        directory,
        disk=disk,
        observer=observer,
        limits=options.edge,
        segment=options.ledger.segment,
        clock=clock,
        signed=signed,
    )
    care = UpkeepOptions(
        directory=directory,
        every_s=options.upkeep_s,
        retention_days=options.retention_days,
        ledger=options.ledger,
    )
    upkeep = Upkeep(care, disk=disk, clock=clock, shipped=shipped, retired=retired, guard=clocks.guard)
    return LedgerRuntime(ledger, edge, checkpointer, upkeep, clocks, tick_s=options.tick_s, observer=observer)


def _make_protection(options: LedgerRuntimeOptions, disk: Disk, guard: ClockGuard) -> Protection:
    where, days = (options.directory, options.secrets, options.recipients), options.epoch_days
    epochs = Epochs(*where, days=days, disk=disk)
    traces = Epochs(*where, days=days, disk=disk, beside=epochs)
    return Protection(
        Sealer(options.recipients),
        epochs,
        traces,
        options.describe_reason,
        is_believed=lambda: guard.problem() is None,  # no key is erased by a clock that may have jumped
    )


def _make_checkpointer(
    options: LedgerRuntimeOptions, disk: Disk, clock: Callable[[], datetime], observer: Observer, clocks: ClockWatch
) -> Checkpointer:
    places = [witness(address, ledger=options.directory, disk=disk) for address in options.witnesses]
    publisher = Publisher(
        options.directory,
        places,
        again_s=options.cadence.seconds,
        observer=observer,
        heard=clocks.guard.corroborate,
        disk=disk,
    )
    keys = CheckpointKeys(options.directory, options.secrets, disk=disk)
    return Checkpointer(options.directory, keys, publisher, cadence=options.cadence, disk=disk, clock=clock)
