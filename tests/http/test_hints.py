"""What a refusal tells beside its remedy: where the credential belongs, which values there are, which operations."""

import re

import pytest

from tests.http.asking import LOOKUP, PLATES, ask, days_ago, search


def hint_of(reply):
    """The first reason's remedy, as a tool's user reads it."""
    return reply.document["reasons"][0]["fix"]


@pytest.mark.parametrize(
    ("method", "target", "told"),
    [("POST", LOOKUP, "Authorization: Bearer."), ("GET", PLATES, "the parameter api_key=.")],
)
def test_who_sent_no_credential_is_told_where_this_vendors_tools_put_it(world, method, target, told):
    assert hint_of(ask(world.port, method, target)).endswith(f"Here that is: {told}")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"state": "New York"}, "Allowed: the vendor's names of states, as new_york."),
        ({"state": "AR"}, "Allowed: the vendor's names of states, as arkansas."),
        ({"plate": "FNA5*"}, "This operation takes whole plates only, no wildcard."),
        ({"limit": "5"}, "Allowed: a whole number."),
        ({"plate": ["FNA579"]}, "Allowed: a text."),
        (
            {"reason": "civil_immigration_enforcement: no purpose of this component"},
            "Yours are: criminal_investigation,",
        ),
    ],
)
def test_a_value_that_is_not_taken_is_met_with_what_is(officer, changes, told):
    assert told in hint_of(officer.ask("POST", LOOKUP, body=search(**changes)))


@pytest.mark.parametrize("reason", ["criminal_investigation: fraud", "exigent_circumstances: kidnapping: a child"])
def test_a_search_too_far_back_is_told_the_first_day_and_is_allowed_from_that_day_on(officer, reason):
    refused = officer.ask("POST", LOOKUP, body=search(reason=reason, startDate=days_ago(5000), endDate=days_ago(0)))
    assert refused.codes == ["lookback_too_long"]
    first = re.search(r"It may start on (\d{4}-\d\d-\d\d) or later", hint_of(refused))[1]
    body = search(reason=reason, startDate=f"{first}T00:00:00Z", endDate=days_ago(0))
    assert officer.ask("POST", LOOKUP, body=body).status == 200


def test_an_operation_that_is_not_listed_is_met_with_those_that_are(officer):
    assert "POST /api/v3/reads/lookup" in hint_of(officer.ask("POST", "/flock/api/v3/hotlists", body={}))
    assert hint_of(officer.ask("GET", "/gateway/explain")).endswith("Here there is: POST.")
    assert "/gateway/whoami" in hint_of(officer.ask("GET", "/gateway/who"))


def test_a_reader_of_reviews_who_reviews_none_is_not_told_of_searches(officer):
    assert officer.ask("GET", "/gateway/reviews").codes == ["review_role"]


def test_explaining_tells_what_the_search_would_be_told(officer):
    body = search(reason="Criminal Investigation: no code")
    asked = {"mount": "flock", "method": "POST", "path": "/api/v3/reads/lookup", "body": body}
    reply = officer.ask("POST", "/gateway/explain", body=asked)
    assert hint_of(reply).endswith("Did you mean criminal_investigation?")


def test_an_emergency_without_its_kind_is_told_of_the_kinds_first(officer):
    asked = search(reason="exigent_circumstances: help")
    reply = officer.ask("POST", LOOKUP, body=asked)
    assert reply.codes[0] == "emergency_circumstance"
    assert "The circumstances are: life_in_danger," in hint_of(reply)
