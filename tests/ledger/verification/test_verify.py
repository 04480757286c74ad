import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.durable import RealDisk
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.compression import compress_closed
from gateway.ledger.records.event import admin_record
from gateway.ledger.records.form import chain_halves, halves
from gateway.ledger.segments import open_segment, segments
from gateway.ledger.verification.report import BreakReason, FindingKind
from gateway.ledger.verification.verify import verify
from tests.ledger.ledgers import SENSITIVE, decision, ledger_options, ledger_runtime, outcome, plain_ledger
from tests.properties import SHARING_FIXTURES, examples

R = BreakReason


@pytest.fixture(scope="module")
def ledger(tmp_path_factory, auditor):
    """Two chains, several segments of which some are compressed, checkpoints in between."""
    folder = tmp_path_factory.mktemp("ledger")
    limits = SegmentLimits(max_bytes=4_000, max_age_s=86_400)
    audit, other = (ledger_runtime(folder, auditor, segment=limits) for _ in range(2))
    for number in range(8):
        audit.ledger.record(decision(number), SENSITIVE)
        audit.ledger.record(outcome(number))
        other.ledger.record(admin_record("key.issued", n=number))
        audit.checkpointer.write()
    audit.close()
    compress_closed(folder / "audit", disk=RealDisk())
    ledger_runtime(folder, auditor).close()
    other.close()
    return folder / "audit"


@pytest.fixture
def copy(ledger, tmp_path):
    return Path(shutil.copytree(ledger, tmp_path / "copy"))


def first_break(directory, **more):
    report = verify(directory, **more)
    assert not report.ok
    found = report.breaks[0]
    return found.file, found.line, found.reason


def test_an_untouched_copy_verifies_with_public_keys_only(copy):
    report = verify(copy)
    assert report.ok
    assert report.breaks == ()
    assert set(report.chains) == {"w0", "w1"}
    assert report.records == sum(chain.records for chain in report.chains.values())
    assert report.checkpoints == 9
    assert {finding.kind for finding in report.findings} == {FindingKind.UNWITNESSED}


def plain_lines(directory, chain="w0"):
    segment = segments(directory, chain)[-1]
    return segment, segment.path.read_bytes().splitlines(keepends=True)


@given(data=st.data())
@settings(max_examples=examples(120), suppress_health_check=SHARING_FIXTURES)
def test_any_change_of_any_byte_of_any_record_or_checkpoint_is_found(ledger, tmp_path_factory, data):
    files = [path for path in sorted(ledger.rglob("*")) if path.suffix in {".jsonl", ".zst", ".notes"}]
    path = data.draw(st.sampled_from(files))
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[place]))
    changed = content[:place] + bytes([other]) + content[place + 1 :]
    copy = Path(shutil.copytree(ledger, tmp_path_factory.mktemp("changed") / "copy"))
    (copy / path.relative_to(ledger)).write_bytes(changed)
    report = verify(copy)
    assert not report.ok or same_content(copy, ledger, path.relative_to(ledger))
    shutil.rmtree(copy.parent)


def same_content(copy, ledger, name):
    """A compressed file has a few bytes that mean nothing (as zstd's unused header bits)."""
    if name.suffix != ".zst":
        return False
    before, after = (
        next(segment for segment in segments(place, name.parts[0]) if segment.path.name == name.name)
        for place in (ledger, copy)
    )
    with open_segment(before) as one, open_segment(after) as two:
        return one.read() == two.read()


@pytest.fixture
def simple(tmp_path):
    ledger = plain_ledger(tmp_path / "simple")
    for number in range(4):
        ledger.record(decision(number))
        ledger.record(outcome(number))
    ledger.close()
    return tmp_path / "simple"


NAME = "w0/0000000000000001.jsonl"


def rewrite(directory, change):
    path = directory / NAME
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"".join(line + b"\n" for line in change(lines)))


def swapped(lines):
    return [*lines[:3], lines[4], lines[3], *lines[5:]]


def forged(lines):
    """A record changed and hashed again, as if it had been so from the beginning; the next one still cites the old."""
    body = {key: value for key, value in orjson.loads(lines[3]).items() if key != "chain"}
    chain = orjson.loads(lines[3])["chain"]
    line, _ = chain_halves(halves({**body, "user_id": "u99"}), "w0", chain["seq"], chain["prev"])
    return [*lines[:3], line, *lines[4:]]


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (lambda lines: [*lines[:3], *lines[4:]], 4, R.WRONG_SEQUENCE),
        (lambda lines: [*lines[:4], lines[3], *lines[4:]], 5, R.WRONG_SEQUENCE),
        (swapped, 4, R.WRONG_SEQUENCE),
        (lambda lines: lines[1:], 1, R.WRONG_SEQUENCE),
        (forged, 5, R.WRONG_PREVIOUS),
        (lambda lines: [*lines[:3], lines[3].replace(b"u17", b"u18"), *lines[4:]], 4, R.WRONG_HASH),
        (lambda lines: [*lines[:3], lines[3].replace(b'":"', b'": "', 1), *lines[4:]], 4, R.NOT_CANONICAL),
        (lambda lines: [*lines[:3], b"", *lines[4:]], 4, R.NOT_A_RECORD),
        (lambda lines: [*lines[:3], b"[]", *lines[4:]], 4, R.NOT_A_RECORD),
        (lambda lines: [*lines[:3], b"{}", *lines[4:]], 4, R.NOT_A_RECORD),
        (lambda lines: [*lines[:3], lines[3].replace(b'"id":"w0"', b'"id":"w9"'), *lines[4:]], 4, R.WRONG_CHAIN),
    ],
)
def test_a_change_is_named_by_file_line_and_reason(simple, change, line, reason):
    rewrite(simple, change)
    assert first_break(simple) == (NAME, line, reason)


