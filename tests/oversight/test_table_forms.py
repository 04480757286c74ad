"""A mistake in what oversight must know of the agency and of laws is told in words, before anything is worked out by it."""

import pytest

from gateway.errors import ConfigurationError
from gateway.oversight.table_forms import AgencyForm, DueDays, LawForm, find_line, read_form
from gateway.oversight.tables import values
from tests.oversight.scene import FOLDER

AGENCY = values(FOLDER.table("agency"), "oversight/agency")
LAW = {"title": "T", "law": "L", "days": 365, "figures": [{"figure": "people", "asked_by": "par. 1"}]}


def test_the_shipped_tables_are_as_they_must_be():
    read_form(AgencyForm, AGENCY, "oversight/agency")
    for name, entry in values(FOLDER.table("laws"), "oversight/laws").items():
        read_form(LawForm, entry, name)


def test_what_the_record_cannot_answer_may_be_nothing():
    assert read_form(LawForm, LAW, "a law").cannot == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"review_due_days": {"alert": "three", "warn": 14}},
            "review_due_days.alert must be a whole number in digits, as 12, without quotes or commas; here it is the text three",
        ),
        ({"review_due_days": {"alrt": 3, "warn": 14}}, "review_due_days.alert is missing"),
        ({"reviewer_roles": ["supervisors"]}, "reviewer_roles.0 is no role of users.csv; did you mean supervisor?"),
        ({"publish_least": 0}, "publish_least is 0; it must be at least 1"),
        ({"publish_lest": 5}, "publish_lest is read by nothing; did you mean publish_least?"),
    ],
)
def test_a_mistake_is_named_by_its_place(change, told):
    with pytest.raises(ConfigurationError) as refused:
        read_form(AgencyForm, AGENCY | change, "oversight/agency")
    assert f"oversight/agency: {told}" in refused.value.problems


def test_a_capital_in_the_name_of_a_value_is_told():
    with pytest.raises(ConfigurationError, match="must have value, source and confidence; write value, not Value"):
        values({"warn_day": {"Value": 12, "source": "x", "confidence": "agency"}}, "oversight/d05_volume")


def test_a_law_that_names_its_figures_otherwise_is_told_both():
    with pytest.raises(ConfigurationError) as refused:
        read_form(LawForm, {**LAW, "sections": LAW["figures"], "figures": []}, "oversight/laws: utah")
    assert "oversight/laws: utah: sections is read by nothing" in refused.value.problems


def test_a_mistake_whose_line_is_known_is_told_by_file_and_line():
    lines = {("alert",): 3}
    with pytest.raises(ConfigurationError) as refused:
        read_form(DueDays, {"alert": 5.0, "warn": 14}, "oversight/x.yaml: due", lambda loc: find_line(lines, (*loc, 0)))
    told = "must be a whole number in digits, as 12, without quotes or commas; here it is 5.0"
    assert refused.value.problems == [f"oversight/x.yaml, line 3: due: alert {told}"]
