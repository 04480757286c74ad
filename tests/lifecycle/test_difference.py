from gateway.lifecycle.difference import diff_digest, plain_changes, tell_file, unified_diff
from gateway.pdp import load_policies
from tests.pdp.policies import DECISION, write_policy


def policies(tmp_path, **second):
    return load_policies(write_policy(tmp_path / "a")), load_policies(write_policy(tmp_path / "b", **second))


def test_a_changed_number_is_told_from_what_to_what(tmp_path):
    before, after = policies(
        tmp_path, tables__training__data_yaml="max_age_days: {value: 30, source: s, confidence: cited}\n"
    )
    assert "tables/training.max_age_days.value: 365 -> 30" in plain_changes(before, after)


def test_a_changed_type_is_a_change(tmp_path):
    before, after = policies(
        tmp_path, tables__training__data_yaml='max_age_days: {value: "365", source: agency rule, confidence: cited}\n'
    )
    assert plain_changes(before, after) == ["tables/training.max_age_days.value: 365 -> 365"]


def test_added_and_changed_rules_are_told_by_their_file(tmp_path):
    before, after = policies(tmp_path, decision=DECISION + "\n# more\n", lpr__x__x_rego="package lpr.x\n")
    assert plain_changes(before, after) == ["lpr/decision.rego: 2 lines added, 0 removed", "lpr/x/x.rego: added"]


def test_a_policy_does_not_differ_from_itself(tmp_path):
    before, after = policies(tmp_path)
    assert (unified_diff(before, after), plain_changes(before, after)) == ("", [])


def test_the_hash_is_of_the_patch_and_depends_on_the_direction(tmp_path):
    before, after = policies(tmp_path, decision=DECISION + "# more\n")
    assert unified_diff(before, after).endswith("+# more\n")
    assert diff_digest(before, after) != diff_digest(after, before)


def test_a_rule_that_differs_is_told_by_its_title_and_one_that_does_not_is_not():
    rule = "# METADATA\n# title: {}\ndeny if {}\n"
    old = {"lpr/x.rego": rule.format("It is old", 1) + rule.format("It stays", 2)}
    new = {"lpr/x.rego": rule.format("It is old", 3) + rule.format("It stays", 2)}
    assert tell_file("lpr/x.rego", old, new) == "lpr/x.rego: 1 lines added, 1 removed (It is old)"
