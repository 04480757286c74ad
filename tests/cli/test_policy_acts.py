import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.app.policy_drafts import is_activated
from gateway.app.policy_in_force import find_in_force
from gateway.app.policy_office import open_policy_office
from gateway.app.policy_review import tell_expired
from gateway.cli.policy import tell_findings
from gateway.clock import now
from gateway.errors import ConfigurationError
from gateway.lifecycle.drafts import sign_draft
from gateway.lifecycle.signer_keys import read_signer_key
from gateway.pdp import keep_revision, load_policies
from gateway.pdp.check import PolicyFinding, PolicyReport
from gateway.settings import load_settings
from tests.cli.signing import NAMES, WHY, make_key
from tests.facts.postgres import fresh_database
from tests.http.installation import POLICIES
from tests.lifecycle.offices import sealed_report
from tests.pdp.policies import TABLE

CASES = str(Path(__file__).parents[1] / "cases")


def acts(gateway):
    return gateway.run_json("policy", "history")["acts"]


def test_a_signers_public_line_is_printed_alone_and_what_to_do_with_it_beside(tmp_path):
    result = make_key("cid.moss", tmp_path / "cid.key")
    assert result.stdout.startswith("cid.moss+")
    assert "[policy] signers" in result.stderr


def test_what_two_signed_is_in_force_and_its_act_is_on_record(gateway, draft, activate, recorded):
    revision = activate(draft())
    [act] = acts(gateway)
    assert (act["what"], act["state"], act["why"], act["signers"]) == ("activate", "in force", WHY, list(NAMES))
    assert gateway.run_json("policy", "history")["in_force"] == revision
    assert [record["policy_revision"] for record in recorded("policy.activated")] == [revision]


def test_the_record_lists_which_policy_an_act_put_in_force_by_whose_signatures_and_why(gateway, draft, activate):
    revision = activate(draft())
    [line] = gateway.run("audit", "search", "--event", "policy.activated", "--why", "review").stdout.splitlines()[1:]
    assert f"act 1: policy {revision[:12]}, signed by ada.lane and bob.reed" in line
    assert line.endswith(WHY)


def test_each_act_tells_what_it_changed_and_the_command_that_shows_all_of_it(gateway, draft, activate, recorded):
    first, second = activate(draft("first", 365)), activate(draft("second", 700))
    told = f"tables/training.max_age_days.value: 365 -> 700 (all: policy diff {first[:12]} {second[:12]})"
    assert acts(gateway)[0]["changes"] == told
    assert recorded("policy.activated")[-1]["what"].endswith(f"; changes: {told}")
    assert gateway.run("policy", "diff", first[:12], second[:12]).exit_code == 1


def test_an_act_for_later_is_to_come_until_then(gateway, draft, activate):
    before = gateway.run_json("policy", "history")["in_force"]
    activate(draft(), "--effective", "2090-01-01T00:00:00Z")
    assert [act["state"] for act in acts(gateway)] == ["to come"]
    assert gateway.run_json("policy", "history")["in_force"] == before


def test_an_act_that_was_called_off_is_told_so_also_after_its_instant(gateway, draft, activate, monkeypatch):
    activate(draft("first", 365), "--effective", "2090-01-01T00:00:00Z")
    activate(draft("second", 700))
    monkeypatch.setattr("gateway.cli.policy_history.clock.now", lambda: datetime(2091, 1, 1, tzinfo=UTC))
    assert [act["state"] for act in acts(gateway)] == ["in force", "called off"]


def test_what_is_no_instant_is_a_mistake_of_usage(gateway, draft, sign):
    result = gateway.run("policy", "activate", sign(draft()), "--effective", "tomorrow")
    assert result.exit_code == 2
    assert "write a time like 2027-01-01 (its first moment in UTC), 2027-01-01T14:00:00Z" in result.stderr


def test_an_act_of_a_plain_day_is_effective_from_its_first_moment_in_utc(gateway, draft, activate):
    activate(draft(), "--effective", "2090-01-01")
    assert [act["effective_at"] for act in acts(gateway)] == ["2090-01-01T00:00:00.000Z"]


