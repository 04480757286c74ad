"""DuckDB, kept to what it is here for: reading the ledger's files. It reaches no network and installs nothing."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from gateway.ledger.segments import LONGEST_LINE

MEMORY = "1GB"
"""What a question may take, unless its asker knows that it needs more."""


def connect(folders: Sequence[Path], *, threads: int | None = None, memory: str = MEMORY) -> duckdb.DuckDBPyConnection:
    """A database in memory that can read and write below these folders only; nothing is spilled to any disk."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": memory,
            "temp_directory": "",
            "threads": threads or os.cpu_count() or 1,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    allowed = ", ".join(quote_text(f"{folder.resolve()}/") for folder in folders)
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def table_time(instant: datetime) -> datetime:
    """An instant as the tables keep it: UTC, without a zone."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def quote_text(value: str | Path) -> str:
    """A text as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"


def json_lines(files: Sequence[Path], columns: str) -> str:
    """The table of the records in these segments; a line that is no record gives a row of nulls."""
    listed = ", ".join(quote_text(file.resolve()) for file in files)
    return (
        f"read_json([{listed}], format = 'newline_delimited', columns = {columns}, ignore_errors = true, "
        f"filename = true, maximum_object_size = {LONGEST_LINE})"
    )


def object_lines(files: Sequence[Path]) -> str:
    """The table of the lines themselves, in a column `json`; null for a line that is no JSON."""
    listed = ", ".join(quote_text(file.resolve()) for file in files)
    return f"read_ndjson_objects([{listed}], ignore_errors = true, maximum_object_size = {LONGEST_LINE})"
