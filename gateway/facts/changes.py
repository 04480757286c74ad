"""What a new revision changes against the one in force, and whom it would affect: counted, and named where no plate is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, select

from gateway.facts import schema as s
from gateway.facts.revisions import Reader

_OF_PEOPLE: Final = (s.USERS, s.TRAINING, s.ACKNOWLEDGEMENTS, s.CASE_MEMBERS, s.APPROVALS)
_OF_CASES: Final = (s.CASES, s.CASE_MEMBERS, s.SUBJECTS, s.APPROVALS)
_CASE_OF: Final = select(s.SUBJECTS.c.subject_id, s.SUBJECTS.c.case_number)
_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChange:
    """How many rows of one table are new and how many are gone; a changed row is both."""

    table: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionChanges:
    """Tables that differ; the people and cases that any differing row names, sorted."""

    tables: tuple[TableChange, ...]
    people: tuple[str, ...]
    cases: tuple[str, ...]


def find_changes(connection: Connection, before: Reader | None, dialect: Any) -> RevisionChanges:  # noqa: ANN401
    """Compares the tables just filled with an older revision's; None: with nothing.

    Raises:
        Unreadable: the older revision.
    """
    tables, people, cases = [], set(), set()
    for table in s.TABLES:
        statement = _select_facts(table)
        old = _index(_read(before, statement, dialect))
        new = _index(tuple(row) for row in connection.execute(statement))
        added, removed = new.keys() - old.keys(), old.keys() - new.keys()
        if not added and not removed:
            continue
        tables.append(TableChange(table=table.name, added=len(added), removed=len(removed)))
        rows = [*(new[key] for key in added), *(old[key] for key in removed)]
        people |= _name(table, rows, "user_id", _OF_PEOPLE)
        cases |= _name(table, rows, "case_number", _OF_CASES)
        if table is s.SUBJECT_PLATES:
            known = [*connection.execute(_CASE_OF), *_read(before, _CASE_OF, dialect)]
            subjects = _name(table, rows, "subject_id", (table,))
            cases |= {case_number for subject, case_number in known if subject in subjects}
    return RevisionChanges(tables=tuple(tables), people=tuple(sorted(people)), cases=tuple(sorted(cases)))


def _read(before: Reader | None, statement: Select[Any], dialect: Any) -> Sequence[_Row]:  # noqa: ANN401
    return before.read([str(statement.compile(dialect=dialect))], {})[0] if before else ()


def _select_facts(table: Table) -> Select[Any]:
    """The columns as delivered: neither the number of the row nor what is derived from a plate."""
    return select(*(table.c[name] for name in s.readers(table)))


def _index(rows: Iterable[_Row]) -> Mapping[int, _Row]:
    """Rows by a number of theirs, so that a million plates are compared without keeping two copies of each."""
    return {hash(tuple(_plain(value) for value in row)): row for row in rows}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a driver gives
    """Truth values alike, whether a driver gives them as numbers or not."""
    return int(value) if isinstance(value, bool) else value


def _name(table: Table, rows: Iterable[_Row], column: str, counted: tuple[Table, ...]) -> set[str]:
    names = list(s.readers(table))
    if table not in counted or column not in names:
        return set()
    place = names.index(column)
    return {row[place] for row in rows if row[place]}
