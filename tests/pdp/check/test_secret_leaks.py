from types import MappingProxyType

import pytest

from gateway.pdp import EmbeddedEngine
from gateway.pdp.check.secret_leaks import find_leaks, list_differences
from gateway.value import replace
from tests.pdp.check.test_disclosed_causes import with_rego


@pytest.fixture
def leaks(shipped):
    """What shows that `case_missing`, given by these lines as well, gives a secret away."""

    def found(lines):
        rule = f'\ndeny contains {{"code": "case_missing", "message": "M", "fix": "F"}} if {{\n{lines}\n}}\n'
        changed = with_rego(shipped, "lpr/case/case.rego", lambda text: text + rule)
        data = MappingProxyType(
            dict(changed.data) | {"revision": lines}
        )  # else an engine of the other would be found again
        changed = replace(changed, revision=lines, data=data)
        return find_leaks(changed, EmbeddedEngine(changed), ["case_missing"])

    return found


def test_a_code_that_gives_no_secret_away_is_not_found(leaks):
    assert leaks("input.query.reason_present == false") == {}


def test_the_two_requests_differ_in_one_secret_and_are_otherwise_as_usual_as_can_be(leaks):
    lines = 'input.facts.case.status == "closed"\ninput.facts.case.assigned == false\ninput.query.limit > 50'
    leak = leaks(lines)["case_missing"]
    assert [place for place, *_ in list_differences(leak.told, leak.untold)] == ["facts.case.status"]
    assert leak.unusual == ("query.limit",)


def test_differences_are_told_by_their_places_also_in_lists():
    one, other = {"a": [{"b": 1}], "c": [1]}, {"a": [{"b": 2}], "c": []}
    assert [*list_differences(one, other)] == [("a.0.b", 1, 2), ("c", [1], [])]
