"""Approvals that are longer than the policy in force lets one run are told when the gateway is looked at, not only at an import."""

from contextlib import closing
from datetime import timedelta

import pytest

from gateway.app.long_approvals import long_approvals, long_given
from gateway.clock import format_instant, now
from gateway.settings import Settings
from gateway.store import open_store
from gateway.store.runtime_schema import REQUESTS
from tests.http.installation import POLICIES


@pytest.fixture
def settings(tmp_path):
    return Settings.model_validate(
        {"paths": {"state": tmp_path, "policies": POLICIES}, "facts": {"url": f"sqlite:///{tmp_path}/facts.db"}}
    )


@pytest.mark.parametrize(("status", "hours", "count"), [("approved", 73, 1), ("approved", 71, 0), ("revoked", 73, 0)])
def test_those_that_were_given_here_and_run_longer_than_the_table_says_are_counted(
    settings, tmp_path, status, hours, count
):
    row = {"approval_id": "a1", "user_id": "u1", "case_number": "25-1", "scope": "geo_search", "hours": hours}
    row |= {"reason_sealed": "x", "status": status, "requested_at": format_instant(now())}
    row |= {"expires_at": format_instant(now() + timedelta(hours=hours))}
    with closing(open_store(f"sqlite:///{tmp_path}/gateway.db", bytes(32))) as store:
        with store.writing() as connection:
            store.sealed.insert(connection, REQUESTS, row)
        told = long_given(settings, store)
    assert [one.partition(",")[0] for one in told] == [
        "1 approvals given here run longer than the 72 hours that the policy lets one run (max_hours)"
    ] * count


def test_without_facts_none_is_told(settings):
    assert long_approvals(settings) == []
