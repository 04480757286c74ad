"""Shipping as a whole, to a file: everything arrives, in order, whatever is lost or stopped on the way."""

import fcntl
import os
import shutil
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.clock import format_instant, now
from gateway.errors import ConfigurationError
from gateway.shipping.formats import FORMATS, Native, Record, extract
from tests.shipping.conftest import lines_of, until
from tests.shipping.samples import DECISION, KINDS, OUTCOME, Writer
from tests.shipping.usual import sink_options

ROOT = Path(__file__).resolve().parents[2]


def to_file(copy, **changes):
    return sink_options(**({"name": "copy", "kind": "jsonl", "target": str(copy)} | changes))


def test_everything_arrives_once_and_in_order_while_the_ledger_grows(ledger, ship, copy):
    ledger.write(450)
    shipper = ship(to_file(copy))
    until(lambda: len(lines_of(copy)) == 450)
    ledger.rotate()
    ledger.write(50)
    until(lambda: shipper.find_shipped() == {"w0": 500})
    assert lines_of(copy) == ledger.written


def test_a_stopped_shipper_goes_on_where_it_was(ledger, ship, copy):
    ledger.write(30)
    first = ship(to_file(copy))
    until(lambda: len(lines_of(copy)) == 30)
    first.stop()
    ledger.write(30)
    ship(to_file(copy))
    until(lambda: len(lines_of(copy)) == 60)
    assert lines_of(copy) == ledger.written


def test_a_sink_that_is_given_anothers_cursor_begins_where_that_one_has_got_to(tmp_path, ledger, ship, copy):
    ledger.write(30)
    first = ship(to_file(copy))
    until(lambda: first.find_shipped() == {"w0": 30})
    first.stop()
    shutil.copy(tmp_path / "shipping" / "copy.json", tmp_path / "shipping" / "new.json")
    ledger.write(5)
    later = copy.with_name("new.jsonl")
    second = ship(to_file(later, name="new"))
    until(lambda: second.find_shipped() == {"w0": 35})
    assert lines_of(later) == ledger.written[30:]


def test_a_start_after_records_had_waited_for_an_hour_raises_no_alarm_where_the_receiver_takes_them(
    ledger, ship, copy, watching
):
    ledger.write(3)
    first = ship(to_file(copy))
    until(lambda: first.find_shipped() == {"w0": 3})
    first.stop()
    ledger.write(300, OUTCOME | {"ts": format_instant(now() - timedelta(hours=1))})
    second = ship(to_file(copy, alert_after_s=60))
    until(lambda: second.find_shipped() == {"w0": 303})
    assert max(lag.seconds for lag in watching.lags) > 3500
    assert watching.troubles == []


def test_a_receiver_that_is_away_after_a_start_is_an_alarm_once_it_had_its_time(ledger, ship, copy, watching):
    ledger.write(3, OUTCOME | {"ts": format_instant(now() - timedelta(hours=1))})
    ship(to_file(copy / "in a folder that is not there", alert_after_s=0.5))
    until(lambda: watching.troubles)
    assert watching.troubles[0].seconds < 60


def test_a_ledger_that_was_rolled_back_is_told_as_that_and_not_as_records_that_wait(ledger, ship, copy, watching):
    ledger.write(6, OUTCOME | {"ts": format_instant(now() - timedelta(hours=1))})
    first = ship(to_file(copy))
    until(lambda: first.find_shipped() == {"w0": 6})
    first.stop()
    ledger.path.write_bytes(b"".join(line + b"\n" for line in ledger.written[:4]))
    ship(to_file(copy, alert_after_s=0.001))
    until(lambda: len(lines_of(copy)) == 10)
    assert ("rolled_back", "w0", 5, 6) in watching.found()
    assert watching.troubles == []


def test_a_cursor_that_is_taken_away_meanwhile_is_told_and_everything_is_shipped_again(
    tmp_path, ledger, ship, copy, watching
):
    ledger.write(6)
    shipper = ship(to_file(copy))
    until(lambda: shipper.find_shipped() == {"w0": 6})
    watching.findings.clear()
    (tmp_path / "shipping" / "copy.json").unlink()
    until(lambda: len(lines_of(copy)) == 12)
    assert lines_of(copy) == ledger.written * 2
    assert [item[0] for item in watching.found()] == ["cursor_missing"]


@pytest.mark.parametrize("form", FORMATS)
def test_completeness_and_content_verify_from_the_copy_in_each_format(ledger, ship, copy, form):
    for body in KINDS.values():
        ledger.write(1, body)
    ship(to_file(copy, format=form))
    until(lambda: len(lines_of(copy)) == len(KINDS))
    found = list(extract(lines_of(copy)))
    assert [item.native for item in found] == ledger.written
    assert [item.chain.seq for item in found] == list(range(1, len(KINDS) + 1))


