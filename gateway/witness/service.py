"""The witness over HTTP, in the form of C2SP tlog-witness: `POST /add-checkpoint`, and what is held at `GET /`.

For a tree's size stands a checkpoint's number, and no proof is sent beside it: each checkpoint cites the one before, and
is taken only where that is the one held.
"""

import re
import sys
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from gateway import clock
from gateway.media import for_terminal
from gateway.witness.keeper import CheckpointKeeper, NotTakenError

_LARGEST = 1 << 20
_REQUEST = re.compile(r"old (0|[1-9]\d{0,14})\n\n(.*)\Z", re.DOTALL)
_TEXT, _SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"
Environment = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


def witness_application(keeper: CheckpointKeeper) -> Callable[[Environment, StartResponse], Iterable[bytes]]:
    """The WSGI application."""

    def answer(environment: Environment, start_response: StartResponse) -> Iterable[bytes]:
        status, kind, body = _respond(keeper, environment)
        content = body.encode()
        length = ("Content-Length", str(len(content)))
        start_response(f"{status} {HTTPStatus(status).phrase}", [("Content-Type", kind), length])
        return [content]

    return answer


def _respond(keeper: CheckpointKeeper, environment: Environment) -> tuple[int, str, str]:
    asked = environment["REQUEST_METHOD"], environment.get("PATH_INFO", "/")
    try:
        if asked == ("POST", "/add-checkpoint"):
            return HTTPStatus.OK, _TEXT, keeper.take(*_read_request(environment), clock.now())
        if asked[0] == "GET" and asked[1] in ("", "/"):
            return HTTPStatus.OK, _TEXT, "".join(f"{item.whole}{item.cosignature}\n" for item in keeper.list_held())
    except NotTakenError as refused:
        if refused.is_fault:
            of = f" of {refused.origin}" if refused.origin else ""
            told = f"{clock.format_instant(clock.now())} not taken{of}: {refused.sentence}"
            sys.stderr.write(for_terminal(told) + "\n")
        if refused.held is not None:
            return refused.status, _SIZE, f"{refused.held}\n"
        return refused.status, _TEXT, f"{refused.sentence}\n"
    except OSError:
        return HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, "the checkpoint could not be kept\n"
    return HTTPStatus.NOT_FOUND, _TEXT, "there is only POST /add-checkpoint and GET /\n"


def _read_request(environment: Environment) -> tuple[int, str]:
    length = environment.get("CONTENT_LENGTH") or "0"
    size = int(length) if length.isdigit() else 0
    if size > _LARGEST:
        raise NotTakenError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the checkpoint is too long")
    match = _REQUEST.match(environment["wsgi.input"].read(size).decode("utf-8", "replace"))
    if match is None:
        raise NotTakenError(HTTPStatus.BAD_REQUEST, "write `old <number>`, an empty line, and the checkpoint")
    return int(match[1]), match[2]


class WitnessServer(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """Runs a witness on gunicorn: one process, so that one checkpoint is judged at a time.

    `ready` is told the address when it listens. With a certificate and its key it serves https itself.
    """

    def __init__(
        self,
        open_keeper: Callable[[], CheckpointKeeper],
        *,
        bind: str,
        certificate: Path | None,
        key: Path | None,
        ready: Callable[[str], object],
    ) -> None:
        self._open_keeper, self._ready = open_keeper, ready
        scheme = "https" if certificate else "http"
        self._given = {
            "bind": bind,
            "workers": 1,
            "threads": 4,
            "worker_class": "gthread",
            "timeout": 30,
            "control_socket_disable": True,
            "certfile": str(certificate) if certificate else None,
            "keyfile": str(key) if key else None,
            "when_ready": lambda server: ready(f"{scheme}://{_address(server)}"),
        }
        super().__init__()

    def load_config(self) -> None:
        """Take the settings given; gunicorn's own files and environment are not read."""
        for name, value in self._given.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[[Environment, StartResponse], Iterable[bytes]]:
        """The application, in the worker that serves it."""
        return witness_application(self._open_keeper())


def _address(server: Any) -> str:  # noqa: ANN401 - gunicorn has no types
    host, port = server.LISTENERS[0].sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
