"""The drill of docs/deploy: a backup taken under load, the state lost, the backup in its place."""

import contextlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from gateway.durable import write_whole
from gateway.ledger.checkpoints.keys import read_published_keys
from gateway.value import replace
from tests.http.ledger import Ledger
from tests.http.loads import by_turns, load

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"


def script(name, *arguments, before=None, **named):
    return subprocess.run(
        [DEPLOY / name, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=before,
        env={"PYTHON": sys.executable, "PATH": "/usr/bin:/bin", **named},
    )


def name_witness(gateway, file):
    text = gateway.config.read_text()
    gateway.config.write_text(f'{text}\n[[audit.witnesses]]\nkind = "file"\ntarget = "{file}"\n')


@pytest.fixture
def drill(install):
    """A gateway that lost its state after a backup was taken under load; the backup is back in its place."""
    gateway = install()
    people = [gateway.officer() for _ in range(10)]
    gateway.start()
    backup = gateway.folder / "backup"
    with load(by_turns(people), threads=2) as running:
        gateway.ledger.wait(lambda: len(running.replies) >= 20)
        taken = script("backup.sh", gateway.state, backup)
    gateway.kill()
    shutil.move(gateway.state, gateway.folder / "lost")
    restored = script("restore.sh", backup, gateway.state)
    assert (taken.returncode, restored.returncode) == (0, 0), taken.stderr + restored.stderr
    return gateway, people


def test_a_backup_taken_under_load_is_a_gateway_again(drill):
    gateway, people = drill
    gateway.start()
    assert people[0].lookup().status == 200
    assert gateway.stop() == 0
    report = gateway.run_json("audit", "verify")
    assert report["ok"] is True, report
    assert Ledger(gateway.ledger.directory).where(event_type="chain.resumed")


def test_a_copy_is_tried_beside_the_gateway_that_runs_in_another_folder_and_on_other_ports(install):
    gateway, trial = install(), install()
    officer = gateway.officer()
    gateway.start()
    assert officer.lookup().status == 200
    backup = gateway.folder / "backup"
    assert script("backup.sh", gateway.state, backup).returncode == 0
    shutil.rmtree(trial.state, ignore_errors=True)
    assert script("restore.sh", backup, trial.state).returncode == 0
    recorded = len(gateway.ledger.where())
    trial.start()
    assert replace(officer, port=trial.port).lookup().status == 200
    assert trial.stop() == 0
    assert trial.run_json("audit", "verify")["ok"] is True
    assert (len(gateway.ledger.where()), gateway.get("/readyz")[0]) == (recorded, 200)


def test_all_that_the_gateway_keeps_is_copied_but_what_it_makes_anew(drill):
    gateway, _ = drill
    lost = gateway.folder / "lost"
    left = (".lock", ".db-wal", ".db-shm")
    names = {path.name for path in lost.iterdir() if path.suffix not in left}
    kept = {path.name for path in (gateway.folder / "backup").iterdir()}
    assert names - kept <= {"metrics", "audit-index", "shipping"}
    assert {"policy", "revisions", "secrets", "audit", "gateway.db", "facts.db"} <= kept
    for path in (lost / "policy").rglob("*"):
        assert not path.is_file() or (gateway.state / "policy" / path.relative_to(lost / "policy")).is_file()


def test_what_is_restored_is_its_owners_alone(drill):
    gateway, _ = drill
    assert gateway.state.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (gateway.state / "secrets").rglob("*"))


def test_the_secrets_of_several_gateways_are_copied_where_they_are_named_and_put_back(drill):
    gateway, _ = drill
    shared, lost = gateway.folder / "shared", gateway.folder / "shared-lost"
    shutil.copytree(gateway.state / "secrets", shared)
    (shared / "tokens").write_bytes(b"of both gateways")
    taken = script("backup.sh", gateway.state, gateway.folder / "second", shared)
    assert (taken.returncode, "third argument" in taken.stdout) == (0, False)
    shared.rename(lost)
    again = gateway.folder / "again"
    assert script("restore.sh", gateway.folder / "second", again, shared).returncode == 0
    assert (shared / "tokens").read_bytes() == b"of both gateways"
    assert not (again / "shared-secrets").exists()
    left_out = script("restore.sh", gateway.folder / "second", gateway.folder / "without")
    assert f"{gateway.folder / 'second'}/shared-secrets was left out, for no third argument" in left_out.stdout
    told = script("backup.sh", gateway.state, gateway.folder / "third").stdout
    assert "where [store] secrets_directory is set, name that folder as the third argument" in told
    assert "no gateway starts on the store of this backup" in told
    lacking = script("restore.sh", gateway.folder / "third", gateway.folder / "fourth").stdout
    assert "the backup holds no secrets of [store] secrets_directory" in lacking


