import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.durable import RealDisk
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpoint import (
    Checkpoint,
    Deleted,
    Witnessed,
    latest,
    note_files,
    parse_checkpoint,
    read_stored_notes,
    write_checkpoint,
)
from gateway.ledger.checkpoints.checkpointer import Cadence, join_heads
from gateway.ledger.checkpoints.keys import CheckpointKeys, read_published_keys
from gateway.ledger.checkpoints.note import SigningKey, VerifierKey, parse, sign, verify_signature
from gateway.ledger.heads import Head
from gateway.ledger.records.event import admin_record
from gateway.ledger.verification.report import BreakReason, FindingKind
from gateway.ledger.verification.verify import verify
from tests.clocks import Clock
from tests.ledger.ledgers import ledger_runtime, of_type

HASH = "ab" * 32
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock():
    return Clock(START)


def some_checkpoint(**more):
    values = {
        "origin": "lpr-gateway-0123456789abcdef",
        "number": 3,
        "time": "2026-01-01T00:00:00.000Z",
        "previous": HASH,
        "heads": {"w0": Head(5, HASH), "cli": Head(1, HASH)},
        "deleted": (Deleted("w0", 1, 2, HASH),),
        "new_keys": (SigningKey("k", Ed25519PrivateKey.generate()).verifier,),
        "retired": ("01234567",),
        "witnessed": (Witnessed("file:/mnt/x", 2, True), Witnessed("https://w", 0, False)),
    }
    return Checkpoint(**(values | more))


def notes(folder):
    return [note.whole for path in note_files(folder / "audit") for note in read_stored_notes(path) if note.whole]


def test_a_checkpoint_reads_back_as_it_was_written():
    checkpoint = some_checkpoint()
    text = write_checkpoint(checkpoint)
    assert parse_checkpoint(text) == checkpoint
    assert "chain cli 1 " in text
    assert "witnessed file:/mnt/x 2 off-host\n" in text


@pytest.mark.parametrize(
    ("old", "new"),
    [("checkpoint 3", "checkpoint 03"), ("time ", "tIme "), ("chain w0 5", "chain w0 five"), ("off-host", "there")],
)
def test_what_is_not_exactly_a_checkpoint_is_none(old, new):
    with pytest.raises(ValueError, match=r".+"):
        parse_checkpoint(write_checkpoint(some_checkpoint()).replace(old, new))
    with pytest.raises(ValueError, match=r".+"):
        parse_checkpoint("")


def test_a_checkpoint_signs_the_heads_of_all_chains_and_cites_the_one_before(tmp_path, auditor):
    audit = ledger_runtime(tmp_path, auditor)
    first = audit.checkpointer.write()
    recorded = audit.ledger.record(admin_record("key.issued"))
    second = audit.checkpointer.write()
    assert second.heads["w0"] == Head(recorded.link.seq, recorded.link.hash)
    assert (first.number, second.number) == (1, 2)
    whole = notes(tmp_path)
    (key,) = read_published_keys(tmp_path / "audit")
    assert all(verify_signature(parse(note), key) for note in whole)
    assert latest(tmp_path / "audit")[0] == second
    audit.close()
    assert verify(tmp_path / "audit").ok


def test_a_checkpoint_is_due_after_records_or_time_and_only_with_something_new(tmp_path, auditor, clock):
    audit = ledger_runtime(tmp_path, auditor, clock=clock, cadence=Cadence(records=3, seconds=60))
    assert audit.checkpointer.write_if_due()
    assert not audit.checkpointer.write_if_due()
    clock.now += timedelta(seconds=61)
    assert not audit.checkpointer.write_if_due()
    audit.ledger.record(admin_record("key.issued"))
    assert audit.checkpointer.write_if_due()
    for number in range(3):
        assert not audit.checkpointer.write_if_due()
        audit.ledger.record(admin_record("key.issued", n=number))
    assert audit.checkpointer.write_if_due()
    clock.now -= timedelta(days=1)
    audit.ledger.record(admin_record("key.issued"))
    assert audit.checkpointer.write_if_due(), "a clock set back must not put checkpoints off"
    audit.close()


def test_closing_signs_what_is_new(tmp_path, auditor):
    audit = ledger_runtime(tmp_path, auditor)
    audit.ledger.record(admin_record("key.issued"))
    audit.close()
    report = verify(tmp_path / "audit")
    assert report.checkpoints == 1
    assert FindingKind.NOT_CHECKPOINTED not in {finding.kind for finding in report.findings}


