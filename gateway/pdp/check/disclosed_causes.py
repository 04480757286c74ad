"""Does a reason as it is told still hide what it is to hide? Tried with the policy's own tables.

An officer who is told `target_unknown` must not know whether the plate is nobody's, somebody else's or protected. That
holds only while more than one of these can be the cause. Where a policy leaves one alone, being told so is being told it.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from gateway.canonical import canonical
from gateway.disclosure import DisclosureContext, disclose
from gateway.errors import Refusal
from gateway.pdp.bundle import Bundle
from gateway.pdp.check.scenarios import APPROVAL, SCOPES
from gateway.pdp.check.source import PolicyFinding
from gateway.pdp.check.usual_request import make_sample
from gateway.pdp.engine import Engine
from gateway.reasons import AnyReason

_TABLE: Final = "tables/operations/data.yaml"
_CASES: Final[tuple[dict[str, Any] | None, ...]] = (
    {},
    {"assigned": False},
    {"status": "closed", "assigned": False},
    None,
)
_SHORT: Final = {"expires_in_hours": 1, "runs_hours": 1}
"""An approval within whatever the table allows."""
_Causes = dict[AnyReason, set[AnyReason]]


def find_disclosed(bundle: Bundle, engine: Engine) -> Iterator[PolicyFinding]:
    """One finding for each kind of search in which a reason that hides another can mean nothing else."""
    tables: Any = bundle.data.get("tables")
    operations = tables.get("operations") if isinstance(tables, dict) else None
    for name, listed in (operations or {}).items():
        for match in listed.get("matches", ()) if isinstance(listed, dict) else ():
            for told, causes in _find_causes(engine, tables, name, match).items():
                if len(causes) == 1 and told not in causes:
                    sentence = f"{name}: for a search by {match} plate, {told} can only mean {next(iter(causes))}"
                    yield PolicyFinding(file=_TABLE, line=0, rule="disclosed-cause", sentence=sentence)


def _find_causes(engine: Engine, tables: Mapping[str, Any], operation: str, match: str) -> _Causes:
    """The true reasons behind each reason told, over every kind of case, plate and approval; one reason at a time."""
    causes: _Causes = {}
    for document in vary_secrets(tables, operation, match):
        try:
            decision = engine.decide(canonical(document))
        except Refusal:
            continue
        context = find_context(document, match)
        for reason in decision.reasons:
            causes.setdefault(disclose([reason], context).first, set()).add(reason)
    return causes


def vary_secrets(tables: Mapping[str, Any], operation: str, match: str) -> Iterator[dict[str, Any]]:
    """The usual request over every kind of case, plate and approval."""
    approvals: tuple[tuple[str, ...], ...] = ((), ("partial_plate", "geo_search", "other_purpose"), SCOPES)
    usual = orjson.dumps(make_sample(tables))
    for case, plate, protected, scopes in itertools.product(_CASES, ("own", "other", "none"), (True, False), approvals):
        document = orjson.loads(usual)
        document["operation"]["name"] = operation
        document["query"]["plate"]["match"] = match
        facts = document["facts"]
        facts["case"] = None if case is None else facts["case"] | case
        facts["approvals"] = [APPROVAL | _SHORT | {"id": scope, "scope": scope} for scope in scopes]
        facts["target"] = {"protected": protected, "matches": _matches(facts["target"]["matches"], plate)}
        yield document


def _matches(matches: list[dict[str, Any]], plate: str) -> list[dict[str, Any]]:
    if plate == "none":
        return []
    return matches if plate == "own" else [match | {"in_cited_case": False, "assigned": False} for match in matches]


def find_context(document: Mapping[str, Any], match: str) -> DisclosureContext:
    """What the person of this request may know already."""
    case, matches = document["facts"]["case"], document["facts"]["target"]["matches"]
    return DisclosureContext(
        assigned=bool(case) and case["assigned"] is True,
        target_in_case=bool(case) and any(each["in_cited_case"] for each in matches),
        pattern=match == "partial",
    )
