"""What no policy may allow, whatever its rules and tables say: tried on thousands of generated requests.

A law looks at one request that was allowed and says in words what is wrong with that, or nothing. The privacy office
cannot switch these off by accident, since they are no part of the policy.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.strategies import SearchStrategy

from gateway.canonical import canonical
from gateway.errors import Refusal
from gateway.model import EMERGENCY, Decision
from gateway.own_user import find_cache
from gateway.pdp.bundle import Bundle
from gateway.pdp.check.generated_inputs import inputs, list_single_changes
from gateway.pdp.check.scenarios import (
    IN_AN_EMERGENCY,
    PATTERN,
    USUAL,
    Starts,
    find_starts,
    find_undecided,
    list_opened,
)
from gateway.pdp.check.source import PolicyFinding
from gateway.pdp.check.usual_request import SAMPLE
from gateway.pdp.engine import Engine

EXAMPLES = 1000
"""Requests that are tried by a whole check."""
_PATTERNS = frozenset({"partial", "fuzzy"})
_UNTRIED = {
    USUAL: "on a usual search, for none is allowed",
    PATTERN: "on a search by part of a plate, for none is allowed with a supervisor's approval",
    IN_AN_EMERGENCY: "in an emergency, for none is allowed",
}


@dataclass(frozen=True, slots=True)
class _Allowed:
    """A request that was allowed, by which tables and how."""

    document: Mapping[str, Any]
    tables: Mapping[str, Any]
    decision: Decision
    engine: Engine


_Law = Callable[[_Allowed], str | None]


def guardrail_findings(
    bundle: Bundle, engine: Engine, examples: int = EXAMPLES, *, sentences: Sequence[str] = (), is_signed: bool = False
) -> Iterator[PolicyFinding]:
    """For each law that this policy breaks, the smallest request found that shows it, in words.

    `sentences` are requests of which some are allowed, for where rules of the agency's own ask for more than its tables
    say. What is signed is kept without them: of it nobody can ask that one were allowed.
    """
    tables: Any = bundle.data["tables"]
    starts = find_starts(tables, engine, sentences)
    if not is_signed:
        yield from _find_untried(tables, starts)
    if not starts:
        return
    laws = list(LAWS)
    while laws:
        breach = _find_breach(laws, starts, tables, engine, examples)
        if breach is None:
            return
        told = f"{breach.sentence} Allowed is the usual request with {_tell_changes(breach.document)}."
        yield PolicyFinding(file="", line=0, rule="guardrail", sentence=told)
        laws.remove(breach.law)


def undecided_findings(bundle: Bundle, engine: Engine) -> Iterator[PolicyFinding]:
    """That a usual request is not decided at all, or those for one purpose: each would be refused as an error of the gateway's."""
    if _decide(engine, SAMPLE) is None:
        told = "A usual request gets no decision at all: a topic that the decision reads is missing, or undefined."
        yield PolicyFinding(file="lpr/decision.rego", line=0, rule="guardrail", sentence=told)
        return
    tables: Any = bundle.data["tables"]
    for purpose, why in dict.fromkeys(find_undecided(tables, engine)):
        told = f"A search for {purpose} gets no decision at all ({why})."
        yield PolicyFinding(file="lpr/decision.rego", line=0, rule="guardrail", sentence=told)


def _find_untried(tables: Mapping[str, Any], starts: Starts) -> Iterator[PolicyFinding]:
    """The kinds of search of which nothing is allowed to begin from: a law that nothing is tried by holds by nothing."""
    for kind in list_opened(tables):
        if kind not in starts:
            told = f"What no policy may allow could not be tried {_UNTRIED[kind]}: write a sentence beside the policy in which one is."
            yield PolicyFinding(file="", line=0, rule="guardrail", sentence=told)


class _BreachFound(Exception):
    def __init__(self, law: _Law, document: dict[str, Any], sentence: str) -> None:
        super().__init__(sentence)
        self.law, self.document, self.sentence = law, document, sentence


