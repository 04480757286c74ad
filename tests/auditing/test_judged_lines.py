import pytest

from gateway.auditing.judged_lines import judge_lines
from gateway.ledger.segments import LONGEST_LINE, segments
from gateway.ledger.verification.segment import check_segment
from tests.auditing.ledgers import Ask


@pytest.fixture
def segment(ledger):
    ledger.write([Ask()] * 3)
    [segment] = segments(ledger.directory, "w0")
    return segment


def rewrite(segment, change):
    lines = segment.path.read_bytes().splitlines(keepends=True)
    segment.path.write_bytes(b"".join(change(lines)))
    return judge_lines(segment)


def test_of_a_whole_segment_every_line_counts(segment):
    judged = judge_lines(segment)
    assert (len(judged.sound), judged.left_out, judged.tell()) == (check_segment(segment).records, (), None)


def test_a_line_that_was_altered_and_a_second_copy_of_one_are_left_out_and_told_by_their_numbers(segment):
    records = check_segment(segment).records
    judged = rewrite(
        segment, lambda lines: [*lines[:3], lines[3].replace(b'"ts":"2', b'"ts":"3', 1), lines[2], *lines[4:]]
    )
    assert (len(judged.sound), judged.left_out) == (records - 1, (4, 5))
    assert judged.tell().startswith(
        f"{segment.name}: 2 lines hold no record as it was written (line 4, 5), and are left"
    )


def test_of_many_lines_ten_are_named_and_the_others_counted(segment):
    judged = rewrite(segment, lambda lines: [*lines, *[b"no record\n"] * 12])
    assert " and 2 more)" in judged.tell()


def test_a_segment_with_a_line_longer_than_any_record_is_not_read_to_its_end_and_says_so(segment):
    with pytest.raises(OSError, match="longer than any record"):
        rewrite(segment, lambda lines: [*lines[:2], b"x" * LONGEST_LINE + b"\n", *lines[2:]])
