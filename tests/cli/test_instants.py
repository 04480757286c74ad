"""A time is read in one way by every command."""

from datetime import UTC, datetime, timedelta

import click
import pytest

from gateway import clock
from gateway.cli import main
from gateway.cli.instants import Instant

_TIMES = {"since", "until", "effective"}


def options(group, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from options(command, (*path, name))
        else:
            yield from ((" ".join((*path, name)), option) for option in command.params)


def test_every_option_that_takes_a_time_takes_a_plain_day_and_its_help_says_in_which_zone():
    timed = [(command, option) for command, option in options(main) if option.name in _TIMES]
    assert {command for command, _ in timed} >= {"policy activate", "policy impact", "oversight run", "audit search"}
    assert [command for command, option in timed if not isinstance(option.type, Instant)] == []
    told = [option.help for _, option in timed if option.name != "until"]
    assert all("a day (from its first moment in UTC)" in help_ for help_ in told)


@pytest.mark.parametrize("text", ["2026-11-01", "2026-11-01T00:00:00Z", "2026-11-01T01:00:00+01:00"])
def test_a_day_is_its_first_moment_in_utc(text):
    assert Instant().convert(text, None, None) == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(("text", "hours"), [("36h", 36), ("7d", 168)])
def test_so_long_ago_is_counted_from_now(text, hours):
    before = clock.now()
    found = Instant().convert(text, None, None) + timedelta(hours=hours)
    assert before <= found <= clock.now()


@pytest.mark.parametrize("text", ["01/11/2026", "2026-1-1", "2026-11-01T10:00:00", "tomorrow", "٣d", ""])
def test_what_may_be_several_times_or_none_is_told_with_what_to_write(text):
    with pytest.raises(
        click.BadParameter, match=r"write a time like 2026-11-22 \(its first moment in UTC\).*, 7d or 36h"
    ):
        Instant().convert(text, None, None)


def test_a_day_that_no_month_has_is_told_as_such():
    with pytest.raises(click.BadParameter, match="there is no 2026-02-30 in the calendar"):
        Instant().convert("2026-02-30", None, None)


def test_what_is_to_lie_ahead_is_never_so_long_ago():
    with pytest.raises(click.BadParameter, match=r"2027-01-01T14:00:00Z$"):
        Instant(ahead=True).convert("7d", None, None)


@pytest.mark.parametrize(
    ("given", "year"), [("0001-01-01", 2000), ("1970-01-01", 2000), ("9999-12-31T23:59:59Z", 2200), ("99999d", 2000)]
)
def test_a_time_before_or_after_any_record_means_the_whole_record(given, year):
    read = Instant().convert(given, None, None)
    assert (read.year, read - timedelta(days=365) < read < read + timedelta(days=365)) == (year, True)


def test_what_is_to_lie_ahead_lies_where_days_can_be_added_to_it():
    with pytest.raises(click.BadParameter, match="write a time before 2200"):
        Instant(ahead=True).convert("9999-12-31", None, None)
