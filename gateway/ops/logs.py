"""JSON logs for operations, on standard error; not the audit record.

One object a line: `time`, `level`, `event` (a fixed sentence of ours), `request_id` where there is a request, and
named values. What could hold a caller's text is kept out by construction: values under sensitive names are replaced,
exceptions are told by type and place without their message, and other packages' messages without their arguments.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import PurePath
from traceback import walk_tb
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from gateway.errors import ConfigurationError, Refusal

REDACTED = "[redacted]"
SENSITIVE = (
    "apikey authorization body cookie credential header passw path plate query reasontext secret target token uri url"
).split()
"""Whatever is named by a key that has one of these in it (case and separators apart) is never written."""

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_SEPARATORS = re.compile(r"[^a-z0-9]")
_DEEPEST = 8
_MOST_FRAMES = 20


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Send everything logged in this process to `stream` (standard error); `level` is debug, info, warning or error."""
    structlog.configure(
        processors=[
            name_request,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            describe_exception,
            redact,
            structlog.processors.JSONRenderer(serializer=json.dumps, default=lambda value: f"[{type(value).__name__}]"),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Foreign()]
    root.setLevel(logging.WARNING)


def take_uncaught() -> None:
    """Make what nobody caught, in any thread or where an object ends, a line as well: Python's own words quote messages."""

    def tell(error: BaseException | None) -> None:
        structlog.get_logger().error("uncaught", exc_info=error)

    sys.excepthook = lambda _kind, error, _where: tell(error)
    sys.unraisablehook = lambda raised: tell(raised.exc_value)
    threading.excepthook = lambda raised: tell(raised.exc_value)


@contextmanager
def about(request_id: str) -> Iterator[None]:
    """Every line written inside carries this request id."""
    before = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(before)


def name_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor that puts the request's id into a line."""
    request_id = _request_id.get()
    if request_id is not None:
        event.setdefault("request_id", request_id)
    return event


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor that replaces what is kept under a sensitive name, however deep."""
    return {name: REDACTED if _is_sensitive(name) else _clean(value, 0) for name, value in event.items()}


def describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor that turns `exc_info` into types and places; messages may quote what a caller sent."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = [_describe(link) for link in _chain(error)]
    return event


class GunicornLog:
    """What gunicorn takes for a logger: the arbiter's and workers' own messages, none about a request.

    Debug messages are dropped, because some quote the bytes received; there is no access log, because the audit record
    is the better one.
    """

    def __init__(self, cfg: object) -> None:
        self.cfg = cfg

    def setup(self, cfg: object) -> None:
        """Take the new configuration after a reload."""
        self.cfg = cfg

    def log(self, level: int | str, message: str, *values: object, **options: Any) -> None:  # noqa: ANN401
        """Write one message at a level by number or name."""
        number = getattr(logging, level.upper(), logging.INFO) if isinstance(level, str) else level
        if number > logging.DEBUG:
            text = message % values if values else message
            structlog.get_logger().log(number, "gunicorn", message=text, exc_info=options.get("exc_info"))

    def critical(self, message: str, *values: object, **options: Any) -> None:  # noqa: ANN401, D102
        self.log(logging.CRITICAL, message, *values, **options)

    def error(self, message: str, *values: object, **options: Any) -> None:  # noqa: ANN401, D102
        self.log(logging.ERROR, message, *values, **options)

    def warning(self, message: str, *values: object, **options: Any) -> None:  # noqa: ANN401, D102
        self.log(logging.WARNING, message, *values, **options)

    def info(self, message: str, *values: object, **options: Any) -> None:  # noqa: ANN401, D102
        self.log(logging.INFO, message, *values, **options)

    def exception(self, message: str, *values: object, **options: Any) -> None:  # noqa: ANN401, D102
        self.log(logging.ERROR, message, *values, **{"exc_info": True, **options})

    def debug(self, *_arguments: object, **_options: object) -> None:
        """Nothing: see above."""

    def access(self, *_arguments: object) -> None:
        """Nothing: see above."""

    def reopen_files(self) -> None:
        """Nothing: standard error is whoever started us's to rotate."""

    def close_on_exec(self) -> None:
        """Nothing: no file of our own."""


_PUT_IN = re.compile(r"%(\(\w+\))?[-#0 +]*\d*(\.\d+)?[a-zA-Z]")


class _Foreign(logging.Handler):
    """Other packages' messages: as written in their source, with … for what they put in, which may be a path or a query."""

    def emit(self, record: logging.LogRecord) -> None:
        message = _PUT_IN.sub("…", record.msg) if isinstance(record.msg, str) else type(record.msg).__name__
        structlog.get_logger().log(
            record.levelno, "library", library=record.name, message=message, exc_info=record.exc_info
        )


def _is_sensitive(name: object) -> bool:
    plain = _SEPARATORS.sub("", str(name).lower())
    return any(word in plain for word in SENSITIVE)


def _clean(value: object, depth: int) -> object:
    if isinstance(value, str | int | float | bool | None):
        return value
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {str(key): REDACTED if _is_sensitive(key) else _clean(item, depth + 1) for key, item in value.items()}
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, depth + 1) for item in value]
    return f"[{type(value).__name__}]"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _describe(error: BaseException) -> dict[str, object]:
    told: dict[str, object] = {"type": type(error).__qualname__, "at": _places(error.__traceback__)}
    if isinstance(error, Refusal):
        told["reason"] = error.reason.value
    if isinstance(error, ConfigurationError):
        told["problems"] = error.problems
    return told


def _places(traceback: TracebackType | None) -> list[str]:
    frames = [(frame.f_code, line) for frame, line in walk_tb(traceback)][-_MOST_FRAMES:]
    return [f"{'/'.join(PurePath(code.co_filename).parts[-2:])}:{line} {code.co_name}" for code, line in frames]