def test_a_lost_cursor_is_told_and_everything_is_shipped_again(tmp_path, ledger, ship, copy, watching):
    ledger.write(10)
    first = ship(to_file(copy))
    until(lambda: first.find_shipped() == {"w0": 10})
    first.stop()
    (tmp_path / "shipping" / "copy.json").unlink()
    watching.findings.clear()
    ship(to_file(copy))
    until(lambda: len(lines_of(copy)) == 20)
    assert lines_of(copy) == ledger.written * 2
    assert [item[0] for item in watching.found()] == ["cursor_missing"]


def test_a_rolled_back_ledger_is_told_with_what_lies_beyond_its_end_and_its_new_records_are_not_lost(
    ledger, ship, copy, watching
):
    ledger.write(10)
    first = ship(to_file(copy))
    until(lambda: first.find_shipped() == {"w0": 10})
    first.stop()
    kept = ledger.written[:4]
    ledger.path.write_bytes(b"".join(line + b"\n" for line in kept))
    ledger.seq, ledger.prev = 4, Record.read(kept[-1]).chain.hash
    fresh = ledger.write(3, KINDS["denial"])
    ship(to_file(copy))
    until(lambda: len(lines_of(copy)) == 17)
    assert lines_of(copy)[-7:] == kept + fresh
    assert ("rolled_back", "w0", 8, 10) in watching.found()


def test_a_ledger_rolled_back_under_a_running_shipper_is_told_and_its_new_records_are_not_lost(
    ledger, ship, copy, watching
):
    ledger.write(10)
    shipper = ship(to_file(copy))
    until(lambda: shipper.find_shipped() == {"w0": 10})
    kept = ledger.written[:4]
    restored = ledger.path.with_name("restored")
    restored.write_bytes(b"".join(line + b"\n" for line in kept))
    restored.replace(ledger.path)
    ledger.seq, ledger.prev = 4, Record.read(kept[-1]).chain.hash
    fresh = ledger.write(3, KINDS["denial"])
    until(lambda: set(lines_of(copy)) >= set(fresh))
    assert ("rolled_back", "w0", 8, 10) in watching.found()


@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_record_cut_out_under_a_running_shipper_is_told_and_nothing_is_shipped_again(
    ledger, ship, copy, watching, is_replaced
):
    written = ledger.write(10)
    shipper = ship(to_file(copy))
    until(lambda: shipper.find_shipped() == {"w0": 10})
    watching.findings.clear()
    if is_replaced:
        other = ledger.path.with_name("other")
        other.write_bytes(b"".join(line + b"\n" for line in written[:3] + written[4:]))
        other.replace(ledger.path)
    else:
        with ledger.path.open("r+b") as file:
            file.write(b"".join(line + b"\n" for line in written[:3] + written[4:]))
            file.truncate()
    until(watching.found)
    ledger.write(2)
    until(lambda: len(lines_of(copy)) == 12)
    assert lines_of(copy) == ledger.written
    assert watching.found() == [("gap", "w0", 4, 4)]


def test_a_record_cut_out_while_the_shipper_is_stopped_is_told_once_and_nothing_is_shipped_again(
    ledger, ship, copy, watching
):
    written = ledger.write(10)
    first = ship(to_file(copy))
    until(lambda: first.find_shipped() == {"w0": 10})
    first.stop()
    ledger.path.write_bytes(b"".join(line + b"\n" for line in written[:3] + written[4:]))
    watching.findings.clear()
    for _ in range(3):
        ledger.write(2)
        later = ship(to_file(copy))
        until(lambda: lines_of(copy) == ledger.written)
        until(lambda later=later: later.find_shipped() == {"w0": len(ledger.written) - 1})
        later.stop()
    assert watching.found() == [("gap", "w0", 4, 4)]


def test_a_cursor_that_cannot_be_kept_is_trouble_and_shipping_goes_on_after_it(tmp_path, ledger, ship, copy, watching):
    (tmp_path / "shipping" / "copy.json").mkdir(parents=True)
    ledger.write(5)
    shipper = ship(to_file(copy, alert_after_s=0.05))
    until(lambda: watching.troubles)
    assert "cannot be read or written" in watching.troubles[0].why
    (tmp_path / "shipping" / "copy.json").rmdir()
    until(lambda: shipper.find_shipped() == {"w0": 5})
    assert list(dict.fromkeys(lines_of(copy))) == ledger.written


def test_retention_is_told_nothing_before_every_sink_has_a_record(tmp_path, ledger, ship, copy):
    ledger.write(5)
    away = tmp_path / "not-there" / "other.jsonl"
    shipper = ship(to_file(copy), to_file(away, name="other"))
    until(lambda: len(lines_of(copy)) == 5)
    assert shipper.find_shipped() == {}
    away.parent.mkdir()
    until(lambda: shipper.find_shipped() == {"w0": 5})


