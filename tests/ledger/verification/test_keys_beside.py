import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.durable import RealDisk
from gateway.ledger.checkpoints.keys import read_published_keys
from gateway.ledger.checkpoints.note import SigningKey
from gateway.ledger.encryption import keygen
from gateway.ledger.epoch_keys import readable_epochs, shred
from gateway.ledger.verification.report import FindingKind
from gateway.ledger.verification.verify import verify
from tests.ledger.ledgers import SENSITIVE, decision, ledger_runtime, outcome


@pytest.fixture
def audit(tmp_path):
    audit = ledger_runtime(tmp_path, keygen())
    audit.ledger.record(decision(), SENSITIVE)
    audit.ledger.record(outcome())
    audit.checkpointer.write()
    audit.close()
    return tmp_path / "audit"


def beside(directory, *, pinned=()):
    report = verify(directory, pinned=pinned)
    kinds = (FindingKind.KEYS_DIFFER, FindingKind.EPOCH_KEY_MISSING)
    return report.ok, [found.sentence for found in report.findings if found.kind in kinds]


def test_what_lies_beside_a_ledger_as_it_was_written_is_told_nowhere(audit):
    assert beside(audit) == (True, [])


def test_a_public_key_that_is_gone_or_another_is_told_with_its_id(audit):
    [known] = read_published_keys(audit)
    path = audit / "keys" / f"checkpoint-{known.key_id}.vkey"
    other = SigningKey(known.name, Ed25519PrivateKey.generate()).verifier
    path.unlink()
    gone = f"the public key {known.key_id} is not there, and checkpoints name it as one that signs"
    assert beside(audit, pinned=[known]) == (True, [gone])
    path.write_text(f"{other}\n")
    strange = f"the public key {other.key_id} is named by no checkpoint: believe nothing that it signed"
    assert beside(audit, pinned=[known]) == (True, [gone, strange])


def test_another_installations_name_beside_a_ledger_is_told_and_so_is_none(audit):
    path = audit / "keys" / "installation"
    name = path.read_text().strip()
    path.write_text("lpr-gateway-0000000000000000\n")
    told = f"it names 'lpr-gateway-0000000000000000', and the checkpoints are of {name}"
    assert beside(audit) == (True, [told])
    path.unlink()
    assert beside(audit) == (True, [f"it is not there, and the checkpoints are of {name}"])


def test_an_epochs_key_that_is_gone_is_told_unless_it_is_on_record_that_it_was_destroyed(audit, tmp_path):
    (audit / "keys" / "epochs" / "e000001.age").rename(tmp_path / "kept.age")
    ok, [told] = beside(audit)
    assert ok
    assert told.startswith(
        "the wrapped keys of epochs e000001 are not there, and no record here says that they were destroyed"
    )
    (tmp_path / "kept.age").rename(audit / "keys" / "epochs" / "e000001.age")
    ledger = ledger_runtime(tmp_path, keygen())
    (tmp_path / "secrets" / "epochs" / "e000001.key").unlink(missing_ok=True)
    assert shred(audit, tmp_path / "secrets", "e000001", why="ordered", record=ledger.ledger.record, disk=RealDisk())
    ledger.close()
    assert beside(audit) == (True, [])


def test_an_epochs_key_that_lies_there_again_after_it_was_destroyed_on_record_is_told_and_no_break(audit, tmp_path):
    ledger = ledger_runtime(tmp_path, keygen())
    kept = (audit / "keys" / "epochs" / "e000001.age").read_bytes()
    (tmp_path / "secrets" / "epochs" / "e000001.key").unlink(missing_ok=True)
    shred(audit, tmp_path / "secrets", "e000001", why="ordered", record=ledger.ledger.record, disk=RealDisk())
    ledger.close()
    (audit / "keys" / "epochs" / "e000001.age").write_bytes(kept)
    report = verify(audit)
    [found] = [item for item in report.findings if item.kind is FindingKind.EPOCH_KEY_BACK]
    assert (report.ok, found.count, found.file) == (True, 1, "keys/epochs")
    assert found.sentence.startswith(
        "the wrapped keys of epochs e000001 are there, and records say that they were destroyed"
    )


def test_a_record_that_was_changed_is_told_as_a_break_and_no_crash_is_named_beside_it(tmp_path):
    audit = ledger_runtime(tmp_path, keygen())
    for number in range(3):
        audit.ledger.record(decision(number), SENSITIVE)
    for number in range(3):
        audit.ledger.record(outcome(number))
    audit.close()
    [path] = (tmp_path / "audit" / "w0").glob("*.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"decision_id":"d1"', b'"decision_id":"d7"', 1))
    report = verify(tmp_path / "audit")
    assert not report.ok
    assert FindingKind.UNANSWERED not in [found.kind for found in report.findings]


@pytest.mark.parametrize("content", [b"", b"x"])
def test_a_file_in_an_epochs_place_that_surely_is_not_its_wrapped_key_is_told_and_breaks_nothing(audit, content):
    (audit / "keys" / "epochs" / "t000001.age").write_bytes(content)
    ok, [told] = beside(audit)
    assert (ok, told.startswith("the wrapped key of epoch t000001 cannot be that: ")) == (True, True)


@pytest.mark.parametrize(("source", "target"), [("e000001", "t000001"), ("t000001", "e000001")])
def test_of_two_epochs_with_one_file_neither_is_called_the_intact_one(audit, source, target):
    folder = audit / "keys" / "epochs"
    (folder / f"{target}.age").write_bytes((folder / f"{source}.age").read_bytes())
    ok, told = beside(audit)
    assert ok
    assert sorted(one[:84] for one in told) == [
        f"the wrapped key of epoch {one} is the file of {other} too, and can be of one of them alone"[:84]
        for one, other in (("e000001", "t000001"), ("t000001", "e000001"))
    ]


def test_a_present_epoch_whose_wrapped_key_was_altered_is_wrapped_again_at_the_next_start(tmp_path):
    pair = keygen()
    ledger_runtime(tmp_path, pair).close()
    (tmp_path / "audit" / "keys" / "epochs" / "e000001.age").write_bytes(b"")
    ledger_runtime(tmp_path, pair).close()
    assert beside(tmp_path / "audit") == (True, [])
    assert {epoch.name for epoch in readable_epochs(tmp_path / "audit", private_key=pair.private)} == {
        "e000001",
        "t000001",
    }