def test_one_signer_takes_the_last_act_back_or_goes_to_an_earlier_policy(gateway, draft, activate, keys):
    first, second = activate(draft("first", 365)), activate(draft("second", 700))
    back = gateway.run("policy", "rollback", "--key", keys[0], "--why", "It was wrong.")
    assert f"in force is policy {first[:12]}" in back.stdout
    again = gateway.run_json("policy", "rollback", second[:12], "--key", keys[0], "--why", "It was right.")
    assert (again["act"], again["revision"], again["replaces"]) == ("roll_back", second, first)


def test_going_back_to_what_is_in_force_already_is_told_and_no_act(gateway, draft, activate, keys):
    activate(draft("first", 365))
    second = activate(draft("second", 700))
    before = acts(gateway)
    again = gateway.run("policy", "rollback", second[:12], "--key", keys[0], "--why", "To be sure.")
    assert (again.exit_code, f"policy {second[:12]} is in force already" in again.stderr) == (2, True)
    assert acts(gateway) == before


def test_a_stop_upon_a_stop_is_taken_back_by_one_roll_back(gateway, draft, activate, keys):
    activate(draft("first", 365))
    second = activate(draft("second", 700))
    for why in ("A leak is looked into.", "I was not sure that it had stopped."):
        gateway.run("policy", "deactivate", "--why", why)
    back = gateway.run("policy", "rollback", "--key", keys[0], "--why", "It was none.")
    assert f"in force is policy {second[:12]}" in back.stdout


def test_after_a_stop_was_ended_going_back_is_to_the_policy_before_and_forth_again(gateway, draft, activate, keys):
    first, second = activate(draft("first", 365)), activate(draft("second", 700))
    gateway.run("policy", "deactivate", "--why", "It looks wrong.")
    told = [gateway.run_json("policy", "rollback", "--key", keys[0], "--why", "Next.")["revision"] for _ in range(3)]
    assert told == [second, first, second]


def test_who_goes_back_to_a_policy_that_has_expired_is_warned_that_it_denies_every_search(
    gateway, draft, activate, keys
):
    before = (now() - timedelta(days=370)).timestamp()
    os.utime(keep_revision(load_policies(POLICIES), gateway.state), (before, before))
    activate(draft())
    back = gateway.run("policy", "rollback", "--key", keys[0], "--why", "It was wrong.")
    assert "warning: the policy expired: nobody has reviewed it for 370 days" in back.stderr


def test_a_policy_that_two_sign_and_activate_as_it_is_has_been_reviewed(gateway, activate, tmp_path):
    expired = (now() - timedelta(days=370)).timestamp()
    kept = keep_revision(load_policies(POLICIES), gateway.state)
    os.utime(kept, (expired, expired))
    settings = load_settings(gateway.config, {})
    assert "nobody has reviewed it for 370 days" in tell_expired(find_in_force(settings, now()))
    for _ in range(2):
        assert activate(shutil.copytree(POLICIES, tmp_path / "draft", dirs_exist_ok=True)) == kept.name
    settings = load_settings(gateway.config, {})
    assert tell_expired(find_in_force(settings, now())) is None
    second, first = (datetime.fromisoformat(act["effective_at"]) for act in acts(gateway))
    assert find_in_force(settings, now()).reviewed == second > first


def test_going_back_while_an_act_is_to_come_calls_that_one_off(gateway, draft, activate, keys):
    activate(draft("first", 365))
    second = activate(draft("second", 700))
    activate(draft("third", 30), "--effective", "2090-01-01T00:00:00Z")
    back = gateway.run_json("policy", "rollback", "--key", keys[0], "--why", "Not yet.")
    assert back["revision"] == second
    assert [act["state"] for act in acts(gateway)].count("called off") == 1


@pytest.mark.parametrize("command", ["activate", "rollback", "deactivate"])
def test_whoever_calls_off_an_act_to_come_is_told_so(gateway, draft, activate, sign, keys, command):
    activate(draft("first", 365))
    later = activate(draft("second", 30), "--effective", "2090-01-01T00:00:00Z")
    why = () if command == "activate" else ("--why", "Not yet.")
    given = {"activate": (sign(draft("third", 300)),), "rollback": ("--key", keys[0]), "deactivate": ()}[command]
    told = gateway.run("policy", command, *given, *why).stderr
    assert f"note: this calls off act 2: policy {later[:12]} from 2090-01-01T00:00:00.000Z on" in told
    assert "calls off" not in gateway.run("policy", "deactivate", "--why", "Nothing is to come any more.").stderr


