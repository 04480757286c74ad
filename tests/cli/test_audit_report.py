"""What the report on a person or a plate says of what it does not have, and by which key files it is made."""

import contextlib
from datetime import datetime, timedelta

import pytest

from gateway.app.audit import open_command_ledger
from gateway.ledger.records.event import admin_record
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask

WHY = ("--why", "inquiry 12")


@pytest.fixture
def installed(tmp_path):
    return Installation(tmp_path).set_up()


@pytest.mark.parametrize(
    "asked", [("plate", "--plate", "ZZZ999"), ("person", "--person", "u19")], ids=["plate", "person"]
)
def test_a_report_says_on_paper_that_nothing_is_on_record_of_a_plate_or_of_a_person_whom_the_facts_know(
    installed, tmp_path, asked
):
    installed.search(Ask())
    result = installed.invoke("audit", "report", *asked, "--out", tmp_path / "out", *WHY)
    assert (result.exit_code, "no record has" in result.stderr) == (2, True)
    page = (tmp_path / "out" / f"{asked[0]}.html").read_text()
    assert "<p>Nothing is on record: no record has" in page
    assert "ZZZ999" not in page


def test_a_report_of_a_period_warns_of_nothing_that_lies_outside_it(installed, tmp_path):
    installed.search(Ask())
    with contextlib.closing(open_command_ledger(installed.settings)) as ledger:
        bad = {"decision": "deny", "user_id": "u01", "vendor_profile": "flock", "deny_reasons": ["request_bad_time"]}
        ledger.record(admin_record("decision", **bad))
    since = installed.recorded("decision")[-1]["ts"]
    after = (datetime.fromisoformat(since) + timedelta(milliseconds=1)).isoformat()
    told = []
    for begins in (since, after):
        asked = ("--plate", "FNA579", "--since", begins, "--out", tmp_path / f"{len(told)}")
        told.append("not searched: 1 request" in installed.run("audit", "report", "plate", *asked, *WHY).stderr)
    assert told == [True, False]


def test_a_key_file_with_a_byte_order_mark_is_read_and_one_in_utf_16_is_named_as_such(installed, tmp_path):
    installed.search(Ask())
    text = installed.key.read_text()
    asked = ("audit", "open", "--person", "u01", *WHY, "--key")
    (tmp_path / "bom.key").write_text(text, encoding="utf-8-sig")
    assert installed.json(*asked, tmp_path / "bom.key")[0]["opened"]["plate"] == "FNA579"
    (tmp_path / "wide.key").write_text(text, encoding="utf-16")
    refused = installed.invoke(*asked, tmp_path / "wide.key")
    assert (refused.exit_code, "is written in UTF-16: save it as UTF-8" in refused.stderr) == (2, True)


def _alter(installed, old, new):
    paths = list((installed.settings.audit.directory / "cli").glob("*.jsonl"))
    [path] = [path for path in paths if old in path.read_bytes()]
    lines = path.read_bytes().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if old in line)
    lines[at] = lines[at].replace(old, new)
    path.write_bytes(b"".join(lines))
    return (
        f"cli/{path.name}: 1 lines hold no record as it was written (line {at + 1}), and are left out of every number"
    )


@pytest.mark.parametrize("size", ["", "segment_max_bytes = 65536\n"], ids=["still written", "ended"])
def test_a_record_that_was_altered_is_in_no_number_and_no_row_and_the_page_says_which_line_was_left_out(
    installed, tmp_path, size
):
    installed.config.write_text(installed.config.read_text() + size)
    long = [Ask(person="u03", text="x" * 2000) for _ in range(24)] if size else []
    installed.search(Ask(), Ask(person="u02"), *long)
    told = _alter(installed, b'"user_id":"u02"', b'"user_id":"u09"')
    out = tmp_path / "out"
    for number, kind in enumerate([("weekly",), ("access",), ("person", "--person", "u01")]):
        result = installed.invoke("audit", "report", *kind, "--out", out / str(number), *WHY)
        assert (result.exit_code, told in result.stderr) == (1, True)
        page = next((out / str(number)).glob("*.html")).read_text()
        assert told in page
        assert ("u02" in page, "u09" in page) == (False, False)
    searches = 1 + len(long)
    assert f"<dd>{searches}<small>searches allowed" in (out / "1" / "access.html").read_text()
    assert len((out / "1" / "access-accesses.csv").read_text().splitlines()) == 1 + searches
