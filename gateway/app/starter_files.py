"""The files a new installation starts from: settings with comments, policies, a sample feed, secrets, an auditor's key."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

from gateway.durable import write_whole
from gateway.errors import ConfigurationError
from gateway.ledger.encryption import keygen
from gateway.own_command import find_own_command

_CHECKOUT: Final = Path(__file__).resolve().parents[2]
_SHARED: Final = Path("/usr/share/lpr-gateway")
_SHIPPED: Final = ((_CHECKOUT / "policies", _CHECKOUT / "tests" / "cases"), (_SHARED / "policies", _SHARED / "cases"))
"""Where policies lie, and decisions in plain sentences that `policy check` tries: beside a checkout, and installed."""
_VENDOR_SECRET: Final = "demo-vendor-secret"  # noqa: S105 - what the emulator accepts; it opens nothing else
_PRIVATE: Final = ("secrets", "auditor")
_FIRST_WINDOW: Final = timedelta(days=30)
"""What the first search, of `NEXT.txt`, asks for."""


def write_starter(folder: Path, write_feed: Callable[[Path], None], *, state: str, now: datetime) -> None:
    """Make a folder from which `serve` can be started; `write_feed` writes the nine sample files into the one given.

    `state` is what the settings will say of where the gateway keeps what it keeps.

    Raises:
        ConfigurationError: the folder holds an installation already, cannot be written, or no policies are shipped.
    """
    policies, cases = next((shipped for shipped in _SHIPPED if shipped[0].is_dir()), _SHIPPED[-1])
    if lacking := [path for path in (policies, cases) if not path.is_dir()]:
        told = " and ".join(map(str, lacking))
        raise ConfigurationError(
            [f"{told} must be there: copy the project's policies and tests/cases to {policies.parent}"]
        )
    there = [name for name in ("gateway.toml", "policies", "cases", "feed", *_PRIVATE) if (folder / name).exists()]
    if there:
        raise ConfigurationError([f"{folder}: {', '.join(there)} is there already; nothing was changed"])
    _require_no_record(folder / state)
    try:
        _write_folders(folder, policies, cases)
        write_feed(folder / "feed")
        _write_texts(folder, state, now)
    except OSError as error:
        raise ConfigurationError([f"{folder} cannot be written: {error.strerror}"]) from None


def _require_no_record(state: Path) -> None:
    """Return unless another installation's record lies there: it would go on, sealed to a new auditor's key.

    Raises:
        ConfigurationError: it does.
    """
    there = [name for name in ("audit", "secrets", "gateway.db") if (state / name).exists()]
    if there:
        told = f"{state} holds what another installation keeps ({', '.join(there)}); nothing was changed"
        remedy = "where its settings are lost, begin without --state, then write its folder and its recipients into the new ones"
        raise ConfigurationError([f"{told}: {remedy}"])


def _write_folders(folder: Path, policies: Path, cases: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _PRIVATE:
        (folder / name).mkdir(mode=0o700)
    write_whole(folder / "secrets" / "flock", [_VENDOR_SECRET.encode("ascii")])
    shutil.copytree(policies, folder / "policies")
    shutil.copytree(cases, folder / "cases", ignore=shutil.ignore_patterns("*.py", "__pycache__"))


def _write_texts(folder: Path, state: str, now: datetime) -> None:
    """The auditor's key, and last of all the settings that name it: an installation that is not whole has none."""
    pair = keygen()
    filled = {
        "@COMMAND@": find_own_command(),
        "@RECIPIENT@": pair.public,
        "@STATE@": state,
        "@START@": f"{now - _FIRST_WINDOW:%Y-%m-%dT%H:%M:%SZ}",
        "@END@": f"{now:%Y-%m-%dT%H:%M:%SZ}",
    }
    key = f"# public key: {pair.public}\n{pair.private}\n"
    write_whole(folder / "auditor" / "auditor.key", [key.encode("ascii")])
    for name in ("NEXT.txt", "gateway.toml"):
        text = (files("gateway.app") / "starter" / name).read_text(encoding="utf-8")
        for place, value in filled.items():
            text = text.replace(place, value)
        write_whole(folder / name, [text.encode("utf-8")])
