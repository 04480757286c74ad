"""A real witness program on loopback, and a gateway's ledger that it keeps."""

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.durable import RealDisk
from gateway.ledger.alarms import Alarm
from gateway.ledger.checkpoints.checkpoint import (
    digest,
    note_files,
    parse_checkpoint,
    read_stored_notes,
    write_checkpoint,
)
from gateway.ledger.checkpoints.cosignature import find_cosigning_time
from gateway.ledger.checkpoints.cosignatures import read_cosignatures
from gateway.ledger.checkpoints.keys import CheckpointKeys, read_published_keys
from gateway.ledger.checkpoints.note import SigningKey, parse, sign
from gateway.ledger.encryption import keygen
from gateway.ledger.records.event import admin_record
from gateway.ledger.verification.report import BreakReason
from gateway.ledger.verification.trust import Trust, TrustedWitness
from gateway.ledger.verification.verify import verify
from gateway.value import replace
from tests.ledger.ledgers import ledger_runtime, watching
from tests.shipping.certificates import Authority
from tests.witness.programs import ROOT, log_of, running


@pytest.fixture(scope="module")
def auditor():
    return keygen()


def wrote(folder, auditor, *, url=None, rounds=3):
    audit = ledger_runtime(folder, auditor, witnesses=(("witness", url),) if url else ())
    for number in range(rounds):
        audit.ledger.record(admin_record("key.issued", n=number))
        audit.checkpointer.write()
    audit.close()
    return audit


def restored(folder, auditor, url, *, lost):
    """A copy of a ledger, put back in its place after so many rounds more, which the witness has."""
    wrote(folder, auditor, url=url, rounds=1)
    earlier = shutil.copytree(folder / "audit", folder / "earlier")
    wrote(folder, auditor, url=url, rounds=lost)
    shutil.rmtree(folder / "audit")
    shutil.copytree(earlier, folder / "audit")
    return earlier


