import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.ledger.checkpoints.checkpoint import note_files, read_stored_notes
from gateway.ledger.records.event import admin_record
from gateway.ledger.verification.report import BreakReason, FindingKind
from gateway.ledger.verification.verify import verify
from tests.ledger.ledgers import SENSITIVE, decision, ledger_runtime, of_type, outcome, plain_ledger

BEGAN = datetime(2026, 11, 22, 14, tzinfo=UTC)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory, auditor):
    """One chain with a checkpoint after each request, which was then closed and opened again."""
    folder = tmp_path_factory.mktemp("ledger")
    audit = ledger_runtime(folder, auditor)
    for number in range(6):
        audit.ledger.record(decision(number), SENSITIVE)
        audit.ledger.record(outcome(number))
        audit.checkpointer.write()
    audit.close()
    ledger_runtime(folder, auditor).close()
    return folder / "audit"


@pytest.fixture
def copy(ledger, tmp_path):
    return Path(shutil.copytree(ledger, tmp_path / "copy"))


def keep_checkpoints(directory, count):
    """Cut off all checkpoints but the first so many."""
    (file,) = note_files(directory)
    kept = list(read_stored_notes(file))[:count]
    file.write_text("".join(f"{stored.whole}\n" for stored in kept))


def sentences(report):
    return [item.sentence for item in report.breaks]


def test_the_opening_of_a_chain_cites_the_last_checkpoint_but_one(copy):
    cited = of_type(copy, "chain.resumed")[-1]["checkpoint"]["number"]
    assert verify(copy).ok
    assert verify(copy).checkpoints in {cited + 1, cited + 2}  # closing writes one more


@pytest.mark.parametrize("kept", [1, 3])
def test_checkpoints_that_were_cut_off_are_a_break_where_a_record_cites_one_of_them(copy, kept):
    cited = of_type(copy, "chain.resumed")[-1]["checkpoint"]["number"]
    keep_checkpoints(copy, kept)
    report = verify(copy)
    assert [item.reason for item in report.breaks] == [BreakReason.CHECKPOINT_CHAIN]
    assert sentences(report)[0].startswith(f"checkpoint {cited}, which w0/")
    assert sentences(report)[0].endswith(f"cites, is not there: {kept} are")


def test_a_copy_without_any_checkpoint_is_broken_where_a_record_cites_one(copy):
    shutil.rmtree(copy / "checkpoints")
    assert "is not there: 0 are" in sentences(verify(copy))[0]


def test_checkpoints_made_anew_in_place_of_those_cited_are_a_break(copy, tmp_path, auditor):
    shutil.rmtree(copy / "checkpoints")
    shutil.copytree(copy, tmp_path / "again" / "audit")
    anew = ledger_runtime(tmp_path / "again", auditor, slots=("w1",))
    for number in range(8):
        anew.ledger.record(admin_record("key.issued", n=number))
        anew.checkpointer.write()
    anew.close()
    assert any("is another than the one that w0/" in told for told in sentences(verify(tmp_path / "again" / "audit")))


@pytest.mark.parametrize(("chain", "hours", "broken"), [("w0", 2, True), ("w0", 0.5, False), ("cli", 48, False)])
def test_a_gateway_that_served_for_longer_than_an_hour_must_have_signed_and_a_command_need_not(
    tmp_path, chain, hours, broken
):
    times = iter([BEGAN] * 2 + [BEGAN + timedelta(hours=hours)] * 9)
    made = plain_ledger(tmp_path, slots=(chain,), clock=lambda: next(times))
    made.record(admin_record("key.issued"))
    made.record(admin_record("key.issued"))
    made.close()
    report = verify(tmp_path)
    assert (not report.ok) == broken
    assert [told.startswith("a gateway served from 2026-11-22T14:00:00.000Z to") for told in sentences(report)] == [
        True
    ] * broken


def test_where_nothing_is_signed_that_is_said_and_not_that_it_is_not_proved_who_signed_it(tmp_path):
    made = plain_ledger(tmp_path, slots=("cli",))
    made.record(admin_record("key.issued"))
    made.close()
    report = verify(tmp_path)
    [found] = [item for item in report.findings if item.kind is FindingKind.NOTHING_SIGNED]
    assert found.count == report.records
    assert "nothing here is signed" in report.proof.sentences[1]
    assert not any("who signed it" in told for told in report.proof.sentences)
