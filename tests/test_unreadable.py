"""What is there and may not be read is told so, with what gives it back, wherever the gateway reads what people keep."""

import os
import pwd
import shutil
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.pdp.check.policies import run_tests
from gateway.settings import load_settings
from gateway.unreadable import find_unreadable, tell_all_unreadable, tell_unreadable
from tests.bound_by_modes import bound_by_modes
from tests.http.installation import POLICIES, Installation, Place

CASES = POLICIES.parent / "tests" / "cases"
DENIED = "cannot be read (Permission denied): ch"


@pytest.fixture
def edited(tmp_path):
    """An installation with a policy, cases and oversight of its own, to be edited by somebody with another umask."""
    made = Installation(tmp_path, [Place(profile="rekor", at="/rekor", upstream="http://127.0.0.1:1")])
    shutil.copytree(POLICIES, tmp_path / "policies")
    shutil.copytree(CASES, tmp_path / "cases")
    made.config.write_text(made.config.read_text().replace(str(POLICIES), "policies"))
    made.import_facts()
    return made


def close(path):
    """As root leaves it for the service: nobody else may read it."""
    path.chmod(0)


def ask(installation, *command):
    with bound_by_modes():
        result = installation.run(*command)
    return result.exit_code, result.output


@pytest.mark.parametrize("name", ["lpr/usage/usage.rego", "tables/usage/data.yaml", "lpr/usage", "tables", "."])
def test_a_policy_that_may_not_be_read_is_no_wrong_one(edited, name):
    closed = edited.folder / "policies" / name
    close(closed)
    for command in (["config", "check"], ["doctor"], ["policy", "check", edited.folder / "policies"]):
        exit_code, told = ask(edited, *command)
        assert exit_code in (1, 2), told
        assert DENIED in told
        assert str(closed.resolve()) in told
        assert "must be a plain file" not in told
        assert "holds no Rego" not in told
    closed.chmod(0o700)


@pytest.mark.parametrize("name", ["detector.yaml", "query.sql", "tests.yaml", "."])
def test_a_detector_that_may_not_be_read_is_no_wrong_one(edited, name):
    closed = edited.folder / "policies" / "oversight" / "d06_streak" / name
    close(closed)
    for command in (["config", "check"], ["doctor"]):
        _, told = ask(edited, *command)
        assert f"{DENIED}mod -R u+rX {closed.resolve()}" in told
        assert "needs detector.yaml" not in told
        assert "there is no such" not in told
    closed.chmod(0o700)


@pytest.mark.parametrize("name", ["usage.yaml", "_base.yaml", "."])
def test_cases_that_may_not_be_read_are_not_said_to_be_missing(edited, name):
    closed = edited.folder / "cases" / name
    assert closed.exists()
    close(closed)
    with bound_by_modes():
        report = run_tests(edited.folder / "policies", None)
    told = "\n".join([*(finding.sentence for finding in report.findings), *report.not_made])
    assert f"{DENIED}mod -R u+rX {closed.resolve()}" in told
    assert "there is no folder" not in told
    closed.chmod(0o700)


@pytest.mark.parametrize("name", ["users.csv", "manifest.json"])
def test_a_feed_that_may_not_be_read_is_told_with_what_opens_it(edited, name):
    feed = edited.folder / "facts"
    (feed / name).touch()
    close(feed / name)
    exit_code, told = ask(edited, "facts", "check", feed)
    assert exit_code == 1
    assert f"{name}: {DENIED}mod -R u+rX {feed / name}" in told
    assert "must be {" not in told


@pytest.mark.parametrize(
    "lines",
    ['[facts]\nmanifest_key_file = "closed"', '[audit]\ntrust_file = "closed"', '[telemetry]\nca_file = "closed"'],
)
def test_a_file_that_the_settings_name_and_that_may_not_be_read_is_told(edited, lines):
    closed = edited.folder / "closed"
    closed.touch()
    close(closed)
    edited.config.write_text(f"{lines}\n{edited.config.read_text()}")
    exit_code, told = ask(edited, "config", "check")
    assert (exit_code, f"{closed} {DENIED}mod -R u+rX {closed}" in told) == (2, True), told


def test_what_is_somebody_elses_is_to_be_given_to_who_reads_it(tmp_path):
    (tmp_path / "theirs").mkdir(mode=0o700)
    (tmp_path / "theirs" / "a.yaml").touch()
    if os.geteuid() == 0:
        os.chown(tmp_path / "theirs", 54_321, -1)
    with bound_by_modes():
        found = [
            *find_unreadable(tmp_path),
            PermissionError(13, "Permission denied", str(tmp_path / "theirs" / "a.yaml")),
        ]
        told = {tell_unreadable(error) for error in found}
    if os.geteuid() == 0:
        place, denied = tmp_path / "theirs", "cannot be read (Permission denied): "
        careful = f"put the file into a folder that root may enter; or, where {place} holds the gateway's files alone, "
        assert told == {f"{denied}chown -R root: {place}", f"{denied}{careful}chown -R root: {place}"}


def test_nobodys_home_is_to_be_given_away_for_one_file_in_it(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "opa").touch()
    if os.geteuid() == 0:
        os.chown(home, 54_321, -1)
    lives = pwd.struct_passwd(("jo", "x", 54_321, 54_321, "", str(home), "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwall", lambda: [lives])
    with bound_by_modes():
        told = tell_unreadable(PermissionError(13, "Permission denied", str(home / "opa")))
    if os.geteuid() == 0:
        assert told == "cannot be read (Permission denied): put the file into a folder that root may enter"


def test_settings_that_may_not_be_read_are_told_with_what_gives_them_back(tmp_path):
    file = tmp_path / "gateway.toml"
    file.touch(mode=0)
    with bound_by_modes(), pytest.raises(ConfigurationError) as told:
        load_settings(file, {})
    assert told.value.problems[0].startswith(f"{file} {DENIED}")


def test_of_many_files_the_first_are_told_and_the_others_counted(tmp_path):
    for name in "abcde":
        (tmp_path / f"{name}.yaml").touch(mode=0)
    with bound_by_modes():
        told = tell_all_unreadable(tmp_path, ".yaml", ".rego")
    assert [sentence.partition(":")[0] for sentence in told] == ["a.yaml", "b.yaml", "c.yaml", str(tmp_path)]
    assert told[3].endswith("2 more of its files and folders cannot be read")


def test_what_is_not_there_is_not_said_to_be_closed(tmp_path):
    assert find_unreadable(Path(tmp_path / "none")) == []
