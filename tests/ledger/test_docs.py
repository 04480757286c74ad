import ast
import re
from pathlib import Path

from gateway.ledger.checkpoints.checkpoint import write_checkpoint
from gateway.ledger.records.decision import Verdict, decision_record
from gateway.ledger.records.outcome import outcome_record
from gateway.model import Outcome
from tests.ledger.checkpoints.test_checkpoint import some_checkpoint
from tests.ledger.records.test_decision import full

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "audit-record.md").read_text()


def section(title):
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_every_field_of_a_decision_and_of_an_outcome_is_on_the_page():
    verdict = Verdict(
        decision="allow",
        reasons=("a",),
        disclosed=("a",),
        status=1,
        field="f",
        note="n",
        obligations=({"id": "x"},),
    )
    body, _ = decision_record(full(), verdict)
    sealed = {"plate_sealed", "reason_sealed", "query_sealed", "sealed_key_id", "plate_hmac", "plate_hmac_epoch"}
    for name in {*body, *sealed, "explain", "opening_decision_id", "geo", "context_id"} - {"event_type"}:
        assert f"`{name}`" in section("Decisions"), name
    ended = outcome_record(
        full(), Outcome(forwarded=True, reason="x", status=1, vendor_status=1, vendor_request_id="v", result_count=1)
    )
    for name in set(ended) - {"event_type"}:
        assert f"`{name}`" in section("Outcomes"), name


def test_every_field_on_the_page_is_one_that_a_record_can_have():
    source = "".join(path.read_text() for path in (ROOT / "gateway" / "ledger").rglob("*.py"))
    for title in ("Decisions", "Outcomes"):
        for row in re.findall(r"^\| (`[^|]*) \|", section(title), re.MULTILINE):
            for name in re.findall(r"`([a-z_]+)`", row):
                hashed = name.removesuffix("_epoch")  # each hash says under which epoch's key it was made
                assert f'"{hashed}"' in source, name


def test_every_event_type_written_here_is_on_the_page():
    for path in (ROOT / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "admin_record" and node.args:
                kind = node.args[0]
                if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
                    assert f"`{kind.value}`" in PAGE, (path.name, kind.value)


def test_every_statement_of_a_checkpoint_is_on_the_page():
    for line in write_checkpoint(some_checkpoint()).splitlines()[1:]:
        assert re.search(rf"^{line.split()[0]} ", section("Checkpoints"), re.MULTILINE), line
