"""What a draft would have done to what was really asked: how many, in which direction, for which reasons, to whom."""

import operator
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.errors import ConfigurationError
from gateway.lifecycle.impact_evidence import IMPACT_NUMBERS
from gateway.lifecycle.replay import KINDS, Change, ReplayedChunk
from gateway.reasons import Reason

GROUPS = ("reason", "purpose", "office", "component")
_MOST_EXAMPLES = 10
_NOTHING_SAID = "so these numbers say nothing of what the draft would change"
_ONLY_AS_NOW = (
    "What an earlier policy decided is compared only where the one in force decides the same: once that asks for a new text of "
    "the rules of behavior, which nobody had accepted before, nothing of before is. Compare again after some searches"
)
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_CONDITION = re.compile(r"\s*([a-z_]+)\s*(>=|<=|==|!=|>|<)\s*(\d+)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One value of a group, as one office: how many decisions of each kind, and how many persons they touch."""

    value: str
    newly_allowed: int
    newly_denied: int
    obligations_changed: int
    reasons_changed: int
    persons: int

    @property
    def total(self) -> int:
        """All decisions that would change."""
        return self.newly_allowed + self.newly_denied + self.obligations_changed + self.reasons_changed


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactReport:
    """A whole comparison. Persons are counted, never named; examples are decision ids.

    `replayed` and `not_reproduced` together are all `decisions` on record of the period, or of the sample of it.

    `own_reasons` are the sentences of the codes that either policy declares for itself. `acceptance` says how the numbers
    are to be read where the rules of behavior must be accepted once more.
    """

    current: str
    candidate: str
    changes: tuple[str, ...]
    since: str | None
    until: str
    sample: float
    decisions: int
    replayed: int
    not_reproduced: int
    not_reproduced_why: Mapping[str, int]
    newly_allowed: int
    newly_denied: int
    obligations_changed: int
    reasons_changed: int
    unchanged: int
    persons: Mapping[str, int]
    groups: Mapping[str, tuple[GroupRow, ...]] = field(repr=False)
    examples: Mapping[str, tuple[str, ...]] = field(repr=False)
    engine: str
    seconds: float
    decisions_per_second: int
    processor_us_each: int
    own_reasons: Mapping[str, str] = field(default_factory=dict, repr=False)
    acceptance: str | None = None

    def count_persons(self, reason: Reason) -> int:
        """The persons of whom a decision would be another with this reason in it, or without it."""
        return next((row.persons for row in self.groups["reason"] if row.value == reason.value), 0)

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def sum_up(
    replayed: ReplayedChunk,
    *,
    current: str,
    candidate: str,
    changes: Iterable[str],
    period: tuple[str | None, str],
    sample: float,
    engine: str,
    seconds: float,
) -> ImpactReport:
    """The report on what was replayed of a period: since when, None from the beginning on, and until when."""
    kinds = Counter(change.kind for change in replayed.changes)
    judged = replayed.replayed + replayed.not_reproduced.total()
    left_out = replayed.not_reproduced + replayed.by_no_policy
    return ImpactReport(
        current=current,
        candidate=candidate,
        changes=tuple(changes),
        since=period[0],
        until=period[1],
        sample=sample,
        decisions=replayed.replayed + left_out.total(),
        replayed=replayed.replayed,
        not_reproduced=left_out.total(),
        not_reproduced_why=dict(left_out.most_common()),
        newly_allowed=kinds["newly_allowed"],
        newly_denied=kinds["newly_denied"],
        obligations_changed=kinds["obligations_changed"],
        reasons_changed=kinds["reasons_changed"],
        unchanged=replayed.replayed - sum(kinds.values()),
        persons={kind: len({one.user_id for one in replayed.changes if one.kind == kind}) for kind in KINDS},
        groups={group: _group(replayed.changes, group) for group in GROUPS},
        examples={kind: _examples(replayed.changes, kind) for kind in KINDS},
        engine=engine,
        seconds=round(seconds, 2),
        decisions_per_second=round(judged / seconds) if seconds else 0,
        processor_us_each=round(replayed.processor_s / judged * 1e6) if judged else 0,
    )


def tell_nothing_compared(report: ImpactReport) -> str | None:
    """A sentence where all numbers are zero for want of anything to compare, which says nothing of the draft; None else."""
    if report.replayed:
        return None
    if not report.decisions:
        return f"no decision is on record of the period, {_NOTHING_SAID}"
    return f"none of {report.decisions:,} decisions could be compared, {_NOTHING_SAID}. {_ONLY_AS_NOW}"


def find_failed(report: ImpactReport, conditions: Iterable[str]) -> list[str]:
    """Those conditions, as `newly_allowed>0`, that are so.

    Raises:
        ConfigurationError: one cannot be read.
    """
    return [
        condition
        for condition, (name, operator, number) in read_conditions(conditions).items()
        if _OPERATORS[operator](getattr(report, name), number)
    ]


def read_conditions(conditions: Iterable[str]) -> dict[str, tuple[str, str, int]]:
    """Each condition in its parts, so that a mistake is told before anything is replayed.

    Raises:
        ConfigurationError: one cannot be read.
    """
    read = {condition: _CONDITION.fullmatch(condition) for condition in conditions}
    wrong = [condition for condition, match in read.items() if match is None or match[1] not in IMPACT_NUMBERS]
    if wrong:
        known = ", ".join(IMPACT_NUMBERS)
        raise ConfigurationError(
            [f"--fail-if {condition!r}: write it like newly_allowed>0, with one of: {known}" for condition in wrong]
        )
    return {condition: (match[1], match[2], int(match[3])) for condition, match in read.items() if match is not None}


def _group(changes: Iterable[Change], group: str) -> tuple[GroupRow, ...]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    persons: defaultdict[str, set[str | None]] = defaultdict(set)
    for change in changes:
        for value in change.reasons if group == "reason" else (getattr(change, group),):
            counts[str(value or "not known")][change.kind] += 1
            persons[str(value or "not known")].add(change.user_id)
    rows = [
        GroupRow(value=value, persons=len(persons[value]), **{kind: count[kind] for kind in KINDS})
        for value, count in counts.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.total, row.value)))


def _examples(changes: Iterable[Change], kind: str) -> tuple[str, ...]:
    return tuple(sorted(change.decision_id for change in changes if change.kind == kind)[:_MOST_EXAMPLES])
