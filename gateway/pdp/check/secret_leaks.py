"""Which codes come and go with what the person may not know alone, each shown by two requests."""

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson

from gateway.canonical import canonical
from gateway.errors import Refusal
from gateway.pdp.bundle import Bundle
from gateway.pdp.check.cases import apply_changes
from gateway.pdp.check.disclosed_causes import find_context, vary_secrets
from gateway.pdp.check.rule_reads import RuleBook
from gateway.pdp.check.secret_questions import SecretQuestions, vary_jointly
from gateway.pdp.engine import Engine

Document: TypeAlias = dict[str, Any]
_MATCHES: Final = ("exact", "fuzzy", "partial")
_OPERATION: Final = "plate.search"
_MOST, _LEAST = 4000, 120
"""So many requests are tried for all codes together, and for each at least: a second or two."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Two requests that differ in a secret alone, of which one is told a code; `unusual` are the places they share so."""

    told: Document
    untold: Document
    unusual: tuple[str, ...]


def find_leaks(bundle: Bundle, engine: Engine, codes: Collection[str]) -> dict[str, Leak]:
    """What shows, of each of these codes that gives a secret away, that it does."""
    tables: Any = bundle.data["tables"]
    leaks: dict[str, Leak] = {}
    for questions in _group_usual(tables):
        _judge(questions, engine, codes, leaks)
    rules = RuleBook((text for _, text in bundle.rego), tables)
    for code in codes:
        for questions in vary_jointly(tables, rules.find_reads(code), max(_LEAST, _MOST // len(codes))):
            if code in leaks:
                break
            _judge(questions, engine, codes, leaks)
    return leaks


def list_differences(one: object, other: object, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two documents differ, with what each has there."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one:
            yield from list_differences(one[name], other.get(name), f"{place}.{name}" if place else name)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (inner, other_inner) in enumerate(zip(one, other, strict=True)):
            yield from list_differences(inner, other_inner, f"{place}.{number}")
    elif one != other:
        yield place, one, other


def _group_usual(tables: Mapping[str, Any]) -> Iterator[SecretQuestions]:
    """The usual request, whatever the rules read: by kind of search, by approvals, by what the person may know."""
    for match in _MATCHES:
        alike: defaultdict[tuple[Any, ...], list[Document]] = defaultdict(list)
        for document in vary_secrets(tables, _OPERATION, match):
            known = find_context(document, match)
            scopes = tuple(approval["scope"] for approval in document["facts"]["approvals"])
            alike[known.assigned, known.assigned and known.target_in_case, scopes].append(document)
        usual = {} if match == "exact" else {"query.plate.match": "exact"}
        for (_, _, scopes), documents in alike.items():
            yield SecretQuestions(usual | ({"facts.approvals": []} if scopes else {}), (*documents,))


def _judge(questions: SecretQuestions, engine: Engine, codes: Collection[str], leaks: dict[str, Leak]) -> None:
    """Add each code that some of these requests are told and others not, with the two that differ least."""
    given = [
        (document, codes_given)
        for document in questions.documents
        if (codes_given := _decide(engine, document)) is not None
    ]
    for code in codes:
        told = [document for document, found in given if code in found]
        untold = [document for document, found in given if code not in found]
        if code not in leaks and told and untold:
            pairs = ((one, other) for one in told for other in untold)
            pair = min(pairs, key=lambda pair: len([*list_differences(*pair)]))
            leaks[code] = _simplify(code, pair, questions.usual, engine)


def _decide(engine: Engine, document: Document) -> set[str] | None:
    """The codes given; None where there is no decision."""
    try:
        return {reason.value for reason in engine.decide(canonical(document)).reasons}
    except Refusal:
        return None


def _simplify(code: str, pair: tuple[Document, Document], usual: Mapping[str, Any], engine: Engine) -> Leak:
    """The same, as usual as it can be: whoever reads it is to see what matters."""
    told, untold = pair
    unusual = []
    for place, value in usual.items():
        one, other = (_set(document, place, value) for document in (told, untold))
        given, others = _decide(engine, one), _decide(engine, other)
        if given is not None and others is not None and code in given and code not in others:
            told, untold = one, other
        else:
            unusual.append(place)
    return Leak(told, untold, tuple(unusual))


def _set(document: Document, place: str, value: object) -> Document:
    changed: Document = orjson.loads(orjson.dumps(document))
    with contextlib.suppress(ValueError):  # another change took that place away
        apply_changes(changed, {"set": {place: value}})
    return changed
