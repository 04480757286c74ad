"""Words of a new revision that decide something: near misses are mistakes, and what nobody could use is told.

Asked in SQL on the tables just filled. Only words are shown, of columns that hold no plates.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column, Connection, func, select

from gateway.facts import schema as s
from gateway.facts.problems import Problems
from gateway.facts.vocabulary import COURSES, DOCUMENTS, RELATIONS, SEARCHING, Vocabulary, find_meant

_Judged = tuple[Column[Any], frozenset[str]]


def check_words(connection: Connection, problems: Problems, vocabulary: Vocabulary) -> None:
    """Adds every word that is nearly one that counts, once a word, with the first row it stands in."""
    for column, words in _list_judged(vocabulary):
        for word, first, count in _count_words(connection, column):
            meant = find_meant(word, words)
            if meant is not None:
                rows = "" if count == 1 else f" ({count} rows)"
                sentence = f"{word!a} does not count; {_tell_remedy(column, word, meant)}{rows}"
                problems.add_row(f"{column.table.name}.csv", first, column.name, sentence)


def _tell_remedy(column: Column[Any], word: str, meant: str) -> str:
    """What to write; where the policy has a digit in the place of a letter, the mistake is rather there."""
    if column is s.USERS.c.component and not _has_digit(word) and _has_digit(meant):
        return (
            f"the policy's tables/purposes has {meant}: where that is the mistake, have the privacy office put it right"
        )
    return f"write {meant}"


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)


def warn_of_words(connection: Connection, vocabulary: Vocabulary) -> list[str]:
    """What would refuse people although nothing is wrong with any one row."""
    return [
        *_warn_of_nobody(connection, s.TRAINING.c.course, COURSES, "training_missing"),
        *_warn_of_components(connection, vocabulary.components),
    ]


def _list_judged(vocabulary: Vocabulary) -> Iterator[_Judged]:
    yield s.TRAINING.c.course, COURSES
    yield s.ACKNOWLEDGEMENTS.c.document, DOCUMENTS
    yield s.SUBJECTS.c.relation, RELATIONS
    yield s.USERS.c.component, vocabulary.components


def _count_words(connection: Connection, column: Column[Any]) -> Iterable[tuple[str, int, int]]:
    row = column.table.c.row
    statement = select(column, func.min(row), func.count()).where(column.is_not(None)).group_by(column)
    return ((word, first, count) for word, first, count in connection.execute(statement.order_by(func.min(row))))


def _warn_of_nobody(connection: Connection, column: Column[Any], words: frozenset[str], reason: str) -> list[str]:
    found = {word for word, _, _ in _count_words(connection, column)}
    if found and found.isdisjoint(words):
        named = ", ".join(sorted(words))
        return [f"{column.table.name}.csv: no row has the {column.name} {named}; everybody is refused as {reason}"]
    return []


def _warn_of_components(connection: Connection, components: frozenset[str]) -> list[str]:
    if not components:
        return []
    users = select(s.USERS.c.component, s.USERS.c.roles).where(s.USERS.c.active.is_(True))
    counts: dict[str, int] = {}
    for component, roles in connection.execute(users):
        if component not in components and any(role in (roles or "").split(";") for role in SEARCHING):
            shown = "(empty)" if component is None else ascii(component)
            counts[shown] = counts.get(shown, 0) + 1
    return [
        f"users.csv: {count} who may search have the component {component}, which no purpose lists"
        for component, count in sorted(counts.items())
    ]
