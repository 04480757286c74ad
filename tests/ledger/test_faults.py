import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.auditing.missing import find_missing
from gateway.canonical import canonical_bytes
from gateway.durable import RealDisk
from gateway.errors import ConfigurationError, Refusal
from gateway.ledger.records.event import admin_record
from gateway.ledger.segments import segments
from gateway.ledger.slots import hold_directory
from gateway.ledger.verification.report import FindingKind
from gateway.ledger.verification.verify import verify
from tests.ledger.ledgers import decision, ledger_runtime, of_type, outcome, plain_ledger, records

ROOT = Path(__file__).parents[2]


def test_killed_at_any_act_of_the_disk_the_ledger_keeps_what_was_told_once_verifies_and_goes_on(tmp_path, auditor):
    program = [sys.executable, "-m", "tests.ledger.crashing", str(tmp_path), auditor.public, "1"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(runs) > 60
    assert [run["killed"] for run in runs] == [True] * (len(runs) - 1) + [False]
    assert len(runs[-1]["told"]) == 8
    for run in runs:
        assert not any(text.startswith("error") for text in run["told"]), run
        assert_survived(tmp_path / str(run["act"]), auditor, run["told"])


def assert_survived(folder, auditor, told):
    assert find_missing(folder / "audit") == []
    audit = ledger_runtime(folder, auditor, clock=lambda: datetime.now(UTC) + timedelta(days=41))
    recorded = audit.ledger.record(admin_record("key.issued"))
    audit.close()
    report = verify(folder / "audit")
    assert report.ok, (folder, report.breaks)
    assert not any(finding.kind is FindingKind.UNANSWERED for finding in report.findings), (folder, report.findings)
    counted = Counter(record["event_id"] for record in records(folder / "audit"))
    gone = sum(finding.count for finding in report.findings if finding.kind is FindingKind.SEGMENTS_DELETED)
    assert set(counted.values()) == {1}
    assert recorded.event_id in counted
    missing = set(told) - set(counted)
    assert len(missing) <= gone, (folder, missing)


def test_cut_off_at_any_byte_of_its_last_record_a_ledger_keeps_the_rest_and_the_torn_bytes_aside(tmp_path):
    ledger = plain_ledger(tmp_path / "whole")
    ledger.record(decision(1))
    ledger.record(outcome(1))
    ledger.close()
    data = (tmp_path / "whole" / "w0" / "0000000000000001.jsonl").read_bytes()
    last = data[:-1].rfind(b"\n") + 1
    for cut in range(last, len(data)):
        folder = tmp_path / str(cut)
        path = folder / "w0" / "0000000000000001.jsonl"
        path.parent.mkdir(parents=True)
        path.write_bytes(data[:cut])
        plain_ledger(folder).close()
        torn = path.with_name(path.name + ".torn")
        assert (torn.read_bytes() if torn.exists() else b"") == data[last:cut]
        assert path.read_bytes().startswith(data[:last])
        assert [record["outcome"] for record in of_type(folder, "outcome")] == ["interrupted"]
        assert verify(folder).ok


def test_garbage_after_the_last_record_is_kept_aside(tmp_path):
    ledger = plain_ledger(tmp_path)
    ledger.record(decision(1))
    ledger.close()
    path = segments(tmp_path, "w0")[0].path
    with path.open("ab") as file:
        file.write(b"\0" * 300 + b"\nmore\n")
    plain_ledger(tmp_path).close()
    assert path.with_name(path.name + ".torn").read_bytes() == b"\0" * 300 + b"\nmore\n"
    report = verify(tmp_path)
    assert report.ok
    assert FindingKind.TORN_TAIL in {finding.kind for finding in report.findings}


@pytest.mark.parametrize("behind", [b'{"bytes_in":1,"chain":{"id', b"\0" * 9, b"again", b"\n"])
def test_what_stands_behind_the_last_record_of_a_chain_that_was_closed_is_kept_aside(tmp_path, behind):
    ledger = plain_ledger(tmp_path)
    ledger.record(decision(1))
    ledger.close()
    path = segments(tmp_path, "w0")[0].path
    added = path.read_bytes().splitlines(keepends=True)[-1] if behind == b"again" else behind
    with path.open("ab") as file:
        file.write(added)
    plain_ledger(tmp_path).close()
    assert path.with_name(path.name + ".torn").read_bytes() == added
    assert verify(tmp_path).ok


def test_what_a_checkpoint_has_signed_is_never_cut_and_the_ledger_does_not_start_over_it(tmp_path, auditor):
    audit = ledger_runtime(tmp_path, auditor)
    audit.ledger.record(decision(1))
    audit.close()
    path = segments(tmp_path / "audit", "w0")[0].path
    before = path.read_bytes()
    path.write_bytes(before[:-10])
    with pytest.raises(ConfigurationError, match="damaged"):
        ledger_runtime(tmp_path, auditor, slots=("w0",))
    assert path.read_bytes() == before[:-10]
    assert not verify(tmp_path / "audit").ok


@pytest.mark.parametrize("field", ["chain", "decision_id"])
def test_a_chain_that_was_closed_is_not_taken_up_where_its_last_record_was_altered_meanwhile(tmp_path, field):
    ledger = plain_ledger(tmp_path)
    ledger.record(decision(1))
    ledger.close()
    path = segments(tmp_path, "w0")[0].path
    *before, last = path.read_bytes().splitlines(keepends=True)
    record = json.loads(last)
    altered = record["chain"] | {"id": "w1"} if field == "chain" else "another"
    path.write_bytes(b"".join(before) + canonical_bytes(record | {field: altered}) + b"\n")
    with pytest.raises(ConfigurationError, match="chain w0 of the audit ledger is damaged"):
        plain_ledger(tmp_path)


def test_a_full_disk_refuses_and_the_ledger_is_taken_up_again_when_there_is_room(tmp_path):
    script = (
        "import resource, sys; from pathlib import Path; from tests.ledger.ledgers import *\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "ledger = plain_ledger(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))\n"
        "told = 0\n"
        "try:\n"
        "    while True:\n"
        "        ledger.record(decision(told)); ledger.record(outcome(told)); told += 1\n"
        "except Exception as error:\n"
        "    print(told, type(error).__name__)\n"
    )
    program = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    told, error = done.stdout.split()
    assert error == "Refusal"
    assert segments(tmp_path, "w0")[0].path.stat().st_size == 6000
    plain_ledger(tmp_path).close()
    answered = {record["decision_id"] for record in of_type(tmp_path, "outcome") if record["outcome"] == "answered"}
    assert answered >= {f"d{number}" for number in range(int(told))}
    report = verify(tmp_path)
    assert report.ok
    assert not any(finding.kind is FindingKind.UNANSWERED for finding in report.findings)


