"""What lies between the wire and an emulated vendor: the recorder of requests, and the faults asked for."""

import base64
import io
import json
import os
import random
import re
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from gateway.vendors.emulator.options import Faults

_TIME = re.compile(rb'(:\d\d(?:\.\d+)?)Z"')
received = threading.local()
"""`headers`: the header fields of the request in hand as they came, set by the server's thread before it calls us."""


class Application(Protocol):
    """A WSGI application."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401
        """Answer one request."""
        ...


class RequestRecorder:
    """Appends each request as one JSON line: `method`, `target` as received, `headers`, `body` (base64)."""

    def __init__(self, application: Application, path: Path) -> None:
        self._application = application
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI's
        """Record first: what was received stays recorded whatever happens to it."""
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        line = {
            "method": environ["REQUEST_METHOD"],
            "target": environ["RAW_URI"],
            "headers": getattr(received, "headers", None) or _headers(environ),
            "body": base64.b64encode(body).decode(),
        }
        os.write(self._file, json.dumps(line).encode() + b"\n")
        return self._application(environ, start_response)


class Faulty:
    """Slow, failing, cut short or garbled, as often as `faults` says; the same seed gives the same sequence."""

    def __init__(self, application: Application, faults: Faults, *, seed: int, spare: str | None) -> None:
        self._application = application
        self._faults = faults
        self._random = random.Random(seed)  # noqa: S311 - faults, not secrets
        self._spare = spare

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI's
        """Answer, or fail to. The token endpoint is spared, so that a fault hits searches only."""
        if environ["PATH_INFO"] == self._spare:
            return self._application(environ, start_response)
        time.sleep(self._faults.latency_s)
        if self._happens(self._faults.fail_rate):
            return _answer(start_response, "500 Internal Server Error", b'{"error":"Internal error"}')
        if self._happens(self._faults.garbage_rate):
            return _answer(start_response, "200 OK", b'{"results":[\xff\x00{]')
        if self._happens(self._faults.truncate_rate):
            return _cut_short(self._application(environ, start_response))
        answer = self._application(environ, start_response)
        return [self._undate(b"".join(answer))] if self._faults.undated_rate else answer

    def _undate(self, body: bytes) -> bytes:
        """The answer with some reads' times without their zone, of the same length."""
        return _TIME.sub(lambda time: time[1] + b' "' if self._happens(self._faults.undated_rate) else time[0], body)

    def _happens(self, rate: float) -> bool:
        return self._random.random() < rate


def _headers(environ: dict[str, Any]) -> list[list[str]]:
    """The header fields where the server does not give them as they came (an application called without a server)."""
    fields = [[key[5:], value] for key, value in environ.items() if key.startswith("HTTP_")]
    fields += [[key, environ[key]] for key in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(key)]
    return [[name.lower().replace("_", "-"), value] for name, value in fields]


def _answer(start_response: Any, status: str, body: bytes) -> Iterable[bytes]:  # noqa: ANN401 - WSGI's
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _cut_short(answer: Iterable[bytes]) -> Iterator[bytes]:
    body = b"".join(answer)
    yield body[: len(body) // 2]
    raise ConnectionResetError("cut short, as asked")
