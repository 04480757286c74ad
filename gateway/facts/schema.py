"""The nine tables of a facts revision, each column with the reader of its CSV cell.

Dates and instants are kept as ISO text on every database: the same form as in the CSV files, the same order as in time,
and the same to read through any driver. `row` is the row of the CSV file a fact came from (the header is row 1), so that
every later finding can name it. `normal` and `fold` are derived from `plate`; `first_seen` is
the import that first brought an approval.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, Table, Text

from gateway.facts import csv_values as cells

METADATA: Final = MetaData()
ROLES: Final = frozenset({"officer", "supervisor", "privacy", "auditor", "administrator"})
SCOPES: Final = frozenset({"partial_plate", "geo_search", "protected_plate", "other_purpose"})
_BY_COLUMN: Final = "read"
_OF_A_PLATE: Final = ("normal", "fold")


def _cell(name: str, read: Callable[[str], Any]) -> Column[Any]:
    kind = Boolean() if read is cells.flag else Text()
    return Column(name, kind, info={_BY_COLUMN: read})


def _table(name: str, *columns: Column[Any], key: tuple[str, ...], derived: tuple[str, ...] = ()) -> Table:
    row: Column[int] = Column("row", Integer, primary_key=True, autoincrement=False)
    more = [Column(column, Text) for column in derived]
    return Table(name, METADATA, row, *columns, *more, info={"key": key})


USERS = _table(
    "users",
    _cell("user_id", cells.user_id),
    _cell("name", cells.text),
    _cell("component", cells.text),
    _cell("office", cells.text),
    _cell("roles", cells.several_of(ROLES)),
    _cell("active", cells.flag),
    key=("user_id",),
)
TRAINING = _table(
    "training",
    _cell("user_id", cells.user_id),
    _cell("course", cells.name),
    _cell("version", cells.text),
    _cell("completed_on", cells.day),
    key=("user_id", "course", "version", "completed_on"),
)
ACKNOWLEDGEMENTS = _table(
    "acknowledgements",
    _cell("user_id", cells.user_id),
    _cell("document", cells.name),
    _cell("version", cells.text),
    _cell("accepted_at", cells.instant),
    key=("user_id", "document", "version", "accepted_at"),
)
CASES = _table(
    "cases",
    _cell("case_number", cells.case_number),
    _cell("kind", cells.one_of(frozenset({"civil", "criminal"}))),
    _cell("status", cells.one_of(frozenset({"open", "closed"}))),
    _cell("opened_on", cells.day),
    _cell("closed_on", cells.day),
    _cell("offense_code", cells.text),
    _cell("lookback_from", cells.day),
    _cell("office", cells.text),
    key=("case_number",),
)
CASE_MEMBERS = _table(
    "case_members",
    _cell("case_number", cells.case_number),
    _cell("user_id", cells.user_id),
    key=("case_number", "user_id"),
)
SUBJECTS = _table(
    "subjects",
    _cell("subject_id", cells.name),
    _cell("case_number", cells.case_number),
    _cell("relation", cells.text),
    _cell("active", cells.flag),
    key=("subject_id",),
)
SUBJECT_PLATES = _table(
    "subject_plates",
    _cell("subject_id", cells.name),
    _cell("plate", cells.plate),
    _cell("plate_state", cells.state),
    _cell("valid_from", cells.day),
    _cell("valid_to", cells.day),
    key=("subject_id", "plate", "plate_state", "valid_from"),
    derived=_OF_A_PLATE,
)
APPROVALS = _table(
    "approvals",
    _cell("approval_id", cells.name),
    _cell("user_id", cells.user_id),
    _cell("case_number", cells.text),
    _cell("scope", cells.one_of(SCOPES)),
    _cell("plate", cells.plate_or_any),
    _cell("approved_by", cells.text),
    _cell("expires_at", cells.instant),
    key=("approval_id",),
    derived=("first_seen",),
)
PROTECTED_PLATES = _table(
    "protected_plates",
    _cell("plate", cells.plate),
    _cell("plate_state", cells.state),
    _cell("note", cells.text),
    key=("plate", "plate_state"),
    derived=_OF_A_PLATE,
)
TABLES: Final = tuple(METADATA.tables.values())

INDEXES: Final = (
    Index("users_by_id", USERS.c.user_id),
    Index("training_by_user", TRAINING.c.user_id),
    Index("acknowledgements_by_user", ACKNOWLEDGEMENTS.c.user_id),
    Index("cases_by_number", CASES.c.case_number),
    Index("case_members_by_case", CASE_MEMBERS.c.case_number, CASE_MEMBERS.c.user_id),
    Index("subjects_by_id", SUBJECTS.c.subject_id),
    Index("subjects_by_case", SUBJECTS.c.case_number),
    Index("subject_plates_by_fold", SUBJECT_PLATES.c.fold),
    Index("subject_plates_by_subject", SUBJECT_PLATES.c.subject_id),
    Index("approvals_by_id", APPROVALS.c.approval_id),
    Index("approvals_by_user", APPROVALS.c.user_id),
    Index("protected_plates_by_fold", PROTECTED_PLATES.c.fold, PROTECTED_PLATES.c.plate_state),
)


def readers(table: Table) -> dict[str, Callable[[str], Any]]:
    """The columns of a table's CSV file in the design's order, each with what reads its cells."""
    return {column.name: column.info[_BY_COLUMN] for column in table.columns if _BY_COLUMN in column.info}


def holds_plates(table: Table) -> bool:
    """Whether a file's cells may be plates, so that no sentence may repeat one."""
    return "plate" in table.c


def is_instant(column: Column[Any]) -> bool:
    """Whether a column holds times rather than days."""
    return column.info.get(_BY_COLUMN) is cells.instant


def key(table: Table) -> tuple[Column[Any], ...]:
    """The columns that no two rows of a table may have alike; a plate counts in its normal form."""
    return tuple(table.c["normal" if name == "plate" else name] for name in table.info["key"])
