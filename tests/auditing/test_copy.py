import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.auditing.copy import export_copy
from gateway.durable import RealDisk
from gateway.errors import ConfigurationError
from gateway.ledger.compression import compress_closed
from gateway.ledger.verification.verify import verify
from tests.auditing.ledgers import Ask


def test_a_copy_verifies_with_its_checkpoints_and_holds_no_secret(ledger, access, tmp_path):
    ledger.max_bytes = 4096
    ledger.write([Ask()] * 12)
    ledger.sign()
    compress_closed(ledger.directory, disk=RealDisk())
    ledger.write([Ask()] * 3)
    export_copy(ledger.directory, tmp_path / "out", access)
    report = verify(tmp_path / "out")
    assert report.ok
    assert (report.records, report.checkpoints) == (verify(ledger.directory).records, 1)
    secret = (ledger.secrets / "epochs" / "e000001.key").read_bytes()
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and secret in path.read_bytes()]


def test_a_torn_tail_is_left_out(ledger, access, tmp_path):
    ledger.write([Ask()] * 2)
    segment = ledger.directory / "w0" / f"{1:016d}.jsonl"
    whole = segment.read_bytes()
    segment.write_bytes(whole + b'{"event_type":"dec')
    export_copy(ledger.directory, tmp_path / "out", access)
    assert (tmp_path / "out" / "w0" / segment.name).read_bytes() == whole


def test_a_copy_made_while_the_gateway_writes_rotates_reopens_and_signs_verifies(ledger, access, tmp_path):
    ledger.max_bytes = 2048
    ledger.write([Ask()], slot="w1")

    def write():
        for number in range(20):
            ledger.write([Ask()] * 3, slot=f"w{number % 2}")
            ledger.sign()
            compress_closed(ledger.directory, disk=RealDisk())

    with ThreadPoolExecutor(1) as pool:
        writing, copies = pool.submit(write), []
        while not writing.done():
            copies.append(tmp_path / f"out{len(copies)}")
            export_copy(ledger.directory, copies[-1], access)
        writing.result()
    assert len(copies) > 1
    for copy in copies:
        assert verify(copy).breaks == ()


def test_a_folder_with_something_in_it_is_refused(ledger, access, tmp_path):
    ledger.write([Ask()])
    (tmp_path / "x").touch()
    with pytest.raises(ConfigurationError, match="is not empty"):
        export_copy(ledger.directory, tmp_path, access)


def test_a_pipe_in_the_place_of_a_segment_is_refused_in_words_and_not_waited_at(ledger, access, tmp_path):
    ledger.write([Ask()])
    os.mkfifo(ledger.directory / "w0" / "0000000000000999.jsonl")
    with pytest.raises(ConfigurationError, match="is no plain file"):
        export_copy(ledger.directory, tmp_path / "out", access)
    assert not (tmp_path / "out").exists()


def test_a_folder_in_the_place_of_a_wrapped_key_keeps_no_copy_from_being_made(ledger, access, tmp_path):
    ledger.write([Ask()])
    ledger.sign()
    path = ledger.directory / "keys" / "epochs" / "e000001.age"
    path.unlink()
    path.mkdir()
    export_copy(ledger.directory, tmp_path / "out", access)
    assert [item.name for item in (tmp_path / "out" / "keys" / "epochs").iterdir()] == ["t000001.age"]
