"""The training report judges a search by the policy that decided it, at a gateway whose limit was changed since."""

import csv
import json
import shutil
from datetime import timedelta

import pytest

from gateway.clock import now
from gateway.settings import load_settings
from tests.app.test_policy import put_in_force
from tests.http.agency import write_agency
from tests.http.installation import POLICIES, Installation, Place
from tests.lifecycle.offices import ADA, BOB

SEARCHER, DAYS = "t001", 200


@pytest.fixture
def gateway(tmp_path, vendors):
    signers = json.dumps([str(ADA.verifier), str(BOB.verifier)])
    flock = Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url)
    made = Installation(tmp_path, [flock], f"[policy]\nsigners = {signers}\n")
    write_agency(tmp_path / "feed")
    courses, today = tmp_path / "feed" / "training.csv", now().date()
    trained = f"{SEARCHER},lpr,2026,{(today - timedelta(days=DAYS)).isoformat()}"
    courses.write_text(courses.read_text().replace(f"{SEARCHER},lpr,2026,{today.isoformat()}", trained))
    made.import_facts(tmp_path / "feed")
    made.start()
    yield made
    made.end()


def put_limit_in_force(gateway, days):
    folder = shutil.copytree(POLICIES, gateway.folder / f"limit-{days}")
    table = folder / "tables" / "training" / "data.yaml"
    table.write_text(table.read_text().replace("value: 365", f"value: {days}"))
    return put_in_force(load_settings(gateway.config, {}), folder)


def is_decided_by(gateway, user_id, revision):
    decisions = gateway.ledger.where(event_type="decision", user_id=user_id)
    return any(record["policy_revision"] == revision for record in decisions)


def list_lapsed(gateway, name):
    out = gateway.folder / name
    assert gateway.run("audit", "report", "training", "--out", out, "--why", "Review").exit_code == 0
    with (out / "training-lapsed.csv").open(newline="") as file:
        return [*csv.DictReader(file)], (out / "training.html").read_text()


def test_a_search_that_was_allowed_rightly_is_accused_by_no_limit_that_came_after_it(gateway):
    searcher, trained_today = gateway.person(SEARCHER), gateway.person("t002")
    assert [searcher.lookup().status for _ in range(2)] == [200, 200]
    revision = put_limit_in_force(gateway, 180)
    gateway.ledger.wait(lambda: searcher.lookup().codes == ["training_lapsed"])
    gateway.ledger.wait(lambda: trained_today.lookup().status == 200 and is_decided_by(gateway, "t002", revision))
    rows, page = list_lapsed(gateway, "after")
    assert rows == []
    assert "Judged by: at most 365 days (policy " in page
    assert f"at most 180 days (policy {revision[:12]})." in page
