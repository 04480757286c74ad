"""Commands run as the state's owner: as anybody else they stop before they make a file that the service cannot open."""

import os
import re

import pytest

from gateway.app.ownership import find_owner, foreign_files, require_owner
from gateway.errors import ConfigurationError
from gateway.settings import load_settings
from tests.http.installation import Installation, Place


@pytest.fixture
def installed(tmp_path):
    made = Installation(tmp_path, [Place(profile="rekor", at="/rekor", upstream="http://127.0.0.1:1")])
    made.import_facts()
    return made


@pytest.fixture
def other(monkeypatch):
    """This process is another user's from now on, as far as it can tell."""
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)


def settings(installed):
    return load_settings(installed.config, {})


def test_the_owner_may_do_everything(installed):
    require_owner(settings(installed), "lpr-gateway keys issue")
    assert find_owner(settings(installed)) == os.geteuid()


@pytest.mark.usefixtures("other")
def test_where_there_is_no_state_yet_anybody_may_begin(tmp_path):
    new = Installation(tmp_path, [Place(profile="rekor", at="/rekor", upstream="http://127.0.0.1:1")])
    require_owner(settings(new), "lpr-gateway serve")


def test_root_makes_no_state_in_a_folder_that_is_anothers(tmp_path, monkeypatch):
    new = Installation(tmp_path, [Place(profile="rekor", at="/rekor", upstream="http://127.0.0.1:1")])
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    os.chown(tmp_path, 54_321, -1)
    result = new.run("keys", "list")
    assert (result.exit_code, new.state.exists()) == (2, False)
    assert f"{tmp_path} belongs to user 54321, and you are root" in result.stderr
    assert "sudo -u '#54321' " in result.stderr


def test_root_puts_nothing_into_an_empty_state_folder_that_is_anothers(tmp_path, monkeypatch):
    new = Installation(tmp_path, [Place(profile="rekor", at="/rekor", upstream="http://127.0.0.1:1")])
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    new.state.mkdir()
    os.chown(new.state, 54_321, -1)
    result = new.run("keys", "list")
    assert (result.exit_code, list(new.state.iterdir())) == (2, [])
    assert f"{new.state} belongs to user 54321, and you are root" in result.stderr


def test_what_shows_that_the_state_is_anothers_is_named(installed, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)
    os.chown(installed.state, 54_321, -1)
    with pytest.raises(ConfigurationError, match=f"{installed.state}/secrets belongs to root, and you are user 54321"):
        require_owner(settings(installed), "lpr-gateway doctor")


@pytest.mark.usefixtures("other")
def test_anybody_else_is_told_whose_it_is_and_how_to_run_the_command(installed):
    with pytest.raises(ConfigurationError) as caught:
        require_owner(settings(installed), "lpr-gateway keys issue")
    [sentence] = caught.value.problems
    assert f"{installed.state} belongs to " in sentence
    assert "and you are user 54321" in sentence
    assert sentence.endswith(" lpr-gateway keys issue …")
    assert "sudo -u " in sentence


@pytest.mark.usefixtures("other")
def test_who_finds_roots_files_is_first_told_how_to_get_them_back(installed, monkeypatch):
    monkeypatch.setattr("gateway.app.ownership.find_owner", lambda _settings: 0)
    with pytest.raises(ConfigurationError) as caught:
        require_owner(settings(installed), "lpr-gateway doctor")
    [sentence] = caught.value.problems
    assert f"If root only made or restored it: chown -R 54321: {installed.state}. " in sentence


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize("command", ["keys list", "doctor", "config check", "facts revisions", "policy history"])
def test_no_command_does_anything_as_somebody_else(installed, command):
    before = set(installed.state.rglob("*"))
    result = installed.run(*command.split())
    assert result.exit_code == 2
    assert re.search(rf"sudo -u \S+ \S+ {command} …", result.stderr)
    assert set(installed.state.rglob("*")) == before


def test_files_of_somebody_else_are_named_with_what_to_do(installed, monkeypatch):
    assert foreign_files(settings(installed)) == []
    monkeypatch.setattr("gateway.app.ownership.find_owner", lambda _settings: 54_321)
    [sentence] = foreign_files(settings(installed))  # the ledger lies within the state
    assert "do not belong to user 54321: chown -R" in sentence
    assert str(installed.state / "gateway.db") in sentence or " more do not" in sentence
