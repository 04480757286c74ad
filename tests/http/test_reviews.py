"""Findings on a running gateway: found at once, told to the SIEM, given to who may judge, judged once, never forgotten."""

import json
import shutil

import pytest

from tests.http.agency import OWN_PROTECTED_PLATE
from tests.http.installation import POLICIES, Installation, Place
from tests.shipping.collector import Collector
from tests.shipping.formats.test_ocsf import problems

PRIVACY, SAME_OFFICE, OTHER_OFFICE = "u07", "u05", "u16"
SOON_S = 60
"""A finding is on record so soon after the search that completes it."""


@pytest.fixture(scope="module")
def siem():
    with Collector() as started:
        yield started


@pytest.fixture(scope="module")
def watched(tmp_path_factory, vendors, siem):
    """A gateway with a SIEM, whose alerts are overdue at once and whose warnings must be reminded of at once."""
    folder = tmp_path_factory.mktemp("watched")
    tables = folder / "oversight"
    shutil.copytree(POLICIES / "oversight", tables)
    agency = tables / "agency" / "data.yaml"
    agency.write_text(agency.read_text().replace("{alert: 3, warn: 14}", "{alert: 0, warn: 1}"))
    (folder / "token").write_text("0badcafe")
    (folder / "token").chmod(0o600)
    settings = f'[oversight]\ndirectory = "{tables}"\nevery_s = 1\n'
    settings += f'[[audit.sinks]]\nname = "siem"\nkind = "splunk_hec"\nformat = "ocsf"\ntarget = "{siem.url}"\n'
    settings += f'token_file = "{folder / "token"}"\n'
    place = Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url)
    installation = Installation(folder, [place], settings)
    installation.import_facts()
    installation.start()
    yield installation
    installation.end()


def finding_about(watched, officer, **fields):
    found = watched.ledger.wait(
        lambda: watched.ledger.where(event_type="finding.opened", user_id=officer.user_id), SOON_S
    )
    [one] = [record for record in found if all(record["oversight"][name] == value for name, value in fields.items())]
    return one


def told_to(siem, finding_id, activity, code=""):
    """The events of a finding as the SIEM has them, where a code is given those of it; each chain comes in its own time."""
    events = [json.loads(event) if isinstance(event, str) else event for event in siem.events]
    found = [event for event in events if event["class_uid"] == 2004 and event["finding_info"]["uid"] == finding_id]
    return [
        event
        for event in found
        if event["activity_name"] == activity and event["metadata"]["event_code"].startswith(code)
    ]


def listed(person):
    return {item["finding_id"]: item for item in person.ask("GET", "/gateway/reviews").document["reviews"]}


def waiting(person):
    told = person.ask("GET", "/gateway/whoami").document["reviews"]
    return {name: number for name, number in told.items() if name.startswith("findings_")}


def assign(person, finding_id, reviewer):
    return person.ask("POST", f"/gateway/reviews/{finding_id}/assign", body={"reviewer": reviewer})


def judge(person, finding_id, outcome="explained", why="the case file has the plate"):
    return person.ask("POST", f"/gateway/reviews/{finding_id}", body={"outcome": outcome, "why": why})


@pytest.fixture(scope="module")
def protected_search(watched):
    """An officer who searched a protected plate once, and the finding about it."""
    officer = watched.officer()
    refused = officer.lookup(plate=OWN_PROTECTED_PLATE)
    assert refused.status == 403
    one = finding_about(watched, officer, detector="D4")
    assert one["oversight"]["decision_ids"] == [refused.document["decision_id"]]
    return officer, one["finding_id"]


def test_a_finding_is_on_record_within_a_minute_of_the_search_that_completes_it_and_reaches_the_siem(
    watched, siem, protected_search
):
    _, finding_id = protected_search
    [event] = watched.ledger.wait(lambda: told_to(siem, finding_id, "Create"), SOON_S)
    assert problems(event) == []
    assert (event["category_uid"], event["type_uid"]) == (2, 200401)
    assert (event["severity"], event["is_alert"]) == ("High", True)
    assert event["finding_info"]["analytic"]["name"] == "D4"


