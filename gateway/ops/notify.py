"""Telling somebody that recording fails or lags: an HTTP hook, at once, and again every so often while it lasts."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from gateway.call_faults import explain_call
from gateway.clock import format_instant, now
from gateway.forward_proxy import ForwardProxy
from gateway.ledger.alarms import Alarm
from gateway.net import open_session
from gateway.ops.cause import find_cause
from gateway.ops.hook_trouble import HookTrouble, NotifyFault

_TIMEOUT_S = 5.0
_RETRY_S = 30.0
MOST_WAITING = 60
_TRIES = 100  # at half a minute each: for most of the hour that CJIS AU-5 gives
_TAKEN = range(200, 300)


@dataclass(slots=True)
class _Notice:
    """What was told of one cause of an alarm: when, and when that was over last. Monotonic seconds."""

    told_at: float
    ended_at: float = float("inf")
    is_over: bool = False


class Notifier:
    """An Observer that POSTs `{"alarm", "detail", "time", "installation"}` to a URL, each alarm at most once in `again_s` seconds.

    The same alarm about another sink, witness or disk is another one, and so is one of another cause. What was over and comes
    again is told again; but where it comes and goes, only once it stayed away, or stayed, for `calm_s`.

    It never holds up who raises an alarm: sending is the business of its own thread, which tries until it is taken.
    `installation` says whose alarm it is, for several gateways may share a hook; asked when it is sent, for a first start has no name yet.
    `count` is told of what the hook does not take, and of alarms that are given up.
    """

    def __init__(
        self,
        url: str,
        count: Callable[[NotifyFault, int], None] = lambda _fault, _times: None,
        *,
        again_s: float = 900.0,
        calm_s: float = 60.0,
        retry_s: float = _RETRY_S,
        tries: int = _TRIES,
        proxy: ForwardProxy | None = None,
        installation: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._proxy, self._installation = proxy, installation
        self._url, self._again_s, self._calm_s, self._retry_s, self._tries = url, again_s, calm_s, retry_s, tries
        self._trouble, self._unsent = HookTrouble(count), 0
        self._notices: dict[tuple[Alarm, str, str], _Notice] = {}
        self._mutex = threading.Lock()
        self._waiting: queue.Queue[dict[str, str] | None] = queue.Queue(maxsize=MOST_WAITING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-notify", daemon=True)
        self._thread.start()

    def note_commit(self, seconds: float) -> None:
        """Nothing to tell."""

    def alarm(self, alarm: Alarm, detail: str, about: str = "") -> None:
        """Pass it on, unless it was passed on a short while ago."""
        key, present = (alarm, about, find_cause(detail)), time.monotonic()
        with self._mutex:
            notice = self._notices.get(key)
            if notice is not None and present < self._quiet_until(notice):
                notice.is_over = False
                return
            self._forget(present)
            self._notices[key] = _Notice(present)
            try:
                self._waiting.put_nowait({"alarm": alarm.value, "detail": detail, "time": format_instant(now())})
            except queue.Full:  # the hook is down, and has more waiting than alarms are ever told of one cause
                del self._notices[key]
                self._trouble.note_lost("more wait than are kept")

    def end_alarm(self, alarm: Alarm, about: str = "") -> None:
        """It is over: when it comes again, that is news."""
        present = time.monotonic()
        with self._mutex:
            for key, notice in self._notices.items():
                if key[:2] == (alarm, about) and not notice.is_over:
                    notice.ended_at, notice.is_over = present, True

    def close(self) -> None:
        """Send what is waiting, if it is taken at once; the rest is lost, and told as that."""
        self._stop.set()
        self._waiting.put(None)
        self._thread.join(2 * _TIMEOUT_S)
        lost = (
            self._unsent + self._waiting.qsize()
        )  # where the thread is not done, the None stands for what it has in hand
        if lost:
            self._trouble.note_lost("the gateway ended before they were taken", lost)

    def warnings(self) -> list[str]:
        """That the hook takes nothing, for `/readyz`."""
        return self._trouble.warnings()

    def _quiet_until(self, notice: _Notice) -> float:
        return min(notice.told_at + self._again_s, notice.ended_at + self._calm_s)

    def _forget(self, present: float) -> None:
        """Drop what is told anew in any case."""
        self._notices = {key: one for key, one in self._notices.items() if present < self._quiet_until(one)}

    def _run(self) -> None:
        while (message := self._waiting.get()) is not None:
            self._deliver(message)

    def _deliver(self, message: dict[str, str]) -> None:
        for _ in range(self._tries):
            why = self._send(message)
            self._trouble.note_try(why)
            if why is None:
                return
            if self._stop.wait(self._retry_s):
                self._unsent += 1
                return
        self._trouble.note_lost("it was tried often enough")

    def _send(self, message: dict[str, str]) -> str | None:
        """Why the hook did not take it; None where it did."""
        named: dict[str, str] = {}
        with suppress(OSError):  # a disk that cannot be read is what the alarm may be about
            named = {"installation": name} if (name := self._installation()) else {}
        try:
            with open_session(whole_s=_TIMEOUT_S, proxy=self._proxy) as session:
                status = session.post(
                    self._url, json=message | named, timeout=_TIMEOUT_S, allow_redirects=False
                ).status_code
        except OSError as error:
            return explain_call(error)
        return None if status in _TAKEN else f"it answers {status}"
