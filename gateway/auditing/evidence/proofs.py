"""What leads from a record to a signature.

A checkpoint signs the hash of each chain's last record, and a record's hash covers the hash of the one before. So a
record is proved by the lines from it to the next signed one: a run. Lines between are needed whole, because each must be
hashed; what is sealed in them stays sealed.
"""

import errno
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from gateway.auditing.stated_places import is_displaced, lines_as_stated
from gateway.ledger.checkpoints.checkpoint import note_files, read_stored_notes
from gateway.ledger.records.form import RecordPlace
from gateway.ledger.segments import Line, Segment, lines_in, segments
from gateway.ledger.verification.line import BrokenLineError, check_line

_NUMBER = re.compile(r"^checkpoint (\d+)$", re.MULTILINE)
_KEYS = re.compile(r"^(key|retired) ", re.MULTILINE)
_HEAD = re.compile(r"^chain (\S+) (\d+) ([0-9a-f]{64})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """The records of one chain from `first` to `last`, which a checkpoint (`note` is all of it) signed as its head."""

    chain_id: str
    first: int
    last: int
    number: int
    note: str = field(repr=False)

    def name_from(self, first: int) -> str:
        """The file in a package of its records from this one on."""
        return f"ledger/{self.chain_id}-{first}-{self.last}.jsonl"

    def read_linked(self, directory: Path) -> list[Line]:
        """Its lines as they lie in the ledger now, from the last that is missing or damaged on: those that lead to its end."""
        held: list[Line] = []
        files = segments(directory, self.chain_id)
        for segment, following in zip(files, [*files[1:], None], strict=True):
            if (following is None or following.first_seq > self.first) and segment.first_seq <= self.last:
                held += [line for line in _read_whole(segment) if self.first <= line.seq <= self.last]
        return _cut_at_damage(held) if held and held[-1].seq == self.last else []


def _cut_at_damage(lines: Sequence[Line]) -> list[Line]:
    """What follows the last gap, or the last line that is not what was written."""
    begin, prev = 0, None
    for at, line in enumerate(lines):
        if at > begin and line.seq != lines[at - 1].seq + 1:
            begin, prev = at, None
        try:
            prev = check_line(line.raw, line.chain_id, line.seq, prev).link.hash
        except BrokenLineError:
            begin, prev = at + 1, None
    return list(lines[begin:])


def _read_whole(segment: Segment) -> list[Line]:
    """The lines of a segment; none where what was compressed is damaged, for no line of it can be trusted to be the last."""
    try:
        lines = list(lines_in(segment))
        return list(lines_as_stated(segment)) if lines and is_displaced(lines[-1]) else lines
    except OSError as error:
        if error.errno != errno.EBADMSG:
            raise
        return []


def runs(directory: Path, places: Sequence[RecordPlace]) -> tuple[list[Run], list[RecordPlace]]:
    """The runs that prove the records at these places, and the places that no checkpoint has signed yet."""
    found: list[Run] = []
    unsigned: list[RecordPlace] = []
    for chain, group in groupby(sorted(places), key=lambda place: place.chain_id):
        waiting = [place.seq for place in group]
        for last, number, note in _find_signature(directory, chain):
            covered = [seq for seq in waiting if seq <= last]
            if covered:
                found.append(Run(chain, covered[0], last, number, note))
                waiting = waiting[len(covered) :]
            if not waiting:
                break
        unsigned += [RecordPlace(chain, seq) for seq in waiting]
    return found, unsigned


def notes_of_keys(directory: Path) -> Iterator[tuple[int, str]]:
    """The checkpoints that name a new key or let go of one: by them a key known from elsewhere leads to later ones."""
    for path in note_files(directory):
        for stored in read_stored_notes(path):
            number = _NUMBER.search(stored.whole or "")
            if stored.whole and number and _KEYS.search(stored.whole):
                yield int(number[1]), stored.whole


def _find_signature(directory: Path, chain: str) -> Iterator[tuple[int, int, str]]:
    """Head, checkpoint number and note of each checkpoint that holds this chain, in order."""
    for path in note_files(directory):
        for stored in read_stored_notes(path):
            heads = {name: int(seq) for name, seq, _ in _HEAD.findall(stored.whole or "")}
            number = _NUMBER.search(stored.whole or "")
            if stored.whole and number and chain in heads:
                yield heads[chain], int(number[1]), stored.whole