def test_a_ledger_and_a_store_that_lie_elsewhere_are_copied_where_they_are_named_and_put_back(install):
    gateway = install()
    ledger, store, backup = (gateway.folder / name for name in ("elsewhere/audit", "elsewhere/store.db", "backup"))
    ledger.parent.mkdir()
    person = gateway.officer()
    shutil.move(gateway.state / "audit", ledger)
    shutil.move(gateway.state / "gateway.db", store)
    elsewhere = f'[audit]\ndirectory = "{ledger}"\n[store]\nurl = "sqlite:///{store}"\n'
    gateway.config.write_text(elsewhere + gateway.config.read_text())
    named = {"AUDIT": str(ledger), "STORE": str(store)}
    gateway.start()
    assert person.lookup().status == 200
    unnamed = script("backup.sh", gateway.state, backup)
    assert (unnamed.returncode, "[audit] directory names another folder" in unnamed.stderr) == (2, True)
    assert script("backup.sh", gateway.state, backup, **named).returncode == 0
    gateway.kill()
    assert "is there; move it aside" in script("restore.sh", backup, gateway.folder / "other", **named).stderr
    shutil.rmtree(gateway.state)
    shutil.rmtree(ledger)
    store.unlink()
    beside = store.with_name(store.name + "-wal")
    assert beside.exists(), "what a killed gateway leaves"
    assert f"{beside} is there; move it aside" in script("restore.sh", backup, gateway.state, **named).stderr
    shutil.rmtree(ledger.parent)
    assert script("restore.sh", backup, gateway.state, **named).returncode == 0
    gateway.import_facts()
    gateway.start()
    assert person.lookup().status == 200
    assert gateway.stop() == 0
    assert gateway.run_json("audit", "verify")["ok"] is True


def test_a_backup_says_which_store_is_in_it_and_when_that_was_last_written(tmp_path):
    for name in ("audit", "secrets"):
        (tmp_path / "state" / name).mkdir(parents=True)
    store = tmp_path / "state" / "gateway.db"
    with contextlib.closing(sqlite3.connect(store)) as writing:
        writing.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (x);")
        date_to(store, "2026-03-01T12:00:00Z")
        date_to(store.with_name("gateway.db-wal"), "2026-03-02T12:00:00Z")
        told = script("backup.sh", tmp_path / "state", tmp_path / "backup").stdout
    assert f"the store in it is {store}, last written 2026-03-02T12:00:00Z; where [store] url names another" in told
    date_to(store, "2026-03-03T12:00:00Z")
    for again in ("second", "third"):  # which leave an empty -wal behind, for they only read
        told = script("backup.sh", tmp_path / "state", tmp_path / again).stdout
        assert "last written 2026-03-03T12:00:00Z;" in told


def date_to(path, written):
    os.utime(path, (datetime.fromisoformat(written).timestamp(),) * 2)


def test_a_backup_says_which_ledger_is_in_it_and_when_that_was_last_written(tmp_path):
    for name in ("audit/w0", "secrets"):
        (tmp_path / "state" / name).mkdir(parents=True)
    segment = tmp_path / "state" / "audit" / "w0" / "0000000000000001.jsonl"
    segment.write_text("{}\n")
    date_to(segment, "2026-03-02T12:00:00Z")
    told = script("backup.sh", tmp_path / "state", tmp_path / "backup").stdout
    assert (
        f"the ledger in it is {tmp_path}/state/audit, last written 2026-03-02T12:00:00Z; where [audit] directory"
        in told
    )


