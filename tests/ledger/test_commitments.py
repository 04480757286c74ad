import base64

import orjson
import pyrage
import pytest

from gateway.auditing.unseal import Unsealer
from gateway.ledger.commitments import COMMITMENTS, SALTS, commit, commitment, write_exactly
from gateway.ledger.encryption import Sealer, decrypt, write_binding
from gateway.ledger.segments import Line, read_records
from gateway.ledger.verification.verify import verify
from tests.ledger.ledgers import PLATE, SENSITIVE, decision, ledger_runtime, of_type


@pytest.fixture
def record(tmp_path, auditor):
    audit = ledger_runtime(tmp_path, auditor)
    audit.ledger.record(decision(1), SENSITIVE)
    audit.close()
    return of_type(tmp_path / "audit", "decision")[0]


def opened(tmp_path, auditor):
    directory = tmp_path / "audit"
    lines = [line for line in read_records(directory) if b'"event_type":"decision"' in line.raw]
    return Unsealer(directory, auditor.private).open(next(iter(lines)))


def test_each_sealed_value_has_a_commitment_whose_salt_only_an_auditor_gets(record, tmp_path, auditor):
    assert set(record[COMMITMENTS]) == {"plate_sealed", "reason_sealed", "query_sealed"}
    found = opened(tmp_path, auditor)
    assert found.problem is None
    for name, clear in (("plate_sealed", "plate"), ("reason_sealed", "reason_text"), ("query_sealed", "query")):
        again = commitment(found.salts[name], record["event_id"], name, found.content[clear])
        assert again == record[COMMITMENTS][name]
        assert found.salts[name] not in orjson.dumps(record).decode()


def test_a_commitment_is_to_one_value_in_one_field_of_one_record():
    salts, made = commit("e1", {"plate_sealed": write_exactly(PLATE)})
    salt = salts["plate_sealed"]
    others = [("e2", "plate_sealed", PLATE), ("e1", "reason_sealed", PLATE), ("e1", "plate_sealed", "ABO124")]
    assert made["plate_sealed"] == commitment(salt, "e1", "plate_sealed", PLATE)
    assert all(commitment(salt, *other) != made["plate_sealed"] for other in others)
    assert commit("e1", {"plate_sealed": write_exactly(PLATE)})[1] != made


def test_a_record_that_committed_to_another_value_than_it_sealed_is_told_as_forged(auditor, tmp_path):
    sealer = Sealer([auditor.public])
    opening = sealer.begin()
    body = {"event_id": "e1", "event_type": "decision", **sealer.seal("e1", {"plate_sealed": PLATE})}
    body[COMMITMENTS] = {"plate_sealed": "0" * 64}
    folder = tmp_path / "audit" / "w0"
    folder.mkdir(parents=True)
    path = folder / "0000000000000001.jsonl"
    path.write_bytes(orjson.dumps(opening) + b"\n" + orjson.dumps(body) + b"\n")
    line = Line("w0", 2, f"w0/{path.name}", 2, orjson.dumps(body))
    found = Unsealer(tmp_path / "audit", auditor.private).open(line)
    assert found.content == {}
    assert "forged" in found.problem


def test_records_older_than_commitments_still_verify_and_open(tmp_path, auditor, monkeypatch):
    whole = Sealer.seal

    def older(self, event_id, fields):
        return {
            name: value for name, value in whole(self, event_id, fields).items() if name not in {COMMITMENTS, SALTS}
        }

    monkeypatch.setattr(Sealer, "seal", older)
    audit = ledger_runtime(tmp_path, auditor)
    audit.ledger.record(decision(1), SENSITIVE)
    audit.close()
    assert verify(tmp_path / "audit").ok
    found = opened(tmp_path, auditor)
    assert (found.content["plate"], found.salts, found.problem) == (PLATE, {}, None)


def test_the_sealed_values_open_as_they_did_before_there_were_commitments(record, tmp_path, auditor):
    (opening,) = of_type(tmp_path / "audit", "seal.opened")
    identity = pyrage.x25519.Identity.from_str(auditor.private)
    data_key = pyrage.decrypt(base64.b64decode(opening["wrapped_key"]), [identity])
    text = decrypt(data_key, record["plate_sealed"], write_binding(record["event_id"], "plate_sealed"))
    assert orjson.loads(text) == PLATE
