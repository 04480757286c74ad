"""The Dockerfile, held to its promises where no engine can build it."""

import fnmatch
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = ROOT / "Dockerfile"
TEXT = DOCKERFILE.read_text()
FINAL = TEXT.rsplit("\nFROM ", 1)[1]
VOLUME = "/var/lib/lpr-gateway"


def instructions(name: str, text: str = TEXT) -> list[str]:
    """The arguments of every instruction of this name, continued lines joined."""
    return re.findall(rf"^{name} (.*)$", text.replace("\\\n", " "), re.MULTILINE)


def copied_from_the_checkout() -> list[str]:
    sources = [line.split()[:-1] for line in instructions("COPY") if not line.startswith("--from")]
    return [source for line in sources for source in line]


def test_hadolint_finds_nothing_to_put_right() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_runs_as_a_numbered_user_that_is_not_root() -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", instructions("USER", FINAL)[-1])


def test_is_asked_for_its_health_and_ended_by_sigterm() -> None:
    assert "/healthz" in TEXT.split("HEALTHCHECK", 1)[1]
    assert instructions("STOPSIGNAL", FINAL) == ["SIGTERM"]
    assert instructions("EXPOSE", FINAL) == ["8080"]


def test_everything_copied_is_there_and_let_into_the_build() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in rules, "what is not named must stay out"
    for source in copied_from_the_checkout():
        assert (ROOT / source).exists()
        assert f"!{source}" in rules


@pytest.mark.parametrize("private", [".git", ".venv", "state", "secrets", "gateway.toml", ".hypothesis", "tests"])
def test_nothing_private_is_let_into_the_build(private: str) -> None:
    allowed = [rule[1:] for rule in (ROOT / ".dockerignore").read_text().splitlines() if rule.startswith("!")]
    assert not [rule for rule in allowed if fnmatch.fnmatch(private, rule)]


def test_installs_what_the_lock_file_pins_for_running_and_nothing_for_tests() -> None:
    [command] = re.findall(r"sed '[^']+' requirements\.lock", TEXT)
    pinned = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    marker = runpy.run_path(str(ROOT / "dev"))["TESTS_ONLY"]
    assert pinned == (ROOT / "requirements.lock").read_text().split(marker)[0]
    assert re.search(r"^flask==", pinned, re.MULTILINE)
    assert not re.search(r"^pytest==", pinned, re.MULTILINE)
    assert instructions("RUN")[0].count("--require-hashes") == 1


def test_its_environment_keeps_everything_it_writes_on_the_volume(tmp_path: Path) -> None:
    pairs = re.findall(r"(LPR_GATEWAY__\w+)=(\S+)", instructions("ENV", FINAL)[0])
    (tmp_path / "gateway.toml").touch()
    settings = load_settings(tmp_path / "gateway.toml", dict(pairs))
    written = (settings.store.url, settings.facts.url, str(settings.audit.directory), str(settings.paths.state))
    assert all(place.removeprefix("sqlite:///").startswith(VOLUME) for place in written)
    assert str(settings.paths.policies) == "/usr/share/lpr-gateway/policies"
    assert settings.server.bind == "0.0.0.0:8080"
    assert instructions("VOLUME", FINAL) == [VOLUME]


def test_holds_no_secret() -> None:
    assert not re.search(r"(?i)(secret|token|passw|api_?key)\w*=", TEXT)
