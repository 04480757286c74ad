"""Whoever can write the audit folder, without the signing key: rewrites, cuts, swaps, deletes, signs with an own key."""

import re
import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.durable import RealDisk
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.checkpoints.checkpoint import (
    digest,
    note_files,
    parse_checkpoint,
    read_stored_notes,
    write_checkpoint,
)
from gateway.ledger.checkpoints.cosignature import Cosigner
from gateway.ledger.checkpoints.cosignatures import keep_cosignature
from gateway.ledger.checkpoints.keys import read_published_keys
from gateway.ledger.checkpoints.note import SigningKey, parse, sign
from gateway.ledger.encryption import keygen
from gateway.ledger.records.event import admin_record
from gateway.ledger.records.form import GENESIS, chain_halves, halves
from gateway.ledger.retention import find_expired, retire
from gateway.ledger.segments import segments
from gateway.ledger.verification.report import BreakReason
from gateway.ledger.verification.trust import Trust, TrustedWitness
from gateway.ledger.verification.verify import verify
from gateway.value import replace
from tests.ledger.ledgers import SENSITIVE, decision, ledger_runtime, outcome, plain_ledger

R = BreakReason


@pytest.fixture(scope="module")
def auditor():
    return keygen()


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "elsewhere.notes"


@pytest.fixture
def genuine(tmp_path, auditor, kept):
    """A ledger of three checkpoints, which a witness keeps."""
    audit = ledger_runtime(tmp_path, auditor, witnesses=(("file", str(kept)),))
    for number in range(3):
        audit.ledger.record(admin_record("key.issued", n=number))
        audit.checkpointer.write()
    audit.close()
    return tmp_path / "audit"


def reasons(directory, **more):
    return {found.reason for found in verify(directory, **more).breaks}


def rewritten(genuine):
    """All history invented anew; no checkpoint and no key left."""
    shutil.rmtree(genuine)
    ledger = plain_ledger(genuine)
    ledger.record(admin_record("key.issued", n=99))
    ledger.close()


def signed_with_an_own_key(genuine, auditor):
    """The same, with fresh checkpoints by the attacker's key, under the same installation's name."""
    name = (genuine / "keys" / "installation").read_text()
    shutil.rmtree(genuine)
    shutil.rmtree(genuine.parent / "secrets")
    (genuine / "keys").mkdir(parents=True)
    (genuine / "keys" / "installation").write_text(name)
    audit = ledger_runtime(genuine.parent, auditor)
    for number in range(3):
        audit.ledger.record(admin_record("key.issued", n=100 + number))
        audit.checkpointer.write()
    audit.close()


def test_history_rewritten_without_checkpoints_does_not_stand_against_a_witness_or_a_known_key(genuine, kept):
    known = read_published_keys(genuine)
    rewritten(genuine)
    assert verify(genuine).ok, "by itself it is in one piece, and the verdict says that this proves no more"
    assert "nothing here is signed" in verify(genuine).proof.sentences[1]
    assert reasons(genuine, against=[str(kept)]) == {R.NOT_WITNESSED}
    assert reasons(genuine, pinned=known) == {R.CHECKPOINT_SIGNATURE}


def test_history_signed_with_an_own_key_does_not_stand_against_a_witness_or_a_known_key(genuine, kept, auditor):
    known = read_published_keys(genuine)
    signed_with_an_own_key(genuine, auditor)
    assert verify(genuine).ok
    assert reasons(genuine, against=[str(kept)]) == {R.WITNESS_DIFFERS}
    assert reasons(genuine, pinned=known) == {R.CHECKPOINT_SIGNATURE}


def test_notes_by_an_own_key_put_into_the_witness_too_do_not_help(genuine, kept, auditor):
    known = read_published_keys(genuine)
    signed_with_an_own_key(genuine, auditor)
    kept.write_bytes(kept.read_bytes() + b"".join(path.read_bytes() for path in note_files(genuine)))
    assert reasons(genuine, against=[str(kept)]) == {R.WITNESS_DIFFERS}
    assert R.CHECKPOINT_SIGNATURE in reasons(genuine, pinned=known, against=[str(kept)])


