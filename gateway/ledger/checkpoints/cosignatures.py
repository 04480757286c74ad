"""Witnesses' cosignatures, kept beside the checkpoints, so that a copy of the ledger brings them along.

    checkpoints/<first number, 16 digits>.cosignatures      a line each: the checkpoint's number, then the signature line

They are not covered by any hash, and need not be: each is a signature over its checkpoint's text.
"""

import os
import re
from collections import defaultdict
from pathlib import Path

from gateway.durable import Disk
from gateway.ledger.checkpoints.checkpoint import PER_FILE, checkpoint_folder

_LINE = re.compile("(\\d{1,15}) (\u2014 \\S+ \\S+)")


def keep_cosignature(directory: Path, number: int, line: str, *, disk: Disk) -> None:
    """Keep what a witness answered for a checkpoint.

    Raises:
        OSError: it could not be written.
    """
    first = number - (number - 1) % PER_FILE
    descriptor = disk.extend(checkpoint_folder(directory) / f"{first:016d}.cosignatures")
    try:
        disk.write(descriptor, f"{number} {line.strip()}\n".encode())
        disk.sync(descriptor)
    finally:
        os.close(descriptor)


def cosignature_files(directory: Path) -> list[Path]:
    """The files of cosignatures, in order."""
    return sorted(checkpoint_folder(directory).glob("*.cosignatures"))


def read_cosignatures(directory: Path) -> dict[int, list[str]]:
    """The signature lines (each with its line feed) by checkpoint number; what is no such line is passed over."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for path in cosignature_files(directory):
        for line in path.read_text("utf-8", "replace").splitlines():
            match = _LINE.fullmatch(line)
            if match is not None:
                found[int(match[1])].append(f"{match[2]}\n")
    return found
