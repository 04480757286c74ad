"""The privacy office's page, held to the code: its commands are ours, and its example case is true of the draft it tells of."""

import re
import shlex
from pathlib import Path

import click
import pytest

from gateway.cli import main
from gateway.pdp import EmbeddedEngine, load_policies
from gateway.pdp.check.cases import case_findings, cases_in
from tests.cases import BASE_TEXT

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
