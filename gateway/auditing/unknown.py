"""What was asked for and does not exist: told as such, and not as a search that found nothing."""

import re
from collections.abc import Collection
from dataclasses import fields

from gateway.auditing.person_names import name_words
from gateway.auditing.search import Criteria, condition
from gateway.auditing.source import LedgerTable
from gateway.near_words import find_near
from gateway.reasons import Reason

_COLUMNS = {"event_type": "event_type", "purpose": "purpose_code"}
_NAMES = {"person": "user_id", "case": "case_number"}
_NO_PLATE = (
    "no record has this plate, or this part of one, in the epochs that could be searched; "
    "a search by part of a plate is found by that part as it was asked, with its *, and a plate is asked for without its state"
)
_ONLY_COUNTED = (
    "; a decision that was refused before it was known who asks (401, 404, 429, 503) may be one of many in its minute, which are counted "
    "(--event refusals.counted)"
)
_WORDS = {
    "person": "person",
    "case": "case",
    "plates": "plate",
    "purpose": "purpose",
    "reason": "reason code",
    "event_type": "event type",
    "decision_id": "id",
    "address": "address",
}


def find_unknown(source: LedgerTable, criteria: Criteria, event_types: Collection[str] = ()) -> list[str]:
    """A sentence for each thing asked for that no record at all has, whatever else was asked for.

    A plate may be on record under a key that was altered. A reason code of the gateway's, and one of its `event_types`, is no mistake before the first record has it.
    """
    words = {"reason": {reason.value for reason in Reason}, "event_type": event_types}
    return [
        _sentence(source, name, value)
        for name, value in _list_given(criteria).items()
        if value not in words.get(name, ())
        and not (name == "plates" and criteria.altered)
        and not _is_anywhere(source, name, value)
    ]


def _list_given(criteria: Criteria) -> dict[str, object]:
    values = {item.name: getattr(criteria, item.name) for item in fields(criteria)}
    return {name: value for name, value in values.items() if name in _WORDS and value is not None}


def _is_anywhere(source: LedgerTable, name: str, value: object) -> bool:
    where, parameters = condition(Criteria(**{name: value}))  # type: ignore[arg-type] # a value of that very field
    return bool(source.ask(f"SELECT 1 FROM records WHERE {where} LIMIT 1", parameters))  # noqa: S608 - ours


def _list_spellings(source: LedgerTable, name: str, value: str) -> list[str]:
    """The same person or case, written with other capitals or without a blank that was copied along."""
    column = _NAMES.get(name)
    if column is None:
        return []
    alike = f"SELECT DISTINCT {column} FROM records WHERE lower({column}) = ? ORDER BY ALL"  # noqa: S608 - ours
    return [str(word) for (word,) in source.ask(alike, [value.strip().lower()])]


def _list_of_that_name(source: LedgerTable, value: str) -> list[str]:
    """The user ids of persons whose names have all these words: a complaint comes with a name, or a part of one."""
    words = name_words(value)
    if not words:
        return []
    persons = source.ask(
        "SELECT DISTINCT user_id, user_name FROM records WHERE user_id IS NOT NULL AND user_name IS NOT NULL"
    )
    return sorted({str(user) for user, name in persons if words <= name_words(str(name))})


def _list_words(source: LedgerTable, name: str) -> list[str]:
    """Those that one was probably meant of. Another person or case is not guessed at."""
    if name in _COLUMNS:
        column = _COLUMNS[name]
        given = source.ask(f"SELECT DISTINCT {column} FROM records WHERE {column} IS NOT NULL")  # noqa: S608 - ours
        return sorted(str(word) for (word,) in given)
    return _list_codes(source) if name == "reason" else []


def _list_codes(source: LedgerTable) -> list[str]:
    """The gateway's reasons, and those of an agency's own that are on record."""
    given = source.ask("SELECT DISTINCT unnest(deny_reasons) FROM records WHERE event_type = 'decision'")
    return sorted({*(reason.value for reason in Reason), *(str(code) for (code,) in given)})


_LIKE_A_NAME = re.compile(r"[^\W\d]+|.*\s.*")
"""Letters alone, or several words: user ids are rarely so."""


def _sentence(source: LedgerTable, name: str, value: object) -> str:
    if name == "plates":
        return _NO_PLATE
    spelt = _list_spellings(source, name, str(value))
    near = spelt[0] if spelt else find_near(str(value).lower(), _list_words(source, name))
    meant = f"; did you mean {near}?" if near is not None and near != value else ""
    named = _list_of_that_name(source, str(value)) if name == "person" else []
    if named or (name == "person" and _LIKE_A_NAME.fullmatch(str(value).strip())):
        meant += "; a person is asked for by the user id" + (f": of this name is {', '.join(named)}" if named else "")
    meant += _ONLY_COUNTED if name == "decision_id" else ""
    return f"no record has the {_WORDS[name]} {value}{meant}"
