"""What a statement is told that does not claim its emergency rightly."""

from types import SimpleNamespace

import pytest

from gateway.pep.emergency_statement import tell_begun, tell_circumstances, tell_unsaid
from gateway.pep.problem import tell_remedy
from gateway.reasons import Reason


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


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("kidnapping - a child was taken", "A colon comes right after the circumstance: kidnapping: and what happens."),
        ("Kidnapping, a child was taken", "A colon comes right after the circumstance: kidnapping: and what happens."),
        (
            "kidnaping: a child was taken",
            "Did you mean kidnapping? Begin the statement with kidnapping: and what happens.",
        ),
        (
            "Life in danger: shots",
            "Did you mean life_in_danger? Begin the statement with life_in_danger: and what happens.",
        ),
        ("a child was taken", None),
        ("", None),
    ],
)
def test_a_statement_that_nearly_begins_with_a_circumstance_is_told_what_it_lacks(statement, told):
    assert tell_begun(statement, ("kidnapping", "life_in_danger")) == told


def test_where_the_table_lists_no_circumstance_nobody_is_told_to_begin_with_one():
    told = tell_remedy(Reason.EMERGENCY_CIRCUMSTANCE, tell_circumstances(()))
    assert told == "The emergency procedure lists no circumstance, so none can be claimed: call the privacy office."