def test_a_known_keys_first_checkpoint_does_not_let_another_key_sign_the_rest(genuine):
    known = read_published_keys(genuine)
    forger = SigningKey(known[0].name, Ed25519PrivateKey.generate())
    (genuine / "keys" / "checkpoint-00000000.vkey").write_text(f"{forger.verifier}\n")
    (path,) = note_files(genuine)
    first = next(read_stored_notes(path)).whole
    both = first + sign(parse(first).text, [forger]).partition("\n\n")[2]
    path.write_text(f"{both}\n")
    begun = parse_checkpoint(parse(first).text)
    second = replace(begun, number=2, previous=digest(both), new_keys=())
    with path.open("a") as file:
        file.write(sign(write_checkpoint(second), [forger]) + "\n")
    assert reasons(genuine, pinned=known) == {R.CHECKPOINT_SIGNATURE}


def test_a_ledger_cut_back_to_an_earlier_state_is_proved_only_up_to_then(genuine, kept):
    (path,) = note_files(genuine)
    notes = [stored.whole for stored in read_stored_notes(path)]
    known, said = read_published_keys(genuine), []
    for count in (3, 2):
        path.write_text("".join(f"{whole}\n" for whole in notes[:count]))
        said.append(verify(genuine, pinned=known).proof.signed_until)
    assert said == [re.search("^time (.*)$", notes[number], re.MULTILINE)[1] for number in (2, 1)]
    assert reasons(genuine, against=[str(kept)]) == {R.ROLLED_BACK}


def cosigned(genuine, name, count):
    """A witness that has cosigned the first so many checkpoints."""
    cosigner = Cosigner(name, Ed25519PrivateKey.generate())
    (path,) = note_files(genuine)
    for number, stored in enumerate(list(read_stored_notes(path))[:count], 1):
        line = cosigner.cosign(parse(stored.whole).text, datetime(2026, 1, 1, tzinfo=UTC))
        keep_cosignature(genuine, number, line, disk=RealDisk())
    return TrustedWitness(key=cosigner.key)


def trusting(genuine, *witnesses, agree=1):
    keys = tuple(read_published_keys(genuine))
    return Trust(origin=keys[0].name, keys=keys, witnesses=witnesses, agree=agree)


def test_as_many_witnesses_as_must_agree_say_up_to_when_the_record_is_proved(genuine):
    early, late = cosigned(genuine, "early.example", 1), cosigned(genuine, "late.example", 3)
    one = verify(genuine, trust=trusting(genuine, early, late, agree=1))
    two = verify(genuine, trust=trusting(genuine, early, late, agree=2))
    assert (one.ok, two.ok) == (True, True)
    assert one.proof.witnessed_until > two.proof.witnessed_until
    assert two.proof.witnesses == ("early.example", "late.example")
    assert one.unwitnessed_since is None


def test_fewer_witnesses_than_must_agree_is_a_break(genuine):
    one = cosigned(genuine, "one.example", 3)
    unheard = TrustedWitness(key=Cosigner("two.example", Ed25519PrivateKey.generate()).key)
    assert reasons(genuine, trust=trusting(genuine, one, unheard, agree=2)) == {R.NOT_WITNESSED}


def test_a_cosignature_moved_to_another_checkpoint_or_made_by_another_key_counts_for_nothing(genuine):
    witness = cosigned(genuine, "one.example", 1)
    (path,) = (genuine / "checkpoints").glob("*.cosignatures")
    path.write_text(path.read_text().replace("1 \u2014", "2 \u2014"))
    assert reasons(genuine, trust=trusting(genuine, witness)) == {R.NOT_WITNESSED}
    cosigned(genuine, "one.example", 3)
    assert reasons(genuine, trust=trusting(genuine, witness)) == {R.NOT_WITNESSED}


