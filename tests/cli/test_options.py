"""Options that every command has, and how results are shown."""

import json
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway import cli
from gateway.cli import main
from gateway.cli.audit import audit
from gateway.cli.options import KEPT_WORDS, GivenFolder, print_json, show, with_config, with_json, with_optional_config
from tests.bound_by_modes import bound_by_modes


@click.command()
@with_config
@with_json
def strict(settings, as_json):
    click.echo(json.dumps({"state": str(settings.paths.state), "json": as_json}))


@click.command()
@with_optional_config
def lenient(settings):
    click.echo(settings.paths.policies)


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--none", "empty", is_flag=True)
def rows(as_json, empty):
    show([] if empty else [{"name": "é", "many": ["a", "b"], "none": None}], as_json=as_json, title="things")


def run(command, *arguments, **environment):
    return CliRunner().invoke(command, list(arguments), env=environment, catch_exceptions=False)


def test_the_settings_are_those_of_the_file_named(tmp_path):
    (tmp_path / "a.toml").write_text('[paths]\nstate = "mine"\n')
    told = json.loads(run(strict, "--config", str(tmp_path / "a.toml"), "--json").stdout)
    assert told == {"state": str(tmp_path / "mine"), "json": True}


def test_without_a_file_named_the_environment_names_it(tmp_path):
    (tmp_path / "b.toml").write_text('[paths]\nstate = "theirs"\n')
    told = json.loads(run(strict, LPR_GATEWAY_CONFIG=str(tmp_path / "b.toml")).stdout)
    assert told["state"] == str(tmp_path / "theirs")


def test_a_command_that_can_do_without_a_file_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(lenient).stdout == "policies\n"


@pytest.mark.parametrize("names", ["option", "environment", "folder"])
def test_a_command_that_can_do_without_a_file_reads_one_that_is_there(tmp_path, monkeypatch, names):
    (tmp_path / "gateway.toml").write_text('[paths]\npolicies = "rules"\n')
    if names == "folder":
        monkeypatch.chdir(tmp_path)
    arguments = ["--config", str(tmp_path / "gateway.toml")] if names == "option" else []
    environment = {"LPR_GATEWAY_CONFIG": str(tmp_path / "gateway.toml")} if names == "environment" else {}
    assert run(lenient, *arguments, **environment).stdout == f"{tmp_path}/rules\n"


def test_rows_are_a_table_for_people_with_nothing_for_none():
    shown = run(rows).stdout
    assert all(text in shown for text in ("things", "name", "é", "a, b"))
    assert "None" not in shown


def test_rows_are_a_list_of_objects_in_json():
    assert json.loads(run(rows, "--json").stdout) == [{"name": "é", "many": ["a", "b"], "none": None}]
    assert json.loads(run(rows, "--json", "--none").stdout) == []


def test_that_there_is_nothing_is_said_beside_the_output():
    result = run(rows, "--none")
    assert (result.stdout, result.stderr) == ("", "nothing to show\n")


def test_json_keeps_letters_as_they_are(capsys):
    print_json({"name": "é"})
    assert "é" in capsys.readouterr().out


def test_every_command_explains_itself():
    listed = run(main, "--help").stdout
    for name in main.list_commands(click.Context(main)):
        assert name in listed
        assert run(main, name, "--help").exit_code == 0


def test_a_command_that_is_not_there_is_a_mistake_of_usage():
    assert run(main, "nothing").exit_code == 2


@click.command()
@click.argument("path")
def reads(path):
    click.echo(Path(path).read_text(encoding="utf-8"))


def test_a_file_that_cannot_be_read_is_named_with_the_reason_and_brings_no_traceback(monkeypatch, tmp_path):
    monkeypatch.setitem(cli._GROUPS, "reads", f"{__name__}:reads")
    result = CliRunner().invoke(main, ["reads", str(tmp_path / "nothing")])
    assert (result.exit_code, result.stderr) == (2, f"error: {tmp_path}/nothing: No such file or directory\n")


SEALED = {"approvals request", "approvals approve", "approvals deny", "approvals revoke", "emergencies review"}
"""Commands whose reason is kept sealed, where a plate may stand in it."""


def reasons(command=main, words=()):
    """Each command that asks why, by its words, and the kind of that option."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from reasons(command.get_command(context, name), (*words, name))
    else:
        yield from ((" ".join(words), option.type) for option in command.params if "--why" in option.opts)


def test_every_reason_that_is_kept_in_clear_refuses_what_looks_like_a_plate():
    found = dict(reasons())
    assert len(found) > 20
    assert {name for name, kind in found.items() if kind is not KEPT_WORDS} == SEALED


def test_a_command_refuses_a_plate_in_its_reason_before_it_does_anything_and_says_what_to_write(tmp_path):
    result = run(
        main, "audit", "hold", "--case", "25-1", "--why", "Asked about RVT208", "--config", str(tmp_path / "none")
    )
    assert result.exit_code == 2
    assert "word 3 looks like a plate, and this text is kept in clear: name the finding" in " ".join(
        result.output.split()
    )
    assert "RVT208" not in result.output


def test_no_command_of_the_record_takes_an_empty_text_or_name_for_one():
    judged_later = {"hold --case", "search --address", "open --address"}
    for name, command in audit.commands.items():
        for option in command.params:
            if isinstance(option.type, (click.Choice, click.IntRange, click.types.BoolParamType)):
                continue
            if f"{name} {option.opts[0]}" not in judged_later:
                with pytest.raises(click.BadParameter, match=r"empty|does not exist|write a time"):
                    option.type.convert("", option, click.Context(command))


@pytest.mark.parametrize(("arguments"), [["oversight", "import"], ["oversight", "verify-report"]])
def test_a_pipe_in_the_place_of_a_file_from_elsewhere_is_not_waited_at(tmp_path, arguments):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "linked").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "linked"):
        result = CliRunner().invoke(main, [*arguments, str(tmp_path / name)])
        assert (result.exit_code, "is a pipe or device, not a file" in result.stderr) == (2, True)


@pytest.mark.parametrize(("why", "told"), [("", "is empty"), ("  ", "holds no word"), (" . ", "holds no word")])
def test_where_a_reason_is_required_one_that_says_nothing_is_a_mistake(why, told):
    for command in (
        ("policy", "deactivate"),
        ("policy", "rollback"),
        ("oversight", "withdraw", "x"),
        ("audit", "search"),
        ("audit", "tail"),  # where it may be left out
    ):
        refused = CliRunner().invoke(main, [*command, "--why", why])
        assert (refused.exit_code, "--why" in refused.stderr, f"it {told}" in refused.stderr) == (2, True, True)


def test_a_folder_that_may_not_be_entered_is_told_as_such_and_not_as_missing(tmp_path):
    @click.command()
    @click.argument("folder", type=GivenFolder())
    def look(folder):
        click.echo(folder)

    feed = tmp_path / "export" / "feed"
    feed.mkdir(parents=True)
    assert run(look, str(feed)).output.strip() == str(feed)
    feed.parent.chmod(0o600)
    with bound_by_modes():
        closed = run(look, str(feed))
    feed.parent.chmod(0o700)
    assert (closed.exit_code, "cannot be read (Permission denied): chmod -R u+rX" in closed.output) == (2, True)
    gone = run(look, str(tmp_path / "nowhere"))
    assert (gone.exit_code, "does not exist" in gone.output) == (2, True)
