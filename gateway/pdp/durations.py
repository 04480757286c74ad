"""How long since, how long until: the only numbers a policy compares times by."""

from datetime import date, timedelta

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def count_days(since: date | None, today: date) -> int | None:
    """Whole days from a date to today; negative for a date to come."""
    return None if since is None else (today - since).days


def count_tenths(duration: timedelta, unit: timedelta) -> int | float:
    """The duration in units, to one decimal, away from zero: a second too long never looks like the limit itself.

    Whole units are an `int`, which is how canonical JSON writes them in any case.
    """
    count = -(-abs(duration) * 10 // unit)
    tenths = count if duration >= timedelta() else -count
    return tenths // 10 if tenths % 10 == 0 else tenths / 10