@pytest.mark.parametrize("shared", [False, True])
def test_where_other_gateways_may_work_with_the_store_an_act_says_that_it_is_this_ones_alone(gateway, postgres, shared):
    if shared:
        gateway.config.write_text(
            f'{gateway.config.read_text()}\n[store]\nurl = "{fresh_database(postgres).replace(":@", "@")}"\n'
        )
    told = gateway.run("policy", "deactivate", "--why", "Something is wrong.").stderr
    alone = "note: this is so at this gateway alone: every other one on its store decides as before, until the same is done there"
    assert (alone in " ".join(told.split())) is shared


def test_who_would_sign_second_is_told_that_the_draft_was_changed_since_the_first_signature(gateway, draft, sign, keys):
    signed = sign(draft())
    changed = load_policies(draft(days=366))
    with (
        open_policy_office(load_settings(gateway.config, {}), "tester") as office,
        pytest.raises(ConfigurationError) as refused,
    ):
        sign_draft(office, changed, read_signer_key(keys[1]), why=None, evidence={}, impact=None)
    assert f"nobody has signed {changed.revision[:12]} yet" in str(refused.value)
    assert f"last signed was {signed[:12]}" in str(refused.value)


def test_who_would_sign_second_is_told_that_another_act_came_between(gateway, draft, sign, activate, keys):
    sign(draft())
    between = activate(draft("between", days=300))
    with (
        open_policy_office(load_settings(gateway.config, {}), "tester") as office,
        pytest.raises(ConfigurationError) as refused,
    ):
        sign_draft(office, load_policies(draft()), read_signer_key(keys[1]), why=None, evidence={}, impact=None)
    told = str(refused.value)
    assert (
        f"it would be act 2, in place of {between[:12]}: so none of them counts any more, and this is the first" in told
    )


def test_there_is_nothing_to_go_back_to_before_the_first_act(gateway, keys):
    result = gateway.run("policy", "rollback", "--key", keys[0], "--why", "It was wrong.")
    assert result.exit_code == 2
    assert "nothing was activated yet" in result.stderr


def test_everything_is_stopped_by_one_person_with_a_reason(gateway):
    result = gateway.run("policy", "deactivate", "--why", "A leak is looked into.")
    assert "note: searches are served again by" in result.stderr
    assert "in force is nothing: every search is refused" in result.stdout
    assert gateway.run_json("policy", "history")["in_force"] is None


def test_a_mended_policy_ends_the_stop_and_is_signed_against_what_was_stopped(gateway, draft, activate, recorded):
    wrong = activate(draft("wrong", 365))
    gateway.run("policy", "deactivate", "--why", "The law was misread.")
    mended = activate(draft("mended", 700))
    assert gateway.run_json("policy", "history")["in_force"] == mended
    record = recorded("policy.activated")[-1]
    assert (record["policy_revision"], record["replaces"]) == (mended, "")
    assert record["changes"] == ["tables/training.max_age_days.value: 365 -> 700"]
    assert wrong != mended


def test_a_policy_with_findings_is_not_signed(gateway, draft, keys):
    given = ("--key", keys[0], "--why", WHY, "--cases", CASES)
    result = gateway.run("policy", "sign", draft(), *given)
    assert result.exit_code == 2
    told, last = result.stderr.strip().rsplit("\n", 1)
    assert last.startswith("error: not signed: put these right first (")
    assert "tables/usage/data.yaml: This table is missing. [table]" in told.splitlines()


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ((), f"those of this installation are tried with --cases {CASES}"),
        (("--cases", "none"), "name where they lie with --cases"),
    ],
)
def test_a_policy_without_decisions_in_plain_sentences_is_not_signed(gateway, draft, keys, tmp_path, given, remedy):
    (tmp_path / "none").mkdir()
    named = [str(tmp_path / "none") if word == "none" else word for word in given]
    result = gateway.run("policy", "sign", draft(), "--key", keys[0], "--why", WHY, *named)
    assert result.exit_code == 2
    assert "not signed: decisions in plain sentences" in result.stderr
    assert remedy in result.stderr


def test_history_is_told_in_lines_and_before_the_first_act_by_the_folder(gateway, draft, activate):
    assert "no policy was activated yet; in force is " in gateway.run("policy", "history").stdout
    revision = activate(draft())
    told = gateway.run("policy", "history").stdout
    assert revision[:12] in told
    assert WHY in told


