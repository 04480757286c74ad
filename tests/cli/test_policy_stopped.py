"""What is taken for the policy that was stopped, and how people go on where that one is lost."""

import re
import shutil

import pytest

from gateway.app.policy_in_force import find_in_force
from gateway.clock import now
from gateway.pdp import keep_revision, load_policies
from gateway.settings import load_settings
from tests.http.installation import POLICIES


@pytest.fixture
def policies(gateway):
    """The installation's own policy folder, to be edited by hand."""
    own = shutil.copytree(POLICIES, gateway.folder / "policies")
    gateway.config.write_text(gateway.config.read_text().replace(str(POLICIES), str(own)))
    return own


def set_ceiling(policies, number):
    table = policies / "tables" / "usage" / "data.yaml"
    table.write_text(
        re.sub(r"(?m)^daily_ceiling:\n  value: \d+", f"daily_ceiling:\n  value: {number}", table.read_text())
    )


def stop(gateway):
    return gateway.run_json("policy", "deactivate", "--why", "A leak is looked into.")


def begin(gateway, name="next"):
    """A draft begun by command: its folder, and what was said of where it begins."""
    folder = gateway.folder / name
    begun = gateway.run("policy", "draft", folder)
    assert begun.exit_code == 0, begun.stderr
    return folder, begun.stdout.splitlines()[0].removeprefix(f"{folder}: ")


def put_in_force(gateway, activate, folder):
    """Compared, replayed, signed by two and activated; the revision that is in force then."""
    assert gateway.run("policy", "diff", folder).exit_code in (0, 1)
    assert gateway.run("policy", "impact", "--candidate", folder).exit_code == 0
    activate(folder)
    return gateway.run_json("policy", "history")["in_force"]


@pytest.fixture
def served(gateway, policies):
    """The revision by which a gateway decided that is down now, and whose folder was edited since into one that does not start."""
    gateway.start()
    gateway.stop()
    revision = load_policies(policies).revision
    set_ceiling(policies, 0)
    return revision


def test_an_edit_that_never_started_is_not_what_was_stopped(gateway, served, activate):
    assert stop(gateway)["replaces"] == served
    folder, told = begin(gateway)
    assert (told, load_policies(folder).revision) == (f"policy {served[:12]}, which act 1 stopped", served)
    set_ceiling(folder, 190)
    assert put_in_force(gateway, activate, folder) == load_policies(folder).revision


def test_an_edit_that_never_started_judges_nobody_and_is_called_in_force_by_no_command(
    gateway, served, policies, tmp_path
):
    table = policies / "tables" / "training" / "data.yaml"
    table.write_text(table.read_text().replace("value: 365", "value: 90", 1))
    history = gateway.run("policy", "history")
    assert f"revision {served[:12]}, as the last start took it up: edited since" in history.stdout
    assert gateway.run_json("policy", "history")["in_force"] == served
    done = gateway.run("audit", "report", "training", "--out", tmp_path / "training", "--why", "The yearly audit.")
    assert done.exit_code == 0, done.stderr
    [page] = (tmp_path / "training").glob("*.html")
    assert "at most 365 days, by the policy in force" in page.read_text()
    told = gateway.run("policy", "explain", "--set", "facts.training.lpr.age_days=200").stdout
    assert "training_lapsed" not in told


def test_a_stop_that_names_an_edit_that_is_gone_keeps_nobody_from_a_signed_activation(
    gateway, served, policies, activate
):
    edit = load_policies(policies).revision
    stop(gateway)
    history = gateway.state / "policy" / "history.jsonl"
    history.write_text(history.read_text().replace(served, edit))  # as earlier versions wrote it
    set_ceiling(policies, 200)
    folder, told = begin(gateway)
    lost = f"policy {edit[:12]}, which act 1 ended, is not kept ({gateway.state / 'revisions' / edit})"
    assert told == f"{lost}: in its place is taken policy {served[:12]}, the last before it that is kept"
    assert f"note: everything is stopped: {told}" in gateway.run("policy", "diff", folder).stderr
    settings = load_settings(gateway.config, {})
    assert find_in_force(settings, now()).governing.revision == served
    assert put_in_force(gateway, activate, folder) == served
    assert (
        f"note: policy {edit[:12]}, named by act 1, is not kept as it was (" in gateway.run("policy", "history").stderr
    )


