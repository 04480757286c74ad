"""Telling somebody that recording fails or lags: an HTTP hook, at once, and again every so often while it lasts."""

import queue
import threading
import time

from gateway.clock import format_instant, now
from gateway.ledger.alarms import Alarm
from gateway.net import open_session

_TIMEOUT_S = 5.0
_RETRY_S = 30.0
_WAITING = 4 * len(Alarm)
_TRIES = 100  # at half a minute each: well within the hour that CJIS AU-5 gives, and for as long again


class Notifier:
    """An Observer that POSTs `{"alarm", "detail", "time"}` to a URL, each alarm at most once in `again_s` seconds.

    The same alarm about another sink or witness is another one.

    It never holds up who raises an alarm: sending is the business of its own thread, which tries until it is taken.
    """

    def __init__(self, url: str, *, again_s: float = 900.0, retry_s: float = _RETRY_S) -> None:
        self._url, self._again_s, self._retry_s = url, again_s, retry_s
        self._told: dict[tuple[Alarm, str], float] = {}
        self._waiting: queue.Queue[dict[str, str] | None] = queue.Queue(maxsize=_WAITING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-notify", daemon=True)
        self._thread.start()

    def note_commit(self, seconds: float) -> None:
        """Nothing to tell."""

    def alarm(self, alarm: Alarm, detail: str, about: str = "") -> None:
        """Pass it on, unless it was passed on a short while ago."""
        if time.monotonic() - self._told.get((alarm, about), float("-inf")) < self._again_s:
            return
        self._told[alarm, about] = time.monotonic()
        try:
            self._waiting.put_nowait({"alarm": alarm.value, "detail": detail, "time": format_instant(now())})
        except queue.Full:  # the hook is down, and has more waiting than alarms are ever told of one cause
            self._told.pop((alarm, about), None)

    def close(self) -> None:
        """Send what is waiting, if it is taken at once."""
        self._stop.set()
        self._waiting.put(None)
        self._thread.join(2 * _TIMEOUT_S)

    def _run(self) -> None:
        while (message := self._waiting.get()) is not None:
            for _ in range(_TRIES):
                if self._send(message) or self._stop.wait(self._retry_s):
                    break

    def _send(self, message: dict[str, str]) -> bool:
        try:
            with open_session() as session:
                return session.post(self._url, json=message, timeout=_TIMEOUT_S, allow_redirects=False).ok
        except OSError:
            return False
