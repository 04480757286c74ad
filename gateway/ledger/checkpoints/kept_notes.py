"""What a witness kept, read back: whole notes, and what was to be one and is not.

It lies there as the gateway writes it, as an endpoint keeps what it is sent, one body after the other, or as a syslog
receiver does: in lines, or in frames as they came, each begun by its length and ended by nothing.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gateway.forward_proxy import ForwardProxy
from gateway.ledger.checkpoints.checkpoint import notes_in, parse_checkpoint
from gateway.ledger.checkpoints.http_witnesses import ask_kept
from gateway.ledger.checkpoints.note import parse

SYSLOG_MARK = "lpr-checkpoint"
"""What stands before a note in a syslog message."""
_IN_SYSLOG = re.compile(rf"(?<![\w/.-]){SYSLOG_MARK} (?P<note>[A-Za-z0-9+/]*={{0,2}})".encode())
_NEXT_FRAME = re.compile(rb" <\d{1,3}>")
_LONGEST_LENGTH = 7
_BEGUN_AT_ONCE = re.compile(rb"^(\xe2\x80\x94 \S+ \S+\n)(?=lpr-gateway-[0-9a-f]{16}\ncheckpoint )", re.MULTILINE)


class Damaged(NamedTuple):
    """Where what is no whole checkpoint stands (a line, from 1), and whether one begins there: then it was cut off."""

    line: int
    cut_off: bool


class Kept(NamedTuple):
    """The notes that a witness kept, in its order, and the places of a syslog receiver's file that hold none that is whole."""

    notes: list[str]
    damaged: tuple[Damaged, ...] = ()


def read_kept(target: str, ca_file: Path | None = None, proxy: ForwardProxy | None = None) -> Kept:
    """What a witness kept: from its file, an https URL, or a syslog receiver's file.

    Raises:
        OSError: it cannot be read.
    """
    over_http = target.startswith(("https://", "http://"))
    content = ask_kept(target, ca_file, proxy) if over_http else Path(target).read_bytes()
    if _IN_SYSLOG.search(content):
        found = [*_read_messages(content)]
        return Kept(
            [one for one in found if isinstance(one, str)], tuple(one for one in found if isinstance(one, Damaged))
        )
    lines = content.replace(b"\r\n", b"\n")  # as it came through a mail or an editor: no line of a note ends so
    apart = _BEGUN_AT_ONCE.sub(rb"\1\n", lines)  # bodies that were kept with nothing between them
    return Kept([stored.whole for stored in notes_in(apart, "") if stored.whole is not None])


def _read_messages(content: bytes) -> Iterator[str | Damaged]:
    line, counted = 1, 0
    for match in _IN_SYSLOG.finditer(content):
        line, counted = line + content.count(b"\n", counted, match.start()), match.start()
        yield _read_note(match["note"], framed=_NEXT_FRAME.match(content, match.end()) is not None) or _tell(
            match["note"], line
        )


def _read_note(encoded: bytes, *, framed: bool) -> str | None:
    """The note, without the length of a frame that follows, whose digits cannot be told from base64; None where it is not whole."""
    digits = len(encoded) - len(encoded.rstrip(b"0123456789")) if framed else 0
    for extra in range(min(digits, _LONGEST_LENGTH) + 1):
        text = _decode(encoded[: len(encoded) - extra])
        if text is not None and _is_checkpoint(text):
            return text
    return None


def _decode(encoded: bytes) -> str | None:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _is_checkpoint(whole: str) -> bool:
    try:
        parse_checkpoint(parse(whole).text)
    except ValueError:
        return False
    return True


def _tell(encoded: bytes, line: int) -> Damaged:
    begun = base64.b64decode(encoded[: len(encoded.rstrip(b"=")) // 4 * 4])
    return Damaged(line, begun.startswith(b"lpr-gateway-"))
