import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from gateway.clock import format_instant
from gateway.errors import Refusal
from gateway.model import Accounts, Acknowledgement, Approval, Ceiling
from gateway.reasons import Reason
from gateway.store import grant_approval
from gateway.store.runtime_rows import DECISIONS, REQUESTS, find, keep, keep_once
from tests.properties import SHARING_FIXTURES, examples

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def declared(store, **changes):
    context = {"user_id": "u1", "mount": "flock", "purpose": "criminal_investigation", "case_number": "25-1"}
    return store.declare(**(context | {"hours": 8, "now": NOW} | changes))


def test_a_person_of_whom_nothing_is_kept_has_nothing(store):
    own = store.own("nobody", "flock", NOW)
    assert (own.acknowledgements, own.approvals, own.context) == ((), (), None)


def test_the_newest_context_for_person_and_mount_is_current(store):
    declared(store, case_number="25-1")
    newest = declared(store, case_number="25-2")
    declared(store, user_id="u2")
    declared(store, mount="rekor")
    assert store.own("u1", "flock", NOW).context == newest


@pytest.mark.parametrize(("user_id", "mount"), [("u2", "flock"), ("u1", "rekor"), ("u1", "")])
def test_a_context_is_nobody_elses_and_for_no_other_mount(store, user_id, mount):
    declared(store)
    assert store.own(user_id, mount, NOW).context is None


def test_a_new_context_ends_the_one_before_at_its_mount_for_good(store):
    declared(store, hours=8)
    elsewhere = declared(store, mount="rekor")
    newest = declared(store, hours=1, now=NOW + HOUR)
    assert store.contexts("u1", NOW + HOUR) == (newest, elsewhere)
    assert store.own("u1", "flock", NOW + 2 * HOUR).context is None


@pytest.mark.parametrize("hours", [0, -1, 9])
def test_a_context_lasts_at_most_eight_hours(store, hours):
    with pytest.raises(Refusal) as caught:
        declared(store, hours=hours)
    assert (caught.value.reason, caught.value.field) == (Reason.REQUEST_OUT_OF_RANGE, "hours")
    assert store.contexts("u1", NOW) == ()


def test_contexts_are_listed_newest_first_without_expired_ones(store):
    first = declared(store)
    second = declared(store, mount="rekor", hours=1)
    declared(store, user_id="u2")
    assert store.contexts("u1", NOW) == (second, first)
    assert store.contexts("u1", NOW + HOUR) == (first,)


def test_a_withdrawn_context_is_gone_for_every_open_store(url, opened):
    here, there = opened(url), opened(url)
    context = declared(here)
    assert there.withdraw("u1", context.context_id, NOW) is True
    assert here.own("u1", "flock", NOW).context is None
    assert there.withdraw("u1", context.context_id, NOW) is False


def test_nobody_withdraws_another_persons_context(store):
    context = declared(store)
    assert store.withdraw("u2", context.context_id, NOW) is False
    assert store.own("u1", "flock", NOW).context == context


def test_declaring_leaves_no_expired_ones_behind(store):
    for day in range(3):
        declared(store, now=NOW + timedelta(days=day))
    assert len(store.contexts("u1", NOW - timedelta(days=1))) == 1


def test_an_acceptance_is_kept_and_accepting_again_makes_it_newer(store):
    store.accept(user_id="u1", document="rules_of_behavior", version="1", sha256="a1", now=NOW)
    store.accept(user_id="u1", document="rules_of_behavior", version="2", sha256="b2", now=NOW + HOUR)
    store.accept(user_id="u1", document="rules_of_behavior", version="1", sha256="a1", now=NOW + 2 * HOUR)
    assert store.own("u1", "flock", NOW).acknowledgements == (
        Acknowledgement(document="rules_of_behavior", version="2", accepted_at=NOW + HOUR, sha256="b2"),
        Acknowledgement(document="rules_of_behavior", version="1", accepted_at=NOW + 2 * HOUR, sha256="a1"),
    )
    assert store.own("u2", "flock", NOW).acknowledgements == ()


def test_an_approval_is_kept_with_nothing_said_of_its_approver(store):
    approval_id = grant_approval(
        store,
        user_id="u1",
        case_number="25-1",
        scope="partial_plate",
        plate="ABC120",
        approved_by="u16",
        expires_at=NOW + HOUR,
    )
    assert store.own("u1", "flock", NOW).approvals == (
        Approval(
            approval_id=approval_id,
            case_number="25-1",
            scope="partial_plate",
            plate="ABC120",
            approved_by="u16",
            approver_active=None,
            approver_roles=(),
            expires_at=NOW + HOUR,
        ),
    )
    assert store.own("u2", "flock", NOW).approvals == ()