def test_many_checkpoints_go_over_several_files(tmp_path, auditor, monkeypatch):
    monkeypatch.setattr("gateway.ledger.checkpoints.checkpointer.PER_FILE", 3)
    audit = ledger_runtime(tmp_path, auditor)
    for _ in range(7):
        audit.checkpointer.write()
    audit.close()
    assert [path.name for path in note_files(tmp_path / "audit")] == [f"{first:016d}.notes" for first in (1, 4, 7)]
    assert verify(tmp_path / "audit").checkpoints == 7


def test_bytes_of_a_torn_checkpoint_are_kept_aside_and_the_numbers_go_on(tmp_path, auditor):
    audit = ledger_runtime(tmp_path, auditor)
    audit.checkpointer.write()
    (path,) = note_files(tmp_path / "audit")
    with path.open("a") as file:
        file.write("lpr-gateway-0123456789abcdef\ncheckpoint 2\n")
    assert FindingKind.TORN_TAIL in {finding.kind for finding in verify(tmp_path / "audit").findings}
    assert audit.checkpointer.write().number == 2
    audit.close()
    assert verify(tmp_path / "audit").ok
    assert path.with_name(path.name + ".torn").exists()


def test_a_ledger_that_holds_less_than_was_signed_is_not_signed_again(tmp_path, auditor):
    audit = ledger_runtime(tmp_path, auditor)
    audit.ledger.record(admin_record("key.issued"))
    audit.checkpointer.write()
    path = tmp_path / "audit" / "w0" / "0000000000000001.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(ConfigurationError, match="holds less"):
        audit.checkpointer.write()
    with pytest.raises(ConfigurationError, match="holds less"):
        audit.checkpointer.rotate_key(timedelta(days=7), audit.ledger.record)
    assert (len(notes(tmp_path)), of_type(tmp_path / "audit", "checkpoint_key.rotated")) == (1, [])
    assert len(CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()) == 1


def rotated(folder, auditor, clock):
    """One checkpoint with the old key, one with both, one with only the new one."""
    audit = ledger_runtime(folder, auditor, clock=clock)
    audit.checkpointer.write()
    keys = CheckpointKeys(folder / "audit", folder / "secrets", disk=RealDisk())
    old = keys.list_held()[0].key
    new = audit.checkpointer.rotate_key(timedelta(days=7), audit.ledger.record)
    clock.now += timedelta(days=8)
    audit.checkpointer.write()
    audit.checkpointer.write()
    audit.close()
    return old, new


def test_keys_change_with_an_overlap_and_past_keys_are_accepted_for_their_time(tmp_path, auditor, clock):
    old, new = rotated(tmp_path, auditor, clock)
    signed = [[verify_signature(parse(note), key) for key in (old.verifier, new)] for note in notes(tmp_path)]
    assert signed == [[True, False], [True, True], [True, True], [False, True]]
    assert f"retired {old.verifier.key_id}\n" in notes(tmp_path)[2]
    assert f"key {new}\n" in notes(tmp_path)[1]
    assert verify(tmp_path / "audit").ok
    assert verify(tmp_path / "audit", pinned=[old.verifier]).ok
    assert verify(tmp_path / "audit", pinned=[new]).ok
    (record,) = of_type(tmp_path / "audit", "checkpoint_key.rotated")
    assert record["old_keys"] == [old.verifier.key_id]
    assert record["overlap_until"] == "2026-01-08T00:00:00.000Z"
    held = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()
    assert [item.key.verifier for item in held] == [new]


def append_forged(folder, keys):
    """One more checkpoint, right in everything but who signed it."""
    last, digest = latest(folder / "audit")
    values = {name: getattr(last, name) for name in ("origin", "time", "heads")}
    checkpoint = Checkpoint(number=last.number + 1, previous=digest, **values)
    with note_files(folder / "audit")[-1].open("a") as file:
        file.write(sign(write_checkpoint(checkpoint), keys) + "\n")


def reasons(folder, **more):
    return [found.reason for found in verify(folder / "audit", **more).breaks]


def test_a_checkpoint_forged_with_another_key_is_found_even_if_its_public_key_is_put_beside(tmp_path, auditor, clock):
    rotated(tmp_path, auditor, clock)
    forger = SigningKey(read_published_keys(tmp_path / "audit")[0].name, Ed25519PrivateKey.generate())
    append_forged(tmp_path, [forger])
    assert reasons(tmp_path) == [BreakReason.CHECKPOINT_SIGNATURE]
    (tmp_path / "audit" / "keys" / "checkpoint-ffffffff.vkey").write_text(str(forger.verifier))
    assert reasons(tmp_path) == [BreakReason.CHECKPOINT_SIGNATURE]