def test_a_kept_revision_is_shown_whole_and_file_by_file(gateway, draft, activate):
    revision = activate(draft())
    assert f"revision {revision}" in gateway.run("policy", "show", revision[:12]).stdout
    assert gateway.run("policy", "show", revision[:12], "tables/training/data.yaml").stdout == TABLE
    shown = gateway.run_json("policy", "show", revision[:12], "tables/training/data.yaml")
    assert shown == {"revision": revision, "files": {"tables/training/data.yaml": TABLE}}
    missing = gateway.run("policy", "show", revision[:12], "tables/none.yaml")
    assert (missing.exit_code, "has no file tables/none.yaml" in missing.stderr) == (2, True)


def test_a_beginning_that_is_of_no_kept_revision_or_of_several_names_none(gateway, draft, activate):
    activate(draft())
    kept = gateway.run_json("policy", "history")["in_force"]
    shutil.copytree(gateway.state / "revisions" / kept, gateway.state / "revisions" / f"{kept[:20]}{'0' * 44}")
    for beginning, why in (("z" * 8, "no kept revision"), (kept[:8], "more than one kept revision")):
        result = gateway.run("policy", "show", beginning)
        assert (result.exit_code, why in result.stderr) == (2, True)


def test_what_differs_between_two_policies_is_told_in_words_and_as_a_patch(gateway, draft):
    first, second = draft("first", 365), draft("second", 700)
    result = gateway.run("policy", "diff", first, second)
    assert result.exit_code == 1
    assert "tables/training.max_age_days.value: 365 -> 700" in result.stdout
    document = json.loads(gateway.run("policy", "diff", first, second, "--json").stdout)
    assert document["changes"] == ["tables/training.max_age_days.value: 365 -> 700"]
    assert "+max_age_days: {value: 700" in document["patch"]


def test_what_differs_in_the_oversight_of_two_folders_is_told_also_where_one_is_followed(gateway):
    before, after = gateway.folder / "old", gateway.folder / "new"
    for folder, days in ((before, 35), (after, 20)):
        shutil.copytree(POLICIES / "oversight" / "d20_audit_health", folder / "oversight" / "d20_audit_health")
        for part in ("lpr", "tables"):
            shutil.copytree(POLICIES / part, folder / part)
        table = folder / "oversight" / "d20_audit_health" / "data.yaml"
        table.write_text(table.read_text().replace("value: 35", f"value: {days}"))
    told = gateway.run("policy", "diff", before, after)
    assert "note: oversight/d20_audit_health.days.value: 35 -> 20" in told.stderr.splitlines()


def test_a_policy_does_not_differ_from_itself(gateway, draft):
    folder = draft()
    assert gateway.run("policy", "diff", folder, folder).stdout == "no table and no rule differs\n"


def test_the_same_policy_is_built_into_the_same_bundle(gateway, draft):
    folder, bundles = draft(), [gateway.folder / name for name in ("a.tar.gz", "b.tar.gz")]
    told = [gateway.run_json("policy", "build", folder, "--out", bundle)["revision"] for bundle in bundles]
    assert told == [load_policies(folder).revision] * 2
    assert bundles[0].read_bytes() == bundles[1].read_bytes()
    assert f"revision {told[0]}" in gateway.run("policy", "build", folder, "--out", bundles[0]).stdout


def test_a_check_tells_each_finding_by_its_place_and_exits_otherwise(gateway, draft):
    result = gateway.run("policy", "check", draft())
    assert result.exit_code == 1
    assert "to put right" in result.stderr
    document = json.loads(gateway.run("policy", "check", draft(), "--json").stdout)
    assert document["ok"] is False
    assert {"file", "line", "rule", "sentence"} <= document["findings"][0].keys()
    assert any("retention" in finding["file"] + finding["sentence"] for finding in document["findings"])


@pytest.mark.parametrize("command", ["check", "sign"])
def test_an_operation_that_no_vendor_has_is_told_by_the_check_and_not_signed(gateway, keys, tmp_path, command):
    copied = Path(shutil.copytree(POLICIES, tmp_path / "copied"))
    table = copied / "tables" / "operations" / "data.yaml"
    table.write_text(table.read_text().replace("plate.fuzzy:", "plate.fuzy:"))
    given = ("--key", keys[0], "--why", WHY) if command == "sign" else ()
    result = gateway.run("policy", command, copied, "--cases", CASES, *given)
    assert result.exit_code != 0
    assert "No operation of this gateway is called `plate.fuzy`; did you mean `plate.fuzzy`?" in result.output


