"""Of a segment that was changed, the lines that still hold a record as it was written: what a report may count."""

import errno
from dataclasses import dataclass
from pathlib import Path

from gateway.auditing.missing import ADVICE
from gateway.auditing.private import write_private
from gateway.auditing.stated_places import is_sound, lines_as_stated
from gateway.ledger.segments import LONGEST_LINE, Line, Segment, lines_in, open_segment

_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLines:
    """The `sound` lines of a segment, each record once, and the numbers of the lines that were `left_out`."""

    segment: Segment
    sound: tuple[Line, ...]
    left_out: tuple[int, ...]

    def write(self, path: Path) -> Path:
        """Write the sound ones to a file, to be read in the place of the segment's own."""
        write_private(path, b"".join(line.raw + b"\n" for line in self.sound))
        return path

    def tell(self) -> str | None:
        """A sentence on what was left out, and where it stands; None where nothing was."""
        if not self.left_out:
            return None
        named = ", ".join(map(str, self.left_out[:_NAMED]))
        more = f" and {len(self.left_out) - _NAMED} more" if len(self.left_out) > _NAMED else ""
        return (
            f"{self.segment.name}: {len(self.left_out)} lines hold no record as it was written (line {named}{more}), "
            f"and are left out of every number and row of this: {ADVICE}"
        )


def judge_lines(segment: Segment) -> JudgedLines:
    """Hold each line of a segment against its own hash, as is done with whatever is given out.

    Raises:
        OSError: the segment cannot be read to its end.
    """
    _require_end(segment)
    sound: dict[int, Line] = {}
    for line in filter(is_sound, lines_as_stated(segment)):
        sound.setdefault(line.seq, line)
    taken = {line.line_no for line in sound.values()}
    left_out = tuple(line.line_no for line in lines_in(segment) if line.line_no not in taken)
    return JudgedLines(segment=segment, sound=tuple(sound.values()), left_out=left_out)


def _require_end(segment: Segment) -> None:
    """Nothing is read behind a line that is longer than any record: whole records could be left out there without a word."""
    with open_segment(segment) as file:
        while raw := file.readline(LONGEST_LINE):
            if not raw.endswith(b"\n") and len(raw) >= LONGEST_LINE:
                raise OSError(errno.EFBIG, "a line is longer than any record", str(segment.path))