def _find_breach(
    laws: Sequence[_Law],
    starts: Starts,
    tables: Any,  # noqa: ANN401
    engine: Engine,
    examples: int,
) -> _BreachFound | None:
    """A request that is allowed against one of these laws, made as small as can be."""

    def judge(document: dict[str, Any]) -> None:
        decision = _decide(engine, document)
        if decision is None or not decision.allow:
            return
        for law in laws:
            sentence = law(_Allowed(document, tables, decision, engine))
            if sentence is not None:
                raise _BreachFound(law, document, sentence)

    try:
        for document in list_single_changes(tables, starts):
            judge(document)
        _search(judge, inputs(tables, starts), examples)
    except _BreachFound as breach:
        return breach
    return None


def _search(judge: Callable[[dict[str, Any]], None], generated: SearchStrategy[dict[str, Any]], examples: int) -> None:
    """Run a judgement over generated requests, the same ones each time; raises what it raises on the smallest."""
    set_hypothesis_home_dir(
        find_cache() / "lpr-gateway" / "hypothesis"
    )  # else it would leave a folder wherever the command is run
    fixed = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    fixed(given(generated)(judge))()


def _decide(engine: Engine, document: Mapping[str, Any]) -> Decision | None:
    try:
        return engine.decide(canonical(document))
    except Refusal:
        return None


def _person(allowed: _Allowed) -> str | None:
    subject = allowed.document["subject"]
    known = isinstance(subject["id"], str) and subject["id"] and subject["active"] is True
    return None if known else "A search is allowed though no active person is known to ask."


def _purpose(allowed: _Allowed) -> str | None:
    purpose = allowed.document["query"]["purpose"]
    listed = isinstance(purpose, str) and purpose in allowed.tables.get("purposes", {})
    return None if listed else "A search is allowed without a purpose of the table."


def _case(allowed: _Allowed) -> str | None:
    case, number = allowed.document["facts"]["case"], allowed.document["query"]["case_number"]
    given_one = isinstance(number, str) and number and isinstance(case, dict)
    if (given_one and case["status"] == "open" and case["assigned"] is True) or _is_emergency(allowed):
        return None
    return "A search is allowed without an open case that is the person's own."


def _target(allowed: _Allowed) -> str | None:
    facts = allowed.document["facts"]
    if any(map(_counts, facts["target"]["matches"])) or _is_emergency(allowed):
        return None
    pattern = allowed.document["query"]["plate"]["match"] in _PATTERNS
    if pattern and any(map(_covers_pattern, facts["approvals"])):
        return None
    return "A search is allowed though the plate is no known subject's of the case, and no approval covers it."


def _lookback(allowed: _Allowed) -> str | None:
    days, most = allowed.document["query"]["window"]["lookback_days"], _most_days(allowed)
    if not isinstance(days, int | float) or days > most:
        return f"A search is allowed that goes back {days} days; the ceiling is {most:g}."
    for item in allowed.decision.obligations:
        left = item.params.get("max_lookback_days")
        if item.type == "clamp_window" and isinstance(left, int | float) and left > most:
            return f"An allow leaves a window of {left} days; the ceiling is {most:g}."
    return None


def _check_protected_emergency(allowed: _Allowed) -> str | None:
    facts = allowed.document["facts"]
    if not _is_emergency(allowed) or facts["target"]["protected"] is False:
        return None
    second = any(_is_sound(approval) and approval["scope"] == "protected_plate" for approval in facts["approvals"])
    return None if second else "An emergency is allowed for a protected plate without a second person."


