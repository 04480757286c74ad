import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.store import issue_key, list_keys, renew_key, revoke_key

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def issued(store, **changes):
    return issue_key(store, **({"user_id": "u1", "now": NOW} | changes))


def test_an_issued_key_is_found_by_its_id_with_everything_it_was_issued_with(store):
    new = issued(
        store,
        user_id="svc",
        kind="service",
        days=30,
        acts_for=["office:BAL", "user:u17"],
        mounts=["/flock", "rekor"],
        cidrs=["10.1.0.0/16", "2001:db8::/32"],
    )
    key = store.find(new.key_id)
    assert (key.key_id, key.user_id, key.kind) == (new.key_id, "svc", "service")
    assert (key.issued_at, key.expires_at, key.revoked_at) == (NOW, NOW + timedelta(days=30), None)
    assert key.acts_for == ("office:BAL", "user:u17")
    assert key.mounts == ("flock", "rekor")
    assert key.cidrs == ("10.1.0.0/16", "2001:db8::/32")


def test_a_secret_has_the_agreed_form_and_each_is_another(store):
    keys = [issued(store) for _ in range(20)]
    assert len({key.secret for key in keys}) == 20
    for key in keys:
        assert re.fullmatch(r"k[a-z0-9]{12}_[A-Za-z0-9_-]{43}", key.secret)
        assert key.secret.startswith(f"{key.key_id}_")


def test_only_the_hash_of_the_whole_secret_is_kept(store):
    new = issued(store)
    assert store.find(new.key_id).secret_hash == hashlib.sha256(new.secret.encode()).digest()


def test_no_file_holds_a_secret(sqlite_url, opened, tmp_path):
    store = opened(sqlite_url)
    secret = issued(store).secret
    for path in Path(tmp_path).rglob("*"):
        assert path.is_dir() or secret[14:].encode() not in path.read_bytes()


def test_neither_secret_nor_hash_is_printed(store):
    new = issued(store)
    assert new.secret[14:] not in repr(new)
    assert "secret_hash" not in repr(store.find(new.key_id))


@pytest.mark.parametrize("key_id", ["knobody000000", "", "' OR 1=1 --", "k\x01"])
def test_a_key_nobody_issued_is_not_found(store, key_id):
    issued(store)
    assert store.find(key_id) is None


def test_a_key_works_and_is_revoked_at_once_in_every_open_store(url, opened):
    here, there = opened(url), opened(url)
    new = issued(here)
    assert there.find(new.key_id).revoked_at is None
    revoke_key(here, new.key_id, NOW)
    assert there.find(new.key_id).revoked_at == NOW


def test_the_first_revocation_stands(store):
    new = issued(store)
    revoke_key(store, new.key_id, NOW)
    assert revoke_key(store, new.key_id, NOW + timedelta(days=1)).revoked_at == NOW


def test_revoking_what_nobody_issued_changes_nothing(store):
    new = issued(store)
    assert revoke_key(store, "knobody000000", NOW) is None
    assert store.find(new.key_id).revoked_at is None


def test_keys_are_listed_oldest_first_revoked_ones_included(store):
    later = issued(store, now=NOW + timedelta(hours=1))
    first = issued(store)
    revoke_key(store, first.key_id, NOW)
    assert [key.key_id for key in list_keys(store)] == [first.key_id, later.key_id]


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"user_id": ""}, "--user"),
        ({"user_id": "u 1\n"}, "--user"),
        ({"user_id": " u1"}, "--user"),
        ({"kind": "robot"}, "--kind"),
        ({"days": 0}, "--days"),
        ({"days": -1}, "--days"),
        ({"days": 367}, "--days"),
        ({"acts_for": ["user:u2"]}, "--acts-for"),
        ({"kind": "service", "acts_for": ["u2"]}, "--acts-for"),
        ({"kind": "service", "acts_for": ["user:"]}, "--acts-for"),
        ({"kind": "service", "acts_for": ["team:x"]}, "--acts-for"),
        ({"mounts": [""]}, "--mount"),
        ({"mounts": ["/"]}, "--mount"),
        ({"cidrs": ["10.0.0.1/8"]}, "--cidr"),
        ({"cidrs": ["here"]}, "--cidr"),
    ],
)
def test_an_option_that_cannot_be_so_is_named_and_no_key_is_made(store, changes, option):
    with pytest.raises(ConfigurationError) as caught:
        issued(store, **changes)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(f"{option}: ")
    assert list_keys(store) == ()


def test_every_wrong_option_is_named_at_once(store):
    with pytest.raises(ConfigurationError) as caught:
        issued(store, user_id="", kind="", days=0, mounts=[""], cidrs=[""])
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "--user",
        "--kind",
        "--days",
        "--mount",
        "--cidr",
    ]


def test_a_key_renewed_once_more_as_after_a_lost_answer_lasts_as_long_as_it_did_at_first(store):
    old = store.find(issued(store, days=90, mounts=["flock"]).key_id)
    renewed = [renew_key(store, store.find(old.key_id), NOW + timedelta(days=1, milliseconds=n)) for n in (5, 9)]
    assert [key.expires_at for key in renewed] == [NOW + timedelta(days=91, milliseconds=n) for n in (5, 9)]
    assert store.find(old.key_id).expires_at == NOW + timedelta(days=2, milliseconds=5)
    renew_key(store, store.find(renewed[0].key_id), NOW + timedelta(days=1, hours=5))
    again = renew_key(store, store.find(old.key_id), NOW + timedelta(days=1, hours=6))
    assert again.expires_at == NOW + timedelta(days=91, hours=6), "also where the key made then was renewed itself"
