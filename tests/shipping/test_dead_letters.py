"""Records that a receiver refuses for good are kept beside the ledger, as ledger lines."""

from gateway.shipping.dead_letters import DeadLetters
from gateway.shipping.formats import Record
from tests.shipping.samples import DECISION, OUTCOME, lines


def test_dead_letters_are_ledger_lines_and_are_added_to(tmp_path):
    first, second = (Record.read(line) for line in lines([DECISION, OUTCOME]))
    DeadLetters(tmp_path / "dead").add([first])
    DeadLetters(tmp_path / "dead").add([second])
    assert (tmp_path / "dead").read_bytes() == first.raw + b"\n" + second.raw + b"\n"
    assert (tmp_path / "dead").stat().st_mode & 0o077 == 0