def accounts(person="u1", **others):
    return Accounts(person=person, **others)


def reserve(store, person="u1", now=NOW, **others):
    """Counts one; what there was of each kind in 24 hours."""
    used = store.reserve(accounts(person, **others), now, {})
    return {kind: searches.last_24_hours for kind, searches in used.items()}


def count_used(store, person="u1", now=NOW, **others):
    return {kind: one.last_24_hours for kind, one in store.count_used(accounts(person, **others), now).items()}


def test_each_reservation_counts_one_more_for_that_person_alone(store):
    assert [reserve(store)["person"] for _ in range(3)] == [1, 2, 3]
    assert reserve(store, "u2") == {"person": 1}
    assert count_used(store) == {"person": 3}
    assert count_used(store, "nobody") == {"person": 0}


def test_a_search_counts_for_the_service_the_office_and_the_vendor_too(store, url, opened):
    reserve(store, service="s1", office="BAL", vendor="flock")
    reserve(opened(url), "u2", office="BAL", vendor="rekor")
    reserve(store, "u3", service="s1", office="", vendor="flock")
    assert reserve(store, service="s1", office="BAL", vendor="flock") == {
        "person": 2,
        "service": 3,
        "office": 3,
        "vendor": 3,
    }
    assert count_used(store, "s1", office="") == {"person": 0, "office": 1}, "a service is no person of its name"


def test_whoever_is_over_a_ceiling_of_their_own_counts_for_nobody_else(store, url, opened):
    most = {"person": Ceiling(day=3), "service": Ceiling(hour=5)}
    whole, here, there = accounts(service="s1", office="BAL", vendor="flock"), store, opened(url)
    for one in (here, there, here, here, here, here):
        used = one.reserve(whole, NOW, most)
    assert {kind: searches.this_hour for kind, searches in used.items()} == {
        "person": 6,
        "service": 3,
        "office": 3,
        "vendor": 3,
    }
    for person in ("u2", "u3", "u4", "u5", "u6"):
        used = here.reserve(accounts(person, service="s1", office="BAL", vendor="flock"), NOW, most)
    assert [used[kind].this_hour for kind in ("person", "service", "office")] == [0, 8, 5]


def test_an_hour_counts_from_the_full_hour_on(store):
    later = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
    store.reserve(accounts(), NOW, {})
    searches = store.reserve(accounts(), later, {})["person"]
    assert (searches.this_hour, searches.last_24_hours) == (1, 2)


def test_counts_that_no_ceiling_asks_for_any_more_are_dropped_and_others_kept(store, url, opened):
    for hours in (0, 40):
        store.reserve(accounts(), NOW + hours * HOUR, {})
        opened(url).reserve(accounts("u2"), NOW, {})
    store.forget_usage(NOW + 49 * HOUR)
    with store.writing() as connection:
        assert connection.execute(text("SELECT account FROM usage")).scalars().all() == ["person:u1"]
    assert reserve(store, now=NOW + 49 * HOUR) == {"person": 2}
    assert reserve(store, "u2", now=NOW + 49 * HOUR) == {"person": 1}


def test_asking_what_was_used_counts_nothing(store):
    reserve(store)
    assert [count_used(store) for _ in range(3)] == [{"person": 1}] * 3


@settings(max_examples=examples(15), suppress_health_check=SHARING_FIXTURES)
@given(minutes=st.lists(st.integers(0, 4 * 24 * 60), max_size=12))
def test_the_count_is_never_less_than_the_last_24_hours_nor_more_than_the_last_25(store, minutes):
    user_id = uuid4().hex
    moments = [NOW + timedelta(minutes=minute) for minute in sorted(minutes)]
    for at, moment in enumerate(moments):
        counted = reserve(store, user_id, moment)["person"]
        earlier = moments[: at + 1]
        assert sum(moment - one <= 24 * HOUR for one in earlier) <= counted
        assert counted <= sum(moment - one < 25 * HOUR for one in earlier)


RESERVING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from gateway.model import Accounts
from gateway.store import open_store

