"""Reports that laws ask for: each figure with its paragraph, what is lacking said, pages that load nothing."""

import csv
import json
import os
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.document import Period
from gateway.auditing.reports.page import STYLE
from gateway.auditing.source import open_source
from gateway.clock import format_instant
from gateway.errors import ConfigurationError
from gateway.oversight.reports import read_law
from gateway.oversight.reports.figures import lookback, reconciliation, violations
from gateway.oversight.reports.watchers import sample
from tests.auditing.installation import Installation
from tests.auditing.ledgers import START, Ask, LedgerInMaking
from tests.oversight.scene import FOLDER

LAWS = sorted(FOLDER.table("laws"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("reports")).set_up()
    made.search(*[Ask()] * 8, *[Ask(person="u02", denied=("case_closed",), text="inv")] * 12)
    made.run("oversight", "run")
    [one, *_] = made.json("oversight", "findings")
    made.run("oversight", "review", one["finding_id"], "--outcome", "misuse", "--why", "no case", "--by", "u07")
    made.run("audit", "search", "--why", "a look")
    return made


@pytest.mark.parametrize("law", LAWS)
def test_every_report_of_the_table_is_made_with_page_tables_and_data(installed, tmp_path, law):
    files = installed.json("oversight", "report", law, "--out", tmp_path, "--why", "review")["files"]
    page = unescape((tmp_path / f"{law}.html").read_text().replace("<wbr>", ""))
    entry = read_law(FOLDER, law)
    for _, asked_by in entry.figures:
        assert asked_by.split(":")[0] in page
    assert all(item in page for item in entry.cannot)
    assert not re.search(r"<script|src=|href=|@import|url\(", page)
    data = json.loads((tmp_path / f"{law}.json").read_text())
    assert len(data["sections"]) == len(entry.figures) + bool(entry.cannot)
    assert data["extent"].startswith("The record begins ") == (entry.days > 1)
    assert data["extent"] in page
    assert all([*csv.reader(Path(path).read_text().splitlines())] for path in files if path.endswith(".csv"))


def test_a_report_is_for_its_reader_alone_in_a_folder_that_was_there_too(installed, tmp_path):
    out = tmp_path / "shared"
    out.mkdir()
    before = os.umask(0o022)
    try:
        installed.run("oversight", "report", LAWS[0], "--out", out, "--why", "review")
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}


@pytest.fixture(scope="module")
def pages(installed, tmp_path_factory):
    """Every law's page and the public one."""
    out = tmp_path_factory.mktemp("pages")
    for law in LAWS:
        installed.run("oversight", "report", law, "--out", out, "--why", "review")
    until = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    installed.run("oversight", "publish", "--since", "2026-01-01T00:00:00Z", "--until", until, "--out", out)
    found = {path.stem: path.read_text() for path in out.glob("*.html")}
    assert set(found) == {*LAWS, "public-report"}
    return found


def test_every_page_can_be_read_aloud(pages):
    for name, page in pages.items():
        assert page.startswith('<!DOCTYPE html><html lang="en">'), name
        assert re.search(r"<title>[^<]{5,}</title>", page), name
        levels = [int(level) for level in re.findall(r"<h(\d)>", page)]
        assert levels[0] == 1, name
        assert set(levels[1:]) == {2}, name
        heads = re.findall(r"<th( [^>]*)>(.*?)</th>", page)
        assert all('scope="col"' in attributes and text for attributes, text in heads), name
        assert page.count("<table>") == page.count("<caption>"), name
        charts = re.findall(r"<svg[^>]*>.*?</svg>", page)
        assert all(re.match(r'<svg [^>]*role="img" aria-label="[^"]+"><title>[^<]+</title>', one) for one in charts), (
            name
        )


def test_what_is_written_and_drawn_stands_out_from_the_paper():
    colors = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", STYLE))
    for name, least in {"ink": 7, "soft": 4.5, "allow": 3, "deny": 3, "error": 3, "mark": 3}.items():
        assert all(contrast(colors[name], colors[ground]) >= least for ground in ("paper", "band")), name


