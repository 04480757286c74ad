"""Is it alive, is it ready, and why not: judged beside the requests, told in detail to operators only.

A thread of its own looks at every check once a second, so that `/healthz` and `/readyz` cost a reader nothing and never
wait for a thread that serves. On the officers' listener both tell their status alone; what is wrong, and the numbers,
are for the listener of `[admin] bind`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import orjson
import structlog

from gateway.errors import Refusal
from gateway.model import Answer, Json
from gateway.ops.board import ReadinessBoard
from gateway.ops.metrics import CONTENT_TYPE, Metrics
from gateway.periodic import PeriodicTask

Check = Callable[[], str | None]
"""None where all is well, else a plain sentence that holds nothing of any request."""

_UNREADY = 503
_EVERY_S = 1.0
_STALE_S = 15.0
_HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
LIVE = Answer(status=200, headers=_HEADERS, body=b'{"live":true}')
_YES = Answer(status=200, headers=_HEADERS, body=b'{"ready":true}')
NOT_READY = Answer(status=_UNREADY, headers=_HEADERS, body=b'{"ready":false}')
_log = structlog.get_logger(__name__)


class Health:
    """One worker's health. `checks` by name must all be well for it to be ready; `warnings` are told beside.

    `in_force` tells what is decided by and comes next.

    `beside` runs with each look: what must be done again and again without a request.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        warnings: Callable[[], list[str]],
        in_force: Callable[[], Mapping[str, Json]],
        metrics: Metrics,
        board: ReadinessBoard,
        beside: Callable[[], None] = lambda: None,
    ) -> None:
        self.metrics = metrics
        self._checks, self._warnings, self._board, self._beside = checks, warnings, board, beside
        self._in_force = in_force
        self._told: dict[str, str | None] = dict.fromkeys(checks)
        self._telling = threading.Lock()
        self._ready, self._looked_at, self._is_ending = False, 0.0, False
        self._task = PeriodicTask("health", self._look_beside, every_s=_EVERY_S, tell=_tell_failure)

    def start(self) -> None:
        """Look once, here, then again and again beside the requests."""
        self.look()
        self._task.start()

    def retire(self) -> None:
        """From now on this worker is not ready, whatever a look finds: it ends."""
        self._is_ending, self._ready = True, False
        self._board.post(False)

    def stop(self) -> None:
        """Look no more; this worker is no longer ready."""
        self.retire()
        self._task.end()

    def look(self) -> dict[str, str | None]:
        """Every check's trouble by name, None where all is well; remembered as this worker's readiness."""
        found = {name: _try_check(check) for name, check in self._checks.items()}
        self._ready, self._looked_at = not any(found.values()) and not self._is_ending, time.monotonic()
        self._board.post(self._ready)
        self._board.warn(self._warnings())
        self._tell_changes(found)
        return found

    def answer(self, method: str, target: str) -> Answer | None:
        """What anybody may hear: `/healthz` and `/readyz`, their status alone. Waits for nothing."""
        if method != "GET":
            return None
        if target == "/healthz":
            return LIVE
        if target == "/readyz":
            return _YES if self._ready and time.monotonic() - self._looked_at < _STALE_S else NOT_READY
        return None

    def detail(self) -> Answer:
        """What operators hear at `/readyz`: each check looked at now, every worker, the latest alarms."""
        found, workers = self.look(), self._board.states()
        ready = not any(found.values()) and not self._is_ending and "not ready" not in workers.values()
        document: dict[str, object] = {
            "ready": ready,
            "checks": {name: trouble or "ok" for name, trouble in found.items()},
            "workers": workers,
            "warnings": self._board.warnings(),
            **self._in_force(),
        }
        return Answer(status=200 if ready else _UNREADY, headers=_HEADERS, body=orjson.dumps(document))

    def live(self) -> Answer:
        """What operators hear at `/healthz`."""
        return LIVE

    def exposition(self) -> Answer:
        """What Prometheus hears at `/metrics`: the numbers of every worker, added up."""
        headers = (("Content-Type", CONTENT_TYPE), ("Cache-Control", "no-store"))
        return Answer(status=200, headers=headers, body=self.metrics.exposition())

    def _tell_changes(self, found: dict[str, str | None]) -> None:
        """One log line where a check begins to fail, and one where it is well again."""
        with self._telling:
            before, self._told = self._told, found
        for name, trouble in found.items():
            with suppress(OSError):  # as on a full disk
                self.metrics.note_check(name, trouble is None)
            if trouble is not None and before[name] is None:
                _log.error("not_ready", check=name, trouble=trouble)
            elif trouble is None and before[name] is not None:
                _log.info("ready_again", check=name)

    def _look_beside(self) -> None:
        self.look()
        self._beside()


def explain_trouble(refusal: Refusal) -> str:
    """What keeps a part from working, as a sentence: its own note, else what its reason says, with the code."""
    return refusal.note or f"{refusal.reason.text.sentence.rstrip('.')} ({refusal.reason.value})"


def _tell_failure(error: Exception) -> None:
    _log.error("what_runs_beside_health_failed", error=type(error).__name__)


def _try_check(check: Check) -> str | None:
    try:
        return check()
    except Refusal as refusal:
        return explain_trouble(refusal)
    except Exception as error:  # noqa: BLE001 - a check that fails is not ready, whatever it was
        return f"the check itself failed: {type(error).__name__}"