def test_a_finding_is_given_to_who_may_judge_it_judged_once_and_counted_for_the_person(watched, siem, protected_search):
    officer, finding_id = protected_search
    privacy, same_office, reviewer = (watched.person(user) for user in (PRIVACY, SAME_OFFICE, OTHER_OFFICE))
    watched.ledger.wait(lambda: finding_id in listed(privacy), SOON_S)
    assert listed(reviewer) == {}
    assert waiting(privacy)["findings_to_assign"] == len(listed(privacy)) > 0
    assert waiting(reviewer) == waiting(officer) == {"findings_to_review": 0, "findings_to_assign": 0}
    assert officer.ask("GET", "/gateway/reviews").status == 403
    refused = assign(privacy, finding_id, SAME_OFFICE)
    assert refused.status == 400
    assert "reviewed by another office than BAL; where there is no other, it is closed on" in refused.body.decode()
    assert "themselves" in assign(privacy, finding_id, officer.user_id).body.decode()
    assert "nobody is known" in assign(privacy, finding_id, "nobody").body.decode()
    assert assign(same_office, finding_id, SAME_OFFICE).status == 403
    assert assign(privacy, finding_id, OTHER_OFFICE).status == 200
    assert list(listed(reviewer)) == [finding_id]
    assert waiting(reviewer) == {"findings_to_review": 1, "findings_to_assign": 0}
    assert judge(privacy, finding_id).status == 403
    assert judge(reviewer, finding_id, outcome="fine").status == 400
    named = judge(reviewer, finding_id, why="RVT208 is his brother's")
    assert (named.status, b"RVT208" in named.body) == (400, False)
    assert named.document["reasons"][0]["message"].endswith(": why.")
    assert "Word 1 looks like a plate, and this text is kept in clear: name the finding" in named.body.decode()
    assert judge(reviewer, finding_id).document == {"finding_id": finding_id, "status": "explained"}
    assert waiting(reviewer) == {"findings_to_review": 0, "findings_to_assign": 0}
    assert judge(reviewer, finding_id, outcome="misuse").codes == ["review_done"]
    assert assign(privacy, finding_id, OTHER_OFFICE).status == 400
    assert [record["oversight"]["outcome"] for record in watched.ledger.where(event_type="finding.reviewed")] == [
        "explained"
    ]
    for event_type, who in (("finding.assigned", PRIVACY), ("finding.reviewed", OTHER_OFFICE)):
        [told] = watched.ledger.where(event_type=event_type, finding_id=finding_id)
        assert (told["user_id"], told["oversight"]["reviewer"]) == (who, OTHER_OFFICE)
        assert (told["oversight"]["persons"], told["oversight"]["offices"]) == ([officer.user_id], ["BAL"])
    reviewed = lambda: officer.ask("GET", "/gateway/whoami").document["reviewed"]  # noqa: E731 - asked until it is counted
    watched.ledger.wait(lambda: reviewed() == {"days": 90, "searches": 1}, SOON_S)
    [close] = watched.ledger.wait(lambda: told_to(siem, finding_id, "Close"), SOON_S)
    [update] = watched.ledger.wait(lambda: told_to(siem, finding_id, "Update", "finding.assigned"), SOON_S)
    assert problems(update) == problems(close) == []
    assert close["comment"] == "the case file has the plate"
    [opened] = watched.ledger.where(event_type="finding.opened", finding_id=finding_id)
    for event, who in ((update, PRIVACY), (close, OTHER_OFFICE)):
        assert event["finding_info"]["title"] == opened["oversight"]["title"]
        assert (event["unmapped"]["src_ip"], event["unmapped"]["user_id"]) == ("127.0.0.1", who)
        assert {"request_id", "key_id", "actor_kind"} <= set(event["unmapped"])


def test_what_is_due_is_reminded_of_and_what_is_overdue_goes_to_the_privacy_office_once(watched, siem):
    warned, alerted = watched.officer(), watched.officer()
    warned.lookup(reason="criminal_investigation: ICE warrant")
    alerted.lookup(plate=OWN_PROTECTED_PLATE)
    one = finding_about(watched, warned, detector="D10")["finding_id"]
    other = finding_about(watched, alerted, detector="D4")["finding_id"]
    watched.ledger.wait(lambda: watched.ledger.where(event_type="finding.reminded", finding_id=one), SOON_S)
    watched.ledger.wait(lambda: watched.ledger.where(event_type="finding.escalated", finding_id=other), SOON_S)
    watched.ledger.wait(lambda: told_to(siem, one, "Update") and told_to(siem, other, "Update"), SOON_S)
    seen = watched.officer()
    seen.lookup(plate=OWN_PROTECTED_PLATE)  # so that there is another look at the ledger
    finding_about(watched, seen, detector="D4")
    for event_type, finding_id in (("finding.reminded", one), ("finding.escalated", other)):
        assert len(watched.ledger.where(event_type=event_type, finding_id=finding_id)) == 1


def test_no_plate_or_reason_of_a_finding_lies_in_the_open(watched, protected_search):
    folders = [watched.state / name for name in ("audit", "audit-index", "oversight")]
    stored = b"".join(path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file())
    assert protected_search[1].encode() in stored
    assert OWN_PROTECTED_PLATE.encode() not in stored
    assert b"ICE warrant" not in stored
