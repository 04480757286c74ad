"""What stands out in a period: four plain rules that a reviewer can explain to the person concerned."""

from collections import defaultdict
from itertools import groupby
from operator import itemgetter
from statistics import median

from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.document import Cell
from gateway.auditing.reports.plates import SearchedPlates
from gateway.auditing.search import PERSONS, SEARCHES

_BUSY_TIMES, _BUSY_LEAST = 3, 20
_DENIED_SHARE, _DENIED_LEAST = 0.5, 5
_SAME_PLATE_DAYS = 4

LIMITS = (
    f"Listed is who asked more than {_BUSY_TIMES} times as often as the median person (and at least {_BUSY_LEAST} times); "
    f"who had at least {_DENIED_LEAST} searches and half of all or more denied; who searched one plate on "
    f"{_SAME_PLATE_DAYS} or more different days; and who searched one plate under different cases."
)
"""The rules in words."""


def outliers(count: Counting, plates: SearchedPlates) -> tuple[tuple[Cell, ...], ...]:
    """Person, name, office, and the sentences on what stands out; the person with most sentences first."""
    people = count.rows(
        "user_id, arg_max(user_name, ts), arg_max(office, ts), count(*), count(*) FILTER (decision = 'deny'), "
        f"{PERSONS}",
        f"{SEARCHES} AND user_id IS NOT NULL",
        "GROUP BY user_id ORDER BY user_id",
    )
    told: defaultdict[str, list[str]] = defaultdict(list)
    usual = median([row[3] for row in people if row[5]] or [0])
    for user, _, _, asked, denied, _ in people:
        if asked >= _BUSY_LEAST and asked > _BUSY_TIMES * usual:
            told[user].append(f"asked {asked:,} times; the median person {usual:,.0f} times")
        if asked >= _DENIED_LEAST and denied >= _DENIED_SHARE * asked:
            told[user].append(f"{denied:,} of {asked:,} searches denied")
    for user, sentence in _tell_plates(plates):
        told[user].append(sentence)
    listed = [(user, name, office, "; ".join(told[user])) for user, name, office, *_ in people if told[user]]
    return tuple(sorted(listed, key=lambda row: -len(told[row[0]])))


def _tell_plates(plates: SearchedPlates) -> list[tuple[str, str]]:
    sentences = []
    for user, rows in groupby(plates.find_repeated(_SAME_PLATE_DAYS), key=itemgetter(0)):
        repeated = list(rows)
        days = [days for _, days, _ in repeated if days >= _SAME_PLATE_DAYS]
        cases = [cases for _, _, cases in repeated if cases > 1]
        if days:
            sentences.append((user, f"{_plural(len(days), 'plate')} on up to {max(days)} different days"))
        if cases:
            sentences.append((user, f"{_plural(len(cases), 'plate')} under up to {max(cases)} different cases"))
    return sentences


def _plural(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
