"""The end of what a witness keeps, looked at before it is given more: its last note of one ledger, and a torn one.

Only the end is read, however long a witness has been kept: each checkpoint cites the one before.
"""

import contextlib
import os
import re
from pathlib import Path
from typing import NamedTuple

from gateway.ledger.checkpoints.checkpoint import parse_checkpoint
from gateway.ledger.checkpoints.note import parse


class Held(NamedTuple):
    """The number and the text of the last note that a witness holds of a ledger; 0 where it holds none."""

    number: int
    text: str


_NOTE = re.compile(rb"^lpr-gateway-[0-9a-f]{16}\ncheckpoint ", re.MULTILINE)
_WINDOW = 1 << 16
_TORN = b"torn\n\n"


def read_end(path: Path, origin: str) -> bytes:
    """The end of a file, from a note of this ledger on, or all of it where it holds none; empty where it is not there."""
    try:
        with path.open("rb") as file:
            size, window = file.seek(0, os.SEEK_END), _WINDOW
            while True:
                start = file.seek(max(0, size - window))
                content = file.read(size - start)
                if not start or find_held(content, origin).number:
                    return content
                window *= 4
    except FileNotFoundError:
        return b""


def find_held(content: bytes, origin: str) -> Held:
    """The last whole note of this ledger in the end of a file; unjudged."""
    begins = f"{origin}\ncheckpoint ".encode()
    at = len(content)
    while (at := content.rfind(begins, 0, at)) >= 0:
        text, _, rest = content[at:].partition(b"\n\n")
        signatures, ended, _ = rest.partition(b"\n\n")
        if not ended and not signatures.endswith(b"\n"):
            continue  # torn by a crash
        whole = b"%b\n\n%b\n" % (text, signatures.removesuffix(b"\n"))
        with contextlib.suppress(ValueError):
            note = parse(whole.decode("utf-8", "replace"))
            return Held(parse_checkpoint(note.text).number, note.text)
    return Held(0, "")


def end_torn(content: bytes) -> bytes:
    """What must be written after this end of a file, lest a note that a crash tore takes the next one with it."""
    starts = [match.start() for match in _NOTE.finditer(content)]
    last = content[starts[-1] :] if starts else content
    missing = b"" if not last or last.endswith(b"\n\n") else b"\n" if last.endswith(b"\n") else b"\n\n"
    parts = (last + missing).count(b"\n\n")
    return missing + (_TORN if parts % 2 else b"")
