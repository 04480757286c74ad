import subprocess

from gateway.own_command import find_own_command


def test_it_can_be_typed_as_it_is_told():
    done = subprocess.run([*find_own_command().split(), "--version"], capture_output=True, text=True, check=True)
    assert "lpr-gateway" in done.stdout or "version" in done.stdout
