"""A question that is answered out of the record leaves a record itself, also where the answer is that there is nothing."""

import click
import pytest

from gateway.app.state import load_secrets
from gateway.auditing.access import Access
from gateway.cli import main
from gateway.errors import ConfigurationError
from gateway.pep.cited_case import name_withheld
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask

NO_PLATE, NO_CASE, NO_PERSON = "ZZZ999", "99-000001", "u99"
LIKE_A_PLATE = "QZX4817"
NO_DECISION = "00000000-0000-4000-8000-000000000000"
HELD = "25-000777"
MISSES = (
    ("audit", "search", "--person", NO_PERSON),
    ("audit", "search", "--case", LIKE_A_PLATE),
    ("audit", "search", "--decision", NO_DECISION),
    ("audit", "search", "--plate", NO_PLATE),
    ("audit", "open", "--key", "{key}", "--case", NO_CASE),
    ("audit", "open", "--key", "{key}", "--person", LIKE_A_PLATE),
    ("audit", "report", "person", "--out", "{out}", "--person", NO_PERSON),
    ("audit", "report", "person", "--out", "{out}", "--person", LIKE_A_PLATE),
    ("audit", "report", "plate", "--out", "{out}", "--plate", NO_PLATE),
    ("audit", "evidence", "--out", "{out}", "--person", NO_PERSON),
    ("audit", "evidence", "--out", "{out}", "--case", LIKE_A_PLATE),
    ("audit", "evidence", "--out", "{out}", "--plate", NO_PLATE),
    ("audit", "hold", "--case", HELD),
    ("audit", "hold", "--case", NO_CASE, "--release"),
    ("audit", "hold", "--case", LIKE_A_PLATE),
    ("facts", "show", "user", NO_PERSON),
    ("facts", "show", "case", LIKE_A_PLATE),
    ("facts", "show", "plate", NO_PLATE),
    ("policy", "explain", NO_DECISION),
    ("oversight", "findings", "--person", NO_PERSON),
)
WITHOUT_WHY = {("oversight", "findings")}
NO_QUESTIONS = {
    "approvals": "the gateway answers, and records it",
    "emergencies": "the gateway answers, and records it",
    "oversight sample review": "answers out of the samples, which `oversight sample` shows",
}
QUESTIONS = {"person", "plate", "case", "decision_id", "identifier"}
REFUSED = "error: the ledger cannot be written\n"
ANSWERS = ("no record", "no hold on", "the facts hold", "looks like a plate", "a hold on", "holds no decision")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("agency")).set_up()
    made.search(Ask())
    made.run("audit", "hold", "--case", HELD, "--why", "inquiry 12")
    return made


@pytest.fixture
def installed(kept, tmp_path):
    return kept.copy_to(tmp_path / "agency")


def ask(installed, tmp_path, words):
    given = [word.format(out=tmp_path / "out", key=installed.key) for word in words]
    return installed.invoke(*given, *(() if words[:2] in WITHOUT_WHY else ("--why", "Complaint 7")))


def refuse(*_, **_more):
    raise ConfigurationError(["the ledger cannot be written"])


def list_asked(installed):
    return [*installed.recorded("audit.read"), *installed.recorded("facts.shown")]


@pytest.mark.parametrize("words", MISSES, ids=" ".join)
def test_a_question_that_finds_nothing_is_recorded_and_no_plate_with_it(installed, tmp_path, words):
    before = len(list_asked(installed))
    result = ask(installed, tmp_path, words)
    assert result.exit_code != 0
    assert any(answer in result.stderr for answer in ANSWERS), result.stderr
    assert len(list_asked(installed)) == before + 1
    ledger = b"".join(path.read_bytes() for path in installed.settings.audit.directory.rglob("*.jsonl"))
    assert not any(plate.encode() in ledger for plate in (NO_PLATE, LIKE_A_PLATE))


@pytest.mark.parametrize("words", MISSES, ids=" ".join)
def test_a_question_that_cannot_be_recorded_is_not_answered(installed, tmp_path, words, monkeypatch):
    for place in (
        "audit_options.open_command_ledger",
        "audit_options.open_command_runtime",
        "facts.open_command_ledger",
    ):
        monkeypatch.setattr(f"gateway.cli.{place}", refuse)
    monkeypatch.setattr("gateway.app.audit.open_command_ledger", refuse)
    result = ask(installed, tmp_path, words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == REFUSED


def list_commands(group, *path):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from list_commands(command, *path, name)
        else:
            yield " ".join((*path, name)), {parameter.name for parameter in command.params}


def test_every_command_that_is_asked_about_a_person_plate_case_or_decision_is_among_these():
    asking = {name for name, parameters in list_commands(main) if parameters & QUESTIONS}
    tried = {" ".join(words[:2]) for words in MISSES}
    left = {name for name in asking - tried if not name.startswith(tuple(NO_QUESTIONS))}
    assert left == set()


@pytest.mark.parametrize("words", [("search",), ("evidence", "--out", "{out}"), ("hold",)], ids=" ".join)
def test_that_a_case_is_withheld_on_record_is_told_once_the_question_is_recorded(
    installed, tmp_path, words, monkeypatch
):
    withheld = name_withheld(LIKE_A_PLATE, load_secrets(installed.settings).approvals)
    installed.search(Ask(case=withheld))
    asked = ("audit", *words, "--case", LIKE_A_PLATE)
    assert f"note: on record this number is withheld, as {withheld}" in ask(installed, tmp_path, asked).stderr
    monkeypatch.setattr(Access, "record", refuse)
    monkeypatch.setattr("gateway.auditing.holds.place_hold", refuse)
    assert ask(installed, tmp_path / "again", asked).stderr == REFUSED
