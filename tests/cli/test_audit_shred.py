import json
from datetime import UTC, datetime, timedelta

import pytest

from gateway.app.state import secrets_folder
from gateway.ledger.verification.verify import verify
from tests.auditing.installation import Installation


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path).set_up()
    made.search()
    return made


@pytest.fixture
def ended(installation):
    """The first epoch has ended, and the next one began."""
    key = secrets_folder(installation.settings) / "epochs" / "e000001.key"
    told = json.loads(key.read_text()) | {"began": "2026-01-01T00:00:00.000Z"}
    key.write_text(json.dumps(told))
    installation.search()
    return installation


def test_an_epochs_key_is_destroyed_after_that_is_on_record_and_the_chain_verifies(ended):
    installation = ended
    directory = installation.settings.audit.directory
    assert (directory / "keys" / "epochs" / "e000001.age").exists()
    done = installation.json("audit", "shred", "e000001", "--why", "Schedule of 2026")
    assert done == {"epoch": "e000001", "shredded": True}
    assert not (directory / "keys" / "epochs" / "e000001.age").exists()
    [record] = installation.recorded("epoch.shredded")
    assert (record["epoch"], record["why"]) == ("e000001", "Schedule of 2026")
    assert verify(directory).ok
    assert datetime.now(UTC) - timedelta(minutes=5) < datetime.fromisoformat(record["ts"])


@pytest.mark.parametrize("epoch", ["e000009", "../installation", "e1"])
def test_a_name_that_is_no_wrapped_key_destroys_nothing(installation, epoch):
    result = installation.invoke("audit", "shred", epoch, "--why", "Schedule of 2026")
    assert result.exit_code == 2
    assert "no wrapped key" in result.stderr
    assert installation.recorded("epoch.shredded") == []


def test_the_checkpoint_key_is_rotated_by_the_auditors_command_too(installation):
    installation.run("audit", "rotate-key")
    assert len(installation.recorded("checkpoint_key.rotated")) == 1


def test_the_key_of_the_epoch_that_lasts_is_not_destroyed_for_its_plates_are_still_hashed(installation):
    result = installation.invoke("audit", "shred", "e000001", "--why", "Schedule of 2026")
    assert result.exit_code == 2
    assert "epoch e000001 has not ended" in result.stderr
    assert installation.recorded("epoch.shredded") == []
    assert (installation.settings.audit.directory / "keys" / "epochs" / "e000001.age").exists()
