"""The operations of the shipped profiles, and of one of the operator's own."""

from pathlib import Path

from gateway.app.known_operations import find_operations
from gateway.settings import Settings

FLOCK = Path(__file__).parents[2] / "gateway" / "vendors" / "profiles" / "flock.yaml"
SHIPPED = {"plate.search", "plate.page", "plate.fuzzy", "alert.search"}


def settings(profile: Path) -> Settings:
    auth = {"kind": "bearer", "token_file": "/nowhere/token"}
    vendor = {"profile": str(profile), "mount": "/own", "upstream": "https://vendor.example", "auth": auth}
    return Settings.model_validate({"vendors": [vendor]})


def test_without_vendors_the_operations_are_those_of_the_shipped_profiles():
    assert find_operations(Settings()) == SHIPPED


def test_an_operation_of_a_profile_of_the_operators_own_is_known(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text(FLOCK.read_text().replace("name: plate.search", "name: hotlist.search"))
    assert find_operations(settings(own)) == {*SHIPPED, "hotlist.search"}


def test_where_a_profile_cannot_be_read_the_operations_are_not_known(tmp_path):
    assert find_operations(settings(tmp_path / "none.yaml")) is None