def test_a_removed_segment_is_named_by_the_one_that_follows(copy):
    files = segments(copy, "w0")
    files[1].path.unlink()
    file, _, reason = first_break(copy)
    assert (file, reason) == (files[2].name, R.SEGMENT_MISSING)


@pytest.mark.parametrize("kept", [0.0, 0.2, 0.9])
def test_a_compressed_segment_that_was_emptied_or_cut_short_is_named_itself(copy, kept):
    [first, *_] = segments(copy, "w0")
    content = first.path.read_bytes()
    first.path.write_bytes(content[: int(len(content) * kept)])
    file, _, reason = first_break(copy)
    assert (first.compressed, file, reason) == (True, first.name, R.UNREADABLE)


@pytest.fixture
def unpacked(copy):
    """A segment that has ended and is not compressed yet; the one after it."""
    _, ended, following, *_ = segments(copy, "w0")
    with open_segment(ended) as file:
        ended.path.with_suffix("").write_bytes(file.read())
    ended.path.unlink()
    return next(each for each in segments(copy, "w0") if each.first_seq == ended.first_seq), following


def test_an_ended_segment_that_was_emptied_is_named_itself(copy, unpacked):
    ended, following = unpacked
    ended.path.write_bytes(b"")
    broken = verify(copy).breaks[0]
    assert (broken.file, broken.reason) == (ended.name, R.SEGMENT_MISSING)
    told = f"the file is empty: records {ended.first_seq} to {following.first_seq - 1} are missing"
    assert broken.sentence == told


def test_the_first_segment_may_not_go_unrecorded(copy):
    files = segments(copy, "w0")
    files[0].path.unlink()
    assert first_break(copy) == (files[1].name, None, R.SEGMENT_MISSING)


def test_the_last_segment_may_not_go(copy):
    segments(copy, "w0")[-1].path.unlink()
    assert first_break(copy)[2] is R.HEAD_MISSING


def test_a_segment_in_anothers_place_is_found(copy):
    files = segments(copy, "w0")
    data = files[2].path.read_bytes()
    files[1].path.write_bytes(data)
    assert first_break(copy)[2] is R.WRONG_SEQUENCE


def test_a_segment_under_another_number_is_found(copy):
    files = segments(copy, "w0")
    files[1].path.rename(files[1].path.with_name("0000000000000004.jsonl.zst"))
    assert first_break(copy)[2] in {R.SEGMENT_MISPLACED, R.WRONG_SEQUENCE, R.SEGMENT_MISSING}


def test_a_chain_that_vanished_whole_is_missed_by_checkpoints_and_by_those_who_cited_it(copy):
    shutil.rmtree(copy / "w1")
    assert {(found.file, found.reason) for found in verify(copy).breaks} == {("w1", R.HEAD_MISSING)}
    shutil.rmtree(copy / "checkpoints")
    found = verify(copy).breaks[0]
    assert (found.file, found.reason) == ("w1", R.HEAD_MISSING)
    assert "w0/" in found.sentence
    missing = [found.sentence.split(", which")[0] for found in verify(copy).breaks]
    assert len(missing) == len(set(missing)), "each record is told once, whoever holds it"


def test_a_tail_cut_off_after_a_checkpoint_is_found_by_the_checkpoint(copy):
    segment, lines = plain_lines(copy)
    segment.path.write_bytes(b"".join(lines[:-1]))
    assert first_break(copy)[2] is R.HEAD_MISSING


def test_a_rewritten_ledger_is_found_by_what_the_checkpoints_signed(copy):
    segment, lines = plain_lines(copy, "w1")
    kept, prev, rewritten = orjson.loads(lines[0]), orjson.loads(lines[0])["chain"]["prev"], []
    for number, line in enumerate(lines):
        body = {key: value for key, value in orjson.loads(line).items() if key != "chain"}
        body |= {"n": 99} if "n" in body else {}
        text, link = chain_halves(halves(body), "w1", kept["chain"]["seq"] + number, prev)
        rewritten.append(text + b"\n")
        prev = link.hash
    segment.path.write_bytes(b"".join(rewritten))
    _, _, reason = first_break(copy)
    assert reason is R.HEAD_DIFFERS


