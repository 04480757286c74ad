"""What is wrong in a vendor's profile is told in plain words, and once."""

from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.vendors import load_profile

REKOR = (Path(__file__).parents[3] / "gateway" / "vendors" / "profiles" / "rekor.yaml").read_text()


@pytest.mark.parametrize(
    ("written", "wrong", "place", "told"),
    [
        ("plate: {means: plate}  ", "plate: {meens: plate, means: plate}  ", "operations.0.fields.plate.meens", "there is no such key; did you mean means?"),
        ("    method: GET\n    paths: [/api/search/alert]", "    paths: [/api/search/alert]", "operations.2.method", "is missing"),
        ("title: Rekor", "titel: x\ntitle: Rekor", "titel", "there is no such key; did you mean title?"),
    ],
    ids=["a field's", "one that lacks", "the profile's own"],
)  # fmt: skip
def test_a_key_is_told_with_its_place_and_the_one_that_was_meant(tmp_path, written, wrong, place, told):
    assert written in REKOR
    path = tmp_path / "own.yaml"
    path.write_text(REKOR.replace(written, wrong, 1))
    with pytest.raises(ConfigurationError) as refused:
        load_profile(str(path))
    assert f"profile own.yaml: {place}: {told}" in refused.value.problems


def test_what_only_follows_from_another_mistake_is_not_told(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(REKOR.replace("{means: plate}", "{means: plat}", 1))
    with pytest.raises(ConfigurationError) as refused:
        load_profile(str(path))
    assert all(problem.startswith("profile own.yaml: operations.") and ".plate.means: Input should be 'plate'" in problem for problem in refused.value.problems)  # fmt: skip
