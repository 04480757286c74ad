"""What only the user who runs the gateway can read, and where that user has a cache."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from gateway.own_user import find_cache, is_private

SERVICE = 10001


@pytest.fixture
def path_of(monkeypatch):
    """A path with this owner, group and mode, met by the service."""
    monkeypatch.setattr("os.geteuid", lambda: SERVICE)
    monkeypatch.setattr("os.getegid", lambda: SERVICE)

    def made(owner, group, mode):
        state = SimpleNamespace(st_uid=owner, st_gid=group, st_mode=mode)
        return SimpleNamespace(stat=lambda: state)

    return made


@pytest.mark.parametrize(
    ("owner", "group", "mode", "private"),
    [
        (SERVICE, SERVICE, 0o600, True),
        (SERVICE, SERVICE, 0o640, False),
        (0, SERVICE, 0o440, True),
        (0, SERVICE, 0o2770, True),
        (0, SERVICE, 0o444, False),
        (0, 50, 0o440, False),
    ],
)
def test_a_file_is_private_where_no_other_user_can_read_it_or_a_mount_gives_it_to_our_group(
    path_of, owner, group, mode, private
):
    assert is_private(path_of(owner, group, mode)) is private


def test_a_user_whom_the_system_does_not_know_has_a_cache_too():
    command = "import os; from gateway.own_user import find_cache; os.getuid() or os.setuid(54321); "
    command += "print(find_cache().is_absolute())"
    alone = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH")}
    done = subprocess.run([sys.executable, "-c", command], env=alone, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_the_cache_is_where_the_system_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert find_cache() == tmp_path
