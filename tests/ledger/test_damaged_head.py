"""The end of a chain that is not what was signed of it is neither signed nor cited, so that the true file can be put back."""

import orjson
import pytest

from gateway.errors import ConfigurationError
from gateway.ledger.records.event import admin_record
from gateway.ledger.records.form import hash_of, link_of
from gateway.ledger.verification.verify import verify
from tests.ledger.ledgers import ledger_runtime, plain_ledger, records


def resumptions(directory, chain):
    return [record for record in records(directory, chain) if record["event_type"] == "chain.resumed"]


def flip(raw):
    """One character of the hash that the record states."""
    record = orjson.loads(raw)
    stated = record["chain"]["hash"]
    return raw.replace(stated.encode(), (("1" if stated[0] == "0" else "0") + stated[1:]).encode())


def rewrite(raw):
    """Another record in its place, with a hash that fits it."""
    other = raw.replace(b'"n":1', b'"n":2')
    value = orjson.loads(other)
    link = link_of(value)
    return other.replace(link.hash.encode(), hash_of(other, value, link).encode())


@pytest.fixture(params=[flip, rewrite])
def damaged(request, tmp_path, auditor):
    """A closed ledger whose last record is another than was signed; with the file as it was."""
    audit = ledger_runtime(tmp_path, auditor, slots=("w0",))
    audit.ledger.record(admin_record("key.issued", n=1))
    audit.close()
    path = tmp_path / "audit" / "w0" / "0000000000000001.jsonl"
    whole = path.read_bytes()
    *before, last = whole.splitlines(keepends=True)
    assert b'"n":1' in last
    path.write_bytes(b"".join([*before, request.param(last)]))
    return path, whole


def test_a_command_that_records_vouches_for_no_such_end_and_once_it_is_put_right_everything_verifies(
    damaged, tmp_path, auditor
):
    path, whole = damaged
    other = ledger_runtime(tmp_path, auditor, slots=("cli",))
    with pytest.raises(ConfigurationError, match="or another record"):
        other.checkpointer.write()
    other.close()
    [resumed] = resumptions(tmp_path / "audit", "cli")
    assert resumed["heads"] == {}
    assert not verify(tmp_path / "audit").ok
    path.write_bytes(whole)
    assert verify(tmp_path / "audit").ok


def test_nobody_goes_on_from_such_an_end(damaged, tmp_path, auditor):
    path, _ = damaged
    for mark in (None, "open"):  # as it was closed, and as a crash would have left it
        if mark is not None:
            (path.parent / "lock").write_text(mark)
        lies = path.read_bytes()
        with pytest.raises(ConfigurationError, match="is damaged: run `audit verify`"):
            ledger_runtime(tmp_path, auditor, slots=("w0",))
        assert path.read_bytes() == lies


def test_an_end_that_nothing_signed_is_cited_where_it_holds_and_not_where_it_was_changed(tmp_path):
    for slot in ("w0", "w1"):
        ledger = plain_ledger(tmp_path, slots=(slot,))
        ledger.record(admin_record("key.issued", n=1))
        ledger.close()
    path = tmp_path / "w1" / "0000000000000001.jsonl"
    *before, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*before, flip(last)]))
    plain_ledger(tmp_path, slots=("cli",)).close()
    [resumed] = resumptions(tmp_path, "cli")
    assert list(resumed["heads"]) == ["w0"]


def test_what_was_signed_of_a_chain_that_a_crash_left_open_is_not_cut_off_by_who_looks_after_it(
    damaged, tmp_path, auditor
):
    path, _ = damaged
    (path.parent / "lock").write_text("open")
    lies = path.read_bytes()
    other = ledger_runtime(tmp_path, auditor, slots=("w1",), upkeep_s=0)
    other.tick()
    other.close()
    assert (path.read_bytes(), path.with_name(f"{path.name}.torn").exists()) == (lies, False)