store, now = open_store(sys.argv[1], b"i" * 32), datetime.fromisoformat(sys.argv[2])
person = Accounts(person="u1", vendor="flock")
with ThreadPoolExecutor(16) as threads:
    counts = list(threads.map(lambda _: store.reserve(person, now, {})["vendor"].this_hour, range(320)))
store.close()
print(*counts)
"""


def test_sixteen_threads_in_each_of_two_processes_count_every_query_and_none_is_told_too_few(url, store):
    command = [sys.executable, "-c", RESERVING, url, NOW.isoformat()]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    counts = [int(count) for process in processes for count in process.communicate(timeout=60)[0].split()]
    assert len(counts) == 640
    assert all(told >= place + 1 for place, told in enumerate(sorted(counts)))
    assert max(counts) == 640
    assert count_used(store, vendor="flock") == {"person": 640, "vendor": 640}


def test_connections_lost_when_the_server_restarts_are_replaced(postgres_url, opened):
    store = opened(postgres_url)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: count_used(store), range(20)))
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    assert reserve(store) == {"person": 1}
    assert declared(store) == store.own("u1", "flock", NOW).context


def test_a_store_that_is_no_longer_one_is_a_refusal_for_every_method(sqlite_url, opened, tmp_path):
    store = opened(sqlite_url)
    for path in (tmp_path / "state").iterdir():
        path.write_bytes(b"not a database" * 1000)
    calls = [
        lambda: store.find("k"),
        lambda: store.own("u1", "flock", NOW),
        lambda: reserve(store),
        lambda: count_used(store),
        lambda: store.contexts("u1", NOW),
        lambda: store.withdraw("u1", "c", NOW),
        lambda: store.accept(user_id="u1", document="d", version="1", sha256="a1", now=NOW),
        lambda: declared(store),
    ]
    for call in calls:
        with pytest.raises(Refusal) as caught:
            call()
        assert caught.value.reason is Reason.STORE_UNAVAILABLE


def test_what_is_remembered_is_found_again_and_all_of_it_or_none_is(store):
    row = {"user_id": "u1", "time": "2026-11-22T14:00:00.000Z", "verdict": "allow"}
    rows = [{"decision_id": f"d{n}", "reasons": "[]", "told": "[]", "mount": "flock", **row} for n in range(3)]
    store.remember(rows[:2])
    with pytest.raises(Refusal):
        store.remember([rows[2], rows[0]])
    found = find(store, DECISIONS, DECISIONS.c.user_id == "u1", newest_by="time")
    assert {one["decision_id"] for one in found} == {"d0", "d1"}
    assert store.examine() == []


def test_of_several_who_keep_the_same_at_a_moment_one_does_and_the_others_have_its_row(url, opened):
    stores, start = [opened(url) for _ in range(2)], threading.Barrier(8)
    same = (
        (REQUESTS.c.user_id == "u01") & (REQUESTS.c.status == "requested") & REQUESTS.c.mount.is_not_distinct_from(None)
    )

    def ask(number):
        row = {"approval_id": f"a{number}", "user_id": "u01", "case_number": "25-1", "scope": "geo_search", "hours": 1}
        row |= {"reason_sealed": "x", "status": "requested", "requested_at": "2026-11-22T14:30:00.000Z"}
        start.wait(30)
        there = keep_once(stores[number % 2], REQUESTS, row, same)
        return f"a{number}" if there is None else there["approval_id"]

    with ThreadPoolExecutor(8) as threads:
        shown = set(threads.map(ask, range(8)))
    assert [row["approval_id"] for row in find(stores[0], REQUESTS, same, newest_by="requested_at")] == [*shown]


@pytest.mark.parametrize(
    ("ended", "is_told"), [(timedelta(hours=-1), True), (timedelta(days=6), True), (timedelta(days=8), False)]
)
def test_an_approval_that_was_given_here_is_among_ones_own_until_a_week_after_its_end(store, ended, is_told):
    ends = format_instant(NOW - ended)
    row = {
        "approval_id": "a1",
        "user_id": "u1",
        "case_number": "25-1",
        "scope": "geo_search",
        "hours": 4,
        "reason_sealed": "x",
    }
    row |= {"status": "approved", "requested_at": ends, "decided_by": "s1", "decided_at": ends, "expires_at": ends}
    keep(store, REQUESTS, row | {"given_by": "s1", "given_at": ends})
    assert [one.approval_id for one in store.own("u1", "flock", NOW).approvals] == (["a1"] if is_told else [])
