"""What is wrong with cases, and what a policy decides otherwise than they say, told where it is to be put right."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gateway.errors import ConfigurationError, Refusal
from gateway.pdp.check.case_files import BASE, UnreadableCases, read_cases
from gateway.pdp.check.cases import DecisionCase
from gateway.pdp.check.source import PolicyFinding, suggest
from gateway.pdp.check.usual_obligations import tell_own, tell_where_usual
from gateway.pdp.engine import Engine
from gateway.pdp.reason_book import ReasonBook
from gateway.reasons import POLICY_REASONS

_NAMED = 6
"""So many of the sentences that are alike are told with their place."""
_OF_A_COPY = 3
"""From so many sentences on a file that has those of another and no others is its copy."""


def try_reading(folder: Path | None) -> tuple[list[DecisionCase], list[PolicyFinding]]:
    """The cases of a folder, none where there is none; or what keeps them from being read, each at its place."""
    try:
        return ([] if folder is None else read_cases(folder)), []
    except UnreadableCases as wrong:
        return [], [_tell(one.file, one.line, one.sentence, rule="case-form") for one in wrong.mistakes]
    except ConfigurationError as closed:
        found = [PolicyFinding(file="", line=0, rule="case-form", sentence=problem) for problem in closed.problems]
        return [], found


def repeated_findings(cases: Sequence[DecisionCase]) -> Iterator[PolicyFinding]:
    """Each case whose sentence stands elsewhere already: of two that say one thing, a reader trusts the one that was found.

    Of a file that is another's copy, that alone.
    """
    first: dict[str, DecisionCase] = {}
    repeated: dict[tuple[str, str], list[tuple[DecisionCase, DecisionCase]]] = {}
    for case in cases:
        earlier = first.setdefault(" ".join(case.name.split()), case)
        if earlier is not case:
            repeated.setdefault((case.file, earlier.file), []).append((case, earlier))
    whole = Counter(case.file for case in cases)
    for (file, other), pairs in repeated.items():
        if file != other and len(pairs) == whole[file] >= _OF_A_COPY:
            told = f"All {len(pairs)} sentences stand in cases/{other} already, so one of the two files is a copy: move it away."
            yield _tell(file, 0, told, rule="case-form")
        else:
            yield from (_tell_repeated(case, earlier) for case, earlier in pairs)


def _tell_repeated(case: DecisionCase, earlier: DecisionCase) -> PolicyFinding:
    told = f"“{case.name}” stands at cases/{earlier.file}:{earlier.line} already: give one of the two another name, or leave it out."
    return _tell(case.file, case.line, told, rule="case-form")


def _unknown_codes(case: DecisionCase, reason_book: ReasonBook) -> Iterator[PolicyFinding]:
    """Each code that a case expects and this policy may not give: it never holds, whatever is decided."""
    known = [*(reason.value for reason in POLICY_REASONS), *reason_book.own]
    for code in case.reasons:
        if reason_book.find(code) is None:
            told = f"“{case.name}” expects the reason `{code}`, which this policy has not.{suggest(str(code), known)}"
            yield _tell(case.file, case.line, told, rule="case-form")


def case_findings(
    cases: Iterable[DecisionCase], engine: Engine, *, name: str, reason_book: ReasonBook | None = None
) -> Iterator[PolicyFinding]:
    """Each case that this engine does not decide as it says; one alone for all that the usual conditions would explain.

    Where a case expects a reason that is not in `reason_book`, that is told in its place.
    """
    unusual: dict[str, list[_Unusual]] = {}
    holding: set[str] = set()
    for case in cases:
        if reason_book and (unknown := [*_unknown_codes(case, reason_book)]):
            yield from unknown
            continue
        meant = None
        try:
            document = json.loads(engine.decide(case.input_text).document)
            wrong, meant = case.disagreements(document), _find_unusual(case, document)
        except Refusal as refusal:
            wrong = [f"no decision ({refusal.note or refusal.reason.value})"]
        if not wrong:
            holding |= {case.operation} if case.usual is not None and case.allow else set()
            continue
        sentence = f"“{case.name}” does not hold ({name}): {'; '.join(wrong)}."
        if meant is None:
            yield _tell(case.file, case.line, sentence)
        else:
            unusual.setdefault(meant.for_all, []).append(_Unusual(case, sentence, meant))
    for alike in unusual.values():
        yield _tell_unusual(alike, is_of_all=alike[0].case.operation not in holding)


class _Meant(NamedTuple):
    """What would put a sentence right: said for all in `_base.yaml`, or in each."""

    for_all: str
    for_each: str


class _Unusual(NamedTuple):
    """A case that the usual conditions would explain, what is told of it, and what would put it right."""

    case: DecisionCase
    sentence: str
    meant: _Meant


def _tell_unusual(alike: Sequence[_Unusual], *, is_of_all: bool) -> PolicyFinding:
    """All sentences that one line of `_base.yaml` would put right, told there; a single one where it stands.

    Where others of the same operation hold with the usual conditions, that line would break them: then each says its own.
    """
    first, sentence, meant = alike[0]
    if len(alike) == 1:
        return _tell(first.file, first.line, sentence)
    told = f"{len(alike)} sentences that begin with the usual conditions do not hold, the first in {first.file}:{first.line}: {sentence}"
    if is_of_all:
        told = f"{told} Where that is meant, say it once for all of them, in {BASE}: {meant.for_all}."
        return _tell(BASE, first.usual_at, told)
    others = ", ".join(f"{one.case.file}:{one.case.line}" for one in alike[1:_NAMED])
    more = f" and {len(alike) - _NAMED} more" if len(alike) > _NAMED else ""
    told = f"{told} Others of {first.operation} hold, so where that is meant, say it in each ({others}{more} too): {meant.for_each}."
    return _tell(first.file, first.line, told)


def _find_unusual(case: DecisionCase, document: Mapping[str, Any]) -> _Meant | None:
    """What would be said of it, where the usual conditions are what a case has otherwise than the policy."""
    verdict = (document["allow"], tuple(reason["code"] for reason in document["reasons"]))
    if case.usual is None or verdict != (case.allow, case.reasons):
        return None
    usual = {item["id"]: item for item in case.usual}
    own = {item["id"] for item in case.obligations if item not in case.usual}
    given = [item for item in document["obligations"] if item["id"] in usual or item["id"] not in own]
    if [item["id"] for item in given] == [*usual] and all(
        item["id"] in own or usual[item["id"]].items() <= item.items() for item in given
    ):
        return None
    own_conditions = tell_own(document["obligations"], case.usual)
    return _Meant(tell_where_usual(case.operation, given, case.usual), own_conditions)


def _tell(file: str, line: int, sentence: str, *, rule: str = "case") -> PolicyFinding:
    return PolicyFinding(file=f"cases/{file}", line=line, rule=rule, sentence=sentence)
