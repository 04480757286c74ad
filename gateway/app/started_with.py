"""What a gateway was started with, told by digests: settings and auditors' keys that were changed since do not count yet."""

import hashlib
from collections.abc import Mapping

import orjson

from gateway.app.running import ask_running
from gateway.app.state import auditors
from gateway.settings import Settings

_SHOWN = 16
_AT_A_COMMAND_S = 3.0
_RECIPIENTS = "recipients"
_PLACED_AT_A_START = {"paths": {"policies"}, "oversight": {"directory"}}
"""These a start changes itself: to the policy that it keeps, and the detectors beside it."""


def digest_start(settings: Settings) -> dict[str, str]:
    """A short digest of each table of the settings, and one of the keys that records are sealed to."""
    told = {name: _digest_table(settings, name) for name in type(settings).model_fields}
    return told | {_RECIPIENTS: _digest(sorted(auditors(settings)))}


def changes_since(settings: Settings, told: Mapping[str, str]) -> list[str]:
    """A sentence on each kind of thing that the running gateway, which told these digests, still does by what was before."""
    present = digest_start(settings)
    differing = [name for name, digest in present.items() if told.get(name, digest) != digest]
    tables = ", ".join(f"[{name}]" for name in differing if name != _RECIPIENTS)
    found = []
    if _RECIPIENTS in differing:
        found.append(
            "what it records is still sealed to the auditors' keys of its start, not to those that [audit] recipients names now"
            ": restart it"
        )
    if tables:
        found.append(
            f"it runs with other settings in {tables} than these: restart it, for the settings are read at a start alone; "
            "where its environment sets what this command's does not, run doctor with the same"
        )
    return found


def tell_elsewhere(settings: Settings, table: str) -> str | None:
    """That the gateway that runs works by another table than this command, so that what was done here may be nothing to it."""
    running = ask_running(settings, _AT_A_COMMAND_S)
    digest = _digest_table(settings, table)
    if running is None or running.started_with.get(table, digest) == digest:
        return None
    return (
        f"the gateway that runs was started with other settings in [{table}], and may know nothing of this: restart it where they were "
        "changed since; where its environment sets them (LPR_GATEWAY__…), give the command the same"
    )


def _digest_table(settings: Settings, name: str) -> str:
    return _digest(settings.model_dump(mode="json", include={name}, exclude=_PLACED_AT_A_START)[name])


def _digest(value: object) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:_SHOWN]
