"""What an officer is told where the table of operations opens a search to other roles, or to other ways of giving a plate."""

import shutil

import pytest

from tests.http.installation import POLICIES, Place, start_under

SEARCHES = "/rekor/api/search"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, vendors):
    """An agency whose alerts are searched by supervisors, and that takes look-alikes and no parts of plates."""
    folder = tmp_path_factory.mktemp("operations")
    shutil.copytree(POLICIES, folder / "policies")
    table = folder / "policies" / "tables" / "operations" / "data.yaml"
    before, alerts = table.read_text().split("alert.search:\n")
    alerts = alerts.replace("roles: [officer, supervisor]", "roles: [supervisor]", 1)
    before = before.replace("matches: [fuzzy, partial]", "matches: [fuzzy]")
    table.write_text(f"{before}alert.search:\n{alerts}")
    places = [Place(profile="rekor", at="/rekor", upstream=vendors["spare-rekor"].url)]
    made = start_under(folder, places)
    try:
        yield made
        assert made.stop() == 0
    finally:
        made.end()


@pytest.fixture
def officer(gateway):
    return gateway.officer()


def test_an_officer_is_told_whose_role_may_search_so(officer):
    assert officer.plates(target=f"{SEARCHES}/plate").status == 200
    refused = officer.plates(target=f"{SEARCHES}/alert")
    [reason] = refused.document["reasons"]
    assert (reason["code"], reason["message"]) == (
        "role_may_not_query",
        "Your role does not include this kind of search.",
    )
    assert reason["fix"].endswith("It is open to these roles: supervisor.")


def test_where_no_part_of_a_plate_is_taken_that_is_told_and_no_approval_is_asked_for_in_vain(officer):
    refused = officer.plates(target=f"{SEARCHES}/platecandidate", plate="FNA5*")
    [reason] = refused.document["reasons"]
    told = "By the agency's table this search takes no part of a plate, approval or not"
    assert (reason["code"], reason["fix"].partition(":")[0]) == ("partial_plate_not_approved", told)
    wanted = {"decision_id": refused.document["decision_id"], "reason": "a witness", "hours": 4}
    asked = officer.ask("POST", "/gateway/approvals", body=wanted)
    assert (asked.codes, told in asked.document["reasons"][0]["fix"]) == (["approval_not_needed"], True)


def test_look_alikes_that_the_table_takes_may_be_asked_for(officer):
    refused = officer.plates(target=f"{SEARCHES}/platecandidate", plate="FNA579")
    wanted = {"decision_id": refused.document["decision_id"], "reason": "a witness", "hours": 4}
    assert officer.ask("POST", "/gateway/approvals", body=wanted).status == 201
