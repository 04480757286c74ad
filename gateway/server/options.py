"""How the gateway runs on gunicorn: the settings, and the application that starts a service in each worker."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer

from gateway.errors import GatewayError
from gateway.ops.logs import GunicornLog
from gateway.ops.metrics import forget_worker
from gateway.server.failed_worker import explain_failure, is_for_want_of_room, tell_failed_worker
from gateway.server.service import Service
from gateway.server.worker import GatewayWorker

_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat files: on a disk, a slow write looks like a hang
_STOP_S = 13
_log = structlog.get_logger(__name__)
_WATCHDOG_S = 30


def gunicorn_options(*, bind: str, workers: int, threads: int) -> dict[str, Any]:
    """Gunicorn's settings by name. Of gunicorn it is the arbiter that is used: it listens, forks, watches and replaces.

    SIGTERM ends everything within 13 s: workers wait 11 s for requests in hand, then 2 s remain to close.
    """
    return {
        "bind": bind,
        "workers": workers,
        "threads": threads,
        "worker_class": GatewayWorker,
        "worker_tmp_dir": str(_MEMORY) if _MEMORY.is_dir() else None,
        "timeout": _WATCHDOG_S,
        "graceful_timeout": _STOP_S,
        "max_requests": 0,
        "preload_app": False,
        "child_exit": _worker_gone,
        "on_reload": _tell_reload,
        "control_socket_disable": True,
        # Requests are read by our own worker, and nothing a peer says is believed there: `head` has the limits
        # Logs
        "logger_class": GunicornLog,
        "accesslog": None,
    }


class GatewayApplication(BaseApplication):  # type: ignore[misc]
    """Gunicorn's application: `start` runs in every worker after the fork, `without_room` in its place on a full disk.

    Reads no arguments, files or environment.
    """

    def __init__(
        self, options: Mapping[str, Any], start: Callable[[], Service], without_room: Callable[[str], Service]
    ) -> None:
        self._options = options
        self._start, self._without_room = start, without_room
        super().__init__()

    def load_config(self) -> None:
        """Take the options as they are."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        """Serve until told to end, or until a worker can neither go on nor start again."""
        arbiter = os.getpid()  # a worker, forked within, ends through here as well
        code: object = None
        try:
            super().run()
        except HaltServer as halt:  # a second worker that could not start, while the first one's end was in hand
            code = halt.exit_status
        except SystemExit as end:
            code = end.code
        if os.getpid() == arbiter and code == Arbiter.WORKER_BOOT_ERROR:
            _log.error("gateway_ends", why="a worker could not start: the line worker_failed before this one says why")
        raise SystemExit(code)

    def load(self) -> Service:
        """Start the service; where the disk has no room for it, what refuses everything until another worker tries."""
        try:
            return self._start()
        except (OSError, GatewayError) as error:
            if not is_for_want_of_room(error):
                raise
            tell_failed_worker(error, started=False)
            return self._without_room(explain_failure(error))


def _tell_reload(_arbiter: object) -> None:
    """SIGHUP replaces the workers: they open the files that settings name, by the settings and policy of the start."""
    _log.warning(
        "workers_restart",
        read_anew="the files that the settings name: the TLS certificate, the vendors' secrets",
        not_read="the settings, and the policy of [paths] policies: those are of the start, until the service restarts",
    )


def _worker_gone(_arbiter: object, worker: Any) -> None:  # noqa: ANN401 - gunicorn's worker
    forget_worker(worker.pid)
