"""The lines that an export or a SIEM's copy holds, and in which of its files and rows each stands."""

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb

from gateway.auditing.query_engine import connect
from gateway.errors import ConfigurationError

PARQUET = ".parquet"
_NO_LINE = b"null"


class ExportedLines:
    """The lines of a SIEM's copy (a text file), or the records' lines of a Parquet export (its folder, or a file of it).

    Reading raises ConfigurationError where a pipe or device stands in the place of a file of the export, or it is no Parquet with
    that column.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ended: list[tuple[str, int]] = []

    def __iter__(self) -> Iterator[bytes]:
        count, self._ended = 0, []
        for name, lines in self._read_files():
            for line in lines:
                count += 1
                yield line
            self._ended.append((name, count))

    def locate(self, number: int | None) -> tuple[str, int | None]:
        """The file in which the line of this number of all stands, and the line or row in it; the whole copy for None.

        Of lines that were read.
        """
        if number is None:
            return str(self._path), None
        before = 0
        for name, count in self._ended:
            if number <= count:
                return name, number - before
            before = count
        return str(self._path), number

    def _read_files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        path = self._path
        if not path.is_dir() and path.suffix != PARQUET:
            with path.open("rb") as text:
                yield str(path), text
            return
        files = sorted(path.glob("day=*/records.parquet")) if path.is_dir() else [path]
        strange = [f"{file} is a pipe or device, not a file" for file in files if not file.is_file()]
        if strange:
            raise ConfigurationError(strange)
        with connect([path if path.is_dir() else path.parent]) as connection:
            for file in files:
                yield str(file), _raw_lines(connection, file)


def _raw_lines(connection: duckdb.DuckDBPyConnection, file: Path) -> Iterator[bytes]:
    try:
        found = connection.execute("SELECT raw FROM read_parquet(?)", [os.fspath(file.resolve())])
        while rows := found.fetchmany(1000):
            yield from (_as_line(raw) for (raw,) in rows)
    except duckdb.Error as error:
        raise ConfigurationError([f"{file} {_tell_unread(error)}; nothing was verified"]) from None


def _as_line(raw: object) -> bytes:
    """What stands in a row for a record's own line. A row without one is passed on as none, so that it is not passed over."""
    text = raw.encode() if isinstance(raw, str) else raw
    return text if isinstance(text, bytes) and text.strip() else _NO_LINE


def _tell_unread(error: duckdb.Error) -> str:
    if isinstance(error, duckdb.BinderException):
        return "has no column `raw` with the records' own lines, without which nothing of it can be verified"
    return "is no whole Parquet file"
