"""What is told of a signed policy, and of detectors, that an earlier version made."""

import shutil
from pathlib import Path

import pytest

from gateway.app.oversight_faults import find_oversight_faults
from gateway.app.state import prepare
from gateway.app.upgraded import policy_shortfalls
from gateway.settings import load_settings
from tests.app.test_policy import put_in_force
from tests.lifecycle.offices import ADA, BOB

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture
def place(tmp_path):
    """Settings of an installation that is begun, with a copy of the shipped policy."""
    shutil.copytree(POLICIES, tmp_path / "policies")
    (tmp_path / "gateway.toml").write_text(
        f"[policy]\nsigners = ['{ADA.verifier}', '{BOB.verifier}']\n[paths]\npolicies = 'policies'\n"
    )
    settings = load_settings(tmp_path / "gateway.toml", {})
    prepare(settings)
    return settings


def test_a_signed_policy_that_lacks_what_this_version_asks_for_is_told_with_what_it_lacks(place, tmp_path):
    assert policy_shortfalls(place) == []
    put_in_force(place, place.paths.policies)
    assert policy_shortfalls(place) == []
    earlier = Path(shutil.copytree(POLICIES, tmp_path / "earlier"))
    table = earlier / "tables" / "usage" / "data.yaml"
    table.write_text(table.read_text().replace("hourly_ceiling:", "other_ceiling:", 1))
    revision = put_in_force(place, earlier)
    [told] = policy_shortfalls(place)
    assert f"in force, {revision[:12]}, decides as it was signed, and lacks what this version checks for" in told
    assert "tables/usage/data.yaml" in told


def test_every_detector_that_does_not_fit_this_version_is_told_and_those_that_come_with_it_fit(place):
    assert find_oversight_faults(place) == []
    folder = place.paths.policies / "oversight"
    for name in ("d01_repeat_plate", "d19_hot_list"):
        query = folder / name / "query.sql"
        query.write_text(query.read_text().replace("SELECT", "SELECT former_column,", 1))
    told = find_oversight_faults(place)
    assert [sentence.partition("/query.sql: cannot be asked")[0] for sentence in told] == [
        "oversight/d01_repeat_plate",
        "oversight/d19_hot_list",
    ]
    assert all("take the folder oversight that comes with this version" in sentence for sentence in told)
