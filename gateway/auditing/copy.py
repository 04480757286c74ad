"""A copy of the ledger that `audit verify` accepts: segments, checkpoints, public and wrapped keys. Nothing is opened.

The gateway may go on writing meanwhile. Checkpoints are copied first, so that all they sign is there; then the chains. Where
a new record cites the head of another chain, or a checkpoint, both are copied again, until none does.
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gateway.auditing.access import Access
from gateway.auditing.private import fresh_folder, private_file, private_folder, write_private
from gateway.auditing.source import refuse_strange
from gateway.ledger.checkpoints.checkpoint import checkpoint_folder, note_files, read_stored_notes
from gateway.ledger.checkpoints.cosignatures import cosignature_files
from gateway.ledger.segments import LONGEST_LINE, Segment, chains, open_segment, segments

_PIECE = 1 << 20
_KEYS = ("installation", "*.vkey", "epochs/*.age")
_CITES = b'"event_type":"chain.resumed"'


def export_copy(directory: Path, out: Path, access: Access) -> int:
    """Copy a ledger to a new folder; the number of bytes.

    Raises:
        ConfigurationError: the folder exists and is not empty, or what stands in a segment's place is no file.
        Refusal: the reading cannot be recorded.
        OSError: the folder cannot be written.
    """
    access.record("export", {"form": "copy"})
    refuse_strange(directory)
    fresh_folder(out)
    while True:
        _copy_checkpoints(directory, out)
        _copy_keys(directory / "keys", out / "keys")
        if not _copy_news(directory, out):
            break
    for torn in directory.glob("*/*.torn"):
        shutil.copyfile(torn, private_file(out / torn.relative_to(directory)))
    return sum(path.stat().st_size for path in out.rglob("*") if path.is_file())


def _copy_checkpoints(directory: Path, out: Path) -> None:
    target = checkpoint_folder(out)
    for path in cosignature_files(directory):
        shutil.copyfile(path, private_file(target / path.name))
    for path in note_files(directory):
        whole = "".join(f"{stored.whole}\n" for stored in read_stored_notes(path) if stored.whole is not None)
        write_private(target / path.name, whole.encode("utf-8", "surrogateescape"))


def _copy_keys(source: Path, target: Path) -> None:
    """Public keys and wrapped ones, and no folder or pipe that stands in the place of one; a file that is being written has another name until it is whole."""
    for path in (item for pattern in _KEYS for item in source.glob(pattern) if item.is_file()):
        copied = target / path.relative_to(source)
        with contextlib.suppress(FileNotFoundError):  # an epoch that was shredded in this moment
            write_private(copied, path.read_bytes())


def _copy_news(directory: Path, out: Path) -> bool:
    """Copy what was not copied yet; whether any of it cites heads, which then must be copied too."""
    cites = False
    for chain in chains(directory):
        private_folder(out / chain)
        for segment in segments(directory, chain):
            cites |= _copy_segment(segment, out / chain)
    return cites


def _copy_segment(segment: Segment, folder: Path) -> bool:
    packed = folder / segment.path.with_suffix("").with_suffix(".jsonl.zst").name
    plain = folder / packed.with_suffix("").name
    if packed.exists():
        return False
    if segment.compressed and not plain.exists():
        shutil.copyfile(segment.path, private_file(packed))
        return True
    cites = False
    with (plain if plain.exists() else private_file(plain)).open("ab") as target:
        for piece in _whole_lines(segment, target.tell()):
            target.write(piece)
            cites = cites or _CITES in piece
    return cites


def _whole_lines(segment: Segment, start: int) -> Iterator[bytes]:
    with open_segment(segment) as file:
        _skip(file, start)
        while (line := file.readline(LONGEST_LINE)).endswith(b"\n"):
            yield line


def _skip(file: BinaryIO, count: int) -> None:
    if file.seekable():
        file.seek(count)
        return
    while count and (piece := file.read(min(count, _PIECE))):  # compressed since part of it was copied
        count -= len(piece)