@pytest.fixture(scope="module")
def world(tmp_path_factory, auditor):
    folder = tmp_path_factory.mktemp("world")
    key = CheckpointKeys(folder / "audit", folder / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with running(folder / "witness", key) as (url, own):
        wrote(folder, auditor, url=url)
        yield folder, url, own


def notes(folder):
    return notes_in(folder / "audit")


def notes_in(directory):
    return [stored.whole for path in note_files(directory) for stored in read_stored_notes(path)]


def sent(url, old, whole):
    return requests.post(f"{url}/add-checkpoint", data=f"old {old}\n\n{whole}".encode(), timeout=10)


def test_each_checkpoint_is_cosigned_and_the_cosignature_kept_beside_it(world):
    folder, _, own = world
    found = read_cosignatures(folder / "audit")
    for number, whole in enumerate(notes(folder), 1):
        assert find_cosigning_time(parse(whole + found[number][0]), own) is not None


def test_the_witness_answers_a_verification_and_a_trust_file(world):
    folder, url, own = world
    report = verify(folder / "audit", against=[url])
    assert report.ok
    assert report.unwitnessed_since is None
    keys = tuple(read_published_keys(folder / "audit"))
    trust = Trust(origin=keys[0].name, keys=keys, witnesses=(TrustedWitness(key=own, place=url),), agree=1)
    proof = verify(folder / "audit", trust=trust).proof
    assert proof.witnesses == ("witness.example",)
    assert proof.witnessed_until == proof.signed_until


def test_a_witness_that_was_asked_and_holds_nothing_of_the_ledger_any_more_is_told(world, tmp_path):
    folder, _, own = world
    keys, empty = tuple(read_published_keys(folder / "audit")), tmp_path / "held.notes"
    empty.touch()
    trusted = TrustedWitness(key=own, place=str(empty))
    report = verify(folder / "audit", trust=Trust(origin=keys[0].name, keys=keys, witnesses=(trusted,), agree=1))
    told = f"the witness witness.example was asked, and holds no checkpoint of this ledger at {empty}"
    assert (report.ok, any(told in finding.sentence for finding in report.findings)) == (True, True)


def test_a_rolled_back_ledger_is_found_by_asking_the_witness(world, tmp_path):
    folder, url, _ = world
    copy = Path(shutil.copytree(folder / "audit", tmp_path / "audit"))
    (path,) = note_files(copy)
    path.write_text("".join(f"{whole}\n" for whole in notes(folder)[:-1]))
    assert [item.reason for item in verify(copy, against=[url]).breaks] == [BreakReason.ROLLED_BACK]


def signing_key(folder):
    return CheckpointKeys(folder / "audit", folder / "secrets", disk=RealDisk()).list_held()[-1].key


def test_a_fork_and_a_roll_back_signed_with_the_true_key_are_never_cosigned(world):
    folder, url, own = world
    key, wholes = signing_key(folder), notes(folder)
    last = parse_checkpoint(parse(wholes[-1]).text)
    before = requests.get(url, timeout=10).text
    same_number = replace(last, time="2026-01-01T00:00:00.000Z")
    other_past = replace(last, number=last.number + 1, previous="0" * 64)
    less = replace(last, number=last.number + 1, previous=digest(wholes[-1]), heads={})
    skipping = replace(last, number=last.number + 2, previous=digest(wholes[-1]))
    other = {chain: head._replace(hash="0" * 64) for chain, head in last.heads.items()}
    other_record = replace(last, number=last.number + 1, previous=digest(wholes[-1]), heads=other)
    for forged in (same_number, other_past, less, skipping, other_record):
        answer = sent(url, last.number, sign(write_checkpoint(forged), [key]))
        assert answer.status_code == 422, answer.text
    assert requests.get(url, timeout=10).text == before
    held = parse(before.rstrip("\n") + "\n")
    assert find_cosigning_time(held, own) is not None


def test_an_old_checkpoint_is_answered_with_the_number_that_is_held(world):
    folder, url, _ = world
    wholes, log = notes(folder), log_of(folder / "witness")
    said_before = len(log.read_text())
    answer = sent(url, 0, wholes[0])
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (
        409,
        f"{len(wholes)}\n",
        "text/x.tlog.size",
    )
    again = sent(url, len(wholes) - 1, wholes[-1])
    assert again.status_code == 200, "the same once more: its answer may have been lost"
    assert "is held" not in log.read_text()[said_before:], "a repeat is no fault that its keeper must see"


def test_the_log_of_a_witness_tells_the_first_checkpoint_of_a_restored_ledger_with_its_name_and_the_time(
    tmp_path, auditor
):
    key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with running(tmp_path / "witness", key) as (url, _):
        earlier = restored(tmp_path, auditor, url, lost=8)
        assert " not taken" not in log_of(tmp_path / "witness").read_text()
        wrote(tmp_path, auditor, url=url, rounds=1)
        [told, *_] = [line for line in log_of(tmp_path / "witness").read_text().splitlines() if " not taken" in line]
    first = max(parse_checkpoint(parse(whole).text).number for whole in notes_in(earlier)) + 1
    assert f" not taken of {key.name}: checkpoint {first} was offered" in told
    assert "the ledger was restored or has forked" in told
    assert told.startswith("20")


def test_who_is_not_known_is_not_cosigned(world):
    folder, url, _ = world
    wholes = notes(folder)
    last = parse_checkpoint(parse(wholes[-1]).text)
    forger = SigningKey(last.origin, Ed25519PrivateKey.generate())
    following = replace(last, number=last.number + 1, previous=digest(wholes[-1]))
    assert sent(url, last.number, sign(write_checkpoint(following), [forger])).status_code == 403
    other = replace(last, origin="lpr-gateway-" + "0" * 16, number=1, previous="0" * 64)
    assert sent(url, 0, sign(write_checkpoint(other), [forger])).status_code == 404
    for garbage in (b"", b"old 1\n\nnothing", b"old x\n\n", b"\xff" * 100):
        assert requests.post(f"{url}/add-checkpoint", data=garbage, timeout=10).status_code == 400
    assert requests.get(f"{url}/other", timeout=10).status_code == 404


def test_a_gateway_that_forked_raises_the_alarm(tmp_path, auditor):
    key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with running(tmp_path / "witness", key) as (url, _):
        restored(tmp_path, auditor, url, lost=2)
        forked = wrote(tmp_path, auditor, url=url, rounds=3)
        assert Alarm.WITNESS_FAILING in forked._observer.kinds


def test_a_witness_restarted_holds_what_it_held_and_follows_a_new_key(tmp_path, auditor):
    key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with running(tmp_path / "witness", key) as (url, first):
        wrote(tmp_path, auditor, url=url, rounds=2)
    with running(tmp_path / "witness", key) as (url, again):
        assert again == first
        audit = ledger_runtime(tmp_path, auditor, witnesses=(("witness", url),))
        audit.checkpointer.rotate_key(timedelta(0), audit.ledger.record)
        audit.checkpointer.write()
        audit.checkpointer.write()
        audit.close()
        assert Alarm.WITNESS_FAILING not in watching(audit).kinds
        assert verify(tmp_path / "audit", against=[url]).unwitnessed_since is None


def test_who_offers_what_only_a_key_of_before_signed_is_told_what_is_held(tmp_path, auditor):
    key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with running(tmp_path / "witness", key) as (url, _):
        wrote(tmp_path, auditor, url=url, rounds=2)
        audit = ledger_runtime(tmp_path, auditor, witnesses=(("witness", url),))
        audit.checkpointer.rotate_key(timedelta(0), audit.ledger.record)
        audit.ledger.record(admin_record("key.issued", n=9))
        audit.checkpointer.write()
        audit.close()
        wholes = notes(tmp_path)
        answer = sent(url, 0, wholes[0])
        assert (answer.status_code, answer.text) == (409, f"{len(wholes)}\n")


def test_an_address_that_is_taken_is_said_in_one_sentence(world, tmp_path):
    folder, url, _ = world
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "witness", "serve", "--name", "w.example", "--state", str(tmp_path / "other"),
         "--log", str(read_published_keys(folder / "audit")[0]), "--bind", url.removeprefix("http://")],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    said = f"error: --bind: cannot listen on {url.removeprefix('http://')}: something listens there already\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_a_certificate_and_a_key_that_do_not_belong_together_are_told_before_anything_listens(world, tmp_path):
    folder, _, _ = world
    authority = Authority(tmp_path)
    one, other = authority.issue("one", server=True), authority.issue("other", server=True)
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "witness", "serve", "--name", "w.example", "--state", str(tmp_path / "state"),
         "--log", str(read_published_keys(folder / "audit")[0]), "--bind", "127.0.0.1:0",
         "--certificate", str(one.certificate), "--key", str(other.key)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    said = f"error: --key: {other.key}: is not the key of --certificate\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_two_witnesses_do_not_share_a_folder(world):
    folder, _, _ = world
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "witness", "serve", "--name", "witness.example", "--state", str(folder / "witness"),
         "--log", str(read_published_keys(folder / "audit")[0]), "--bind", "127.0.0.1:0"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "another witness uses the folder" in done.stderr


def test_a_folder_that_holds_somebody_elses_files_is_no_witnesss(tmp_path):
    key = SigningKey("lpr-gateway-0123456789abcdef", Ed25519PrivateKey.generate()).verifier
    (tmp_path / "gateway.db").touch()
    serve = [sys.executable, "-m", "gateway", "witness", "serve", "--name", "w.example", "--log", str(key)]
    command = [*serve, "--state", str(tmp_path), "--bind", "127.0.0.1:0"]
    refused = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert f"{tmp_path} holds what is no witness's (gateway.db): name a folder of its own" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["gateway.db"]
