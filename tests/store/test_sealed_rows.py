"""Whoever can write the store's database, but has not the installation's secret, changes nothing that is believed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from gateway.errors import Refusal
from gateway.model import Accounts
from gateway.reasons import Reason
from gateway.store import grant_approval, issue_key, list_altered_keys, list_keys, open_store, revoke_key
from tests.store.conftest import INTEGRITY

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
U1 = Accounts(person="u1", office="BAL", vendor="flock")
USAGE_CHANGES = (
    "UPDATE usage SET hours = '[[498782,1]]'",
    "UPDATE usage SET hour = hour - 25",
)


@pytest.fixture
def filled(url):
    """A store with a row in each table, and the alarms it raised."""
    alarms: list[str] = []
    store = open_store(url, INTEGRITY, alarms.append)
    key = issue_key(store, user_id="u1", kind="service", acts_for=["user:u1"], now=NOW)
    revoke_key(store, key.key_id, NOW)
    store.declare(user_id="u1", mount="flock", purpose="other", case_number="25-1", hours=8, now=NOW)
    store.accept(user_id="u1", document="rules_of_behavior", version="1", sha256="a1", now=NOW)
    grant_approval(
        store, user_id="u1", case_number="25-1", scope="geo_search", plate=None, approved_by="u9", expires_at=NOW
    )
    for _ in range(3):
        store.reserve(U1, NOW, {})
    yield store, key.key_id, alarms
    store.close()


def alter(store, statement):
    with store.writing() as connection:
        assert connection.execute(text(statement)).rowcount >= 1


def is_refused(act):
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.reason is Reason.STORE_UNAVAILABLE and "was altered" in caught.value.note


KEY_CHANGES = (
    "revoked_at = NULL",
    "expires_at = '2099-01-01T00:00:00.000Z'",
    "acts_for = '[\"office:BAL\"]'",
    "user_id = 'u2'",
    "kind = 'person'",
    "seal = NULL",
)


@pytest.mark.parametrize("change", KEY_CHANGES)
def test_an_altered_key_is_refused_and_alarmed(filled, change):
    store, key_id, alarms = filled
    alter(store, f"UPDATE keys SET {change}")
    assert is_refused(lambda: store.find(key_id))
    assert (list_keys(store), list_altered_keys(store)) == ((), (key_id,))
    assert is_refused(lambda: revoke_key(store, key_id, NOW)) or change != "revoked_at = NULL"
    assert set(alarms) == {"a row of the store's table keys was altered"}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("approvals", "expires_at = '2099-01-01T00:00:00.000Z'"),
        ("approvals", "plate = 'ABC120'"),
        ("approvals", "scope = 'protected_plate'"),
        ("acknowledgements", "version = '2'"),
        ("acknowledgements", "sha256 = 'b2'"),
        ("contexts", "case_number = '25-2'"),
    ],
)
def test_an_altered_approval_acceptance_or_context_is_refused_and_alarmed(filled, table, change):
    store, _, alarms = filled
    alter(store, f"UPDATE {table} SET {change}")
    assert is_refused(lambda: store.own("u1", "flock", NOW))
    assert alarms == [f"a row of the store's table {table} was altered"]
    assert store.examine() == [f"{table}: 1 altered rows; each is refused"]


@pytest.mark.parametrize("change", USAGE_CHANGES)
def test_a_count_set_back_is_refused_and_alarmed(filled, change):
    store, _, alarms = filled
    alter(store, change)
    assert is_refused(lambda: store.reserve(U1, NOW, {}))
    assert is_refused(lambda: store.count_used(U1, NOW))
    assert is_refused(lambda: store.reserve(U1, NOW, {}))
    assert set(alarms) == {"a row of the store's table usage was altered"}
    [told] = store.examine()
    assert re.fullmatch(r"usage: \d altered rows \(of .*person:.*\); each is refused", told), told


@pytest.mark.parametrize("change", USAGE_CHANGES)
def test_what_another_process_counted_and_somebody_set_back_is_refused_and_alarmed(filled, url, change):
    there, _, _ = filled
    alarms = []
    here = open_store(url, INTEGRITY, alarms.append)
    assert here.count_used(U1, NOW)["vendor"].this_hour == 3
    before = rows(there)
    there.reserve(U1, NOW, {})
    assert here.count_used(U1, NOW)["vendor"].this_hour == 4
    alter(there, change)
    assert is_refused(lambda: here.count_used(U1, NOW))
    with there.writing() as connection:
        connection.execute(text("DELETE FROM usage"))
        for row in before:
            connection.execute(text("INSERT INTO usage VALUES (:account, :counter, :hour, :hours, :seal)"), row)
    assert is_refused(lambda: here.reserve(U1, NOW, {})), "rows of before, each with its own digest"
    assert set(alarms) == {"a row of the store's table usage was altered"}
    here.close()


TAKEN_AWAY = (
    "DELETE FROM usage",
    "DELETE FROM usage WHERE account = 'vendor:flock'",
    "UPDATE usage SET account = 'person:u2' WHERE account = 'person:u1'",
)


@pytest.mark.parametrize("deletion", TAKEN_AWAY)
def test_a_count_that_is_taken_away_is_refused_once_with_an_alarm_and_counts_on_as_it_was_last_seen(filled, deletion):
    store, _, alarms = filled
    alter(store, deletion)
    with pytest.raises(Refusal, match="store_unavailable"):
        store.reserve(U1, NOW, {})
    assert alarms == ["a row of the store's table usage was taken away"]
    used = store.reserve(U1, NOW, {})
    assert used["vendor"].this_hour >= 4, "who deletes a count has no more room than before"
    assert store.reserve(U1, NOW, {})["vendor"].this_hour == used["vendor"].this_hour + 1
    assert len(alarms) == 1


@pytest.mark.parametrize("deletion", TAKEN_AWAY)
def test_what_another_process_counted_and_somebody_took_away_counts_on_here_and_is_not_put_back_as_it_was_before(
    filled, url, deletion
):
    there, _, _ = filled
    alarms = []
    here = open_store(url, INTEGRITY, alarms.append)
    here.count_used(U1, NOW)
    before = rows(there)
    there.reserve(U1, NOW, {})
    assert here.count_used(U1, NOW)["vendor"].this_hour == 4
    alter(there, deletion)
    with pytest.raises(Refusal, match="store_unavailable"):
        here.count_used(U1, NOW)
    assert here.count_used(U1, NOW)["vendor"].this_hour == 4
    with there.writing() as connection:
        connection.execute(text("DELETE FROM usage"))
        for row in before:
            connection.execute(text("INSERT INTO usage VALUES (:account, :counter, :hour, :hours, :seal)"), row)
    assert is_refused(lambda: here.reserve(U1, NOW, {})), "rows of before, each with its own digest"
    here.close()


def test_an_altered_count_is_refused_until_its_rows_are_taken_away_and_once_more_by_each_process_that_knew_it(
    filled, url
):
    there, _, _ = filled
    here = open_store(url, INTEGRITY)
    here.reserve(U1, NOW, {})
    there.reserve(U1, NOW, {})
    alter(there, "UPDATE usage SET hours = '[[498782,1]]' WHERE account = 'person:u1'")
    for store in (here, there, here, there):
        assert is_refused(lambda: store.reserve(U1, NOW, {}))  # noqa: B023 - asked at once
    alter(there, "DELETE FROM usage WHERE account = 'person:u1'")
    for store in (here, there):
        with pytest.raises(Refusal, match="store_unavailable"):
            store.reserve(U1, NOW, {})
    for store in (here, there, here, there):
        assert store.reserve(U1, NOW, {})["person"].this_hour > 4
    assert there.examine() == []
    here.close()


def test_what_was_taken_away_counts_for_a_day_as_it_would_have(filled):
    store, _, _ = filled
    alter(store, "DELETE FROM usage")
    with pytest.raises(Refusal, match="store_unavailable"):
        store.count_used(U1, NOW)
    assert store.count_used(U1, NOW + timedelta(hours=23))["person"].last_24_hours == 3
    assert store.count_used(U1, NOW + timedelta(hours=26))["person"].last_24_hours == 0
    assert store.reserve(U1, NOW + timedelta(hours=26), {})["person"].last_24_hours == 1


def rows(store):
    with store.writing() as connection:
        return [dict(row) for row in connection.execute(text("SELECT * FROM usage")).mappings()]


def test_a_row_made_up_by_somebody_else_is_refused(filled):
    store, key_id, _ = filled
    alter(
        store,
        "INSERT INTO approvals SELECT 'a2', user_id, case_number, scope, plate, approved_by, expires_at, seal"
        " FROM approvals",
    )
    assert is_refused(lambda: store.own("u1", "flock", NOW))
    alter(store, "UPDATE keys SET user_id = 'u2', key_id = 'knew000000000'")
    assert store.find(key_id) is None
    assert is_refused(lambda: store.find("knew000000000"))


@pytest.mark.usefixtures("filled")
def test_another_installations_rows_are_not_believed(url):
    other = open_store(url, bytes(32))
    assert list_keys(other) == ()
    other.close()


def test_what_nobody_altered_is_found_sound(filled):
    store, key_id, alarms = filled
    assert store.examine() == []
    assert store.find(key_id).revoked_at == NOW
    assert len(store.own("u1", "flock", NOW).approvals) == 1
    assert store.reserve(U1, NOW + timedelta(hours=1), {})["person"].last_24_hours == 4
    assert alarms == []


def test_rows_of_an_older_version_are_sealed_when_the_store_is_upgraded(url, opened):
    store = opened(url)
    issue_key(store, user_id="u1", now=NOW)
    with store.writing() as connection:
        connection.execute(text("DROP TABLE usage"))
        connection.execute(text("CREATE TABLE usage (user_id TEXT, hour INTEGER, n INTEGER, seal TEXT)"))
        hour = int(NOW.timestamp()) // 3600
        for user_id, at, n in (("u1", hour - 30, 7), ("u1", hour - 2, 1), ("u1", hour, 4), ("u2", hour, 1)):
            row = {"user_id": user_id, "hour": at, "n": n}
            connection.execute(text("INSERT INTO usage (user_id, hour, n) VALUES (:user_id, :hour, :n)"), row)
        for table in ("keys", "contexts", "acknowledgements", "approvals", "usage"):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN seal"))
        connection.execute(text("ALTER TABLE acknowledgements DROP COLUMN sha256"))
        for table in ("recent_decisions", "approval_requests", "emergencies", "shared_secrets"):  # younger still
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    upgraded = opened(url)
    assert upgraded.examine() == []
    assert len(list_keys(upgraded)) == 1
    used = upgraded.reserve(U1, NOW, {})
    assert (used["person"].this_hour, used["person"].last_24_hours) == (5, 6)
    assert used["vendor"].last_24_hours == 1


def test_a_key_that_was_found_good_before_it_was_altered_is_refused_after(url):
    store = open_store(url, INTEGRITY)
    key = issue_key(store, user_id="u1", now=NOW)
    assert store.find(key.key_id) == store.find(key.key_id)
    alter(store, "UPDATE keys SET user_id = 'u2'")
    assert is_refused(lambda: store.find(key.key_id))
    alter(store, "UPDATE keys SET user_id = 'u1'")
    assert store.find(key.key_id).user_id == "u1"
    revoke_key(store, key.key_id, NOW)
    assert store.find(key.key_id).revoked_at == NOW
    store.close()


def test_more_rows_than_are_remembered_are_each_still_checked(url, monkeypatch):
    monkeypatch.setattr("gateway.store.sealed_rows._REMEMBERED", 2)
    store = open_store(url, INTEGRITY)
    keys = [issue_key(store, user_id=f"u{number}", now=NOW) for number in range(5)]
    assert [store.find(key.key_id).user_id for key in keys] == [f"u{number}" for number in range(5)]
    alter(store, f"UPDATE keys SET kind = 'service' WHERE key_id = '{keys[3].key_id}'")
    assert is_refused(lambda: store.find(keys[3].key_id))
    store.close()
