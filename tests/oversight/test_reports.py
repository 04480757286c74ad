"""Reports that laws ask for: each figure with its paragraph, what is lacking said, pages that load nothing."""

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.oversight.reports import read_law
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask
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
    assert all([*csv.reader(Path(path).read_text().splitlines())] for path in files if path.endswith(".csv"))


def test_that_a_report_was_made_is_itself_on_record(installed, tmp_path):
    installed.run("oversight", "report", "agency", "--out", tmp_path, "--why", "quarterly look")
    assert installed.recorded("audit.read")[-1]["why"] == "quarterly look"


def test_a_report_that_no_table_names_is_refused_and_the_others_listed():
    with pytest.raises(ConfigurationError, match="idaho-half-yearly"):
        read_law(FOLDER, "utah")


def test_a_sample_is_promised_before_its_period_and_checked_after(installed):
    begun = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
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
