"""Why an approval of one's own opens nothing is told as it is, and alike whatever the part of a plate fits."""

import json
from datetime import timedelta

import pytest

from gateway.clock import now
from gateway.demo.agency import CASE, OTHERS_CASE, OTHERS_PLATE, PLATE
from tests.http.agency import OWN_PROTECTED_PLATE, PROTECTED_PLATE, write_agency

CANDIDATES = "/rekor/api/search/platecandidate"
PARTS = [plate[:4] + "*" for plate in (PLATE, OTHERS_PLATE, PROTECTED_PLATE, OWN_PROTECTED_PLATE, "QQQQ")]
AT_MOST = "Such a one opens at most parts that fit a plate which a subject of the case holds, and not each of these"
DELIVERED = {  # who has it: its id, case, who gave it, hours it runs; what is told
    "t001": ("long", CASE, "u05", 24 * 200, "Approval long does not count: it runs longer than the 72 hours"),
    "t002": ("own", CASE, "t002", 20, "Approval own does not count: nobody approves a search of their own."),
    "t003": ("gone", CASE, "t001", 20, "Approval gone counts no more: who gave it is no active supervisor now."),
    "t004": ("over", CASE, "u05", -1, "Approval over has expired."),
    "t005": ("elsewhere", OTHERS_CASE, "u05", 20, "Approval elsewhere is not for this case."),
    "t006": ("unnamed", CASE, "u05", 20, f"Approval unnamed names no plate. {AT_MOST}"),
}


@pytest.fixture
def gateway(install):
    made = install()
    directory = made.folder / "facts"
    write_agency(directory)
    with (directory / "approvals.csv").open("a") as file:
        for user, (its, case, giver, hours, _) in DELIVERED.items():
            ends = (now() + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
            file.write(f"{its},{user},{case},partial_plate,,{giver},{ends}\n")
    checked = made.run("facts", "check", directory)
    assert "approvals.csv: 1 approvals ('long') have an expires_at beyond the 72 hours" in checked.stderr
    made.import_facts(directory)
    made.start()
    return made


def test_the_true_cause_is_told_to_each_and_of_every_part_that_is_refused_alike(gateway):
    for user, (*_, sentence) in DELIVERED.items():
        person = gateway.person(user)
        replies = [person.plates(target=CANDIDATES, plate=part) for part in PARTS]
        refused = [reply for reply in replies if reply.status != 200]
        assert len(refused) == len(PARTS) - (user == "t006"), "one that counts opens the subject's own plate"
        assert {tuple(reply.codes) for reply in refused} == {("partial_plate_not_approved",)}
        assert len({json.dumps(reply.document["reasons"]) for reply in refused}) == 1
        assert sentence in refused[0].document["reasons"][0]["fix"]