def test_where_nothing_ever_served_nothing_was_stopped_and_a_draft_begins_from_the_folder(gateway, policies, activate):
    set_ceiling(policies, 0)
    assert stop(gateway)["replaces"] is None
    folder, told = begin(gateway)
    taken = f"in its place is taken what lies in the folder {policies}"
    assert told == f"nothing was in force here before everything was stopped: {taken}"
    set_ceiling(folder, 190)
    assert put_in_force(gateway, activate, folder) == load_policies(folder).revision


def test_where_what_was_stopped_is_lost_the_one_before_is_taken_and_going_back_names_the_folder(
    gateway, draft, activate, keys
):
    first, second = activate(draft("first", 365)), activate(draft("second", 700))
    stop(gateway)
    lost = gateway.state / "revisions" / second
    (lost / "lpr" / "decision.rego").unlink()
    folder, told = begin(gateway)
    assert "is not kept any more as it was (" in told
    assert load_policies(folder).revision == first
    shutil.rmtree(lost)
    back = gateway.run("policy", "rollback", "--key", keys[0], "--why", "It was none.")
    assert f"policy {second[:12]} is not kept: there is no folder {lost}" in back.stderr
    assert put_in_force(gateway, activate, draft("third", 300)) not in (first, second)


def test_where_nothing_can_be_read_any_more_it_is_told_what_to_put_right(gateway, policies, draft, activate):
    revision = activate(draft())
    stop(gateway)
    shutil.rmtree(gateway.state / "revisions")
    rules = shutil.move(policies / "lpr", gateway.folder / "lpr")
    shutil.rmtree(policies / "oversight")
    refused = gateway.run("policy", "draft", gateway.folder / "next")
    assert refused.exit_code == 2
    assert f"policy {revision[:12]}, which act 2 ended, is not kept (" in refused.stderr
    assert f"put that right, and a draft begins from the folder {policies}" in refused.stderr
    shutil.move(rules, policies / "lpr")
    folder, _ = begin(gateway)
    assert put_in_force(gateway, activate, folder) == load_policies(policies).revision


def test_the_first_activation_replaces_what_decided_and_one_signer_never_goes_back_to_an_edit_that_did_not(
    gateway, served, policies, activate, keys
):
    edit = load_policies(policies).revision
    keep_revision(load_policies(policies), gateway.state)  # as a first signature under it does
    folder, told = begin(gateway)
    since = f"edited since the last start took up policy {served[:12]}, which decides until the next one"
    assert told == f"the folder {policies}, {since}: nothing was activated yet"
    set_ceiling(folder, 190)
    assert f"note: compared with policy {served[:12]}: {since}" in gateway.run("policy", "diff", folder).stderr
    put_in_force(gateway, activate, folder)
    for revision, done in ((edit, False), (served, True)):
        back = gateway.run("policy", "rollback", revision, "--key", keys[0], "--why", "It was better.")
        assert (back.exit_code == 0) is done, back.stderr


def test_the_number_of_an_act_is_not_taken_for_the_beginning_of_a_revision(gateway, draft, activate, keys):
    first, second = activate(draft("first", 365)), activate(draft("second", 700))
    for number, revision in ((1, first), (2, second)):
        told = gateway.run("policy", "rollback", number, "--key", keys[0], "--why", "As before.")
        assert (told.exit_code, f"Act {number} is policy {revision[:12]}" in told.stderr) == (2, True)
    told = gateway.run("policy", "diff", "1", "2").stderr
    assert "there is no folder 1; as a revision: '1' is too short for a revision" in told
    assert "is too short for a revision" in gateway.run("policy", "activate", first[:7]).stderr
    assert gateway.run_json("policy", "history")["in_force"] == second
    back = gateway.run("policy", "rollback", first[:8], "--key", keys[0], "--why", "As before.")
    assert (back.exit_code, f"note: going back to {first[:12]} changes\n" in back.stderr) == (0, True)
    assert ": 700 -> 365" in back.stderr
