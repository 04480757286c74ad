"""Inputs for the guardrails: requests that are nearly good, each with a few facts changed in ways that matter."""

import contextlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import orjson
from hypothesis import strategies as st

from gateway.pdp.check.cases import apply_changes

_TEXT = (files("gateway.pdp.check") / "sample_input.json").read_bytes()
SAMPLE: Any = orjson.loads(_TEXT)
"""An exact search that the shipped policy allows."""
APPROVAL = {
    "id": "a1",
    "scope": "partial_plate",
    "same_person": False,
    "approver_active": True,
    "approver_is_supervisor": True,
    "case_matches": True,
    "plate_matches": True,
    "expires_in_hours": 10,
    "runs_hours": 20,
}
_DAYS = st.one_of(st.integers(0, 40_000), st.sampled_from([None, 365, 366, 1826, 1827, 3652, 3653, 36_500]))
_UNSURE = st.sampled_from([False, None, True])
_MOST_CHANGES = 3
_SCENARIOS: tuple[Mapping[str, Any], ...] = (
    {},
    {"query.purpose": "civil_immigration_enforcement", "facts.case.kind": "civil", "facts.case.lookback_days": None},
    {"query.plate.match": "partial", "facts.target.matches": [], "facts.approvals": [APPROVAL]},
    {"query.purpose": "other", "facts.approvals": [APPROVAL | {"scope": "other_purpose"}]},
    {"facts.target.protected": True, "facts.approvals": [APPROVAL | {"scope": "protected_plate"}]},
    {
        "query.purpose": "exigent_circumstances",
        "query.circumstance": "life_in_danger",
        "query.window.lookback_days": 2,
        "facts.reviews": {"emergencies_24h": 0, "overdue": 0},
    },
    {"query.geo": {"kind": "box", "size_miles": 1}, "facts.approvals": [APPROVAL | {"scope": "geo_search"}]},
)
"""Requests that the shipped policy allows, each for a reason of its own, as changes of the sample."""


def make_sample() -> Any:  # noqa: ANN401 - any JSON value
    """The sample anew, to be changed; read again, which is quicker than to copy it."""
    return orjson.loads(_TEXT)


def inputs(tables: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Whole inputs, at most a few changes from a good one; purposes and operations are those of the tables."""
    places = _places(tables)
    choice = st.lists(st.sampled_from(sorted(places)), max_size=_MOST_CHANGES, unique=True)
    scenario = st.sampled_from(_SCENARIOS)

    @st.composite
    def changed_scenario(draw: st.DrawFn) -> dict[str, Any]:
        document: dict[str, Any] = apply_changes(make_sample(), {"set": draw(scenario)})
        for name in draw(choice):
            with contextlib.suppress(ValueError):  # an earlier change took that place away
                apply_changes(document, {"set": {name: draw(places[name])}})
        return document

    return changed_scenario()


def _places(tables: Mapping[str, Any]) -> dict[str, st.SearchStrategy[Any]]:
    purposes = tables.get("purposes")
    named = sorted(purposes) if isinstance(purposes, dict) else []
    operations = tables.get("operations")
    listed = sorted(operations) if isinstance(operations, dict) else []
    return {
        "subject.id": st.sampled_from([None, ""]),
        "subject.active": _UNSURE,
        "subject.component": st.sampled_from(["ERO", "HSI", "XYZ", None]),
        "subject.roles": st.sampled_from([["auditor"], [], None]),
        "actor.may_act_for_subject": _UNSURE,
        "operation.name": st.sampled_from([*listed, "plate.nothing"]),
        "query.plate.match": st.sampled_from(["exact", "partial", "fuzzy", "none"]),
        "query.plate.fixed_characters": st.integers(0, 8),
        "query.purpose": st.sampled_from([*named, "made_up", None, ""]),
        "query.case_number": st.sampled_from([None, ""]),
        "query.reason_present": _UNSURE,
        "query.circumstance": st.sampled_from([None, "escape", "haste"]),
        "query.window.lookback_days": _DAYS,
        "facts.case.kind": st.sampled_from(["civil", "criminal", None]),
        "facts.case.status": st.sampled_from(["closed", None]),
        "facts.case.assigned": _UNSURE,
        "facts.case.lookback_days": _DAYS,
        "facts.case": st.none(),
        "facts.target.matches": st.just([]),
        "facts.target.protected": st.sampled_from([True, None]),
        "facts.approvals": st.just([]),
        "facts.reviews.emergencies_24h": st.sampled_from([1, 100, None]),
        "facts.reviews.overdue": st.sampled_from([1, None]),
        **{f"facts.target.matches.0.{name}": value for name, value in _MATCH.items()},
        **{f"facts.approvals.0.{name}": value for name, value in _APPROVAL.items()},
    }


_MATCH: Mapping[str, st.SearchStrategy[Any]] = {
    "relation": st.sampled_from(["associate", None]),
    "active": _UNSURE,
    "in_cited_case": _UNSURE,
    "assigned": _UNSURE,
    "plate_valid": _UNSURE,
    "state": st.sampled_from(["unknown", "differs"]),
}
_APPROVAL: Mapping[str, st.SearchStrategy[Any]] = {
    "scope": st.sampled_from(["partial_plate", "geo_search", "protected_plate", "other_purpose"]),
    "same_person": st.sampled_from([True, None]),
    "approver_active": _UNSURE,
    "approver_is_supervisor": _UNSURE,
    "case_matches": _UNSURE,
    "plate_matches": _UNSURE,
    "expires_in_hours": st.sampled_from([72, 72.1, 0, -1, None]),
    "runs_hours": st.sampled_from([72, 72.1, 8760, None]),
}