def test_a_backup_without_a_store_says_that_it_has_none(tmp_path):
    for name in ("audit", "secrets"):
        (tmp_path / "state" / name).mkdir(parents=True)
    told = script("backup.sh", tmp_path / "state", tmp_path / "backup")
    assert (told.returncode, "no store is in it" in told.stdout) == (0, True)
    missing = script("backup.sh", tmp_path / "state", tmp_path / "second", STORE=str(tmp_path / "none.db"))
    assert (missing.returncode, "is it the file of [store] url?" in missing.stderr) == (2, True)


def test_nothing_that_is_there_is_overwritten(drill):
    gateway, _ = drill
    again = script("backup.sh", gateway.state, gateway.folder / "backup")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    over = script("restore.sh", gateway.folder / "backup", gateway.state)
    assert (over.returncode, "move it aside" in over.stderr) == (2, True)


def test_a_backup_that_cannot_be_written_says_so_at_once(tmp_path):
    for name in ("audit", "secrets"):
        (tmp_path / "state" / name).mkdir(parents=True)
    (tmp_path / "file").touch()
    told = script("backup.sh", tmp_path / "state", tmp_path / "file" / "backup")
    assert (told.returncode, "file/backup.part cannot be made or written (mkdir: " in told.stderr) == (2, True)
    assert "files changed each time" not in told.stderr


def test_a_copy_that_fails_for_another_reason_than_a_change_is_told_with_that_and_not_tried_again(tmp_path):
    for name in ("audit", "secrets"):
        (tmp_path / "state" / name).mkdir(parents=True)
    (tmp_path / "state" / "secrets" / "large").write_bytes(b"x" * 100_000)

    def leave_little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    told = script("backup.sh", tmp_path / "state", tmp_path / "backup", before=leave_little_room)
    assert (told.returncode, "File too large" in told.stderr) == (1, True)
    assert told.stderr.startswith("backup: it could not be copied; nothing was kept: ")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize("place", ["state/backup", "state/audit/deep/backup", "link/backup"])
