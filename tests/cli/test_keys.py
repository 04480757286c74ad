"""`keys`: issued once, listed without secrets, revoked at once, each act on record."""

import errno
import json
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import text

from gateway import clock
from gateway.app.places import find_file
from gateway.app.state import open_own_store
from gateway.cli.operator import operator
from gateway.demo.agency import OFFICER, SERVICE
from gateway.errors import Refusal
from gateway.ledger.checkpoints.keys import read_published_keys
from gateway.ledger.ledger import Ledger
from gateway.reasons import Reason
from gateway.settings import load_settings


def kept(gateway, key_id):
    store = open_own_store(load_settings(gateway.config, {}))
    try:
        return store.find(key_id)
    finally:
        store.close()


def test_where_the_store_was_lost_and_a_gateway_served_before_no_key_begins_another(gateway):
    settings = load_settings(gateway.config, {})
    store = find_file(settings.store.url)
    given = ("keys", "issue", "--user", OFFICER)
    assert gateway.run(*given).exit_code == 0
    (settings.audit.directory / "w0").mkdir(exist_ok=True)
    for path in store.parent.glob(f"{store.name}*"):
        path.unlink()
    refused = gateway.run(*given)
    assert (refused.exit_code, "bring it back before you start" in refused.stderr, store.exists()) == (2, True, False)


def test_a_key_is_issued_with_its_limits_and_recorded_without_its_secret(gateway, recorded):
    given = ("--days", "7", "--mount", "flock", "--cidr", "10.0.0.0/8")
    issued = gateway.run_json("keys", "issue", "--user", OFFICER, *given)
    [record] = recorded("key.issued")
    assert (record["key_id"], record["user_id"], record["actor_kind"]) == (issued["key_id"], OFFICER, "person")
    assert (record["mounts"], record["cidrs"]) == (["flock"], ["10.0.0.0/8"])
    assert record["operator"]
    assert issued["secret"] not in json.dumps(record)
    key = kept(gateway, issued["key_id"])
    assert (key.mounts, key.cidrs) == (("flock",), ("10.0.0.0/8",))
    assert timedelta(days=6.9) < key.expires_at - clock.now() <= timedelta(days=7)


def test_a_person_is_shown_the_secret_once_and_told_so(gateway):
    result = gateway.run("keys", "issue", "--user", OFFICER)
    secret = next(line.split()[1] for line in result.stdout.splitlines() if line.startswith("secret"))
    assert "not shown again" in result.stderr
    assert secret not in gateway.run("keys", "list").stdout
    assert secret not in json.dumps(gateway.run_json("keys", "list"))


def test_a_service_is_given_whom_it_acts_for(gateway):
    issued = gateway.run_json("keys", "issue", "--user", SERVICE, "--kind", "service", "--acts-for", "office:BAL")
    [listed] = gateway.run_json("keys", "list")
    assert (listed["key_id"], listed["kind"], listed["acts_for"]) == (issued["key_id"], "service", ["office:BAL"])


def test_somebody_the_facts_do_not_know_gets_no_key(gateway, recorded):
    result = gateway.run("keys", "issue", "--user", "u99")
    assert result.exit_code == 2
    assert "the facts know no user of this id" in result.stderr
    assert recorded("key.issued") == []
    assert not (gateway.state / "gateway.db").exists()


def test_somebody_who_is_not_active_is_warned_of(gateway):
    result = gateway.run("keys", "issue", "--user", "u06")
    assert result.exit_code == 0
    assert "this user is not active" in result.stderr


NEITHER = "is it mistyped, or not in the facts that were imported last?"


@pytest.mark.parametrize(
    ("option", "value"), [("--acts-for", "everybody"), ("--cidr", "10.0.0.0/40"), ("--days", "0"), ("--mount", "")]
)
def test_a_limit_that_cannot_be_understood_makes_no_key(gateway, recorded, option, value):
    kind = ("--kind", "service") if option == "--acts-for" else ()
    result = gateway.run("keys", "issue", "--user", OFFICER, *kind, option, value)
    assert result.exit_code == 2
    assert recorded("key.issued") == []


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--mount", "rekor", "--mount: no vendor is mounted at rekor; there are: flock"),
        ("--acts-for", "office:NOWHERE", f"--acts-for: the facts know nobody of office:NOWHERE; {NEITHER}"),
        ("--acts-for", "user:u99", f"--acts-for: the facts know nobody of user:u99; {NEITHER}"),
    ],
)
def test_a_limit_that_nothing_fits_makes_no_key(gateway, recorded, option, value, told):
    result = gateway.run("keys", "issue", "--user", SERVICE, "--kind", "service", option, value)
    assert (result.exit_code, result.stderr) == (2, f"error: {told}\n")
    assert recorded("key.issued") == []


