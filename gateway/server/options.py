"""How the gateway runs on gunicorn: the settings, and the service each worker starts for itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from gateway.ops.logs import GunicornLog
from gateway.ops.metrics import forget_worker
from gateway.reasons import Reason
from gateway.server.worker import GatewayWorker

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat files: on a disk, a slow write looks like a hang
_STOP_S = 13
_WATCHDOG_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What one worker runs, made in that worker: engines, connections and ledger must not cross a fork.

    `on_refused(reason, peer_ip, note)` records what was refused before the application saw it; if it raises, the
    client is told that nothing can be recorded. `stop` closes what the service holds; requests are over by then, or
    have used up the time they had.
    """

    wsgi: "WSGIApplication"
    on_refused: Callable[[Reason, str, str], None]
    stop: Callable[[], None]


def gunicorn_options(*, bind: str, workers: int, threads: int) -> dict[str, Any]:
    """Gunicorn's settings by name. Request heads: 8190 bytes of request line and of each field, 64 fields.

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
        "keepalive": 5,
        "worker_connections": 256,  # well below the usual limit of open files, at which accepting would fail
        "max_requests": 0,
        "preload_app": False,
        "child_exit": _worker_gone,
        "control_socket_disable": True,
        # What is read as a request
        "http_parser": "python",
        "header_map": "refuse",
        "limit_request_line": 8190,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        # Nothing a peer says is believed here: trusted proxies are the application's to know
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "secure_scheme_headers": {},
        # Logs
        "logger_class": GunicornLog,
        "accesslog": None,
    }


class GatewayApplication(BaseApplication):  # type: ignore[misc]
    """Gunicorn's application: `start` runs in every worker after the fork. Reads no arguments, files or environment."""

    def __init__(self, options: Mapping[str, Any], start: Callable[[], Service]) -> None:
        self._options = options
        self._start = start
        super().__init__()

    def load_config(self) -> None:
        """Take the options as they are."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Service:
        """Start the service."""
        return self._start()


def _worker_gone(_arbiter: object, worker: Any) -> None:  # noqa: ANN401 - gunicorn's worker
    forget_worker(worker.pid)
