"""The shipping of one installation: one process at a time holds the lock, and runs a courier for each sink.

A courier a sink, and each in a thread of its own: a receiver that stalls holds up neither another receiver nor a request.
"""

import fcntl
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from gateway.durable import PRIVATE_FILE, RealDisk
from gateway.shipping.courier import Courier
from gateway.shipping.options import SinkOptions, Timing
from gateway.shipping.progress import find_shipped
from gateway.shipping.reporting import Reports
from gateway.shipping.sinks.open import open_sink
from gateway.shipping.watch import Watch


class Shipper:
    """Ships `directory` (the ledger) to every sink; cursors, dead letters and the lock lie in `folder`.

    Made and started after fork, in every worker: whoever does not get the lock tries again every few seconds.
    `began_at` is when the gateway was started (monotonic seconds; else now): a worker that takes over gives a sink no more time.

    Raises:
        ConfigurationError: a sink's options have problems.
    """

    def __init__(
        self,
        *,
        directory: Path,
        folder: Path,
        sinks: Sequence[SinkOptions],
        watch: Watch,
        timing: Timing | None = None,
        began_at: float | None = None,
    ) -> None:
        self._began_at = time.monotonic() if began_at is None else began_at
        self._directory, self._folder, self._timing = directory, folder, timing or Timing()
        self._names = tuple(options.name for options in sinks)
        self._couriers = [self._courier(options, self._report(options, watch)) for options in sinks]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shipper", daemon=True)

    def start(self) -> None:
        """Begin; returns at once.

        Raises:
            OSError: the folder cannot be made or written.
        """
        RealDisk().folder(self._folder)
        self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        self._thread.start()

    def stop(self, timeout_s: float = 10) -> None:
        """End: batches under way are finished as far as the time allows; the rest is for the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def find_shipped(self) -> dict[str, int] | None:
        """For each chain, the last record that every sink surely has; see `progress.find_shipped`."""
        return find_shipped(self._folder, self._names)

    def _report(self, options: SinkOptions, watch: Watch) -> Reports:
        return Reports(
            sink=options.name,
            watch=watch,
            alert_after_s=options.alert_after_s,
            every_s=self._timing.report_s,
            began_at=self._began_at,
        )

    def _courier(self, options: SinkOptions, reports: Reports) -> Courier:
        return Courier(
            directory=self._directory,
            folder=self._folder,
            sink=open_sink(options),
            reports=reports,
            timing=self._timing,
        )

    def _run(self) -> None:
        while not self._stop.is_set() and not _lock(self._lock):
            self._stop.wait(self._timing.take_over_s)
        self._ship()
        os.close(self._lock)  # the system lets go of the lock, also where the process dies

    def _ship(self) -> None:
        threads = [
            threading.Thread(target=courier.run, args=(self._stop,), name=f"courier-{name}", daemon=True)
            for name, courier in zip(self._names, self._couriers, strict=True)
        ]
        for thread in threads:
            thread.start()
        self._stop.wait()
        for thread in threads:
            thread.join()


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
