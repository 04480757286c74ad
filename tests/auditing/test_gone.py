"""What of a period was deleted by its age is told, wherever it lay; what is whole is not."""

from datetime import timedelta

import pytest

from gateway.auditing.gone import find_gaps, find_gone, tell_extent, tell_gone, tell_outside
from gateway.auditing.source import open_source
from tests.auditing.ledgers import START, Ask, LedgerInMaking

HOUR = timedelta(hours=1)


@pytest.fixture
def made(tmp_path):
    """Twenty searches, an hour apart, in segments of few; the middle one is of a held case."""
    made = LedgerInMaking(tmp_path, max_bytes=8192)
    made.write([Ask(case="26-000555" if number == 10 else "25-001234") for number in range(20)], step_s=3600)
    return made


def test_a_whole_record_says_only_when_it_begins(made):
    with open_source(made.directory) as source:
        assert find_gone(source, None, None) is None
        assert tell_extent(source, START - HOUR, START + 30 * HOUR) == "The record begins 2026-11-02 08:00 UTC."
        assert tell_extent(source, START + 2 * HOUR, START + 30 * HOUR) == ""


def test_what_went_by_age_is_told_of_each_period_that_it_was_in_and_of_no_other(made):
    made.retire(START + 15 * HOUR, holds=("26-000555",))
    with open_source(made.directory) as source:
        gone = find_gone(source, None, None)
        [(held,)] = source.ask("SELECT max(ts) FROM records WHERE case_number = '26-000555'")
        assert START + 11 * HOUR < gone <= START + 16 * HOUR, "what went after the held ones counts too"
        assert find_gone(source, START, START + 2 * HOUR) < gone
        assert find_gone(source, gone, None) is None
        assert tell_gone(source, gone) == ""
        assert "were deleted by their age" in tell_extent(source, START, gone)
        assert held is not None


def test_records_that_a_hold_kept_from_before_are_not_said_to_be_gone(made):
    made.retire(START + 15 * HOUR, holds=("26-000555",))
    with open_source(made.directory) as source:
        assert tell_gone(source).startswith("Some records of before ")
        assert "others were kept, for a hold or beside newer ones, and are" in tell_gone(source)
        gone = find_gone(source, None, None)
        assert tell_gone(source, gone - HOUR / 60).startswith("Records of before "), "of that time none is left"
    made.retire(START + 15 * HOUR)
    with open_source(made.directory) as source:
        assert tell_gone(source).startswith("Records of before ")


def test_what_is_missing_is_told_as_between_two_times_and_not_as_all_before(made):
    files = sorted((made.directory / "w0").glob("*.jsonl"))
    files[2].unlink()
    with open_source(made.directory) as source:
        [gap] = find_gaps(source, None, None)
        assert START < gap.after < gap.before < START + 19 * HOUR
        assert not gap.lawful
        between = f"between {gap.after:%Y-%m-%d %H:%M} and {gap.before:%Y-%m-%d %H:%M}"
        assert tell_gone(source) == f"Records of {between} UTC are missing in this: `audit verify` says which."
        assert tell_gone(source, gap.before) == ""


def test_a_period_before_the_record_or_after_it_is_told_with_when_the_record_begins_or_ends(made):
    with open_source(made.directory) as source:
        assert tell_outside(source, None, START) == "The record begins 2026-11-02 08:00 UTC."
        assert tell_outside(source, START + 90 * HOUR, None) == "The record ends 2026-11-03 04:00 UTC."
        assert tell_outside(source, START, START + 90 * HOUR) == ""