def contrast(one, other):
    """The ratio of WCAG 2.2, 1.4.3."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color):
    text = color[1:] if len(color) == 7 else "".join(2 * letter for letter in color[1:])
    parts = [int(text[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_days_of_a_period_that_ends_within_a_day_include_that_day(pages):
    assert f"<td class=word>{datetime.now(UTC):%Y-%m-%d}</td>" in pages["cjis-weekly"]


def test_no_label_of_a_chart_is_cut_off_beside_its_bar(pages):
    for name, page in pages.items():
        labels = re.findall(r'text-anchor="end">([^<]*)</text>', page)
        assert all(len(unescape(label)) <= 32 for label in labels), name
    assert "D1 One person searches one plate again and again" in unescape(pages["agency"])


def test_a_violation_is_of_whom_the_finding_is_about_whoever_put_the_review_on_record(tmp_path):
    made = LedgerInMaking(tmp_path)
    judged = {"finding_id": "D4-1", "user_id": "u08", "why": "his own car"}  # over HTTP: under the reviewer's name
    made.events(
        ("finding.opened", {"finding_id": "D4-1", "user_id": "u11", "oversight": {"detector": "D4"}}),
        ("finding.reviewed", judged | {"oversight": {"outcome": "misuse", "reviewer": "u08"}}),
    )
    period = Period(since=START - timedelta(days=1), until=made.clock.now + timedelta(days=1))
    with open_source(made.directory) as source:
        [row] = violations(Counting(source, period)).table.rows
    assert row[1:] == ("D4-1", "u11", "misuse", "u08", "his own car")


def test_missing_searches_that_a_reconciliation_could_not_compare_are_told_as_that_and_not_as_none(tmp_path):
    made = LedgerInMaking(tmp_path)
    told = [{"matched": 4, "missing_at_vendor": number} for number in (None, 0)]
    made.events(*(("oversight.reconciled", {"oversight": one}) for one in told))
    period = Period(since=START - timedelta(days=1), until=made.clock.now + timedelta(days=1))
    with open_source(made.directory) as source:
        table = reconciliation(Counting(source, period)).table
    assert [row[table.columns.index("Missing")] for row in table.rows] == ["not compared", "0"]


@pytest.mark.parametrize(
    ("days", "over", "band"),
    [
        (30, timedelta(seconds=40), "up to 30 days"),
        (30, timedelta(hours=1, seconds=40), "up to 30 days"),
        (1, timedelta(seconds=1), "up to 1 day"),
        (30, timedelta(hours=3), "up to 90 days"),
        (30, timedelta(0), "up to 30 days"),
    ],
)
def test_a_search_of_the_last_30_days_stands_under_30_days_though_it_was_asked_a_moment_later(
    tmp_path, days, over, band
):
    made = LedgerInMaking(tmp_path)
    at = START + timedelta(seconds=1)  # when the record is written
    window = {"window_start": format_instant(at - timedelta(days=days) - over), "lookback_days": days + bool(over)}
    made.events(("decision", {"vendor_profile": "flock", "decision": "allow", **window}))
    with open_source(made.directory) as source:
        rows = lookback(Counting(source, Period(since=START, until=START + timedelta(days=1)))).table.rows
    assert [label for label, number in rows if number] == [band]


def test_a_seed_that_nobody_showed_stands_in_every_report_after_its_period_also_where_it_was_promised_before(tmp_path):
    making = LedgerInMaking(tmp_path)
    promised = {"name": "june", "until": format_instant(START + timedelta(days=30))}
    making.events(("sample.committed", {"oversight": promised}))
    told = []
    with open_source(making.directory) as source:
        for first, last in ((0, 10), (10, 40), (40, 70)):
            period = Period(since=START + timedelta(days=first), until=START + timedelta(days=last))
            told.append("Promised, its period over, and not drawn: june." in sample(Counting(source, period)).text)
    assert told == [False, True, True]


def test_that_a_report_was_made_is_itself_on_record(installed, tmp_path):
    installed.run("oversight", "report", "agency", "--out", tmp_path, "--why", "quarterly look")
    assert installed.recorded("audit.read")[-1]["why"] == "quarterly look"


def test_a_report_that_no_table_names_is_refused_and_the_others_listed():
    with pytest.raises(ConfigurationError, match="idaho-half-yearly"):
        read_law(FOLDER, "utah")


def test_a_sample_is_promised_before_its_period_and_checked_after(installed):
    begun = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    named = installed.invoke("oversight", "sample", "commit", "QZX4817", "--since", begun)
    assert (named.exit_code, "looks like a plate" in named.stderr, "QZX4817" in named.output) == (2, True, False)
    told = installed.invoke("oversight", "sample", "commit", "early", "--since", begun)
    assert told.exit_code == 2
    assert "has begun" in told.output
    ahead = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    promised = installed.json("oversight", "sample", "commit", "june", "--since", ahead, "--days", "1")
    assert len(promised["promise"]) == 64
    [record] = installed.recorded("sample.committed")
    assert record["oversight"]["promise"] == promised["promise"]
    assert "seed" not in record["oversight"]
    assert installed.invoke("oversight", "sample", "draw", "june").exit_code == 2
