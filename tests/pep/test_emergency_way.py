"""The one thing to put right where a search is not open to an emergency."""

from types import SimpleNamespace

import pytest

from gateway.model import Dossier
from gateway.pep.emergency_way import EmergencyWays, tell_way
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