def test_of_many_decisions_that_do_not_hold_ten_are_told_after_whatever_else_is_wrong():
    cases = [PolicyFinding(file="cases/case.yaml", line=n, rule="case", sentence="does not hold") for n in range(30)]
    cause = PolicyFinding(file="lpr/case/case.rego", line=3, rule="coverage", sentence="No test makes this line true.")
    told = [*tell_findings(PolicyReport(findings=(*cases, cause)))]
    assert told[0] == "lpr/case/case.rego:3: No test makes this line true. [coverage]"
    assert (len(told), told[-1]) == (12, "and 20 more decisions in plain sentences do not hold (--json lists all)")
    assert tell_findings_of_cases_alone(cases) == (12, True)


def test_where_most_decisions_do_not_hold_it_is_told_what_all_begin_from():
    cases = [PolicyFinding(file="cases/case.yaml", line=n, rule="case", sentence="does not hold") for n in range(30)]
    for number, told in ((59, True), (60, False)):
        report = PolicyReport(findings=(*cases, *cases), cases=number)
        assert any("look at `_base.yaml`" in line for line in tell_findings(report)) == told


def test_of_what_was_activated_and_is_unchanged_it_is_said_that_the_sentences_are_of_another(gateway, draft, activate):
    settings = load_settings(gateway.config, {})
    assert not is_activated(settings, POLICIES)  # in force as the folder of the settings, to be changed there
    activate(draft())
    settings = load_settings(gateway.config, {})
    assert is_activated(settings, gateway.folder / "draft")
    assert not is_activated(settings, draft("other", 366))
    report = PolicyReport(findings=(PolicyFinding(file="case.yaml", line=1, rule="case", sentence="does not hold"),))
    assert "these sentences were written for another" in [*tell_findings(report, activated=True)][-1]


def tell_findings_of_cases_alone(cases):
    told = [*tell_findings(PolicyReport(findings=tuple(cases)))]
    return len(told), "change its sentence" in told[-1]


@pytest.fixture
def damaged(gateway, activate, draft):
    """The revisions of two policies that were activated, the second of which is in force and cannot be read any more."""
    first, second = activate(draft("first", 365)), activate(draft("second", 700))
    table = gateway.state / "revisions" / second / "tables" / "training" / "data.yaml"
    table.chmod(0o600)
    table.write_text(table.read_text().replace("700", "701"))
    return first, second


def test_everything_is_stopped_also_where_what_is_in_force_was_changed_on_the_disk(gateway, damaged, recorded):
    told = gateway.run_json("policy", "deactivate", "--why", "It is damaged.")
    assert (told["act"], told["replaces"]) == ("deactivate", damaged[1])
    assert [record["replaces"] for record in recorded("policy.deactivated")] == [damaged[1]]


def test_one_signer_goes_back_also_from_a_policy_that_was_changed_on_the_disk(gateway, damaged, keys):
    told = gateway.run_json("policy", "rollback", "--key", keys[0], "--why", "It is damaged.")
    assert (told["revision"], told["replaces"]) == damaged
    assert gateway.run_json("policy", "history")["in_force"] == damaged[0]


def test_a_policy_that_was_changed_on_the_disk_is_named_with_its_folder_and_what_to_do(gateway, damaged):
    assert [act["state"] for act in acts(gateway)] == ["in force", "past"]
    refused = gateway.run("policy", "draft", gateway.folder / "new")
    assert refused.exit_code == 2
    assert f"has been changed: {gateway.state / 'revisions' / damaged[1]}" in refused.stderr
    assert "put that folder back from a back-up" in refused.stderr


@pytest.fixture
def bob_left(gateway, keys):
    """Takes the line of the second signer out of the settings."""

    def take_out():
        line = str(read_signer_key(keys[1]).verifier)
        gateway.config.write_text(gateway.config.read_text().replace(f', "{line}"', ""))

    return take_out


def test_everything_is_stopped_and_left_also_where_who_signed_it_is_registered_no_more(
    gateway, draft, activate, bob_left
):
    revision = activate(draft())
    bob_left()
    told = gateway.run_json("policy", "deactivate", "--why", "A leak.")
    assert (told["act"], told["replaces"]) == ("deactivate", revision)
    assert gateway.run_json("policy", "history")["in_force"] is None
    gateway.run_json("policy", "draft", gateway.folder / "again", "--from", revision[:12])
    assert load_policies(gateway.folder / "again").revision == revision


