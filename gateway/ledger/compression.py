"""Compressing closed segments with zstd. A segment is replaced only by one that was read back and is the same."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

from gateway.durable import Disk, write_whole
from gateway.ledger.segments import Segment, chains, open_segment, segments

_LEVEL = 6
_PIECE = 1 << 20


def compress_closed(directory: Path, *, disk: Disk) -> int:
    """Compress every segment that has a successor; how many were.

    Raises:
        OSError: the disk does not let us; the plain segment stays.
    """
    closed = [segment for chain in chains(directory) for segment in segments(directory, chain)[:-1]]
    plain = [segment for segment in closed if not segment.compressed]
    for segment in plain:
        _compress(segment, disk)
    return len(plain)


def _compress(segment: Segment, disk: Disk) -> None:
    target = segment.path.with_name(segment.path.name + ".zst")
    write_whole(target, _write_frames(segment), disk)
    if _digest(Segment(segment.chain_id, segment.first_seq, target)) != _digest(segment):
        raise OSError("the compressed segment does not read back as it was")
    disk.remove(segment.path)
    disk.sync_folder(target.parent)


def _write_frames(segment: Segment) -> Iterator[bytes]:
    compressor = zstandard.ZstdCompressor(_LEVEL, write_checksum=True).compressobj()
    for piece in _pieces(segment):
        yield compressor.compress(piece)
    yield compressor.flush()


def _pieces(segment: Segment) -> Iterator[bytes]:
    with open_segment(segment) as file:
        while piece := file.read(_PIECE):
            yield piece


def _digest(segment: Segment) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(segment):
        digest.update(piece)
    return digest.hexdigest()
