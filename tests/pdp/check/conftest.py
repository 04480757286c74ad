import shutil
from pathlib import Path

import pytest

POLICIES = Path(__file__).parents[3] / "policies"


@pytest.fixture
def copied(tmp_path):
    """A copy of the shipped policy, to be spoilt."""
    return Path(shutil.copytree(POLICIES, tmp_path / "policies"))


@pytest.fixture
def with_line(copied):
    """Puts a line into a rule of a topic of its own; the copy with it."""

    def put(line):
        (copied / "lpr" / "hotel.rego").write_text(f"package lpr.hotel\n\nx if {{\n\t{line}\n}}\n")
        return copied

    return put