def test_a_backup_does_not_go_into_what_is_copied(tmp_path, place):
    for name in ("audit", "secrets"):
        (tmp_path / "state" / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to("state")
    told = script("backup.sh", tmp_path / "state", tmp_path / place)
    assert (told.returncode, "which is copied: name a place outside of it" in told.stderr) == (2, True)
    assert sorted(path.name for path in (tmp_path / "state").rglob("*")) == ["audit", "secrets"]


def test_a_folder_that_is_no_ledger_is_not_copied_as_one(tmp_path):
    for name in ("state/secrets", "above/audit/keys"):
        (tmp_path / name).mkdir(parents=True)
    for folder, code in (("above", 2), ("above/audit", 0)):
        told = script("backup.sh", tmp_path / "state", tmp_path / "backup", AUDIT=str(tmp_path / folder))
        assert told.returncode == code, told.stderr


def test_a_restore_does_not_go_on_with_what_a_first_one_left_that_was_cut_off(tmp_path):
    (tmp_path / "backup").mkdir()
    (tmp_path / "state.part" / "secrets").mkdir(parents=True)
    told = script("restore.sh", tmp_path / "backup", tmp_path / "state")
    assert (told.returncode, f"{tmp_path}/state.part is what is left" in told.stderr) == (2, True)
    assert not (tmp_path / "state").exists()
    shutil.rmtree(tmp_path / "state.part")
    assert script("restore.sh", tmp_path / "backup", tmp_path / "state").returncode == 0


def test_a_restore_says_what_a_witness_will_do(tmp_path):
    (tmp_path / "backup").mkdir()
    said = script("restore.sh", tmp_path / "backup", tmp_path / "state")
    assert (said.returncode, "operators.md, A restored ledger and its witness" in said.stdout) == (0, True)
    assert "a sink of kind jsonl writes a file, rename that file before the start" in said.stdout


def test_what_root_backs_up_and_restores_is_still_the_services(tmp_path):
    state, service = tmp_path / "state", os.geteuid() or 65534
    for name in ("audit", "secrets"):
        (state / name).mkdir(parents=True)
        (state / name / "one").write_text("1")
    sqlite3.connect(state / "gateway.db").close()
    for path in (state, *state.rglob("*")):
        os.chown(path, service, service)
    backup, again = tmp_path / "backup", tmp_path / "again"
    assert (script("backup.sh", state, backup).returncode, script("restore.sh", backup, again).returncode) == (0, 0)
    assert {path.stat().st_uid for path in (again, *again.rglob("*"))} == {service}


def test_what_is_written_anew_ever_again_does_not_keep_a_backup_from_its_end(tmp_path):
    state, is_over = tmp_path / "state", threading.Event()
    kept = [state / folder / f"clock.w{number}" for folder in ("audit", "secrets") for number in range(50)]

    def write_on():
        while not is_over.is_set():
            for path in kept:
                write_whole(path, [b"1"])

    for folder in ("audit", "secrets"):
        (state / folder).mkdir(parents=True)
    sqlite3.connect(state / "gateway.db").close()
    with ThreadPoolExecutor() as pool:
        pool.submit(write_on)
        try:
            said = script("backup.sh", state, tmp_path / "backup")
        finally:
            is_over.set()
    assert (said.returncode, said.stderr) == (0, "")
    assert not [path for path in (tmp_path / "backup").rglob("*") if path.suffix == ".new"]


def test_a_backup_of_what_cannot_be_read_says_so(tmp_path):
    said = script("backup.sh", tmp_path / "nowhere", tmp_path / "backup")
    assert (said.returncode, "secrets cannot be read: is it there" in said.stderr) == (2, True)


def test_after_a_restore_a_witnesss_file_is_left_as_it_is_with_an_alarm_until_another_is_named(install):
    gateway = install(settings="[audit]\ncheckpoint_seconds = 1")
    old, new, backup = (gateway.folder / name for name in ("old.notes", "new.notes", "backup"))
    name_witness(gateway, old)
    for _ in range(2):
        gateway.start()
        assert gateway.stop() == 0
        if not backup.exists():
            assert script("backup.sh", gateway.state, backup).returncode == 0
    held = old.read_bytes()
    shutil.move(gateway.state, gateway.folder / "lost")
    assert script("restore.sh", backup, gateway.state).returncode == 0
    gateway.start()
    gateway.ledger.wait(lambda: b"it holds another history of this ledger" in gateway.ask_admin("/readyz")[1])
    assert gateway.stop() == 0
    assert old.read_bytes() == held
    verified = gateway.run("audit", "verify", "--against", old)
    assert (verified.exit_code, "It holds another history of this ledger" in verified.output) == (1, True)
    gateway.config.write_text(gateway.config.read_text().replace(str(old), str(new)))
    gateway.start()
    gateway.ledger.wait(new.exists)
    assert b"another history" not in gateway.ask_admin("/readyz")[1]
    assert gateway.stop() == 0
    assert gateway.run("audit", "verify", "--against", new).exit_code == 0


def test_a_backup_verifies_with_the_trust_file_after_the_witness_went_on_and_the_live_ledger_must_not_end_before(
    install,
):
    gateway = install(settings="[audit]\ncheckpoint_seconds = 1")
    kept, backup, trust = (gateway.folder / name for name in ("kept.notes", "backup", "trust.toml"))
    name_witness(gateway, kept)
    for _ in range(3):
        gateway.start()
        if kept.exists() and not backup.exists():
            assert script("backup.sh", gateway.state, backup).returncode == 0
        assert gateway.stop() == 0
    public = gateway.state / "audit" / "keys"
    keys = json.dumps([str(key) for key in read_published_keys(gateway.state / "audit")])
    origin = (public / "installation").read_text().strip()
    trust.write_text(f'origin = "{origin}"\nkeys = {keys}\nagree = 1\n\n[[witnesses]]\nplace = "{kept}"\n')
    assert not [path for path in (backup / "audit").rglob("*") if path.name == "lock" or path.suffix == ".lock"]
    verified = gateway.run("audit", "verify", backup / "audit", "--trust-file", trust)
    assert (verified.exit_code, "this copy ends with checkpoint" in verified.output) == (0, True), verified.output
    shutil.move(gateway.state, gateway.folder / "lost")
    assert script("restore.sh", backup, gateway.state).returncode == 0
    rolled_back = gateway.run("audit", "verify", "--trust-file", trust)
    assert (rolled_back.exit_code, "rolled_back" in rolled_back.output) == (1, True)
    gateway.start()
    assert gateway.stop() == 0
    assert gateway.run("audit", "verify", gateway.state / "audit", "--trust-file", trust).exit_code == 1
