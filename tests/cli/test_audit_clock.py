from datetime import UTC, datetime, timedelta

import pytest

from gateway.app.state import secrets_folder
from gateway.clock import parse_instant
from gateway.durable import RealDisk
from gateway.ledger.clock_memory import find_latest_seen, recall, remember
from tests.auditing.installation import Installation


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path).set_up()
    made.search()
    return made


def test_the_operators_word_for_the_clock_is_on_record_and_kept(installation):
    directory, secrets = installation.settings.audit.directory, secrets_folder(installation.settings)
    remember(secrets, datetime.now(UTC) + timedelta(days=900), datetime.now(UTC), RealDisk())
    told = installation.json("audit", "confirm-clock", "--why", "NTP was down; compared with the radio clock")
    [record] = installation.recorded("clock.confirmed")
    assert record["why"] == "NTP was down; compared with the radio clock"
    kept = recall(secrets)
    assert abs(kept.believed - datetime.now(UTC)) < timedelta(minutes=5)
    assert find_latest_seen(directory, kept.confirmed) is None
    assert told["latest_seen"] == record["latest_seen"]


def test_the_operators_word_does_not_move_what_retention_counts_however_often_it_is_given(installation):
    secrets, now = secrets_folder(installation.settings), datetime.now(UTC).replace(microsecond=0)
    passed = now - timedelta(days=400)
    remember(secrets, passed, passed, RealDisk())
    for _ in range(2):
        told = installation.json("audit", "confirm-clock", "--why", "compared with the radio clock")
        assert recall(secrets).passed == passed
        assert parse_instant(told["retention_counts"]) == passed
    said = installation.run("audit", "confirm-clock", "--why", "compared with the radio clock").output
    assert "records are kept 400 days longer, until a witness on another host says the same time" in said