def test_a_directory_that_cannot_be_written_is_a_plain_sentence_at_the_start(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        plain_ledger(tmp_path / "file" / "audit")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        hold_directory(tmp_path / "file" / "audit", disk=RealDisk())


def test_a_directory_made_read_only_under_a_running_ledger_ends_it_at_the_next_segment(tmp_path):
    ledger = plain_ledger(tmp_path)
    ledger.record(decision(1))
    ledger._chain.close()

    def read_only(*_):
        raise OSError(30, "read-only file system")

    ledger._chain._disk.create = read_only
    with pytest.raises(Refusal):
        ledger.record(decision(2))
    assert ledger.trouble.endswith("read-only file system")
    ledger.close()
    assert verify(tmp_path).ok


def test_a_clock_set_back_is_found_and_breaks_nothing(tmp_path):
    times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in (0, 10, 20, -600, -590, 30)]
    clock = iter(times)
    ledger = plain_ledger(tmp_path, clock=lambda: next(clock))
    for _ in times[1:]:
        ledger.record(admin_record("key.issued"))
    ledger.close()
    report = verify(tmp_path)
    assert report.ok
    (found,) = [finding for finding in report.findings if finding.kind is FindingKind.CLOCK_BACKWARDS]
    assert (found.file, found.line, found.count) == ("w0/0000000000000001.jsonl", 4, 1)


def test_a_second_gateway_on_the_same_directory_does_not_start_until_the_first_is_gone(tmp_path):
    first = hold_directory(tmp_path, disk=RealDisk())
    script = (
        "import sys; from pathlib import Path; from gateway.durable import RealDisk\n"
        "from gateway.ledger.slots import hold_directory\n"
        "try: hold_directory(Path(sys.argv[1]), disk=RealDisk(), wait_s=0.2); print('started')\n"
        "except Exception as error: print(error)\n"
    )
    program = [sys.executable, "-c", script, str(tmp_path)]
    second = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "another gateway is using" in second.stdout
    first.close()
    third = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert third.stdout.strip() == "started"


def test_an_allow_that_a_crash_left_without_outcome_gets_one_and_an_explained_or_denied_one_does_not(tmp_path):
    ledger = plain_ledger(tmp_path)
    ledger.record(decision(1))
    ledger.record(decision(2, explain=True))
    ledger.record(decision(3, decision="deny"))
    ledger.record(decision(4))
    ledger.record(outcome(4))
    os.close(ledger._lock._descriptor)  # as the kernel does when a process dies
    again = plain_ledger(tmp_path)
    again.close()
    (made,) = [record for record in of_type(tmp_path, "outcome") if record["outcome"] == "interrupted"]
    assert {name: made[name] for name in ("decision_id", "user_id", "case_number", "purpose_code")} == {
        "decision_id": "d1",
        "user_id": "u17",
        "case_number": "25-001",
        "purpose_code": "criminal_investigation",
    }
    plain_ledger(tmp_path).close()
    assert len([record for record in of_type(tmp_path, "outcome") if record["outcome"] == "interrupted"]) == 1
    assert verify(tmp_path).ok
