"""A small file that is read again when it changes, so that a table or a revocation list counts without a restart."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from gateway.errors import Refusal
from gateway.reasons import Reason

_CALL = "It is not the card: the gateway cannot read what it judges cards by. Call the gateway's operator."
Content = TypeVar("Content")


class WatchedFile(Generic[Content]):
    """One file and what `read` makes of it (it raises ValueError for what it cannot). Safe for many threads."""

    def __init__(self, path: Path, read: Callable[[bytes], Content]) -> None:
        self._path, self._read = path, read
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._content: Content | None = None

    def content(self) -> Content:
        """What the file says now.

        Raises:
            Refusal: CERTIFICATE_INVALID; it cannot be read, so what it said before does not count either.
        """
        try:
            return self._current()
        except (OSError, ValueError):
            raise Refusal(Reason.CERTIFICATE_INVALID, note=f"{self._path.name} cannot be read", hint=_CALL) from None

    def problems(self) -> list[str]:
        """One sentence where it cannot be read."""
        try:
            self._current()
        except OSError as error:
            return [f"{self._path}: {error.strerror}"]
        except ValueError as error:
            return [f"{self._path}: {error}"]
        return []

    def _current(self) -> Content:
        stat = self._path.stat()
        seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        with self._lock:
            if self._content is None or seen != self._seen:
                self._content = None
                self._content, self._seen = self._read(self._path.read_bytes()), seen
            return self._content
