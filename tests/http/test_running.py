"""Starting, stopping, and refusing to serve: never two gateways on one ledger, never an answer without a record."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from gateway.app.state import open_own_store
from gateway.clock import format_instant, now
from gateway.pdp.bundle import keep_revision, load_policies
from gateway.settings import load_settings
from tests.http.agency import write_agency
from tests.http.installation import POLICIES, Place
from tests.http.vendors import Emulated, emulate


@pytest.fixture
def slow_vendor(vendors):
    return Place(profile="flock", at="/slow", upstream=vendors["slow"].url, timeout_s=10)


@pytest.fixture
def spare(vendors):
    """The Flock that the installations of single tests ask."""
    return vendors["spare-flock"]


def test_sigterm_finishes_the_searches_in_hand_and_ends_in_time(install, slow_vendor, vendors):
    gateway = install(slow_vendor)
    gateway.start()
    people = [gateway.officer() for _ in range(3)]
    before = len(vendors["slow"].received())
    with ThreadPoolExecutor(6) as pool:
        replies = [pool.submit(people[number % 3].lookup, mount="/slow") for number in range(6)]
        gateway.ledger.wait(lambda: len(vendors["slow"].received()) == before + 6)
        started = time.monotonic()
        assert gateway.stop() == 0
        assert time.monotonic() - started < 15
        assert [one.result().status for one in replies] == [200] * 6
    assert len(gateway.ledger.where(event_type="outcome", outcome="answered")) == 6
    assert gateway.run_json("audit", "verify")["ok"] is True


@pytest.fixture
def silent_vendor(tmp_path):
    """A vendor that takes a search and does not answer in time for a stop."""
    with emulate(tmp_path, [Emulated(name="silent", profile="flock", faults=("--latency", "18"))]) as started:
        yield Place(profile="flock", at="/silent", upstream=started["silent"].url, timeout_s=60)


def _hang(gateway, pool, number):
    """So many searches that the vendor leaves without an answer; returns once each is allowed on record."""
    people = [gateway.officer() for _ in range(number)]
    replies = [pool.submit(person.lookup, mount="/silent") for person in people]
    gateway.ledger.wait(lambda: len(gateway.ledger.where(event_type="decision", decision="allow")) == number)
    return replies


def test_searches_in_hand_hold_up_no_replacement_of_the_workers_and_have_an_outcome_where_they_are_cut_off(
    install, silent_vendor, spare
):
    flock = Place(profile="flock", at="/flock", upstream=spare.url)
    gateway = install(silent_vendor, flock)
    gateway.start()
    before = set(gateway.workers())
    with ThreadPoolExecutor(6) as pool:
        replies = _hang(gateway, pool, 6)
        gateway.process.send_signal(signal.SIGHUP)
        gateway.ledger.wait(lambda: not before & set(gateway.workers()), seconds=30)
        assert all(isinstance(one.exception(), OSError) for one in replies), "the answer would be without a record"
    gateway.ledger.wait(lambda: gateway.ask_admin("/readyz")[0] == 200, seconds=30)
    assert gateway.officer().lookup().status == 200
    assert len(gateway.ledger.where(event_type="outcome", outcome="interrupted")) == 6
    assert gateway.stop() == 0
    assert {item["kind"] for item in gateway.run_json("audit", "verify")["findings"]} <= {"interrupted", "unwitnessed"}


def test_a_search_that_a_stop_cuts_off_has_its_outcome_before_the_gateway_ends(install, silent_vendor):
    gateway = install(silent_vendor)
    gateway.start()
    with ThreadPoolExecutor(1) as pool:
        _hang(gateway, pool, 1)
        assert gateway.stop() == 0
    [outcome] = gateway.ledger.where(event_type="outcome", outcome="interrupted")
    assert outcome["decision_id"] == gateway.ledger.one(event_type="decision", decision="allow")["decision_id"]
    assert gateway.log.read_text().count('"uncaught"') == 0


def test_a_second_gateway_on_the_same_ledger_does_not_start_and_disturbs_nobody(install):
    gateway = install()
    gateway.start()
    second = subprocess.run(
        [sys.executable, "-m", "gateway", "serve", "--config", str(gateway.config)],
        env={"PATH": "/usr/bin", "LPR_GATEWAY__SERVER__BIND": '"127.0.0.1:0"'},
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert second.returncode not in (0, None)
    assert "audit directory" in second.stdout + second.stderr
    assert gateway.officer().lookup().status == 200
    assert gateway.run_json("audit", "verify")["ok"] is True


def test_a_gateway_that_was_stopped_goes_on_where_it_was(install):
    gateway = install()
    gateway.start()
    officer = gateway.officer()
    assert officer.lookup().status == 200
    assert gateway.stop() == 0
    gateway.start()
    assert officer.lookup().status == 200
    assert gateway.run_json("audit", "verify")["ok"] is True
    assert gateway.ledger.where(outcome="interrupted") == []


def test_without_room_for_the_ledger_nothing_is_served_and_the_gateway_says_so(install, spare):
    gateway = install(settings=f"[audit]\nwarn_free_mb = {10**9}\nstop_free_mb = {10**9 - 1}")
    officer = gateway.officer()
    gateway.start(ready=503)
    before = len(spare.received())
    reply = officer.lookup()
    assert (reply.status, reply.codes) == (503, ["audit_unavailable"])
    assert reply.document["forwarded"] is False
    assert int(reply.headers["retry-after"]) > 0
    assert len(spare.received()) == before
    left = f"left for the audit ledger on the disk of {gateway.state / 'audit'}, and below"
    assert left.encode() in gateway.ask_admin("/readyz")[1]
    told = gateway.run("doctor").stdout
    assert "MiB ([audit] stop_free_mb) no search is served" in told
    assert "warning  running: " in told


def test_the_numbers_of_every_worker_have_their_room_on_the_disk_before_it_can_be_full(install):
    gateway = install()
    gateway.start()
    assert gateway.officer().lookup().status == 200
    files = [path.stat() for path in (gateway.state / "metrics").glob("*.db")]
    assert files
    assert [file for file in files if file.st_blocks * 512 < file.st_size] == []


def lose_the_ledger(gateway):
    """Take the ledger's folder away for good, as when its disk is gone: no new segment can be begun, nor any chain."""
    (gateway.state / "audit").rename(gateway.folder / "lost")
    (gateway.state / "audit").touch()


