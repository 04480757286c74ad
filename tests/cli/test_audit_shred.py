import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from gateway.app.state import secrets_folder
from gateway.cli import main
from gateway.ledger.checkpoints.checkpoint import note_files
from gateway.ledger.checkpoints.keys import read_published_keys
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


def test_the_epochs_by_whose_keys_its_plates_can_still_be_followed_are_named_as_long_as_they_are_there(ended):
    directory, traces = ended.settings.audit.directory, secrets_folder(ended.settings) / "epochs" / "t000001.key"
    kept = (directory / "keys" / "epochs" / "e000001.age").read_bytes()
    result = ended.run("audit", "shred", "e000001", "--why", "Schedule of 2026")
    assert (
        "note: its plates can still be followed by their second hash: shred t000001 too (t000001 once it has ended)"
        in " ".join(result.stderr.split())
    )
    traces.write_text(json.dumps(json.loads(traces.read_text()) | {"began": "2026-01-01T00:00:00.000Z"}))
    ended.search()
    ended.run("audit", "shred", "t000001", "--why", "Schedule of 2026")
    (directory / "keys" / "epochs" / "e000001.age").write_bytes(kept)
    assert "second hash" not in ended.run("audit", "shred", "e000001", "--why", "Once more").stderr


def test_to_destroy_a_key_again_says_when_it_was_destroyed_and_records_nothing(ended):
    shred(ended)
    again = ended.invoke("audit", "shred", "e000001", "--why", "Schedule of 2027")
    [record] = ended.recorded("epoch.shredded")
    told = (
        f"the key of epoch e000001 was destroyed already, on {record['ts']} by {record['operator']} (Schedule of 2026)"
    )
    assert (again.exit_code, told in " ".join(again.stderr.split())) == (2, True)


@pytest.mark.parametrize("epoch", ["e000009", "../installation", "e1"])
def test_a_name_that_is_no_wrapped_key_destroys_nothing(installation, epoch):
    result = installation.invoke("audit", "shred", epoch, "--why", "Schedule of 2026")
    assert result.exit_code == 2
    assert "no wrapped key" in result.stderr
    assert installation.recorded("epoch.shredded") == []


def test_the_checkpoint_key_is_rotated_by_the_auditors_command_too(installation):
    installation.run("audit", "rotate-key")
    assert len(installation.recorded("checkpoint_key.rotated")) == 1


def test_evidence_on_a_trust_file_with_the_new_key_alone_is_warned_of_as_whoever_gets_it_will_see_it(
    installation, tmp_path
):
    directory = installation.settings.audit.directory
    installation.run("audit", "rotate-key")  # signs
    before = read_published_keys(directory)
    installation.run("audit", "rotate-key")
    [new] = [key for key in read_published_keys(directory) if key not in before]
    origin = (directory / "keys" / "installation").read_text().strip()
    (tmp_path / "trust.toml").write_text(f'origin = "{origin}"\nkeys = ["{new}"]\n')
    given = ("--person", "u01", "--trust-file", tmp_path / "trust.toml", "--why", "Complaint 2026-118")
    made = installation.invoke("audit", "evidence", *given, "--out", tmp_path / "package")
    assert (made.exit_code, "warning: nothing is wrong, but some records are signed only by a key" in made.stderr) == (
        0,
        True,
    )
    given = ["audit", "check-package", str(tmp_path / "package"), "--trust-file", str(tmp_path / "trust.toml")]
    checked = CliRunner().invoke(main, given)
    assert (checked.exit_code, "signed only by a key from before" in checked.output) == (2, True)


def test_a_witness_that_is_asked_at_its_place_alone_makes_no_package_wrong_and_none_proved(installation, tmp_path):
    directory = installation.settings.audit.directory
    installation.run("audit", "rotate-key")  # signs
    origin, keys = (directory / "keys" / "installation").read_text().strip(), read_published_keys(directory)
    (tmp_path / "kept.notes").write_bytes(note_files(directory)[-1].read_bytes())
    listed = ", ".join(f'"{key}"' for key in keys)
    witness = '[[witnesses]]\nplace = "kept.notes"\n'
    (tmp_path / "trust.toml").write_text(f'origin = "{origin}"\nkeys = [{listed}]\nagree = 1\n{witness}')
    given = ("--person", "u01", "--trust-file", tmp_path / "trust.toml", "--why", "Complaint 2026-118")
    made = installation.invoke("audit", "evidence", *given, "--out", tmp_path / "package")
    told = "that 1 of its witnesses must hold the record was not checked"
    assert (made.exit_code, told in " ".join(made.stderr.split())) == (0, True), made.output
    given = ["audit", "check-package", str(tmp_path / "package"), "--trust-file", str(tmp_path / "trust.toml")]
    checked = CliRunner().invoke(main, given)
    assert (checked.exit_code, "RESULT: nothing is wrong, but" in checked.output, told in checked.output) == (
        2,
        True,
        True,
    )


