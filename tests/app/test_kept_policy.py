"""What a start asks of a policy that nobody signed."""

import shutil
from pathlib import Path

import pytest

from gateway.app.kept_policy import check_policy
from gateway.app.state import prepare
from gateway.errors import ConfigurationError
from gateway.pdp import load_policies
from gateway.settings import load_settings

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture
def place(tmp_path):
    """Settings of an installation that is begun, with a copy of the shipped policy."""
    shutil.copytree(POLICIES, tmp_path / "policies")
    (tmp_path / "gateway.toml").write_text("[paths]\npolicies = 'policies'\n")
    settings = load_settings(tmp_path / "gateway.toml", {})
    prepare(settings)
    return settings


def mark_of(settings):
    revision = load_policies(settings.paths.policies).revision
    return settings.paths.state / "policy" / "checked" / revision


def spoil(settings):
    table = settings.paths.policies / "tables" / "training" / "data.yaml"
    table.write_text(table.read_text().replace("value: 365\n", "value: 36500\n"))


def test_a_policy_that_passed_is_remembered_by_a_mark_that_only_this_installation_makes(place):
    check_policy(place)
    assert len(mark_of(place).read_text()) == 64


@pytest.mark.parametrize("forged", ["", "0" * 64])
def test_a_mark_that_somebody_else_wrote_lets_nothing_start_that_does_not_pass(place, forged):
    check_policy(place)
    own = mark_of(place).read_text()
    spoil(place)
    for content in (forged, own):
        mark_of(place).write_text(content)
        with pytest.raises(ConfigurationError, match="a policy that does not pass it does not start"):
            check_policy(place)
