"""The draw: worked out by anybody from the seed alone, chosen by nobody, spread over offices, purposes and persons."""

import hashlib
import os
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from gateway import clock
from gateway.app.state import secrets_folder
from gateway.auditing.source import open_source
from gateway.cli import main
from gateway.oversight.sampling import Search, draw, promise, rate
from gateway.oversight.sampling.record import PROMISED, check_promise, find_overlap, read_samples
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask, LedgerInMaking, begin_segments, delete_by_age

START = datetime(2026, 6, 1, tzinfo=UTC)


def searches(count=400):
    return [
        Search(
            decision_id=f"d{number}",
            at=START + timedelta(hours=number),
            office=("BAL", "NYC", "LRK")[number % 3],
            purpose="rare" if number % 100 == 0 else "common",
            user_id=f"u{number % 17}",
        )
        for number in range(count)
    ]


def test_the_same_seed_and_searches_give_the_same_sample_in_whatever_order_they_come():
    forwards, backwards = searches(), list(reversed(searches()))
    rule = {"per_office_and_week": 3, "percent": 1}
    assert draw(forwards, b"s" * 32, **rule) == draw(backwards, b"s" * 32, **rule)
    assert draw(forwards, b"t" * 32, **rule) != draw(forwards, b"s" * 32, **rule)


def test_so_many_are_drawn_of_each_office_and_week():
    drawn = draw(searches(), b"s" * 32, per_office_and_week=3, percent=0)
    weeks = Counter(item.stratum for item in drawn)
    assert set(weeks.values()) == {3}
    assert len(weeks) == 9


def test_a_share_of_all_is_spread_over_purposes_and_persons():
    drawn = draw(searches(1700), b"s" * 32, per_office_and_week=0, percent=2)
    assert len(drawn) == 34
    assert len({item.user_id for item in drawn}) == 17


def test_the_promise_says_nothing_but_fixes_the_seed():
    assert promise(b"s" * 32) == hashlib.sha256(b"s" * 32).hexdigest()


@given(st.binary(min_size=32, max_size=32), st.integers(0, 60), st.integers(0, 5), st.floats(0, 100))
def test_no_search_is_drawn_twice_and_none_that_is_not_there(seed, count, each, percent):
    drawn = draw(searches(count), seed, per_office_and_week=each, percent=percent)
    ids = [item.decision_id for item in drawn]
    assert len(ids) == len(set(ids))
    assert set(ids) <= {item.decision_id for item in searches(count)}


@pytest.mark.parametrize(
    ("number", "of", "low", "high"), [(0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (45, 50, 0.786, 0.957)]
)
def test_the_interval_is_wilsons(number, of, low, high):
    found = rate(number, of)
    assert found.low == pytest.approx(low, abs=0.001)
    assert found.high == pytest.approx(high, abs=0.001)


def test_no_answers_say_nothing():
    assert rate(0, 0).text == "no answers"


@pytest.fixture
def promised(tmp_path):
    """Writes a promise for a period some minutes away, and signs a checkpoint; the record, and where it lies."""

    def write(*, begins_after, signed_after):
        made = LedgerInMaking(tmp_path)
        since, until = made.clock.now + begins_after, made.clock.now + timedelta(days=9)
        told = {"name": "june", "since": clock.format_instant(since), "until": clock.format_instant(until)}
        told |= {"promise": promise(b"s" * 32), "per_office_and_week": 3, "percent": 1}
        made.events((PROMISED, {"oversight": told}))
        made.clock.now += signed_after
        made.sign()
        with open_source(made.directory) as source:
            [record] = read_samples(source, PROMISED, "june")
        return record, made.directory

    return write


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("begins_after", "signed_after", "told"),
    [
        (MINUTE, MINUTE / 2, []),
        (-MINUTE, MINUTE / 2, ["the seed was promised when the period had begun"]),
        (MINUTE, 2 * MINUTE, ["the first checkpoint that holds the promise was signed when the period had begun"]),
    ],
)
def test_a_promise_counts_that_was_on_record_and_signed_for_before_its_period(
    promised, begins_after, signed_after, told
):
    assert check_promise(*promised(begins_after=begins_after, signed_after=signed_after)) == told


def test_of_one_period_there_is_one_seed_so_that_none_can_be_chosen_afterwards(promised):
    record, _ = promised(begins_after=MINUTE, signed_after=MINUTE / 2)
    since = clock.parse_instant(record.told["since"])
    assert find_overlap(since + timedelta(days=8), since + timedelta(days=20), [record]) == "june"
    assert find_overlap(since - MINUTE, since, [record]) is None


