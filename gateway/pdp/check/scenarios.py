"""Requests that a policy allows, each for a reason of its own: where trying what no policy may allow begins.

Made of the policy's tables; where rules of the agency's own ask for more than those say, of the sentences that it allows.
What would begin from requests that are denied anyway would try nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from gateway.canonical import canonical
from gateway.errors import Refusal
from gateway.model import EMERGENCY, find_member, find_number
from gateway.pdp.check import usual_request as usual
from gateway.pdp.engine import Engine

USUAL, PATTERN, IN_AN_EMERGENCY, PROTECTED, PLACE = "usual", "pattern", "emergency", "protected", "place"
SCOPES: Final = ("partial_plate", "geo_search", "protected_plate", "other_purpose")
APPROVAL: Final[dict[str, Any]] = {
    "id": "a1",
    "scope": "partial_plate",
    "same_person": False,
    "approver_active": True,
    "approver_is_supervisor": True,
    "case_matches": True,
    "plate_matches": True,
    "plate_named": True,
    "expires_in_hours": 10,
    "runs_hours": 20,
}
_PATTERNS = ("partial", "fuzzy")
_MOST_SENTENCES = 5
"""So many of a kind are begun from, where none made of the tables is allowed."""
Starts = Mapping[str, list[bytes]]
"""Requests that are allowed, as JSON, by their kind."""


def find_starts(tables: Mapping[str, Any], engine: Engine, sentences: Iterable[str]) -> Starts:
    """The requests of each kind that this policy allows: those of its tables, else those of its `sentences` (as JSON)."""
    starts: dict[str, list[bytes]] = {}
    for kind, document in _make_scenarios(tables):
        if _is_allowed(engine, canonical(document)):
            starts.setdefault(kind, []).append(orjson.dumps(document))
    others: dict[str, list[bytes]] = {}
    for text in sentences:
        kind = _tell_kind(orjson.loads(text))
        if kind not in starts and len(others.get(kind, ())) < _MOST_SENTENCES and _is_allowed(engine, text):
            others.setdefault(kind, []).append(text.encode())
    return starts | others


def find_undecided(tables: Mapping[str, Any], engine: Engine) -> Iterator[tuple[str, str]]:
    """The purpose of each request of these tables that gets no decision at all, and why not."""
    for _, document in _make_scenarios(tables):
        try:
            engine.decide(canonical(document))
        except Refusal as refusal:
            yield str(find_member(document, "query", "purpose")), refusal.note or refusal.reason.value


def list_opened(tables: Mapping[str, Any]) -> list[str]:
    """The kinds of search that these tables open, of which one must be allowed, then; none where they stop everything."""
    if find_member(tables, "policy", "valid", "value") is not True:
        return []
    opened = [USUAL]
    if any(_take(tables, match) for match in _PATTERNS):
        opened.append(PATTERN)
    if _opens_emergencies(tables):
        opened.append(IN_AN_EMERGENCY)
    return opened


def _make_scenarios(tables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield USUAL, usual.make_sample(tables)
    for purpose in usual.list_purposes(tables):
        document = usual.make_sample(tables)
        usual.fit_purpose(document, tables, purpose)
        needed = ["other_purpose"] if usual.asks_for_approval(tables, purpose) else []
        yield USUAL, _approve(document, tables, needed)
    for match in _PATTERNS:
        document = usual.make_sample(tables)
        usual.fit_operation(document, tables, match)
        usual.fit_sign_in(document, tables)
        document["facts"]["target"]["matches"] = []
        yield PATTERN, _approve(document, tables, ["partial_plate"])
    document = usual.make_sample(tables)
    document["facts"]["target"]["protected"] = True
    yield PROTECTED, _approve(document, tables, ["protected_plate"])
    document = usual.make_sample(tables)
    document["query"]["geo"] = {"kind": "box", "size_miles": 1}
    yield PLACE, _approve(document, tables, ["geo_search"])
    if _opens_emergencies(tables):
        document = usual.make_sample(tables)
        usual.fit_emergency(document, tables)
        yield IN_AN_EMERGENCY, document


def _approve(document: Any, tables: Mapping[str, Any], scopes: Iterable[str]) -> Any:  # noqa: ANN401
    most = find_number(tables, "approvals", "max_hours", "value") or APPROVAL["runs_hours"]
    hours = {name: min(APPROVAL[name], most) for name in ("expires_in_hours", "runs_hours")}
    document["facts"]["approvals"] = [APPROVAL | hours | {"scope": scope} for scope in scopes]
    return document


def _opens_emergencies(tables: Mapping[str, Any]) -> bool:
    parts = [find_member(tables, "emergencies", name) for name in ("operations", "roles", "circumstances")]
    return all(parts) and isinstance(find_member(tables, "purposes", EMERGENCY), dict)


def _take(tables: Mapping[str, Any], match: str) -> bool:
    listed = tables.get("operations")
    taken = [find_member(listed, name, "matches") for name in listed] if isinstance(listed, dict) else []
    return any(isinstance(kinds, list) and match in kinds for kinds in taken)


def _tell_kind(document: Mapping[str, Any]) -> str:
    if find_member(document, "query", "purpose") == EMERGENCY:
        return IN_AN_EMERGENCY
    if find_member(document, "query", "plate", "match") in _PATTERNS:
        return PATTERN
    if find_member(document, "facts", "target", "protected") is True:
        return PROTECTED
    return PLACE if find_member(document, "query", "geo") is not None else USUAL


def _is_allowed(engine: Engine, text: str) -> bool:
    try:
        return engine.decide(text).allow
    except Refusal:
        return False
