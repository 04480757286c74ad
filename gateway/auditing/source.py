"""The ledger as one table: ended segments through their index, the others from their lines.

A `LedgerTable` is what was there at one moment. What is given out is always the line itself, read again from its segment and
checked against its own hash; the index only says where to look.
"""

import bisect
import contextlib
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from gateway.auditing.columns import FIELDS, INDEXED, quote, read_as
from gateway.auditing.index import Progress, list_indexed_columns, present, refresh, survey
from gateway.auditing.index_digests import index_digests
from gateway.auditing.judged_lines import judge_lines
from gateway.auditing.missing import ADVICE, find_missing, is_unsigned
from gateway.auditing.private import private_folder
from gateway.auditing.query_engine import MEMORY, connect, json_lines, quote_text
from gateway.auditing.stated_places import is_sound, lines_as_stated
from gateway.durable import is_special
from gateway.errors import ConfigurationError
from gateway.ledger.records.form import RecordPlace
from gateway.ledger.segments import Line, Segment, chains, lines_in, segments
from gateway.ledger.verification.segment import check_segment

_MOST_RECORDS = (1 << 63) - 1
_LISTED = ", ".join(quote(name) for name in ("chain_id", "seq", *INDEXED))


@dataclass(slots=True)
class LedgerTable:
    """A ledger open for questions: SQL over the table `records`. `problems` are sentences on what could not be read.

    Of the segments that are `unreadable`, nothing is in the table; those that are `unchecked` have no index, and were not
    held against their chain, and those that are `broken` were, and do not hold. `unopened` are sentences on what a key that was given did not open.
    """

    directory: Path
    connection: duckdb.DuckDBPyConnection
    problems: list[str] = field(default_factory=list)
    unopened: list[str] = field(default_factory=list)
    unreadable: set[Segment] = field(default_factory=set)
    unchecked: tuple[Segment, ...] = ()
    broken: set[Segment] = field(default_factory=set)

    def check(self) -> None:
        """Hold what has no index against its chain too, as an index is only made of what was; what is broken becomes a problem.

        A record that was altered may answer to no question any more, or to another: no line that is given out would show it.
        """
        unchecked, self.unchecked = self.unchecked, ()
        broken = [segment for segment in unchecked if check_segment(segment).broken]
        self.broken |= set(broken)
        self.problems += map(_tell_broken, broken)

    def ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a question."""
        return self.connection.cursor().execute(sql, list(parameters)).fetchall()

    def places(self, where: str, parameters: Sequence[Any], limit: int | None) -> list[RecordPlace]:
        """Where the records of this condition stand, newest first."""
        order = "ORDER BY ts DESC, chain_id, seq DESC" + ("" if limit is None else f" LIMIT {limit:d}")
        rows = self.ask(f"SELECT chain_id, seq FROM records WHERE {where} {order}", parameters)  # noqa: S608
        return [RecordPlace(*row) for row in rows]

    def lines(self, places: Sequence[RecordPlace]) -> list[Line]:
        """The lines that stand at these places, in the same order. A damaged or missing one becomes a problem.

        One that is whole and only stands elsewhere in its segment, as behind a line that was removed, is given all the same.
        """
        found: dict[RecordPlace, Line] = {}
        for segment, seqs in self._by_segment(places).items():
            found |= self._lines_in(segment, seqs)
        missing = sum(place not in found for place in places)
        if missing:
            self.problems.append(
                f"{missing} records that answer to this are damaged or missing, and left out: {ADVICE}"
            )
        return [found[place] for place in places if place in found]

    def _by_segment(self, places: Sequence[RecordPlace]) -> dict[Segment, set[int]]:
        wanted: defaultdict[Segment, set[int]] = defaultdict(set)
        there = frozenset(chains(self.directory))  # what a record says of its chain is not yet checked
        files = {chain: segments(self.directory, chain) for chain in {place.chain_id for place in places} & there}
        for place in (place for place in places if place.chain_id in there):
            inside = bisect.bisect_right(files[place.chain_id], place.seq, key=lambda item: item.first_seq) - 1
            if inside >= 0:
                wanted[files[place.chain_id][inside]].add(place.seq)
        return wanted

    def _lines_in(self, segment: Segment, seqs: set[int]) -> dict[RecordPlace, Line]:
        last, found = max(seqs), dict[RecordPlace, Line]()
        with contextlib.suppress(OSError):  # what comes after the damage is missed, and told as missing
            for line in lines_in(segment):
                if line.seq in seqs and is_sound(line):
                    found[RecordPlace(line.chain_id, line.seq)] = line
                if line.seq >= last:
                    break
        missed = seqs - {place.seq for place in found}
        return found | self._find_displaced(segment, missed) if missed else found

    def _find_displaced(self, segment: Segment, missed: set[int]) -> dict[RecordPlace, Line]:
        """Those of these records that stand elsewhere in their segment; that it was changed is told."""
        found = dict[RecordPlace, Line]()
        with contextlib.suppress(OSError):
            for line in lines_as_stated(segment):
                if line.seq in missed and is_sound(line):
                    found.setdefault(RecordPlace(line.chain_id, line.seq), line)
        if found and not any(problem.startswith(segment.name) for problem in self.problems):
            self.problems.append(_tell_broken(segment))
        return found


@contextlib.contextmanager
def open_source(
    directory: Path,
    index: Path | None = None,
    progress: Progress | None = None,
    beside: Sequence[Path] = (),
    memory: str = MEMORY,
    threads: int | None = None,
    *,
    judged: bool = False,
) -> Iterator[LedgerTable]:
    """Open a ledger for reading. Without a folder for its index, one is made for this time only.

    What is counted, as in a report, is `judged`, and has no `index` that was there before: no record that was altered is in
    the table, as none is among the lines that are given out. That it is not is told as a problem. Files in the folders `beside` may be read in the same questions; they may take so much `memory` (`"1GB"`)
    and so many `threads` (None: one a processor).

    Raises:
        OSError: the index cannot be written.
        ConfigurationError: a link, pipe or device stands in the place of a segment.
    """
    with contextlib.ExitStack() as stack:
        folder = index or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lpr-audit-index-")))
        private_folder(folder)
        connection = connect([directory, folder, *beside], threads=threads, memory=memory)
        stack.enter_context(contextlib.closing(connection))
        refuse_strange(directory)
        found = survey(directory)
        source = LedgerTable(directory, connection, find_missing(directory))
        made = refresh(connection, folder, found, index_digests(index), progress)
        source.problems += [f"{fault}: {ADVICE}" for fault in made.faults]
        source.unchecked = found.others
        if index is None:
            source.check()
        source.broken |= set(made.unindexed)
        _load(source, [*made.unindexed, *found.others], folder if judged else None)
        indexed = f"read_parquet([{', '.join(quote_text(file) for file in made.files)}])"
        tables = ["live", indexed] if made.files else ["live"]
        union = " UNION ALL ".join(f"SELECT {_LISTED} FROM {table}" for table in tables)  # noqa: S608
        connection.execute(f"CREATE VIEW records AS {union}")
        source.problems += _find_unsigned_service(source)
        yield source


def refuse_strange(directory: Path) -> None:
    """Whoever makes a copy could have it read another file, or wait at a pipe for ever.

    Raises:
        ConfigurationError: a link, pipe or device stands in the place of a segment.
    """
    files = [item for chain in chains(directory) for item in segments(directory, chain)]
    strange = [item.name for item in files if item.path.is_symlink() or item.path.is_dir() or is_special(item.path)]
    if strange:
        raise ConfigurationError(
            [f"{directory / name} is no plain file, and no segment of a ledger" for name in strange]
        )


def _find_unsigned_service(source: LedgerTable) -> Iterator[str]:
    """A sentence where a gateway served for so long that it must have signed, as `audit verify` judges it, and nothing is signed."""
    if is_unsigned(source.directory):
        served = source.ask(
            "SELECT 1 FROM records WHERE regexp_full_match(chain_id, 'w\\d+') GROUP BY chain_id "
            "HAVING max(ts) - min(ts) > INTERVAL 1 HOUR"
        )
        if served:
            yield f"no checkpoint is there, and a gateway served for more than an hour: {ADVICE}"


def _tell_broken(segment: Segment) -> str:
    return f"{segment.name} was changed after it was written: {ADVICE}"


def _load(source: LedgerTable, files: Sequence[Segment], drafts: Path | None) -> None:
    """Read the segments that have no index. The last line of a file that is being written may be there in part.

    With a folder for `drafts`, of those that are broken only what is sound is read, which is written there meanwhile.
    """
    types = ", ".join(f"{quote(name)} {FIELDS[name]}" for name in INDEXED)
    source.connection.execute(f"CREATE TABLE live (chain_id VARCHAR, seq BIGINT, {types}, file VARCHAR)")
    if not files:
        return
    broken = source.broken if drafts else set[Segment]()
    paths = {present(segment): segment for segment in files if segment not in broken}
    if drafts:
        paths |= _judge(source, [segment for segment in files if segment in broken], drafts)
    before = {path: _whole_size(path) for path in paths}
    _insert(source, paths)
    for name, count in source.ask("SELECT file, count(*) FROM live WHERE event_id IS NULL GROUP BY file ORDER BY file"):
        path = Path(name)
        excused = 0 if before[path] is not None and before[path] == _whole_size(path) else 1
        if count > excused:
            source.problems.append(f"{paths[path].name} has {count - excused} lines that are no records: {ADVICE}")
    source.connection.execute("DELETE FROM live WHERE event_id IS NULL")
    _drop_strangers(source, paths)


def _judge(source: LedgerTable, broken: Sequence[Segment], drafts: Path) -> dict[Path, Segment]:
    """Files with the sound lines of these segments; what is left out is told."""
    files = dict[Path, Segment]()
    for number, segment in enumerate(broken):
        try:
            lines = judge_lines(segment)
        except OSError:
            _note_unreadable(source, segment)
            continue
        told = lines.tell()
        source.problems += [told] if told else []
        if lines.sound:
            files[lines.write(drafts / f"judged-{number}.jsonl").resolve()] = segment
    return files


def _note_unreadable(source: LedgerTable, segment: Segment) -> None:
    source.unreadable.add(segment)
    source.problems.append(f"{segment.name} cannot be read: {ADVICE}")


def _drop_strangers(source: LedgerTable, paths: Mapping[Path, Segment]) -> None:
    """Leave out records that say that they stand elsewhere: they would be taken for what stands there."""
    last = {segment: following.first_seq - 1 for segment, following in _successors(source.directory)}
    for path, segment in paths.items():
        stranger = "file = ? AND NOT coalesce(chain_id = ? AND seq BETWEEN ? AND ?, false)"
        bounds = [str(path), segment.chain_id, segment.first_seq, last.get(segment, _MOST_RECORDS)]
        if source.ask(f"DELETE FROM live WHERE {stranger} RETURNING seq", bounds):  # noqa: S608 - our own
            source.problems.append(f"{segment.name} holds records of another place: {ADVICE}")


def _successors(directory: Path) -> Iterator[tuple[Segment, Segment]]:
    for chain in chains(directory):
        yield from pairwise(segments(directory, chain))


def _insert(source: LedgerTable, paths: Mapping[Path, Segment]) -> None:
    """Read the lines of these files; one that cannot be read at all keeps no other from being read."""
    select = f"SELECT {list_indexed_columns()}, filename FROM {json_lines(list(paths), read_as())}"  # noqa: S608
    try:
        source.connection.execute(f"INSERT INTO live {select}")
    except duckdb.Error:
        if len(paths) > 1:
            for path, segment in paths.items():
                _insert(source, {path: segment})
            return
        [segment] = paths.values()
        _note_unreadable(source, segment)


def _whole_size(path: Path) -> int | None:
    """The bytes of a file; None where it ends within a line, or cannot be read."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size and path.suffix != ".zst":
            file.seek(-1, os.SEEK_END)
            return size if file.read(1) == b"\n" else None
        return size
    return None
