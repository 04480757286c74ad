"""The attacks that anybody can point at their own installation, made on this one."""

import subprocess
import sys

from gateway.demo.agency import CASE, NOBODYS_PLATE, OTHERS_PLATE, PLATE
from tests.attacks.__main__ import attack
from tests.attacks.attempt import Aim
from tests.http.agency import PROTECTED_PLATE


def test_every_attack_is_held(world, officer):
    others = (NOBODYS_PLATE, OTHERS_PLATE, PROTECTED_PLATE)
    known = {"case": CASE, "plate": PLATE, "state": "arkansas", "others": others}
    tried = list(attack(Aim(port=world.port, key=officer.key, flock="/flock", rekor="/rekor", **known)))
    assert len(tried) > 150
    assert [(attempt.kind, attempt.title, happened) for attempt, happened in tried if happened is not None] == []


def test_the_script_attacks_this_machine_only(tmp_path):
    (tmp_path / "key").write_text("x")
    rest = ["--case", "1", "--plate", "A", "--state", "arkansas", "--other", "B", "--key-file", tmp_path / "key"]
    command = [sys.executable, "-m", "tests.attacks", "--url", "http://gateway.example:80", *rest]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "only http://127.0.0.1:PORT is attacked" in ended.stderr