def test_a_sink_that_fails_is_alerted_loses_nothing_and_does_not_hold_up_another(
    tmp_path, ledger, ship, copy, watching
):
    away = tmp_path / "not-there" / "other.jsonl"
    ship(to_file(copy), to_file(away, name="other", alert_after_s=0.2))
    ledger.write(40, OUTCOME)
    until(lambda: len(lines_of(copy)) == 40)
    until(lambda: watching.troubles)
    assert watching.troubles[0].why == "the file cannot be written: No such file or directory"
    until(lambda: watching.lags and max(lag.records for lag in watching.lags) == 40)
    away.parent.mkdir()
    until(lambda: watching.troubles[-1] is None)
    until(lambda: watching.lags[-1].records == 0)
    assert lines_of(away) == ledger.written


def test_a_rotated_file_is_left_alone_and_a_new_one_begun(ledger, ship, copy):
    ledger.write(5)
    ship(to_file(copy))
    until(lambda: len(lines_of(copy)) == 5)
    copy.rename(copy.with_suffix(".1"))
    ledger.write(5)
    until(lambda: len(lines_of(copy)) == 5)
    assert lines_of(copy.with_suffix(".1")) + lines_of(copy) == ledger.written


def test_a_torn_line_that_does_not_come_again_is_ended_and_what_follows_stands_by_itself(ledger, ship, copy):
    copy.write_bytes(b'{"cut off')
    ledger.write(2)
    ship(to_file(copy))
    until(lambda: len(lines_of(copy)) == 3)
    assert lines_of(copy) == [b'{"cut off', *ledger.written]


@pytest.mark.parametrize("whole", [0, 2])
def test_a_line_that_a_crash_cut_off_is_taken_away_where_it_comes_again(ledger, ship, copy, whole):
    ledger.write(4)
    copy.write_bytes(b"".join(line + b"\n" for line in ledger.written[:whole]) + ledger.written[whole][:200])
    ship(to_file(copy))
    until(lambda: ledger.written[-1] in lines_of(copy))
    assert lines_of(copy) == [*ledger.written[:whole], *ledger.written]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("torn", ["w0", "w1", "edge"])
def test_a_line_that_a_crash_cut_off_is_taken_away_whichever_chain_it_is_of_and_however_much_is_shipped_before_it(
    tmp_path, ship, copy, torn, form
):
    writers = {chain: Writer(tmp_path / "audit", chain) for chain in ("edge", "w0", "w1")}
    for writer in writers.values():
        writer.write(2)
    first = ship(to_file(copy, format=form))
    until(lambda: first.find_shipped() == dict.fromkeys(writers, 2))
    first.stop()
    cursor = tmp_path / "shipping" / "copy.json"
    kept = cursor.read_bytes()
    writers[torn].write(1, DECISION)
    second = ship(to_file(copy, format=form))
    until(lambda: len(lines_of(copy)) == 7)
    second.stop()
    whole = lines_of(copy)
    cursor.write_bytes(kept)
    os.truncate(copy, copy.stat().st_size - 50)
    for chain, writer in writers.items():
        writer.write(3 if chain == torn else 250)
    third = ship(to_file(copy, format=form))
    until(lambda: third.find_shipped() == {chain: writer.seq for chain, writer in writers.items()})
    lines = lines_of(copy)
    assert lines[:6] == whole[:6]
    assert [item.native for item in extract(lines) if item.chain is None or item.native is None] == []
    assert len(lines) == 6 + 1 + 3 + 500
    assert lines.count(whole[6]) == 1


def test_a_long_line_that_a_crash_cut_off_is_taken_away_though_only_short_ones_are_shipped_first(tmp_path, ship, copy):
    short, long = Writer(tmp_path / "audit", "w0"), Writer(tmp_path / "audit", "edge")
    short.write(300)
    long.write(1, DECISION | {"note": "x" * 300_000})
    copy.write_bytes(long.written[0][:-50])
    ship(to_file(copy))
    until(lambda: len(lines_of(copy)) == 301)
    assert sorted(lines_of(copy)) == sorted(short.written + long.written)


def test_a_torn_line_of_a_record_that_is_behind_the_cursor_is_ended_and_stays(ledger, ship, copy):
    ledger.write(4)
    first = ship(to_file(copy))
    until(lambda: first.find_shipped() == {"w0": 4})
    first.stop()
    os.truncate(copy, copy.stat().st_size - 50)
    more = ledger.write(2)
    ship(to_file(copy))
    until(lambda: len(lines_of(copy)) == 6)
    assert lines_of(copy) == [*ledger.written[:3], ledger.written[3][:-49], *more]