def until_nobody_answers(gateway, person, **changes):
    """What searches were told until the gateway gave up; None for one that got no answer."""
    told = []
    for _ in range(180):
        try:
            told.append(person.lookup(**changes))
        except OSError:
            told.append(None)
        if gateway.process.poll() is not None:
            break
    return told


def test_once_the_ledger_is_gone_no_search_is_sent_none_answered_and_the_gateway_ends(install, spare):
    gateway = install(settings="[audit]\nsegment_max_bytes = 65536")
    officer = gateway.officer()
    gateway.start()
    lose_the_ledger(gateway)
    before = len(spare.received())
    told = until_nobody_answers(gateway, officer)
    answered = [reply for reply in told if reply is not None]
    refused = [reply for reply in answered if reply.status != 200]
    assert {(reply.status, *reply.codes) for reply in refused} == {(503, "audit_unavailable")}
    sent = len(answered) - len(refused) + sum(reply.document["forwarded"] for reply in refused)
    assert before + sent <= len(spare.received()) <= before + sent + len(told) - len(answered)
    assert gateway.process.wait(20) != 0
    lines = [json.loads(line) for line in gateway.log.read_text().splitlines()]
    [end] = [line for line in lines if line["event"] == "gateway_ends"]
    assert "a worker could not start" in end["why"]
    assert "worker_failed" in {line["event"] for line in lines}


def test_an_answer_whose_outcome_cannot_be_recorded_is_withheld_and_told_as_forwarded(install, slow_vendor, vendors):
    flock = Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url)
    gateway = install(slow_vendor, flock, settings="[audit]\nsegment_max_bytes = 65536")
    text = gateway.config.read_text()  # one worker, whose chain the other's searches fill
    gateway.config.write_text(text.replace("[server]", "[server]\nworkers = 1"))
    officer, other = gateway.officer(), gateway.officer()
    gateway.start()
    before = len(vendors["slow"].received())
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(officer.lookup, mount="/slow")
        gateway.ledger.wait(lambda: len(vendors["slow"].received()) > before)
        lose_the_ledger(gateway)
        until_nobody_answers(gateway, other, plate="ZZZ999")
        told = reply.result()
    assert (told.status, told.codes) == (503, ["audit_unavailable"])
    assert told.document["forwarded"] is True
    assert b"FNA579" not in told.body


@pytest.mark.parametrize("settings", ["", "[facts]\nmax_age_hours = 72\n"])
def test_facts_that_are_too_old_by_the_settings_or_the_policy_deny_every_search_and_readiness(install, settings):
    gateway = install(settings=settings)
    directory = gateway.folder / "old"
    write_agency(directory, now() - timedelta(hours=30))
    files = {path.name: described(path) for path in directory.glob("*.csv")}
    manifest = {"as_of": format_instant(now() - timedelta(hours=30)), "serial": 1, "files": files}
    (directory / "manifest.json").write_text(json.dumps(manifest))
    gateway.import_facts(directory)
    gateway.start(ready=503)
    assert b"the facts are 30 hours old" in gateway.ask_admin("/readyz")[1]
    reply = gateway.officer().lookup()
    assert (reply.status, "facts_stale" in reply.codes) == (403, True)


