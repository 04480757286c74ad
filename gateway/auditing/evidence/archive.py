"""An evidence package that is a zip file: its files, as far as what was packed can be read back.

Whatever is wrong inside a zip file is a fault of the package, for a zip file is what was given out: it was damaged or altered since.
"""

import lzma
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from gateway.auditing.evidence.signed_ends import Files, Wrong
from gateway.errors import ConfigurationError

_LARGEST = 2 << 30
"""Bytes that a zip file may unfold to: a package is held in memory while it is checked."""

_BEGINS, _END = b"PK\3\4", b"PK\5\6"
_LONGEST_END = 22 + 0xFFFF
_COUNTED_ELSEWHERE = 0xFFFF
"""Stands for the count of a zip file of more files than two bytes can count."""
_NO_LIST = "the list of what is in the zip file cannot be read: it was damaged or altered"
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
    ArithmeticError,
    MemoryError,
)
"""What reading a zip file ends with where its bytes are not what they were: a compression that nobody knows, a file that is
suddenly encrypted, a name in no alphabet, a place before the beginning."""


def read_archive(package: Path) -> Files:
    """The files in a zip file, by their names.

    Raises:
        OSError: it cannot be opened.
        ConfigurationError: it is no zip file at all.
        Wrong: it is one, and was damaged or altered.
    """
    with package.open("rb") as file:
        if file.read(len(_BEGINS)) != _BEGINS and not zipfile.is_zipfile(file):
            told = f"{package} is no evidence package: one is a folder or a zip file, as `audit evidence` made it"
            raise ConfigurationError([f"{told}; a trust file is given beside it, with --trust-file"])
        try:
            archive = zipfile.ZipFile(file)
            counted = _count_stated(file)
        except _DAMAGE:
            raise Wrong(_NO_LIST) from None
        with archive:
            if counted not in (len(archive.infolist()), _COUNTED_ELSEWHERE):  # a length in the list reaches over others
                raise Wrong(_NO_LIST)
            return {item.filename: _read(archive, item) for item in _list_files(archive)}


def _count_stated(file: BinaryIO) -> int:
    """How many files there are, as the end of a zip file says."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - _LONGEST_END))
    end = file.read()
    (count,) = struct.unpack_from("<H", end, end.rindex(_END) + 10)
    return int(count)


def _list_files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    listed = [item for item in archive.infolist() if not item.is_dir()]
    if sum(item.file_size for item in listed) > _LARGEST:
        raise Wrong("the archive unfolds to more than a package can hold")
    if len({item.filename for item in listed}) < len(listed):
        raise Wrong("a file is in the archive twice")
    return listed


def _read(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(item)
    except _DAMAGE:
        raise Wrong(f"{item.filename} cannot be read: the zip file was damaged or altered") from None
