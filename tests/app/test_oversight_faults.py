"""What keeps detectors from running, and what of a draft they would not follow, is told."""

import shutil

import pytest

from gateway.app.doctor import examine
from gateway.app.oversight_faults import find_oversight_faults, oversight_findings
from gateway.app.symptom import FAILURE
from tests.app.editable_oversight import edit, make_editable
from tests.auditing.installation import POLICIES


@pytest.fixture
def editable(tmp_path):
    return make_editable(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("value: 12\n", "value: twelve\n", "look at the limits in its data.yaml"),
        ("value: 12\n", "value: [12\n", "this is not a table that can be read"),
        ("warn_day:", "warn_days:", "data.yaml has warn_days, which query.sql does not use"),
    ],
)
def test_a_limit_that_no_detector_can_use_is_told_by_run_by_the_check_and_by_doctor(editable, old, new, told):
    made, tables = editable
    made.search()
    edit(tables / "d05_volume" / "data.yaml", old, new)
    ran = made.invoke("oversight", "run")
    assert (ran.exit_code, told in ran.output) == (2, True)
    assert "oversight/d05_volume" in ran.output
    [sentence] = {
        one.sentence for one in examine(made.settings) if (one.topic, one.state) == ("detectors", FAILURE)
    } & {fault for fault in find_oversight_faults(made.settings) if told in fault}
    assert "d05_volume" in sentence
    checked = oversight_findings(made.settings, tables.parent)
    assert any(told in finding.sentence for finding in checked)
    assert all(finding.file.startswith("oversight/d05_volume") for finding in checked)


def test_a_draft_with_another_oversight_is_told_that_no_signature_changes_it(editable):
    made, tables = editable
    draft = made.folder / "draft"
    shutil.copytree(POLICIES, draft)
    assert "note:" not in made.invoke("policy", "diff", draft).output
    edit(draft / "oversight" / "d05_volume" / "data.yaml", "value: 12\n", "value: 1200\n")
    told = made.invoke("policy", "diff", draft).output
    assert "oversight/d05_volume.warn_day.value: 12 -> 1200" in told
    assert f"followed where they lie, in {tables}" in told
