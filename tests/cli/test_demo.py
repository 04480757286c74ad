"""`demo`: what a newcomer runs first, to its end."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main

MEASURING = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}


def test_the_walk_goes_as_it_should_step_by_step_and_leaves_nothing_behind(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--once"],
        cwd=Path(__file__).parents[2],
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "COLUMNS": "120"} | MEASURING,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(re.findall("✓", ended.stdout)) > 20
    assert "✗" not in ended.stdout
    for step in ("a supervisor gives it", "review_overdue", "reviews it: justified", "assurance_too_low"):
        assert step in ended.stdout
    assert re.search(r"ledger verified: \d+ records", ended.stdout)
    assert list(tmp_path.iterdir()) == []


def test_a_port_on_which_somebody_else_listens_is_told_and_nobody_there_is_shown_a_key():
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0)
        result = CliRunner().invoke(main, ["demo", "--once", "--port", str(other.getsockname()[1])])
        assert result.exit_code == 1
        assert "Address already in use; name another, or none" in result.output
        with pytest.raises(BlockingIOError):
            other.accept()


def test_where_it_was_installed_without_a_checkout_it_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.demo.setting._SHIPPED", tmp_path / "policies")
    result = CliRunner().invoke(main, ["demo", "--once"])
    assert result.exit_code == 1
    assert "the demonstration runs from a checkout of the project" in result.output
