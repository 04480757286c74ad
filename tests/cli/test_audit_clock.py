from datetime import UTC, datetime, timedelta

import pytest

from gateway.app.state import secrets_folder
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
