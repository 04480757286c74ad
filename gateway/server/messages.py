"""Answers as HTTP messages; nothing in them is of the request."""

import re
import time
import uuid
from email.utils import formatdate
from http import HTTPStatus

from gateway.disclosure import disclose
from gateway.model import Answer
from gateway.pep.problem import NO_HINTS, Hints, problem
from gateway.reasons import Reason

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_FIELD = re.compile(r"[A-Za-z0-9-]+: [\t\x20-\x7e]*")
_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class UnfitAnswer(Exception):
    """An answer whose header fields are no header fields; built by us, so never by a caller's doing."""


def write_answer(answer: Answer, *, is_kept: bool, is_head: bool = False) -> bytes:
    """The whole message. To a HEAD the body is left out.

    Raises:
        UnfitAnswer: a header field could be read as more than one.
    """
    lines = [f"{name}: {value}" for name, value in answer.headers]
    if any(_FIELD.fullmatch(line) is None for line in lines):
        raise UnfitAnswer
    if answer.status not in _BODILESS:
        lines.append(f"Content-Length: {len(answer.body)}")
    connection = "keep-alive" if is_kept else "close"
    head = f"{_LINES[answer.status]}Date: {_date()}\r\nConnection: {connection}\r\n" + "\r\n".join([*lines, "", ""])
    return head.encode("ascii") + (b"" if is_head else answer.body)


def write_refusal(reason: Reason, cause: str | None = None) -> bytes:
    """A whole message that tells a refusal, with its cause where there is a sentence for it, and ends the connection."""
    hints: Hints = NO_HINTS if cause is None else {reason: cause}
    return write_answer(problem(disclose([reason]), request_id=str(uuid.uuid4()), hints=hints), is_kept=False)


_kept_date = (0, "")


def _date() -> str:
    """The present second as HTTP writes it, made once a second."""
    global _kept_date  # noqa: PLW0603 - one tuple, replaced whole
    second = int(time.time())
    if _kept_date[0] != second:
        _kept_date = (second, formatdate(second, usegmt=True))
    return _kept_date[1]
