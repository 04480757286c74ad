"""The laws that no policy may break: each looks at one request that was allowed, and says in words what is wrong with that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.canonical import canonical
from gateway.errors import Refusal
from gateway.model import EMERGENCY, Decision
from gateway.pdp.engine import Engine

_PATTERNS = frozenset({"partial", "fuzzy"})


@dataclass(frozen=True, slots=True)
class AllowedRequest:
    """A request that was allowed, by which tables and how."""

    document: Mapping[str, Any]
    tables: Mapping[str, Any]
    decision: Decision
    engine: Engine


Law = Callable[[AllowedRequest], str | None]


def decide(engine: Engine, document: Mapping[str, Any]) -> Decision | None:
    """The decision on an input; None where there is none."""
    try:
        return engine.decide(canonical(document))
    except Refusal:
        return None


def _person(allowed: AllowedRequest) -> str | None:
    subject = allowed.document["subject"]
    known = isinstance(subject["id"], str) and subject["id"] and subject["active"] is True
    return None if known else "A search is allowed though no active person is known to ask."


def _purpose(allowed: AllowedRequest) -> str | None:
    purpose = allowed.document["query"]["purpose"]
    listed = isinstance(purpose, str) and purpose in allowed.tables.get("purposes", {})
    return None if listed else "A search is allowed without a purpose of the table."


def _case(allowed: AllowedRequest) -> str | None:
    case, number = allowed.document["facts"]["case"], allowed.document["query"]["case_number"]
    given_one = isinstance(number, str) and number and isinstance(case, dict)
    if (given_one and case["status"] == "open" and case["assigned"] is True) or _is_emergency(allowed):
        return None
    return "A search is allowed without an open case that is the person's own."


def _target(allowed: AllowedRequest) -> str | None:
    facts = allowed.document["facts"]
    if any(map(_counts, facts["target"]["matches"])) or _is_emergency(allowed):
        return None
    pattern = allowed.document["query"]["plate"]["match"] in _PATTERNS
    if pattern and any(map(_covers_pattern, facts["approvals"])):
        return None
    return "A search is allowed though the plate is no known subject's of the case, and no approval covers it."


def _lookback(allowed: AllowedRequest) -> str | None:
    days, most = allowed.document["query"]["window"]["lookback_days"], _most_days(allowed)
    if not isinstance(days, int | float) or days > most:
        return f"A search is allowed that goes back {days} days; the ceiling is {most:g}."
    for item in allowed.decision.obligations:
        left = item.params.get("max_lookback_days")
        if item.type == "clamp_window" and isinstance(left, int | float) and left > most:
            return f"An allow leaves a window of {left} days; the ceiling is {most:g}."
    return None


def _check_protected_emergency(allowed: AllowedRequest) -> str | None:
    facts = allowed.document["facts"]
    if not _is_emergency(allowed) or facts["target"]["protected"] is False:
        return None
    second = any(_is_sound(approval) and approval["scope"] == "protected_plate" for approval in facts["approvals"])
    return None if second else "An emergency is allowed for a protected plate without a second person."


def _check_emergency_table(allowed: AllowedRequest) -> str | None:
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


def _own_approval(allowed: AllowedRequest) -> str | None:
    """Without the approvals that the person may have given to himself or herself, the verdict is the same."""
    approvals = allowed.document["facts"]["approvals"]
    others = [approval for approval in approvals if approval["same_person"] is False]
    if len(others) == len(approvals):
        return None
    without = {**allowed.document, "facts": {**allowed.document["facts"], "approvals": others}}
    again = decide(allowed.engine, without)
    if again is not None and again.allow:
        return None
    return "An approval by the person who asks counts: without it the same request is denied."


def _most_days(allowed: AllowedRequest) -> float:
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


def _is_emergency(allowed: AllowedRequest) -> bool:
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


LAWS: tuple[Law, ...] = (
    _person,
    _purpose,
    _case,
    _target,
    _lookback,
    _check_protected_emergency,
    _check_emergency_table,
    _own_approval,
)
