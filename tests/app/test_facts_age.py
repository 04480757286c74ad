from pathlib import Path

import pytest

from gateway.app.facts_age import find_longest_age, read_longest_age
from gateway.settings import Settings

POLICIES = Path(__file__).parents[2] / "policies"


def settings(hours: int, policies: Path = POLICIES) -> Settings:
    return Settings.model_validate({"paths": {"policies": policies}, "facts": {"max_age_hours": hours}})


@pytest.mark.parametrize(("hours", "counts"), [(72, 26), (12, 12)])
def test_of_the_settings_age_and_the_policys_the_lesser_counts(hours, counts):
    assert read_longest_age(settings(hours)) == counts


def test_without_a_readable_policy_or_its_number_the_settings_age_counts(tmp_path):
    assert read_longest_age(settings(72, tmp_path / "nowhere")) == 72
    assert find_longest_age(settings(72), {"policy": {"facts_max_age_hours": {"value": None}}}) == 72