def test_a_key_that_nobody_recorded_does_not_work(gateway, monkeypatch):
    def full(_self, _body, _sensitive=None):
        raise Refusal(Reason.AUDIT_UNAVAILABLE)

    monkeypatch.setattr(Ledger, "record", full)
    result = gateway.run("keys", "issue", "--user", OFFICER)
    assert result.exit_code == 1
    monkeypatch.undo()
    [listed] = gateway.run_json("keys", "list")
    assert listed["revoked_at"] is not None


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_key_whose_secret_could_not_be_shown_is_revoked_and_recorded_as_such(gateway, recorded, form):
    command = [
        sys.executable,
        "-m",
        "gateway",
        "keys",
        "issue",
        "--user",
        OFFICER,
        "--config",
        str(gateway.config),
        *form,
    ]
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    [listed] = gateway.run_json("keys", "list")
    assert (done.returncode, listed["revoked_at"] is not None) == (2, True)
    assert f"so {listed['key_id']} is revoked" in done.stderr
    assert "or what it prints, is written to; make room, and look what was done before you do it again" in done.stderr
    [record] = recorded("key.revoked")
    assert record["why"] == "the secret could not be shown"


def test_a_revoked_key_is_listed_as_such_and_recorded(gateway, recorded):
    issued = gateway.run_json("keys", "issue", "--user", OFFICER)
    assert gateway.run_json("keys", "revoke", issued["key_id"]) == {"key_id": issued["key_id"], "revoked": True}
    [record] = recorded("key.revoked")
    assert (record["key_id"], record["user_id"]) == (issued["key_id"], OFFICER)
    assert gateway.run_json("keys", "list")[0]["revoked_at"] is not None
    assert gateway.run("keys", "revoke", issued["key_id"]).exit_code in {0, 1}


def test_who_revokes_a_lost_key_is_told_which_keys_may_have_been_renewed_from_it(gateway):
    before, lost, since = (gateway.run_json("keys", "issue", "--user", OFFICER)["key_id"] for _ in range(3))
    told = gateway.run("keys", "revoke", lost).stderr
    assert (f"warning: still good: {since}, issued to the same user since" in told, before in told) == (True, False)
    assert "still good" not in gateway.run("keys", "revoke", since).stderr


def test_a_key_that_was_altered_is_named_taken_away_and_recorded_and_hides_no_other(gateway, recorded):
    altered, other = (gateway.run_json("keys", "issue", "--user", OFFICER)["key_id"] for _ in range(2))
    store = open_own_store(load_settings(gateway.config, {}))
    with store.writing() as connection:
        connection.execute(text("UPDATE keys SET user_id = 'u05' WHERE key_id = :key"), {"key": altered})
    listed = gateway.run("keys", "list", "--json")
    assert [key["key_id"] for key in json.loads(listed.stdout)] == [other]
    assert f"warning: {altered} was altered in the store and is refused" in listed.stderr
    assert store.examine() != []
    assert gateway.run("keys", "revoke", altered).stdout.startswith(f"{altered} is taken away: ")
    assert [record["key_id"] for record in recorded("key.revoked")] == [altered]
    assert store.examine() == []
    store.close()


def test_a_persons_key_for_somebody_without_a_role_is_warned_of(gateway):
    result = gateway.run("keys", "issue", "--user", SERVICE)
    assert result.exit_code == 0
    assert "warning: this user has no role, so every search will be refused; for a service, give" in result.stderr


def test_a_service_that_is_a_person_or_acts_for_nobody_is_warned_of(gateway):
    result = gateway.run("keys", "issue", "--user", OFFICER, "--kind", "service")
    assert result.exit_code == 0
    assert "warning: this user has roles, as a person has" in result.stderr
    assert "warning: without --acts-for this key acts for nobody" in result.stderr
    sound = gateway.run("keys", "issue", "--user", SERVICE, "--kind", "service", "--acts-for", "office:BAL")
    assert "warning" not in sound.stderr


def test_a_full_disk_is_said_to_be_full(gateway, monkeypatch):
    def write(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gateway.durable.RealDisk.write", write)
    result = gateway.run("keys", "issue", "--user", OFFICER)
    assert (
        result.exit_code,
        "no room left on a disk that this, or what it prints, is written to" in result.stderr,
    ) == (2, True)


def test_a_key_that_is_not_there_cannot_be_revoked(gateway, recorded):
    gateway.person(OFFICER)
    result = gateway.run("keys", "revoke", "k-none")
    assert (result.exit_code, "there is no key of this id" in result.stderr) == (1, True)
    assert recorded("key.revoked") == []


def test_the_key_that_signs_checkpoints_is_replaced_and_the_new_one_announced(gateway, recorded):
    old = gateway.run_json("keys", "rotate")["verifier_key"]
    new = gateway.run_json("keys", "rotate", "--overlap-days", "3")["verifier_key"]
    assert new != old
    assert {old, new} <= {str(key) for key in read_published_keys(gateway.state / "audit")}
    latest = recorded("checkpoint_key.rotated")[-1]
    assert old.split("+")[1] in latest["old_keys"]
    assert (latest["operator"], old.split("+")[1] in latest["what"]) == (operator(), True)
    assert timedelta(days=2.9) < clock.parse_instant(latest["overlap_until"]) - clock.now() <= timedelta(days=3)
    assert gateway.run("audit", "verify").exit_code == 0


def test_a_person_is_told_the_new_key_that_signs_checkpoints(gateway):
    assert "checkpoints are signed with" in gateway.run("keys", "rotate").stdout
