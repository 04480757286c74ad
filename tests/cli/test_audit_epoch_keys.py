import json
import shutil
import zipfile
from datetime import UTC, datetime

import pytest

from gateway.app.state import secrets_folder
from gateway.ledger.encryption import wrap
from gateway.ledger.epoch_keys import Epoch, write_epoch
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask

WHY = ("--why", "Complaint 2026-118")
NAMED = "the wrapped key of epoch e000001 (keys/epochs/e000001.age) was altered"
_BEGAN = {"began": "2026-01-01T00:00:00.000Z"}


@pytest.fixture(params=["digest on record", "earlier version"])
def ended(tmp_path, request):
    """Epoch e000001 has ended, with two plates; one of them was searched in e000002 as well."""
    made = Installation(tmp_path).set_up()
    made.search(Ask(plate="FNA579"), Ask(plate="KLM482"))
    key = secrets_folder(made.settings) / "epochs" / "e000001.key"
    told = json.loads(key.read_text()) | _BEGAN
    if request.param == "earlier version":
        del told["wrapped_sha256"]
    key.write_text(json.dumps(told))
    made.search(Ask(plate="KLM482"))
    return made


def folder(installation):
    return installation.settings.audit.directory / "keys" / "epochs"


def put_another_key(installation):
    other = write_epoch(Epoch("e000001", datetime(2026, 1, 1, tzinfo=UTC), bytes(32)))
    (folder(installation) / "e000001.age").write_bytes(wrap(other, [installation.pair.public]))


def put_another_epochs(installation):
    shutil.copyfile(folder(installation) / "e000002.age", folder(installation) / "e000001.age")


def put_a_random_value(installation):
    (folder(installation) / "e000001.age").write_bytes(wrap(bytes(range(40)), [installation.pair.public]))


def put_junk(installation):
    (folder(installation) / "e000001.age").write_bytes(b"junk")


SWAPS = pytest.mark.parametrize("swap", [put_another_key, put_another_epochs, put_a_random_value, put_junk])


@SWAPS
def test_a_swapped_epoch_key_is_named_wherever_a_plate_is_asked_for_with_exit_code_1(ended, tmp_path, swap):
    asked = ("--plate", "KLM482", "--key", ended.key, *WHY)
    whole = ended.json("audit", "search", "--limit", "0", *asked)
    assert len(whole) == 4
    swap(ended)
    for command in (
        ("search", "--limit", "0", *asked),
        ("open", *asked),
        ("report", "plate", "--out", tmp_path / "report", *asked),
        ("evidence", "--out", tmp_path / "package.zip", *asked),
    ):
        result = ended.invoke("audit", *command)
        assert result.exit_code == 1, command
        assert f"error: {NAMED}" in result.stderr, command
        assert "no key was given" not in result.stderr, command
    assert NAMED in (tmp_path / "report" / "plate.html").read_text()
    with zipfile.ZipFile(tmp_path / "package.zip") as package:
        assert any(NAMED in one for one in json.loads(package.read("manifest.json"))["shortcomings"])


@SWAPS
def test_a_plate_of_that_epoch_alone_is_not_told_to_be_on_no_record(ended, tmp_path, swap):
    swap(ended)
    asked = ("--plate", "FNA579", "--key", ended.key, *WHY)
    for command in (
        ("search", *asked),
        ("open", *asked),
        ("report", "plate", "--out", tmp_path / "report", *asked),
        ("evidence", "--out", tmp_path / "package.zip", *asked),
    ):
        result = ended.invoke("audit", *command)
        assert result.exit_code == 1, command
        assert NAMED in result.stderr, command
        assert "no record" not in result.stderr.replace("no record or key shows", ""), command
    assert not (tmp_path / "package.zip").exists()


def test_the_key_that_is_put_back_finds_everything_again(ended):
    kept = (folder(ended) / "e000001.age").read_bytes()
    put_another_key(ended)
    (folder(ended) / "e000001.age").write_bytes(kept)
    result = ended.invoke("audit", "search", "--plate", "FNA579", "--key", ended.key, *WHY)
    assert (result.exit_code, result.stderr) == (0, "")


def test_the_plate_that_is_opened_to_compare_is_on_record_where_no_digest_is(ended):
    ended.json("audit", "search", "--plate", "FNA579", "--key", ended.key, *WHY)
    [rotated] = [one for one in ended.recorded("epoch.rotated") if one["epoch"] == "e000001"]
    opened = ended.recorded("audit.opened")
    assert len(opened) == (0 if "wrapped_sha256" in rotated else 1)


def test_verification_names_the_swapped_file_with_exit_code_1_where_its_digest_is_on_record(ended):
    ended.run("audit", "rotate-key")  # signs
    assert ended.invoke("audit", "verify").exit_code == 0
    put_another_key(ended)
    result = ended.invoke("audit", "verify")
    [rotated] = [one for one in ended.recorded("epoch.rotated") if one["epoch"] == "e000001"]
    told = "the wrapped key of epoch e000001 is not the one on record (epoch.rotated)"
    if "wrapped_sha256" in rotated:
        assert (result.exit_code, told in result.output, "keys/epochs/e000001.age" in result.output) == (1, True, True)
    else:
        assert (result.exit_code, told in result.output) == (0, False)


def test_without_a_key_a_swapped_file_is_told_where_its_digest_is_on_record_and_else_as_not_proved(ended):
    put_another_key(ended)
    result = ended.invoke("audit", "search", "--plate", "KLM482", *WHY)
    [rotated] = [one for one in ended.recorded("epoch.rotated") if one["epoch"] == "e000001"]
    if "wrapped_sha256" in rotated:
        assert (result.exit_code, NAMED in result.stderr) == (1, True)
    else:
        assert result.exit_code == 0
        assert "no record or key shows whether they are still the keys of their epochs: epochs e000001" in result.stderr