def _check_emergency_table(allowed: _Allowed) -> str | None:
    """What lets an emergency pass without the case file is that it keeps to the table, and that earlier ones are reviewed."""
    if not _is_emergency(allowed):
        return None
    table, document = allowed.tables["emergencies"], allowed.document
    operation, roles = document["operation"]["name"], document["subject"]["roles"]
    reviews = document["facts"]["reviews"]
    of_a_page = 1 if operation == "plate.page" else 0  # it belongs to one that is counted already
    most = table["most_in_24_hours"]["value"] + of_a_page
    kept = {
        "circumstance": document["query"]["circumstance"] in table["circumstances"],
        "operation": operation in table["operations"],
        "role": isinstance(roles, list) and not set(table["roles"]).isdisjoint(roles),
        "daily number": isinstance(reviews, dict) and _is_below(reviews["emergencies_24h"], most),
        "earlier reviews": isinstance(reviews, dict) and reviews["overdue"] == 0,
    }
    broken = [name for name, holds in kept.items() if not holds]
    return f"An emergency is allowed outside its table ({', '.join(broken)})." if broken else None


def _is_below(number: object, most: float) -> bool:
    return isinstance(number, int | float) and number < most


def _own_approval(allowed: _Allowed) -> str | None:
    """Without the approvals that the person may have given to himself or herself, the verdict is the same."""
    approvals = allowed.document["facts"]["approvals"]
    others = [approval for approval in approvals if approval["same_person"] is False]
    if len(others) == len(approvals):
        return None
    without = {**allowed.document, "facts": {**allowed.document["facts"], "approvals": others}}
    again = _decide(allowed.engine, without)
    if again is not None and again.allow:
        return None
    return "An approval by the person who asks counts: without it the same request is denied."


def _most_days(allowed: _Allowed) -> float:
    """The ceiling by the tables: that of the kind of case, and for a criminal one never more than its limitation."""
    if _is_emergency(allowed):
        return float(allowed.tables["emergencies"]["lookback_days"]["value"])
    retention, case = allowed.tables["retention"], allowed.document["facts"]["case"]
    civil, lid = (retention[name]["value"] for name in ("civil_lookback_days", "criminal_lookback_days_at_most"))
    if not isinstance(case, dict):
        return float(min(civil, lid))
    if case["kind"] == "criminal":
        return float(min(lid, case["lookback_days"] if isinstance(case["lookback_days"], int | float) else 0))
    return float(civil)


def _is_emergency(allowed: _Allowed) -> bool:
    """Declared as such, and within a table that knows emergencies."""
    purpose = allowed.document["query"]["purpose"]
    return bool(purpose == EMERGENCY and EMERGENCY in allowed.tables.get("purposes", {}))


def _counts(match: Mapping[str, Any]) -> bool:
    wanted = {"relation": "subject", "active": True, "in_cited_case": True, "assigned": True, "plate_valid": True}
    return all(match[name] == value for name, value in wanted.items()) and match["state"] != "differs"


def _covers_pattern(approval: Mapping[str, Any]) -> bool:
    return _is_sound(approval) and approval["scope"] == "partial_plate"


def _is_sound(approval: Mapping[str, Any]) -> bool:
    marks = ("approver_active", "approver_is_supervisor", "case_matches", "plate_matches")
    hours = approval["expires_in_hours"]
    sound = approval["same_person"] is False and all(approval[mark] is True for mark in marks)
    return sound and isinstance(hours, int | float) and hours > 0


LAWS: tuple[_Law, ...] = (
    _person,
    _purpose,
    _case,
    _target,
    _lookback,
    _check_protected_emergency,
    _check_emergency_table,
    _own_approval,
)


def _tell_changes(document: Mapping[str, Any]) -> str:
    """In what the request differs from the usual one."""
    told = [f"`{path}` {json.dumps(value)}" for path, value in _differences("", SAMPLE, document)]
    return ", ".join(told) or "nothing changed"


def _differences(place: str, usual: Any, given_one: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    if isinstance(usual, dict) and isinstance(given_one, dict):
        for name in sorted(usual.keys() & given_one.keys()):
            yield from _differences(f"{place}.{name}" if place else name, usual[name], given_one[name])
    elif usual != given_one:
        yield place, given_one
