"""Allowed searches held against what the policy that decided each of them asked of a training.

A limit that was changed later accuses and excuses nobody: the record of a decision names its policy, and holds how old the
training was when it was judged.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.document import Cell
from gateway.auditing.search import SEARCHES
from gateway.errors import ConfigurationError

ALLOWED = f"{SEARCHES} AND decision = 'allow'"
AGE = "date_diff('day', training_completed_at, ts::DATE)"
"""How many days before the record of a search its person was trained."""
_SHORT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRule:
    """What a policy asks of a training: done at most so many `days` ago, and the course in this `version`; None for any."""

    days: float
    version: str | None = None

    @property
    def text(self) -> str:
        """As a person reads it."""
        asked = f"at most {self.days:.9g} days"
        return asked if self.version is None else f"{asked}, version {self.version} of the course"

    def find_fault(self, age: int | None, version: str | None) -> str | None:
        """Why a training of this age and version does not count; None where it does."""
        if age is None:
            return "none on record"
        if not 0 <= age <= self.days:
            return f"{age} days before, {self.text} allowed"
        if self.version not in (None, version):
            return f"version {version or 'not known'}, {self.version} asked for"
        return None


FindRule = Callable[[str], TrainingRule]
"""The rule of a policy by its revision; raises ConfigurationError where that cannot be read any more, or says none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSearches:
    """What became of it: the `rules` of the policies that decided, the searches `late` by them, and what is `unjudged`.

    The last are rows, one a policy: its revision, how many searches, the first, the last, the oldest training among them in
    days, how many had none on record, and why they cannot be judged.
    """

    rules: Mapping[str, TrainingRule]
    late: tuple[tuple[Cell, ...], ...]
    unjudged: tuple[tuple[Cell, ...], ...]

    @property
    def number_unjudged(self) -> int:
        """How many searches could not be judged."""
        return sum(int(row[1] or 0) for row in self.unjudged)

    def describe_rules(self) -> str:
        """By which limits was judged, each with its policies, the earliest first."""
        named: dict[str, list[str]] = {}
        for revision, rule in self.rules.items():
            named.setdefault(rule.text, []).append(revision[:_SHORT])
        return "; ".join(f"{text} (policy {', '.join(revisions)})" for text, revisions in named.items())


def judge_searches(count: Counting, find_rule: FindRule) -> JudgedSearches:
    """Every allowed search of the period, by the rule of the policy that decided it."""
    rules: dict[str, TrainingRule] = {}
    late: list[tuple[Cell, ...]] = []
    unjudged: list[tuple[Cell, ...]] = []
    for (revision,) in count.rows("policy_revision", ALLOWED, "GROUP BY 1 ORDER BY min(ts)"):
        try:
            rules[revision] = rule = _find(revision, find_rule)
        except ConfigurationError as mistake:
            unjudged += _sum_up(count, revision, str(mistake))
            continue
        late += _list_late(count, revision, rule)
    return JudgedSearches(rules=rules, late=tuple(sorted(late, key=lambda row: str(row[0]))), unjudged=tuple(unjudged))


def _find(revision: str | None, find_rule: FindRule) -> TrainingRule:
    if revision is None:
        raise ConfigurationError(["the record names no policy"])
    return find_rule(revision)


def _sum_up(count: Counting, revision: str | None, why: str) -> Iterator[tuple[Cell, ...]]:
    select = f"count(*), min(ts), max(ts), max({AGE}), count(*) FILTER (training_completed_at IS NULL)"
    where = f"{ALLOWED} AND policy_revision IS NOT DISTINCT FROM ?"
    for number, *others in count.table(select, where, parameters=[revision]):
        yield (revision, number, *others, why)


def _list_late(count: Counting, revision: str, rule: TrainingRule) -> Iterator[tuple[Cell, ...]]:
    """What is late by days, then asked of the record itself: a search at midnight is recorded the day after it was judged."""
    doubtful = "TRUE" if rule.version is not None else f"({AGE} BETWEEN 0 AND {rule.days:.9g}) IS NOT TRUE"
    for record in count.records(f"{ALLOWED} AND policy_revision = ? AND {doubtful}", [revision]):
        fault = rule.find_fault(*_read_training(record, rule))
        if fault is not None:
            yield (
                str(record["ts"])[:16].replace("T", " "),
                *(record.get(name) for name in ("user_id", "user_name", "training_completed_at")),
                *(record.get(name) for name in ("case_number", "decision_id")),
                fault,
                revision[:_SHORT],
            )


def _read_training(record: Mapping[str, Any], rule: TrainingRule) -> tuple[int | None, str | None]:
    """Age and version of the training as the policy was told of them; without that, by the days on record."""
    try:
        course = orjson.loads(record["input"])["facts"]["training"].get("lpr")
        return (None, None) if course is None else (course["age_days"], course["version"])
    except (LookupError, TypeError, ValueError, AttributeError):
        completed = record.get("training_completed_at")
        if completed is None:
            return None, None
        return (date.fromisoformat(record["ts"][:10]) - date.fromisoformat(completed)).days, rule.version
