"""What cannot be kept where the settings say is told by setting, before anything starts."""

import os

import pytest

from gateway.app.places import place_troubles
from gateway.settings import Settings


@pytest.fixture
def told(tmp_path):
    def told(**changes):
        fine = tmp_path / "fine"
        values = {
            "paths": {"state": fine, "policies": fine},
            "audit": {"directory": fine / "audit"},
            "store": {"url": f"sqlite:///{fine}/gateway.db"},
            "facts": {"url": f"sqlite:///{fine}/facts.db"},
        }
        return place_troubles(Settings.model_validate({**values, **changes}))

    return told


def test_what_can_be_made_is_no_trouble(told):
    assert told() == []


def test_each_setting_below_something_that_is_no_folder_is_told(told, tmp_path):
    (tmp_path / "file").write_text("")
    below = tmp_path / "file" / "state"
    assert told(paths={"state": below}, facts={"url": f"sqlite:///{below}/facts.db"}) == [
        f"[paths] state: {below} cannot be made: {tmp_path}/file is no folder",
        f"[facts] url: {below} cannot be made: {tmp_path}/file is no folder",
    ]


def test_a_folder_that_this_user_may_not_write_is_told_with_what_cannot_be_done(told, monkeypatch, tmp_path):
    monkeypatch.setattr("os.access", lambda path, _how: path != tmp_path)
    below = tmp_path / "ledger"
    assert f"[audit] directory: {below} cannot be made by this user" in told(audit={"directory": below})
    below.mkdir()
    monkeypatch.setattr("os.access", lambda path, _how: path != below)
    assert told(audit={"directory": below}) == [f"[audit] directory: {below} cannot be written by this user"]


def test_a_file_system_that_is_mounted_read_only_is_told_as_that(told, monkeypatch, tmp_path):
    class Mounted:
        f_flag = os.ST_RDONLY

    of_the_system = os.statvfs
    monkeypatch.setattr("os.statvfs", lambda path: Mounted if path == tmp_path / "disk" else of_the_system(path))
    (tmp_path / "disk").mkdir()
    assert told(audit={"directory": tmp_path / "disk" / "audit"}) == [
        f"[audit] directory: {tmp_path}/disk/audit lies on a file system that is mounted read-only"
    ]
