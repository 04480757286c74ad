import shutil
from pathlib import Path

import pytest

from gateway.app.vocabulary import read_vocabulary
from gateway.settings import Settings
from tests.app.editable_oversight import edit
from tests.auditing.installation import Installation

POLICIES = Path(__file__).parents[2] / "policies"


def settings(policies: Path) -> Settings:
    return Settings.model_validate({"paths": {"policies": policies}})


def test_the_components_are_those_that_any_purpose_lists():
    assert read_vocabulary(settings(POLICIES)).components == {"ERO", "HSI"}


def test_how_long_an_approval_may_run_is_what_the_table_says():
    assert read_vocabulary(settings(POLICIES)).longest_approval == 72


def test_without_a_readable_policy_no_component_is_judged(tmp_path):
    assert read_vocabulary(settings(tmp_path / "nowhere")).components == frozenset()
    (tmp_path / "tables" / "purposes").mkdir(parents=True)
    (tmp_path / "tables" / "purposes" / "data.yaml").write_text("a: [\n")
    assert read_vocabulary(settings(tmp_path)).components == frozenset()


@pytest.mark.parametrize(
    ("component", "told"),
    [
        ("HS1", "lists the component HS1, which nobody in the facts in force has; did you mean HSI?"),
        (
            "Marine",
            "lists the component Marine, which nobody in the facts in force has: until the personnel feed has it",
        ),
        ("OIG", None),
    ],
)
def test_a_component_that_a_draft_adds_and_nobody_has_is_noted(tmp_path, component, told):
    made = Installation(tmp_path).set_up()
    draft = Path(shutil.copytree(POLICIES, tmp_path / "draft"))
    edit(draft / "tables" / "purposes" / "data.yaml", "[ERO]", f"[ERO, {component}]")
    noted = made.invoke("policy", "check", draft).stderr
    assert ("lists the component" in noted, (told or "") in noted) == (told is not None, True)