def test_an_unfinished_line_at_the_live_end_is_a_finding(simple):
    with (simple / NAME).open("ab") as file:
        file.write(b'{"half')
    report = verify(simple)
    assert report.ok
    (found,) = [finding for finding in report.findings if finding.kind is FindingKind.UNFINISHED_LINE]
    assert (found.file, found.line) == (NAME, 10)


def test_records_after_the_last_checkpoint_are_a_finding(simple):
    (found,) = [item for item in verify(simple).findings if item.kind is FindingKind.NOT_CHECKPOINTED]
    assert found.count == 9


def test_an_allow_without_outcome_is_a_finding_even_when_the_outcome_would_lie_in_a_later_segment(tmp_path):
    ledger = plain_ledger(tmp_path, options=ledger_options(segment=SegmentLimits(max_bytes=400, max_age_s=86_400)))
    ledger.record(decision(1))
    ledger.record(decision(2))
    ledger.record(outcome(1))  # and no orderly close, which would tell of the other
    assert len(segments(tmp_path, "w0")) > 2
    (found,) = [item for item in verify(tmp_path).findings if item.kind is FindingKind.UNANSWERED]
    assert found.count == 1


def test_several_processes_find_the_same_as_one(copy, monkeypatch):
    progress = []
    alone = verify(copy, jobs=1)
    monkeypatch.setattr("gateway.ledger.verification.verify._WORTH_PROCESSES", 0)
    together = verify(copy, jobs=2, progress=lambda done, total: progress.append((done, total)))
    assert (together.chains, together.breaks, together.findings) == (alone.chains, alone.breaks, alone.findings)
    assert progress[-1][0] == progress[-1][1]
    segments(copy, "w0")[1].path.unlink()
    assert verify(copy, jobs=2).breaks == verify(copy, jobs=1).breaks


def test_a_ledger_in_use_verifies_too(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from tests.ledger.ledgers import *\n"
        "ledger = plain_ledger(Path(sys.argv[1]), slots=(sys.argv[2],))\n"
        "end = time.monotonic() + 1.5; n = 0\n"
        "while time.monotonic() < end:\n"
        "    ledger.record(decision(n)); ledger.record(outcome(n)); n += 1\n"
        "    if n % 50 == 0: ledger.close(); ledger = plain_ledger(Path(sys.argv[1]), slots=(sys.argv[2],))\n"
        "ledger.close()\n"
    )
    program = [sys.executable, "-c", script, str(tmp_path)]
    writers = [subprocess.Popen([*program, slot], cwd=Path(__file__).parents[3]) for slot in ("w0", "w1", "w2")]
    while any(writer.poll() is None for writer in writers):
        report = verify(tmp_path)
        assert report.ok, report.breaks
    assert {writer.returncode for writer in writers} == {0}
    report = verify(tmp_path)
    assert report.ok
    assert report.records > 100


@pytest.mark.parametrize(
    "part", ["w0/0000000000000001.jsonl.zst", "w0", "checkpoints/0000000000000001.notes", "keys", "keys/epochs"]
)
def test_a_part_of_the_ledger_that_is_a_link_is_a_finding_whatever_part_it_is(copy, tmp_path, part):
    assert (copy / part).exists()
    (copy / part).rename(tmp_path / "elsewhere")
    (copy / part).symlink_to(tmp_path / "elsewhere")
    report = verify(copy)
    assert report.ok
    [found] = [item for item in report.findings if item.kind is FindingKind.LINK]
    assert (found.file, "elsewhere" in found.sentence) == (part, True)


def test_a_ledger_that_is_reached_by_a_link_has_all_its_parts(copy, tmp_path):
    (tmp_path / "linked").symlink_to(copy.parent)
    assert FindingKind.LINK not in {item.kind for item in verify(tmp_path / "linked" / copy.name).findings}


@pytest.mark.parametrize("closed", ["keys", "checkpoints", "w0"])
def test_a_folder_that_may_not_be_listed_is_told_as_that_and_not_as_taken_away(copy, monkeypatch, closed):
    listing = os.scandir

    def scandir(folder):
        if Path(folder).name == closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return listing(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(PermissionError, match=f"{copy / closed}"):
        verify(copy)


def test_a_compressed_segment_that_lies_beside_the_plain_one_is_told_and_the_plain_one_is_read(tmp_path):
    ledger = plain_ledger(tmp_path)
    ledger.record(decision(1))
    ledger.close()
    [plain] = (tmp_path / "w0").glob("*.jsonl")
    plain.with_name(plain.name + ".zst").write_bytes(b"whatever")
    report = verify(tmp_path)
    assert report.ok
    told = [found.file for found in report.findings if found.kind is FindingKind.LEFT_OVER_FILE]
    assert told == [f"w0/{plain.name}.zst"]
