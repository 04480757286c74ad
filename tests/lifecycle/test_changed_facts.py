import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.canonical import canonical
from gateway.errors import ConfigurationError
from gateway.lifecycle.changed_facts import change_facts
from gateway.pdp import load_policies
from tests.cases import base

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="module")
def shipped():
    return load_policies(POLICIES)


def changed(bundle, *changes):
    return json.loads(change_facts(bundle, canonical(base()), changes))


def refused(bundle, *changes):
    with pytest.raises(ConfigurationError) as mistake:
        changed(bundle, *changes)
    return "; ".join(mistake.value.problems)


def test_a_fact_that_a_rule_reads_is_changed_and_nothing_else(shipped):
    before = base()
    after = changed(shipped, "facts.training.lpr.age_days=400", "query.purpose=other")
    before["facts"]["training"]["lpr"]["age_days"], before["query"]["purpose"] = 400, "other"
    assert after == before


def test_blanks_around_the_sign_of_equality_count_for_nothing_and_a_decimal_comma_is_no_number(shipped):
    assert changed(shipped, "facts.training.lpr.age_days = 400")["facts"]["training"]["lpr"]["age_days"] == 400
    assert "400,5 is no number, but a text: write 400.5" in refused(shipped, "facts.training.lpr.age_days=400,5")
    assert "1,000 is no number, but a text: write 1000" in refused(shipped, "facts.training.lpr.age_days=1,000")


def test_a_change_without_a_value_and_two_of_one_fact_are_refused(shipped):
    assert "query.purpose says no value: write it as PATH=VALUE" in refused(shipped, "query.purpose")
    assert "query.purpose is given twice" in refused(shipped, "query.purpose=other", "query.purpose = other")
    assert changed(shipped, "query.purpose=")["query"]["purpose"] == ""


def test_how_far_back_and_ahead_a_changed_window_reaches_is_worked_out_anew(shipped):
    now = base()["request"]["time"]
    window = changed(shipped, "query.window.start=2018-01-01T00:00:00Z", f"query.window.end={now}")["query"]["window"]
    assert window["lookback_days"] == window["span_days"] > 3200
    assert window["ahead_hours"] == 0
    assert changed(shipped, "query.window.start=null")["query"]["window"]["lookback_days"] is None


def test_what_is_given_of_a_window_stands(shipped):
    window = changed(shipped, "query.window.start=2018-01-01T00:00:00Z", "query.window.lookback_days=3")["query"][
        "window"
    ]
    assert window["lookback_days"] == 3


def test_an_edge_that_is_no_time_is_refused(shipped):
    assert "query.window.start must be a time" in refused(shipped, "query.window.start=2018")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("request.time=2031-01-01T00:00:00Z", "facts.training.*.age_days"),
        ("query.case_number=26-000555", "facts.case"),
        ("subject.office=DEN", "facts.case.same_office"),
    ],
)
def test_a_fact_of_which_others_are_worked_out_is_refused_without_them_and_names_them(shipped, change, named):
    assert named in refused(shipped, change)


def test_with_one_of_what_is_worked_out_of_it_such_a_fact_is_changed(shipped):
    after = changed(shipped, "query.case_number=26-000555", "facts.case.assigned=false")
    assert (after["query"]["case_number"], after["facts"]["case"]["assigned"]) == ("26-000555", False)
    assert changed(shipped, "query.case_number=null")["query"]["case_number"] is None


@pytest.mark.parametrize("change", ["request.source_ip=192.0.2.9", "operation.vendor=rekor", "facts.revision=x"])
def test_a_fact_that_no_rule_reads_is_refused(shipped, change):
    assert f"no rule of this policy reads {change.partition('=')[0]}" in refused(shipped, change)


@pytest.mark.parametrize(
    "rule",
    [
        'deny contains "x" if { asked := input.request; asked.source_ip == "a" }',
        'deny contains "x" if object.get(input, ["request", "source_ip"], "") == "a"',
        'from_where(whole) := whole.request.source_ip\n\ndeny contains "x" if from_where(input) == "a"',
    ],
)
def test_a_fact_that_a_rule_reads_in_a_roundabout_way_is_changed(shipped, rule):
    read = replace(shipped, files=(*shipped.files, ("lpr/own/own.rego", f"package lpr.own\n\n{rule}\n")))
    assert changed(read, "request.source_ip=192.0.2.9")["request"]["source_ip"] == "192.0.2.9"
