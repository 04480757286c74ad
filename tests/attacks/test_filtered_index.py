"""Whoever can write the search index, and leaves one person out of it."""

import duckdb
import pytest

from gateway.auditing.search import Criteria, search
from gateway.auditing.source import open_source
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask, LedgerInMaking, RememberedReads


@pytest.fixture
def ledger(tmp_path):
    made = LedgerInMaking(tmp_path / "state", max_bytes=4096)
    made.write([Ask(person=f"u0{number % 3}") for number in range(24)])
    return made


def filtered(index, person="u01"):
    """Every file of the index without that person, under the name it had."""
    files = list(index.glob("*/*.parquet"))
    assert files
    for file in files:
        duckdb.sql(
            f"COPY (SELECT * FROM '{file}' WHERE user_id IS DISTINCT FROM '{person}') TO '{file}.new' (FORMAT parquet)"
        )
        file.with_name(file.name + ".new").replace(file)
    return files


def found(ledger, access, index):
    with open_source(ledger.directory, index) as source:
        return len(list(search(source, Criteria(person="u01", event_type="decision"), access))), source.problems


def test_a_person_filtered_out_of_the_index_is_found_all_the_same(ledger, access, tmp_path):
    index = tmp_path / "state" / "audit-index"
    assert found(ledger, access, index) == (8, [])
    filtered(index)
    assert found(ledger, access, index) == (8, [])


def test_digests_of_ones_own_beside_a_filtered_index_do_not_help(ledger, access, tmp_path):
    index = tmp_path / "state" / "audit-index"
    found(ledger, access, index)
    digests = {path: path.read_bytes() for path in index.glob("*/*.digest")}
    for path in filtered(index):
        path.with_suffix(".digest").write_bytes(next(iter(digests.values())))
    assert found(ledger, access, index) == (8, [])


def test_the_key_of_the_digests_lies_with_the_secrets_and_is_private(ledger, access, tmp_path):
    found(ledger, access, tmp_path / "state" / "audit-index")
    key = tmp_path / "state" / "secrets" / "audit-index.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert not list((tmp_path / "state" / "audit-index").rglob("*.key"))


def test_a_record_altered_in_an_ended_segment_makes_no_index(ledger, access, tmp_path):
    holding = [path for path in (ledger.directory / "w0").glob("*.jsonl") if b'"user_id":"u01"' in path.read_bytes()]
    path = min(holding)
    path.write_bytes(path.read_bytes().replace(b'"user_id":"u01"', b'"user_id":"u09"', 1))
    _, problems = found(ledger, access, tmp_path / "state" / "audit-index")
    assert any("does not hold what its chain says" in problem for problem in problems)


def test_evidence_and_reports_do_not_ask_the_index(tmp_path):
    installation = Installation(tmp_path).set_up()
    installation.config.write_text(installation.config.read_text() + "segment_max_bytes = 65536\n")
    installation.search(*[Ask(person="u01", text="x" * 2000) for _ in range(16)])
    installation.run("audit", "search", "--person", "u01", "--why", "Complaint 7")
    index = tmp_path / "state" / "audit-index"
    for path in index.glob("*/*"):
        path.unlink()
    made = installation.json("audit", "evidence", "--person", "u01", "--out", tmp_path / "e", "--why", "Complaint 7")
    assert made["records"] == 32
    installation.run("audit", "report", "weekly", "--out", tmp_path / "r", "--why", "Weekly review")
    assert not list(index.glob("*/*"))


@pytest.fixture
def access():
    from gateway.auditing.access import Access

    return Access(reader="alex", why="inquiry 12", recorder=RememberedReads())
