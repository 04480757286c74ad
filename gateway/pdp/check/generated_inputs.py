"""Inputs for the guardrails: requests that are allowed, each with a few facts changed in ways that matter."""

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from hypothesis import strategies as st

from gateway.pdp.check.cases import apply_changes
from gateway.pdp.check.scenarios import SCOPES, Starts
from gateway.pdp.check.usual_request import list_components

_DAYS = (None, 0, 1, 30, 90, 365, 366, 1000, 1826, 1827, 3652, 3653, 10_000, 36_500)
_UNSURE = (False, None, True)
_MOST_CHANGES = 3


def list_single_changes(tables: Mapping[str, Any], starts: Starts) -> Iterator[dict[str, Any]]:
    """Every start as it is, and with each one change: what a single change shows is never left to chance."""
    places = list_places(tables)
    for start in itertools.chain.from_iterable(starts.values()):
        yield orjson.loads(start)
        for name, values in places.items():
            for value in values:
                document: dict[str, Any] = orjson.loads(start)
                with contextlib.suppress(ValueError):  # this start has no such place
                    yield apply_changes(document, {"set": {name: value}})


def inputs(tables: Mapping[str, Any], starts: Starts) -> st.SearchStrategy[dict[str, Any]]:
    """Whole inputs, at most a few changes from one that is allowed; purposes and operations are those of the tables."""
    places = list_places(tables)
    choice = st.lists(st.sampled_from(sorted(places)), max_size=_MOST_CHANGES, unique=True)
    kind = st.sampled_from([*starts])

    @st.composite
    def changed_start(draw: st.DrawFn) -> dict[str, Any]:
        document: dict[str, Any] = orjson.loads(draw(st.sampled_from(starts[draw(kind)])))
        for name in draw(choice):
            with contextlib.suppress(ValueError):  # an earlier change took that place away
                apply_changes(document, {"set": {name: draw(st.sampled_from(places[name]))}})
        return document

    return changed_start()


def list_places(tables: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """Places of a request, by dotted path, each with the values that matter there, whatever the rules say."""
    purposes = tables.get("purposes")
    named = sorted(purposes) if isinstance(purposes, dict) else []
    operations = tables.get("operations")
    listed = sorted(operations) if isinstance(operations, dict) else []
    return {
        "subject.id": (None, ""),
        "subject.active": _UNSURE,
        "subject.component": (*list_components(tables), "XYZ", None),
        "subject.roles": (["auditor"], [], None),
        "actor.may_act_for_subject": _UNSURE,
        "operation.name": (*listed, "plate.nothing"),
        "query.plate.match": ("exact", "partial", "fuzzy", "none"),
        "query.plate.fixed_characters": range(9),
        "query.purpose": (*named, "made_up", None, ""),
        "query.case_number": (None, ""),
        "query.reason_present": _UNSURE,
        "query.circumstance": (None, "escape", "haste"),
        "query.window.lookback_days": _DAYS,
        "facts.case.kind": ("civil", "criminal", None),
        "facts.case.status": ("closed", None),
        "facts.case.assigned": _UNSURE,
        "facts.case.lookback_days": _DAYS,
        "facts.case": (None,),
        "facts.target.matches": ([],),
        "facts.target.protected": (True, None),
        "facts.approvals": ([],),
        "facts.reviews.emergencies_24h": (1, 100, None),
        "facts.reviews.overdue": (1, None),
        **{f"facts.target.matches.0.{name}": value for name, value in _MATCH.items()},
        **{f"facts.approvals.0.{name}": value for name, value in _APPROVAL.items()},
    }


_MATCH: Mapping[str, Sequence[Any]] = {
    "relation": ("associate", None),
    "active": _UNSURE,
    "in_cited_case": _UNSURE,
    "assigned": _UNSURE,
    "plate_valid": _UNSURE,
    "state": ("unknown", "differs"),
}
_APPROVAL: Mapping[str, Sequence[Any]] = {
    "scope": SCOPES,
    "same_person": (True, None),
    "approver_active": _UNSURE,
    "approver_is_supervisor": _UNSURE,
    "case_matches": _UNSURE,
    "plate_matches": _UNSURE,
    "expires_in_hours": (72, 72.1, 0, -1, None),
    "runs_hours": (72, 72.1, 8760, None),
}