def test_another_installations_ledger_in_the_place_of_ours_is_found(genuine, tmp_path, auditor):
    trust = trusting(genuine)
    ledger_runtime(tmp_path / "other", auditor).close()
    assert R.WRONG_ORIGIN in reasons(tmp_path / "other" / "audit", trust=trust)


def retired(folder, auditor, *, holds=()):
    """A year in small segments, of which the first hundred days were lawfully deleted."""
    start = datetime(2025, 1, 1, tzinfo=UTC)
    now = [start]
    audit = ledger_runtime(
        folder, auditor, clock=lambda: now[0], segment=SegmentLimits(max_bytes=3_000, max_age_s=86_400)
    )
    for month in range(12):
        for number in range(3):
            audit.ledger.record(decision(10 * month + number, case_number=f"25-{month:03d}"), SENSITIVE)
            audit.ledger.record(outcome(10 * month + number, case_number=f"25-{month:03d}"))
        now[0] += timedelta(days=30)
    items = find_expired(folder / "audit", before=start + timedelta(days=100), holds=holds)
    copies = {item.segment.path: item.segment.path.read_bytes() for item in items}
    retire(items, days=100, record=audit.ledger.record, checkpoint=audit.checkpointer.write, disk=RealDisk())
    audit.close()
    return folder / "audit", copies


def invented(directory, first, count, prev=GENESIS):
    """So many records that never were, chained as records are, in a segment of their own."""
    path = directory / "w0" / f"{first:016d}.jsonl"
    lines = []
    for number in range(count):
        body = {
            "schema": "lpr.audit.v1",
            "event_id": f"e{number}",
            "event_type": "key.issued",
            "ts": "2025-01-01T00:00:00Z",
        }
        line, link = chain_halves(halves(body), "w0", first + number, prev)
        lines.append(line + b"\n")
        prev = link.hash
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize("first", [1, 3])
def test_records_invented_in_a_range_that_was_lawfully_deleted_are_a_break(tmp_path, auditor, first):
    directory, _ = retired(tmp_path, auditor)
    assert verify(directory).ok
    known = read_published_keys(directory)
    invented(directory, first, 7)
    assert reasons(directory, pinned=known) == {R.RETIRED_RANGE}


def test_records_invented_up_to_the_very_end_of_a_deleted_range_are_a_break(tmp_path, auditor):
    directory, _ = retired(tmp_path, auditor)
    last = segments(directory, "w0")[0].first_seq - 1
    invented(directory, 1, last)
    assert reasons(directory) <= {R.RETIRED_RANGE, R.SEGMENT_MISPLACED, R.HEAD_DIFFERS}
    assert not verify(directory).ok


def test_what_an_interrupted_deletion_left_verifies_only_as_the_end_of_what_was_deleted(tmp_path, auditor):
    directory, copies = retired(tmp_path, auditor)
    paths = sorted(copies)
    assert len(paths) > 2
    for path in reversed(paths):
        path.write_bytes(copies[path])
        assert verify(directory).ok
    paths[1].unlink()
    assert reasons(directory) == {R.RETIRED_RANGE}


def test_a_held_segment_between_deleted_ones_cannot_be_put_out_of_line(tmp_path, auditor):
    directory, _ = retired(tmp_path, auditor, holds={"25-001"})
    assert verify(directory).ok
    listed = segments(directory, "w0")
    held = next(
        segment
        for segment, following in pairwise(listed)
        if segment.first_seq + segment.path.read_bytes().count(b"\n") < following.first_seq
    )
    lines = held.path.read_bytes().splitlines()
    record = orjson.loads(lines[-1])
    place = record.pop("chain")
    line, _ = chain_halves(halves(record | {"event_type": "key.issued"}), "w0", place["seq"], place["prev"])
    held.path.write_bytes(b"\n".join([*lines[:-1], line]) + b"\n")
    assert reasons(directory) == {R.RETIRED_RANGE}