SEND_WITHIN = """
import resource, sys
from pathlib import Path
from gateway.shipping.formats import FORMATS, Record
from gateway.shipping.sinks.jsonl import JsonLinesSink
copy, room = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
left = [Record.read(line) for line in sys.stdin.buffer]
sink = JsonLinesSink(copy, FORMATS["native"])
attempt = sink.send(left)
print(len(attempt.left), attempt.why, copy.stat().st_size)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
print(len(sink.send(attempt.left).left))
"""


def test_a_pipe_that_takes_the_place_of_the_file_is_told_and_waited_at_by_nobody(ledger, ship, copy, watching):
    os.mkfifo(copy)
    with pytest.raises(ConfigurationError, match="a pipe or a device"):
        ship(to_file(copy))
    copy.unlink()
    ship(to_file(copy, alert_after_s=0.2))
    os.mkfifo(copy)
    ledger.write(3)
    until(lambda: watching.troubles)
    assert watching.troubles[0].why == "the file cannot be written: it is a pipe or a device, and no plain file"
    copy.unlink()
    until(lambda: lines_of(copy) == ledger.written)


@pytest.mark.parametrize("fitting", [0, 3])
def test_a_disk_that_fills_within_a_line_leaves_whole_lines_and_no_record_twice(ledger, copy, fitting):
    """The operating system lets the file grow to a bound, in the midst of a line, and no further."""
    ledger.write(5)
    lines = [line + b"\n" for line in ledger.written]
    whole = sum(map(len, lines[:fitting]))
    command = [sys.executable, "-c", SEND_WITHIN, str(copy), str(whole + 100)]
    told = subprocess.run(command, input=b"".join(lines), capture_output=True, check=True, cwd=ROOT).stdout
    assert told.decode().splitlines() == [f"{5 - fitting} the file cannot be written: File too large {whole}", "0"]
    assert lines_of(copy) == ledger.written


def test_only_one_of_two_shippers_ships_and_the_other_takes_over(ledger, ship, copy):
    first = ship(to_file(copy))
    ledger.write(5)
    until(lambda: first.find_shipped() == {"w0": 5})
    second = ship(to_file(copy))
    ledger.write(5)
    until(lambda: first.find_shipped() == {"w0": 10})
    assert second._couriers[0]._backlog is None
    first.stop()
    ledger.write(5)
    until(lambda: second.find_shipped() == {"w0": 15})
    assert lines_of(copy) == ledger.written


SHIP_UNTIL_KILLED = """
import sys, threading
from pathlib import Path
from gateway.shipping.shipper import Shipper
from tests.shipping.conftest import BRISK, Watching
from tests.shipping.usual import sink_options
root = Path(sys.argv[1])
sink = sink_options(name="copy", kind="jsonl", target=str(root / "siem.jsonl"))
Shipper(directory=root / "audit", folder=root / "shipping", sinks=[sink], watch=Watching(), timing=BRISK).start()
print("started", flush=True)
threading.Event().wait()
"""


def test_a_killed_process_lets_go_of_the_lock_and_no_record_is_lost(tmp_path, ledger, copy):
    for _ in range(3):
        ledger.write(600)
        before = len(set(lines_of(copy)))
        command = [sys.executable, "-c", textwrap.dedent(SHIP_UNTIL_KILLED), str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"started\n"
            until(lambda before=before: len(lines_of(copy)) > before)
            process.kill()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        until(lambda: set(lines_of(copy)) >= set(ledger.written))
        process.kill()
    assert list(dict.fromkeys(line for line in lines_of(copy) if line in set(ledger.written))) == ledger.written
    descriptor = os.open(tmp_path / "shipping" / "lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


def test_an_unforeseen_error_does_not_end_shipping(ledger, ship, copy, monkeypatch):
    calls = []
    real = FORMATS["native"].encode

    def failing_at_first(form, record, *, embed=True):
        calls.append(form)
        if len(calls) == 1:
            raise RuntimeError("unforeseen")
        return real(record, embed=embed)

    monkeypatch.setattr(Native, "encode", failing_at_first)
    ledger.write(3)
    ship(to_file(copy))
    until(lambda: len(lines_of(copy)) == 3)
    assert lines_of(copy) == ledger.written


def test_several_chains_arrive_complete(tmp_path, ship, copy):
    writers = [Writer(tmp_path / "audit", chain) for chain in ("w0", "w1", "cli", "edge")]
    shipper = ship(to_file(copy))
    for round_ in range(5):
        for writer in writers:
            writer.write(10 + round_)
    until(lambda: shipper.find_shipped() == {writer.chain: 60 for writer in writers})
    found = [Record.read(line) for line in lines_of(copy)]
    for writer in writers:
        assert [record.raw for record in found if record.chain.chain_id == writer.chain] == writer.written
