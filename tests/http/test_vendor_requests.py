"""What the vendors receive: the allowed queries, each written anew from its decision, and nothing else."""

import re

import pytest

from gateway.demo.agency import CASE, PLATE
from tests.http.agency import APPROVED, MARKED_PLATE
from tests.http.allowed import FLOCK_PAGE, allowed, asked, differences
from tests.http.asking import CLAIMS, LOOKUP, days_ago
from tests.http.installation import VENDOR_SECRET

SORT = [{"field": "capturedAt", "order": "asc"}]
CANDIDATES = "/rekor/api/search/platecandidate"
CONFIDENCES = [{"attribute": "plate", "minConfidence": 0.25}]


@pytest.fixture
def new_at(flock, rekor):
    """What a vendor received since the test began."""
    before = {one.name: len(one.received()) for one in (flock, rekor)}
    return lambda vendor: vendor.received()[before[vendor.name] :]


def test_a_search_is_sent_as_the_effective_query_of_its_decision_and_nothing_more(world, flock, officer, new_at):
    reply = officer.lookup(
        plate="mqz-x771",
        reason="criminal_investigation: the officer's own words",
        endDate=days_ago(-0.5),
        limit=50,
        sort=SORT,
        minConfidences=CONFIDENCES,
        headers={"X-Anything": "zqXj7", "Cookie": "a=zqXj7", "Accept-Language": "de", "Accept": "text/html"},
    )
    assert reply.status == 200
    (received,) = new_at(flock)
    assert asked(received) == allowed(world, "flock")[received.decision_id]
    assert received.document["plate"] == MARKED_PLATE
    assert received.document["sort"] == SORT
    assert received.document["minConfidences"] == CONFIDENCES
    assert received.document["endDate"] <= days_ago(0)


def test_the_limit_on_record_is_the_one_that_was_sent_though_the_policy_grants_more(world, flock, officer, new_at):
    assert officer.lookup(limit=None).status == 200
    (received,) = new_at(flock)
    decided = world.ledger.one(event_type="decision", decision_id=received.decision_id)
    assert received.document["limit"] == decided["limit"] == decided["effective"]["limit"] == 50


def test_the_reason_sent_is_purpose_case_decision_and_pseudonym(world, flock, officer, new_at):
    officer.lookup(reason="criminal_investigation: the officer's own words")
    officer.lookup()
    first, second = (received.document["reason"].split(" | ") for received in new_at(flock))
    assert first[:2] == second[:2] == ["criminal_investigation", f"case {CASE}"]
    assert world.ledger.one(event_type="decision", decision_id=first[2])["user_id"] == officer.user_id
    assert first[2] != second[2]
    assert first[3] == second[3]
    assert re.fullmatch(r"[a-z2-7]{16}", first[3])
    assert officer.user_id not in " ".join(first)


def test_flock_receives_no_header_but_the_gateways_own(flock, officer, new_at):
    page = officer.lookup(headers={"X-Anything": "zqXj7", "Via": "1.1 zqXj7"}).document["nextPageId"]
    officer.ask("GET", f"{LOOKUP}/page/{page}", headers={"X-Anything": "zqXj7"})
    search, further = new_at(flock)
    own = ["host", "user-agent", "accept-encoding", "accept", "authorization"]
    assert sorted(name for name, _ in search.headers) == sorted([*own, "content-type", "content-length"])
    assert sorted(name for name, _ in further.headers) == sorted(own)
    assert "zqXj7" not in repr(search.headers + further.headers)
    assert officer.key not in repr(search.headers + further.headers)


def test_a_page_is_asked_by_the_vendors_own_id_alone(world, flock, officer, new_at):
    page = officer.lookup().document["nextPageId"]
    assert officer.ask("GET", f"{LOOKUP}/page/{page}").status == 200
    search, further = new_at(flock)
    assert re.fullmatch(re.escape(FLOCK_PAGE) + r"[0-9a-f-]{36}", further.target)
    decision = world.ledger.one(event_type="decision", operation="plate.page", user_id=officer.user_id)
    assert decision["opening_decision_id"] == search.decision_id


@pytest.mark.parametrize("target", ["plate", "alert"])
def test_rekor_receives_the_effective_query_and_its_own_key(world, rekor, officer, new_at, target):
    assert officer.plates(target=f"/rekor/api/search/{target}", order="asc").status == 200
    (received,) = new_at(rekor)
    decision = world.ledger.one(event_type="decision", user_id=officer.user_id)
    assert asked(received) == allowed(world, "rekor")[decision["decision_id"]]
    assert dict(received.query)["plate"] == PLATE
    assert dict(received.query)["api_key"] == VENDOR_SECRET
    assert sorted(name for name, _ in received.headers) == ["accept", "accept-encoding", "host", "user-agent"]


def test_an_approved_fuzzy_search_is_sent_and_only_its_plate_comes_back(world, rekor, new_at):
    approved = world.person(APPROVED)
    reply = approved.plates(target=CANDIDATES, plate="fna 579")
    assert {row["fields"]["plate_number"] for row in reply.document} == {PLATE}
    (received,) = new_at(rekor)
    assert dict(received.query)["plate"] == PLATE
    assert differences([received], allowed(world, "rekor")) == []


def test_an_approved_part_of_a_plate_is_sent_as_a_pattern_and_only_the_subjects_reads_come_back(world, rekor, new_at):
    approved = world.person(APPROVED)
    reply = approved.plates(target=CANDIDATES, plate="fna5*")
    assert reply.status == 200
    assert {row["fields"]["plate_number"] for row in reply.document} == {PLATE}
    (received,) = new_at(rekor)
    assert dict(received.query)["plate"] == "FNA5*"


def test_a_part_of_a_plate_is_not_asked_of_a_search_that_takes_whole_plates_only(world, rekor, new_at):
    approved = world.person(APPROVED)
    assert approved.plates(plate="fna5*").codes == ["request_plate_characters"]
    assert approved.lookup(plate="fna5*").codes == ["request_plate_characters"]
    assert new_at(rekor) == []


def test_denied_and_explained_searches_never_reach_a_vendor(flock, rekor, officer, new_at):
    assert officer.lookup(plate="ZZZ999").status == 403
    assert officer.plates(headers={}).status == 403
    described = {"mount": "/rekor", "method": "GET", "path": "/api/search/plate?plate=FNA579&topn=5"}
    assert officer.ask("POST", "/gateway/explain", body=described, headers=CLAIMS).status == 200
    assert new_at(flock) == new_at(rekor) == []


def test_everything_the_vendors_received_is_exactly_what_decisions_allow(world, flock, rekor, officer):
    officer.lookup()
    officer.plates()
    for vendor in (flock, rekor):
        assert differences(vendor.received(), allowed(world, vendor.name)) == []


def test_every_allowed_search_has_its_decision_on_record_before_its_outcome(world, officer):
    officer.lookup()
    officer.plates()
    world.ledger.look()
    place = {}
    for record in world.ledger.records:
        place[record.get("decision_id"), record["event_type"]] = (record["chain"]["id"], record["chain"]["seq"])
    outcomes = [key for key, kind in place if kind == "outcome"]
    assert outcomes
    assert all(place[key, "decision"] < place[key, "outcome"] for key in outcomes)
