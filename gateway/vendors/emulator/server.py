"""An emulator on gunicorn: one worker, several threads, loopback only."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from gateway.vendors.emulator.wire import received


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with its options given in code."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Take the options, and nothing from the command line or environment."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made before the worker is forked."""
        return self._app


def serve_emulator(
    app: Flask, *, port: int = 0, threads: int = 8, on_ready: Callable[[str], None] | None = None
) -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT; does not return. Port 0 takes a free one.

    `on_ready` is called once with the base URL, when connections are accepted.
    """

    def when_ready(server: Any) -> None:  # noqa: ANN401 - gunicorn's
        if on_ready is not None:
            on_ready(f"http://127.0.0.1:{server.LISTENERS[0].sock.getsockname()[1]}")

    options = {
        "bind": f"127.0.0.1:{port}",
        "workers": 1,
        "threads": threads,
        "worker_class": "gthread",
        "limit_request_line": 8190,
        "keepalive": 30,
        "graceful_timeout": 5,
        "control_socket_disable": True,
        "errorlog": "-",
        "loglevel": "error",
        "pre_request": _remember_headers,
        "when_ready": when_ready,
    }
    _Server(app, options).run()


def _remember_headers(_worker: Any, request: Any) -> None:  # noqa: ANN401 - gunicorn's
    received.headers = [[name.lower(), value] for name, value in request.headers]