def test_a_former_signer_and_a_policy_that_only_he_proves_are_told_as_such(gateway, draft, activate, keys, bob_left):
    revision = activate(draft())
    bob_left()
    gateway.run_json("policy", "deactivate", "--why", "A leak.")
    refused = gateway.run("policy", "rollback", revision[:12], "--key", keys[0], "--why", "It is over.")
    assert refused.exit_code == 2
    assert "was in force here by act 1, signed by ada.lane and bob.reed (not registered)" in refused.stderr
    assert [act["signers"] for act in acts(gateway)][1] == ["ada.lane", "bob.reed (not registered)"]
    as_bob = gateway.run("policy", "rollback", revision[:12], "--key", keys[1], "--why", "It is over.")
    assert "bob.reed is not registered with this key" in as_bob.stderr


@pytest.mark.parametrize("by_roll_back", [False, True])
def test_where_nobody_proves_what_is_in_force_the_way_on_that_is_told_is_one(
    gateway, draft, activate, keys, bob_left, by_roll_back
):
    revision = activate(draft())
    if by_roll_back:
        gateway.run_json("policy", "deactivate", "--why", "A leak.")
        gateway.run_json("policy", "rollback", revision, "--key", keys[0], "--why", "It was none.")
    bob_left()
    carol = gateway.folder / "carol.key"
    line = json.loads(make_key("carol.may", carol, "--json").stdout)["public"]
    settings = gateway.config.read_text()
    gateway.config.write_text(settings.replace("signers = [", f'signers = ["{line}", '))
    refused = gateway.run("policy", "history")
    told = "or stop everything first (`policy deactivate`) and then have two sign"
    assert (refused.exit_code, told in " ".join(refused.stderr.split())) == (2, True)
    gateway.run_json("policy", "deactivate", "--why", "Nobody proves it.")
    gateway.run_json("policy", "draft", gateway.folder / "anew", "--from", revision[:12])
    with open_policy_office(load_settings(gateway.config, {}), "tester") as office:
        policy = load_policies(gateway.folder / "anew")
        impact = gateway.folder / "impact.json"
        impact.write_text(json.dumps(sealed_report(office, policy.revision)))
        for key in (keys[0], carol):
            sign_draft(office, policy, read_signer_key(key), why=WHY, evidence={}, impact=impact)
    gateway.run_json("policy", "activate", policy.revision[:12])
    assert next(act["state"] for act in acts(gateway)) == "in force"


@pytest.mark.parametrize("table", ["tables/training", "tables/audit", "oversight/reasons"])
def test_everything_is_stopped_also_where_the_folder_in_force_cannot_be_read(gateway, draft, table):
    mistaken = draft()
    (mistaken / table).mkdir(parents=True, exist_ok=True)
    (mistaken / table / "data.yaml").write_text("epoch_days: {value: never}\n" if table == "tables/audit" else "{")
    gateway.config.write_text(gateway.config.read_text().replace(str(POLICIES), str(mistaken)))
    assert gateway.run("audit", "search", "--why", WHY).exit_code == 2
    assert gateway.run_json("policy", "deactivate", "--why", "A leak.")["act"] == "deactivate"


def test_terms_that_nobody_can_accept_yet_are_put_in_force_on_their_first_day_and_not_before(gateway, sign):
    folder = gateway.folder / "terms"
    gateway.run("policy", "draft", folder)
    texts, training = (folder / "tables" / topic / "data.yaml" for topic in ("documents", "training"))
    texts.write_text(texts.read_text().replace('"1":', '"2":').replace("from: 2018-01-01", "from: 2090-01-01"))
    training.write_text(training.read_text().replace('value: "1"', 'value: "2"'))
    told = "nobody can accept version 2 of the rules of behavior before 2090-01-01, its `from` in tables/documents"
    assert f"note: {told}" in gateway.run("policy", "diff", folder).stderr
    revision = sign(folder)
    refused = gateway.run("policy", "activate", revision)
    assert (refused.exit_code, told in refused.stderr) == (2, True)
    assert "--effective 2090-01-01, or" in refused.stderr
    assert gateway.run("policy", "activate", revision, "--effective", "2090-01-01T00:00:00Z").exit_code == 0
