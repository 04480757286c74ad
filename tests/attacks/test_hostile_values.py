"""An officer whose reason, purpose and case are written for the auditor's terminal, spreadsheet and browser."""

import re

import pytest

from gateway.app.audit import open_command_ledger
from gateway.ledger.records.event import admin_record
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask
from tests.test_media import HOSTILE

COMMANDS = [
    ("search", "--case", HOSTILE),
    ("search", "--event", "decision"),
    ("tail", "-n", "50"),
    ("hold",),
    ("hold", "--case", "25-000009", "--release"),
    ("report", "weekly", "--out", "{out}"),
    ("report", "training", "--out", "{out}"),
    ("report", "access", "--key", "{key}", "--out", "{out}"),
    ("report", "person", "--person", "u01", "--key", "{key}", "--out", "{out}"),
    ("report", "plate", "--plate", "FNA579", "--key", "{key}", "--out", "{out}"),
    ("open", "--person", "u01", "--key", "{key}"),
    ("export", "--out", "{out}"),
    ("evidence", "--person", "u01", "--key", "{key}", "--out", "{out}"),
]


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("agency")).set_up()
    made.search(
        Ask(case=HOSTILE, text=HOSTILE, purpose=HOSTILE),
        Ask(text=HOSTILE, denied=("training_lapsed",)),
        Ask(case="25-000009"),
    )
    ledger = open_command_ledger(made.settings)
    ledger.record(admin_record("hold.placed", case_number="25-000009", operator=HOSTILE, why=f"[/b]{HOSTILE}"))
    ledger.record(admin_record("audit.read", reader=HOSTILE, what=HOSTILE, why=HOSTILE, filter={"person": HOSTILE}))
    ledger.close()
    return made


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "-".join(command)[:24])
@pytest.mark.parametrize("json", [False, True], ids=["text", "json"])
def test_no_command_lets_a_records_value_act_on_the_terminal(installation, tmp_path, command, json):
    words = [word.format(out=tmp_path / "out", key=installation.key) for word in command]
    words += ["--why", "Complaint 7"] if command != ("hold",) else []
    words += ["--json"] if json and command[0] != "tail" else []
    result = installation.invoke("audit", *words)
    assert result.exit_code in {0, 2}
    for line in (result.stdout + result.stderr).split("\n"):
        assert line.isprintable(), repr(line)
    assert not any(line.startswith("2026-11-22 allow") for line in result.stdout.split("\n"))
    for path in (tmp_path / "out").rglob("*") if (tmp_path / "out").exists() else ():
        if path.suffix in {".html", ".csv"}:
            text = path.read_text(encoding="utf-8")
            assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", text)
            assert "<b>&" not in text or path.suffix == ".csv"
