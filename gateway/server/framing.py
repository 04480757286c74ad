"""Requests and answers as HTTP messages: what is proper, and the way between WSGI and our own values.

The first part judges what gunicorn's parser lets pass; the second builds a `RawRequest` from an environ and answers
from an `Answer`. Nothing here repeats a byte of a request.
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from gunicorn.http.errors import ParseException

from gateway.errors import Refusal
from gateway.model import Answer, RawRequest
from gateway.pep.problem import problem
from gateway.reasons import Reason

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HEADERS = "lpr.headers"
"""The environ's key for the header fields as parsed: (lower-case name, value) pairs, in order, repeated ones kept."""

_METHOD = re.compile(r"[A-Z][A-Z-]{2,19}")
_HOST = re.compile(r"([A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_VERSIONS = ((1, 1), (1, 0))


class Parsed(Protocol):
    """A request as gunicorn parsed it."""

    method: str
    uri: str
    version: tuple[int, int]
    headers: list[tuple[str, str]]


class FramingFault(ParseException):  # type: ignore[misc]
    """A request that the parser accepts and we do not; `note` is a fixed word for the record."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


def judge(request: Parsed) -> None:
    """Accept HTTP/1.1 (and 1.0, which proxies still speak) with an origin-form target and one proper Host.

    Raises:
        FramingFault: for anything else.
    """
    if request.version not in _VERSIONS:
        raise FramingFault("http_version")
    if _METHOD.fullmatch(request.method) is None or request.method == "CONNECT":
        raise FramingFault("method")
    if not request.uri.startswith("/") or "#" in request.uri:
        raise FramingFault("target_form")
    hosts = [value for name, value in request.headers if name == "HOST"]
    if len(hosts) != 1 or _HOST.fullmatch(hosts[0]) is None:
        raise FramingFault("host")
    codings = [value.lower() for name, value in request.headers if name == "TRANSFER-ENCODING"]
    if codings not in ([], ["chunked"]):
        raise FramingFault("transfer_encoding")


def refusal(reason: Reason) -> bytes:
    """A whole HTTP message that tells a refusal and ends the connection; nothing in it is of the request."""
    answer = problem([reason], request_id=str(uuid.uuid4()))
    fields = [*answer.headers, ("Content-Length", str(len(answer.body))), ("Connection", "close")]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 {_status_line(answer.status)}\r\n{head}\r\n".encode("ascii") + answer.body


def raw_request(environ: "WSGIEnvironment", *, max_body_bytes: int, now: datetime, request_id: str) -> RawRequest:
    """The request, its body read whole.

    Raises:
        Refusal: as `read_body` does.
    """
    head = raw_head(environ, now=now, request_id=request_id)
    return replace(head, body=read_body(environ, max_body_bytes=max_body_bytes))


def raw_head(environ: "WSGIEnvironment", *, now: datetime, request_id: str) -> RawRequest:
    """The request without its body: enough to say who asks, and to record a refusal of the body.

    `source_ip` is the peer's address; whether a forwarding header is to be believed is decided elsewhere.
    """
    return RawRequest(
        request_id=request_id,
        time=now,
        method=environ["REQUEST_METHOD"],
        target=environ["RAW_URI"],
        headers=environ[HEADERS],
        body=b"",
        source_ip=environ["REMOTE_ADDR"],
    )


def read_body(environ: "WSGIEnvironment", *, max_body_bytes: int) -> bytes:
    """The whole body, by its length or in chunks. What is above the cap is left to the worker to let run out.

    Raises:
        Refusal: request_too_large; request_framing where it is cut short, badly chunked or too slow.
    """
    stream = environ["wsgi.input"]
    declared = int(environ["CONTENT_LENGTH"]) if environ.get("CONTENT_LENGTH") else None
    try:
        body: bytes = b"" if declared is not None and declared > max_body_bytes else stream.read(max_body_bytes + 1)
        if len(body) > max_body_bytes or (declared or 0) > max_body_bytes:
            raise Refusal(Reason.REQUEST_TOO_LARGE)
    except (ParseException, OSError):
        raise Refusal(Reason.REQUEST_FRAMING, note="body_unreadable") from None  # the cause quotes the request
    if declared is not None and len(body) != declared:
        raise Refusal(Reason.REQUEST_FRAMING, note="body_truncated")
    return body


def respond(answer: Answer, start_response: "StartResponse") -> Iterable[bytes]:
    """Give an answer to WSGI, with its length."""
    headers = [*answer.headers]
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append(("Content-Length", str(len(answer.body))))
    start_response(_status_line(answer.status), headers)
    return [answer.body]


def _status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"
