"""A reason of the agency's own, from its activation in a running gateway to the auditor's report."""

import csv
import json
import time
from datetime import UTC, datetime

import pytest

from gateway import clock
from gateway.app.policy_office import open_policy_office
from gateway.demo.agency import CASE
from gateway.lifecycle.acts import deactivate, roll_back
from gateway.settings import load_settings
from tests.app.test_policy import put_in_force
from tests.http.asking import days_ago, search
from tests.http.installation import POLICIES, Installation, Place
from tests.lifecycle.example_reason import CODE, REMEDY, SENTENCE, write_example
from tests.lifecycle.offices import ADA, BOB

FAR = "far01"
TOLD = {"code": CODE, "message": SENTENCE, "fix": REMEDY}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, vendors):
    """A gateway on the shipped policy, signed by two, with somebody of another office in the case."""
    folder = tmp_path_factory.mktemp("own-reasons")
    signers = json.dumps([str(ADA.verifier), str(BOB.verifier)])
    places = [Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url)]
    made = Installation(folder, places, f"[policy]\nsigners = {signers}")
    made.import_facts()
    add_officer_of_another_office(folder / "facts")
    made.import_facts(folder / "facts")
    put_in_force(load_settings(made.config, {}), POLICIES)
    made.start()
    yield made
    made.end()


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return write_example(tmp_path_factory.mktemp("example"))


def add_officer_of_another_office(facts):
    now = datetime.now(UTC)
    rows = {
        "users": (FAR, "Officer of Seattle", "HSI", "SEA", "officer", "true"),
        "training": (FAR, "lpr", "2026", now.date().isoformat()),
        "acknowledgements": (FAR, "rules_of_behavior", "1", now.strftime("%Y-%m-%dT%H:%M:%SZ")),
        "case_members": (CASE, FAR),
    }
    for table, row in rows.items():
        with (facts / f"{table}.csv").open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(row)


def wait_until_taken_up(gateway):
    """Each worker takes up what is in force by itself, and says so."""
    acts = ("policy.activated", "policy.rolled_back", "policy.deactivated")
    last = max(each["counter"] for act in acts for each in gateway.ledger.where(event_type=act))
    end = time.monotonic() + 20
    while len(gateway.ledger.where(event_type="policy.loaded", counter=last)) < len(gateway.workers()):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_code_comes_with_its_policy_is_told_recorded_counted_found_and_reported_and_goes_with_it(
    gateway, example, tmp_path
):
    far, near = gateway.person(FAR), gateway.officer()
    assert far.lookup().status == 200
    settings = load_settings(gateway.config, {})
    before, revision = gateway.run_json("policy", "history")["in_force"], put_in_force(settings, example)
    wait_until_taken_up(gateway)
    told = far.lookup().document
    assert near.lookup().status == 200
    assert told["reasons"] == [TOLD]
    assert (told["title"], told["detail"]) == (SENTENCE, f"{SENTENCE} {REMEDY}")
    assert told["type"] == f"urn:lpr-gateway:reason:{CODE}"

    record = gateway.ledger.one(event_type="decision", decision_id=told["decision_id"])
    assert (record["deny_reasons"], record["disclosed_reasons"]) == ([CODE], [CODE])
    assert record["reasons_about"] == {CODE: "case"}
    assert record["policy_revision"] == revision
    assert f'reason="{CODE}",verdict="deny"' in gateway.ask_admin("/metrics")[1].decode()
    decisions = far.ask("GET", "/gateway/me/decisions").document["decisions"]
    assert next(one for one in decisions if one["decision_id"] == told["decision_id"])["reasons"] == [TOLD]
    described = {"mount": "flock", "method": "POST", "path": "/api/v3/reads/lookup", "body": search()}
    assert far.ask("POST", "/gateway/explain", body=described).document["reasons"] == [TOLD]
    wanted = {"decision_id": told["decision_id"], "reason": "Please.", "hours": 1}
    assert far.ask("POST", "/gateway/approvals", body=wanted).codes == ["approval_not_needed"]

    found = gateway.run_json("audit", "search", "--reason", CODE, "--why", "to see")
    assert told["decision_id"] in [each["decision_id"] for each in found]
    missed = gateway.run("audit", "search", "--reason", "case_of_another_ofice", "--why", "to see")
    assert f"did you mean {CODE}?" in missed.output
    gateway.run("audit", "report", "weekly", "--since", days_ago(1), "--why", "to see", "--out", tmp_path)
    assert SENTENCE in next(tmp_path.glob("*.html")).read_text()

    explained = gateway.run_json("policy", "explain", told["decision_id"])
    assert [(one["code"], one["place"].split(":")[0]) for one in explained["reasons"]] == [(CODE, "lpr/case/case.rego")]
    with open_policy_office(settings, "op") as office:
        roll_back(office, before, ADA, "Not yet.", now=clock.now())
    wait_until_taken_up(gateway)
    assert far.lookup().status == 200
    decisions = far.ask("GET", "/gateway/me/decisions").document["decisions"]
    assert next(one for one in decisions if one["decision_id"] == told["decision_id"])["reasons"] == [TOLD]


def test_the_impact_of_a_draft_with_a_code_of_its_own_says_what_the_code_means(gateway, example, tmp_path):
    gateway.person(FAR).lookup()
    page = tmp_path / "impact.html"
    report = gateway.run_json("policy", "impact", "--candidate", example, "--html", page)
    assert report["newly_denied"] >= 1
    assert [row["value"] for row in report["groups"]["reason"]] == [CODE]
    assert f"{CODE}: {SENTENCE}" in page.read_text().replace("<wbr>", "")


def test_where_everything_was_stopped_a_person_is_told_so_everywhere_and_of_nothing_that_he_lacks(gateway):
    officer, settings = gateway.officer(), load_settings(gateway.config, {})
    before = gateway.run_json("policy", "history")["in_force"]
    with open_policy_office(settings, "op") as office:
        deactivate(office, "The vendor lost data.", now=clock.now())
    try:
        wait_until_taken_up(gateway)
        refused = officer.lookup()
        assert (refused.codes, refused.document["title"]) == (
            ["searches_stopped"],
            "Your agency has stopped every search.",
        )
        assert "expired" not in str(refused.document)
        wanted = {"purpose": "criminal_investigation", "case_number": CASE, "mount": "flock"}
        assert officer.ask("POST", "/gateway/contexts", body=wanted).codes == ["searches_stopped"]
        assert officer.ask("GET", "/gateway/whoami").document["missing"] == ["searches_stopped"]
    finally:
        with open_policy_office(settings, "op") as office:
            roll_back(office, before, ADA, "It found them.", now=clock.now())
    wait_until_taken_up(gateway)
    assert officer.lookup().status == 200
