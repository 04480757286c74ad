"""Looking after the ledger beside the requests: what was left open, what can be compressed, what may go."""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.durable import Disk
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpointer import Checkpointer, read_signed
from gateway.ledger.clock_guard import ClockGuard
from gateway.ledger.compression import compress_closed
from gateway.ledger.edge import EDGE
from gateway.ledger.ledger import Ledger, LedgerOptions, open_ledger
from gateway.ledger.recovery import CLOSED
from gateway.ledger.retention import active_holds, cutoff, find_expired, idle_chains, retire
from gateway.ledger.segments import chains
from gateway.ledger.slots import FileLock
from gateway.value import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepOptions:
    """Where, how often (seconds), how long records are kept (None: for ever), and how chains are opened meanwhile."""

    directory: Path
    every_s: float
    retention_days: int | None
    ledger: LedgerOptions


class Upkeep:
    """Cares for the files of a ledger: one process at a time, now and then.

    `shipped` gives the last seq of each chain that every sink has, None where nothing is shipped; `retired` is called
    after segments were deleted, for whoever keeps something made of them.
    """

    def __init__(
        self,
        options: UpkeepOptions,
        *,
        disk: Disk,
        clock: Callable[[], datetime],
        shipped: Callable[[], Mapping[str, int] | None],
        retired: Callable[[], object] = lambda: None,
        guard: ClockGuard | None = None,
    ) -> None:
        self._options, self._disk, self._clock, self._guard = options, disk, clock, guard
        self._shipped, self._retired = shipped, retired
        self._next = time.monotonic()

    def run_if_due(self, ledger: Ledger, checkpointer: Checkpointer) -> None:
        """Compress closed segments, and let go of those whose time is over."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._options.every_s
        lock = FileLock(self._options.directory / "upkeep.lock")
        try:
            if lock.try_take():
                self._settle_left_open()
                compress_closed(self._options.directory, disk=self._disk)
                self._retain(ledger, checkpointer)
        finally:
            lock.close()

    def _retain(self, ledger: Ledger, checkpointer: Checkpointer) -> None:
        days, directory = self._options.retention_days, self._options.directory
        if days is None:
            return
        if self._guard is not None and self._guard.problem() is not None:
            return  # nothing is deleted by a clock that may have jumped
        before = cutoff(days, self._guard.count_passed() if self._guard else self._clock())
        for chain in idle_chains(directory, before=before):
            self._renew_idle(chain)
        if not find_expired(directory, before=before, holds=()):
            return
        holds = active_holds(directory)
        items = find_expired(directory, before=before, holds=holds, shipped=self._shipped())
        retire(items, days=days, record=ledger.record, checkpoint=checkpointer.write, disk=self._disk)
        self._retired()

    def _settle_left_open(self) -> None:
        """Take up chains that a crash left open and that no worker uses any more, as after going to fewer workers."""
        for chain in chains(self._options.directory):
            lock = FileLock(self._options.directory / chain / "lock")
            left_open = lock.try_take() and not lock.read().startswith(CLOSED)
            lock.close()
            if left_open and chain != EDGE:
                self._reopen(chain, self._options.ledger)

    def _renew_idle(self, chain: str) -> None:
        """Begin a new segment in a chain that nobody uses, so that its old ones can go."""
        options = self._options.ledger
        self._reopen(chain, replace(options, segment=replace(options.segment, max_age_s=0.0)))

    def _reopen(self, chain: str, options: LedgerOptions) -> None:
        where, options = self._options.directory, replace(options, slot_s=0.0)
        with contextlib.suppress(ConfigurationError):  # somebody has taken it, or it is damaged, which `verify` tells
            open_ledger(
                where,
                slots=(chain,),
                protection=None,
                options=options,
                disk=self._disk,
                clock=self._clock,
                signed=read_signed(where),
            ).close()
