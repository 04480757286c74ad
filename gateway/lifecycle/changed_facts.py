"""A policy's input with facts changed by hand, so that the answer is that of a request as it could come.

Much of an input is worked out of the rest of it: ages of the request's time, what a case allows of its number. What can be
worked out anew from the input alone is; what cannot, must be given as well. Else a changed fact that no rule looks at would be
answered as if it had been looked at.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.canonical import canonical
from gateway.clock import parse_instant
from gateway.errors import ConfigurationError
from gateway.model import Window
from gateway.pdp import Bundle
from gateway.pdp.check.cases import apply_changes
from gateway.pdp.check.rule_reads import RuleBook
from gateway.pdp.check.written_numbers import suggest_number
from gateway.pdp.input import describe_window

_WORKED_OUT: Mapping[str, tuple[str, ...]] = {
    "request.time": (
        "query.window.lookback_days",
        "query.window.ahead_hours",
        "query.context_age_minutes",
        "policy.age_days",
        "facts.age_hours",
        "facts.training.*.age_days",
        "facts.acknowledgement.age_days",
        "facts.case.lookback_days",
        "facts.target.matches.*.plate_valid",
        "facts.target.matches.*.valid_from_days",
        "facts.approvals.*.expires_in_hours",
        "actor.assurance.auth_age_minutes",
    ),
    "query.case_number": (
        "facts.case",
        "facts.target.matches.*.in_cited_case",
        "facts.approvals.*.case_matches",
    ),
    "subject.id": ("subject", "facts.training", "facts.acknowledgement", "facts.case.assigned", "facts.usage"),
    "subject.office": ("facts.case.same_office", "actor.may_act_for_subject"),
    "query.plate.state": ("facts.target.matches.*.state",),
}
"""What the gateway works out of a fact and of knowledge that no input holds: whoever changes the one must say the others."""
_COMMA = re.compile(r"-?\d+,\d+")
_EDGES = ("start", "end")
_OF_THE_WINDOW = frozenset(f"query.window.{edge}" for edge in _EDGES)


def change_facts(bundle: Bundle, text: str, changes: Sequence[str]) -> str:
    """The input with these facts changed, each `PATH=VALUE`, and with what is worked out of them.

    Raises:
        ConfigurationError: a place that there is not, that no rule of this policy reads, or of which facts are worked out that
            were not given as well.
    """
    wanted = _read_changes(changes)
    try:
        document = apply_changes(json.loads(text), {"set": wanted})
    except ValueError as mistake:
        raise ConfigurationError([f"--set: {mistake}"]) from None
    problems = [*_find_unread(bundle, wanted), *_find_left_behind(document, wanted)]
    if problems:
        raise ConfigurationError([f"--set: {problem}" for problem in problems])
    _work_out_window(document, wanted)
    return canonical(document)


def _read_changes(changes: Sequence[str]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    for path, value in map(_read_change, changes):
        if path in wanted:
            raise ConfigurationError([f"--set: {path} is given twice, and can have one value"])
        wanted[path] = value
    return wanted


def _read_change(change: str) -> tuple[str, Any]:
    if "=" not in change:
        raise ConfigurationError([f"--set: {change} says no value: write it as PATH=VALUE, an empty one as PATH="])
    path, value = (part.strip(" ") for part in change.split("=", 1))
    try:
        return path, json.loads(value)
    except ValueError:
        if _COMMA.fullmatch(value):
            told = (
                f"{path}: {value} is no number, but a text: write {suggest_number(value)}, or put it in quotation marks"
            )
            raise ConfigurationError([f"--set: {told}"]) from None
        return path, value


def _find_unread(bundle: Bundle, wanted: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each changed place at which no rule looks; none where the rules cannot be read."""
    read = RuleBook((content for _, content in bundle.rego), {}).list_input_paths()
    if not read:
        return
    for path in wanted:
        known = path in _WORKED_OUT or path in _OF_THE_WINDOW
        if not known and not any(_overlap(path.split("."), other) for other in read):
            yield f"no rule of this policy reads {path}, so nothing would be another with it"


def _overlap(place: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one of two places is the other, or holds it."""
    return all(one == its for one, its in zip(place, other, strict=False))


def _find_left_behind(document: Any, wanted: Mapping[str, Any]) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """A sentence for each changed fact of which others are worked out, where none of these is given with it."""
    for path, value in wanted.items():
        of_it = [way for way in _WORKED_OUT.get(path, ()) if _has(document, way.split("."))]
        if value is None or not of_it or any(_is_given(way, wanted) for way in of_it):
            continue
        yield (
            f"rules look at what the gateway works out of {path}, which would stay as it is: set with it, "
            f"or instead of it, what is another then, of {', '.join(of_it)}"
        )


def _is_given(way: str, wanted: Mapping[str, Any]) -> bool:
    pattern = re.compile(re.escape(way).replace(r"\*", r"[^.]+") + r"(\..+)?")
    return any(pattern.fullmatch(path) for path in wanted)


def _has(document: Any, way: Sequence[str]) -> bool:  # noqa: ANN401 - the same
    """Whether there is anything at a place; `*` is any member."""
    if not way:
        return document is not None
    step, *rest = way
    if step == "*":
        members = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
        return any(_has(member, rest) for member in members)
    return isinstance(document, dict) and _has(document.get(step), rest)


def _work_out_window(document: Any, wanted: Mapping[str, Any]) -> None:  # noqa: ANN401 - the same
    """How far back and ahead the window reaches, from its changed edges; what was given itself stays."""
    if _OF_THE_WINDOW.isdisjoint(wanted):
        return
    window, now = document["query"]["window"], parse_instant(document["request"]["time"])
    if now is None:
        raise ConfigurationError(["--set: request.time is no time"])
    edges = {edge: _read_edge(f"query.window.{edge}", window.get(edge)) for edge in _EDGES}
    worked_out = describe_window(Window(**edges), now) or {}
    window |= {name: value for name, value in worked_out.items() if f"query.window.{name}" not in wanted}


def _read_edge(path: str, value: Any) -> datetime | None:  # noqa: ANN401 - any JSON value
    if value is None:
        return None
    instant = parse_instant(str(value))
    if instant is None:
        raise ConfigurationError([f"--set: {path} must be a time, as 2026-05-01T14:00:00Z, or null"])
    return instant
