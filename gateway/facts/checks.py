"""What must hold between the rows of a new revision, asked in SQL on the tables just filled, before anybody sees them.

Cells were read one by one; here is what no single cell shows: repeated keys, references to nobody, dates out of order or
in the future. Findings name file, row and column, and the value where no plate can be in it. A reference into a file or
to a row that could not be read is not told: its own mistake is the cause.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, exists, func, select

from gateway import clock
from gateway.facts import schema as s
from gateway.facts.csv_files import show_cell
from gateway.facts.problems import Problems
from gateway.facts.vocabulary import SEARCHING
from gateway.plates import WILDCARD

_REFERENCES: Final = (
    (s.TRAINING.c.user_id, s.USERS.c.user_id),
    (s.ACKNOWLEDGEMENTS.c.user_id, s.USERS.c.user_id),
    (s.CASE_MEMBERS.c.case_number, s.CASES.c.case_number),
    (s.CASE_MEMBERS.c.user_id, s.USERS.c.user_id),
    (s.SUBJECTS.c.case_number, s.CASES.c.case_number),
    (s.SUBJECT_PLATES.c.subject_id, s.SUBJECTS.c.subject_id),
    (s.APPROVALS.c.user_id, s.USERS.c.user_id),
    (s.APPROVALS.c.case_number, s.CASES.c.case_number),
    (s.APPROVALS.c.approved_by, s.USERS.c.user_id),
)
_NEVER_AHEAD: Final = (
    s.TRAINING.c.completed_on,
    s.ACKNOWLEDGEMENTS.c.accepted_at,
    s.CASES.c.opened_on,
    s.CASES.c.closed_on,
    s.CASES.c.lookback_from,
    s.SUBJECT_PLATES.c.valid_from,
)
_IN_ORDER: Final = (
    (s.CASES.c.opened_on, s.CASES.c.closed_on),
    (s.SUBJECT_PLATES.c.valid_from, s.SUBJECT_PLATES.c.valid_to),
)
_ODD: Final = (
    (
        s.CASES,
        and_(s.CASES.c.kind == "civil", s.CASES.c.lookback_from.is_not(None)),
        "civil cases have a lookback_from, which does not count",
    ),
    (
        s.CASES,
        and_(s.CASES.c.status == "open", s.CASES.c.kind == "criminal", s.CASES.c.lookback_from.is_(None)),
        "open criminal cases have no lookback_from, so that they cannot be searched",
    ),
    (s.CASES, and_(s.CASES.c.status == "open", s.CASES.c.closed_on.is_not(None)), "open cases have a closed_on"),
    (
        s.APPROVALS,
        and_(s.APPROVALS.c.scope == "protected_plate", s.APPROVALS.c.plate.is_(None)),
        "approvals of protected_plate name no plate, so that they count for nothing: no protected plate is approved unseen",
    ),
    (
        s.APPROVALS,
        func.replace(func.replace(s.APPROVALS.c.plate, " ", ""), "-", "").contains(WILDCARD * 2),
        "approvals have several * in a row, so that they count for nothing: write one * for each gap, which stands for any number of characters",
    ),
)
_UNHEARD: Final = (
    "so that nobody could decide on an approval they ask for, unless the policy lets other offices (other_office)"
)
_MOST_NAMED: Final = 5


_Finding = tuple[Column[Any], ColumnElement[bool], str]


def check(connection: Connection, problems: Problems, *, now: datetime, usable: Mapping[str, Collection[str]]) -> None:
    """Adds every mistake that the tables show together.

    `usable` names the tables whose files could be read, each with what the rows are called that were left out.
    """
    for table in s.TABLES:
        _find_repeated(connection, problems, table)
    for child, parent in _REFERENCES:
        if parent.table.name in usable:
            _find_dangling(connection, problems, child, parent, usable[parent.table.name])
    for column, wrong, sentence in (*_find_ahead(now), *_find_disordered()):
        for (row,) in connection.execute(select(column.table.c.row).where(wrong)):
            problems.add_row(f"{column.table.name}.csv", row, column.name, sentence)


def warnings(connection: Connection) -> list[str]:
    """What is odd but harms nothing, counted."""
    counted = [
        (table.name, connection.scalar(select(func.count()).select_from(table).where(odd)), sentence)
        for table, odd, sentence in _ODD
    ]
    told = [f"{name}.csv: {count} {sentence}" for name, count, sentence in counted if count]
    return told + _warn_of_offices(connection)


def _warn_of_offices(connection: Connection) -> list[str]:
    """Who may search and could ask nobody for an approval: without an office, or in one without an active supervisor."""
    users = select(s.USERS.c.office, s.USERS.c.roles).where(s.USERS.c.active.is_(True))
    people = [(office, (roles or "").split(";")) for office, roles in connection.execute(users)]
    supervised = {office for office, roles in people if "supervisor" in roles}
    searching = Counter(office for office, roles in people if not SEARCHING.isdisjoint(roles))
    nowhere = searching.pop(None, 0)
    alone = {ascii(office): count for office, count in searching.items() if office not in supervised}
    told = [f"users.csv: {nowhere} who may search have no office, {_UNHEARD}"] if nowhere else []
    if alone:
        more = f" and {len(alone) - _MOST_NAMED} more" if len(alone) > _MOST_NAMED else ""
        named, count = ", ".join(sorted(alone)[:_MOST_NAMED]) + more, sum(alone.values())
        told.append(
            f"users.csv: {count} who may search have no active supervisor in their office ({named}), {_UNHEARD}"
        )
    return told


def _find_repeated(connection: Connection, problems: Problems, table: Table) -> None:
    first = func.min(table.c.row).over(partition_by=s.key(table)).label("first")
    ranked = select(table.c.row, first).subquery()
    for row, earlier in connection.execute(select(ranked).where(ranked.c.row != ranked.c.first)):
        problems.add_row(f"{table.name}.csv", row, ", ".join(table.info["key"]), f"repeats row {earlier}")


def _find_dangling(
    connection: Connection, problems: Problems, child: Column[Any], parent: Column[Any], left_out: Collection[str]
) -> None:
    nobody = ~exists().where(parent == child)
    sentence = f"names no row of {parent.table.name}.csv"
    for row, value in connection.execute(select(child.table.c.row, child).where(child.is_not(None), nobody)):
        if value not in left_out:
            problems.add_row(f"{child.table.name}.csv", row, child.name, sentence, show_cell(child.table, value))


def _find_ahead(now: datetime) -> Iterator[_Finding]:
    for column in _NEVER_AHEAD:
        present = clock.format_instant(now) if s.is_instant(column) else now.date().isoformat()
        yield column, column > present, "lies in the future"


def _find_disordered() -> Iterator[_Finding]:
    for earlier, later in _IN_ORDER:
        yield later, later < earlier, f"lies before {earlier.name}"
