"""The one thing to put right where a search is not open to an emergency."""

from types import SimpleNamespace

import pytest

from gateway.model import Dossier
from gateway.pep.emergency_way import EmergencyWays, tell_circumstances, tell_unsaid, tell_way
from gateway.pep.problem import tell_remedy
from gateway.reasons import Reason
from tests.vendors import samples

WAYS = EmergencyWays(roles=("officer",), operations=("plate.search",))
TOLD = (Reason.GEO_SEARCH_NOT_APPROVED, Reason.EMERGENCY_NOT_ALLOWED)


def told(reasons=TOLD, *, match="exact", geo=None, operation="plate.search", roles=("officer",)):
    case = Dossier(decision_id="d1", request=samples.lookup(state=None))
    case.query = SimpleNamespace(plate=SimpleNamespace(match=match), geo=geo, operation=operation)
    case.known = SimpleNamespace(subject=SimpleNamespace(roles=roles))
    return tell_way(case, reasons, WAYS, "/reads/lookup")


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({"geo": object()}, "Leave out the place: "),
        ({"match": "partial"}, "Give one whole plate at /reads/lookup: "),
        ({"operation": "alert.search"}, "Search for the one plate at /reads/lookup: "),
        ({"roles": ("privacy",)}, "An emergency is searched by these roles: officer."),
    ],
)
def test_every_reason_of_an_emergencys_way_is_told_the_one_thing_that_is_wrong(changes, begins):
    remedies = told(**changes)
    assert set(remedies) == set(TOLD)
    [remedy] = set(remedies.values())
    assert remedy.startswith(begins)


def test_where_the_way_is_not_what_is_wrong_the_usual_remedies_stand():
    assert told() == told((Reason.GEO_SEARCH_NOT_APPROVED,), geo=object()) == {}


def test_how_a_statement_begins_is_shown_by_a_circumstance_that_the_table_lists():
    shown = tell_remedy(Reason.EMERGENCY_CIRCUMSTANCE, tell_circumstances(("amber_alert", "escape")))
    assert "as in amber_alert: and what happens. The circumstances are: amber_alert, escape." in shown
    assert "kidnapping" not in shown
    usual = tell_remedy(Reason.EMERGENCY_CIRCUMSTANCE, tell_circumstances(("life_in_danger", "kidnapping")))
    assert usual.startswith(Reason.EMERGENCY_CIRCUMSTANCE.text.fix)
    assert usual.endswith("The circumstances are: life_in_danger, kidnapping.")


@pytest.mark.parametrize(
    ("circumstance", "told"),
    [
        ("escape", "Say in words what happens, after the circumstance and a colon: escape: and what happens."),
        ("haste", None),
        (None, None),
    ],
)
def test_a_statement_that_names_its_circumstance_alone_is_told_to_say_what_happens(circumstance, told):
    case = SimpleNamespace(declared=SimpleNamespace(circumstance=circumstance))
    assert tell_unsaid(case, ("kidnapping", "escape")) == told
    assert tell_unsaid(SimpleNamespace(declared=None), ("escape",)) is None


def test_where_the_table_lists_no_circumstance_nobody_is_told_to_begin_with_one():
    told = tell_remedy(Reason.EMERGENCY_CIRCUMSTANCE, tell_circumstances(()))
    assert told == "The emergency procedure lists no circumstance, so none can be claimed: call the privacy office."
