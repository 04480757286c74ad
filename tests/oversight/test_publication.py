"""The public report: nobody can be computed back from it, every figure can be confirmed, a change is found."""

import itertools
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.oversight.publication.suppression import show_total, suppress
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask
from tests.properties import examples

LEAST = 3
TABLES = st.lists(st.integers(0, 9), min_size=1, max_size=4)


def table(numbers):
    return [(f"c{index}", number) for index, number in enumerate(numbers)]


def worlds(shown, total):
    """Every table that would have been published as this one, its total known: what a clever reader can think possible."""
    hidden = [index for index, (_, number) in enumerate(shown) if number is None]
    known = sum(number for _, number in shown if number is not None)
    for guess in itertools.product(range(total - known + 1), repeat=len(hidden)):
        if sum(guess) != total - known:
            continue
        numbers = [number for _, number in shown]
        for index, value in zip(hidden, guess, strict=True):
            numbers[index] = value
        if suppress(table(numbers), LEAST) == shown:
            yield numbers


@settings(max_examples=examples(300))
@given(TABLES)
def test_no_hidden_number_can_be_computed_back_even_by_who_knows_the_rule(numbers):
    shown = suppress(table(numbers), LEAST)
    if shown is None:
        return
    possible = list(worlds(shown, sum(numbers)))
    for index, (_, number) in enumerate(shown):
        if number is None:
            assert len({world[index] for world in possible}) > 1


@given(TABLES)
def test_no_small_number_is_ever_shown_and_what_is_shown_is_true(numbers):
    shown = suppress(table(numbers), LEAST)
    for (_, number), true in zip(shown or [], numbers, strict=False):
        assert number is None or (number == true and (number == 0 or number >= LEAST))


@given(st.lists(st.integers(LEAST, 99), max_size=6))
def test_where_nothing_is_small_all_is_shown(numbers):
    assert suppress(table(numbers), LEAST) == table(numbers)


def test_a_total_that_is_small_is_not_shown_and_none_is():
    assert [show_total(number, 5) for number in (0, 4, 5)] == [0, None, 5]


@pytest.fixture
def published(tmp_path):
    installed = Installation(tmp_path).set_up()
    installed.search(
        *[Ask()] * 12, *[Ask(person="u02", purpose="fugitive_or_warrant")] * 2, *[Ask(denied=("case_closed",))] * 7
    )
    installed.run("oversight", "run")
    publish(installed, tmp_path / "public")
    return installed, tmp_path / "public"


def publish(installed, out, *, days=2):
    end = time.time() // 1 + 1
    while time.time() < end:  # a period ends with a whole second, and what was just recorded is to be in it
        time.sleep(0.02)
    until = datetime.now(UTC)
    since = (until - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return installed.invoke(
        "oversight", "publish", "--since", since, "--until", until.strftime("%Y-%m-%dT%H:%M:%SZ"), "--out", out
    )


def verify(installed, out, *more):
    ledger = installed.settings.audit.directory
    arguments = [
        "oversight",
        "verify-report",
        str(out / "public-report.json"),
        "--ledger",
        str(ledger),
        *map(str, more),
        "--json",
    ]
    from click.testing import CliRunner

    from gateway.cli import main

    result = CliRunner().invoke(main, arguments)
    return result.exit_code, json.loads(result.stdout)


def test_an_inspector_with_the_ledger_confirms_every_figure(published):
    installed, out = published
    code, told = verify(installed, out)
    assert (code, told["problems"]) == (0, [])
    assert told["checked"] == ["form", "signature", "ledger"]


def test_small_numbers_and_their_neighbours_are_not_in_it(published):
    _, out = published
    report = json.loads((out / "public-report.json").read_text())
    assert report["totals"]["searches"]["number"] == 21
    rows = report["tables"]["by_purpose"]["rows"]
    assert rows is None or all(number is None for _, number in rows)


def test_a_figure_that_was_changed_is_found_by_the_signature_and_by_the_ledger(published):
    installed, out = published
    path = out / "public-report.json"
    report = json.loads(path.read_text())
    report["totals"]["searches"]["number"] = 20
    path.write_text(json.dumps(report))
    code, told = verify(installed, out)
    assert code == 1
    assert any("changed after it was signed" in problem for problem in told["problems"])
    assert "totals: searches is not what the ledger says" in told["problems"]


def test_what_is_recorded_later_changes_nothing_that_was_published(published):
    installed, out = published
    installed.search(*[Ask()] * 5)
    assert verify(installed, out)[0] == 0


def test_two_reports_of_one_period_that_differ_contradict_each_other(published, tmp_path):
    installed, out = published
    other = json.loads((out / "public-report.json").read_text())
    other["totals"]["allowed"]["number"] = 77
    (tmp_path / "other.json").write_text(json.dumps(other))
    code, told = verify(installed, out, "--against", tmp_path / "other.json")
    assert code == 1
    assert told["problems"] == ["totals: allowed differs between two reports of one period"]


def test_a_period_that_overlaps_a_published_one_is_refused(published, tmp_path):
    installed, _ = published
    told = publish(installed, tmp_path / "again", days=1)
    assert told.exit_code == 2
    assert "overlapping periods" in told.output


def test_no_person_case_or_plate_is_in_any_file_of_it(published):
    _, out = published
    for path in out.iterdir():
        text = path.read_text()
        assert not any(word in text for word in ("u01", "u02", "Avery", "25-001234", "FNA579"))
