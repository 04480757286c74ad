"""Oversight of a record that does not check out: each command says so, also where an index was made before it was changed."""

import orjson
import pytest

from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask, LedgerInMaking
from tests.cli.test_audit import WHY

PERIOD = ("--since", "2026-11-02T00:00:00Z", "--until", "2026-11-03T00:00:00Z")


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    """An installation whose worker's chain was indexed; a record in it was changed afterwards."""
    made = Installation(tmp_path_factory.mktemp("indexed")).set_up()
    worker = LedgerInMaking(made.settings.paths.state, recipients=(made.pair.public,), max_bytes=8192)
    worker.write([Ask()] * 12)
    worker.sign()
    made.run("oversight", "history")
    return made


@pytest.fixture
def edited(indexed, tmp_path):
    copy = indexed.copy_to(tmp_path / "edited")
    first = min((copy.settings.audit.directory / "w0").glob("*.jsonl"))
    first.write_bytes(first.read_bytes().replace(b'"user_id":"u01"', b'"user_id":"u09"', 1))
    return copy


@pytest.mark.parametrize(
    "law",
    ["cjis-weekly", "california-sb34", "new-jersey-yearly"],
)
def test_a_law_report_on_a_changed_record_says_so_as_other_reports_do(edited, tmp_path, law):
    out = tmp_path / "out"
    result = edited.invoke("oversight", "report", law, "--out", out, *PERIOD, *WHY)
    assert result.exit_code == 1
    assert "does not hold what its chain says: run `audit verify`" in result.stderr
    head = (out / f"{law}.html").read_text().partition("</header>")[0]
    assert "not everything in it checks out" in head
    told = orjson.loads((out / f"{law}.json").read_bytes())["lacking"]
    assert [sentence in result.stderr for sentence in told] == [True, True]
    assert any("1 lines hold no record as it was written (line " in sentence for sentence in told)
    assert any(row.startswith("w0/") for row in told)
    assert "u09" not in (out / f"{law}.html").read_text()


@pytest.mark.parametrize("command", [("reconcile",), ("run",), ("run", *PERIOD)])
def test_what_reads_the_whole_record_for_oversight_says_that_it_was_changed(edited, command):
    result = edited.invoke("oversight", *command)
    assert result.exit_code == 1
    assert "does not hold what its chain says: run `audit verify`" in result.stderr


def test_nothing_is_published_of_a_changed_record(edited, tmp_path):
    result = edited.invoke("oversight", "publish", *PERIOD, "--out", tmp_path / "public")
    assert result.exit_code == 2
    assert "Nothing is published of a record that does not check out" in result.stderr
    assert not (tmp_path / "public").exists()


@pytest.mark.parametrize("command", [("history",), ("findings",), ("reconcile",), ("run",)])
def test_a_missing_segment_is_told_by_everything_of_oversight_that_reads_the_record(indexed, tmp_path, command):
    copy = indexed.copy_to(tmp_path / "copy")
    files = sorted((copy.settings.audit.directory / "w0").glob("*.jsonl"))
    files[1].unlink()
    result = copy.invoke("oversight", *command)
    assert result.exit_code == 1
    assert f"w0/{files[2].name}: records " in result.stderr
    assert "are missing before this segment: run `audit verify`" in result.stderr
    assert files[0].name not in result.stderr
