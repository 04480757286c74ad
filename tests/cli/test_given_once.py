"""A question is asked whole or not at all: no option is dropped for another of its name."""

import click
import pytest
from click.testing import CliRunner

from gateway.cli import main


def options_of_one_value(group, path=()):
    """Every command's path, with the options of it of which one value counts."""
    with click.Context(group) as context:
        found = [(name, group.get_command(context, name)) for name in group.list_commands(context)]
    for name, command in found:
        if isinstance(command, click.Group):
            yield from options_of_one_value(command, (*path, name))
            continue
        options = [one for one in command.params if isinstance(one, click.Option)]
        for one in options:
            if not (one.multiple or one.count or one.is_flag):
                yield (*path, name, one.opts[0])


@pytest.mark.parametrize("asked", list(options_of_one_value(main)), ids=" ".join)
def test_every_command_refuses_a_second_value_of_an_option_of_which_one_counts(asked):
    *command, option = asked
    result = CliRunner().invoke(main, [*command, option, "one", f"{option}=two"])
    assert result.exit_code == 2
    assert f"{option} is given more than once, and the last alone would count: ask once for each" in result.stderr


def test_what_may_be_given_as_often_as_needed_still_is(gateway):
    result = gateway.run("audit", "search", "--person", "u02", "--key", "one", "--key", "two", "--why", "both")
    assert "given more than once" not in result.stderr
