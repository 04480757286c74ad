"""The files a new installation starts from: settings with comments, policies, a sample feed, secrets, an auditor's key."""

import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Final

from gateway.durable import write_whole
from gateway.errors import ConfigurationError
from gateway.ledger.encryption import keygen

_SHIPPED_POLICIES: Final = (
    Path(__file__).resolve().parents[2] / "policies",
    Path("/usr/share/lpr-gateway/policies"),
)
"""Where policies lie beside a checkout, and in the container."""
_SHIPPED_CASES: Final = Path(__file__).resolve().parents[2] / "tests" / "cases"
"""Decisions in plain sentences, which `policy check` tries; only beside a checkout."""
_VENDOR_SECRET: Final = "demo-vendor-secret"  # noqa: S105 - what the emulator accepts; it opens nothing else
_PRIVATE: Final = ("secrets", "auditor")


def write_starter(folder: Path, write_feed: Callable[[Path], None]) -> None:
    """Make a folder from which `serve` can be started; `write_feed` writes the nine sample files into the one given.

    Raises:
        ConfigurationError: the folder holds an installation already, cannot be written, or no policies are shipped.
    """
    policies = next((path for path in _SHIPPED_POLICIES if path.is_dir()), None)
    if policies is None:
        raise ConfigurationError(["no policies were installed with this program; copy the project's folder policies/"])
    there = [name for name in ("gateway.toml", "policies", "cases", "feed", *_PRIVATE) if (folder / name).exists()]
    if there:
        raise ConfigurationError([f"{folder}: {', '.join(there)} is there already; nothing was changed"])
    try:
        _write_all(folder, policies, write_feed)
    except OSError as error:
        raise ConfigurationError([f"{folder} cannot be written: {error.strerror}"]) from None


def _write_all(folder: Path, policies: Path, write_feed: Callable[[Path], None]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _PRIVATE:
        (folder / name).mkdir(mode=0o700)
    pair = keygen()
    key = f"# public key: {pair.public}\n{pair.private}\n"
    write_whole(folder / "auditor" / "auditor.key", [key.encode("ascii")])
    write_whole(folder / "secrets" / "flock", [_VENDOR_SECRET.encode("ascii")])
    shutil.copytree(policies, folder / "policies")
    if _SHIPPED_CASES.is_dir():
        shutil.copytree(_SHIPPED_CASES, folder / "cases", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    write_feed(folder / "feed")
    templates = files("gateway.app") / "starter"
    settings = (templates / "gateway.toml").read_text(encoding="utf-8").replace("@RECIPIENT@", pair.public)
    write_whole(folder / "NEXT.txt", [(templates / "NEXT.txt").read_bytes()])
    write_whole(folder / "gateway.toml", [settings.encode("utf-8")])
