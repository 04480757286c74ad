"""`init`: from nothing to a gateway that answers, by the commands it names."""

import json
import os
import re
import stat

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.settings import load_settings


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def made(tmp_path):
    folder = tmp_path / "gateway"
    assert run("init", folder).exit_code == 0
    return folder


def test_the_settings_it_writes_are_sound(made):
    result = run("config", "check", "--config", made / "gateway.toml")
    assert result.exit_code == 0, result.output
    assert "warning" not in result.output


def test_what_another_installation_keeps_is_never_taken_over_by_a_new_one(tmp_path):
    state = tmp_path / "elsewhere"
    (state / "secrets").mkdir(parents=True)
    told = run("init", tmp_path / "second", "--state", state)
    assert (told.exit_code, "holds what another installation keeps (secrets)" in told.stderr) == (2, True)
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("owned", ["settings", "state"])
def test_root_begins_nothing_in_folders_that_were_made_for_another_user(tmp_path, monkeypatch, owned):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    folders = {name: tmp_path / name for name in ("settings", "state")}
    for folder in folders.values():
        folder.mkdir()
    os.chown(folders[owned], 54_321, -1)
    told = run("init", folders["settings"], "--state", folders["state"])
    assert (told.exit_code, [*tmp_path.rglob("*/*")]) == (2, [])
    assert f"{folders[owned]} belongs to user 54321, and you are root" in told.stderr
    assert "Run it as user 54321: sudo -u '#54321' lpr-gateway init …" in told.stderr


@pytest.mark.parametrize(("installed", "lacking"), [((), "{0}/policies and {0}/cases"), (("policies",), "{0}/cases")])
def test_what_was_not_installed_is_named_whole_and_nothing_is_made(tmp_path, monkeypatch, installed, lacking):
    for name in installed:
        (tmp_path / name).mkdir()
    monkeypatch.setattr("gateway.app.starter_files._SHIPPED", ((tmp_path / "policies", tmp_path / "cases"),))
    told = run("init", tmp_path / "new")
    assert (told.exit_code, (tmp_path / "new").exists()) == (2, False)
    assert (
        f"error: {lacking.format(tmp_path)} must be there: copy the project's policies and tests/cases" in told.stderr
    )


def test_the_feed_it_writes_is_taken_and_a_key_can_be_issued(made):
    config = ("--config", made / "gateway.toml")
    assert run("facts", "import", made / "feed", *config).exit_code == 0
    issued = run("keys", "issue", "--user", "u01", *config, "--json")
    assert json.loads(issued.stdout)["secret"]


def test_every_command_it_names_is_one(made):
    named = re.findall(r"lpr-gateway ([a-z]+)(?: ([a-z]+))?", (made / "NEXT.txt").read_text())
    assert len(named) >= 5
    for group, command in named:
        help_text = run(group, "--help")
        assert help_text.exit_code == 0
        assert not command or command in help_text.output or group in ("emulate", "doctor")


def test_the_first_search_that_it_names_is_of_a_subject_of_the_officers_own_case(made):
    text = (made / "NEXT.txt").read_text()
    body = json.loads(re.search(r"-d '(.*?)'", text, re.DOTALL)[1])
    plates = (made / "feed" / "subject_plates.csv").read_text()
    assert "@" not in text
    assert f"s01,{body['plate']}," in plates
    assert f"{body['caseNumber']},u01" in (made / "feed" / "case_members.csv").read_text()
    assert body["startDate"] < body["endDate"]


def test_everything_it_keeps_lies_where_state_is_said_to_be(tmp_path):
    assert run("init", tmp_path / "etc", "--state", tmp_path / "var").exit_code == 0
    settings = load_settings(tmp_path / "etc" / "gateway.toml", {})
    assert settings.paths.state == tmp_path / "var"
    assert settings.audit.directory == tmp_path / "var" / "audit"
    assert settings.store.url == f"sqlite:///{tmp_path}/var/gateway.db"
    assert settings.facts.url == f"sqlite:///{tmp_path}/var/facts.db"


def test_a_state_that_was_named_is_told_by_its_whole_path(tmp_path):
    assert (
        f"It keeps its state in {tmp_path}/etc/kept/state."
        in run("init", tmp_path / "etc", "--state", "kept/state").output
    )
    assert "It keeps" not in run("init", tmp_path / "other").output


def test_what_is_private_is_its_owners_alone_whatever_the_mask(tmp_path):
    before = os.umask(0)
    try:
        run("init", tmp_path / "gateway")
    finally:
        os.umask(before)
    for name in ("secrets", "secrets/flock", "auditor", "auditor/auditor.key"):
        assert stat.S_IMODE((tmp_path / "gateway" / name).stat().st_mode) & 0o077 == 0, name


def test_the_record_is_sealed_to_the_key_that_does_not_stay(made):
    settings = load_settings(made / "gateway.toml", {})
    [recipient] = settings.audit.recipients
    assert recipient in (made / "auditor" / "auditor.key").read_text()


def test_an_installation_that_is_there_is_not_touched(made):
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    result = run("init", made)
    assert result.exit_code == 2
    assert "is there already; nothing was changed" in result.output
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == before


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    result = run("init", tmp_path / "file" / "below")
    assert result.exit_code == 2
    assert "cannot be written" in result.output