def test_a_retired_key_may_not_sign_any_more(tmp_path, auditor, clock):
    old, _ = rotated(tmp_path, auditor, clock)
    append_forged(tmp_path, [old])
    assert reasons(tmp_path) == [BreakReason.CHECKPOINT_SIGNATURE]


def test_a_ledger_made_anew_with_another_key_is_found_by_who_knows_the_key(tmp_path, auditor):
    genuine, forged = tmp_path / "genuine", tmp_path / "forged"
    for folder in (genuine, forged):
        ledger_runtime(folder, auditor).close()
    known = read_published_keys(genuine / "audit")
    assert verify(forged / "audit").ok
    assert reasons(forged, pinned=known) == [BreakReason.CHECKPOINT_SIGNATURE]
    assert verify(genuine / "audit", pinned=known).ok


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole[1:],
        lambda whole: [whole[0], whole[2]],
        lambda whole: [whole[1], whole[0], *whole[2:]],
        lambda whole: [*whole, whole[-1]],
        lambda whole: [whole[0].replace("chain w0 2 ", "chain w0 1 "), *whole[1:]],
    ],
)
def test_checkpoints_removed_reordered_repeated_or_edited_are_found(tmp_path, auditor, change):
    audit = ledger_runtime(tmp_path, auditor)
    for _ in range(3):
        audit.checkpointer.write()
    audit.close()
    (path,) = note_files(tmp_path / "audit")
    path.write_text("".join(f"{whole}\n" for whole in change(notes(tmp_path))))
    assert reasons(tmp_path)[0] in {BreakReason.CHECKPOINT_CHAIN, BreakReason.CHECKPOINT_SIGNATURE}


def test_without_any_public_key_nothing_is_believed(tmp_path, auditor):
    ledger_runtime(tmp_path, auditor).close()
    copy = Path(shutil.copytree(tmp_path / "audit", tmp_path / "copy" / "audit"))
    known = read_published_keys(copy)
    for path in (copy / "keys").glob("*.vkey"):
        path.unlink()
    assert reasons(tmp_path / "copy") == [BreakReason.CHECKPOINT_SIGNATURE]
    assert verify(copy, pinned=known).ok


def test_runs_of_deleted_records_are_joined_and_none_is_lost():
    runs = [Deleted("w0", 11, 20, "b"), Deleted("w0", 1, 10, "a"), Deleted("w1", 1, 3, "c"), Deleted("w0", 41, 50, "d")]
    assert join_heads(runs) == (Deleted("w0", 1, 20, "b"), Deleted("w0", 41, 50, "d"), Deleted("w1", 1, 3, "c"))
    assert join_heads([Deleted("w0", 1, 20, "b"), Deleted("w0", 1, 10, "a")]) == (Deleted("w0", 1, 20, "b"),)


def test_the_private_key_is_not_in_the_ledgers_folder(tmp_path, auditor):
    audit = ledger_runtime(tmp_path, auditor)
    audit.checkpointer.write()
    audit.close()
    ring = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()
    raw = ring[0].key.private.private_bytes_raw()
    assert VerifierKey.parse(str(ring[0].key.verifier)) in read_published_keys(tmp_path / "audit")
    for path in (tmp_path / "audit").rglob("*"):
        assert not path.is_file() or raw not in path.read_bytes()
    assert (tmp_path / "secrets" / "checkpoint-keys.json").stat().st_mode & 0o077 == 0


def test_a_last_checkpoint_cut_off_anywhere_is_a_finding_and_the_next_one_is_written(tmp_path, auditor, clock):
    rotated(tmp_path, auditor, clock)
    (path,) = note_files(tmp_path / "audit")
    data = path.read_bytes()
    start = data.index(b"lpr-gateway", data.rindex(b"\ncheckpoint 3") - 30)
    end = data.rindex(b"lpr-gateway")
    for cut in range(start + 1, end - 2):
        path.write_bytes(data[:cut])
        report = verify(tmp_path / "audit")
        assert report.breaks == (), data[cut - 60 : cut]
        is_torn = FindingKind.TORN_TAIL in [finding.kind for finding in report.findings]
        assert is_torn or report.checkpoints == 3, "but one signature short"


def test_changing_any_byte_of_the_last_checkpoint_is_a_break(tmp_path, auditor):
    ledger_runtime(tmp_path, auditor).close()
    (path,) = note_files(tmp_path / "audit")
    data = path.read_bytes()
    for place in range(len(data)):
        for other in (10, data[place] ^ 1):
            if other != data[place]:
                path.write_bytes(data[:place] + bytes([other]) + data[place + 1 :])
                assert reasons(tmp_path), (place, other)
