"""What detectors' lists name of the policy is held against the policies that there are and were."""

import shutil

import pytest

from gateway import clock
from gateway.app import oversight_words
from gateway.app.oversight_words import find_strange_words
from gateway.app.policy_in_force import find_compared
from gateway.lifecycle.taken_back import RecordedChange
from gateway.pdp import keep_revision, load_policies
from tests.app.editable_oversight import edit, make_editable
from tests.auditing.installation import POLICIES

OURS = "civil_immigration_enforcement"


@pytest.fixture
def editable(tmp_path):
    return make_editable(tmp_path)


def copy_renamed(folder):
    """The shipped policy with another purpose in the place of one."""
    shutil.copytree(POLICIES, folder)
    edit(folder / "tables" / "purposes" / "data.yaml", f"{OURS}:", "civil_removal:")
    return folder


@pytest.mark.parametrize(
    ("detector", "old", "new", "line", "told"),
    [
        ("d10_forbidden_purpose", OURS, "civil_imigration_enforcement", 14, f"`immigration_purposes.value` names civil_imigration_enforcement, which is no purpose of the policy, nor of another that is kept; did you mean {OURS}?"),
        ("d04_own_circle", "target_protected]", "target_protectd]", 2, "`protected_reasons.value` names target_protectd, which is no reason of the gateway or the policy, nor of another that is kept; did you mean target_protected?"),
    ],
)  # fmt: skip
def test_a_word_that_no_policy_has_is_warned_of_and_the_detectors_run(editable, detector, old, new, line, told):
    made, tables = editable
    made.search()
    edit(tables / detector / "data.yaml", old, new)
    told = f"oversight/{detector}/data.yaml, line {line}: {told}"
    assert find_strange_words(made.settings) == [told]
    ran = made.invoke("oversight", "run")
    assert (ran.exit_code, f"warning: {told}" in ran.output) == (0, True)
    assert told in made.invoke("doctor").output
    assert f"note: {told}" in made.invoke("policy", "check", tables.parent).output


def test_the_words_of_a_draft_are_held_against_its_own_purposes_as_well(editable):
    made, _ = editable
    draft = made.folder / "draft"
    shutil.copytree(
        POLICIES,
        draft,
        ignore=shutil.ignore_patterns("d0*", "d11*", "d12*", "d13*", "d14*", "d15*", "d16*", "d17*", "d18*", "d20*"),
    )
    edit(draft / "oversight" / "d10_forbidden_purpose" / "data.yaml", f"[{OURS}]", f"[{OURS}, civil_removal]")
    tried = made.invoke("oversight", "test", draft)
    assert "`immigration_purposes.value` names civil_removal, which is no purpose of the policy" in tried.output
    edit(draft / "tables" / "purposes" / "data.yaml", f"{OURS}:", "civil_removal:")
    tried = made.invoke("oversight", "test", draft)
    assert (tried.exit_code, "warning:" in tried.output) == (0, False)


def test_a_purpose_that_a_draft_adds_or_drops_is_noted_with_the_lists_that_it_belongs_in(editable):
    made, tables = editable
    draft = copy_renamed(made.folder / "draft")
    told = made.invoke("policy", "diff", draft).output
    place = "oversight/d10_forbidden_purpose/data.yaml, line 14: immigration_purposes"
    assert f"civil_removal, which stands in none of the lists of purposes that detectors look in ({place}, " in told
    assert f"{OURS} no more, which stands in lists that detectors look in ({place}; followed in {tables})" in told
    edit(tables / "d10_forbidden_purpose" / "data.yaml", f"[{OURS}]", f"[{OURS}, civil_removal]")
    assert "civil_removal, which stands" not in made.invoke("policy", "diff", draft).output


def test_a_purpose_of_before_may_stand_in_a_list_but_not_alone(editable, monkeypatch):
    made, tables = editable
    force = find_compared(made.settings, clock.now())
    before = copy_renamed(made.folder / "before")
    earlier = load_policies(before)
    change = RecordedChange(counter=1, before=earlier, after=force)
    monkeypatch.setattr(oversight_words, "read_changes", lambda _settings: [change])
    file = tables / "d10_forbidden_purpose" / "data.yaml"
    edit(file, f"[{OURS}]", f"[{OURS}, civil_removal]")
    assert find_strange_words(made.settings) == []
    edit(file, f"[{OURS}, civil_removal]", "[civil_removal]")
    [told] = find_strange_words(made.settings)
    assert told.endswith("names no purpose of the policy in force: put in what took the place of civil_removal")


def test_nothing_is_said_of_a_word_that_a_draft_may_have_whose_rules_cannot_be_read(editable):
    made, _ = editable
    draft = copy_renamed(made.folder / "draft")
    edit(draft / "oversight" / "d10_forbidden_purpose" / "data.yaml", f"[{OURS}]", f"[{OURS}, civil_removal]")
    rule = draft / "lpr" / "purpose" / "purpose.rego"
    rule.write_text(rule.read_text() + "\nallowed if {\n")
    checked = made.invoke("policy", "check", draft)
    assert (checked.exit_code, "civil_removal, which is no purpose" in checked.output) == (1, False)


def test_a_word_of_a_policy_that_is_kept_and_may_yet_be_activated_is_no_slip(editable):
    made, tables = editable
    signed = copy_renamed(made.folder / "signed")
    edit(tables / "d10_forbidden_purpose" / "data.yaml", f"[{OURS}]", f"[{OURS}, civil_removal]")
    assert len(find_strange_words(made.settings)) == 1
    keep_revision(load_policies(signed), made.settings.paths.state)
    assert find_strange_words(made.settings) == []
