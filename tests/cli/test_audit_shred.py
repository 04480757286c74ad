from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger.verification.verify import verify
from tests.auditing.installation import Installation


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path).set_up()
    made.search()
    return made


def test_an_epochs_key_is_destroyed_after_that_is_on_record_and_the_chain_verifies(installation):
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
