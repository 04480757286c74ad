"""Room on the disk: warn while there is time, then refuse service before the record would fail."""

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from gateway.ledger.alarms import Alarm, Observer

_CHECKED_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermarks:
    """Free bytes below which is warned, and below which no new request is served."""

    warn_bytes: int
    refuse_bytes: int


class Space:
    """How much room the ledger has, asked of the file system at most once a second."""

    def __init__(self, directory: Path, marks: Watermarks, observer: Observer) -> None:
        self._directory, self._marks, self._observer = directory, marks, observer
        self._checked = float("-inf")
        self._shortage: str | None = None
        self._mutex = threading.Lock()

    def shortage(self) -> str | None:
        """Why no new request may be served; None where there is room."""
        if time.monotonic() - self._checked < _CHECKED_EVERY_S:
            return self._shortage
        with self._mutex:
            self._checked = time.monotonic()
            self._shortage = self._ask()
        return self._shortage

    def _ask(self) -> str | None:
        try:
            free = free_bytes(self._directory)
        except OSError as error:
            return f"the audit directory cannot be looked at: {error.strerror}"
        return self._judge(free)

    def _judge(self, free: int) -> str | None:
        left = f"{free >> 20} MiB left for the audit ledger on the disk of {self._directory}"
        if free < self._marks.refuse_bytes:
            self._observer.alarm(Alarm.DISK_FULL, f"{left}; no search is served")
            return f"{left}, and below {self._marks.refuse_bytes >> 20} MiB ([audit] stop_free_mb) no search is served"
        self._observer.end_alarm(Alarm.DISK_FULL)
        if free < self._marks.warn_bytes:
            self._observer.alarm(Alarm.DISK_LOW, left)
        else:
            self._observer.end_alarm(Alarm.DISK_LOW)
        return None


def free_bytes(directory: Path) -> int:
    """What an unprivileged process may still write there."""
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize
