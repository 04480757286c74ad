"""Signal 9, again and again, under load: whatever a vendor received was decided and on record before it got there."""

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.http.installation import Installation, Place
from tests.http.ledger import Ledger
from tests.http.loads import by_turns, load
from tests.http.witness import witness

_TIMES = 6


@pytest.fixture(scope="module")
def survived(tmp_path_factory):
    """A gateway killed six times under load, every other time a worker of it before; then started and stopped."""
    with witness() as (vendor, url):
        gateway = Installation(tmp_path_factory.mktemp("crash"), [Place(profile="flock", at="/flock", upstream=url)])
        gateway.import_facts()
        people = [gateway.officer() for _ in range(40)]
        vendor.ledger = Ledger(gateway.ledger.directory)
        try:
            with load(by_turns(people), threads=4) as running:
                go_through_it(gateway, vendor)
            assert gateway.stop() == 0
        finally:
            gateway.end()
        gateway.ledger.look()
        yield gateway, vendor, running


def go_through_it(gateway, vendor):
    for time in range(_TIMES):
        gateway.start()
        if time % 2:
            kill_a_worker(gateway)
        more_arrive(gateway, vendor)
        gateway.kill()
    gateway.start()
    more_arrive(gateway, vendor)


def kill_a_worker(gateway):
    before = set(gateway.workers())
    os.kill(min(before), signal.SIGKILL)
    gateway.ledger.wait(lambda: len(set(gateway.workers()) - {min(before)}) == len(before))


def more_arrive(gateway, vendor):
    already = len(vendor.arrived)
    gateway.ledger.wait(lambda: len(vendor.arrived) >= already + 10, seconds=20)


def test_every_search_that_the_vendor_received_was_on_record_when_it_arrived(survived):
    _, vendor, _ = survived
    assert len(vendor.arrived) >= 10 * (_TIMES + 1)
    assert vendor.unrecorded == []


def test_the_ledger_verifies_after_all_of_it(survived):
    gateway, _, _ = survived
    report = gateway.run_json("audit", "verify")
    assert report["ok"] is True
    assert report["records"] >= len(gateway.ledger.records)


def test_every_allowed_search_has_one_outcome_and_the_cut_off_ones_are_told_as_interrupted(survived):
    gateway, _, _ = survived
    allowed = {each["decision_id"] for each in gateway.ledger.where(event_type="decision", decision="allow")}
    outcomes = Counter(each["decision_id"] for each in gateway.ledger.where(event_type="outcome"))
    assert set(outcomes) == allowed
    assert set(outcomes.values()) == {1}
    assert gateway.ledger.where(event_type="outcome", outcome="interrupted")


def test_every_answer_that_was_given_has_its_outcome(survived):
    gateway, _, running = survived
    answered = [answer for _, answer in running.replies if answer.status == 200]
    assert {answer.status for _, answer in running.replies} == {200}
    assert len(answered) <= len(gateway.ledger.where(event_type="outcome", outcome="answered"))


def test_each_start_resumes_every_chain_and_says_so(survived):
    gateway, _, _ = survived
    resumed = Counter(each["chain"]["id"] for each in gateway.ledger.where(event_type="chain.resumed"))
    assert all(resumed[chain] >= _TIMES for chain in ("w0", "w1"))


def test_a_search_that_a_crash_cut_off_is_listed_as_interrupted_to_who_asked(install, vendors):
    gateway = install(Place(profile="flock", at="/slow", upstream=vendors["slow"].url))
    gateway.start()
    officer = gateway.officer()

    def listed(verdict):
        found = officer.ask("GET", "/gateway/me/decisions").document["decisions"]
        return [one["verdict"] for one in found] == [verdict]

    def ask():
        with suppress(OSError):
            officer.lookup(mount="/slow")

    with ThreadPoolExecutor(1) as asking:
        asking.submit(ask)
        gateway.ledger.wait(lambda: listed("allow"))
        gateway.kill()
    gateway.start()
    gateway.ledger.wait(lambda: listed("interrupted"))