def test_a_policy_that_expired_denies_every_search_and_readiness(install):
    gateway = install()
    before = (now() - timedelta(days=370)).timestamp()
    os.utime(keep_revision(load_policies(POLICIES), gateway.state), (before, before))
    checked = gateway.run("config", "check")
    assert "warning: the policy expired: nobody has reviewed it for 370 days" in checked.stderr
    gateway.start(ready=503)
    assert b"the policy expired" in gateway.ask_admin("/readyz")[1]
    assert gateway.officer().lookup().codes == ["policy_expired"]


def described(path):
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "rows": len(content.splitlines()) - 1}


def test_every_mistake_in_the_settings_is_named_at_once(install):
    gateway = install()
    text = gateway.config.read_text().replace(
        "[server]", '[server]\nworkers = 0\nthread = 8\ntrusted_proxies = ["10.0.0.1/8"]'
    )
    gateway.config.write_text(
        text + '\n[engine]\nkind = "opal"\n[[vendors]]\nprofile = "flock"\nupstream = "http://example.org"\n'
    )
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    for word in ("workers", "did you mean threads?", "trusted_proxies", "[engine] kind", "plain http", "auth"):
        assert word in result.stderr


def test_sound_settings_are_told_as_such_and_a_missing_secret_is_not(install):
    gateway = install()
    assert gateway.run_json("config", "check")["ok"] is True
    (gateway.folder / "secrets" / "vendor").unlink()
    assert gateway.run("config", "check").exit_code == 2


def test_a_ledger_moved_to_another_disk_under_a_running_gateway_ends_it_and_no_search_is_answered_without_a_record(
    install,
):
    gateway = install()
    person = gateway.officer()
    gateway.start()
    assert person.lookup().status == 200
    audit, elsewhere = gateway.state / "audit", gateway.folder / "elsewhere"
    shutil.copytree(audit, elsewhere)
    shutil.rmtree(audit.rename(gateway.folder / "deleted"))  # at once, whatever a worker is at
    assert person.lookup().status != 200
    assert gateway.process.wait(30) == 3
    told = gateway.log.read_text()
    assert "is not where it was: its folder was moved or replaced while the gateway runs" in told
    assert "is not the folder that was there at the start" in told
    assert not audit.exists()
    elsewhere.rename(audit)
    gateway.start()
    assert person.lookup().status == 200
    assert gateway.stop() == 0
    assert gateway.run_json("audit", "verify")["ok"] is True


def test_a_store_that_was_moved_under_a_running_gateway_is_told_until_it_is_back(install):
    gateway = install()
    officer = gateway.officer()
    gateway.start()
    assert officer.lookup().status == 200
    store, away = gateway.state / "gateway.db", gateway.folder / "away.db"
    store.rename(away)
    gateway.ledger.wait(lambda: gateway.ask_admin("/readyz")[0] == 503)
    assert f"{store} is " in json.loads(gateway.ask_admin("/readyz")[1])["checks"]["store"]
    away.replace(store)
    gateway.ledger.wait(lambda: gateway.ask_admin("/readyz")[0] == 200)
    assert officer.lookup().status == 200


def test_a_command_that_works_on_another_store_or_other_facts_than_the_gateway_that_runs_says_so(install):
    gateway = install()
    gateway.start()
    told = "warning: the gateway that runs was started with other settings in"
    issue = ("keys", "issue", "--user", "u01")
    assert told not in gateway.run(*issue).stderr
    before = gateway.config.read_text()
    gateway.config.write_text(f'[store]\nurl = "sqlite:///{gateway.folder}/other.db"\n{before}')
    refused = gateway.run(*issue)
    assert (refused.exit_code, f"{told} [store]" in refused.stderr) == (2, True)
    open_own_store(load_settings(gateway.config, {})).close()  # as another gateway would have begun it
    issued = gateway.run(*issue, "--json")
    assert f"{told} [store]" in issued.stderr
    assert f"{told} [store]" in gateway.run("keys", "revoke", json.loads(issued.stdout)["key_id"]).stderr
    for looking in (("keys", "list"), ("keys", "revoke", "knobody")):
        assert f"{told} [store]" in gateway.run(*looking).stderr
    gateway.config.write_text(f'[facts]\nurl = "sqlite:///{gateway.folder}/other-facts.db"\n{before}')
    for looking in (("facts", "revisions"), ("facts", "show", "user", "u01")):
        assert f"{told} [facts]" in gateway.run(*looking).stderr
    gateway.config.write_text(before)
    assert gateway.stop() == 0
    assert told not in gateway.run(*issue).stderr
