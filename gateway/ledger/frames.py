"""Whether a file that was compressed with zstd is there to its end: one that was cut short unfolds to less, without a word."""

import os
from typing import BinaryIO

import zstandard

_LONGEST_HEADER = 18
_BLOCK_HEADER = 3
_CHECKSUM = 4
_REPEATED = 1
"""A kind of block: one byte, to be repeated."""


def is_whole(file: BinaryIO) -> bool:
    """Whether a file is one whole frame after another, at least one, by what their headers say of their lengths."""
    size, place = file.seek(0, os.SEEK_END), 0
    try:
        while place == 0 or place < size:
            place = _find_end(file, place)
    except (zstandard.ZstdError, EOFError):
        return False
    finally:
        file.seek(0, os.SEEK_END)
    return place == size


def _find_end(file: BinaryIO, place: int) -> int:
    """Where the frame that begins here ends."""
    file.seek(place)
    header = file.read(_LONGEST_HEADER)
    checksum = _CHECKSUM if zstandard.get_frame_parameters(header).has_checksum else 0
    place += zstandard.frame_header_size(header)
    is_last = False
    while not is_last:
        file.seek(place)
        block = file.read(_BLOCK_HEADER)
        if len(block) < _BLOCK_HEADER:
            raise EOFError
        said = int.from_bytes(block, "little")
        is_last, kind, length = bool(said & 1), said >> 1 & 3, said >> 3
        place += _BLOCK_HEADER + (1 if kind == _REPEATED else length)
    return place + checksum
