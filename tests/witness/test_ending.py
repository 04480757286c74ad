"""A ledger restored from a backup: its witness must never follow it, and its keeper has a lawful way on."""

import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
import requests
from click.testing import CliRunner

from gateway.cli import main
from gateway.durable import RealDisk
from gateway.ledger.alarms import Alarm
from gateway.ledger.checkpoints.keys import CheckpointKeys, read_published_keys
from gateway.ledger.encryption import keygen
from gateway.ledger.records.event import admin_record
from gateway.ledger.verification.report import BreakReason
from gateway.ledger.verification.trust import Trust, TrustedWitness
from gateway.ledger.verification.verify import verify
from tests.ledger.ledgers import ledger_runtime, watching
from tests.witness.programs import running

WHY = "restored from the copy of 12 May, incident 2026-31"


def write(folder, auditor, url, rounds):
    """Records and checkpoints; the alarms that were raised."""
    audit = ledger_runtime(folder, auditor, witnesses=(("witness", url),))
    for number in range(rounds):
        audit.ledger.record(admin_record("key.issued", n=number))
        audit.checkpointer.write()
    audit.close()
    return [detail for alarm, detail in watching(audit).alarms if alarm is Alarm.WITNESS_FAILING]


def end(*arguments):
    return CliRunner().invoke(main, ["witness", "end", *map(str, arguments)])


@pytest.fixture(scope="module")
def restored(tmp_path_factory):
    """A witness that took three checkpoints more than the copy has, which is in the ledger's place and went on."""
    folder, auditor = tmp_path_factory.mktemp("restored"), keygen()
    key = CheckpointKeys(folder / "audit", folder / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with running(folder / "old", key) as (old, old_key):
        assert write(folder, auditor, old, 2) == []
        for name in ("audit", "secrets"):
            shutil.copytree(folder / name, folder / f"copy-{name}")
        assert write(folder, auditor, old, 3) == []
        held = requests.get(old, timeout=10).text
        (folder / "held.notes").write_text(held)
        for name in ("audit", "secrets"):
            shutil.rmtree(folder / name)
            shutil.copytree(folder / f"copy-{name}", folder / name)
        at_once = write(folder, auditor, old, 1)
        later = write(folder, auditor, old, 3)
        assert requests.get(old, timeout=10).text == held
        yield SimpleNamespace(folder=folder, auditor=auditor, key=key, old=old, old_key=old_key, held=held,
                              alarms=(at_once, later))  # fmt: skip


def test_the_alarm_says_at_once_that_another_history_is_held_and_where_it_is_written_what_to_do(restored):
    for alarms in restored.alarms:
        assert alarms
        assert all("it holds another history of this ledger" in detail for detail in alarms)
        assert all("operators.md, A restored ledger and its witness" in detail for detail in alarms)


def test_after_the_keeper_ended_the_old_log_a_new_witness_vouches_and_the_old_one_still_shows_what_was_lost(restored):
    folder, audit = restored.folder, restored.folder / "audit"
    done = end(restored.key.name, "--state", folder / "old", "--why", WHY)
    assert done.exit_code == 0, done.output
    assert "stays the last that this witness holds" in done.output
    assert requests.get(restored.old, timeout=10).text == restored.held
    assert all("its keeper has ended" in detail or "another history" in detail
               for detail in write(folder, restored.auditor, restored.old, 1))  # fmt: skip
    with running(folder / "new", restored.key, name="second.example") as (new, new_key):
        assert write(folder, restored.auditor, new, 1) == []
        report = verify(audit, against=[new])
        assert (report.ok, report.unwitnessed_since) == (True, None)
        lost = verify(audit, against=[str(folder / "held.notes")])
        assert [broken.reason for broken in lost.breaks] == [BreakReason.WITNESS_DIFFERS]
        assert "operators.md, A restored ledger and its witness" in lost.breaks[0].sentence
        both = (TrustedWitness(key=restored.old_key), TrustedWitness(key=new_key, place=new))
        trusted = verify(audit, trust=Trust(origin=restored.key.name, keys=(restored.key,), witnesses=both, agree=1))
        assert trusted.ok
        assert trusted.proof.witnesses == ("second.example",)
        earlier = verify(folder / "copy-audit", trust=Trust(keys=(restored.key,), witnesses=both[:1], agree=1))
        assert earlier.proof.witnesses == ("witness.example",), "what was recorded before the copy is proved as before"


def test_a_witness_begun_after_the_key_was_changed_takes_all_from_the_first_checkpoint_on_where_it_is_given_each_key(
    tmp_path,
):
    auditor = keygen()
    write(tmp_path, auditor, "http://127.0.0.1:1", 1)
    audit = ledger_runtime(tmp_path, auditor)
    audit.checkpointer.rotate_key(timedelta(0), audit.ledger.record)
    audit.checkpointer.write()
    audit.close()
    keys = read_published_keys(tmp_path / "audit")
    latest_key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[-1].key.verifier
    with running(tmp_path / "one", latest_key) as (url, _):
        assert "it knows no key that signed this checkpoint" in write(tmp_path, auditor, url, 1)[0]
    with running(tmp_path / "all", *keys) as (url, _):
        assert write(tmp_path, auditor, url, 1) == []
        assert verify(tmp_path / "audit", against=[url]).unwitnessed_since is None


def test_a_log_that_was_ended_takes_not_even_what_follows_and_is_ended_once(tmp_path):
    auditor = keygen()
    key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with running(tmp_path / "witness", key) as (url, _):
        assert write(tmp_path, auditor, url, 1) == []
        assert end(key, "--state", tmp_path / "witness", "--why", WHY).exit_code == 0
        alarms = write(tmp_path, auditor, url, 1)
    assert alarms
    assert all("its keeper has ended this ledger's log there" in detail for detail in alarms)
    again = end(key, "--state", tmp_path / "witness", "--why", "again")
    assert again.exit_code == 2
    assert "was ended before: " in again.output
    assert WHY in again.output
    unknown = end("lpr-gateway-" + "0" * 16, "--state", tmp_path / "witness", "--why", WHY)
    assert "holds no checkpoint of lpr-gateway-0000000000000000" in unknown.output
