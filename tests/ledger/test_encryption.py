import base64

import orjson
import pyrage
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.auditing.unseal import Unsealer
from gateway.errors import ConfigurationError
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.encryption import Sealer, decrypt, keygen, recipient_problems, write_binding
from gateway.ledger.segments import read_records
from tests.ledger.ledgers import PLATE, SENSITIVE, decision, ledger_runtime, of_type


def opened(folder, private_key):
    directory = folder / "audit"
    opener = Unsealer(directory, private_key)
    return [item for item in map(opener.open, read_records(directory)) if "decision" in item.record]


def written(folder, auditors, count=3, **more):
    audit = ledger_runtime(folder, auditors[0], recipients=tuple(pair.public for pair in auditors), **more)
    for number in range(count):
        audit.ledger.record(decision(number), SENSITIVE)
    audit.close()


def test_each_auditor_can_open_every_record_and_nobody_else_any(tmp_path):
    auditors, stranger = [keygen(), keygen()], keygen()
    written(tmp_path, auditors, segment=SegmentLimits(max_bytes=4_000, max_age_s=86_400))
    for pair in auditors:
        found = opened(tmp_path, pair.private)
        assert [item.problem for item in found] == [None] * 3
        assert {item.content["plate"] for item in found} == {PLATE}
        assert {item.content["reason_text"] for item in found} == {"seen at the depot"}
        assert found[0].content["query"] == {"plate": PLATE, "limit": 10}
    for item in opened(tmp_path, stranger.private):
        assert item.content == {}
        assert "this key does not open it" in item.problem


def test_the_host_keeps_nothing_that_opens_a_record(tmp_path, auditor):
    written(tmp_path, [auditor])
    (record,) = of_type(tmp_path / "audit", "decision")[:1]
    blobs = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    candidates = {blob[at : at + 32] for blob in blobs for at in range(len(blob) - 32)}
    candidates |= {bytes.fromhex(orjson.loads(blob)["key"]) for blob in blobs if blob.startswith(b'{"epoch"')}
    sealed = base64.b64decode(record["plate_sealed"])
    binding = write_binding(record["event_id"], "plate_sealed")
    for key in candidates:
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(sealed[:12], sealed[12:], binding)


def test_the_data_key_is_an_ordinary_age_file(tmp_path, auditor):
    written(tmp_path, [auditor], count=1)
    (opening,) = of_type(tmp_path / "audit", "seal.opened")
    (record,) = of_type(tmp_path / "audit", "decision")
    blob = base64.b64decode(opening["wrapped_key"])
    assert blob.startswith(b"age-encryption.org/v1\n-> X25519 ")
    data_key = pyrage.decrypt(blob, [pyrage.x25519.Identity.from_str(auditor.private)])
    text = decrypt(data_key, record["plate_sealed"], write_binding(record["event_id"], "plate_sealed"))
    assert orjson.loads(text) == PLATE
    assert len(text) == 32


def test_a_sealed_field_opens_in_no_other_record_and_under_no_other_name(auditor):
    sealer = Sealer([auditor.public])
    opening = sealer.begin()
    data_key = pyrage.decrypt(
        base64.b64decode(opening["wrapped_key"]), [pyrage.x25519.Identity.from_str(auditor.private)]
    )
    text = sealer.seal("event-1", {"plate_sealed": PLATE})["plate_sealed"]
    assert orjson.loads(decrypt(data_key, text, write_binding("event-1", "plate_sealed"))) == PLATE
    for event, name in (("event-2", "plate_sealed"), ("event-1", "reason_sealed")):
        with pytest.raises(InvalidTag):
            decrypt(data_key, text, write_binding(event, name))


def test_a_sealed_field_moved_to_another_record_is_told_not_shown(tmp_path, auditor):
    written(tmp_path, [auditor], count=2)
    lines = [line for line in read_records(tmp_path / "audit") if b'"event_type":"decision"' in line.raw]
    first, second = (orjson.loads(line.raw) for line in lines)
    moved = lines[0].raw.replace(first["plate_sealed"].encode(), second["plate_sealed"].encode())
    line = type(lines[0])(lines[0].chain_id, lines[0].seq, lines[0].file, lines[0].line_no, moved)
    item = Unsealer(tmp_path / "audit", auditor.private).open(line)
    assert item.content == {}
    assert "changed" in item.problem


def test_the_same_plate_is_never_sealed_to_the_same_bytes_and_length_tells_little(auditor):
    sealer = Sealer([auditor.public])
    sealer.begin()
    sealed = [sealer.seal("e", {"plate_sealed": plate})["plate_sealed"] for plate in ("A1", "A1", "ABC1234567")]
    assert len(set(sealed)) == 3
    assert len({len(text) for text in sealed}) == 1


def test_what_is_no_public_key_is_told_by_its_number_and_not_repeated():
    problems = recipient_problems([keygen().public, keygen().private, "x"])
    assert [problem.partition(" in the list")[0] for problem in problems] == [
        "[audit] recipients, number 2",
        "[audit] recipients, number 3",
    ]
    assert "is an auditor's private key" in problems[0]
    assert "is not an age public key" in problems[1]
    assert "SECRET-KEY" not in problems[0]


def test_what_is_no_private_key_is_refused(tmp_path):
    with pytest.raises(ConfigurationError):
        Unsealer(tmp_path, "AGE-SECRET-KEY-1NONSENSE")


def test_a_private_key_shows_in_no_repr():
    pair = keygen()
    assert pair.private not in repr(pair)
    assert pair.public in repr(pair)
