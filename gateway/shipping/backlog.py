"""What of the ledger a sink has still to be sent: durable records only, in order in each chain, each byte read once."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.ledger.heads import Head, head_of
from gateway.ledger.segments import Follower, Line, chains, segments
from gateway.shipping.formats import Record
from gateway.shipping.ledger_check import Tell, find_next_seq, marks_that_hold
from gateway.shipping.pacing import pace
from gateway.shipping.progress import Marks
from gateway.shipping.record_order import RecordOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records to be sent, and how far the ledger has been read once they are."""

    records: tuple[Record, ...]
    marks: Marks


_State = tuple[Path, int, int]  # the file being written: its path, inode and size


def _other_file(now: _State, before: _State) -> bool:
    """Whether it is no longer the same: the ledger only ever adds to a file or begins the next."""
    return now[0] < before[0] or (now[0] == before[0] and (now[1] != before[1] or now[2] < before[2]))


class _Chain:
    """One chain from a mark on."""

    def __init__(self, directory: Path, chain: str, mark: Head | None, tell: Tell) -> None:
        self.chain, self.mark = chain, mark
        self._directory, self._tell = directory, tell
        self._follower = Follower(directory, chain, mark.seq if mark else 0)
        self._order = RecordOrder(chain, find_next_seq(directory, chain, mark), tell)
        self._ahead: Line | None = None
        self._seen: _State | None = None
        self.head = 0

    def look(self) -> int:
        """How many records there are beyond the mark: durable ones, for what is not may yet be lost with the power."""
        files = segments(self._directory, self.chain)
        state = files[-1].path.stat() if files else None
        seen = (files[-1].path, state.st_ino, state.st_size) if state else None
        if seen != self._seen:
            if self._seen and (seen is None or _other_file(seen, self._seen)):
                self._check_again()
            head = head_of(self._directory, self.chain, durable=True)
            self.head = head.seq if head else self.head
            self._seen = seen
        return max(0, self.head - (self.mark.seq if self.mark else 0))

    def _check_again(self) -> None:
        """The file being written was replaced or became shorter: by the ledger, after a crash that may have torn it, or by somebody."""
        marks = {self.chain: self.mark} if self.mark else {}
        self.mark = marks_that_hold(self._directory, marks, self._tell).get(self.chain)
        self._order = RecordOrder(self.chain, find_next_seq(self._directory, self.chain, self.mark), self._tell)
        self._reopen()

    def read(self, limit: int, limit_bytes: int) -> list[Record]:
        """At most so many records, and (but for the first) so many bytes."""
        records: list[Record] = []
        for line in pace(iter(self._next, None)):
            limit_bytes -= len(line.raw)
            records.extend(self._take(line))
            if len(records) >= limit or limit_bytes <= 0:
                break
        return records

    def find_oldest(self) -> datetime | None:
        """When the first record beyond the mark was made; None where that cannot be read. Asked only where there is one."""
        self._ahead = self._next()
        try:
            return Record.read(self._ahead.raw).time if self._ahead else None
        except ValueError:
            return None

    def _next(self) -> Line | None:
        if (line := self._ahead) is not None:
            self._ahead = None
            return line
        for line in self._follower.read(1):
            return line
        self._reopen()  # there should be one: the file may have been replaced since it was opened
        return next(iter(self._follower.read(1)), None)

    def _reopen(self) -> None:
        self._follower.close()
        self._ahead = None
        self._follower = Follower(self._directory, self.chain, self.mark.seq if self.mark else 0)

    def _take(self, line: Line) -> list[Record]:
        """The record in a line, and what is odd about it. What is odd is shipped all the same."""
        record = self._order.read(line)
        self.mark = Head(line.seq, record.chain.hash if record else "")
        return [record] if record else []

    def close(self) -> None:
        self._follower.close()


class Backlog:
    """All chains, from the marks on; `tell` is told what is odd about them."""

    def __init__(self, directory: Path, marks: Marks, tell: Tell) -> None:
        self._directory, self._tell = directory, tell
        self._chains: dict[str, _Chain] = {}
        self._first_marks = dict(marks)
        self._waiting: dict[str, int] = {}

    def look(self) -> int:
        """How many records are waiting; also finds new chains and new records.

        Raises:
            OSError: the ledger cannot be read.
        """
        for name in chains(self._directory):
            if name not in self._chains:
                self._chains[name] = _Chain(self._directory, name, self._first_marks.get(name), self._tell)
        self._waiting = {name: chain.look() for name, chain in self._chains.items()}
        return sum(self._waiting.values())

    def find_oldest(self) -> datetime | None:
        """When the oldest of the records that are waiting was made.

        Raises:
            OSError: the ledger cannot be read.
        """
        times = (self._chains[name].find_oldest() for name, count in self._waiting.items() if count)
        return min(filter(None, times), default=None)

    @property
    def more(self) -> bool:
        """Whether more is known to wait."""
        return any(self._waiting.values())

    def read(self, limit: int, limit_bytes: int) -> Batch | None:
        """The next records of the chain that is furthest behind; None where none are waiting.

        Raises:
            OSError: the ledger cannot be read.
        """
        if not self.more:
            self.look()
        for name in sorted(self._waiting, key=self._waiting.__getitem__, reverse=True):
            chain, before = self._chains[name], self._chains[name].mark
            records = chain.read(min(limit, self._waiting[name]), limit_bytes)
            self._waiting[name] = max(0, chain.head - chain.mark.seq) if chain.mark != before and chain.mark else 0
            if chain.mark != before:
                return Batch(records=tuple(records), marks=self.marks())
        return None

    def marks(self) -> dict[str, Head]:
        """How far each chain has been read."""
        return self._first_marks | {name: chain.mark for name, chain in self._chains.items() if chain.mark}

    def close(self) -> None:
        """Let go of the files."""
        for chain in self._chains.values():
            chain.close()
