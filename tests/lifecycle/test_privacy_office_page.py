"""The privacy office's page, held to the code: its commands are ours, and its example case is true of the draft it tells of."""

import json
import re
import shlex
import shutil
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from gateway.app.audit import open_command_ledger
from gateway.cli import main
from gateway.pdp import EmbeddedEngine, load_policies
from gateway.pdp.check import check_policies
from gateway.pdp.check.case_files import cases_in
from gateway.pdp.check.case_findings import case_findings
from gateway.pdp.check.cases import case_of
from gateway.pdp.check.table_checks import table_findings
from gateway.settings import load_settings
from tests.bench.policy_walk import edit_draft
from tests.cases import BASE_TEXT, all_cases
from tests.lifecycle.recorded import decided

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "policies" / "README.md").read_text()
COMMANDS = sorted(set(re.findall(r"^\s*\$ lpr-gateway (policy [^\n]*)", PAGE, re.MULTILINE)))


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_page_is_one_of_ours_with_those_options(line):
    group, name, *arguments = shlex.split(line)
    context = click.Context(main)
    policy = main.get_command(context, group)
    assert isinstance(policy, click.Group)
    command = policy.get_command(context, name)
    assert command is not None, name
    known = {option for parameter in command.params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= known


def test_the_example_case_holds_of_the_shorter_look_back_and_not_of_the_shipped_one(tmp_path):
    section = PAGE.partition("## Change a number")[2].partition("\n## ")[0]
    [block] = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    (tmp_path / "_base.yaml").write_text(BASE_TEXT)
    (tmp_path / "example.yaml").write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE).rstrip() + "\n")
    cases = cases_in(tmp_path / "example.yaml")
    shipped = load_policies(ROOT / "policies")
    assert len(list(case_findings(cases, EmbeddedEngine(shipped), name="embedded engine"))) == 1
    draft = tmp_path / "draft"
    for path, text in shipped.files:
        (draft / path).parent.mkdir(parents=True, exist_ok=True)
        (draft / path).write_text(text.replace("value: 1826", "value: 730"))
    assert list(case_findings(cases, EmbeddedEngine(load_policies(draft)), name="embedded engine")) == []


def test_the_page_links_to_what_is_there():
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "policies" / target).exists()


def run(*arguments, code=0):
    """What one of our commands prints, typed in the current folder."""
    done = CliRunner().invoke(main, [*arguments], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


def list_typed():
    """Each command of the page's console blocks in order, with what the page prints below it."""
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for command, printed in re.findall(r"^ *\$ lpr-gateway ([^\n]*)\n((?:(?! *\$ ).*\n)*)", block, re.MULTILINE):
            yield shlex.split(command), [line.strip() for line in printed.splitlines() if line.strip()]


@pytest.fixture
def office(tmp_path, monkeypatch):
    """An installation's folder before the page's first command, with searches on record; the lines of its two signers."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    shutil.copytree(ROOT / "tests/cases", tmp_path / "cases", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    signers = [
        run("policy", "keygen", "--name", name, "--out", f"{name}.key").strip() for name in ("ada.lane", "bob.reed")
    ]
    (tmp_path / "gateway.toml").write_text(f"[policy]\nsigners = {json.dumps(signers)}\n")
    inputs = [case.input_text for case in all_cases() if case.topic == "retention"]
    ledger = open_command_ledger(load_settings(tmp_path / "gateway.toml", {}))
    for line in decided(load_policies(tmp_path / "policies"), inputs):
        ledger.record({name: value for name, value in json.loads(line.raw).items() if name != "ts"})
    ledger.close()
    return tmp_path


def change_draft(office):
    """Edit the draft as the page says, and its cases; the revision, with what it would have done beside it."""
    edit_draft(SimpleNamespace(folder=office))
    (office / "impact.json").write_text(run("policy", "impact", "--candidate", "draft", "--json"))
    assert json.loads((office / "impact.json").read_text())["newly_denied"] > 0
    return load_policies(office / "draft").revision


def test_whoever_types_what_the_page_says_puts_a_change_in_force_and_takes_it_back(office, monkeypatch):
    # Each signer has the draft checked anew; here, the second has what the first had.
    monkeypatch.setattr("gateway.pdp.check.check_policies", cache(check_policies))
    shipped, draft, in_force, following = load_policies(office / "policies").revision, "", [], []
    for arguments, printed in list_typed():
        group, command, *rest = arguments
        assert group == "policy"
        if command == "keygen":  # each signer has made one
            continue
        typed = [draft[:12]] if command == "activate" else rest
        told = run(group, command, *typed, code=int(command == "diff"))
        if command == "draft":
            assert told.splitlines() == printed
            draft = change_draft(office)
        if command in {"diff", "check"}:
            assert re.sub(r"\d+", "7", printed[0]) in re.sub(r"\d+", "7", told)
        if command == "sign":
            following.append(told.splitlines()[-1].replace(draft[:12], "REVISION"))
        if command in {"activate", "rollback", "deactivate"}:
            in_force.append(json.loads(run("policy", "history", "--json"))["in_force"])
        if command == "deactivate":  # "a roll-back starts it again"
            run("policy", "rollback", "--key", "ada.lane.key", "--why", "It is found")
    assert in_force == [draft, shipped, None]
    assert following == [
        "next: 1 more of [policy] signers must sign it, and see the same numbers first",
        "next: lpr-gateway policy activate REVISION",
    ]
    begun = run("policy", "draft", "again", "--from", draft[:12])
    assert "as they were signed with it" in begun
    tests = [
        sorted(path.relative_to(office / name) for path in (office / name).rglob("*_test.rego"))
        for name in ("draft", "again")
    ]
    assert tests[0] == tests[1] != []
    assert (office / "impact.html").read_text().startswith("<!DOCTYPE html>")


def test_a_purpose_that_is_copied_and_named_is_open_to_those_it_lists_and_a_zero_for_an_o_is_found(office):
    table = office / "policies" / "tables" / "purposes" / "data.yaml"
    text = table.read_text()
    block = re.search(r"^criminal_investigation:\n(?:[ #].*\n)*", text, re.MULTILINE)[0]
    table.write_text(f"{text.rstrip()}\n{block.replace('criminal_investigation', 'smuggling')}")
    assert list(table_findings(office / "policies")) == []
    entry = {"name": "The new purpose is open.", "set": {"query.purpose": "smuggling"}, "expect": {"allow": True}}
    engine = EmbeddedEngine(load_policies(office / "policies"))
    assert list(case_findings([case_of("purpose", entry, BASE_TEXT)], engine, name="embedded engine")) == []
    table.write_text(table.read_text().replace("ERO", "ER0", 1))
    assert "looks like `ERO`" in str([finding.sentence for finding in table_findings(office / "policies")])
