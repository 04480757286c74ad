from pathlib import Path

from gateway.app.vocabulary import read_vocabulary
from gateway.settings import Settings

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
