"""What no policy may allow, whatever its rules and tables say: tried on thousands of generated requests.

A law looks at one request that was allowed and says in words what is wrong with that, or nothing. The privacy office
cannot switch these off by accident, since they are no part of the policy.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.strategies import SearchStrategy

from gateway.own_user import find_cache
from gateway.pdp.bundle import Bundle
from gateway.pdp.check.generated_inputs import inputs, list_single_changes
from gateway.pdp.check.laws import LAWS, AllowedRequest, Law, decide
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
_UNTRIED = {
    USUAL: "on a usual search, for none is allowed",
    PATTERN: "on a search by part of a plate, for none is allowed with a supervisor's approval",
    IN_AN_EMERGENCY: "in an emergency, for none is allowed",
}


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
    if decide(engine, SAMPLE) is None:
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
    def __init__(self, law: Law, document: dict[str, Any], sentence: str) -> None:
        super().__init__(sentence)
        self.law, self.document, self.sentence = law, document, sentence


def _find_breach(
    laws: Sequence[Law],
    starts: Starts,
    tables: Any,  # noqa: ANN401
    engine: Engine,
    examples: int,
) -> _BreachFound | None:
    """A request that is allowed against one of these laws, made as small as can be."""

    def judge(document: dict[str, Any]) -> None:
        decision = decide(engine, document)
        if decision is None or not decision.allow:
            return
        for law in laws:
            sentence = law(AllowedRequest(document, tables, decision, engine))
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
