"""A policy office at work in a folder of the test's own, and a second policy for it."""

import pytest

from tests.lifecycle.offices import OfficeAtWork


@pytest.fixture
def scene(tmp_path):
    return OfficeAtWork(tmp_path)


@pytest.fixture
def second(scene):
    return scene.policy("second", 700)
