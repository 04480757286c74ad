import os

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.settings import load_settings, writable_warnings


@pytest.fixture
def made(tmp_path):
    """An installation as `init` makes it, and its settings file."""
    assert CliRunner().invoke(main, ["init", str(tmp_path / "made")]).exit_code == 0
    return tmp_path / "made" / "gateway.toml"


def told(file):
    return writable_warnings(load_settings(file, {}), file)


def test_what_init_makes_can_be_changed_by_nobody_else(made):
    assert told(made) == []


@pytest.mark.parametrize("name", ["gateway.toml", "policies/lpr/case/case.rego", "secrets/flock", "policies", "."])
def test_what_decides_searches_and_others_can_change_is_named_with_what_takes_that_away(made, name):
    path = made.parent / name
    path.chmod(path.stat().st_mode | 0o002)
    (sentence,) = told(made)
    assert sentence.startswith(f"{path} can be changed by others; chmod ")
    assert "go-w" in sentence


def test_of_many_the_first_are_named_and_the_rest_counted(made):
    files = list((made.parent / "policies").rglob("*.rego"))
    for path in files:
        path.chmod(0o666)
    (sentence,) = told(made)
    assert f"and {len(files) - 3} more can be changed by others" in sentence


def test_in_a_folder_with_the_sticky_bit_nobody_replaces_anothers_file(made):
    made.parent.chmod(0o1777)
    assert told(made) == []


def test_a_group_that_is_not_the_owners_own_may_not_change_it_either(made):
    made.chmod(0o660)
    assert told(made) == []
    os.chown(made, -1, 65534)
    assert told(made) == [f"{made} can be changed by others; chmod go-w {made}"]


def test_whose_file_it_is_can_change_it_and_is_named(made):
    os.chown(made, 65534, -1)
    assert f"{made} belongs to nobody, who can change it" in told(made)[0]


def test_every_command_that_reads_the_settings_warns(made):
    made.chmod(0o666)
    result = CliRunner().invoke(main, ["config", "check", "--config", str(made)])
    assert f"warning: {made} can be changed by others" in result.stderr
