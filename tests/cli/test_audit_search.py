"""What `audit search` and `audit open` say of what they could not find."""

import contextlib
import json
from datetime import UTC, datetime

import pytest

from gateway.app.audit import open_command_ledger
from gateway.app.state import secrets_folder
from gateway.ledger.records.event import admin_record
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask

WHY = ("--why", "inquiry 12")


@pytest.fixture
def installed(tmp_path):
    return Installation(tmp_path).set_up()


@pytest.fixture
def altered(installed):
    """One decision of u02, of three, was made another person's in the segment that is still written."""
    installed.search(Ask(), Ask(person="u02", denied=("training_lapsed",)), Ask(person="u03"))
    [path] = (installed.settings.audit.directory / "cli").glob("*.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"user_id":"u02"', b'"user_id":"u09"'))
    return installed


@pytest.mark.parametrize("command", [("search",), ("open", "--key")], ids=["search", "open"])
@pytest.mark.parametrize("person", ["u01", "u02", "u09"])
def test_who_asks_for_anybody_is_told_that_a_record_was_altered_in_the_segment_still_written(altered, person, command):
    key = (altered.key,) if "--key" in command else ()
    result = altered.invoke("audit", *command, *key, "--person", person, *WHY, "--json")
    assert result.exit_code == 1
    assert "jsonl was changed after it was written: run `audit verify`" in result.stderr
    assert {record["user_id"] for record in json.loads(result.stdout or "[]")} == {person} & {"u01"}


def test_what_was_imported_is_in_the_line_of_who_imported_facts(installed):
    installed.search()
    [done] = installed.recorded("facts.imported")
    printed = installed.run("audit", "search", "--event", "facts.imported", *WHY).stdout
    assert f"{done['facts_revision']}: {sum(done['rows'].values()):,} rows, as of {done['as_of']}" in printed


def test_an_approval_is_asked_for_by_its_id_as_it_was_given(installed):
    installed.search()
    with contextlib.closing(open_command_ledger(installed.settings)) as ledger:
        ledger.record(admin_record("approval.requested", user_id="u01", approval_id="AP-2026-7", scope="geo_search"))
    [found] = installed.json("audit", "search", "--id", "AP-2026-7", *WHY)
    assert found["event_type"] == "approval.requested"
    assert installed.invoke("audit", "search", "--id", "AP-2026-8", *WHY).exit_code == 2


def test_an_epoch_that_began_by_the_question_itself_is_not_told_as_one_that_was_not_searched(installed):
    installed.search(Ask())
    key = secrets_folder(installed.settings) / "epochs" / "e000001.key"
    key.write_text(json.dumps(json.loads(key.read_text()) | {"began": "2026-01-01T00:00:00.000Z"}))
    asked = installed.invoke(
        "audit", "search", "--plate", "FNA579", "--key", installed.key, "--why", "Complaint 2026-118"
    )
    assert (installed.settings.audit.directory / "keys" / "epochs" / "e000002.age").exists()
    assert (asked.exit_code, "not searched" in asked.stderr) == (0, False)


def test_who_asks_for_nobody_on_record_is_told_that_a_searched_segment_was_emptied_since(installed):
    installed.config.write_text(installed.config.read_text() + "segment_max_bytes = 65536\n")
    installed.search(*[Ask(text="x" * 2000) for _ in range(24)])
    installed.run("audit", "search", "--person", "u01", *WHY)
    first, *_ = sorted((installed.settings.audit.directory / "cli").glob("*.jsonl*"))
    first.write_bytes(b"")
    result = installed.invoke("audit", "search", "--person", "u15", *WHY)
    assert f"cli/{first.name} was changed after it was written: run `audit verify`" in result.stderr
    assert "no record has the person u15" in result.stderr
    assert result.exit_code == 1


def test_who_searches_a_time_in_which_there_is_no_record_is_told_when_it_begins_or_ends(installed):
    installed.search(Ask())
    now = datetime.now(UTC).isoformat()
    for period, told in (
        (("--since", now), "note: The record ends "),
        (("--until", "2020-01-01"), "note: The record begins "),
    ):
        assert told in installed.run("audit", "search", "--person", "u01", *period, *WHY).stderr
