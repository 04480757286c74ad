"""Sequences and cases as tests write them: plain values, read as those that lie beside a detector are."""

from datetime import UTC, datetime

from gateway.oversight.detectors.case_forms import DetectorCase, FindingDays, SearchGroup
from gateway.oversight.detectors.cases import context_of
from gateway.oversight.detectors.sequences import SearchSequence, first_moment, make_sequence
from gateway.oversight.detectors.sequences import moment as moment_after

START = datetime(2026, 6, 1, 16, tzinfo=UTC)
assert first_moment("America/New_York") == START
Sequence = SearchSequence


def moment(days):
    return moment_after(START, days)


def sequence(groups, findings=()):
    read = [SearchGroup.model_validate(_plain(group)) for group in groups]
    return make_sequence(read, [FindingDays.model_validate(one) for one in findings], start=START)


def context(case):
    """The tables beside the ledger that a case names."""
    named = {name: value for name, value in case.items() if name in DetectorCase.model_fields}
    return context_of(DetectorCase.model_validate(_plain({"name": "one", "expect": "none"} | named)), START)


def _plain(value):
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [*map(_plain, value)] if isinstance(value, (list, tuple, range)) else value