def test_a_sample_is_promised_drawn_checked_and_reviewed_by_somebody_else_once(tmp_path, monkeypatch):
    installed = Installation(tmp_path).set_up()
    begins = datetime.now(UTC) + timedelta(seconds=2)
    since = begins.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    installed.run("oversight", "sample", "commit", "june", "--since", since, "--days", "1")
    second = installed.invoke("oversight", "sample", "commit", "again", "--since", since, "--days", "1")
    assert (second.exit_code, "one could be chosen afterwards" in second.output) == (2, True)
    while datetime.now(UTC) < begins:
        time.sleep(0.02)
    later = (begins + timedelta(days=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    installed.run("oversight", "sample", "commit", "july", "--since", later, "--days", "1")
    installed.search(*[Ask(person="u01")] * 5)
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(days=3))
    drawn = installed.json("oversight", "sample", "draw", "june")["searches"]
    assert 3 <= len(drawn) <= 5, "three of the office, and each of the others with the share of all"
    assert installed.json("oversight", "sample", "check", "june")["ok"] is True
    told = installed.run("oversight", "sample", "draw", "june").output
    assert all(word in told for word in ("seed: ", "DECISION_ID", "--answer plate yes|no|unknown   Does the case file"))
    answers = [part for name in ("plate", "purpose", "window") for part in ("--answer", name, "yes")]
    review = ("oversight", "sample", "review", drawn[0]["decision_id"])
    for more, told in (
        ((*answers[:3], "--by", "u07"), "answer each question"),
        ((*answers, "--by", "u01"), "a search of theirs"),
        ((*answers, "--by", "u02"), "no active person with a role"),
    ):
        refused = installed.invoke(*review, *more)
        assert (refused.exit_code, told in refused.output) == (2, True)
    installed.run(*review, *answers, "--by", "u07")
    [told] = installed.recorded("sample.reviewed")
    assert told["oversight"]["persons"] == ["u01"]
    assert "reviewed already" in installed.invoke(*review, *answers, "--by", "u07").output
    installed.run("oversight", "report", "dc-sample", "--out", tmp_path / "report", "--why", "yearly")
    page = (tmp_path / "report/dc-sample.html").read_text()
    assert f"Searches in them: {len(drawn)}; not reviewed: {len(drawn) - 1}." in page
    assert "Promised, its period over, and not drawn: july." in page
    monkeypatch.setattr("gateway.cli.operator.operator", lambda: "u01")
    other = ("oversight", "sample", "review", drawn[1]["decision_id"])
    assert "a search of theirs" in installed.invoke(*other, *answers).output


def test_who_has_only_a_copy_of_the_record_checks_a_draw_and_is_told_what_was_deleted(tmp_path, monkeypatch):
    installed = Installation(tmp_path / "agency").set_up()
    begins = datetime.now(UTC) + timedelta(seconds=2)
    commit = ("oversight", "sample", "commit", "june", "--days", "1", "--since")
    installed.run(*commit, clock.format_instant(begins))
    while datetime.now(UTC) < begins:
        time.sleep(0.02)
    installed.search(*[Ask(person="u01")] * 5)
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(days=3))
    installed.run("oversight", "sample", "draw", "june")
    installed.run("audit", "export", "--copy", "--out", tmp_path / "copy", "--why", "inspection")
    check = ["oversight", "sample", "check", "june", "--ledger", str(tmp_path / "copy")]
    monkeypatch.chdir(tmp_path)
    assert "ok: True" in CliRunner().invoke(main, check).output
    _check_hostile_copies(tmp_path / "copy", check)
    begin_segments(tmp_path / "copy")
    delete_by_age(tmp_path / "copy", secrets_folder(installed.settings))
    gone = CliRunner().invoke(main, check)
    assert (gone.exit_code, "no seed was promised for june" in gone.output) == (2, True)
    assert "were deleted by their age" in gone.output
    begin_segments(installed.settings.audit.directory)
    delete_by_age(installed.settings.audit.directory, secrets_folder(installed.settings))
    again = installed.invoke(*commit, clock.format_instant(datetime.now(UTC) + timedelta(days=9)))
    assert (again.exit_code, "give this one another name" in again.output) == (2, True)


def _check_hostile_copies(copy, check):
    """What a copy holds that somebody made to mislead is told in words, whatever it is."""
    [segment] = (copy / "cli").glob("*.jsonl")
    whole = segment.read_bytes()
    for written, changed in (
        (b'"event_type":"sample.committed"', b'"event_type":"whatever"'),
        (b'"percent":1', b'"percent":"1"'),
        (b'"seed":"', b'"seed":"\\u001b[31m'),
    ):
        segment.write_bytes(whole.replace(written, changed))
        told = CliRunner().invoke(main, check)
        assert (told.exit_code, told.output.startswith("error: "), "\x1b" in told.output) == (2, True, False)
    segment.unlink()
    segment.symlink_to("/etc/passwd")
    told = CliRunner().invoke(main, check)
    assert (told.exit_code, "is no plain file, and no segment of a ledger" in told.output) == (2, True)
    segment.unlink()
    os.mkfifo(segment)
    told = CliRunner().invoke(main, check)
    assert (told.exit_code, "neither a file nor a folder" in told.output) == (2, True)
    segment.unlink()
    segment.write_bytes(whole)
