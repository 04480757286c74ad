"""Ceilings as officers and tools see them: warned of, refused with their end, the same over workers and vendors."""

import json
import re
import shutil

import pytest

from gateway.demo.agency import SERVICE
from gateway.pep.ceilings import HEADER
from tests.http.asking import days_ago
from tests.http.installation import POLICIES, Place, start_under

DAILY = {"": 6, "service_": 9, "office_": 12, "vendor_": 60}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, vendors):
    """An agency whose days are short of searches; an hour ends when it ends, so hours have plenty."""
    folder = tmp_path_factory.mktemp("ceilings")
    shutil.copytree(POLICIES, folder / "policies")
    table = folder / "policies" / "tables" / "usage" / "data.yaml"
    text = table.read_text()
    for name, number in DAILY.items():
        text = re.sub(rf"(?m)^({name}daily_ceiling:\n  value: )\d+", rf"\g<1>{number}", text)
    table.write_text(text)
    places = [
        Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url),
        Place(profile="rekor", at="/rekor", upstream=vendors["spare-rekor"].url),
    ]
    made = start_under(folder, places)
    try:
        yield made
        assert made.stop() == 0
        assert made.run_json("audit", "verify")["ok"] is True
    finally:
        made.end()


def near(answer):
    """What is left of each ceiling that the answer warns of."""
    told = answer.headers.get(HEADER.lower(), "")
    return {name: int(left) for name, left in re.findall(r"([a-z]+-[a-z]+); remaining=(\d+)", told)}


def whoami(person):
    return person.ask("GET", "/gateway/whoami").document["searches"]


def test_ceilings_of_person_and_office_are_warned_of_reached_and_named_with_their_end(gateway):
    first, second, third = (gateway.officer() for _ in range(3))
    replies = [first.lookup() for _ in range(7)]
    assert [reply.status for reply in replies] == [200] * 6 + [403]
    assert [near(reply) for reply in replies] == [{}] * 4 + [{"person-day": left} for left in (1, 0, 0)]
    assert replies[-1].codes == ["usage_ceiling"]
    told = replies[-1].document
    [end] = re.findall(r"The ceiling is 6 searches of yours in 24 hours; it ends at (\S+)\.", told["reasons"][0]["fix"])
    assert f'ends="{end}"' in replies[-1].headers[HEADER.lower()]
    record = gateway.ledger.one(event_type="decision", decision_id=told["decision_id"])
    usage = json.loads(record["input"])["facts"]["usage"]
    assert usage["queries_24h"] == 7
    assert usage["office"]["queries_24h"] in (6, 7), (
        "over one's own ceiling one counts for nobody else, once that is seen"
    )
    missing = lambda person: person.ask("GET", "/gateway/whoami").document["missing"]  # noqa: E731
    assert (missing(first), missing(second)) == (["usage_ceiling"], [])
    mine = whoami(first)
    assert (mine["used"], mine["ceiling"], mine["left"]) == (7, 6, 0)
    assert mine["ceilings"]["person-day"]["ends_at"] == end
    left = 12 - usage["office"]["queries_24h"]
    assert mine["ceilings"]["office-day"]["left"] == left
    assert mine["ceilings"]["vendor-day flock"]["left"] == 60 - usage["vendor"]["queries_24h"]
    assert mine["ceilings"]["vendor-day rekor"]["left"] == 60

    both = first.lookup(startDate=days_ago(5000))
    assert both.codes == ["lookback_too_long", "usage_ceiling"]
    assert f"it ends at {end}." in both.document["reasons"][1]["fix"]

    left = whoami(first)["ceilings"]["office-day"][
        "left"
    ]  # a worker that had not seen it yet may have counted that one
    for _ in range(3):
        assert second.lookup().status == 200
    while left - 3 > 0:
        left -= 1
        last = third.plates()
        assert last.status == 200
    assert near(last) == {"office-day": 0}
    refused = second.plates()
    assert (refused.status, refused.codes, near(refused)) == (403, ["office_ceiling"], {"office-day": 0})
    assert "12 searches of your office in 24 hours" in refused.document["reasons"][0]["fix"]


def test_a_service_over_its_ceiling_searches_for_nobody_and_each_may_search_alone(gateway):
    people = [gateway.person(user) for user in ("u10", "u04")]
    service = gateway.person(SERVICE, "--kind", "service", "--acts-for", "office:NYC")
    codes = set()
    for person in people * 6:
        codes |= set(service.lookup(headers={"X-LPR-On-Behalf-Of": person.user_id}).codes)
    assert "service_ceiling" in codes
    assert "service_ceiling" not in people[0].lookup().codes
