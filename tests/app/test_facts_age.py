from pathlib import Path

import pytest

from gateway.app.facts_age import find_longest_age, read_longest_age, tell_shorter_age
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


def test_that_the_policy_refuses_before_the_settings_do_is_told():
    assert tell_shorter_age(settings(72)) == (
        "[facts] max_age_hours is 72, and by the policy in force facts older than 26 hours deny everything already "
        "(tables/policy, facts_max_age_hours): the lesser counts"
    )
    assert tell_shorter_age(settings(26)) is None