def test_the_key_of_the_epoch_that_lasts_is_not_destroyed_for_its_plates_are_still_hashed(installation):
    result = installation.invoke("audit", "shred", "e000001", "--why", "Schedule of 2026")
    assert result.exit_code == 2
    assert "epoch e000001 has not ended" in result.stderr
    assert installation.recorded("epoch.shredded") == []
    assert (installation.settings.audit.directory / "keys" / "epochs" / "e000001.age").exists()


ASKED = ("--plate", "FNA579", "--why", "Complaint 2026-118")
DESTROYED = "because their keys were destroyed, which is on record (epoch.shredded): epochs e000001"
MISSING = "because their keys are missing from keys/epochs, and no record says that they were destroyed"
CLOSED = "because no key was given that opens them: epochs e000001"


def shred(installation):
    installation.run("audit", "shred", "e000001", "--why", "Schedule of 2026")


def remove(installation):
    (installation.settings.audit.directory / "keys" / "epochs" / "e000001.age").unlink()


HARMS = pytest.mark.parametrize(("harm", "told"), [(shred, DESTROYED), (remove, MISSING), (lambda _: None, CLOSED)])


@HARMS
def test_a_search_by_plate_names_the_epochs_that_it_leaves_out_and_why(ended, harm, told):
    harm(ended)
    for command in (("search",), ("open", "--key", ended.key), ("search", "--key", ended.key)):
        result = ended.invoke("audit", *command, *ASKED)
        assert result.exit_code == 0
        assert (told in result.stderr) is (told != CLOSED or "--key" not in command), command


@HARMS
def test_the_page_of_a_report_on_a_plate_names_the_epochs_that_are_left_out(ended, tmp_path, harm, told):
    harm(ended)
    result = ended.run("audit", "report", "plate", *ASKED, "--out", tmp_path / "report")
    assert told in result.stderr
    assert told in (tmp_path / "report" / "plate.html").read_text().partition("</header>")[0]


@HARMS
def test_evidence_on_a_plate_says_inside_which_epochs_are_left_out(ended, tmp_path, harm, told):
    harm(ended)
    result = ended.run("audit", "evidence", *ASKED, "--out", tmp_path / "package")
    assert result.stderr.count(told) == 1
    assert told in (tmp_path / "package" / "README.html").read_text()
    assert told in "".join(json.loads((tmp_path / "package" / "manifest.json").read_text())["shortcomings"])


def test_a_key_that_was_destroyed_and_put_back_is_told_by_whatever_asks_for_a_plate_and_can_be_destroyed_again(
    ended, tmp_path
):
    told = "it is on record that the keys of these epochs were destroyed (epoch.shredded), and they lie in keys/epochs again: e000001"
    path = ended.settings.audit.directory / "keys" / "epochs" / "e000001.age"
    kept = path.read_bytes()
    shred(ended)
    assert "again" not in ended.invoke("audit", "search", *ASKED).stderr
    path.write_bytes(kept)
    for command in (("search",), ("search", "--key", ended.key), ("open", "--key", ended.key)):
        assert ended.invoke("audit", *command, *ASKED).stderr.count(told) == 1, command
    ended.run("audit", "report", "plate", *ASKED, "--out", tmp_path / "report")
    assert told in (tmp_path / "report" / "plate.html").read_text().partition("</header>")[0]
    assert "are there, and records say that they were destroyed" in ended.run("audit", "verify").stdout
    shred(ended)
    assert "again" not in ended.invoke("audit", "search", *ASKED).stderr


def test_an_epoch_without_a_key_is_not_named_where_the_period_has_nothing_of_it(ended):
    remove(ended)
    [old, *_] = ended.recorded("decision")
    after = datetime.fromisoformat(old["ts"]) + timedelta(milliseconds=1)
    result = ended.run("audit", "search", *ASKED, "--since", after.isoformat(timespec="milliseconds"))
    assert "not searched" not in result.stderr


def test_a_plate_that_is_found_in_no_epoch_is_not_said_to_be_nowhere_where_one_was_left_out(ended):
    remove(ended)
    result = ended.invoke("audit", "search", "--plate", "KLM482", "--why", "Complaint 2026-118")
    assert result.exit_code == 2
    assert MISSING in result.stderr


def test_a_search_that_asks_for_no_plate_names_no_epoch(ended):
    remove(ended)
    assert "not searched" not in ended.run("audit", "search", "--person", "u01", "--why", "Complaint 2026-118").stderr
