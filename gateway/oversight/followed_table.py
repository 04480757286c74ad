"""A table of oversight that is followed while a gateway serves: read anew where its file changed, without a restart."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from gateway.errors import ConfigurationError

Read = TypeVar("Read")
_LOOK_AGAIN_S = 2.0
_log = structlog.get_logger(__name__)


class FollowedTable(Generic[Read]):
    """What `read` makes of a file, as the file is by now; it is looked at every other second.

    A file that cannot be used leaves what was read last, and is told in the log: the detectors' next look warns of it.

    Raises:
        ConfigurationError: it cannot be used to begin with.
    """

    def __init__(self, file: Path, read: Callable[[], Read], look_again_s: float = _LOOK_AGAIN_S) -> None:
        self._file, self._read, self._look_again_s = file, read, look_again_s
        self._looking = threading.Lock()
        self._mark = self._read_mark()
        self._value = read()
        self._looked = time.monotonic()

    def value(self) -> Read:
        """What the table says now."""
        if time.monotonic() - self._looked >= self._look_again_s and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self._value

    def _look(self) -> None:
        self._looked, mark = time.monotonic(), self._read_mark()
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self._value = self._read()
        except ConfigurationError as error:
            _log.error("oversight_failed", why=str(error))

    def _read_mark(self) -> object:
        try:
            state = self._file.stat()
        except OSError:
            return None
        return state.st_ino, state.st_size, state.st_mtime_ns
